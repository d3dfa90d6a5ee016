"""The order of an answer: the asked keys, then the score, then what tells any two records apart."""

from __future__ import annotations

from typing import TypeAlias

from kb.index import Found
from kb.index.columns import text_of
from kb.query.tree import Query
from kb.records import Mention, Note, Rating, Speaker, Talk, Tool, year_of
from kb.words import fold

Value: TypeAlias = "float | str | None"


class _Descending:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: float | str) -> None:
        self.value = value

    def __lt__(self, other: _Descending) -> bool:
        return other.value < self.value  # type: ignore[operator]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]


def values_of(query: Query, found: Found) -> tuple[Value, ...]:
    """Returns the values that a record is ordered by, its id last."""
    asked = [_value(found, key.field) for key in query.sort]
    return (*asked, found.score, *_ties(found), found.id)


def key_of(query: Query, values: tuple[Value, ...]) -> tuple[object, ...]:
    """Returns values as a key that sorts: what is missing last, what descends turned round."""
    descending = [*(key.descending for key in query.sort), True, query.kind in ("speaker", "tool")]
    descending += [False] * (len(values) - len(descending))
    return tuple(
        (1,) if value is None else (0, _Descending(value) if down else value)
        for value, down in zip(values, descending, strict=True)
    )


def _ties(found: Found) -> tuple[Value, ...]:
    """Returns what stands behind the score: for people and tools how many talks and the name, else the place."""
    record = found.record
    if isinstance(record, Speaker | Tool):
        return len(record.talks), fold(record.name)
    if isinstance(record, Talk | Note):
        return record.source.path, record.source.line
    assert found.talk is not None
    column = record.column if isinstance(record, Mention) else 0
    return found.talk.source.path, record.line, column


def _value(found: Found, field: str) -> Value:
    """Returns a record's value of a field to sort by; a part of a talk takes it from the talk."""
    record = found.record
    if isinstance(record, Speaker | Tool):
        if field in ("title", "speaker"):
            return fold(record.name)
        return record.mean_rating if field == "rating" and isinstance(record, Speaker) else None
    if isinstance(record, Rating | Mention):
        assert found.talk is not None
        record = found.talk
    return value_in(record, field)


def value_in(record: Talk | Note, field: str) -> Value:
    """Returns a talk's or note's value of a field to sort by, None where it has none."""
    if field == "rating":
        return record.rating.value if isinstance(record, Talk) and record.rating else None
    return year_of(record) if field == "year" else text_of(record, field)
