"""The folder of the index: only ever one that kb made, where nothing but kb's own files is written or removed."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kb.errors import InTheWayError, KbError, NotAnIndexError, NotesUnreadableError
from kb.index import manifest, open_index
from kb.ingest import Report, ingest
from kb.marker import MARKER
from tests.reliability.rounds import child

NOTE = "# Zero to one ★★★★\n**Maria Lopez, Initech**\n\nWe use `strace -f`.\n"


def tree(folder: Path) -> dict[str, str | bytes]:
    """Returns all that is in a folder: what files hold and where links lead."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else (path.read_bytes() if path.is_file() else "a folder")
        for path in folder.rglob("*")
    }


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder of notes, some in folders whose names are numbers."""
    for name in ("2014/old.md", "20150528/talk.md", "00000001/first.md", "draft.tmp", "00000002.tmp/half.md", "a.md"):
        path = tmp_path / "notes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTE)
    (tmp_path / "notes" / "00000003").symlink_to(tmp_path / "notes" / "2014")
    return tmp_path / "notes"


def ingested(index: Path, *notes: Path, rebuild: bool = False) -> Report:
    return ingest(open_index(index), [str(path) for path in notes], rebuild=rebuild)


@pytest.mark.parametrize("rebuild", [False, True])
def test_a_folder_of_somebodys_files_is_refused_and_left_as_it_is(notes: Path, tmp_path: Path, rebuild: bool) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.md").write_text(NOTE)
    before = tree(notes)
    with pytest.raises(NotAnIndexError, match=r"holds '00000001'.*--index"):
        ingested(notes, tmp_path / "other", rebuild=rebuild)
    with pytest.raises(NotesUnreadableError, match=r"the folder of the index.*--index"):
        ingested(notes, notes, rebuild=rebuild)
    with pytest.raises(NotesUnreadableError, match="the folder of the index"):
        ingested(notes, notes / "2014", rebuild=rebuild)
    assert tree(notes) == before


@pytest.mark.parametrize("make", [
    lambda folder: (folder / "CURRENT").write_text("MANIFEST-000001\n"),
    lambda folder: (folder / "lock").write_text("4711"),
    lambda folder: (folder / MARKER).write_text("mine"),
    lambda folder: (folder / MARKER).mkdir(),
    lambda folder: (folder / "CURRENT.tmp").symlink_to("elsewhere"),
    lambda folder: (folder / "00000001").mkdir(),
    lambda folder: (folder / "00000001").symlink_to("."),
    lambda folder: ((folder / "00000001").mkdir(), (folder / "00000001" / "manifest.json").write_text("{}")),
    lambda folder: ((folder / "00000001.tmp").mkdir(), (folder / "00000001.tmp" / "draft.md").write_text("x")),
    lambda folder: (folder / ".hidden").write_text("x"),
])  # fmt: skip
def test_what_only_looks_like_an_index_is_refused(notes: Path, tmp_path: Path, make: Callable[[Path], object]) -> None:
    (tmp_path / "index").mkdir()
    make(tmp_path / "index")
    before = tree(tmp_path / "index")
    with pytest.raises(NotAnIndexError):
        ingested(tmp_path / "index", notes)
    assert tree(tmp_path / "index") == before


def test_what_is_put_into_an_index_stays_and_is_told(notes: Path, tmp_path: Path) -> None:
    """Many generations come and go beside it; a folder of kb's that holds something else goes when that has gone."""
    index, mine = tmp_path / "index", tmp_path / "mine"
    assert ingested(index, notes).strangers == ()
    (index / "README.md").write_text("What this is.")
    shutil.copytree(notes, mine, symlinks=True)
    for path in [*mine.iterdir()]:
        if not (index / path.name).exists():
            path.rename(index / path.name)
    (index / "00000001" / "mine.md").write_text(NOTE)
    before = {path: held for path, held in tree(index).items() if path.endswith(".md") or "0003" in path}
    for n in range(4):
        (notes / "a.md").write_text(f"{NOTE}\n{n}")
        report = ingested(index, notes)
    assert report.strangers == (
        "00000001/mine.md", "00000002.tmp", "00000003", "2014", "20150528", "a.md", "draft.tmp",
    )  # fmt: skip
    assert {path: held for path, held in tree(index).items() if path in before} == before
    assert not list((index / "00000001").glob("*.arrays"))
    (index / "00000001" / "mine.md").unlink()
    (notes / "a.md").write_text(NOTE)
    assert "00000001/mine.md" not in ingested(index, notes).strangers
    assert not (index / "00000001").exists()


