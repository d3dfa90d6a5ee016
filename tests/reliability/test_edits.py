"""An index that has followed the notes through any edits is the one that is built of them at once."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec

from kb.config import Config
from kb.service import KnowledgeBase, Request
from tests.reliability.counted import counted, times
from tests.reliability.notes import edit

SCRIPTS = times(200, 2_000)
EDITS = 12
QUESTIONS = (
    "caches", "five-star talks", "lovelace", "kay", "tool:postgres", "tool:k8s", "talks by Grace Hopper", "speakers",
    "tools", "speakers from Acme", "cache* latncy~", '"tail latency"', "-linux", "talks sort:title", "ratings",
    "mentions sort:-date", "notes", "has:handle sort:-rating,speaker", "tail latency caches", "postgress",
)  # fmt: skip
FACETS = ("tool", "speaker", "affiliation", "event", "rating", "year", "kind")


def said(base: KnowledgeBase) -> list[str]:
    """Returns all that an index says: what it exports, its answers with their scores, completions, and problems."""
    base.index.verify()
    reader = base.reader()
    answers = [reader.search(Request(q, limit=50, facets=FACETS)) for q in QUESTIONS]
    shown = [
        *reader.export(),
        *((a.kind, a.hits, a.total, a.facets, a.query) for a in answers),
        *(reader.suggest(typed) for typed in ("ta", "hopper", "po", "tool:", "lat")),
        reader.fields(),
        reader.problems(),
        reader.status().counts,
    ]
    return [msgspec.json.encode(one).decode() for one in shown]


def test_an_index_that_followed_edits_is_the_one_built_anew(tmp_path: Path) -> None:
    with counted("rebuild equals incremental", SCRIPTS) as details:
        generations = 0
        for seed in range(SCRIPTS):
            draw, done = random.Random(seed), []
            notes = tmp_path / f"notes-{seed}"
            notes.mkdir()
            follows = KnowledgeBase(Config(index=tmp_path / f"follows-{seed}", notes=str(notes)))
            for _ in range(EDITS):
                done += [edit(notes, draw) for _ in range(draw.randint(1, 2))]
                one = draw.choice(sorted(map(str, notes.rglob("*.md"))) or [""])
                follows.ingest([one] if one and len(done) > 4 and draw.random() < 0.3 else [])
            follows.ingest()
            anew = KnowledgeBase(Config(index=tmp_path / f"anew-{seed}", notes=str(notes)))
            anew.ingest()
            generations += follows.index.snapshot().generation
            for one, other in zip(said(follows), said(anew), strict=True):
                assert one == other, f"script {seed}: {'; '.join(done)}"
        details["generations"] = generations
