"""Several processes: those that read notes, those that answer on one socket, and what they hand each other."""

from __future__ import annotations

import json
import os
import pickle
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from kb import errors, ingest, notes
from kb.index import open_index
from kb.ingest import Unread, read_all
from kb.rest.kept import LARGEST, MOST_BYTES, Kept
from kb.rest.revival import bound
from kb.rest.workers import spread
from kb.roots import location_of, path_of, roots_of
from kb.settings import Folders
from tests.reliability.notes import note

ROOT = Path(__file__).resolve().parent.parent


def test_notes_read_by_several_processes_come_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(5)
    for n in range(9):
        (tmp_path / f"{n}.md").write_text(note(draw), encoding="utf-8")
    (tmp_path / "bad.md").write_bytes(b"\0")
    roots = roots_of([str(tmp_path)])
    found, folders = notes.walk(roots)[0], Folders(roots)
    unread = [Unread(file, None, Path(file.path).stem, folders.of(file)) for file in found]
    monkeypatch.setattr(ingest, "BATCH", 2)
    alone = list(read_all(unread))
    monkeypatch.setattr(ingest, "WORTH_WORKERS", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert list(read_all(unread)) == alone
    assert [len(batch.stored) for batch in alone] == [2, 2, 2, 2, 2]


@pytest.mark.parametrize(
    "error",
    [
        errors.UnknownRecordError("talk", "a/b", "a/c"),
        errors.BadParameterError("limit", "limit is a number", "10", "bad_limit"),
        errors.IndexMissingError("index"),
        errors.IndexDamagedError("index", "a file is missing"),
        errors.IndexUnreadableError("index", "Permission denied"),
        errors.IndexBusyError("index"),
        errors.IndexNotWrittenError("index", "No space left on device"),
        errors.NotesUnreadableError("notes", "Too many open files"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_goes_wrong_in_another_process_is_said_in_this_one(error: errors.KbError) -> None:
    told = pickle.loads(pickle.dumps(error))
    assert (type(told), str(told), told.code, vars(told)) == (type(error), str(error), error.code, vars(error))


def test_one_file_is_found_as_a_walk_finds_it(tmp_path: Path) -> None:
    for name in ("a.md", "inner/b.txt", "c.png", ".hidden/d.md", "inner/.e.md", "other.d/f.markdown"):
        (tmp_path / "notes" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "notes" / name).write_text("# A talk")
    (tmp_path / "notes" / "folder.md").mkdir()
    (tmp_path / "alone.md").write_text("# Another")
    for paths in ([tmp_path / "notes"], [tmp_path / "notes", tmp_path / "alone.md"]):
        roots = roots_of(map(str, paths))
        walked = {file.location: file for file in notes.walk(roots)[0]}
        for path in [*tmp_path.rglob("*"), tmp_path / "notes" / "gone.md"]:
            assert notes.only(roots, str(path))[0] == [walked[p] for p in (str(path),) if p in walked], path
        for file in walked.values():
            assert path_of(file.location, roots) == file.path
            assert location_of(file.path, roots) == file.location
    assert path_of("/elsewhere/a.md", roots_of([str(tmp_path)])) is None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not spread connections")
def test_connections_are_spread_over_sockets_at_one_address() -> None:
    listeners = spread(bound("127.0.0.1", 0), 3)
    address = listeners[0].getsockname()
    with ExitStack() as stack:
        for listener in listeners:
            stack.enter_context(listener)
            assert listener.getsockname() == address
            listener.setblocking(False)
            listener.listen(100)
        for _ in range(90):
            stack.enter_context(socket.create_connection(address))
        taken = [len(list(accepted(listener))) for listener in listeners]
        with pytest.raises(OSError, match="in use"):
            bound(*address)
    assert sum(taken) == 90
    assert min(taken) > 5


def accepted(listener: socket.socket) -> Iterator[None]:
    """Takes the connections that wait at a socket."""
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            yield


def test_an_answer_is_kept_ready_for_its_generation(tmp_path: Path) -> None:
    kept, made = Kept(), list[str]()
    (tmp_path / "a.md").write_text("# A talk")
    index = open_index(tmp_path / "index")
    ingest.ingest(index, [str(tmp_path)])
    first = index.snapshot()

    def making(answer: str) -> Callable[[], str]:
        def make() -> str:
            made.append(answer)
            return answer

        return make

    ready = kept.answer(first, ("search", "q=a"), making("one"))
    assert kept.answer(first, ("search", "q=a"), making("one")) is ready
    assert ready.data == b'"one"'
    assert kept.answer(first, ("search", "q=b"), making("two")).etag != ready.etag
    kept.answer(first, ("search", "large"), making("x" * LARGEST))
    kept.answer(first, ("search", "large"), making("x" * LARGEST))
    assert made == ["one", "two", "x" * LARGEST, "x" * LARGEST]
    (tmp_path / "a.md").write_text("# Another talk")
    ingest.ingest(index, [str(tmp_path)])
    assert kept.answer(index.snapshot(), ("search", "q=a"), making("three")).data == b'"three"'
    large = "x" * (LARGEST - 2)
    for n in range(MOST_BYTES // LARGEST + 2):
        kept.answer(index.snapshot(), ("search", str(n)), making(large))
    assert kept.answer(index.snapshot(), ("search", "q=a"), making("four")).data == b'"four"'


def children(number: int) -> list[int]:
    """Returns the processes that a process has started and that run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # It has ended.
            continue
        if int(parent) == number and state != "Z":
            found.append(int(status.parent.name))
    return found


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_workers_answer_on_one_socket_and_one_that_is_killed_is_replaced(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kb", "--index", str(tmp_path / "index")]
    subprocess.run([*command, "ingest", str(ROOT / "tests" / "golden" / "notes")], check=True, capture_output=True)
    server = subprocess.Popen([*command, "serve", "--port", "0", "--workers", "2"], stderr=subprocess.PIPE, text=True)
    assert server.stderr
    port = server.stderr.readline().split(";")[0].rsplit(":", 1)[1]

    def total() -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/search?q=strace", timeout=20) as reply:
            return int(json.load(reply)["total"])

    try:
        assert [total() for _ in range(10)] == [1] * 10
        first = children(server.pid)
        assert len(first) == 2
        time.sleep(1)  # One that dies at once is started anew after a pause.
        os.kill(first[0], signal.SIGKILL)
        assert [total() for _ in range(20)] == [1] * 20
        until(lambda: len(set(children(server.pid)) - {first[0]}) == 2)
        assert [total() for _ in range(10)] == [1] * 10
        last = children(server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0
        server.stderr.close()
    until(lambda: not any(Path(f"/proc/{number}").exists() for number in last))
