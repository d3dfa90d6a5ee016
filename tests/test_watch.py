"""Watching the notes: edits, editors that save by rename, moves, vanished folders, and the server beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from kb import notes as notes_module
from kb.config import Config
from kb.errors import KbError
from kb.ingest import Report
from kb.notes import File, Text
from kb.service import KnowledgeBase, Request
from kb.watch import Seen, seen, watch

NOTE = "# WidgetConf 2019\n\n## {title} ★★★★\n**Ada Lovelace, Acme Labs**\nText.\n"


class Told:
    """What a watch said, and the titles it left behind after each step."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.errors: list[str] = []
        self.titles: list[list[str]] = []


def watched(tmp_path: Path, steps: Sequence[Callable[[Path], object]], looks: int = 4) -> Told:
    """Watches a folder while steps change it, a few looks apart."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "one.md").write_text(NOTE.format(title="First talk"), encoding="utf-8")
    kb, told, n = KnowledgeBase(Config(index=tmp_path / "index")), Told(), 0

    def wait(seconds: float) -> bool:
        nonlocal n
        at, n = divmod(n, looks), n + 1
        if at[1] == 0:
            told.titles.append([hit.title for hit in kb.reader().search(Request("*", sort="title")).hits])
            if at[0] == len(steps):
                return True
            steps[at[0]](notes)
        return False

    def failed(error: KbError) -> None:
        told.errors.append(str(error))

    watch(kb, (str(notes),), told.reports.append, failed, wait)
    return told


def write(name: str, title: str) -> Callable[[Path], object]:
    return lambda notes: (notes / name).write_text(NOTE.format(title=title), encoding="utf-8")


def saved_by_rename(notes: Path) -> None:
    (notes / ".one.md.swp").write_text(NOTE.format(title="Saved by rename"), encoding="utf-8")
    os.replace(notes / ".one.md.swp", notes / "one.md")


def test_changes_are_followed(tmp_path: Path) -> None:
    told = watched(
        tmp_path,
        [
            write("two.md", "Second talk"),
            saved_by_rename,
            lambda notes: (notes / "two.md").rename(notes / "three.md"),
            lambda notes: (notes / "three.md").unlink(),
            lambda notes: (notes / "kb.yaml").write_text("talks:\n  not: [Saved by rename]\n", encoding="utf-8"),
            lambda notes: None,
        ],
    )
    assert told.titles == [
        ["First talk"],
        ["First talk", "Second talk"],
        ["Saved by rename", "Second talk"],
        ["Saved by rename", "Second talk"],
        ["Saved by rename"],
        [],
        [],
    ]
    assert [len(r.renamed) for r in told.reports] == [0, 0, 0, 1, 0, 0]
    assert not told.errors


def test_a_folder_that_vanishes_keeps_its_talks_until_it_is_back(tmp_path: Path) -> None:
    away = tmp_path / "away"
    told = watched(
        tmp_path,
        [
            lambda notes: shutil.move(notes, away),
            lambda notes: None,
            lambda notes: (shutil.move(away, notes), write("two.md", "Second talk")(notes)),
        ],
    )
    assert told.titles == [["First talk"]] * 3 + [["First talk", "Second talk"]]
    assert len(told.errors) == 1


def test_what_no_look_sees_is_found_when_notes_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.watch.seen", lambda roots: {})
    monkeypatch.setattr("kb.watch.RECONCILED", 0.2)
    told = watched(tmp_path, [write("two.md", "Second talk"), lambda notes: None])
    assert told.titles[-1] == ["First talk", "Second talk"]


def under_the_old_time(notes: Path) -> None:
    """Other bytes, as many as before, under the time of before."""
    status = (notes / "one.md").stat()
    (notes / "one.md").write_text(NOTE.format(title="Other talk"), encoding="utf-8")
    os.utime(notes / "one.md", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (notes / "one.md").stat().st_size == status.st_size


def test_other_bytes_under_the_old_time_are_seen(tmp_path: Path) -> None:
    told = watched(tmp_path, [lambda notes: None, under_the_old_time])
    assert told.titles == [["First talk"], ["First talk"], ["Other talk"]]


def test_other_bytes_that_nothing_tells_are_found_when_notes_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.notes.looks", lambda status: (1, 1, 1, 1))
    monkeypatch.setattr("kb.watch.looks", lambda status: (1, 1, 1, 1))
    monkeypatch.setattr("kb.watch.RECONCILED", 0.2)
    told = watched(tmp_path, [lambda notes: None, under_the_old_time])
    assert told.titles == [["First talk"], ["First talk"], ["Other talk"]]


def test_a_clock_that_goes_back_hides_no_edit(tmp_path: Path) -> None:
    def at(ns: int, title: str) -> Callable[[Path], object]:
        def edit(notes: Path) -> None:
            write("one.md", title)(notes)
            os.utime(notes / "one.md", ns=(ns, ns))

        return edit

    told = watched(tmp_path, [at(10**18, "Second talk"), at(10, "Third talk"), at(10**19 // 2, "Fourth talk")])
    assert told.titles[1:] == [["Second talk"], ["Third talk"], ["Fourth talk"]]


def test_notes_that_were_touched_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a checkout there and back: the bytes are the old ones, and the times are new."""
    reads: list[str] = []
    plain = notes_module.read

    def read(file: File) -> Text:
        reads.append(file.path)
        return plain(file)

    def touch(notes: Path) -> None:
        reads.clear()
        os.utime(notes / "one.md", ns=(5, 5))

    monkeypatch.setattr(notes_module, "read", read)
    told = watched(tmp_path, [touch, write("two.md", "Second talk"), write("two.md", "Third talk")])
    assert told.titles[-1] == ["First talk", "Third talk"]
    assert reads.count("one.md") == 1