def test_nothing_that_a_manifest_names_elsewhere_is_removed(notes: Path, tmp_path: Path) -> None:
    index, victim = tmp_path / "index", tmp_path / "MAIN_mine.seg"
    ingested(index, notes)
    victim.write_text("mine")
    told, _ = manifest.read_manifest(index / "00000001")
    files = {**told.files, "../../MAIN_mine.seg": (4, ""), str(victim): (4, "")}
    manifest.write_manifest(index / "00000001", msgspec.structs.replace(told, files=files))
    (index / "00000001" / "MAIN_mine.toc").symlink_to(victim)
    for n in range(3):
        (notes / "a.md").write_text(f"{NOTE}\n{n}")
        ingested(index, notes)
    assert victim.read_text() == "mine"
    assert os.listdir(index / "00000001")


def killed_at(number: int, index: Path, work: Callable[[], object], errors: Path) -> bool:
    """Works in a process that is killed at its n-th call for a file of the index; returns whether it came to that."""

    def counted() -> None:
        left = number

        def see(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.chmod"):
                left -= str(arguments[0]).startswith(str(index)) or isinstance(arguments[0], int)
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(see)
        work()

    _, status = os.waitpid(child(counted, errors), 0)
    assert os.WIFSIGNALED(status) or not os.WEXITSTATUS(status), errors.read_text()
    return os.WIFSIGNALED(status)


def interrupted(notes: Path, index: Path, errors: Path, stride: int) -> int:
    """Kills first runs, and what goes on after them, at one in so many of their steps; returns how many were killed."""
    before, kills = tree(notes), 0
    while killed_at(kills * stride, index, lambda: ingested(index, notes), errors):
        killed_at(kills * stride // 2, index, lambda: ingested(index, notes), errors)
        report = ingested(index, notes)
        assert (report.counts["note"], report.strangers) == (5, ())
        assert not list(index.glob("*.tmp"))
        assert tree(notes) == before
        shutil.rmtree(index)
        kills += 1
    return kills


def test_a_first_run_that_was_interrupted_goes_on(notes: Path, tmp_path: Path) -> None:
    assert interrupted(notes, tmp_path / "index", tmp_path / "errors", 9) > 5


@pytest.mark.parametrize("others", [[], ["lock"], ["lock", "00000001.tmp"], ["README.md", ".gitignore"], [MARKER]])
def test_a_folder_without_anything_of_others_is_taken(notes: Path, tmp_path: Path, others: list[str]) -> None:
    for name in others:
        if name.endswith(".tmp"):
            (tmp_path / "index" / name).mkdir(parents=True)
            (tmp_path / "index" / name / "draft-0").write_text("x")
        else:
            (tmp_path / "index").mkdir(exist_ok=True)
            (tmp_path / "index" / name).write_text("what\n" * (name in ("README.md", ".gitignore")))
    assert ingested(tmp_path / "index", notes).strangers == ()
    assert not list((tmp_path / "index").glob("*.tmp"))


def older(index: Path) -> None:
    """Makes an index what kb 0.1.0 wrote: without markers, with the places of the roots alone."""
    for path in index.rglob(MARKER):
        path.unlink()
    for path in index.glob("0*"):
        told, _ = manifest.read_manifest(path)
        files = {name: one for name, one in told.files.items() if name != MARKER}
        roots = tuple(root.location for root in told.covered)
        manifest.write_manifest(path, msgspec.structs.replace(told, format=9, roots=roots, files=files))


def test_an_index_of_an_older_kb_is_taken_over_with_what_it_covers(notes: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    ingested(index, notes / "2014", notes / "20150528")
    older(index)
    report = ingested(index)
    assert report.rebuilt == "it was built by another version of kb"
    assert [(root.location, root.prefix) for root in report.roots] == [
        (str(notes / "2014"), "2014/"),
        (str(notes / "20150528"), "20150528/"),
    ]
    assert (index / MARKER).exists()
    older(index)
    (index / "00000002" / MARKER).touch()
    (index / "mine.md").write_text(NOTE)
    before = tree(index)
    with pytest.raises(NotAnIndexError, match=r"mine\.md"):
        ingested(index)
    assert tree(index) == before


def test_the_index_may_lie_among_the_notes_and_is_none(notes: Path) -> None:
    for index in (notes / "index", notes / ".index"):
        ingested(index, notes)
        (index / "README.md").write_text(NOTE)
        assert [ingested(index, notes).kept for _ in range(2)] == [5, 5]
    with pytest.raises(NotesUnreadableError, match="the folder of the index"):
        ingested(notes / "index", notes / "index" / "README.md")


def folder_for_current(index: Path) -> None:
    (index / "CURRENT").unlink()
    (index / "CURRENT").mkdir()


def folder_for_manifest(index: Path) -> None:
    (index / "00000001" / "manifest.json").unlink()
    (index / "00000001" / "manifest.json").mkdir()


def file_for_generation(index: Path) -> None:
    shutil.rmtree(index / "00000001")
    (index / "00000001").write_text("x")


def link_for_current(index: Path) -> None:
    (index / "CURRENT").unlink()
    (index / "CURRENT").symlink_to("CURRENT")


def folder_for_lock(index: Path) -> None:
    (index / "lock").unlink()
    (index / "lock").mkdir()


def link_for_lock(index: Path) -> None:
    (index / "lock").unlink()
    (index / "lock").symlink_to(index.parent / "elsewhere")


def link_for_what_is_written(index: Path) -> None:
    (index.parent / "elsewhere").write_text("mine")
    (index / "CURRENT.tmp").symlink_to(index.parent / "elsewhere")


def next_numbers_taken(index: Path) -> None:
    (index / "00000002").write_text("x")
    (index / "00000003.tmp").mkdir()
    (index / "00000003.tmp" / "mine.md").write_text("x")
    (index / "99999999").mkdir()


def folder_for_index(index: Path) -> None:
    shutil.rmtree(index)
    index.write_text("x")


@pytest.mark.parametrize(
    ("put", "named"),
    [
        (folder_for_current, "index/CURRENT"),
        (folder_for_manifest, None),
        (file_for_generation, None),
        (link_for_current, None),
        (link_for_what_is_written, None),
        (next_numbers_taken, None),
        (folder_for_lock, "index/lock"),
        (link_for_lock, "index/lock"),
        (folder_for_index, "index"),
    ],
)
def test_a_rebuild_succeeds_or_names_what_is_in_its_way(
    notes: Path, tmp_path: Path, put: Callable[[Path], None], named: str | None
) -> None:
    index = tmp_path / "index"
    ingested(index, notes)
    put(index)
    if named:
        for rebuild in (False, True):
            with pytest.raises(InTheWayError, match=f"{named} is in the way"):
                ingested(index, rebuild=rebuild)
        return
    is_lost = put in (folder_for_manifest, file_for_generation)  # What it covers, as this is its only generation.
    report = ingested(index, *([notes] if is_lost else []), rebuild=True)
    assert (report.counts["talk"], [root.location for root in report.roots]) == (5, [str(notes)])
    assert ingested(index, notes).kept == 5
    elsewhere = tmp_path / "elsewhere"
    assert not elsewhere.exists() or elsewhere.read_text() == "mine"


@pytest.mark.parametrize("put", [folder_for_current, folder_for_manifest, file_for_generation, link_for_current])
def test_what_stands_in_the_place_of_a_file_of_the_index_is_told(
    notes: Path, tmp_path: Path, put: Callable[[Path], None]
) -> None:
    ingested(tmp_path / "index", notes)
    put(tmp_path / "index")
    with pytest.raises(KbError, match="kb ingest --rebuild"):
        open_index(tmp_path / "index").snapshot()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o177])
def test_nobody_else_may_read_the_index(notes: Path, tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        for n in range(2):
            (notes / "a.md").write_text(f"{NOTE}\n{n}")
            (notes / "a.md").touch()
            ingested(tmp_path / "index", notes)
        os.utime(notes / "a.md", (1, 1))
        ingested(tmp_path / "index", notes)
    finally:
        os.umask(before)
    assert (tmp_path / "index" / "touched").exists()
    for path in [tmp_path / "index", *(tmp_path / "index").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_an_ingest_whose_index_is_removed_meanwhile_touches_no_other(notes: Path, tmp_path: Path) -> None:
    """Another is being written in its place when it finds that out."""
    index = tmp_path / "index"
    ingested(index, notes)

    def replaced(done: int, of: int) -> None:
        if done == of and not (index / "00000001.tmp").exists():
            shutil.rmtree(index)
            ingested(index, notes)
            (index / "00000003.tmp").mkdir()
            (index / "00000003.tmp" / "new.arrays").write_text("x")

    (notes / "a.md").write_text(NOTE + "More.\n")
    with pytest.raises(KbError, match="could not be written"):
        ingest(open_index(index), progress=replaced)
    assert (index / "00000003.tmp" / "new.arrays").exists()
    assert open_index(index).snapshot().generation == 1
    assert ingested(index, notes).kept == 5
