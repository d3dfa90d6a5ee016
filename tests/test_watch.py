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
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kb.config import Config
from kb.errors import KbError
from kb.ingest import Report
from kb.service import KnowledgeBase
from kb.watch import RECONCILED, watch

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
            told.titles.append([hit.title for hit in kb.search("*", sort="title").hits])
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
    monkeypatch.setattr("kb.watch.seen", lambda roots: frozenset())
    told = watched(tmp_path, [write("two.md", "Second talk"), lambda notes: None], looks=RECONCILED + 2)
    assert told.titles[-1] == ["First talk", "Second talk"]


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
