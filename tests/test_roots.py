"""Folders and files that the index covers: each note once, under a path that stays whatever else comes and goes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kb.config import Config
from kb.errors import NotesLeavingError, NotesUnreadableError
from kb.index import open_index
from kb.ingest import Report
from kb.roots import Root, location_of, named, path_of, roots_of
from kb.scope import Others
from kb.service import KnowledgeBase

NOTE = "# {} ★★★★\n**Maria Lopez, Initech**\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with notes in folders of it, and the working folder."""
    for name in ("one/a.md", "one/inner/b.md", "two/a.md", "three/c.md", "empty/readme.rst"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(NOTE.format(name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ingested(*paths: str, others: Others = "stop") -> Report:
    return KnowledgeBase(Config(index=Path(".index"))).ingest(paths, others=others)


def paths() -> list[str]:
    """Returns the paths of the notes in the index, each of which opens from its place and has its path by it."""
    index = open_index(Path(".index"))
    found = [reading.note.source.path for reading in index.snapshot().readings()]
    for path in found:
        assert Path(location_of(path, index.roots())).exists(), path
        assert path_of(location_of(path, index.roots()), index.roots()) == path
    return found


def test_a_further_root_changes_no_path_and_no_id(home: Path) -> None:
    ingested("one")
    before = open_index(Path(".index")).snapshot()
    report = ingested("two", others="keep")
    assert (report.added, report.changed, report.renamed, report.removed, report.kept) == (("two/a.md",), (), (), (), 2)
    assert paths() == ["a.md", "inner/b.md", "two/a.md"]
    assert set(before.ids("talk")) < set(report.snapshot.ids("talk"))
    assert ingested("three", others="keep").added == ("three/c.md",)
    assert ingested().kept == 4


def test_an_index_that_loses_its_first_root_keeps_the_paths_of_the_others(home: Path) -> None:
    ingested("one", "two", "three")
    report = ingested("three", "two", others="leave")
    assert (report.added, report.renamed, report.removed) == ((), (), ("a.md", "inner/b.md"))
    assert paths() == ["three/c.md", "two/a.md"]
    (home / "two" / "a.md").write_text("# Another\n")
    assert ingested("two/a.md").changed == ("two/a.md",)
    assert ingested("one", others="keep").added == ("one/a.md", "one/inner/b.md")
    assert paths() == ["one/a.md", "one/inner/b.md", "three/c.md", "two/a.md"]


def test_the_name_of_a_further_root_is_made_distinct_from_what_is_there(home: Path) -> None:
    for name in ("one/two/x.md", "other/two/a.md", "other/a.md", "one/late.md"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(NOTE.format(name))
    ingested("one", "two", "other/two", "other/a.md")
    assert paths() == ["a-2.md", "a.md", "inner/b.md", "late.md", "two-2/a.md", "two-3/a.md", "two/x.md"]
    (home / "one" / "two-2").mkdir()
    (home / "one" / "two-2" / "a.md").write_text(NOTE.format("taken later"))
    ingested()
    assert paths() == [
        "a-2.md", "a.md", "inner/b.md", "late.md", "two-2/a.md", "two-3/a.md", "two-4/a.md", "two/x.md",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([".", "one"], ["one/a.md", "one/inner/b.md", "three/c.md", "two/a.md"]),
        (["one", "."], ["one/a.md", "one/inner/b.md", "three/c.md", "two/a.md"]),
        (["one", "one/inner", "one/a.md", "two/../one/inner/b.md"], ["a.md", "inner/b.md"]),
        (["one", "link", "link/inner"], ["a.md", "inner/b.md"]),
        (["link", "one"], ["a.md", "inner/b.md"]),
        (["one/inner/b.md", "link/inner/b.md"], ["b.md"]),
        (["one", "one/.hidden"], [".hidden/h.md", "a.md", "inner/b.md"]),
        (["empty", "empty/readme.rst"], ["readme.rst"]),
    ],
)
def test_a_note_that_several_roots_reach_is_one_note(home: Path, given: list[str], found: list[str]) -> None:
    (home / "link").symlink_to("one")
    (home / "one" / ".hidden").mkdir()
    (home / "one" / ".hidden" / "h.md").write_text(NOTE.format("hidden"))
    ingested(*given)
    assert paths() == found


def test_a_root_round_the_first_one_leaves_its_paths(home: Path) -> None:
    ingested("one")
    (home / "d.md").write_text(NOTE.format("d"))
    ingested(".", others="keep")
    prefix = home.name
    assert paths() == sorted(["a.md", "inner/b.md", *(f"{prefix}/{p}" for p in ("d.md", "three/c.md", "two/a.md"))])
    assert ingested().kept == 5
    assert ingested("one/../one/inner/b.md").kept == 1


def test_links_to_notes_are_no_further_notes(home: Path) -> None:
    (home / "one" / "again.md").symlink_to("a.md")
    (home / "one" / ".kept").write_text(NOTE.format("kept"))
    for name in ("x.md", "y.md"):
        (home / "one" / name).symlink_to(".kept")
    ingested("one")
    assert paths() == ["a.md", "inner/b.md", "x.md"]
    assert ingested("one/y.md").kept == ingested("one/again.md").kept == 0
    assert ingested().kept == 3


def test_notes_leave_only_where_that_is_asked_for(home: Path) -> None:
    ingested("one")
    for given in (["two"], ["empty"], ["two/a.md"], ["one/inner"]):
        with pytest.raises(NotesLeavingError, match=r"notes? of .*/one would leave.*--add.*--replace") as error:
            ingested(*given)
        assert ("1 note of" if given == ["one/inner"] else "2 notes of") in str(error.value)
    assert paths() == ["a.md", "inner/b.md"]
    assert ingested("one", "two").added == ("two/a.md",)
    with pytest.raises(NotesLeavingError, match=r"2 notes of .*/one and 1 note of .*/two would leave"):
        ingested("three")
    assert ingested("empty", others="leave").removed == ("a.md", "inner/b.md", "two/a.md")
    assert ingested("three").added == ("c.md",)  # A folder without notes may be forgotten.


def test_notes_do_not_leave_with_an_index_that_is_made_anew(home: Path) -> None:
    """What it had is counted where it lies."""
    ingested("one")
    (home / ".index" / "CURRENT").write_text("x")
    with pytest.raises(NotesLeavingError, match="2 notes of"):
        ingested("two")
    assert ingested("one/a.md").counts["note"] == 2
    assert ingested("two", others="leave").counts["note"] == 1


def unmounted(place: Path) -> None:
    """Leaves an empty folder, which the index knows to have been on another device."""
    shutil.move(place, place.with_name("away"))
    place.mkdir()


@pytest.mark.parametrize("leave", [lambda place: shutil.move(place, place.with_name("away")), unmounted])
def test_notes_of_a_root_that_cannot_be_reached_stay(
    home: Path, leave: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.roots._device", lambda place: 1 if leave is unmounted else os.stat(place).st_dev)
    ingested("one", "two")
    monkeypatch.undo()
    os.chdir(home)
    leave(home / "two")
    (home / "one" / "a.md").write_text("# Another\n")
    report = ingested()
    assert (report.changed, report.removed, report.kept) == (("a.md",), (), 2)
    assert [(problem.path, problem.code) for problem in report.problems] == [(str(home / "two"), "away")]
    with pytest.raises(NotesUnreadableError):
        KnowledgeBase(Config(index=Path(".index"))).ingest(rebuild=True)
    with pytest.raises(NotesUnreadableError):
        ingested("two/a.md")
    shutil.rmtree(home / "two", ignore_errors=True)
    shutil.move(home / "away", home / "two")
    report = ingested()
    assert (report.removed, report.kept, report.problems) == ((), 3, ())


def test_a_folder_that_is_unmounted_keeps_its_notes(home: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(home / "disk")]
    (home / "disk").mkdir()
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        (home / "disk" / "a.md").write_text(NOTE.format("a"))
        ingested("disk")
    finally:
        subprocess.run(["umount", "-l", str(home / "disk")], check=True)
    for given in ([], ["disk"]):
        with pytest.raises(NotesUnreadableError, match="mounted"):
            ingested(*given)
    assert len(list(open_index(Path(".index")).snapshot().readings())) == 1
    assert ingested("disk", others="leave").removed == ("a.md",)


def test_a_folder_whose_notes_are_removed_is_empty(home: Path) -> None:
    ingested("three")
    (home / "three" / "c.md").unlink()
    assert ingested().removed == ("c.md",)


def test_roots_that_an_older_kb_named_keep_their_paths() -> None:
    here = os.path.dirname(__file__)
    known = (Root(here, "tests/"), Root(os.path.dirname(here), "kb/"))
    assert [root.prefix for root in named([root.location for root in known], known)] == ["tests/", "kb/"]
    assert roots_of([here, os.path.dirname(here)]) == roots_of([os.path.dirname(here)])


def test_status_tells_of_settings_that_are_new_changed_or_gone(home: Path) -> None:
    base = KnowledgeBase(Config(index=Path(".index")))
    base.ingest(["one", "two/a.md"])
    for place, path in (("one", "kb.yaml"), ("one/inner", "inner/kb.yaml")):
        for text in ("event: WidgetConf 2019\n", "event: WidgetConf 2018\n", "event: [\n", None):
            if text is None:
                (home / place / "kb.yaml").unlink()
            else:
                (home / place / "kb.yaml").write_text(text)
            assert base.reader().status().stale_files == [path]
            base.ingest()
            assert base.reader().status().stale_files == []
            assert [problem.path for problem in base.index.snapshot().problems()] == [path] * (text == "event: [\n")
            assert base.ingest().removed == ()


def test_settings_that_are_a_link_out_of_the_notes_are_a_problem_and_not_read(home: Path) -> None:
    (home / "elsewhere.yaml").write_text("event: WidgetConf 2019\n")
    for place in ("one/kb.yaml", "two/kb.yaml"):
        (home / place).symlink_to("../elsewhere.yaml")
    report = ingested("one", "two/a.md")
    assert [(problem.path, problem.code) for problem in report.problems] == [("kb.yaml", "link_outside")]
    assert {reading.note.event for reading in report.snapshot.readings()} == {None}
    (home / "one" / "kb.yaml").unlink()
    (home / "one" / ".settings").write_text("event: WidgetConf 2018\n")
    (home / "one" / "kb.yaml").symlink_to(".settings")
    assert {reading.note.event for reading in ingested().snapshot.readings()} == {None, "WidgetConf 2018"}


def test_folders_that_are_links_are_told_and_not_followed(home: Path) -> None:
    (home / "one" / "linked").symlink_to("../two")
    (home / "one" / "inner" / "round.md").symlink_to("..")
    (home / "one" / ".hidden").symlink_to("../two")
    report = ingested("one")
    assert paths() == ["a.md", "inner/b.md"]
    assert [(p.path, p.code) for p in report.problems] == [
        ("inner/round.md", "not_followed"),
        ("linked", "not_followed"),
    ]
    assert ingested().generation == 1


@pytest.mark.parametrize("how", ["rewritten", "another file"])
def test_other_bytes_of_the_same_size_and_time_are_read(home: Path, how: str) -> None:
    note = home / "three" / "c.md"
    os.utime(note, ns=(10**18, 10**18))
    base = KnowledgeBase(Config(index=Path(".index")))
    base.ingest(["three"])
    if how == "another file":
        note.unlink()
    note.write_text(NOTE.format("three/d.md"))
    os.utime(note, ns=(10**18, 10**18))
    assert base.reader().status().stale_files == ["c.md"]
    assert base.ingest().changed == ("c.md",)


def test_a_note_that_was_only_touched_is_read_once_and_no_change(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where all are put back from a backup; another process knows it, too, and so does what a later ingest makes."""
    ingested("one")
    restored = home / "one" / "a.md"
    shutil.copy2(restored, home / "copy")
    os.replace(home / "copy", restored)
    first = ingested()
    assert (first.changed, first.kept, first.generation) == ((), 2, 1)
    monkeypatch.setattr("kb.notes.read", lambda file: pytest.fail(f"{file.path} is read"))
    assert (ingested().kept, KnowledgeBase(Config(index=Path(".index"))).reader().status().stale_files) == (2, [])
    monkeypatch.undo()
    os.chdir(home)
    (home / "one" / "inner" / "b.md").write_text("# Another\n")
    assert ingested().changed == ("inner/b.md",)
    monkeypatch.setattr("kb.notes.read", lambda file: pytest.fail(f"{file.path} is read"))
    assert ingested().kept == 2
    touched = home / ".index" / "touched"
    touched.write_bytes(msgspec.msgpack.encode({"a.md": 1}))
    monkeypatch.undo()
    os.chdir(home)
    assert ingested().kept == 2


def test_the_status_of_notes_that_cannot_be_reached_says_that_all_are_gone(home: Path) -> None:
    ingested("one")
    (home / "one").rename(home / "away")
    assert KnowledgeBase(Config(index=Path(".index"))).reader().status().stale_files == ["a.md", "inner/b.md"]
