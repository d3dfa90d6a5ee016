"""Real talks for scale: the 21,715 of KB_CORPUS (default ../shared/corpus/pyvideo-talks.jsonl.gz).

`talks` gives them as records of kb, `write_notes` writes any number of them as Markdown: beyond the corpus, one talk's
title is joined with another's description and a third's speakers; without the corpus, words are drawn by their rank.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kb.index import Changes, Index, Put, Stored
from kb.records import Appearance, Note, Reading, Source, Talk
from kb.roots import Root
from kb.words import slug

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("KB_CORPUS", ROOT.parent / "shared" / "corpus" / "pyvideo-talks.jsonl.gz"))


def talks(most: int | None = None) -> Iterator[Talk]:
    """Yields the talks of the corpus, each as the only one of a note of its own."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for n, line in enumerate(lines):
            if n == most:
                return
            said = json.loads(line)
            text = f"# {said['title']}\n\n{said['description'] or ''}"
            path = f"{said['folder']}/{n}.md"
            id = f"{slug(said['folder'])}-{n}/{slug(said['title'])}"
            people = tuple(Appearance(name, 1) for name in said["speakers"] or ())
            source = Source(path, 1, text.count("\n") + 1)
            yield Talk(
                id=id, title=said["title"], source=source, speakers=people, rating=None, mentions=(), links=(),
                sections=(), event=said["event"], date=said["date"], text=text,
            )  # fmt: skip


def write_notes(folder: Path, count: int, per_note: int = 10) -> int:
    """Writes talks as Markdown, some to a note; returns how many notes it made."""
    said = list(_said(count))
    starts = range(0, count, per_note)
    for n, start in enumerate(starts):
        group = said[start : start + per_note]
        path = folder / f"{n // 500:04}" / f"{slug(group[0]['folder'])}-{n}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        head = f"---\nevent: {group[0]['event']}\ndate: {group[0]['date']}\n---\n\n"
        path.write_text(head + "\n".join(_markdown(talk, start + k) for k, talk in enumerate(group)), encoding="utf-8")
    return len(starts)


def _said(count: int) -> Iterator[dict[str, Any]]:
    """Yields what the corpus says of its talks, mixed anew in each further round through it."""
    known = _read() if CORPUS.exists() else _drawn(20_000)
    for n in range(count):
        turn, at = divmod(n, len(known))
        one = known[at]
        other, third = known[(at * 7 + turn * 104_729) % len(known)], known[(at + turn * 31) % len(known)]
        yield one if not turn else {**one, "description": other["description"], "speakers": third["speakers"]}


def _read() -> list[dict[str, Any]]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _drawn(count: int) -> list[dict[str, Any]]:
    """Draws talks whose words are as frequent as words are (Zipf), for machines without the corpus."""
    draw = random.Random(1)
    lexicon = ["".join(draw.choices("aeioulnrstdmkp", k=draw.randint(3, 10))) for _ in range(30_000)]
    ranks = [1 / (n + 1) for n in range(len(lexicon))]
    drawn = iter(draw.choices(lexicon, ranks, k=count * 110))
    people = [f"{next(drawn).title()} {next(drawn).title()}" for _ in range(count // 3)]
    return [
        {
            "title": " ".join(next(drawn) for _ in range(6)).capitalize(),
            "description": " ".join(next(drawn) for _ in range(100)),
            "speakers": [draw.choice(people)],
            "event": f"Event {n // 100}",
            "folder": f"event-{n // 100}",
            "date": f"{2005 + n % 20}-05-28",
        }
        for n in range(count)
    ]


def _markdown(said: dict[str, Any], n: int) -> str:
    """Writes a talk as people write one: a heading with stars, the speakers in bold, and what was said."""
    stars = (n * 2_654_435_761 >> 7) % 8  # No rating for every fourth or so.
    title = " ".join(said["title"].replace("★", "").split())
    people = ", ".join(said["speakers"] or ())
    # What looks like structure in a description would make other talks of it.
    text = re.sub(r"^[ \t]*(?:[#=>|*+-]|\d+[.)]|```|~~~)+[ \t]*", "", said["description"] or "", flags=re.MULTILINE)
    rating = f" {'★' * stars}{'☆' * (5 - stars)}" if 1 <= stars <= 5 else ""
    return f"# {title}{rating}\n" + (f"**{people}**\n" if people else "") + f"\n{text.strip()}\n"


def fill(index: Index, all_talks: list[Talk]) -> None:
    """Commits talks to an index, each with its note."""
    puts = []
    for talk in all_talks:
        note = Note(talk.note, talk.title, talk.source, talk.event, talk.date)
        stored = Stored(talk.source.path, "", len(talk.text), 1, talk.note)
        puts.append(Put(stored, Reading(note, (talk,))))
    with index.writing():
        index.commit(Changes(tuple(puts), (), (Root(str(CORPUS.parent)),)), rebuild=True)
