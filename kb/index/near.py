"""Words within a few edits of another: insertions, deletions, replacements and swaps of neighbours.

An edit takes away the last of at most one letter and brings at most one that was not there. So each word has a bit for
each of its letters, and only words of which few bits differ are compared letter by letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Letters = NDArray[np.uint64]
_OTHER = 63  # The bit of all letters that are not ASCII.
_WIDEST = 4  # Bytes of a letter at most.


class Words(NamedTuple):
    """Words to look in, with the bits of their letters and their lengths in bytes."""

    said: Sequence[str]
    letters: Letters
    lengths: NDArray[np.integer]


def words_of(texts: Iterable[str]) -> Words:
    """Returns words to look in."""
    said = list(texts)
    data = [text.encode("utf-8", "replace") for text in said]
    return Words(said, letters_of(data), np.fromiter(map(len, data), dtype=np.int64, count=len(data)))


def letters_of(texts: Sequence[bytes]) -> Letters:
    """Returns a bit for each letter that stands in a text."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    found, having = np.zeros(len(texts), dtype=np.uint64), lengths > 0
    if having.any():
        data = np.frombuffer(b"".join(texts), dtype=np.uint8)
        bits = np.left_shift(np.uint64(1), np.where(data < 128, data & 63, _OTHER).astype(np.uint64))
        starts = (np.cumsum(lengths) - lengths)[having]
        found[having] = np.bitwise_or.reduceat(bits, starts)
    return found


def nearest(word: str, edits: int, known: Words) -> list[tuple[str, int]]:
    """Returns the words within some edits, each with how many edits; in no order."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    data = word.encode("utf-8", "replace")
    letters = letters_of([data])
    likely = np.flatnonzero(np.bitwise_count(known.letters & ~letters) <= edits)
    likely = likely[np.bitwise_count(letters & ~known.letters[likely]) <= edits]
    widest = np.where((known.letters[likely] | letters) >> np.uint64(_OTHER), _WIDEST, 1)
    likely = likely[np.abs(known.lengths[likely] - len(data)) <= widest * edits]
    choices = [known.said[n] for n in likely.tolist()]
    near = process.extract(
        word, choices, scorer=DamerauLevenshtein.distance, processor=None, score_cutoff=edits, limit=None
    )
    return [(choice, int(distance)) for choice, distance, _ in near]
