"""Ingests in a process one of whose system calls fails, or kills it: by strace, or by the functions of Python alone."""

from __future__ import annotations

import builtins
import errno
import io
import json
import mmap
import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.reliability.rounds import child, opened

CALLS = (
    "write",
    "fsync",
    "rename",
    "openat",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "rmdir",
    "ftruncate",
    "mmap",
)


class Fault(NamedTuple):
    """The n-th time a call is made it fails with an error, or the process is killed."""

    call: str
    error: str
    n: int


Ingest = Callable[[Path, Path, Path, "Fault | None"], "tuple[int | None, Counter[str]]"]


def by_strace(work: Path, index: Path, notes: Path, fault: Fault | None) -> tuple[int | None, Counter[str]]:
    """Ingests in a process whose system calls strace sees; returns its status, and how often each call was made."""
    if shutil.which("strace") is None:
        pytest.skip("there is no strace here")
    ready, go = os.pipe(), os.pipe()

    def ingest() -> None:
        os.write(ready[1], b".")
        os.read(go[0], 1)
        opened(index, notes).ingest()

    number = child(ingest, work / "errors")
    os.read(ready[0], 1)
    arguments = ["-e", f"trace={fault.call if fault else ','.join(CALLS)}"]
    if fault:
        what = "signal=SIGKILL" if fault.error == "kill" else f"error={fault.error}"
        arguments += ["-e", f"inject={fault.call}:{what}:when={fault.n}"]
    command = ["strace", "-f", "-p", str(number), "-o", str(work / "trace"), *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        said = strace.stderr.readline()
        os.write(go[1], b".")
        _, status = os.waitpid(number, 0)
    for end in (*ready, *go):
        os.close(end)
    if "attached" not in said:
        pytest.skip(f"strace cannot attach here: {said.strip()}")
    trace = (work / "trace").read_text(errors="replace")
    made = Counter(re.findall(r"^\d+\s+(\w+)\(", trace, flags=re.MULTILINE))
    return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else None), made


def by_functions(work: Path, index: Path, notes: Path, fault: Fault | None) -> tuple[int | None, Counter[str]]:
    """Ingests in a process whose functions for files count their calls, and fail when they are told to."""

    def ingest() -> None:
        faults = _Faults(fault)
        faults.install()
        try:
            opened(index, notes).ingest()
        finally:
            faults.fault = None
            (work / "made").write_text(json.dumps(faults.made))

    _, status = os.waitpid(child(ingest, work / "errors"), 0)
    made = Counter(json.loads((work / "made").read_text()))
    return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else None), made


class _Faults:
    """Counts the calls that a process makes of functions for files, and fails the one that is asked for."""

    def __init__(self, fault: Fault | None) -> None:
        self.fault = fault
        self.made: Counter[str] = Counter()

    def see(self, call: str) -> None:
        """Counts a call, and fails it where it is to fail."""
        self.made[call] += 1
        if self.fault and (self.fault.call, self.fault.n) == (call, self.made[call]):
            if self.fault.error == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            number = getattr(errno, self.fault.error)
            raise OSError(number, os.strerror(number))

    def install(self) -> None:
        """Puts counting functions in the place of those of this process, which is not to live long."""
        for name in ("fsync", "rename", "link", "unlink", "mkdir", "rmdir", "ftruncate", "write"):
            setattr(os, name, self._seen(name, getattr(os, name)))
        os.replace = self._seen("rename", os.replace)
        os.open = self._seen("openat", os.open)
        setattr(mmap, "mmap", self._seen("mmap", mmap.mmap))  # noqa: B010 - mypy knows it as a class.
        builtins.open = io.open = self._opening(builtins.open)

    def _seen(self, call: str, function: Any) -> Any:
        def counting(*arguments: Any, **named: Any) -> Any:
            self.see(call)
            return function(*arguments, **named)

        return counting

    def _opening(self, plain: Any) -> Any:
        """Returns `open`, whose files count what is written to them."""
        faults = self

        class Raw(io.FileIO):
            def write(self, data: Any) -> Any:
                faults.see("write")
                return super().write(data)

        def opening(file: Any, mode: str = "r", buffering: int = -1, *arguments: Any, **named: Any) -> Any:
            self.see("openat")
            if not set(mode) & set("wxa") or isinstance(file, int):
                return plain(file, mode, buffering, *arguments, **named)
            raw = Raw(file, mode.replace("b", "").replace("t", ""))
            buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            return buffered if "b" in mode else io.TextIOWrapper(buffered, *arguments, **named)

        return opening
