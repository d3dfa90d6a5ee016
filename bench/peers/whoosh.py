"""Whoosh's own schema, writer and searcher behind the verbs of the rows: what kb would be without its snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from whoosh import fields, index, query, sorting
from whoosh.analysis import StemmingAnalyzer

from bench.peers import FACET_VALUES, FIELDS, TEN, Hits, How, Plain, Record
from kb.fields import WEIGHTS
from kb.words import stem

RATING = 100


class Whoosh:
    """One searcher for all questions."""

    name = "Whoosh"
    lacks: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        self.searcher = index.open_dir(str(folder)).searcher()

    def _run(self, asked: query.Query, **how: Any) -> Hits:
        return [(hit["id"], hit["title"]) for hit in self.searcher.search(asked, limit=TEN, **how)]

    def words(self, words: Sequence[str], how: How) -> Hits:
        """Finds words: all, any, or side by side."""
        return self._run(_query(words, how))

    def total(self, words: Sequence[str], how: How) -> int:
        """Returns how many talks have words."""
        return len(self.searcher.search(_query(words, how), limit=1))

    def counted(self, word: str) -> Hits:
        """Finds a word, and counts all talks that have it."""
        found = self.searcher.search(_query((word,), "all"), limit=TEN)
        len(found)
        return [(hit["id"], hit["title"]) for hit in found]

    def prefix(self, beginning: str) -> Hits:
        """Finds words that begin so."""
        return self._run(query.Or([query.Prefix(field, beginning, boost=WEIGHTS[field]) for field in FIELDS]))

    def fuzzy(self, word: str) -> Hits:
        """Finds words within one edit."""
        return self._run(query.Or([query.FuzzyTerm(field, word, boost=WEIGHTS[field]) for field in FIELDS]))

    def rated(self, rating: float) -> Hits:
        """Finds the newest talks with a rating."""
        return self._run(query.Term("rating", _number(rating)), sortedby="date", reverse=True)

    def faceted(self, word: str, least: float) -> Hits:
        """Finds a word in talks with at least a rating, and counts their tools and speakers."""
        by = {
            name: sorting.FieldFacet(name, allow_overlap=True, maptype=sorting.Count) for name in ("tools", "speakers")
        }
        wanted = query.And([_query((word,), "all"), query.NumericRange("rating", round(least * RATING), None)])
        found = self.searcher.search(wanted, limit=TEN, groupedby=by)
        for name in by:
            sorted(found.groups(name).items(), key=lambda item: -item[1])[:FACET_VALUES]
        return [(hit["id"], hit["title"]) for hit in found]

    def snippets(self, word: str) -> Hits:
        """Finds a word and marks it in a passage of each hit."""
        found = self.searcher.search(_query((word,), "all"), limit=TEN)
        return [(hit["id"], hit["title"]) for hit in found if hit.highlights("text") is not None]

    def question(self, asked: Plain) -> Hits:
        """Answers what a question in plain English means."""
        parts = [_query(asked.words, "all")] if asked.words else []
        if asked.speaker:
            parts.append(query.Phrase("speaker", [stem(word) for word in asked.speaker.lower().split()]))
        if asked.tool:
            parts.append(query.Term("tools", asked.tool))
        if asked.least is not None:
            parts.append(query.NumericRange("rating", round(asked.least * RATING), None))
        if asked.since is not None:
            parts.append(query.NumericRange("date", asked.since, None))
        return self._run(query.And(parts), **({"sortedby": "rating", "reverse": True} if asked.best else {}))


def _number(rating: float) -> bytes:
    return bytes(SCHEMA["rating"].to_bytes(round(rating * RATING)))


def _query(words: Sequence[str], how: How) -> query.Query:
    stems = [stem(word) for word in words]
    if how == "phrase":
        return query.Or([query.Phrase(field, stems, boost=WEIGHTS[field]) for field in FIELDS])
    each = [query.Or([query.Term(field, one, boost=WEIGHTS[field]) for field in FIELDS]) for one in stems]
    return each[0] if len(each) == 1 else query.And(each) if how == "all" else query.Or(each)


def _schema() -> fields.Schema:
    stemmed = StemmingAnalyzer(stemfn=stem, stoplist=None, minsize=1, cachesize=-1)
    prose = {field: fields.TEXT(analyzer=stemmed, stored=field in ("title", "text")) for field in FIELDS}
    named = {name: fields.KEYWORD(commas=True) for name in ("tools", "speakers")}
    numbers = {name: fields.NUMERIC(int, sortable=True) for name in ("rating", "date")}
    return fields.Schema(id=fields.ID(stored=True), **prose, **named, **numbers)


SCHEMA = _schema()


def build(folder: Path, records: Iterable[Record]) -> None:
    """Writes the folder anew, in one segment."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = index.create_in(str(folder), SCHEMA).writer(limitmb=512)
    for record in records:
        writer.add_document(
            id=record.id,
            tools=",".join(name.replace(",", " ") for name in record.tools),
            speakers=",".join(name.replace(",", " ") for name in record.speakers),
            rating=round(record.rating * RATING),
            date=record.date,
            **record.prose(),
        )
    writer.commit(optimize=True)
