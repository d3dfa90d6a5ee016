"""tantivy behind the verbs of the rows: stemmed text, fast fields for rating, date, tools and speakers, on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tantivy import Document, FieldType, Index, Occur, Order, Query, SchemaBuilder, SnippetGenerator

from bench.peers import FACET_VALUES, FIELDS, TEN, Hits, How, Plain, Record
from kb.fields import WEIGHTS

BOOSTS = {field: WEIGHTS[field] for field in FIELDS}
RATING = 100  # Ratings are kept as integers, which are found as terms.
COUNTS = {
    name: {"terms": {"field": name, "size": FACET_VALUES, "segment_size": FACET_VALUES}}
    for name in ("tools", "speakers")
}


class Tantivy:
    """One segment, mapped; a hit's id and title come from the stored documents."""

    name = "tantivy"
    lacks: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        self.index = Index.open(str(folder))
        self.schema = self.index.schema

    def _run(self, query: Query, count: bool = False, **order: Any) -> Hits:
        searcher = self.index.searcher()
        found = searcher.search(query, TEN, count=count, **order)
        return [_title(searcher.doc(at)) for _, at in found.hits]

    def _words(self, words: Sequence[str], how: How) -> Query:
        text = f'"{" ".join(words)}"' if how == "phrase" else " ".join(words)
        return self.index.parse_query(text, list(FIELDS), field_boosts=BOOSTS, conjunction_by_default=how == "all")

    def words(self, words: Sequence[str], how: How) -> Hits:
        """Finds words: all, any, or side by side."""
        return self._run(self._words(words, how))

    def total(self, words: Sequence[str], how: How) -> int:
        """Returns how many talks have words."""
        found: Any = self.index.searcher().search(
            self._words(words, how), 1, count=True
        )  # `count` is not in its stubs.
        return int(found.count)

    def counted(self, word: str) -> Hits:
        """Finds a word, and counts all talks that have it."""
        return self._run(self._words((word,), "all"), count=True)

    def _near(self, word: str, distance: int, prefix: bool) -> Hits:
        each = [
            Query.boost_query(Query.fuzzy_term_query(self.schema, field, word, distance, True, prefix), BOOSTS[field])
            for field in FIELDS
        ]
        return self._run(Query.boolean_query([(Occur.Should, query) for query in each]))

    def prefix(self, beginning: str) -> Hits:
        """Finds words that begin so."""
        return self._near(beginning, 0, True)

    def fuzzy(self, word: str) -> Hits:
        """Finds words within one edit."""
        return self._near(word, 1, False)

    def rated(self, rating: float) -> Hits:
        """Finds the newest talks with a rating."""
        query = Query.term_query(self.schema, "rating", round(rating * RATING))
        return self._run(query, order_by_field="date", order=Order.Desc)

    def _least(self, field: str, value: int) -> Query:
        return Query.const_score_query(
            Query.range_query(self.schema, field, FieldType.Integer, lower_bound=value, upper_bound=None), 0.0
        )

    def faceted(self, word: str, least: float) -> Hits:
        """Finds a word in talks with at least a rating, and counts their tools and speakers."""
        both = [self._words((word,), "all"), self._least("rating", round(least * RATING))]
        query = Query.boolean_query([(Occur.Must, one) for one in both])
        self.index.searcher().aggregate(query, COUNTS)
        return self._run(query)

    def snippets(self, word: str) -> Hits:
        """Finds a word and marks it in a passage of each hit."""
        searcher = self.index.searcher()
        query = self._words((word,), "all")
        generator = SnippetGenerator.create(searcher, query, self.schema, "text")
        hits = []
        for _, at in searcher.search(query, TEN, count=False).hits:
            document = searcher.doc(at)
            generator.snippet_from_doc(document).to_html()
            hits.append(_title(document))
        return hits

    def question(self, asked: Plain) -> Hits:
        """Answers what a question in plain English means."""
        parts = [self._words(asked.words, "all")] if asked.words else []
        if asked.speaker:
            parts.append(self.index.parse_query(f'speaker:"{asked.speaker}"', ["speaker"]))
        if asked.tool:
            parts.append(Query.term_query(self.schema, "tools", asked.tool))
        if asked.least is not None:
            parts.append(self._least("rating", round(asked.least * RATING)))
        if asked.since is not None:
            parts.append(self._least("date", asked.since))
        query = Query.boolean_query([(Occur.Must, part) for part in parts])
        return self._run(query, order_by_field="rating", order=Order.Desc) if asked.best else self._run(query)


def _title(document: Document) -> tuple[str, str]:
    return str(document.get_first("id")), str(document.get_first("title"))


def build(folder: Path, records: Iterable[Record], threads: int = 1) -> None:
    """Writes the folder anew and commits, which fsyncs; with one thread into as few segments as can be."""
    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for field in FIELDS:
        builder.add_text_field(field, stored=field in ("title", "text"), tokenizer_name="en_stem")
    for field in ("tools", "speakers"):
        builder.add_text_field(field, fast=True, tokenizer_name="raw", index_option="basic")
    for field in ("rating", "date"):
        builder.add_integer_field(field, indexed=True, fast=True)
    folder.mkdir(parents=True, exist_ok=True)
    index = Index(builder.build(), path=str(folder), reuse=False)
    writer = index.writer(1_000_000_000 if threads == 1 else 256_000_000, threads)
    for record in records:
        writer.add_document(_document(record))
    writer.commit()
    if threads == 1:
        writer.wait_merging_threads()


def _document(record: Record) -> Document:
    document = Document(id=record.id, **record.prose())
    document.extend({"tools": list(record.tools), "speakers": list(record.speakers)}, None)
    document.add_integer("rating", round(record.rating * RATING))
    document.add_integer("date", record.date)
    return document


class Edits:
    """Replaces talks in a commit, which fsyncs."""

    def __init__(self, folder: Path) -> None:
        self.index = Index.open(str(folder))
        self.writer = self.index.writer(64_000_000, 1)

    def replace(self, records: Iterable[Record], word: str) -> int:
        """Replaces the talks with these ids, and returns how many have a word afterwards."""
        for record in records:
            self.writer.delete_documents_by_term("id", record.id)
            self.writer.add_document(_document(record))
        self.writer.commit()
        self.index.reload()
        found: Any = self.index.searcher().search(self.index.parse_query(word, ["text"]), TEN, count=True)
        return int(found.count)
