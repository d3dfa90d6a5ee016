"""Real talks for scale: the 21,715 of KB_CORPUS (default ../shared/corpus/pyvideo-talks.jsonl.gz) as records of kb."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

from kb.index import Changes, Index, Put, Stored
from kb.records import Appearance, Note, Reading, Source, Talk
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


def fill(index: Index, all_talks: list[Talk]) -> None:
    """Commits talks to an index, each with its note."""
    puts = []
    for talk in all_talks:
        note = Note(talk.note, talk.title, talk.source, talk.event, talk.date)
        stored = Stored(talk.source.path, "", len(talk.text), 1, talk.note)
        puts.append(Put(stored, Reading(note, (talk,))))
    with index.writing():
        index.commit(Changes(tuple(puts), (), (str(CORPUS.parent),)), rebuild=True)
