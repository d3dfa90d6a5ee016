"""Inverted lists: the terms of a field, sorted, each with the rows that have it and what it is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from kb.index.arrays import Array, Arrays, Ints, Longs, Strings, View, Writing, place_of


class Listing(NamedTuple):
    """Terms with their rows: those of the n-th are `rows[starts[n]:starts[n + 1]]`, ascending.

    `values` says something of each, such as a weight; `positions[offsets[i]:offsets[i + 1]]` are those in `rows[i]`.
    """

    terms: Sequence[str]
    starts: Ints
    rows: Ints
    values: Array | None = None
    offsets: Ints | None = None
    positions: Ints | None = None


def gathered(
    numbers: Ints, rows: Ints, names: Sequence[str], values: Array | None = None, positions: Ints | None = None
) -> Listing:
    """Returns the listing of terms that stand in rows, in the order of rows (and positions): `names[numbers[i]]` in `rows[i]`.

    With positions, each place of a term in a row is given; without, each pair of term and row once.
    """
    used = np.unique(numbers)
    said = [names[n] for n in used.tolist()]
    terms = sorted(set(said))
    rank = {term: n for n, term in enumerate(terms)}
    ranks = np.zeros(int(used[-1]) + 1 if len(used) else 0, dtype=np.int64)
    ranks[used] = np.fromiter(map(rank.__getitem__, said), dtype=np.int64, count=len(said))
    keys = (ranks[numbers] << 32) | rows
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, np.int64)
    starts = np.searchsorted(keys[first] >> 32, np.arange(len(terms) + 1)).astype(np.int32)
    return Listing(
        terms,
        starts,
        rows[order[first]].astype(np.int32),
        None if values is None else values[order[first]],
        None if positions is None else np.concatenate((first, [len(keys)])).astype(np.int32),
        None if positions is None else positions[order].astype(np.int32),
    )


def added(listings: Sequence[Listing]) -> Listing:
    """Returns one listing of terms that stand in several, the values of the same term and row added up."""
    terms, keys = _keys(listings, [None] * len(listings))
    values = np.concatenate([listing.values for listing in listings if listing.values is not None])
    distinct, inverse = np.unique(keys, return_inverse=True)
    total = np.bincount(inverse, weights=values, minlength=len(distinct))
    starts = np.searchsorted(distinct >> 32, np.arange(len(terms) + 1)).astype(np.int32)
    return Listing(terms, starts, (distinct & 0xFFFFFFFF).astype(np.int32), total)


def merged(listings: Sequence[Listing], numbers: Sequence[Ints]) -> Listing:
    """Returns the listing of rows that are numbered anew, those that are to go as -1; terms without rows go with them."""
    terms, unsorted = _keys(listings, numbers)
    order = np.argsort(unsorted, kind="stable")[np.count_nonzero(unsorted < 0) :].astype(place_of(len(unsorted)))
    keys = unsorted[order]
    del unsorted
    counts = np.bincount(keys >> 32, minlength=len(terms))
    live = np.flatnonzero(counts)
    rows = (keys & 0xFFFFFFFF).astype(np.int32)
    del keys
    values = [listing.values for listing in listings if listing.values is not None]
    offsets, positions = _moved(listings, order)
    return Listing(
        [terms[n] for n in live.tolist()],
        np.concatenate(([0], np.cumsum(counts[live]))).astype(place_of(len(rows))),
        rows,
        np.concatenate(values)[order] if values else None,
        offsets,
        positions,
    )


def _keys(listings: Sequence[Listing], numbers: Sequence[Ints | None]) -> tuple[list[str], Longs]:
    """Returns all terms, sorted, and a key of term and row for each row of each listing, or -1."""
    terms = sorted(set().union(*(listing.terms for listing in listings)))
    rank = {term: n for n, term in enumerate(terms)}
    keys = []
    for listing, anew in zip(listings, numbers, strict=True):
        ranks = np.fromiter(map(rank.__getitem__, listing.terms), dtype=np.int64, count=len(listing.terms))
        rows = (listing.rows if anew is None else anew[listing.rows]).astype(np.int64)
        keys.append(np.where(rows < 0, -1, (np.repeat(ranks, np.diff(listing.starts)) << 32) | rows))
    return terms, np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)


def _moved(listings: Sequence[Listing], order: Ints) -> tuple[Ints | None, Ints | None]:
    """Returns the positions of listings in another order of their rows, with where those of each row begin."""
    having = [(one.offsets, one.positions) for one in listings if one.offsets is not None and one.positions is not None]
    if not having:
        return None, None
    place = place_of(sum(len(positions) for _, positions in having))
    bases = np.cumsum([0, *(len(positions) for _, positions in having)], dtype=place)
    begins = np.concatenate([offsets[:-1] + base for (offsets, _), base in zip(having, bases, strict=False)])[order]
    times = np.concatenate([np.diff(offsets) for offsets, _ in having])[order]
    offsets = np.zeros(len(times) + 1, dtype=place)
    np.cumsum(times, out=offsets[1:])
    # There are many, so they are made in place, of four bytes each.
    places = np.repeat(begins - offsets[:-1], times)
    places += np.arange(len(places), dtype=place)
    return offsets, np.concatenate([positions for _, positions in having])[places]


def put(writing: Writing, name: str, listing: Listing, are_sought: bool = True) -> None:
    """Writes a listing; the terms of one that is only to be merged need not be found."""
    writing.strings(f"{name}/term", listing.terms, are_sought)
    parts = {"starts": listing.starts, "rows": listing.rows, "values": listing.values}
    for part, array in (parts | {"offsets": listing.offsets, "positions": listing.positions}).items():
        if array is not None:
            writing.put(f"{name}/{part}", array)


def whole(arrays: Arrays, name: str) -> Listing:
    """Returns a listing of a file as it is, for merging."""
    parts = (f"{name}/{part}" for part in ("values", "offsets", "positions"))
    values, offsets, positions = (arrays.take(part) if part in arrays else None for part in parts)
    terms = list(Strings(arrays, f"{name}/term"))
    return Listing(terms, arrays.take(f"{name}/starts"), arrays.take(f"{name}/rows"), values, offsets, positions)


class Found(NamedTuple):
    """The rows that have a term, ascending, with the value of each."""

    rows: Ints
    values: Array


class Listed:
    """A listing in a mapped file, of which a lookup touches as little as it needs."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._arrays, self._name = arrays, name
        self.terms = Strings(arrays, f"{name}/term")
        self._starts, self._rows = arrays.view(f"{name}/starts"), arrays.view(f"{name}/rows")

    @property
    def starts(self) -> Ints:
        """Where the rows of each term begin, and those of the last end."""
        starts: Ints = self._starts.take(0, len(self._starts))
        return starts

    @cached_property
    def _values(self) -> View:
        return self._arrays.view(f"{self._name}/values")

    @cached_property
    def _offsets(self) -> View:
        return self._arrays.view(f"{self._name}/offsets")

    @cached_property
    def _positions(self) -> View:
        return self._arrays.view(f"{self._name}/positions")

    def rows(self, n: int) -> Ints:
        """Returns the rows of the n-th term."""
        rows: Ints = self._rows.take(*self._starts.pair(n))
        return rows

    def found(self, n: int) -> Found:
        """Returns the rows of the n-th term with their values."""
        start, end = self._starts.pair(n)
        return Found(self._rows.take(start, end), self._values.take(start, end))

    def placed(self, n: int) -> tuple[Ints, Ints, Ints]:
        """Returns the rows of the n-th term, where the positions of each begin and the last end, and the positions."""
        return self.postings(n, n + 1)

    def postings(self, first: int, last: int) -> tuple[Ints, Ints, Ints]:
        """Returns the rows of some terms one after the other, where the positions of each begin, and the positions."""
        start, end = self._starts.pair(first)[0], self._starts.pair(last - 1)[1]
        offsets = self._offsets.take(start, end + 1)
        positions = self._positions.take(int(offsets[0]), int(offsets[-1]))
        return self._rows.take(start, end), offsets - offsets[0], positions

    def frequencies(self, n: int) -> Ints:
        """Returns how often each row of the n-th term has it."""
        start, end = self._starts.pair(n)
        frequencies: Ints = np.diff(self._offsets.take(start, end + 1))
        return frequencies

    def all_rows(self) -> Ints:
        """Returns the rows of all terms, one term after the other."""
        rows: Ints = self._rows.take(0, len(self._rows))
        return rows


def numbered(texts: Iterable[str]) -> tuple[list[str], list[int]]:
    """Returns the distinct texts, sorted, and the place of each among them."""
    texts = list(texts)
    distinct = sorted(set(texts))
    place = {text: n for n, text in enumerate(distinct)}
    return distinct, [place[text] for text in texts]
