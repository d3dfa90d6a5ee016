"""The largest corpus: what a talk costs at a million beside what it costs at ten thousand, in one run: `make bench-largest`.

No peer stands beside it: it shows that nothing grows faster than the talks do. KB_LARGEST says the sizes (default
"10000 1000000"); the notes and the index of the largest take some 10 GB below KB_BENCH.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from msgspec import Struct

from bench.ground import KB, folder_of, ingest, notes
from bench.peers import records
from bench.peers.kb import Kb
from bench.questions import Vocabulary, rows
from bench.results import keep, sizes, talk
from bench.timing import Cost, Memory, Times, measure, memory, run, timed

SAMPLE = 10_000  # Talks that the questions are drawn from.
SHOTS = 5


class Measured(Struct):
    """What is measured at a size: costs, bytes, seconds to open, memory when all rows were asked, and milliseconds."""

    talks: int
    whole: Cost
    bytes: int
    open: float
    warm: float
    one_shot: float
    memory: Memory
    rows: dict[str, Times]


def main() -> None:
    """Measures at every size, prints what it finds and keeps it."""
    for size in sizes(os.environ.get("KB_LARGEST", "10000 1000000")):
        with folder_of(size) as folder:
            found = measured(folder, size)
        rate, each = found.talks / found.whole.wall, found.bytes / found.talks
        print(f"\n{found.talks:,} talks: {rate:,.0f} a second, {found.whole.memory:,.0f} MiB, {each:,.0f} bytes a talk")
        print(f"  open {found.open:.3f} s, warm {found.warm:.3f} s, kb search {found.one_shot:.3f} s")
        for name, times in found.rows.items():
            print(f"  {name:<28}{times.first:9.3f}{times.p50:9.3f}{times.p95:9.3f}")
        keep("largest", size, found)


def measured(folder: Path, size: int) -> Measured:
    """Ingests and asks; the index is made anew, since it is measured how long that takes."""
    index = folder / "kb-largest"
    written = notes(folder, size)
    talk(f"{size:,} talks: kb ingest")
    cost = ingest(index, written, "--rebuild")
    kb: list[Kb] = []
    opened = timed(lambda: kb.append(Kb(index, warm=False)))
    (asked,) = kb
    warm = timed(asked.snapshot.warm)
    vocabulary = Vocabulary(islice(records(asked.snapshot), SAMPLE))
    times = {row.name: measure(row, [asked])["kb"] for row in rows(vocabulary)}
    shots = [run([*KB, str(index), "search", "--limit", "10", "latency"], sample=False).wall for _ in range(SHOTS)]
    kinds = asked.snapshot.counts()
    return Measured(
        talks=kinds.kinds["talk"],
        whole=cost,
        bytes=kinds.bytes,
        open=opened,
        warm=warm,
        one_shot=sorted(shots)[SHOTS // 2],
        memory=memory(os.getpid()),
        rows=times,
    )


if __name__ == "__main__":
    main()
