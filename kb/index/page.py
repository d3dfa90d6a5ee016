"""The first few of what was found, without putting all of it in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kb.index import scoring
from kb.index.arrays import Floats

GROUP = 16  # Scores of which only the best is looked at, to tell which may be among the highest.
FEW = 400  # As many are put in order at once, of more the last ones are told first.


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
    if len(keys[0]) <= max(FEW, count):
        return np.lexsort(keys[::-1])[:count]
    if not count:
        return np.zeros(0, dtype=np.intp)
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
