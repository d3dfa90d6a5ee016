"""Conditions on a record's own fields: asked for speakers, `affiliation:google` must hold of the speaker itself."""

from __future__ import annotations

from typing import Any

from kb import words
from kb.fields import FIELDS
from kb.index import Found
from kb.index.columns import numbers
from kb.index.documents import Documents
from kb.index.selection import Selection, expanded, fuzzy_endings, holds, keyword_key, values
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
