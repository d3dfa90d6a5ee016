"""The index on disk: whole or refused, one writer, nothing left behind."""

from __future__ import annotations

import errno
import functools
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import whoosh.index

from kb import processes
from kb.errors import IndexBusyError, IndexDamagedError, IndexMissingError, IndexNotWrittenError
from kb.index import folder as index_folder
from kb.index import generations, open_index, store, writing
from kb.index.arrays import Arrays
from kb.index.drafts import FIELDS
from kb.index.generations import Generations
from kb.index.segments import Part, Segment, read_parts
from kb.ingest import ingest
from kb.query.tree import Query, SortKey, Term

NOTE = "# Zero to one ★★★★\n**Maria Lopez, Initech**\n\nWe use `strace -f`.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of two generations."""
    (tmp_path / "notes").mkdir()
    for name in ("a.md", "b.md"):
        (tmp_path / "notes" / name).write_text(NOTE)
        ingest(open_index(tmp_path / "index"), [str(tmp_path / "notes")])
    return tmp_path / "index"


def files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and (p.parent != folder or p.name == "CURRENT"))


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="kb ingest"):
        open_index(tmp_path / "none").snapshot()


def test_what_lies_in_the_folder(folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == ["00000001", "00000002", "CURRENT", "kb-index", "lock"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "00000002").stat().st_mode & 0o777 == 0o700


def test_segments_that_did_not_change_are_shared(folder: Path) -> None:
    first = {p.name: p.stat().st_ino for p in (folder / "00000001").glob("*.seg")}
    second = {p.name: p.stat().st_ino for p in (folder / "00000002").glob("*.seg")}
    shared = [name for name in first if second.get(name) == first[name]]
    assert shared == list(first) or len(second) == 1  # Whoosh may have merged small segments.


@pytest.mark.parametrize("name", ["CURRENT", "00000002/manifest.json"])
def test_every_shortening_of_what_vouches_for_the_rest_is_found(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    for size in range(len(whole)):
        (folder / name).write_bytes(whole[:size])
        with pytest.raises(IndexDamagedError):
            open_index(folder).snapshot()
    (folder / name).write_bytes(whole)
    assert open_index(folder).snapshot().generation == 2


@pytest.mark.parametrize("damage", ["flip", "truncate", "zero", "empty", "append", "remove"])
def test_damage_is_found_before_anything_is_opened(folder: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a damaged index was unpickled")

    for path in [p for p in files(folder) if p.parent.name != "00000001"]:
        whole = path.read_bytes()
        middle = len(whole) // 2
        changed = {
            "flip": whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :],
            "truncate": whole[:middle],
            "zero": whole[:middle] + bytes(min(64, len(whole) - middle)) + whole[middle + 64 :],
            "empty": b"",
            "append": whole + b"x",
            "remove": None,
        }[damage]
        if changed == whole:
            continue
        path.unlink()
        if changed is not None:
            path.write_bytes(changed)
        with monkeypatch.context() as patched:
            patched.setattr(pickle, "loads", opened)
            patched.setattr(pickle, "load", opened)
            with pytest.raises((IndexDamagedError, IndexMissingError), match="kb ingest"):
                open_index(folder).verify()
        path.write_bytes(whole)
    assert open_index(folder).snapshot().counts().kinds["talk"] == 2


def test_a_damaged_index_is_rebuilt_saying_so(folder: Path) -> None:
    segment = next((folder / "00000002").glob("*.seg"))
    segment.write_bytes(b"x" * segment.stat().st_size)
    report = ingest(open_index(folder), [str(folder.parent / "notes")])
    assert report.rebuilt
    assert "not what was written" in report.rebuilt
    assert open_index(folder).snapshot().counts().kinds["talk"] == 2


def test_an_index_of_other_rules_is_rebuilt_from_its_own_roots(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.extract.RULES", 99)
    with pytest.raises(IndexDamagedError, match="another version"):
        open_index(folder).snapshot()
    report = ingest(open_index(folder))
    assert (report.rebuilt, report.counts["talk"]) == ("it was built by another version of kb", 2)
    assert [root.location for root in report.roots] == [str(folder.parent / "notes")]


def test_a_second_writer_waits_a_moment_then_says_busy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_folder, "PATIENCE", 0.1)
    with open_index(folder).writing(), pytest.raises(IndexBusyError, match="try again"):
        ingest(open_index(folder))
    ingest(open_index(folder))


@pytest.mark.parametrize("call", ["rename", "replace", "fsync", "link"])
def test_a_system_call_that_fails_leaves_the_old_generation(
    folder: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "notes" / "c.md").write_text(NOTE)
    before = open_index(folder).snapshot().generation

    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fails)
        with pytest.raises(IndexNotWrittenError, match="No space left"):
            ingest(open_index(folder))
    snapshot = open_index(folder).snapshot()
    assert (snapshot.generation, snapshot.counts().kinds["note"]) == (before, 2)
    ingest(open_index(folder))
    assert open_index(folder).snapshot().counts().kinds["note"] == 3
    assert sorted(p.name for p in folder.iterdir() if p.name.isdigit())[-1] > f"{before:08}"
    assert not list(folder.glob("*.tmp"))


def test_a_writer_that_was_killed_leaves_the_old_generation(folder: Path) -> None:
    """The process dies right before CURRENT is replaced: the generation is there, and nobody is told."""
    (folder.parent / "notes" / "c.md").write_text(NOTE)
    script = (
        "import os, signal, sys; from pathlib import Path; from kb.index import open_index; from kb.ingest import ingest\n"
        "os.replace = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        "ingest(open_index(Path(sys.argv[1])))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(folder)], check=False)
    assert ended.returncode == -9
    assert open_index(folder).snapshot().generation == 2
    ingest(open_index(folder))
    assert sorted(p.name for p in folder.iterdir()) == ["00000002", "00000004", "CURRENT", "kb-index", "lock"]


