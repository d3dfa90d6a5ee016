"""How long things take: rounds interleaved between engines, percentiles, and what a child process costs."""

from __future__ import annotations

import gc
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from bench.peers import Engine
from bench.questions import Row

ROUNDS = 5
PATIENCE = 5.0  # Seconds that an engine may take for a round of a row; a slower one is asked less.


class Times(Struct):
    """Milliseconds of an engine in a row: the median when a question is new to it, then of all rounds."""

    first: float
    p50: float
    p95: float
    questions: int


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


def run(command: Sequence[str], **environment: str) -> Cost:
    """Runs a command to its end and returns what it costs, with its own children; raises if it fails."""
    began = time.perf_counter()
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, list(command))
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def timed(work: Callable[[], object]) -> float:
    """Returns the seconds that some work takes."""
    with undisturbed():
        began = time.perf_counter_ns()
        work()
        return (time.perf_counter_ns() - began) / 1e9
