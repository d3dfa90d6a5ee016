"""kb.yaml: the user's last word, checked, and re-read with just the notes that it touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb import settings
from kb.index import open_index
from kb.ingest import ingest
from kb.records import Talk

NOTE = "# FooConf 2019\n\n## Queues ★★★\n**J. Doe**\nWe frob with Storm and Bazquxer.\n\n## Caches ★★\n**Jane Doe**\n\n## Remarks of mine ★\n**Tom Becker**\n\n## Swag\nsocks\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes" / "sub").mkdir(parents=True)
    (tmp_path / "notes" / "a.md").write_text(NOTE)
    (tmp_path / "notes" / "sub" / "b.md").write_text(NOTE)
    return tmp_path / "notes"


def talks(folder: Path) -> dict[str, Talk]:
    index = open_index(folder.parent / "index")
    ingest(index, [str(folder)])
    return {talk.id: talk for reading in index.snapshot().readings() for talk in reading.talks}


def tools(talk: Talk) -> list[str]:
    return [m.name for m in talk.mentions]


def test_tools(folder: Path) -> None:
    assert tools(talks(folder)["a/queues"]) == ["storm"]
    (folder / "kb.yaml").write_text("tools:\n  add: [Bazquxer]\n  ignore: [storm]\n  alias: {frob: Frobnicator}\n")
    assert tools(talks(folder)["a/queues"]) == ["frobnicator", "bazquxer"]
    assert tools(talks(folder)["sub-b/queues"]) == ["frobnicator", "bazquxer"]


def test_people(folder: Path) -> None:
    def speakers() -> set[str]:
        talks(folder)
        return set(open_index(folder.parent / "index").snapshot().ids("speaker"))

    assert speakers() == {"jane-doe", "tom-becker"}
    (folder / "kb.yaml").write_text("people:\n  different: [[J. Doe, Jane Doe]]\n")
    assert speakers() == {"j-doe", "jane-doe", "tom-becker"}
    (folder / "kb.yaml").write_text("people:\n  same: [[Thomas Becker, Tom Becker]]\n")
    assert speakers() == {"jane-doe", "thomas-becker"}


def test_event_date_and_talks_of_a_folder(folder: Path) -> None:
    (folder / "kb.yaml").write_text("event: FooConf\n")
    (folder / "sub" / "kb.yaml").write_text("date: 2019-05-03\ntalks:\n  are: [Swag]\n  not: [Remarks of mine]\n")
    found = talks(folder)
    assert [t.rpartition("/")[2] for t in found if t.startswith("sub-b/")] == ["queues", "caches", "swag"]
    assert {(t.event, t.date) for id, t in found.items() if id.startswith("a/")} == {("FooConf", "2019")}
    assert {(t.event, t.date) for id, t in found.items() if id.startswith("sub-b/")} == {("FooConf", "2019-05-03")}


def test_a_change_re_reads_just_the_notes_below(folder: Path) -> None:
    talks(folder)
    (folder / "sub" / "kb.yaml").write_text("event: BarConf\n")
    report = ingest(open_index(folder.parent / "index"))
    assert (report.changed, report.kept) == (("sub/b.md",), 1)
    (folder / "sub" / "kb.yaml").unlink()
    report = ingest(open_index(folder.parent / "index"))
    assert (report.changed, report.kept) == (("sub/b.md",), 1)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("evnt: x", 1, "'evnt' is no setting"),
        ("event: x\ntools: [a]", 2, "tools needs add, ignore, alias below it"),
        ("event: [a]", 1, "event needs a text"),
        ("\ntools:\n  ad: [x]", 2, "tools has no 'ad'"),
        ("tools:\n  add: {a: b}", 1, "tools: add needs a list of names"),
        ("tools:\n  alias: [a]", 1, "needs `spelling: name` lines"),
        ("people:\n  same: [Jane]", 1, "two names or more"),
        ("a: b: c", 1, "it is not read"),
        ("a: &x 1", 1, "anchors"),
        ("- a", 1, "it is not read"),
    ],
)
def test_what_is_wrong_is_a_problem_with_its_line(folder: Path, text: str, line: int, message: str) -> None:
    (folder / "kb.yaml").write_text(text)
    index = open_index(folder.parent / "index")
    ingest(index, [str(folder)])
    problems = [p for p in index.snapshot().problems() if p.path == "kb.yaml"]
    assert [(p.line, p.code) for p in problems] == [(line, "settings")]
    assert message in problems[0].message
    assert len(talks(folder)) >= 6


def test_a_note_read_by_itself_has_the_settings_above_it(folder: Path) -> None:
    (folder / "kb.yaml").write_text("event: FooConf\n")
    assert settings.above(str(folder / "sub" / "b.md")).event == "FooConf"