def test_a_note_that_is_written_all_the_while_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.watch.PATIENCE", 0.5)
    plain, lines = seen, iter(range(10_000))

    def written_slowly(places: Iterable[str]) -> Seen:
        with open(tmp_path / "notes" / "slow.md", "a", encoding="utf-8") as file:
            file.write(f"line {next(lines)}\n")
        return plain(places)

    monkeypatch.setattr("kb.watch.seen", written_slowly)
    told = watched(tmp_path, [write("two.md", "Second talk")], looks=60)
    assert told.titles[-1] == ["First talk", "Second talk"]
    assert len(told.reports) < 30  # It is not read at every look.


def test_a_file_that_changes_after_it_was_found_is_read_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the middle of a checkout: other bytes are read than those that were there when it was found."""
    plain, edits = notes_module.read, [under_the_old_time, write("one.md", "Third talk")]

    def read(file: File) -> Text:
        text = plain(file)
        if edits:
            edits.pop(0)(tmp_path / "notes")
        return text

    monkeypatch.setattr(notes_module, "read", read)
    told = watched(tmp_path, [lambda notes: None, lambda notes: None])
    assert told.titles[-1] == ["Third talk"]


def test_a_link_is_followed_unless_it_leads_to_what_is_a_note_itself(tmp_path: Path) -> None:
    def link(notes: Path) -> None:
        (notes / "again.md").symlink_to("one.md")
        (notes / ".kept").mkdir()
        write(".kept/two", "Kept elsewhere")(notes)
        (notes / "linked.md").symlink_to(".kept/two")
        (tmp_path / "outside.md").write_text(NOTE.format(title="Outside"))
        (notes / "outside.md").symlink_to(tmp_path / "outside.md")

    told = watched(tmp_path, [link, write(".kept/two", "Second talk")])
    assert told.titles[1:] == [["First talk", "Kept elsewhere"], ["First talk", "Second talk"]]


def test_what_cannot_be_read_is_read_when_it_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes one generation to say so, and not one a minute."""
    plain, forbidden = os.open, set[str]()

    def opening(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if str(path) in forbidden:
            raise PermissionError(13, "Permission denied")
        return plain(path, flags, mode, dir_fd=dir_fd)

    def forbid(notes: Path) -> None:
        forbidden.add(str(notes / "one.md"))
        (notes / "one.md").chmod(0o200)

    def allow(notes: Path) -> None:
        forbidden.clear()
        (notes / "one.md").chmod(0o600)

    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr("kb.watch.RECONCILED", 0.2)
    told = watched(tmp_path, [write("two.md", "Second talk"), forbid, lambda _: None, lambda _: None, allow])
    titles = ["First talk", "Second talk"]
    assert told.titles == [["First talk"], titles, ["Second talk"], ["Second talk"], ["Second talk"], titles]
    assert [report.generation for report in told.reports] == [1, 2, 3, 4]


def test_an_index_that_is_lost_or_damaged_is_made_anew_of_the_same_notes(tmp_path: Path) -> None:
    def damaged(_: Path) -> None:
        (manifest,) = tmp_path.glob("index/*/manifest.json")
        manifest.write_bytes(manifest.read_bytes()[1:])

    def flipped(_: Path) -> None:
        path = max(tmp_path.glob("index/*/*.seg"), key=lambda one: one.stat().st_mtime_ns)
        data = path.read_bytes()
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])

    told = watched(tmp_path, [lambda _: shutil.rmtree(tmp_path / "index"), damaged, flipped, lambda _: None])
    assert told.titles == [["First talk"]] * 5
    assert [bool(report.rebuilt) for report in told.reports] == [True] * 4
    assert len({report.roots for report in told.reports}) == 1


def test_a_server_that_watches(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    write("one.md", "First talk")(notes)
    environment = {**os.environ, "KB_INDEX": str(tmp_path / "index"), "KB_NOTES": str(notes)}
    command = [sys.executable, "-m", "kb", "serve", "--port", "0", "--watch"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        url = next(line.split()[3].rstrip(".;") for line in server.stderr if "kb serves on" in line)
        write("two.md", "Second talk")(notes)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with urllib.request.urlopen(f"{url}/v1/talks") as answer:
                if json.load(answer)["total"] == 2:
                    break
            time.sleep(0.1)
        else:
            pytest.fail("the new note was not seen")
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)  # Its watcher held stderr too: that it ends shows that both have.
        assert server.returncode == 0
