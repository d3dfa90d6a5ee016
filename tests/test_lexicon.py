"""Names of an index as questions look them up: after edits, and when what was looked up is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.config import Config
from kb.index import lexicon
from kb.service import KnowledgeBase, Request

NOTES = {
    "kb.yaml": "tools:\n  add: [frobnicator]\n  alias: {frob: frobnicator}\n",
    "a.md": "# Tracing at length\n**Ada Lovelace, Acme Labs** ★★★★\n\nWe ran frob against strace.\n",
    "b.md": "# Shipping boxes\n**Tom Becker, Acme**\n\nNothing but frobnicator.\n",
}


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    notes = tmp_path / "notes"
    notes.mkdir()
    for name, text in NOTES.items():
        (notes / name).write_text(text)
    base = KnowledgeBase(Config(index=tmp_path / "index", notes=str(notes)))
    base.ingest()
    return base


def test_a_tool_is_known_by_another_spelling_as_long_as_a_talk_spells_it_so(base: KnowledgeBase) -> None:
    def found(q: str) -> set[str]:
        return {hit.id for hit in base.reader().search(Request(q)).hits}

    both = {"a/tracing-at-length", "b/shipping-boxes"}
    assert base.reader().question("talks mentioning frob").canonical == "kind:talk tool:frobnicator"
    assert found("tool:frob") == both == found("talks mentioning frobnicator")
    (Path(base.config.notes) / "a.md").write_text(NOTES["a.md"].replace("frob ", "frobnicator "))
    base.ingest()
    assert base.reader().question("talks mentioning frob").canonical != "kind:talk tool:frobnicator"
    assert found("tool:frob") == set()
    assert found("tool:frobnicator") == both


def test_what_was_looked_up_is_kept_within_bounds_and_changes_nothing(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        "talks by Ada Lovelace", "talks by Ada Lovelase", "acme labs talks", "tracing boxes", "tracng", "frob", "becker",
    ]  # fmt: skip
    fresh = [base.reader().question(q) for q in asked]
    monkeypatch.setattr(lexicon, "KEPT", 2)
    other = KnowledgeBase(base.config).reader()
    assert [other.question(q) for _ in range(2) for q in asked] == fresh * 2
    kept = [
        value
        for name, value in vars(other.snapshot.names).items()
        if name in ("_found", "_nearby", "_having", "_beginning")
    ]
    assert len(kept) == 4
    assert all(len(one) <= 2 for one in kept)
