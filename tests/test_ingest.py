"""From files to a generation: what changed, what stays, and the same records whatever the way there."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb import answers
from kb.errors import NotesUnreadableError
from kb.index import arrays, open_index, store
from kb.ingest import Report, ingest
from kb.query.tree import Phrase, Prefix, Query, Term

A = "# Zero to one ★★★★\n**Maria Lopez, Initech**\n\nWe use `strace -f`.\n"
B = "# Draining queues ★★\n**Tom Becker, Acme**\n"


def told(report: Report) -> tuple[object, ...]:
    return report.added, report.changed, report.renamed, report.removed, report.kept


def exported(folder: Path) -> bytes:
    return b"\n".join(answers.encode(record) for record in answers.exported(open_index(folder).snapshot()))


def test_an_ingest_says_what_changed(tmp_path: Path) -> None:
    notes, index = tmp_path / "notes", open_index(tmp_path / "index")
    notes.mkdir()
    (notes / "a.md").write_text(A)
    (notes / "b.md").write_text(B)
    first = ingest(index, [str(notes)])
    assert told(first) == (("a.md", "b.md"), (), (), (), 0)
    assert first.counts == {"talk": 2, "speaker": 2, "rating": 2, "mention": 1, "tool": 1, "note": 2}
    assert told(ingest(index)) == ((), (), (), (), 2)
    assert ingest(index).generation == 1
    (notes / "a.md").write_text(A + "More.\n")
    (notes / "b.md").rename(notes / "c.md")
    second = ingest(index)
    assert told(second) == ((), ("a.md",), (("b.md", "c.md"),), (), 0)
    (notes / "c.md").unlink()
    assert told(ingest(index)) == ((), (), (), ("c.md",), 1)


def test_touched_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(A)
    index = open_index(tmp_path / "index")
    ingest(index, [str(tmp_path)])
    os.utime(tmp_path / "a.md", (1, 1))
    report = ingest(index)
    assert (report.kept, report.generation) == (1, 1)


def test_one_file_updates_only_itself(tmp_path: Path) -> None:
    notes, index = tmp_path / "notes", open_index(tmp_path / "index")
    notes.mkdir()
    (notes / "a.md").write_text(A)
    (notes / "b.md").write_text(B)
    ingest(index, [str(notes)])
    (notes / "a.md").write_text(A + "More.\n")
    (notes / "b.md").write_text(B + "More.\n")
    assert told(ingest(index, [str(notes / "b.md")])) == ((), ("b.md",), (), (), 0)
    (notes / "b.md").unlink()
    assert told(ingest(index, [str(notes / "b.md")])) == ((), (), (), ("b.md",), 0)
    assert index.snapshot().counts().kinds["note"] == 1


def test_a_further_root_leaves_the_paths_of_the_first(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(A)
    index = open_index(tmp_path / "index")
    ingest(index, [str(tmp_path / "one")])
    report = ingest(index, [str(tmp_path / "one"), str(tmp_path / "two")])
    assert report.added == ("two/a.md",)
    assert report.renamed == ()
    assert [root.location for root in report.roots] == [str(tmp_path / "one"), str(tmp_path / "two")]


def test_a_folder_without_notes_is_an_empty_index(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    index = open_index(tmp_path / "index")
    report = ingest(index, [str(tmp_path / "notes")])
    assert report.counts["note"] == 0
    assert index.snapshot().search(Query()).total == 0


def test_a_folder_that_is_not_there_leaves_the_index(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(A)
    index = open_index(tmp_path / "index")
    ingest(index, [str(tmp_path / "a.md")])
    with pytest.raises(NotesUnreadableError):
        ingest(index, [str(tmp_path / "nowhere")])
    assert index.snapshot().counts().kinds["talk"] == 1


def test_a_folder_that_vanished_leaves_the_index(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text(A)
    index = open_index(tmp_path / "index")
    ingest(index, [str(tmp_path / "notes")])
    (tmp_path / "notes").rename(tmp_path / "gone")
    with pytest.raises(NotesUnreadableError, match="any more"):
        ingest(index)
    assert index.snapshot().counts().kinds["talk"] == 1
    (tmp_path / "gone").rename(tmp_path / "notes")
    assert ingest(index).kept == 1


@pytest.mark.parametrize(
    ("folder", "number", "talks"),
    [
        ("notes", errno.EACCES, None),
        ("notes/inner", errno.EIO, None),
        ("notes/inner", errno.ENOSPC, None),
        ("notes/inner", errno.EMFILE, None),
        ("notes/inner", errno.EACCES, 1),
    ],
)
def test_a_folder_that_cannot_be_listed_costs_no_notes_that_may_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, number: int, talks: int | None
) -> None:
    """What may pass, or hides all notes, ends the ingest; a folder that was closed costs what is below it."""
    (tmp_path / "notes" / "inner").mkdir(parents=True)
    (tmp_path / "notes" / "a.md").write_text(A)
    (tmp_path / "notes" / "inner" / "b.md").write_text(B)
    index, listing = open_index(tmp_path / "index"), os.scandir
    ingest(index, [str(tmp_path / "notes")])

    def failing(path: str) -> object:
        if path == str(tmp_path / folder):
            raise OSError(number, os.strerror(number), path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", failing)
    if talks is None:
        with pytest.raises(NotesUnreadableError, match=os.strerror(number)):
            ingest(index)
        assert index.snapshot().counts().kinds["talk"] == 2
    else:
        assert [p.path for p in ingest(index).problems] == ["inner"]
        assert index.snapshot().counts().kinds["talk"] == talks


def test_bad_files_cost_themselves_only(tmp_path: Path) -> None:
    notes, index = tmp_path / "notes", open_index(tmp_path / "index")
    notes.mkdir()
    (notes / "good.md").write_text(A)
    (notes / "empty.md").write_bytes(b"")
    (notes / "binary.md").write_bytes(b"\x00\x01")
    (notes / "huge.md").write_bytes(b"x" * 5_000_000)
    (notes / "latin.md").write_bytes("# Größe 4/5\n".encode("latin-1"))
    (notes / "yaml.md").write_text("---\na: b: c\n---\n# Draining queues ★★\n")
    (notes / "loop.md").symlink_to(notes / "loop.md")
    report = ingest(index, [str(notes)])
    assert report.counts["talk"] == 3
    assert [(p.path, p.line, p.code) for p in report.problems] == [
        ("binary.md", 1, "binary"),
        ("empty.md", 1, "empty_note"),
        ("huge.md", 1, "too_large"),
        ("latin.md", 1, "not_utf8"),
        ("loop.md", 1, "unreadable"),
        ("yaml.md", 2, "front_matter"),
    ]
    assert ingest(index).generation == report.generation
    (notes / "loop.md").unlink()
    assert [p.path for p in ingest(index).problems] == ["binary.md", "empty.md", "huge.md", "latin.md", "yaml.md"]


def test_a_twin_that_comes_earlier_takes_the_id(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "x-y.md").write_text(A)
    ingest(open_index(tmp_path / "index"), [str(notes)])
    (notes / "x").mkdir()
    (notes / "x Y.md").write_text(B)
    ingest(open_index(tmp_path / "index"))
    ingest(open_index(tmp_path / "fresh"), [str(notes)])
    assert exported(tmp_path / "index") == exported(tmp_path / "fresh")


def test_people_are_the_same_whichever_way_the_notes_came(tmp_path: Path) -> None:
    """Everybody who is new, joined with others, told from them or gone by an edit is whom a rebuild finds."""
    notes, index = tmp_path / "notes", open_index(tmp_path / "index")
    notes.mkdir()
    rounds: list[dict[str, str | None]] = [
        {"m.md": "# Zero to one ★★★★\n**Ann Lee, Acme**\n\n# Two ★\n**Tom Becker, Acme**\n"},
        {"n.md": "# Both new ★★\n**Ida Moe & Kim Poe**\n"},
        {"a.md": "# Shared ★★★\n**A. Lee & Tom Becker**\n", "z.md": "# Again ★★\n**Ida Moe & Ann Lee**\n"},
        {"n.md": "# Both new ★★\n**I. Moe & Kim Poe (@kim)**\n", "b.md": "# Of two ★\n**Abe Lee & Kim Poe**\n"},
        {"m.md": "# Zero to one ★★★★\n**Ann Lee, Initech**\n", "a.md": None},
        {"b.md": "# Of two ★★\n**Tom Becker (@tom)**\n\n# Three ★\n**Tom Becker (@becker)**\n"},
        {"z.md": None, "c.md": "# Later ★★\n**Ann Lee & A. Lee & Kim Poe**\n"},
    ]
    for n, written in enumerate(rounds):
        for name, text in written.items():
            (notes / name).unlink() if text is None else (notes / name).write_text(text)
        ingest(index, [str(notes)])
        list(index.snapshot().ids("speaker"))  # So that the next generation finds what this one worked out.
        ingest(open_index(tmp_path / f"fresh-{n}"), [str(notes)])
        assert [answers.encode(one) for one in answers.exported(index.snapshot())] == exported(
            tmp_path / f"fresh-{n}"
        ).split(b"\n")


def test_places_beyond_four_bytes_are_of_eight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What 2 GiB of text would need, made of a few bytes: the records and answers are the same."""
    notes = tmp_path / "notes"
    notes.mkdir()
    for name, most in (("narrow", arrays.MOST), ("wide", 5)):
        for n in range(6):
            (notes / f"{n}.md").write_text(A.replace("strace", f"strace and word{n}") + B)
        monkeypatch.setattr(arrays, "MOST", most)
        index = open_index(tmp_path / name)
        ingest(index, [str(notes)])
        (notes / "0.md").write_text(A.replace("strace", "strace and more") + B)
        ingest(index)
        (notes / "0.md").write_text(A + B)
        ingest(index)
        file = arrays.Arrays(max((tmp_path / name / "00000003").glob("*.arrays"), key=lambda path: path.stat().st_size))
        for array in ("terms/text/offsets", "terms/text/starts", "id/at", "bare/prose/starts"):
            assert file.take(array).dtype == (np.int32 if name == "narrow" else np.int64)
    assert exported(tmp_path / "wide") == exported(tmp_path / "narrow")
    for node in (Phrase("use strace"), Term("word3"), Prefix("stra"), Term("becker", "speaker")):
        pages = [open_index(tmp_path / name).snapshot().search(Query(node)) for name in ("wide", "narrow")]
        wide, narrow = ([(one.id, one.score) for one in page.found] for page in pages)
        assert wide == narrow
        assert wide
    assert store.words_of(tmp_path / "wide" / "00000003") == store.words_of(tmp_path / "narrow" / "00000003")