def test_an_older_pointer_is_an_older_index_that_an_ingest_brings_up_to_date(folder: Path) -> None:
    older = (folder / "CURRENT").read_bytes()
    (folder.parent / "notes" / "c.md").write_text(NOTE)
    ingest(open_index(folder))
    (folder / "CURRENT").write_bytes(older)
    index = open_index(folder)
    assert (index.snapshot().generation, index.snapshot().counts().kinds["talk"]) == (2, 2)
    assert not ingest(index).rebuilt  # And no two generations have one number: readers know them by it.
    assert (index.snapshot().generation, index.snapshot().counts().kinds["talk"]) == (4, 3)


def test_a_reader_keeps_its_generation_and_sees_the_next(folder: Path) -> None:
    reader = open_index(folder)
    kept = reader.snapshot()
    for name in ("c.md", "d.md", "e.md"):
        (folder.parent / "notes" / name).write_text(NOTE)
        ingest(open_index(folder))
    assert kept.search(Query(Term("strace"))).total == 2
    assert reader.snapshot().search(Query(Term("strace"))).total == 5


def test_segments_are_opened_once_a_process(folder: Path) -> None:
    index = Generations(folder)
    index.snapshot()
    known = dict(index._opened)
    (folder.parent / "notes" / "a.md").unlink()
    ingest(index)
    index.snapshot()
    assert known.keys() & index._opened.keys()
    assert all(index._opened[name] is pair for name, pair in known.items() if name in index._opened)


