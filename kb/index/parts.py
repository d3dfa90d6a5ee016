"""The ratings and mentions of an answer's page: those of the talks that come first are read, all others are counted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kb.index import Found, Position
from kb.index.arrays import Ints
from kb.index.order import key_of, values_of
from kb.query.tree import Query

Reading = Callable[[int], list[Found]]


def enough(
    query: Query, keys: Sequence[Any], files: Ints, times: Ints, read: Reading, limit: int, after: Position | None
) -> list[Found]:
    """Returns records, sorted, among which those of a page and the one behind it are.

    Of talks there are the keys that they are ordered by, the last one their place; their files; and how many records each
    has, at least one, which `read` reads by the talk's number here. Talks that are alike in all keys but place and stand
    in one file are taken together: how their records follow each other is up to the lines.
    """
    order = np.lexsort(keys[::-1])
    alike = np.stack([*(key[order] for key in keys[:-1]), files[order]])
    ends = np.append(np.flatnonzero((alike[:, 1:] != alike[:, :-1]).any(axis=0)) + 1, len(order))
    depth = len(query.sort) + 2  # The asked keys, the score and the path.

    def begins(n: int) -> tuple[object, ...]:
        return key_of(query, values_of(query, read(int(order[n]))[0]))[:depth]

    first, wanted = 0, limit + 1
    if after is not None:
        first = bisect_left(range(len(order)), key_of(query, (*after.values, after.id))[:depth], key=begins)
        wanted += int(times[order[first : _next(ends, first)]].sum())
    counted = np.cumsum(times[order[first:]])
    last = _next(ends, first + int(np.searchsorted(counted, wanted)))
    found = [one for n in order[first:last].tolist() for one in read(n)]
    return sorted(found, key=lambda one: key_of(query, values_of(query, one)))


def _next(ends: Any, at: int) -> int:
    """Returns the end of the talks that are taken together with one."""
    return int(ends[min(int(np.searchsorted(ends, at, side="right")), len(ends) - 1)])
