"""How fast kb answers beside SQLite FTS5, tantivy and Whoosh's own searcher, in one run: `make bench`.

Each engine indexes the very records that kb read out of the notes, looks in the same fields with the same weights, and
reads id and title of the first ten. kb says how many talks there are with every answer; its peers only where a row asks.
Every question is asked once, which is reported as `first`, and then in five rounds in which the engines take turns.
KB_TALKS says how many talks (default "1000 10000"), KB_BENCH where what is made is kept, KB_WHOOSH=1 measures Whoosh's
own searcher beyond 10,000 too, KB_ROWS the rows to measure, by parts of their names.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from bench.ground import engines, folder_of, indexed
from bench.peers import Engine
from bench.questions import Row, Vocabulary, rows
from bench.results import keep, sizes
from bench.timing import Times, measure

NEAR = 0.05  # How far two engines' totals may differ: they stem a little differently.


def main() -> None:
    """Measures at every size, prints the tables and keeps them."""
    for size in sizes():
        with folder_of(size) as folder:
            all_records = indexed(folder, size)
            opened = engines(folder, size, all_records)
            asked = rows(Vocabulary(all_records))
            print(f"\n{len(all_records):,} talks: milliseconds, first / p50 / p95\n")
            print(_headings(opened))
            measured = {}
            for row in asked:
                if _wanted(row):
                    measured[row.name] = measure(row, opened)
                    print(_line(row.name, measured[row.name], opened), flush=True)
            notes = agreement(asked, opened)
            print("\n" + "\n".join(notes))
            if len(measured) == len(asked):
                keep("speed", size, {"rows": measured, "agreement": notes, "talks": len(all_records)})


def _wanted(row: Row) -> bool:
    parts = os.environ.get("KB_ROWS", "").split(",")
    return any(part.strip() in row.name for part in parts)


def _headings(opened: Sequence[Engine]) -> str:
    names = "".join(f"{engine.name:>24}" for engine in opened)
    return f"{'':27}{names}{'kb/tantivy':>14}{'kb/FTS5':>14}"


def _line(name: str, times: dict[str, Times], opened: Sequence[Engine]) -> str:
    cells = []
    for engine in opened:
        one = times.get(engine.name)
        cells.append(f"{one.first:9.3f}{one.p50:8.3f}{one.p95:7.3f}" if one else f"{'-':>24}")
    return f"{name:27}" + "".join(cells) + ratio(times, "tantivy") + ratio(times, "FTS5")


def ratio(times: dict[str, Times], peer: str) -> str:
    """Returns kb's times as parts of a peer's, at p50 and p95."""
    if peer not in times:
        return f"{'-':>14}"
    kb, other = times["kb"], times[peer]
    return f"{kb.p50 / other.p50:8.2f}{kb.p95 / other.p95:6.2f}"


def agreement(asked: Sequence[Row], opened: Sequence[Engine]) -> list[str]:
    """Returns a note a row and peer on whether it finds as many talks as kb, so that the same work is compared."""
    kb, *peers = opened
    notes = []
    for row in asked:
        if row.verb != "words":
            continue
        own = [kb.total(*arguments) for arguments in row.asked]
        for peer in peers:
            if peer.name == "Whoosh" and len(own) > 1 and sum(own) > 1_000_000:
                continue
            others = [peer.total(*arguments) for arguments in row.asked]
            far = sum(abs(one - other) > max(2, NEAR * max(one, other)) for one, other in zip(own, others, strict=True))
            says = f"{row.name}: {sum(own):,} talks in kb, {sum(others):,} in {peer.name}"
            notes.append(f"{says}; {far} of {len(own)} questions differ by more than {NEAR:.0%}" if far else says)
    return notes


if __name__ == "__main__":
    main()
