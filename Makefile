# kb: `make run` serves your notes, `make test` tests kb; each works alone on a fresh clone.
PYTHON ?= python3
NOTES  ?= data
HOST   ?= 127.0.0.1
PORT   ?= 8000
INDEX  ?= index
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Not every shell expands a ~ behind NOTES=.
override NOTES := $(patsubst ~,$(HOME),$(patsubst ~/%,$(HOME)/%,$(NOTES)))
override INDEX := $(patsubst ~,$(HOME),$(patsubst ~/%,$(HOME)/%,$(INDEX)))
export KB_INDEX := $(INDEX)

.DEFAULT_GOAL := help
.PHONY: help setup run ingest serve test check format lint types imports lock golden score styles
.PHONY: whooshes reliability bench bench-ingest bench-http bench-largest benchmarks quality abuse clean

help:            ## say what every target does
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name says; do printf '  make %-12s %s\n' "$$name" "$$says"; done

# A stamp a lock: a second run installs nothing, and a changed lock or setup.cfg installs again.
$(VENV)/run.stamp: requirements.lock setup.cfg pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q kb
	@touch $@

$(VENV)/test.stamp: requirements-test.lock $(VENV)/run.stamp
	@$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@

setup: $(VENV)/run.stamp  ## install kb and what it needs into .venv

run: setup       ## set up, ingest NOTES (default data/) alone into index/, serve on PORT (default 8000)
	@$(BIN)/kb ingest --replace "$(NOTES)"
	@exec $(BIN)/kb serve --host $(HOST) --port $(PORT)

ingest: setup    ## bring the index up to date with NOTES
	@$(BIN)/kb ingest "$(NOTES)"

serve: setup     ## serve the index that is there
	@exec $(BIN)/kb serve --host $(HOST) --port $(PORT)

test: $(VENV)/test.stamp  ## set up and run the tests
	@$(BIN)/python -m pytest

# Only what these share is used, so that the index can move to whichever of them is kept well.
whooshes: $(VENV)/test.stamp  ## run the index's tests with Whoosh 2.7.4 and whoosh3, too
	@for other in whoosh==2.7.4 whoosh3; do \
	  $(PIP) install --no-deps --upgrade --target "$(VENV)/$$other" "$$other" && \
	  PYTHONPATH="$(CURDIR)/$(VENV)/$$other" $(BIN)/python -W ignore -c "import whoosh; print(whoosh.__file__, whoosh.__version__)" && \
	  PYTHONPATH="$(CURDIR)/$(VENV)/$$other" $(BIN)/python -m pytest tests/test_generations.py tests/test_ingest.py tests/test_judge.py || exit 1; \
	done

# Memory, disks and processes are taken away here, so the tests run alone, after the others.
reliability: export KB_SCALE := $(SCALE)
reliability: export KB_RELIABILITY := $(CURDIR)/.bench/reliability.jsonl
reliability: $(VENV)/test.stamp  ## kill, damage, cut the power (SCALE=full: for an hour, and write docs/reliability.md)
	@mkdir -p .bench && rm -f $(KB_RELIABILITY)
	@$(BIN)/python -m pytest tests/reliability
	@$(if $(filter full,$(SCALE)),$(BIN)/python -m tests.reliability.report)

check: format lint types imports test  ## format, lint, types, import contracts and tests

format: $(VENV)/test.stamp  ## say what is not formatted (make format FIX=1 formats it)
	@$(BIN)/ruff format $(if $(FIX),,--check) .

lint: $(VENV)/test.stamp  ## lint (make lint FIX=1 mends what it can)
	@$(BIN)/ruff check $(if $(FIX),--fix,) .

types: $(VENV)/test.stamp  ## check the types with mypy --strict
	@$(BIN)/mypy

imports: $(VENV)/test.stamp  ## check the import contracts in setup.cfg
	@$(BIN)/lint-imports

golden: $(VENV)/test.stamp  ## write the golden sessions and the README's outputs anew
	@$(BIN)/python -m pytest -q --refresh tests/test_golden.py tests/test_readme.py

score: $(VENV)/test.stamp  ## score `kb parse` on the labelled notes of KB_EVAL (default ../shared/eval)
	@$(BIN)/python "$${KB_EVAL:-../shared/eval}/score.py" --command "$(BIN)/kb parse --format json"

styles: $(VENV)/test.stamp  ## read generated notes of every two habits, and write docs/styles.md of those that fall short
	@$(BIN)/python -m tests.styles --record

bench: $(VENV)/test.stamp  ## measure reading beside Python-Markdown, queries beside FTS5, tantivy and Whoosh (KB_TALKS="1000 10000")
	@$(BIN)/python -m bench.reading
	@$(PIP) install tantivy
	@$(BIN)/python -m bench.speed

bench-ingest: $(VENV)/test.stamp  ## measure ingest beside the peers' indexing, and how soon an edit is found
	@$(PIP) install tantivy
	@$(BIN)/python -m bench.ingest

bench-http: $(VENV)/test.stamp  ## measure serving beside hello-world and Datasette (needs wrk)
	@$(PIP) install tantivy datasette
	@$(BIN)/python -m bench.http

bench-largest: $(VENV)/test.stamp  ## measure what a talk costs at 1,000,000 beside 10,000 (KB_LARGEST; needs 10 GB and half an hour)
	@$(PIP) install tantivy
	@$(BIN)/python -m bench.largest

benchmarks: bench bench-ingest bench-http  ## run the three, and write docs/benchmarks.md of what has been found
	@$(BIN)/python -m bench.report

quality: $(VENV)/test.stamp  ## measure how well known talks are found beside SQLite FTS5 and tantivy (needs KB_CORPUS)
	@$(PIP) install -q tantivy
	@$(BIN)/python -m bench.quality

abuse: $(VENV)/test.stamp  ## ask questions that nobody should ask, at 10,000 talks (needs KB_CORPUS)
	@$(BIN)/python -m bench.abuse

lock: $(VENV)/test.stamp  ## resolve the two lock files anew
	@$(PIP) install uv
	@printf 'setuptools>=68\n' > $(VENV)/build.in
	@$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header setup.cfg $(VENV)/build.in -o requirements.lock
	@$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --extra test setup.cfg $(VENV)/build.in -o requirements-test.lock

clean:           ## remove the index and the virtual environment
	@rm -rf $(VENV) $(INDEX) build *.egg-info