edits = st.lists(
    st.tuples(
        st.sampled_from(["a.md", "b.md", "d/c.md", "A.md"]),
        st.sampled_from([A, B, A + B, "", "no talk", "# Strange ★\n**M. Lopez**\n", None]),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(edits, min_size=1, max_size=3))
def test_incremental_is_rebuilt(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str | None]]]
) -> None:
    home = tmp_path_factory.mktemp("edits")
    notes = home / "notes"
    (notes / "d").mkdir(parents=True)
    for edited in rounds:
        for name, text in edited:
            if text is None:
                (notes / name).unlink(missing_ok=True)
            else:
                (notes / name).write_text(text)
        ingest(open_index(home / "index"), [str(notes)])
    ingest(open_index(home / "fresh"), [str(notes)], rebuild=True)
    assert exported(home / "index") == exported(home / "fresh")
    assert open_index(home / "index").snapshot().problems() == open_index(home / "fresh").snapshot().problems()


def test_eight_threads_ask_while_two_hundred_commits_are_made(tmp_path: Path) -> None:
    """Every commit writes its number into both notes: an answer that has two different ones is mixed."""
    notes, index = tmp_path / "notes", open_index(tmp_path / "index")
    notes.mkdir()

    def write(n: int) -> None:
        for name in ("a.md", "b.md"):
            (notes / name).write_text(f"# Round {n} of {name} {'★' * (n % 5 + 1)}\n**Maria Lopez**\nround{n}\n")

    write(0)
    ingest(index, [str(notes)])
    done, faults, asked = threading.Event(), [], [0] * 8

    def ask(which: int) -> None:
        while not done.is_set():
            try:
                snapshot = index.snapshot()
                found = snapshot.search(Query(), facets=("rating",)).found
                rounds = {f.record.text.split("round")[-1] for f in found}  # type: ignore[union-attr]
                if len(found) != 2 or len(rounds) != 1:
                    faults.append(f"generation {snapshot.generation} has {rounds}")
                asked[which] += 1
                time.sleep(0.005)  # Leaves the writer, a thread of the same process, its share.
            except Exception as error:
                faults.append(repr(error))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    writer = open_index(tmp_path / "index")
    for n in range(1, 201):
        write(n)
        ingest(writer)
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert min(asked) > 0
    assert index.snapshot().generation == 201
