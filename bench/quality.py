"""How well known talks are found, beside SQLite FTS5 and tantivy, in one run: `make quality`.

Known-item search over real talks: a query is made by a fixed rule from a talk that is drawn by a fixed seed, and the
talk must come first, or among the first ten. Families: two to four words of the title; a speaker's surname and a word
of the title; three to five words of the description; each of them also with one typo. Talks with the same title and
speakers are one item, for every engine alike.

Two thousand queries tell apart what differs by two in a hundred or more; KB_QUERIES asks others.

The peers have stemming, the same fields with the same weights, and the best of what their own means give: all words,
else any of them; tantivy also its fuzzy terms.
"""

from __future__ import annotations

import os
import random
import re
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import tantivy

from bench.corpus import fill, talks
from kb.config import Config
from kb.fields import WEIGHTS
from kb.index import open_index
from kb.query.vocabulary import STOP
from kb.records import Talk
from kb.service import KnowledgeBase, Request
from kb.words import fold

QUERIES = int(os.environ.get("KB_QUERIES", "2000"))
DEPTH = 10
SEED = 20_261_123
FAMILIES = ("title", "speaker and title", "description")

Item = tuple[str, tuple[str, ...]]
Engine = Callable[[str], list[Item]]


class Asked(NamedTuple):
    """A query, its family, and the talk that it is made from."""

    family: str
    text: str
    item: Item


def item_of(talk: Talk) -> Item:
    """Returns what makes two records the same talk."""
    return fold(talk.title), tuple(fold(p.name) for p in talk.speakers)


def words(text: str, least: int) -> list[str]:
    """Returns the words of a text that say something, each once."""
    said = re.findall(r"[^\W\d_]+", text)
    return [w for w in dict.fromkeys(said) if len(w) >= least and fold(w) not in STOP]


def queries(all_talks: list[Talk], draw: random.Random) -> list[Asked]:
    """Makes the queries, as many of each family."""
    made: list[Asked] = []
    while len(made) < QUERIES:
        family = FAMILIES[len(made) // 2 % 3]
        talk = draw.choice(all_talks)
        text = _query(family, talk, draw)
        if not text:
            continue
        if len(made) % 2:
            wrong = typo(text, draw)
            if wrong is None:
                continue
            made.append(Asked(f"{family}, a typo", wrong, item_of(talk)))
        else:
            made.append(Asked(family, text, item_of(talk)))
    return made


def _query(family: str, talk: Talk, draw: random.Random) -> str | None:
    title = words(talk.title, 3)
    if family == "title":
        return _some(title, draw.randint(2, 4), draw) if len(title) >= 2 else None
    if family == "speaker and title":
        people = [p.name.split() for p in talk.speakers if "various" not in p.name.lower()]  # Nobody in particular.
        surnames = [name[-1] for name in people if len(name) > 1 and name[-1].isalpha()]
        return f"{draw.choice(surnames)} {draw.choice(title)}" if surnames and title else None
    said = words(talk.text.partition("\n")[2], 5)
    return _some(said, draw.randint(3, 5), draw) if len(said) >= 8 else None


def _some(of: list[str], n: int, draw: random.Random) -> str:
    chosen = sorted(draw.sample(range(len(of)), min(n, len(of))))
    return " ".join(of[k] for k in chosen).lower()


def typo(text: str, draw: random.Random) -> str | None:
    """Returns a query with one letter of one longer word dropped, doubled, swapped or replaced."""
    said = text.split()
    long = [n for n, word in enumerate(said) if len(word) >= 5]
    if not long:
        return None
    n = draw.choice(long)
    word = said[n]
    at = draw.randrange(1, len(word) - 1)
    other = draw.choice("abcdefghijklmnopqrstuvwxyz".replace(word[at].lower(), ""))
    wrong = draw.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + other + word[at + 1 :],
        ]
    )
    return None if wrong == word else " ".join([*said[:n], wrong, *said[n + 1 :]])


def kb_engine(folder: Path, all_talks: list[Talk]) -> Engine:
    """Returns kb itself, asked as a user does."""
    index = open_index(folder)
    if not (folder / "current").exists():
        fill(index, all_talks)
    base = KnowledgeBase(Config(index=folder), index)
    items = {talk.id: item_of(talk) for talk in all_talks}

    def search(text: str) -> list[Item]:
        return [
            items[hit.id] for hit in base.reader().search(Request(text, kind="talk", limit=DEPTH, highlight=False)).hits
        ]

    return search


