"""The engines that kb is measured beside: each answers the same few verbs, so that every row is written once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from kb.fields import WEIGHTS
from kb.index import Snapshot
from kb.records import Talk

TEN = 10
FACET_VALUES = 50  # What KnowledgeBase.search lists of a facet.
FIELDS = tuple(WEIGHTS)  # Where bare words look: title, speaker, affiliation, event, tool, text.

Hits = list[tuple[str, str]]  # Ids and titles of the first ten.
How = Literal["all", "any", "phrase"]


class Record(Struct, frozen=True):
    """A talk as every engine indexes it; a date is yyyymmdd and 0 where there is none, a rating -1 where there is none."""

    id: str
    title: str
    speakers: tuple[str, ...]
    affiliations: tuple[str, ...]
    event: str
    tools: tuple[str, ...]
    rating: float
    date: int
    text: str

    def prose(self) -> dict[str, str]:
        """Returns the text of each field where bare words look."""
        many = {"speaker": self.speakers, "affiliation": self.affiliations, "tool": self.tools}
        one = {"title": self.title, "event": self.event, "text": self.text}
        return {field: "\n".join(many[field]) if field in many else one[field] for field in FIELDS}


class Plain(Struct, frozen=True):
    """A question in plain English, and what it means to an engine that does not read English."""

    text: str
    words: tuple[str, ...] = ()
    least: float | None = None
    since: int | None = None
    speaker: str | None = None
    tool: str | None = None
    best: bool = False


class Engine(Protocol):
    """An index of the records that answers the rows' questions with id and title of the first ten."""

    name: str
    lacks: frozenset[str]  # Verbs that it has no means for.

    def words(self, words: Sequence[str], how: How) -> Hits:
        """Finds words: all, any, or side by side."""

    def total(self, words: Sequence[str], how: How) -> int:
        """Returns how many talks have words."""

    def counted(self, word: str) -> Hits:
        """Finds a word, and counts all talks that have it."""

    def prefix(self, beginning: str) -> Hits:
        """Finds words that begin so."""

    def fuzzy(self, word: str) -> Hits:
        """Finds words within one edit."""

    def rated(self, rating: float) -> Hits:
        """Finds the newest talks with a rating."""

    def faceted(self, word: str, least: float) -> Hits:
        """Finds a word in talks with at least a rating, and counts the tools and speakers of all of them."""

    def snippets(self, word: str) -> Hits:
        """Finds a word and marks it in a passage of each hit."""

    def question(self, asked: Plain) -> Hits:
        """Answers a question in plain English, or what it means."""


class Edits(Protocol):
    """A peer that is open for writing."""

    def replace(self, records: Iterable[Record], word: str) -> int:
        """Replaces the talks with these ids durably, and returns how many have a word afterwards."""


def records(snapshot: Snapshot) -> Iterator[Record]:
    """Yields the talks of an index, as kb read them."""
    for reading in snapshot.readings():
        for talk in reading.talks:
            yield _record(talk)


def _record(talk: Talk) -> Record:
    return Record(
        id=talk.id,
        title=talk.title,
        speakers=_each(p.name for p in talk.speakers),
        affiliations=_each(p.affiliation for p in talk.speakers),
        event=talk.event or "",
        tools=_each(m.name for m in talk.mentions),
        rating=talk.rating.value if talk.rating else -1.0,
        date=int((talk.date or "0").replace("-", "").ljust(8, "0")),
        text=talk.text,
    )


def _each(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
