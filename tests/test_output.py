"""Output for programs: every hit, places that editors open, and problems where they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from falcon import testing

from kb.cli import cli
from kb.config import Config
from kb.query.passages import SPOTS
from kb.rest.app import create_app
from kb.service import KnowledgeBase, Request, reader

MANY = 113
DRIVING = "\x1b]0;x\x07 \x9b31m \x7f \u202e \u2066 \u2028"
NOTE = f"""---
event: Café Conf
---

## Ünïcödé tricks ★★★★
**Jörg Müller, Büro**

- naïve über `strace`, then latency and strace again: latency
\t日本語 latency
{"latency " * 12}

## Driven {DRIVING} out
**Ada Byron**

Latency {DRIVING} 👩‍💻 می‌خواهم.
"""


def ask(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with notes, ingested, as the current one."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "café.md").write_text(NOTE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert ask("ingest", "notes").exit_code == 0
    return tmp_path


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KnowledgeBase:
    """The KnowledgeBase of a folder with many talks, and that folder as the current one."""
    (tmp_path / "notes").mkdir()
    for n in range(MANY):
        (tmp_path / "notes" / f"n{n:03}.md").write_text(
            f"## Talk {n} ★★★\n**Ada {chr(65 + n // 26)}o{chr(97 + n % 26)}er**\n\nlatency\n"
        )
    monkeypatch.chdir(tmp_path)
    kb = KnowledgeBase(Config())
    kb.ingest(["notes"])
    return kb


def test_all_hits_are_written_in_every_format_but_the_table(many: KnowledgeBase) -> None:
    whole = json.loads(ask("search", "latency", "--all", "--format", "json").stdout)
    assert [whole[name] for name in ("total", "limit", "next", "next_url")] == [MANY, MANY, None, None]
    ids = [hit["id"] for hit in whole["hits"]]
    assert len(set(ids)) == MANY
    lines = ask("search", "latency", "--all", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids
    assert [
        line.split(",")[0] for line in ask("search", "latency", "--all", "--format", "csv").stdout.splitlines()
    ] == ["id", *ids]
    assert len(ask("search", "latency", "--all", "--format", "paths").stdout.splitlines()) == MANY
    assert len(ask("search", "latency", "--all", "--format", "vimgrep").stdout.splitlines()) == MANY
    for wrong in (
        ["--all"],
        ["--all", "--format", "csv", "--limit", "5"],
        ["--all", "--format", "csv", "--cursor", "x"],
    ):
        assert ask("search", "latency", *wrong).exit_code == 2


def test_a_format_that_was_cut_short_says_so(many: KnowledgeBase) -> None:
    for form in ("json", "jsonl", "csv", "paths", "vimgrep"):
        cut = ask("search", "latency", "--format", form)
        assert (cut.exit_code, cut.stderr) == (0, f"kb: 20 of {MANY} shown; --all shows all\n"), form
        assert ask("search", "latency", "--format", form, "--all").stderr == ""


@pytest.mark.parametrize(
    ("kind", "sort"),
    [("talk", None), ("talk", "-rating,title"), ("speaker", None), ("rating", None), ("note", "title")],
)
def test_all_hits_are_of_one_generation(
    kind: str, sort: str | None, many: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Request("*", kind, sort)
    before = [hit.id for piece in many.reader().every(asked) for hit in piece.hits]
    assert len(before) == MANY
    monkeypatch.setattr(reader, "PIECE", 10)
    ids, generations = [], set()
    for n, piece in enumerate(many.reader().every(asked)):
        ids += [hit.id for hit in piece.hits]
        generations.add(piece.index.generation)
        if n == 2:
            for gone in range(20, 100):
                Path(f"notes/n{gone:03}.md").unlink()
            many.ingest()
    assert (ids, generations) == (before, {1})


def at(line: str) -> tuple[Path, bytes]:
    """Returns the file that a line of vimgrep names, and its bytes from the line and column on."""
    path, number, column, text = line.split(":", 3)
    own = Path(path).read_bytes().split(b"\n")[int(number) - 1]
    assert text == own.decode()
    return Path(path), own[int(column) - 1 :]


def test_vimgrep_gives_the_byte_column_of_the_first_match_and_the_line_itself(here: Path) -> None:
    lines = ask("search", "latency", "--format", "vimgrep").stdout.splitlines()
    found = [line for line in lines if "31m" not in line]
    assert [at(line)[1][:7] for line in found] == [b"latency"] * 3
    assert found[0].startswith("notes/café.md:8:31:- naïve über")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tools", [b"strace`, then", b"strace again"]),
        ("mentions of strace", [b"strace`, then", b"strace again"]),
        ("speakers from Büro", ["Jörg Müller, B".encode()]),
        ("ratings", ["★★★★".encode()]),
        ("tool:strace", [b"strace`, then"]),
    ],
)
def test_records_of_every_kind_have_places(query: str, expected: list[bytes], here: Path) -> None:
    answered = ask("search", query, "--format", "vimgrep")
    shown = [at(line)[1] for line in answered.stdout.splitlines()]
    assert [found[: len(begun)] for found, begun in zip(shown, expected, strict=True)] == expected
    assert ask("search", query, "--format", "paths").stdout == "notes/café.md\n"


def test_a_note_that_changed_since_is_shown_as_the_index_knows_it(here: Path) -> None:
    before = ask("search", "latency", "--format", "vimgrep").stdout
    (here / "notes" / "café.md").unlink()
    assert ask("search", "latency", "--format", "vimgrep").stdout == before


def test_matches_are_the_first_ten_in_code_points(here: Path) -> None:
    hit = json.loads(ask("search", "latency", "--format", "json").stdout)["hits"][0]
    lines = NOTE.split("\n")
    assert len(hit["matches"]) == SPOTS
    for match in hit["matches"]:
        begin = match["column"] - 1
        assert lines[match["line"] - 1][begin : begin + match["length"]] == "latency"
    assert [(m["line"], m["column"]) for m in hit["matches"][:4]] == [(8, 29), (8, 55), (9, 6), (10, 1)]


def test_nothing_in_a_note_drives_a_terminal_and_both_fronts_say_the_same(here: Path) -> None:
    formats = [f"--format={form}" for form in ("table", "json", "jsonl", "csv", "paths", "vimgrep")]
    shown = [ask("search", "latency", form).stdout for form in formats]
    talk = json.loads(shown[1])["hits"][1]["id"]
    shown += [ask("show", talk, f"--format={form}").stdout for form in ("text", "markdown", "json")]
    shown += [ask("parse", "notes/café.md", f"--format={form}").stdout for form in ("text", "json")]
    shown += [ask("export").stdout]
    for text in shown:
        assert text
        assert not set(DRIVING) & set(text) - {" ", "x", "3", "1", "m", "0", "]", ";"}
    assert "👩‍💻 می‌خواهم" in ask("show", talk).stdout
    client = testing.TestClient(create_app(KnowledgeBase(Config())), headers={"Host": "localhost"})
    assert client.simulate_get("/v1/search", params={"q": "latency"}).content + b"\n" == shown[1].encode()


def test_the_table_of_a_search_waits_for_no_other_commands_libraries(here: Path) -> None:
    script = (
        "import sys; from kb.cli import cli; cli.main(['search', 'latency'], standalone_mode=False);"
        "print(sorted({'csv', 'falcon', 'kb.ingest', 'kb.render', 'kb.show.lines', 'rich.console', 'yaml'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=here)
    assert ended.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", [None, *sorted(cli.commands)])
def test_help_describes_every_command_and_option_in_80_columns(name: str | None) -> None:
    command: click.Command = cli.commands[name] if name else cli
    shown = ask(*([name] if name else []), "--help")
    assert shown.exit_code == 0
    assert "\\" not in shown.stdout
    assert "\b" not in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert command.help
    assert command.get_short_help_str(200) in ask("--help").stdout or not name
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, option.name


PROBLEMS = {
    "kb.yaml": "tols: [x]\n",
    "2015/kb.yaml": "event: [x]\n",
    "2015/a.md": "---\nrating: [\n---\n\nNothing here.\n",
    "b.md": "No talk.\n",
    "2015/empty.md": "",
}


@pytest.fixture
def troubled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in PROBLEMS.items():
        (tmp_path / "notes" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "notes" / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "before"), [(".", "notes/"), ("notes", ""), ("notes/2015", None), ("elsewhere", None)]
)
def test_check_prints_paths_that_open_from_here(folder: str, before: str | None, troubled: Path) -> None:
    (troubled / folder).mkdir(exist_ok=True)
    os.chdir(troubled / folder)
    checked = ask("check", str(troubled / "notes"))
    paths = [line.split(":")[0] for line in checked.stdout.splitlines()]
    assert checked.exit_code == 1
    assert {os.path.relpath(path, troubled / "notes") for path in paths} == set(PROBLEMS)
    assert all(Path(path).exists() for path in paths)
    if before is not None:
        assert all(path.startswith(before) for path in paths)


def test_check_of_one_file_names_its_settings(troubled: Path) -> None:
    paths = [line.split(":")[0] for line in ask("check", "notes/2015/a.md").stdout.splitlines()]
    assert set(paths) == {"notes/2015/a.md", "notes/2015/kb.yaml"}


def test_check_without_paths_looks_at_the_remembered_notes(troubled: Path) -> None:
    assert ask("check").exit_code == 3  # There is no index, and no folder data.
    (troubled / "data").symlink_to("notes/2015")
    assert "data/a.md:" in ask("check").stdout
    assert ask("ingest", "notes").exit_code == 0
    known = KnowledgeBase(Config()).reader().problems().problems
    lines = ask("check").stdout.splitlines()
    said = [f"notes/{p}" + (f" ({p.hint})" if p.hint else "") for p in known]
    assert lines == said
