"""The ratings and mentions of an answer's page: those of the talks that come first are read, all others are counted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kb.index import Found
from kb.index.arrays import Ints
from kb.index.order import key_of, values_of
from kb.query.tree import Query

Reading = Callable[[int], list[Found]]


def page_of_parts(
    query: Query, keys: Sequence[Any], files: Ints, times: Ints, read: Reading, limit: int, start: int
) -> list[Found]:
    """Returns `limit` records from the one at `start` on.

    Of talks there are the keys that they are ordered by, the last one their place; their files; and how many records each
    has, at least one, which `read` reads by the talk's number here. Talks that are alike in all keys but place and stand
    in one file are taken together: how their records follow each other is up to the lines.
    """
    order = np.lexsort(keys[::-1])
    upto = np.cumsum(times[order])  # How many records there are up to each talk, its own among them.
    if not limit or not len(order) or start >= upto[-1]:
        return []
    alike = np.stack([*(key[order] for key in keys[:-1]), files[order]])
    bounds = [0, *(np.flatnonzero((alike[:, 1:] != alike[:, :-1]).any(axis=0)) + 1).tolist(), len(order)]
    of_first, of_last = np.searchsorted(upto, [start, min(start + limit, upto[-1]) - 1], side="right").tolist()
    first = bounds[bisect_right(bounds, of_first) - 1]
    last = bounds[bisect_right(bounds, of_last)]
    found = [one for n in order[first:last].tolist() for one in read(n)]
    found.sort(key=lambda one: key_of(query, values_of(query, one)))
    before = int(upto[first - 1]) if first else 0
    return found[start - before : start - before + limit]
