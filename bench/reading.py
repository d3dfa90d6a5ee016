"""What reading and extraction cost beside Python-Markdown on the same notes, in one run: `make bench`.

Python-Markdown renders each note to HTML, kb reads its records; what kb keeps between lines is dropped before each round.
The notes are those of data/, and of KB_EVAL (default ../shared/eval) where it is there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import markdown

from kb import notes
from kb.extract import names, ratings, speakers, titles, tools
from kb.extract.note import read_note
from kb.outline import plain
from kb.render import EXTENSIONS
from kb.roots import roots_of

ROOT = Path(__file__).resolve().parent.parent
KEPT = (
    plain,
    speakers.people,
    titles.in_title,
    names.name_score,
    ratings.on_line,
    ratings.in_heading,
    tools._start,
)
ROUNDS = 7
MIB = 1024 * 1024
HOSTILE = {
    "headings": "# a\n",
    "talks": "## T ★★\n**Jane Doe**\n\n",
    "names in titles": "# " + "Jane Doe - a: " * 20 + "\n",
    "items": "- a\n",
    "rows": "|a|b|\n",
    "setext": "a\n" * 50 + "---\n",
    "stars": "★★★\n\n",
    "commands": "`strace -f` | grep\n",
}


def texts() -> list[str]:
    """Returns the texts of the notes."""
    evaluation = Path(os.environ.get("KB_EVAL", ROOT.parent / "shared" / "eval")) / "raw"
    folders = [str(p) for p in (ROOT / "data", evaluation) if p.exists()]
    files, _ = notes.walk(roots_of(folders))
    return [text for file in files if "_derived" not in file.path and (text := notes.read(file).text)]


def best(work: Callable[[str], object], all_texts: Iterable[str]) -> float:
    """Returns the seconds of the quickest of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        for kept in KEPT:
            kept.cache_clear()
        began = time.perf_counter()
        for text in all_texts:
            work(text)
        rounds.append(time.perf_counter() - began)
    return min(rounds)


def main() -> None:
    notes_ = texts()
    size = sum(map(len, notes_))
    for work in (lambda t: read_note("warm.md", t), lambda t: markdown.markdown(t, extensions=EXTENSIONS)):
        work(notes_[0])
    kb = best(lambda text: read_note("note.md", text), notes_)
    peer = best(lambda text: markdown.markdown(text, extensions=EXTENSIONS), notes_)
    print(
        f"{len(notes_)} notes, {size:,} characters: kb {kb:.3f} s, Python-Markdown {peer:.3f} s, ratio {kb / peer:.2f}"
    )
    print("\ngrowth: one note repeated, microseconds a character")
    for times in (1, 4, 16, 64):
        text = "\n".join([notes_[-1]] * times)
        print(f"  {len(text):>9,} characters: {best(lambda t: read_note('note.md', t), [text]) / len(text) * 1e6:.2f}")
    print("\nhostile notes of 1 MiB, seconds")
    for name, unit in HOSTILE.items():
        text = (unit * (MIB // len(unit.encode()) + 1))[:MIB]
        began = time.perf_counter()
        read_note("note.md", text)
        print(f"  {name:<16} {time.perf_counter() - began:.2f}")


if __name__ == "__main__":
    main()