@pytest.mark.parametrize("name", ["texts/title/data", "bare/prose/rows", "records/data", "kind"])
def test_damage_is_found_when_what_is_damaged_is_read(folder: Path, name: str) -> None:
    for path in folder.glob("00000002/*.arrays"):
        arrays = Arrays(path)
        _, at, size = arrays._places[name]
        whole = path.read_bytes()
        assert size
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    index = open_index(folder)
    with pytest.raises(IndexDamagedError, match="kb ingest"):
        index.snapshot().search(Query(Term("strace"), sort=(SortKey("title"),)))
    with pytest.raises(IndexDamagedError, match="kb ingest"):  # It stays so until the index is made anew.
        index.snapshot()
    ingest(index)
    assert index.snapshot().search(Query(Term("strace"))).total == 2


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is mapped is looked at before every question."""
    monkeypatch.setattr(generations, "LOOKS", 0.0)


def arrays_of(folder: Path) -> Path:
    return max((folder / "00000002").glob("*.arrays"), key=lambda path: path.stat().st_size)


@pytest.mark.usefixtures("looking")
@pytest.mark.parametrize("name", ["texts/title/data", "bare/prose/rows", "records/data", "kind"])
def test_what_is_damaged_while_it_is_mapped_is_not_used(folder: Path, name: str) -> None:
    """All has been read and found right; then it is written to where it lies, and then mended where it lies."""
    index, path = open_index(folder), arrays_of(folder)
    assert index.snapshot().search(Query(Term("strace"))).total == 2
    whole, at = path.read_bytes(), Arrays(path)._places[name][1]
    for damaged in (whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :], whole[:at], b"", whole + b"\0"):
        path.write_bytes(damaged)
        with pytest.raises(IndexDamagedError, match="kb ingest"):
            index.snapshot()
        path.write_bytes(whole)
        assert index.snapshot().search(Query(Term("strace"))).total == 2


@pytest.mark.usefixtures("looking")
def test_what_is_touched_or_replaced_while_it_is_mapped_is_used_on(folder: Path) -> None:
    index, path = open_index(folder), arrays_of(folder)
    snapshot = index.snapshot()
    os.utime(path, ns=(1, 1))
    assert index.snapshot() is snapshot
    whole = path.read_bytes()
    path.unlink()
    assert index.snapshot() is snapshot
    path.write_bytes(whole)
    assert index.snapshot() is snapshot
    assert snapshot.search(Query(Term("strace"))).total == 2


@pytest.mark.usefixtures("looking")
def test_what_was_damaged_and_has_been_replaced_is_opened_anew(folder: Path) -> None:
    index, path = open_index(folder), arrays_of(folder)
    index.snapshot()
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    with pytest.raises(IndexDamagedError):
        index.snapshot()
    path.unlink()
    path.write_bytes(whole)
    assert index.snapshot().search(Query(Term("strace"))).total == 2


@pytest.mark.parametrize("how", ["in place", "replaced"])
def test_an_ingest_finds_what_was_damaged_since_the_one_before(folder: Path, how: str) -> None:
    """In one process, which has checked all of it before."""
    index, notes = open_index(folder), [str(folder.parent / "notes")]
    assert not ingest(index, notes).rebuilt
    assert index.is_verified()
    path = arrays_of(folder)
    whole = path.read_bytes()
    if how == "replaced":
        path.unlink()
    path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    assert not index.is_verified()
    assert ingest(index, notes).rebuilt
    assert not ingest(index, notes).rebuilt
    assert index.is_verified()


def test_bits_that_rot_where_nothing_tells_are_found_when_all_is_doubted(folder: Path) -> None:
    index, path = open_index(folder), arrays_of(folder)
    index.verify()
    status, whole = path.stat(), path.read_bytes()
    path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    index.verify()
    assert index.is_verified()
    index.doubt()
    with pytest.raises(IndexDamagedError):
        index.verify()


def test_what_has_been_checked_is_remembered_of_the_newest_generation_only(folder: Path) -> None:
    index, notes = Generations(folder), folder.parent / "notes"
    ingest(index, [str(notes)])
    known = len(index._verified)
    for n in range(8):
        (notes / "a.md").write_text(f"{NOTE}\n{n}")
        ingest(index)
    ingest(index)
    assert len(index._verified) <= 2 * known


def test_a_reader_keeps_its_generation_while_others_are_made(folder: Path) -> None:
    """Two newer ones are made, so the files of its own are removed: what is mapped stays, though none of it was read."""
    snapshot = open_index(folder).snapshot()
    for n in range(4):
        (folder.parent / "notes" / "a.md").write_text(f"# Another {n}\n**Ada Lovelace**\n")
        ingest(open_index(folder))
    assert not (folder / "00000002").exists()
    assert snapshot.generation == 2
    page = snapshot.search(Query(Term("strace"), sort=(SortKey("title"),)), facets=("tool", "speaker"))
    assert page.total == 2
    assert [value.label for value in page.facets["speaker"]] == ["Maria Lopez"]
    assert len(list(snapshot.readings())) == 2


def test_whoosh_has_the_very_words_that_questions_are_answered_from(folder: Path) -> None:
    """Whoosh's own reader finds what the arrays hold: the same terms, documents and positions."""
    found: dict[str, dict[str, dict[str, list[int]]]] = {field: {} for field in FIELDS}
    for part in read_parts(folder / "00000002"):
        segment = Segment(folder / "00000002" / f"{part.name}.arrays")
        ids = list(segment.ids)
        for field in FIELDS:
            listed = segment.listed(f"terms/{field}")
            for n, term in enumerate(listed.terms):
                rows, offsets, positions = (of.tolist() for of in listed.placed(n))
                having = found[field].setdefault(term, {})
                having |= {ids[row]: positions[offsets[k] : offsets[k + 1]] for k, row in enumerate(rows)}
    assert found["text"]["strace"]
    assert store.words_of(folder / "00000002") == found


