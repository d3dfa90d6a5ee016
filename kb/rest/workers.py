"""Several processes that serve one socket, each started anew when it ends.

They share nothing but the socket and the mapped files of the index, whose pages the system keeps once for all of them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

PAUSE = 1.0  # Seconds that a process must have lived to be started anew at once.


class Workers:
    """Runs a command several times with a listening socket; `stop` ends them all."""

    def __init__(self, command: Sequence[str], listener: socket.socket, count: int) -> None:
        self._command = [*command, "--socket", str(listener.fileno())]
        self._descriptor = listener.fileno()
        self._running = [self._start() for _ in range(count)]

    def _start(self) -> tuple[subprocess.Popen[bytes], float]:
        # A worker reads its stdin, which ends when this process does, however that ends.
        # Threads that take turns need no rooms of their own for what they make.
        environment = {"MALLOC_ARENA_MAX": "2", **os.environ}
        process = subprocess.Popen(self._command, stdin=subprocess.PIPE, pass_fds=[self._descriptor], env=environment)
        return process, time.monotonic()

    def run(self) -> None:
        """Waits for ever, and replaces workers that end."""
        while True:
            time.sleep(0.2)
            for n, (process, began) in enumerate(self._running):
                if process.poll() is not None and time.monotonic() - began > PAUSE:
                    if process.stdin:
                        process.stdin.close()
                    self._running[n] = self._start()

    def stop(self) -> None:
        """Ends the workers, and waits until they have."""
        for process, _ in self._running:
            process.terminate()
            if process.stdin:
                process.stdin.close()
        for process, _ in self._running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def end_with_parent() -> None:
    """Ends this process when its stdin does, as it would by a signal."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
