"""Servers, a watcher and an ingest that are ended in every order and every way: nothing runs on, nothing is left behind."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from tests.reliability.counted import counted, times
from tests.reliability.notes import edit, note
from tests.reliability.rounds import opened
from tests.reliability.served import KB, Served, family, runs, until
from tests.test_stopping import asked_for, asking, received, written

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
SLOW = asked_for("/v1/talks/slow/slow-talk")


def test_whatever_is_ended_in_whatever_order_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw, index, notes, cases = random.Random(11), tmp_path / "index", tmp_path / "notes", times(5, 150)
    written(notes)
    for n in range(40):
        (notes / f"{n}.md").write_text(note(draw), encoding="utf-8")
    opened(index, notes).ingest()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("KB_NOTES", str(notes))
    orders = draw.sample(list(permutations(range(4))), min(cases, 24))
    seen: Counter[str] = Counter()
    with counted("processes that are ended", cases) as details:
        for case in range(cases):
            servers = [Served(index, notes, "--watch"), Served(index, notes, "--workers", "2", "--watch")]
            clients = [asking(server.port, 2, SLOW) for server in servers]
            for client in clients:
                client.__enter__()
            edit(notes, draw)
            command = [*KB, "--index", str(index)]
            others = [
                subprocess.Popen([*command, verb], stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
                for verb in ("watch", "ingest")
            ]
            time.sleep(draw.uniform(0, 0.6))
            ending: list[subprocess.Popen[str]] = [*(server.process for server in servers), *others]
            started = [one for process in ending for one in family(process.pid)]
            for n in orders[case % len(orders)]:
                number = draw.choice(SIGNALS)
                seen[number.name] += 1
                ending[n].send_signal(number)
                time.sleep(draw.choice((0, 0, draw.uniform(0, 0.3))))
            until(lambda: not any(map(runs, started)))  # noqa: B023
            for server, client in zip(servers, clients, strict=True):
                client.__exit__(None, None, None)
                server.ended(started)
            for process in ending:
                process.wait(30)
            assert not [line for server in servers for line in server.said if "Traceback" in line]
            assert subprocess.run([*command, "ingest"], capture_output=True).returncode == 0
            assert not list(index.rglob("*.tmp"))
            assert not list((tmp_path / "temporary").iterdir())
            assert opened(index, notes).reader().status().stale_files == []
        details.update(seen)


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_a_talk_that_is_rendered_when_the_server_is_stopped_is_answered(tmp_path: Path, options: Sequence[str]) -> None:
    notes, cases = written(tmp_path / "notes"), times(2, 50)
    law = "requests in work at the end" + (" of workers" if options else "")
    with counted(law, 8 * cases):
        for _ in range(cases):
            with Served(tmp_path / "index", notes, *options) as server, asking(server.port, 8, SLOW) as clients:
                until(server.renders)
                server.stop()
                assert [received(client)[:15] for client in clients] == [b"HTTP/1.1 200 OK"] * 8


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_a_second_signal_ends_a_server_at_once(tmp_path: Path, options: Sequence[str]) -> None:
    server = Served(tmp_path / "index", written(tmp_path / "notes"), *options)
    started = server.family()
    with asking(server.port, 2, asked_for("/v1/talks/slow/slow-talk")):
        until(server.renders)
        started = server.family()
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.7)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 130
    server.ended(started)


@pytest.mark.parametrize("options", [("--watch",), ("--workers", "2", "--watch")], ids=["alone", "workers"])
def test_a_server_that_is_killed_leaves_no_process(tmp_path: Path, options: Sequence[str]) -> None:
    server = Served(tmp_path / "index", written(tmp_path / "notes"), *options)
    with asking(server.port, 2, asked_for("/v1/talks/slow/slow-talk")):
        until(server.renders)
        started = server.family()
        server.process.kill()
        until(lambda: not any(map(runs, started)))
    server.ended(started)
    server.process.wait(30)
