"""How servers end: what is in work is answered, a second signal ends at once, and nothing is left running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.reliability.served import Served, until

# A server each of whose requests waits for a byte from stdin; its answers are larger than a socket's buffers.
SLOW = """
import os, sys
from kb.rest.revival import bound
from kb.rest.server import served
from kb.rest.stopping import on_signals
def answer(environ, start_response):
    os.write(1, b"in work\\n")
    os.read(0, 1)
    start_response("200 OK", [("Content-Length", "3000000")])
    return [b"x" * 3_000_000]
listener = bound("127.0.0.1", 0)
server = served(answer, listener)
server.most = int(sys.argv[1])
on_signals(server.stop)
print(listener.getsockname()[1], flush=True)
server.run()
"""
ASKED = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def asking(port: int, count: int, request: bytes = ASKED) -> Iterator[list[socket.socket]]:
    """Opens connections, and sends a request by each."""
    clients = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(count)]
    try:
        for client in clients:
            client.sendall(request)
        yield clients
    finally:
        for client in clients:
            client.close()


def received(client: socket.socket) -> bytes:
    """Returns all that a connection gives until it is closed."""
    data = b""
    while part := client.recv(1_000_000):
        data += part
    return data


@contextmanager
def slow_server(most: int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Starts the slow server, for some connections at most, and returns its port, too."""
    command = [sys.executable, "-c", SLOW, str(most)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout
        try:
            yield server, int(server.stdout.readline())
            assert server.wait(30) == 0
        finally:
            server.kill()


def in_work(server: subprocess.Popen[bytes], count: int) -> None:
    """Waits until some requests are in work."""
    assert server.stdout
    assert [server.stdout.readline() for _ in range(count)] == [b"in work\n"] * count


def go_on(server: subprocess.Popen[bytes], count: int) -> None:
    """Lets some requests be answered."""
    assert server.stdin
    server.stdin.write(b"x" * count)
    server.stdin.flush()


def test_requests_in_work_are_answered_before_the_server_ends() -> None:
    """Those that wait for a thread, too; a connection that asks for nothing holds nobody up."""
    with slow_server(100) as (server, port), asking(port, 1, ASKED[:20]) as idle, asking(port, 10) as clients:
        in_work(server, 8)
        server.send_signal(signal.SIGTERM)
        until(lambda: refuses(port))
        go_on(server, 10)
        answers = [received(client) for client in clients]
        assert received(idle[0]) == b""
    assert [answer[:15] for answer in answers] == [b"HTTP/1.1 200 OK"] * 10
    assert all(b"Connection: close\r\n" in answer and answer.endswith(b"x" * 3_000_000) for answer in answers)


def refuses(port: int) -> bool:
    """Tells whether nobody listens at a port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return written(tmp_path / "notes")


def written(notes: Path) -> Path:
    """Makes a folder with a talk, and one whose HTML takes more than a second to make."""
    notes.mkdir()
    (notes / "a.md").write_text("# A talk\nSpeaker: Ada Lovelace\n\n★★★\n\n*good*\n")
    (notes / "slow.md").write_text("# Slow talk\nSpeaker: Ada Lovelace\n\n★★★\n\n" + "<a0 " * 15_000)
    return notes


def asked_for(url: str) -> bytes:
    return f"GET {url} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def test_a_serving_child_that_is_killed_is_told_of_and_leaves_nothing(tmp_path: Path, notes: Path) -> None:
    server = Served(tmp_path / "index", notes, "--watch")
    assert server.ask("/v1/talks/a/a-talk").status == 200
    started = server.family()
    os.kill(started[1], signal.SIGKILL)
    assert server.process.wait(30) == -signal.SIGKILL
    server.ended(started)
    assert sum(line.startswith("kb: the server was ended by signal 9 (Killed)") for line in server.said) == 1
    assert not [line for line in server.said if "resource_tracker" in line]


def test_at_the_limit_of_connections_idle_ones_make_room(tmp_path: Path, notes: Path) -> None:
    """The system lets this server open few files, and more clients than that say nothing."""
    shell = ("/bin/sh", "-c", f'ulimit -n 200; exec {sys.executable} -m kb "$@"', "kb")
    with Served(tmp_path / "index", notes, kb=shell) as server:
        with asking(server.port, 300, b"GET"):
            for _ in range(3):
                assert server.ask("/v1/talks").status == 200
        assert not any("accept" in line for line in server.said)


def test_a_server_that_is_busy_beyond_its_limit_says_so() -> None:
    with slow_server(3) as (server, port), asking(port, 3) as clients:
        in_work(server, 3)
        with asking(port, 1) as refused:
            head, _, body = received(refused[0]).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 5" in head
        assert b'"code":"busy"' in body
        server.send_signal(signal.SIGTERM)
        go_on(server, 3)
        assert all(received(client).startswith(b"HTTP/1.1 200 OK") for client in clients)
