"""How the talks of an answer spread over a field's values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from kb.fields import FIELDS
from kb.index import FacetValue
from kb.index.arrays import Ints
from kb.index.columns import HUNDREDTHS
from kb.index.documents import Documents
from kb.index.segments import Mask
from kb.index.tools import Pairs
from kb.words import fold

MOST = 50  # Values of a facet that are told, the most frequent.


class Values(NamedTuple):
    """The values of a field: of row n those from starts[n] to starts[n + 1], each as its place in alphabetical order,
    and what tells the texts of some places.
    """

    starts: Ints
    places: Ints
    texts: Callable[[list[int]], Iterable[str]]


class Facets:
    """Counts the values of fields over some talks of a generation."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._values: dict[str, Values] = {}

    def count(self, field: str, rows: Ints) -> tuple[FacetValue, ...]:
        """Returns the values of a field that most of some talks have; a talk counts once for each."""
        if field == "kind":
            return _kinds(rows, self._documents)
        if FIELDS[field].type == "number":
            return _numbers(field, rows, self._documents)
        values = self._known(field)
        counts = np.bincount(_of(values, rows)).astype(np.int32)
        best = _most_frequent(counts, MOST)
        texts = values.texts(best.tolist())
        return tuple(FacetValue(text, text, n) for text, n in zip(texts, counts[best].tolist(), strict=True))

    def warm(self, field: str) -> None:
        """Puts the values of a field in order, so that no question waits for it."""
        if FIELDS[field].type != "number" and field != "kind":
            self._known(field)

    def _known(self, field: str) -> Values:
        if field not in self._values:
            self._values[field] = _people(self._documents) if field == "speaker" else _tags(field, self._documents)
        return self._values[field]


def _of(values: Values, rows: Ints) -> Ints:
    """Returns the places of all values of some rows."""
    starts = values.starts.take(rows)
    times = values.starts.take(rows + 1) - starts
    ends = np.cumsum(times, dtype=np.int32)
    return values.places.take(np.repeat(starts - (ends - times), times) + np.arange(ends[-1] if len(ends) else 0))


def _most_frequent(counts: Ints, most: int) -> Ints:
    """Returns the places of the highest counts above zero, the highest first, of equal ones the first."""
    found = np.flatnonzero(counts)
    if len(found) > most:
        having = counts[found]
        least = np.partition(having, len(found) - most)[len(found) - most]
        more = found[having > least]
        found = np.concatenate([more, found[having == least][: most - len(more)]])
    order: Ints = found[np.lexsort((found, -counts[found]))].astype(np.int32)
    return order


def _people(documents: Documents) -> Values:
    """Returns the names of speakers; people of one name count as that name."""
    people = documents.people
    live = np.flatnonzero(people.talk_counts)
    names = list(people.names_of(live.tolist()))
    first: dict[str, int] = {}
    for name, number in zip(names, live.tolist(), strict=True):
        first.setdefault(name, number)
    order = sorted(first, key=_alphabetical)
    place = {name: n for n, name in enumerate(order)}
    places = np.full(len(people.talk_counts), -1, dtype=np.int32)
    places[live] = [place[name] for name in names]
    numbers = [first[name] for name in order]
    rows, of = people.pairs.rows, places[people.pairs.numbers]
    if len(order) < len(live):
        keys = np.unique(rows.astype(np.int64) << 32 | of)
        rows, of = keys >> 32, keys & 0xFFFFFFFF
    return _by_row(Pairs(rows, of), documents, lambda chosen: people.names_of([numbers[n] for n in chosen]))


def _tags(field: str, documents: Documents) -> Values:
    """Returns the values of `affiliation`, `event` or `tool`."""
    tags = documents.tags(field)
    order = sorted(range(len(tags.names)), key=lambda n: _alphabetical(tags.names[n]))
    places = np.empty(len(order), dtype=np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    names = [tags.names[n] for n in order]
    return _by_row(Pairs(tags.rows, places[tags.numbers]), documents, lambda chosen: [names[n] for n in chosen])


def _alphabetical(text: str) -> tuple[str, str]:
    return fold(text), text


def _by_row(pairs: Pairs, documents: Documents, texts: Callable[[list[int]], Iterable[str]]) -> Values:
    starts = np.zeros(documents.size + 1, dtype=np.int32)
    np.cumsum(np.bincount(pairs.rows, minlength=documents.size), out=starts[1:])
    return Values(starts, pairs.numbers[np.argsort(pairs.rows, kind="stable")], texts)


def _numbers(field: str, rows: Ints, documents: Documents) -> tuple[FacetValue, ...]:
    """Returns the ratings or years of talks, the highest first."""
    values = documents.rows.column(field)[rows]
    found, times = np.unique(values[values >= 0], return_counts=True)
    numbers = [(_plain(n / HUNDREDTHS) if field == "rating" else n) for n in found.tolist()]
    counted = [FacetValue(n, _label(field, n), t) for n, t in zip(numbers, times.tolist(), strict=True)]
    return tuple(reversed(counted))


def _kinds(rows: Ints, documents: Documents) -> tuple[FacetValue, ...]:
    talks = np.zeros(documents.size, dtype=bool)
    talks[rows] = True
    counts = {
        "talk": len(rows),
        "speaker": len(np.unique(_numbers_of(documents.people.pairs, talks))),
        "rating": int(np.count_nonzero(documents.rows.column("rating")[rows] >= 0)),
        "mention": documents.tools.mentions(talks),
        "tool": len(np.unique(_numbers_of(documents.tools.pairs, talks))),
        "note": len(np.unique(documents.rows.files_of(rows))),
    }
    return tuple(FacetValue(kind, f"{kind}s", n) for kind, n in counts.items() if n)


def _numbers_of(pairs: Pairs, talks: Mask) -> Ints:
    return pairs.numbers[talks[pairs.rows]]


def _label(field: str, value: float | int) -> str:
    if field == "rating":
        return f"{value} star{'' if value == 1 else 's'}"
    return str(value)


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value
