"""Words within a few edits of another: insertions, deletions, replacements and swaps of neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping


def by_length(terms: Iterable[str]) -> dict[int, list[str]]:
    """Returns words by their length, which is what `nearest` looks in."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for term in terms:
        found[len(term)].append(term)
    return dict(found)


def nearest(word: str, edits: int, known: Mapping[int, list[str]]) -> list[tuple[str, int]]:
    """Returns the words within some edits, of those known by their length, each with how many edits; in no order."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    found: list[tuple[str, int]] = []
    for length in range(len(word) - edits, len(word) + edits + 1):
        if choices := known.get(length):
            near = process.extract(
                word, choices, scorer=DamerauLevenshtein.distance, processor=None, score_cutoff=edits, limit=None
            )
            found += [(choice, int(distance)) for choice, distance, _ in near]
    return found
