"""How many questions a second `kb serve` answers beside Falcon's hello-world and Datasette, in one run: `make bench-http`.

wrk asks over kept-alive connections, one question again and again and then questions that are new each time; the servers
take turns. Datasette is asked for id and title of the first ten by its SQL over FTS5, kb for a whole page of ten with
snippets. Sizes and folders are as in `bench.speed`; KB_SECONDS is how long each load lasts.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from msgspec import Struct

from bench.ground import KB, built, folder_of, indexed
from bench.load import Load, load, serving
from bench.questions import SEED, Vocabulary
from bench.results import keep, sizes, talk
from bench.timing import Memory, memory, percentile, run
from kb.words import stem

ROUNDS = 3
FRESH = 40_000  # Distinct questions, each asked about once.
ONE_SHOT = 11
RANKED = "select id, talks.title from words join talks on n = words.rowid where words match :q order by rank limit 10"

Asking = Callable[[str], str]


class Served(Struct):
    """What a server does under load, and what it holds in memory afterwards."""

    repeated: Load
    fresh: Load
    memory: Memory


class OneShot(Struct):
    """Milliseconds of a process that answers one question, and of one that does nothing."""

    search_p50: float
    search_p95: float
    python_p50: float
    python_p95: float


class Measured(Struct):
    """What is measured at a size."""

    talks: int
    servers: dict[str, Served]
    one_shot: OneShot


def main() -> int:
    """Measures at every size, prints what it finds and keeps it; returns the exit status."""
    if not shutil.which("wrk"):
        print("wrk is not installed (Debian: apt-get install wrk), so nothing is measured")
        return 0
    for size in sizes():
        with folder_of(size) as folder:
            measured = measure(folder, size)
        print(f"\n{measured.talks:,} talks: requests a second, p50 and p99 in ms; repeated, then fresh; MiB")
        for name, served in measured.servers.items():
            loads = "".join(
                f"{one.rate:>10,.0f}{one.p50:8.2f}{one.p99:8.2f}" for one in (served.repeated, served.fresh)
            )
            bad = served.repeated.bad + served.fresh.bad
            said = f"{served.memory.resident:>9.0f} ({served.memory.anonymous:.0f} anonymous)"
            print(f"  {name:<14}{loads}{said}{f', {bad} requests failed' if bad else ''}")
        shot = measured.one_shot
        print(
            f"  kb search {shot.search_p50:.0f} ms (p95 {shot.search_p95:.0f}), python -c pass {shot.python_p50:.0f} ms"
        )
        keep("http", size, measured)
    return 0


def measure(folder: Path, size: int) -> Measured:
    """Starts the servers, loads each in turn, and asks from the command line."""
    all_records = indexed(folder, size)
    fresh = questions(Vocabulary(all_records))
    database = built("fts5", folder, all_records)
    servers: dict[str, Served] = {}
    with serving(*commands(folder / "kb", database)) as running:
        loads: dict[str, list[list[Load]]] = {server.name: [[], []] for server in running}
        for server in running:  # Warm each: its first answers are those of a process that has just begun.
            load(server, fresh[:500], 1)
        for turn in range(ROUNDS):
            part = fresh[turn * len(fresh) // ROUNDS : (turn + 1) * len(fresh) // ROUNDS]
            for server in running:
                talk(f"{size:,} talks: {server.name}, round {turn + 1} of {ROUNDS}")
                for kept, asked in zip(loads[server.name], (fresh[:1], part), strict=True):
                    kept.append(load(server, asked, int(os.environ.get("KB_SECONDS", "4"))))
        for server in running:
            repeated, other = map(_middle, loads[server.name])
            servers[server.name] = Served(repeated, other, memory(server.process))
    return Measured(len(all_records), servers, one_shot(folder / "kb", fresh))


def questions(vocabulary: Vocabulary) -> list[str]:
    """Returns distinct questions of two words each."""
    draw = random.Random(SEED)
    count = len(vocabulary.records)
    usual = list({stem(word): word for word in vocabulary.between(max(3, 0.002 * count), 0.2 * count)}.values())
    pairs: dict[str, None] = {}
    for _ in range(FRESH * 3):
        pairs[" ".join(draw.sample(usual, 2))] = None
        if len(pairs) == FRESH:
            break
    return list(pairs)


def commands(index: Path, database: Path) -> list[tuple[str, list[str], Asking]]:
    """Returns the servers: a name, a command that lacks the port, and the path of a question."""
    serve = [*KB, str(index), "serve", "--port"]
    made: list[tuple[str, list[str], Asking]] = [
        ("hello-world", [sys.executable, "-m", "bench.hello"], _search),
        ("kb", serve, _search),
    ]
    if _offers_workers():
        made.append(("kb, 2 workers", [*serve[:-1], "--workers", "2", "--port"], _search))
    if importlib.util.find_spec("datasette"):
        datasette = [sys.executable, "-m", "datasette", "serve", "-i", str(database), "--port"]
        name = database.stem
        made.append(("Datasette", datasette, lambda q: _sql(name, q)))
    return made


def _offers_workers() -> bool:
    said = subprocess.run([sys.executable, "-m", "kb", "serve", "--help"], capture_output=True, text=True, check=True)
    return "--workers" in said.stdout


def _search(q: str) -> str:
    return "/v1/search?" + urlencode({"q": q, "limit": 10})


def _sql(database: str, q: str) -> str:
    return f"/{database}.json?" + urlencode({"sql": RANKED, "q": q, "_shape": "array"})


def _middle(loads: list[Load]) -> Load:
    return sorted(loads, key=lambda one: one.rate)[len(loads) // 2]


def one_shot(index: Path, asked: list[str]) -> OneShot:
    """Returns the wall time of `kb search`, in turn with an interpreter that does nothing."""
    search, nothing = [], []
    for n in range(ONE_SHOT):
        search.append(run([*KB, str(index), "search", "--limit", "10", asked[n].split()[0]], sample=False).wall * 1e3)
        nothing.append(run([sys.executable, "-c", "pass"], sample=False).wall * 1e3)
    return OneShot(
        statistics.median(search), percentile(search, 0.95), statistics.median(nothing), percentile(nothing, 0.95)
    )


if __name__ == "__main__":
    sys.exit(main())
