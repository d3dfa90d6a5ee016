"""A server in processes of its own: what it answers, and what it holds."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import quote_plus

KB = (sys.executable, "-m", "kb")


class Reply(NamedTuple):
    """A status, 0 where the connection was lost, and what was sent."""

    status: int
    body: Any


class Held(NamedTuple):
    """What some processes hold: memory in KiB, open files, and mapped ones."""

    memory: int
    files: int
    maps: int


class Served:
    """Runs `kb serve` with some options, and asks it."""

    def __init__(
        self, index: Path, notes: Path, *options: str, kb: Sequence[str] = KB, folder: Path | None = None
    ) -> None:
        command = [*kb, "--index", str(index), "serve", "--port", "0", *options]
        environment = {**os.environ, "KB_NOTES": str(notes)}
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=folder)
        assert self.process.stderr is not None
        self.said: list[str] = []
        self.is_stopped = False
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"kb serves on (http://\S+?)(?=;)", line):
                self.url = found[1]
                self.port = int(self.url.rpartition(":")[2])
                break
        self._listening = threading.Thread(target=lambda: self.said.extend(self.process.stderr or ()), daemon=True)
        self._listening.start()

    def __enter__(self) -> Served:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        started = self.family()
        if not self.is_stopped:
            self.stop()
        assert self.process.wait(30) == 0, self.said
        self.ended(started)

    def stop(self) -> None:
        """Lets it end in order."""
        self.is_stopped = True
        self.process.send_signal(signal.SIGTERM)

    def ended(self, started: list[int]) -> None:
        """Waits until none of some processes is there, and none of them says any more."""
        until(lambda: not any(map(runs, started)))
        self._listening.join(30)
        if self.process.stderr:
            self.process.stderr.close()

    def ask(self, path: str) -> Reply:
        """Returns what a path gives."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as response:
                return Reply(response.status, json.load(response))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, json.load(error))
        except (OSError, HTTPException):
            return Reply(0, None)

    def search(self, question: str, **more: str) -> Reply:
        """Returns what a question gives."""
        return self.ask(f"/v1/search?q={quote_plus(question)}" + "".join(f"&{name}={of}" for name, of in more.items()))

    def family(self) -> list[int]:
        """Returns the processes that there are of it."""
        return family(self.process.pid)

    def renders(self) -> bool:
        """Tells whether each of its processes is at work, and one makes HTML."""
        commands, threads = {}, {}
        for one in self.family():
            with suppress(OSError):
                commands[one] = Path(f"/proc/{one}/cmdline").read_bytes()
                threads[one] = len(os.listdir(f"/proc/{one}/task"))
        workers = [one for one, command in commands.items() if b"--socket" in command]
        return any(b"multiprocessing.spawn" in it for it in commands.values()) and all(threads[w] > 8 for w in workers)

    def held(self) -> Held:
        """Returns what its processes hold."""
        memory = files = maps = 0
        for one in self.family():
            status = Path(f"/proc/{one}/status").read_text()
            memory += int(re.findall(r"VmRSS:\s+(\d+)", status)[0])
            files += len(os.listdir(f"/proc/{one}/fd"))
            maps += Path(f"/proc/{one}/maps").read_text().count("\n")
        return Held(memory, files, maps)


def family(process: int) -> list[int]:
    """Returns a process and all those that run that it has started, or that they have."""
    found = [process]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found.extend(map(int, children.read_text().split()))
            except OSError:
                continue
    return found


def runs(process: int) -> bool:
    """Tells whether a process runs; one that has ended may stay listed until it is waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(holds: Callable[[], bool], seconds: float = 60) -> float:
    """Waits until something holds, and returns for how long."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it never came about"
        time.sleep(0.01)
    return time.monotonic() - began
