"""Files of every kind: each bad one costs itself only, and says where and why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kb import notes
from kb.errors import NotesUnreadableError
from kb.notes import MAX_BYTES, MAX_LINE
from kb.roots import roots_of


def walked(*roots: Path) -> tuple[list[str], list[tuple[str, str]]]:
    files, problems = notes.walk(roots_of([str(r) for r in roots]))
    return [f.path for f in files], [(p.path, p.code) for p in problems]


def read(root: Path, name: str) -> notes.Text:
    files, _ = notes.walk(roots_of([str(root)]))
    return notes.read(next(f for f in files if f.path == name))


def test_only_visible_notes_in_order(tmp_path: Path) -> None:
    for name in ("b.md", "a/c.MD", "a/d.markdown", "e.txt", ".hidden.md", ".git/x.md", "f.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert walked(tmp_path) == (["a/c.MD", "a/d.markdown", "b.md", "e.txt"], [])


def test_further_roots_start_with_their_names(tmp_path: Path) -> None:
    for name in ("one/n/a.md", "two/n/a.md", "two/single.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert walked(tmp_path / "one/n", tmp_path / "two/n", tmp_path / "two/single.md")[0] == [
        "a.md",
        "n/a.md",
        "single.md",
    ]


def test_a_root_that_is_not_there() -> None:
    with pytest.raises(NotesUnreadableError, match="no such file"):
        roots_of(["/no/such/folder"])


def test_strange_files_are_problems(tmp_path: Path) -> None:
    root, outside = tmp_path / "notes", tmp_path / "outside.md"
    root.mkdir()
    outside.write_text("secret")
    (root / "good.md").write_text("x")
    (root / "folder.md").mkdir()
    os.mkfifo(root / "fifo.md")
    (root / "out.md").symlink_to(outside)
    (root / "loop.md").symlink_to(root / "loop.md")
    (root / "same.md").symlink_to(root / "good.md")
    (root / "again").symlink_to(root)
    (root / "line\nbreak.md").write_text("x")
    (root / os.fsdecode(b"bad\xff.md")).write_text("x")
    files, problems = walked(root)
    assert files == ["good.md"]
    assert problems == [
        ("again", "not_followed"),
        ("bad?.md", "bad_name"),
        ("fifo.md", "not_a_file"),
        ("line?break.md", "bad_name"),
        ("loop.md", "unreadable"),
        ("out.md", "link_outside"),
    ]


@pytest.mark.parametrize(
    ("data", "text", "code", "line"),
    [
        (b"\xef\xbb\xbf# A", "# A", None, 1),
        (b"ok\nbad \xff\xfe here", "ok\nbad \ufffd\ufffd here", "not_utf8", 2),
        (b"a\rb\r\nc\xff", "a\rb\r\nc\ufffd", "not_utf8", 3),
        (b"PK\x00\x01", None, "binary", 1),
        (b"x" * (MAX_BYTES + 1), None, "too_large", 1),
        (b"a\n" + b"x" * (MAX_LINE + 1), "a\n" + "x" * MAX_LINE, "long_line", 2),
    ],
)
def test_reading(tmp_path: Path, data: bytes, text: str | None, code: str | None, line: int) -> None:
    (tmp_path / "n.md").write_bytes(data)
    got = read(tmp_path, "n.md")
    assert got.text == text
    assert [(p.code, p.line) for p in got.problems] == ([(code, line)] if code else [])
    assert len(got.digest) == 32


def test_a_file_that_vanishes_or_turns_into_a_fifo(tmp_path: Path) -> None:
    for name in ("gone.md", "fifo.md"):
        (tmp_path / name).write_text("x")
    files, _ = notes.walk(roots_of([str(tmp_path)]))
    for name in ("gone.md", "fifo.md"):
        (tmp_path / name).unlink()
    os.mkfifo(tmp_path / "fifo.md")
    assert [(f.path, notes.read(f).problems[0].code) for f in files] == [
        ("fifo.md", "not_a_file"),
        ("gone.md", "vanished"),
    ]


def test_ids_are_the_paths_slugs_and_a_later_twin_adds_a_hash() -> None:
    ids = notes.note_ids(["velocity/2015.md", "velocity-2015.md", "Velocity 2015.txt", "ü.md"])
    assert ids["Velocity 2015.txt"] == "velocity-2015"
    assert ids["ü.md"] == "u"
    assert ids["velocity-2015.md"].startswith("velocity-2015-")
    assert len(set(ids.values())) == 4
