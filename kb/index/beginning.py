"""Texts by the words that they begin with, and by each later word: what completions are looked up in.

A sorted array tells where each word of each text stands; it is compared with what is typed where the text lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kb.index.arrays import Arrays, Ints, Strings, Writing

COMPARED = 32  # Bytes of a beginning that entries are sorted by.
LOOKED_AT = 2_000  # Entries that begin as what is typed, of which the best are shown.


def write(writing: Writing, name: str, texts: Sequence[str]) -> None:
    """Writes texts of folded words, and where each of their words begins, sorted by what follows from there."""
    data = [text.encode("utf-8", "replace") for text in texts]
    writing.strings(f"{name}/said", texts)
    places = [(n, at) for n, text in enumerate(data) for at in _beginnings(text)]
    begun = np.array([data[n][at : at + COMPARED] for n, at in places], dtype=f"S{COMPARED}")
    order = np.argsort(begun, kind="stable")
    entries, at = np.array(places, dtype=np.int32).reshape(-1, 2).T
    writing.put(f"{name}/entry", entries[order])
    writing.put(f"{name}/place", at[order])


def _beginnings(text: bytes) -> Iterator[int]:
    yield 0
    at = text.find(b" ")
    while at >= 0:
        yield at + 1
        at = text.find(b" ", at + 1)


class Beginnings:
    """The texts of one segment by the words that they begin with, and by each later word."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        self.said = Strings(arrays, f"{name}/said")
        self._entries: Ints = arrays.take(f"{name}/entry")
        self._places: Ints = arrays.take(f"{name}/place")

    def find(self, prefix: str) -> dict[int, bool]:
        """Returns the texts with a word from which on they begin so, and whether it is a later one than the first."""
        wanted = prefix.encode("utf-8", "replace")
        found: dict[int, bool] = {}
        for n in range(self._bisect(wanted), len(self._entries)):
            text, at = self._text(n)
            if text[at : at + min(len(wanted), COMPARED)] != wanted[:COMPARED] or len(found) >= LOOKED_AT:
                break
            if text.startswith(wanted, at):
                entry = int(self._entries[n])
                found[entry] = found.get(entry, True) and at > 0
        return found

    def _bisect(self, wanted: bytes) -> int:
        low, high = 0, len(self._entries)
        while low < high:
            middle = (low + high) // 2
            text, at = self._text(middle)
            if text[at : at + COMPARED] < wanted[:COMPARED]:
                low = middle + 1
            else:
                high = middle
        return low

    def _text(self, n: int) -> tuple[bytes, int]:
        return self.said.raw(int(self._entries[n])), int(self._places[n])
