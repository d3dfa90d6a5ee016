"""Says which habits of note styles are read badly: `python -m tests.styles --report`."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.styles import judge, mixes, record, writer
from tests.styles.habits import Style
from tests.styles.mixes import Named

Sample = tuple[str, Style, int]  # What it is of, its style and its seed.


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--report", action="store_true", help="print the share of notes handled, a line a habit")
    ask.add_argument(
        "--alone", action="store_true", help="only every habit by itself, in the plainest style that has it"
    )
    ask.add_argument("--pairs", action="store_true", help="every two habits, in the plainest style that has both")
    ask.add_argument(
        "--mixed", type=int, default=1000, help="how many notes that differ in everything (default: %(default)s)"
    )
    ask.add_argument(
        "--seeds", type=int, default=3, help="how many notes of each habit by itself (default: %(default)s)"
    )
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--only", default="", help="only styles with these habits, such as frame=table,seat=column")
    ask.add_argument(
        "--failures",
        type=Path,
        metavar="DIR",
        help="write the notes that are not handled, with what was written and read",
    )
    ask.add_argument(
        "--show", default="", metavar="HABITS", help="print a note with these habits and what is read of it"
    )
    ask.add_argument(
        "--record", action="store_true", help="measure every habit and every two, and write what falls short"
    )
    args = ask.parse_args()
    if args.record:
        record.write(record.measured())
        return
    wanted = frozenset(tuple(part.split("=", 1)) for part in args.only.split(",") if part)
    if args.show:
        show(args.show, args.seed)
        return
    kinds: list[tuple[str, Iterable[Sample]]] = [("alone", alone(args.seeds, args.seed))]
    if args.pairs:
        kinds.append(("pairs", pairs(args.seed)))
    elif not args.alone:
        kinds.append(
            ("mixed", ((f"mixed-{n}", style, n) for n, style in enumerate(mixes.mixed(args.mixed, args.seed))))
        )
    for name, samples in kinds:
        report(name, (sample for sample in samples if wanted <= set(mixes.habits(sample[1]))), args.failures)


def alone(seeds: int, seed: int) -> Iterator[Sample]:
    for (axis, name), style in mixes.alone():
        for n in range(seed, seed + seeds):
            yield f"{axis}={name}", style, n


def pairs(seed: int) -> Iterator[Sample]:
    for one, other, style in mixes.pairs():
        yield f"{'='.join(one)},{'='.join(other)}", style, seed


def report(name: str, samples: Iterable[Sample], failures: Path | None) -> None:
    """Prints how many notes of each habit are handled, those with the smallest share first."""
    notes: Counter[Named] = Counter()
    wrong: dict[Named, Counter[str]] = defaultdict(Counter)
    for of, style, seed in samples:
        note = writer.note(style, seed)
        reading = judge.read(note)
        bad = judge.wrong(note, reading)
        lost = bad.intersection(judge.HANDLED)
        named = [tuple(part.split("=", 1)) for part in of.split(",")] if "=" in of else mixes.habits(style)
        for habit in (*named, ("all", "")):
            notes[habit] += 1
            wrong[habit].update(bad)
            wrong[habit]["notes"] += bool(lost)
        if lost and failures:
            write(failures / name, of, seed, style, note, "\n".join(judge.told(note, reading)), bad)
    print(f"\n{name:44}{'notes':>7}{'handled':>9}  " + "".join(f"{field:>13}" for field in judge.FIELDS))

    def share(habit: Named) -> float:
        return 1 - wrong[habit]["notes"] / notes[habit]

    for habit in sorted(notes, key=lambda h: (h[0] == "all", share(h), h)):
        counts = "".join(f"{wrong[habit][field] or '':>13}" for field in judge.FIELDS)
        print(f"{' '.join(habit):44}{notes[habit]:7}{share(habit):9.0%}  {counts}")


def write(folder: Path, of: str, seed: int, style: Style, note: writer.Written, told: str, bad: frozenset[str]) -> None:
    """Writes a note that is not handled, and beside it its habits, what was written and what was read."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = "".join(c if c.isalnum() or c in "-=+" else "_" for c in of.replace(",", "__"))
    suffix = note.path.rpartition(".")[2]
    (folder / f"{stem}.{seed}.{suffix}").write_bytes(note.text.encode())
    habits = " ".join("=".join(habit) for habit in mixes.habits(style))
    (folder / f"{stem}.{seed}.said").write_text(
        f"wrong: {' '.join(sorted(bad))}\nhabits: {habits}\n{told}\n", encoding="utf-8"
    )


def show(named: str, seed: int) -> None:
    """Prints a note with some habits, and what is read of it."""
    chosen = dict(part.split("=", 1) for part in named.split(","))
    style = mixes.completed({axis: mixes.habit(axis, name) for axis, name in chosen.items()})
    if style is None:
        print("These habits do not go together.")
        return
    note = writer.note(style, seed)
    reading = judge.read(note)
    print(note.text, *judge.told(note, reading), f"wrong: {' '.join(sorted(judge.wrong(note, reading)))}", sep="\n")


if __name__ == "__main__":
    main()