def test_a_process_writes_what_this_one_would(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "WORTH_PROCESS", 0)
    ingest(open_index(folder.parent / "beside"), [str(folder.parent / "notes")])
    assert not list((folder.parent / "beside").rglob("*.tmp"))
    assert store.words_of(folder.parent / "beside" / "00000001") == store.words_of(folder / "00000002")


def test_a_process_that_is_ended_while_it_writes_leaves_the_old_generation(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pool(most: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(most, multiprocessing.get_context("spawn"), os._exit, (9,))

    monkeypatch.setattr(writing, "WORTH_PROCESS", 0)
    monkeypatch.setattr(processes, "pool", pool)
    (folder.parent / "notes" / "c.md").write_text(NOTE)
    with pytest.raises(IndexNotWrittenError, match="enough memory"):
        ingest(open_index(folder))
    assert open_index(folder).snapshot().generation == 2
    assert not list(folder.glob("*.tmp"))


def _told(folder: Path, name: str) -> dict[tuple[str, bytes], tuple[object, ...]]:
    """Returns all that Whoosh reads of a segment's terms: what it says of each, and its postings."""
    store.point(folder, [Part(name, Segment(folder / "new.arrays").size)])
    told: dict[tuple[str, bytes], tuple[object, ...]] = {}
    with whoosh.index.open_dir(str(folder)).reader() as reader:
        for field, term in reader.all_terms():
            info, matcher = reader.term_info(field, term), reader.postings(field, term)
            postings = []
            while matcher.is_active():
                postings.append((matcher.id(), matcher.weight(), matcher.value()))
                matcher.next()
            ends = info.min_length(), info.max_length(), info.max_weight(), info.min_id(), info.max_id()
            told[field, term] = (info.weight(), info.doc_frequency(), *ends, tuple(postings))
    return told


@pytest.mark.parametrize("limit", [1, 2, 128])
def test_whoosh_is_given_what_its_own_writer_would_write(
    tmp_path: Path, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed whole or posting by posting, in blocks of any size: Whoosh reads the same of every term."""
    (tmp_path / "notes").mkdir()
    for n in range(5):
        text = NOTE + "strace " * n + f"\n# Draining queues {n} ★★\n**Tom Becker**\nword{n} " + "again " * (n * 70)
        (tmp_path / "notes" / f"{n}.md").write_text(text)
    ingest(open_index(tmp_path / "index"), [str(tmp_path / "notes")])
    monkeypatch.setattr(store, "_Codec", functools.partial(store._Codec, blocklimit=limit))
    arrays = next((tmp_path / "index" / "00000001").glob("*.arrays"))
    told = []
    for name, write in (("whole", store._write_field), ("single", _write_singly)):
        folder = tmp_path / name
        folder.mkdir()
        os.link(arrays, folder / "new.arrays")
        monkeypatch.setattr(store, "_write_field", write)
        told.append(_told(folder, store.write(folder, folder / "new.arrays")))
    assert told[0] == told[1]
    assert told[0]["text", b"again"][:2] == (sum(n * 70 for n in range(5)), 4)


def _write_singly(writer: Any, field: str, of_schema: Any, segment: Segment) -> None:
    """Writes a field as Whoosh's own writer is used."""
    listed = segment.listed(f"terms/{field}")
    writer.start_field(field, of_schema)
    for n, term in enumerate(listed.terms):
        rows, begins, positions = (part.tolist() for part in listed.placed(n))
        writer.start_term(term.encode("utf-8"))
        for row, a, b in zip(rows, begins, begins[1:], strict=False):
            writer.add(row, float(b - a), of_schema.format.encode(positions[a:b]), b - a)
        writer.finish_term()
    writer.finish_field()
