"""kb itself behind the verbs of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.peers import TEN, Hits, How, Plain
from kb import answers
from kb.config import Config
from kb.index import Page
from kb.query.tree import Fuzzy, Node, Phrase, Prefix, Query, Range, SortKey, Term, conjunction, disjunction
from kb.service import KnowledgeBase, Request


class Kb:
    """Query trees on one snapshot; snippets and plain English through the KnowledgeBase, as a front end asks them."""

    name = "kb"
    lacks: frozenset[str] = frozenset()

    def __init__(self, folder: Path, warm: bool = True) -> None:
        self.base = KnowledgeBase(Config(index=folder))
        self.snapshot = self.base.index.snapshot()
        if warm:  # As a server does when it starts.
            self.snapshot.warm()

    def _found(self, where: Node, sort: tuple[SortKey, ...] = (), facets: tuple[str, ...] = ()) -> Page:
        return self.snapshot.search(Query(where, "talk", sort), TEN, 0, facets)

    def words(self, words: Sequence[str], how: How) -> Hits:
        """Finds words: all, any, or side by side."""
        return _hits(self._found(_tree(words, how)))

    def total(self, words: Sequence[str], how: How) -> int:
        """Returns how many talks have words."""
        return self._found(_tree(words, how)).total

    def counted(self, word: str) -> Hits:
        """Finds a word; a page always says how many there are."""
        return _hits(self._found(Term(word)))

    def prefix(self, beginning: str) -> Hits:
        """Finds words that begin so."""
        return _hits(self._found(Prefix(beginning)))

    def fuzzy(self, word: str) -> Hits:
        """Finds words within one edit."""
        return _hits(self._found(Fuzzy(word)))

    def rated(self, rating: float) -> Hits:
        """Finds the newest talks with a rating."""
        return _hits(self._found(Term(f"{rating:g}", "rating"), (SortKey("date", True),)))

    def faceted(self, word: str, least: float) -> Hits:
        """Finds a word in talks with at least a rating, and counts their tools and speakers."""
        where = conjunction(Term(word), Range("rating", f"{least:g}", None))
        return _hits(self._found(where, facets=("tool", "speaker")))

    def snippets(self, word: str) -> Hits:
        """Finds a word and marks it in passages of each hit."""
        return _answered(self.base.reader().search(Request(word, kind="talk", limit=TEN)))

    def question(self, asked: Plain) -> Hits:
        """Answers a question from its text to the bytes of its JSON."""
        answer = self.base.reader().search(Request(asked.text, limit=TEN))
        answers.encode(answer)
        return _answered(answer)


def _tree(words: Sequence[str], how: How) -> Node:
    if how == "phrase":
        return Phrase(" ".join(words))
    return (conjunction if how == "all" else disjunction)(*map(Term, words))


def _hits(page: Page) -> Hits:
    return [(found.id, found.title) for found in page.found]


def _answered(answer: answers.Answer) -> Hits:
    return [(hit.id, getattr(hit, "title", "")) for hit in answer.hits]
