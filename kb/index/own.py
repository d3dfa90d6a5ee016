"""Conditions on a record's own fields: asked for speakers, `affiliation:google` must hold of the speaker itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from kb import words
from kb.fields import FIELDS
from kb.index import Found, scoring
from kb.index.arrays import Floats
from kb.index.columns import numbers
from kb.index.documents import Documents
from kb.index.segments import Mask
from kb.index.selection import Selected, Selection, expanded, fuzzy_endings, holds, keyword_key, masked, values
from kb.query.tree import Fuzzy, Has, Leaf, Phrase, Prefix, Query, Range, Term, leaves
from kb.records import Appearance, Mention, Rating


def has_own(query: Query) -> bool:
    """Tells whether a query has a condition on a field that its kind has itself."""
    return any(_is_own(query, leaf) for leaf in leaves(query.where))


def _is_own(query: Query, leaf: Leaf) -> bool:
    field = getattr(leaf, "field", None)
    return field is not None and query.kind in FIELDS[field].own


def satisfies(query: Query, one: tuple[Found, Any], number: int, selection: Selection, documents: Documents) -> bool:
    """Tells whether a record satisfies the tree, its own fields taken from itself, the others from its talk."""
    part = one[1]

    def leaf_holds(leaf: Leaf) -> bool:
        if _is_own(query, leaf):
            return _holds(leaf, part, documents)
        return bool(selection.select(leaf).mask[number])

    return holds(query.where, leaf_holds)


def tools_best(query: Query, selected: Selected, selection: Selection, documents: Documents) -> Floats:
    """Returns for each tool the score of the best of the selected talks in which it satisfies the tree, or -1."""
    tools = documents.tools
    among = np.flatnonzero(selected.mask.take(tools.pairs.rows))
    rows, numbers = tools.pairs.rows.take(among), tools.pairs.numbers.take(among)
    number_of = {name: n for n, name in enumerate(tools.names)}

    def leaf_holds(leaf: Leaf) -> Mask:
        if not _is_own(query, leaf):
            return selection.select(leaf).mask.take(rows)
        if isinstance(leaf, Has):
            return np.ones(len(rows), dtype=bool)
        assert isinstance(leaf, Term | Phrase | Prefix | Fuzzy)
        named = np.zeros(len(tools.names), dtype=bool)
        named[[number_of[name] for name in values(leaf, "tool", documents) if name in number_of]] = True
        return named.take(numbers)

    kept = np.flatnonzero(masked(query.where, leaf_holds, np.zeros(len(rows), dtype=bool)))
    scores = selected.weighed.weights.round(scoring.DIGITS)
    best = np.full(len(tools.names), -1.0)
    np.maximum.at(best, numbers[kept], scores[np.searchsorted(selected.rows, rows[kept])])
    return best


def people_best(query: Query, selected: Selected, selection: Selection, documents: Documents) -> dict[str, float]:
    """Returns the score of the best of the selected talks in which a speaker satisfies the tree, by the speaker's id.

    Who is named alike, in talks that the other conditions tell nothing apart of, is looked at once.
    """
    others = [leaf for leaf in dict.fromkeys(leaves(query.where)) if not _is_own(query, leaf)]
    told = [selection.select(leaf).mask.take(selected.rows).tolist() for leaf in others]
    scores = selected.weighed.weights.round(scoring.DIGITS).tolist()
    known: dict[tuple[str, str | None, str | None, str | None, tuple[bool, ...]], str | None] = {}
    best: dict[str, float] = {}
    for row, score, *truths in zip(selected.rows.tolist(), scores, *told, strict=True):
        if not documents.rows.talks[row]:
            continue
        part = documents.rows.part(row)
        for who in part.segment.cast(row - part.start).speakers:
            key = (who.name, who.affiliation, who.handle, who.person, tuple(truths))
            if key not in known:
                of = dict(zip(others, truths, strict=True))
                found = holds(query.where, lambda leaf: of[leaf] if leaf in of else _holds(leaf, who, documents))
                known[key] = documents.people.id(who) if found else None
            if (id := known[key]) is not None and best.get(id, -1.0) < score:
                best[id] = score
    return best


def _holds(leaf: Leaf, part: Appearance | Mention | Rating, documents: Documents) -> bool:
    """Tells whether a condition holds of a part of a talk: a person, a mention, a rating."""
    assert not isinstance(leaf, type(None))
    field = getattr(leaf, "field", "")
    if isinstance(part, Rating):
        return _rating_holds(leaf, part)
    if isinstance(part, Mention):
        if isinstance(leaf, Has):
            return True
        assert isinstance(leaf, Term | Phrase | Prefix | Fuzzy)
        return part.name in values(leaf, "tool", documents)
    value = {"speaker": part.name, "affiliation": part.affiliation, "handle": part.handle}[field]
    if isinstance(leaf, Has) or not value:
        return isinstance(leaf, Has) and bool(value)
    assert isinstance(leaf, Term | Phrase | Prefix | Fuzzy)
    if field == "handle":
        keys = documents.keywords("handle")
        return words.slug(value) in expanded(leaf, keyword_key(leaf.text), keys)
    return _words_hold(leaf, words.terms(value), documents, field)


def _rating_holds(leaf: Leaf, rating: Rating) -> bool:
    if isinstance(leaf, Has):
        return True
    low, high = (leaf.low, leaf.high) if isinstance(leaf, Range) else (getattr(leaf, "text", ""),) * 2
    lowest = numbers(low)[0] if low else float("-inf")
    highest = numbers(high)[1] if high else float("inf")
    return lowest <= round(rating.value, 2) <= highest


def _words_hold(leaf: Term | Phrase | Prefix | Fuzzy, value: list[str], documents: Documents, field: str) -> bool:
    """Tells whether words stand side by side in a value, the last one begun or nearly so where the leaf says."""
    said = words.terms(leaf.text)
    if not said:
        return False
    near = set(fuzzy_endings(said[-1], leaf.edits, f"terms/{field}", documents)) if isinstance(leaf, Fuzzy) else set()

    def last(word: str) -> bool:
        if isinstance(leaf, Prefix):
            return word.startswith(said[-1])
        return word in near if isinstance(leaf, Fuzzy) else word == said[-1]

    spans = (value[n : n + len(said)] for n in range(len(value) - len(said) + 1))
    return any(span[:-1] == said[:-1] and last(span[-1]) for span in spans)
