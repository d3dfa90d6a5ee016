"""How long things take: rounds interleaved between engines, percentiles, and what a child process costs."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from bench.peers import Engine
from bench.questions import Row

ROUNDS = 5
PATIENCE = 5.0  # Seconds that an engine may take for a round of a row; a slower one is asked less.
SAMPLE = 0.1  # Seconds between looks at a child's memory.


class Times(Struct):
    """Milliseconds of an engine in a row: the median when a question is new to it, then of all rounds."""

    first: float
    p50: float
    p95: float
    questions: int


class Memory(Struct):
    """MiB of a process and its descendants: resident, of it anonymous, and with shared pages counted once."""

    resident: float
    anonymous: float
    proportional: float


class Cost(Struct):
    """What a child process takes: seconds of wall time and CPU, and the most memory in MiB."""

    wall: float
    cpu: float
    memory: float


def percentile(samples: Sequence[float], part: float) -> float:
    """Returns the sample below which a part of all lies."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]


def measure(row: Row, engines: Sequence[Engine]) -> dict[str, Times]:
    """Asks every engine a row's questions: once each, then in rounds that take turns."""
    able = [engine for engine in engines if row.verb not in engine.lacks]
    first = {engine.name: _round(engine, row) for engine in able}
    later: dict[str, list[float]] = {engine.name: [] for engine in able}
    for turn in range(ROUNDS):
        for n in range(len(able)):
            engine = able[(n + turn) % len(able)]
            spent = sum(later[engine.name]) / 1e3
            if spent < PATIENCE and len(first[engine.name]) == len(row.asked):
                later[engine.name] += _round(engine, row)
    times = {}
    for name, once in first.items():
        steady = later[name] or once
        times[name] = Times(percentile(once, 0.5), percentile(steady, 0.5), percentile(steady, 0.95), len(once))
    return times


def _round(engine: Engine, row: Row) -> list[float]:
    """Returns the milliseconds of each question, as many as the engine answers within the bench's patience."""
    ask: Callable[..., Any] = getattr(engine, row.verb)
    samples: list[float] = []
    with undisturbed():
        for arguments in row.asked:
            began = time.perf_counter_ns()
            ask(*arguments)
            samples.append((time.perf_counter_ns() - began) / 1e6)
            if sum(samples) > PATIENCE * 1e3:
                break
    return samples


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keeps the garbage collector out of what is timed, for all engines alike."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def run(command: Sequence[str], sample: bool = True) -> Cost:
    """Runs a command to its end and returns what it costs, with its own children; raises if it fails.

    Sampling sees the memory of several processes at once, which the kernel counts one by one.
    """
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        ended = threading.Event()
        sampled: list[float] = [0.0]
        sampler = threading.Thread(target=_sample, args=(child.pid, ended, sampled))
        if sample:
            sampler.start()
        assert child.stderr is not None
        said = child.stderr.read()  # It ends when the child does.
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        ended.set()
        if sample:
            sampler.join()
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, list(command), stderr=said)
    return Cost(wall, usage.ru_utime + usage.ru_stime, max(usage.ru_maxrss / 1024, *sampled))


def _sample(process: int, ended: threading.Event, sampled: list[float]) -> None:
    while not ended.wait(SAMPLE):
        sampled.append(memory(process).proportional)


def memory(process: int) -> Memory:
    """Returns the memory of a process and its descendants; what they share counts once in `proportional`."""
    total = Memory(0.0, 0.0, 0.0)
    for one in _family(process):
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:  # It has ended.
            continue
        sizes = {name: int(kb) / 1024 for name, kb in re.findall(r"^(\w+):\s+(\d+) kB", rollup + status, re.MULTILINE)}
        total.proportional += sizes.get("Pss", 0.0)
        total.resident += sizes.get("VmRSS", 0.0)
        total.anonymous += sizes.get("RssAnon", 0.0)
    return total


def _family(process: int) -> list[int]:
    """Returns a process and its descendants."""
    family = [process]
    for one in family:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):
                family.extend(map(int, children.read_text().split()))
    return family


def timed(work: Callable[[], object]) -> float:
    """Returns the seconds that some work takes."""
    with undisturbed():
        began = time.perf_counter_ns()
        work()
        return (time.perf_counter_ns() - began) / 1e9
