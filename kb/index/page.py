"""The page of an answer: the first few of what was found, without putting all of it in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from typing import Any, overload

import numpy as np

from kb.index import FacetValue, Found, Page, Position, scoring
from kb.index.arrays import Floats, Ints
from kb.index.documents import Documents
from kb.index.order import key_of, values_of
from kb.query.tree import Query

GROUP = 16  # Scores of which only the best is looked at, to tell which may be among the highest.
FEW = 400  # As many are put in order at once, of more the last ones are told first.


class Ranked(Sequence[Found]):
    """Talks in the order of an answer, as rows: a record is read when it is looked at."""

    def __init__(self, documents: Documents, rows: Ints, scores: Floats) -> None:
        self.documents, self.rows, self.scores = documents, rows.tolist(), scores.tolist()

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Found: ...

    @overload
    def __getitem__(self, at: slice) -> list[Found]: ...

    def __getitem__(self, at: int | slice) -> Found | list[Found]:
        if isinstance(at, slice):
            return self.documents.found(self.rows[at], self.scores[at])
        return self.documents.found([self.rows[at]], [self.scores[at]])[0]


def likely(scores: Floats, count: int) -> Any:
    """Returns the places of the scores that may be among the highest few once they are rounded."""
    whole = len(scores) // GROUP
    if whole < count:
        return np.arange(len(scores))
    # At least as many scores as groups are no lower than the best of the last of so many groups.
    best = scores[: whole * GROUP].reshape(GROUP, whole).max(axis=0)
    least = np.partition(best, whole - count)[whole - count]
    return np.flatnonzero(scores >= least - 10.0**-scoring.DIGITS)


def first(keys: Sequence[Any], count: int) -> Any:
    """Returns the places of the first few in the order of some keys, the first key deciding before the second."""
    if len(keys[0]) <= FEW:
        return np.lexsort(keys[::-1])[:count]
    among, chosen = np.arange(len(keys[0])), []
    for key in keys:
        if len(among) <= count:
            break
        value = key[among]
        last = np.partition(value, count - 1)[count - 1]
        chosen.append(_ordered(keys, among[value < last]))  # They come before all that are alike in this key.
        among = among[value == last]
        count -= len(chosen[-1])
    return np.concatenate([*chosen, _ordered(keys, among)[:count]])


def _ordered(keys: Sequence[Any], places: Any) -> Any:
    return places[np.lexsort([key[places] for key in reversed(keys)])]


def page_of(
    query: Query,
    found: Sequence[Found],
    total: int,
    limit: int,
    after: Position | None,
    counted: dict[str, tuple[FacetValue, ...]],
) -> Page:
    """Cuts a page out of what was found, which may be just its beginning."""
    start = 0
    if after is not None:
        key = key_of(query, (*after.values, after.id))
        start = bisect_right(found, key, key=lambda f: key_of(query, values_of(query, f)))
    page = found[start : start + limit]
    more = start + limit < len(found) and page
    return Page(tuple(page), total, counted, partial(_position, query, page[-1]) if more else None)


def _position(query: Query, last: Found) -> Position:
    """Returns the position of a record in the order of a query."""
    *values, id = values_of(query, last)
    return Position(tuple(values), str(id))
