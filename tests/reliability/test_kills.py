"""Writers that are killed, that come together, and whose notes change: no read fails, none is of two generations."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import threading
from pathlib import Path

from tests.reliability.counted import counted, times
from tests.reliability.rounds import child, killed, one_round, opened, round_of, write

KILLS = times(300, 10_000)
ROOT = Path(__file__).resolve().parent.parent.parent


def readers(index: Path, url: str) -> list[subprocess.Popen[str]]:
    """Starts two processes that read the index, and one that asks a server."""
    command = [sys.executable, "-m", "tests.reliability.rounds", str(index)]
    return [
        subprocess.Popen([*command, *more], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for more in ([], [], [url])
    ]


def test_a_killed_ingest_fails_no_read_and_loses_nothing(tmp_path: Path) -> None:
    index, notes, draw = tmp_path / "index", tmp_path / "notes", random.Random(3)
    write(notes, 0)
    base = opened(index, notes)
    base.ingest()
    write(notes, 1)
    base.ingest()
    command = [sys.executable, "-m", "kb", "--index", str(index), "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        match = re.search(r"http://\S+?(?=;)", server.stderr.readline())
        assert match
        threading.Thread(target=server.stderr.read, daemon=True).start()
        reading = readers(index, match[0])
        with counted("a killed ingest", KILLS) as details:
            acknowledged, last, late = 1, 0, 0.1
            for kill in range(KILLS):
                write(notes, kill + 2)
                status = killed(child(base.ingest, tmp_path / "errors"), draw.uniform(0, late))
                late *= (
                    1.05 if status is None else 0.9
                )  # So that about one in three ends first, however busy it is here.
                assert status in (0, None), (tmp_path / "errors").read_text()
                now = round_of(opened(index, notes).index.snapshot())
                if status == 0:
                    acknowledged, last = kill + 2, last + 1
                assert acknowledged <= now <= kill + 2
            reports = [json.loads(one.communicate()[0]) for one in reading]
            details |= {"finished before the kill": last, "reads": sum(report["reads"] for report in reports)}
        server.terminate()
    assert [report["errors"] for report in reports] == [[], [], []]
    assert all(report["reads"] for report in reports)
    rounds: dict[str, set[int]] = {}
    for report in reports:
        for generation, round_ in report["seen"].items():
            rounds.setdefault(generation, set()).add(round_)
    assert all(len(of) == 1 for of in rounds.values())
    base.ingest()
    assert sorted(p.name for p in index.iterdir() if not p.name.isdigit()) == ["CURRENT", "kb-index", "lock"]
    assert sum(p.name.isdigit() for p in index.iterdir()) <= 2


def test_writers_that_come_together_wait_or_say_busy(tmp_path: Path) -> None:
    index, notes = tmp_path / "index", tmp_path / "notes"
    write(notes, 0)
    opened(index, notes).ingest()
    tries = times(12, 300)
    with counted("writers at once", tries) as details:
        busy = 0
        for n in range(1, tries + 1):
            write(notes, n)
            errors = [tmp_path / f"errors-{k}" for k in range(2 + n % 7)]
            base = opened(index, notes)
            ended = [os.waitpid(number, 0)[1] for number in [child(base.ingest, path) for path in errors]]
            statuses = [os.WEXITSTATUS(status) for status in ended]
            assert set(statuses) <= {0, 3}, [path.read_text() for path in errors]
            assert 0 in statuses
            assert all("another ingest" in p.read_text() for p, s in zip(errors, statuses, strict=True) if s)
            busy += statuses.count(3)
            assert round_of(opened(index, notes).index.snapshot()) == n
        details["said busy"] = busy


def test_notes_that_change_meanwhile_give_only_what_a_file_really_had(tmp_path: Path) -> None:
    index, notes = tmp_path / "index", tmp_path / "notes"
    write(notes, 0)
    done = threading.Event()

    def go_on() -> None:
        n = 0
        while not done.is_set():
            n += 1
            write(notes, n)

    changing = threading.Thread(target=go_on)
    changing.start()
    tries = times(40, 1_000)
    with counted("notes that change meanwhile", tries):
        try:
            for _ in range(tries):
                base = opened(index, notes)
                base.ingest()
                for reading in base.index.snapshot().readings():
                    (talk,) = reading.talks
                    number = re.escape(reading.note.id.removeprefix("note-"))
                    assert re.fullmatch(
                        rf"# Talk {number} of round \d+ ★★★★\n\*\*Ada Lovelace\*\*\n\nWe use strace\.\n?", talk.text
                    )
                    assert [person.name for person in talk.speakers] == ["Ada Lovelace"]
        finally:
            done.set()
            changing.join()
    base.ingest()
    one_round([reading.talks[0].title for reading in base.index.snapshot().readings()])
