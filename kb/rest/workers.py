"""Several processes that serve one address, and one that works beside them, each started anew when it ends.

Each has a socket of its own there, so that the system spreads connections over them: of one socket the first that wakes
takes all that come at once. This process keeps the sockets; what comes while a process is started anew waits for it.
They share nothing else but the mapped files of the index, whose pages the system keeps once for all of them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from kb.rest.revival import PAUSE

ENDING = 15.0  # Seconds that workers have to answer what they do when they are to end.
MOST_PAUSE = 60.0  # Seconds until one that ends again and again is started anew.


class Workers:
    """Runs a command for each of some listening sockets."""

    def __init__(self, command: Sequence[str], listeners: Sequence[socket.socket]) -> None:
        self._command, self._listeners = command, listeners
        self._is_stopping = False
        self._running = [self._start(listener) for listener in listeners]

    def _start(self, listener: socket.socket) -> tuple[subprocess.Popen[bytes], float]:
        descriptor = listener.fileno()
        # A worker reads its stdin, which ends when this process does, however that ends.
        # Threads that take turns need no rooms of their own for what they make.
        environment = {"MALLOC_ARENA_MAX": "2", **os.environ}
        command = [*self._command, "--socket", str(descriptor)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[descriptor], env=environment)
        return process, time.monotonic()

    def run(self) -> None:
        """Replaces workers that end until `stop` is called, and then waits until they have answered what they do."""
        while not self._is_stopping:
            time.sleep(0.2)
            for n, (process, began) in enumerate(self._running):
                if process.poll() is not None and time.monotonic() - began > PAUSE and not self._is_stopping:
                    if process.stdin:
                        process.stdin.close()
                    self._running[n] = self._start(self._listeners[n])
        for listener in self._listeners:  # They are theirs alone now: what comes after they stop is refused.
            listener.close()
        for process, _ in self._running:
            process.terminate()
        self._wait(ENDING)
        self.kill()
        self._wait(ENDING)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for process, _ in self._running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))

    def stop(self, number: int = 0) -> None:
        """Lets `run` end; this may handle a signal."""
        self._is_stopping = True

    def kill(self) -> None:
        """Ends the workers at once; a signal handler may call this."""
        for process, _ in self._running:
            process.kill()


def spread(listener: socket.socket, count: int) -> list[socket.socket]:
    """Returns sockets in place of one that is bound: at its address, or that one again where a system cannot share it."""
    if not hasattr(socket, "SO_REUSEPORT"):
        return [listener] * count
    address, family, kind = listener.getsockname(), listener.family, listener.type
    listener.close()
    sockets = []
    for _ in range(count):
        one = socket.socket(family, kind)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(address)
        sockets.append(one)
    return sockets


@contextmanager
def beside(command: Sequence[str], ended: Callable[[int], None]) -> Iterator[None]:
    """Runs a command, and again whenever it ends, which `ended` is told with its status.

    It is to end when its stdin does: when this process leaves the context or ends, however that is.
    """
    keeper = _Keeper(command, ended)
    threading.Thread(target=keeper.keep, daemon=True).start()
    try:
        yield
    finally:
        keeper.stop()


class _Keeper:
    """Keeps a command running."""

    def __init__(self, command: Sequence[str], ended: Callable[[int], None]) -> None:
        self._command, self._ended = command, ended
        self._running = self._start()
        self._lock, self._stopped = threading.Lock(), threading.Event()

    def _start(self) -> subprocess.Popen[bytes]:
        # In a group of its own: Ctrl-C is for this process, which then ends it.
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, process_group=0)

    def keep(self) -> None:
        """Waits for the command's end and starts it anew, after longer and longer pauses where it ends at once."""
        pause = PAUSE
        while True:
            began = time.monotonic()
            status = self._running.wait()
            if self._stopped.is_set():
                return
            self._ended(status)
            pause = PAUSE if time.monotonic() - began > MOST_PAUSE else min(2 * pause, MOST_PAUSE)
            self._stopped.wait(pause)
            with self._lock:
                if self._stopped.is_set():
                    return
                if self._running.stdin:
                    self._running.stdin.close()
                self._running = self._start()

    def stop(self) -> None:
        """Ends the command, and waits until it has ended."""
        with self._lock:
            self._stopped.set()
        if self._running.stdin:
            self._running.stdin.close()
        try:
            self._running.wait(10)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
