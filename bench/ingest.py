"""How fast notes become answers, beside the peers' raw indexing of the same records, in one run: `make bench-ingest`.

kb's numbers go from Markdown files to a committed, fsynced generation, in a process of its own; the peers are handed the
records that kb read out of them, ready in memory. Sizes and folders are as in `bench.speed`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from bench.ground import folder_of, ingest, notes, with_whoosh
from bench.peers import Edits, Record, fts5, records, tantivy, whoosh
from bench.results import keep, sizes, talk
from bench.timing import Cost, percentile, timed
from kb.config import Config
from kb.index import open_index
from kb.query.tree import Query, Term
from kb.service import KnowledgeBase

EDITS = 15
IDLE = 5  # Runs with nothing to do.


class Spread(Struct):
    """Milliseconds of some runs of the same work."""

    best: float
    p50: float
    p95: float


class Measured(Struct):
    """What is measured at a size: costs, talks a second, and milliseconds."""

    talks: int
    whole: Cost
    talks_a_second: dict[str, float]
    edit_of_a_note: Spread
    edit_found_by_whole_ingest: Spread
    nothing_to_do: Spread
    nothing_to_do_in_process: Spread
    peer_edits: dict[str, Spread]


def main() -> None:
    """Measures at every size, prints what it finds and keeps it."""
    for size in sizes():
        with folder_of(size) as folder:
            measured = measure(folder, size)
        print(f"\n{measured.talks:,} talks")
        cost = measured.whole
        print(f"  kb ingest: {cost.wall:.2f} s, {cost.cpu:.2f} s of CPU, {cost.memory:.0f} MiB at most")
        for name, rate in measured.talks_a_second.items():
            print(f"  {name:<8}{rate:>9,.0f} talks a second{measured.talks_a_second['kb'] / rate:>9.3f} kb's to it")
        for name in ("edit_of_a_note", "edit_found_by_whole_ingest", "nothing_to_do", "nothing_to_do_in_process"):
            spread: Spread = getattr(measured, name)
            print(f"  {name.replace('_', ' '):<28} best{spread.best:9.1f} ms, median{spread.p50:9.1f} ms")
        for name, spread in measured.peer_edits.items():
            print(f"  {f'the same talks in {name}':<28} best{spread.best:9.1f} ms, median{spread.p50:9.1f} ms")
        keep("ingest", size, measured)


def measure(folder: Path, size: int) -> Measured:
    """Ingests, edits, and ingests again with nothing to do."""
    with tempfile.TemporaryDirectory(prefix="ingest-", dir=folder, ignore_cleanup_errors=True) as made:
        here = Path(made)
        copied = here / "notes"
        shutil.copytree(notes(folder, size), copied)
        talk(f"{size:,} talks: kb ingest")
        costs = []
        for _ in range(max(1, min(3, 10_000 // size))):
            shutil.rmtree(here / "kb", ignore_errors=True)
            costs.append(ingest(here / "kb", copied))
        cost = sorted(costs, key=lambda one: one.wall)[len(costs) // 2]
        all_records = list(records(open_index(here / "kb").snapshot()))
        rates = {"kb": len(all_records) / cost.wall, **_peers(here, size, all_records)}
        edited, walked = _edits(here / "kb", copied)
        peers = _peer_edits(here, all_records)
    whole, inside = _nothing_to_do(folder, size)
    return Measured(len(all_records), cost, rates, edited, walked, whole, inside, peers)


def _peers(folder: Path, size: int, all_records: list[Record]) -> dict[str, float]:
    """Returns the talks a second that each peer indexes."""
    builds: dict[str, Callable[[], None]] = {
        "FTS5": lambda: fts5.build(folder / "fts5", all_records, prefixes=""),
        "tantivy": lambda: tantivy.build(folder / "tantivy", all_records, threads=os.cpu_count() or 1),
    }
    if with_whoosh(size):
        builds["Whoosh"] = lambda: whoosh.build(folder / "whoosh", all_records)
    rates = {}
    for name, build in builds.items():
        talk(f"{size:,} talks: {name} indexes")
        rates[name] = len(all_records) / timed(build)
    return rates


def _edits(index: Path, folder: Path) -> tuple[Spread, Spread]:
    """Returns how long it takes until an edited note is found: when it is named, and when all notes are looked at."""
    base = KnowledgeBase(Config(index=index, notes=str(folder)))
    base.index.snapshot().warm()
    # The notes that end in a talk, so that what is added to them is a talk's text.
    readings = [one for one in base.index.snapshot().readings() if one.talks]
    ending = [one.note.source for one in readings if one.talks[-1].source.end_line == one.note.source.end_line]
    files = [folder / source.path for source in ending]
    word = 0

    def edit(named: bool) -> float:
        nonlocal word
        word += 1
        file, new = files[word * 7919 % len(files)], f"quux{word}q"
        file.write_text(file.read_text(encoding="utf-8") + f"\nThe word is {new}.\n", encoding="utf-8")
        return timed(lambda: _found(base, [str(file)] if named else [], new))

    return _spread([edit(True) for _ in range(EDITS)]), _spread([edit(False) for _ in range(EDITS)])


def _found(base: KnowledgeBase, paths: list[str], word: str) -> None:
    base.ingest(paths)
    if base.index.snapshot().search(Query(Term(word), "talk"), 10).total != 1:
        raise AssertionError(f"the edit is not found: {word}")


def _peer_edits(folder: Path, all_records: list[Record]) -> dict[str, Spread]:
    """Returns how long it takes a peer to replace the talks of a note, durably, and find a word that is new in one."""
    by_note: dict[str, list[Record]] = {}
    for record in all_records:
        by_note.setdefault(record.id.partition("/")[0], []).append(record)
    of_notes = list(by_note.values())
    spreads = {}
    writers: dict[str, Edits] = {"FTS5": fts5.Edits(folder / "fts5"), "tantivy": tantivy.Edits(folder / "tantivy")}
    for name, edits in writers.items():
        times = []
        for n in range(EDITS):
            *others, last = of_notes[(n + 1) * 7919 % len(of_notes)]
            edited = [*others, replace(last, text=f"{last.text}\nThe word is quux{n}q.\n")]
            times.append(timed(partial(_replaced, edits, edited, f"quux{n}q")))
        spreads[name] = _spread(times)
    return spreads


def _replaced(edits: Edits, edited: list[Record], word: str) -> None:
    if edits.replace(edited, word) != 1:
        raise AssertionError(f"the edit is not found: {word}")


def _nothing_to_do(folder: Path, size: int) -> tuple[Spread, Spread]:
    """Returns how long it takes to see that no note has changed, with a note a talk: `kb ingest`, and in this process."""
    index = folder / "kb-1"
    talk(f"{size:,} talks in a note each: kb ingest")
    ingest(index, notes(folder, size, per_note=1))
    costs = [ingest(index).wall for _ in range(IDLE)]
    base = KnowledgeBase(Config(index=index))
    base.index.snapshot()
    return _spread(costs), _spread([timed(base.ingest) for _ in range(IDLE)])


def _spread(seconds: list[float]) -> Spread:
    return Spread(min(seconds) * 1e3, statistics.median(seconds) * 1e3, percentile(seconds, 0.95) * 1e3)


if __name__ == "__main__":
    main()