def fts5(all_talks: list[Talk]) -> Engine:
    """Returns SQLite's full-text search: Porter stemming, folded diacritics, weighted BM25; all words, else any."""
    base = sqlite3.connect(":memory:")
    base.execute(
        "create virtual table talks using fts5(title, speaker, event, text, tokenize='porter unicode61 remove_diacritics 2')"
    )
    base.executemany(
        "insert into talks(rowid, title, speaker, event, text) values (?, ?, ?, ?, ?)",
        ((n, t.title, "\n".join(p.name for p in t.speakers), t.event, t.text) for n, t in enumerate(all_talks)),
    )
    weights = ", ".join(str(WEIGHTS[field]) for field in ("title", "speaker", "event", "text"))
    ask = f"select rowid from talks where talks match ? order by bm25(talks, {weights}) limit {DEPTH}"

    def search(text: str) -> list[Item]:
        quoted = [f'"{word}"' for word in re.findall(r"\w+", text)]
        found = [n for (n,) in base.execute(ask, (" AND ".join(quoted),))]
        if len(found) < DEPTH:
            more = [n for (n,) in base.execute(ask, (" OR ".join(quoted),))]
            found += [n for n in more if n not in found]
        return [item_of(all_talks[n]) for n in found[:DEPTH]]

    return search


def tantivy_engine(all_talks: list[Talk], fuzzy: bool) -> Engine:
    """Returns tantivy: English stems, boosted fields; all words, else (fuzzy, if so) any."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("n", stored=True)
    fields = ("title", "speaker", "event", "text")
    for field in fields:
        builder.add_text_field(field, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer(200_000_000, 1)
    for n, talk in enumerate(all_talks):
        people = "\n".join(p.name for p in talk.speakers)
        writer.add_document(
            tantivy.Document(n=n, title=[talk.title], speaker=[people], event=[talk.event or ""], text=[talk.text])
        )
    writer.commit()
    index.reload()
    searcher = index.searcher()
    boosts = {field: WEIGHTS[field] for field in fields}
    near = dict.fromkeys(fields, (False, 1, True))

    def run(text: str, all_words: bool, nearly: bool) -> list[int]:
        query = index.parse_query(
            text,
            list(fields),
            field_boosts=boosts,
            conjunction_by_default=all_words,
            fuzzy_fields=near if nearly else {},
        )
        return [searcher.doc(at)["n"][0] for _, at in searcher.search(query, DEPTH).hits]

    def search(text: str) -> list[Item]:
        bare = " ".join(re.findall(r"\w+", text))
        found: list[int] = []
        for all_words, nearly in ((True, False), *(((True, True),) if fuzzy else ()), (False, False)):
            if len(found) < DEPTH:
                found += [n for n in run(bare, all_words, nearly) if n not in found]
        return [item_of(all_talks[n]) for n in found[:DEPTH]]

    return search


class Score(NamedTuple):
    """Of some queries: how often the talk comes first and among the first ten, and the mean reciprocal rank."""

    first: float
    ten: float
    mrr: float


def score(engine: Engine, asked: list[Asked], missed: list[tuple[str, str, Item]] | None = None) -> Score:
    """Asks an engine some queries."""
    ranks = []
    for query in asked:
        found = engine(query.text)
        rank = found.index(query.item) + 1 if query.item in found else 0
        ranks.append(rank)
        if missed is not None and rank != 1:
            missed.append((query.family, query.text, query.item))
    return Score(
        statistics.mean(rank == 1 for rank in ranks),
        statistics.mean(rank > 0 for rank in ranks),
        statistics.mean(1 / rank if rank else 0.0 for rank in ranks),
    )


def main(folder: Path) -> None:
    """Prints the table."""
    all_talks = list(talks())
    asked = queries(all_talks, random.Random(SEED))
    missed: list[tuple[str, str, Item]] = []
    engines = {
        "kb": kb_engine(folder, all_talks),
        "FTS5": fts5(all_talks),
        "tantivy": tantivy_engine(all_talks, fuzzy=False),
        "tantivy, fuzzy": tantivy_engine(all_talks, fuzzy=True),
    }
    print(f"{len(asked):,} queries over {len(all_talks):,} talks: success at 1, at {DEPTH}, mean reciprocal rank\n")
    print(f"{'':28}" + "".join(f"{name:>22}" for name in engines))
    for family in [f"{name}{end}" for name in FAMILIES for end in ("", ", a typo")] + ["all"]:
        of = [q for q in asked if family in (q.family, "all")]
        scores = [score(e, of, missed if n == "kb" and family != "all" else None) for n, e in engines.items()]
        print(f"{family:28}" + "".join(f"{s.first:10.3f}{s.ten:6.3f}{s.mrr:6.3f}" for s in scores))
    if "--misses" in sys.argv:
        for family, text, item in missed:
            print(f"{family}: {text!r} not first: {item[0]!r} {', '.join(item[1])}")


if __name__ == "__main__":
    given = [arg for arg in sys.argv[1:] if not arg.startswith("-")]
    if given:
        main(Path(given[0]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made) / "index")
