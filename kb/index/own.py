"""Conditions on a record's own fields: asked for speakers, `affiliation:google` must hold of the speaker itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kb import words
from kb.fields import FIELDS
from kb.index import scoring
from kb.index.arrays import Floats, Ints
from kb.index.documents import Documents
from kb.index.segments import Mask
from kb.index.selection import Selected, Selection, expanded, fuzzy_endings, holds, keyword_key, masked, values
from kb.query.tree import Fuzzy, Has, Leaf, Phrase, Prefix, Query, Term, leaves
from kb.records import Appearance


def has_own(query: Query) -> bool:
    """Tells whether a query has a condition on a field that its kind has itself."""
    return any(_is_own(query, leaf) for leaf in leaves(query.where))


def _is_own(query: Query, leaf: Leaf) -> bool:
    field = getattr(leaf, "field", None)
    return field is not None and query.kind in FIELDS[field].own


def mentioned(query: Query, selected: Selected, selection: Selection, documents: Documents) -> Ints:
    """Returns at which of the pairs of talks and tools a tool satisfies the tree in one of the selected talks."""
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

    return among[masked(query.where, leaf_holds, np.zeros(len(rows), dtype=bool))].astype(np.int32)


def tools_best(query: Query, selected: Selected, selection: Selection, documents: Documents) -> Floats:
    """Returns for each tool the score of the best of the selected talks in which it satisfies the tree, or -1."""
    kept = mentioned(query, selected, selection, documents)
    rows, numbers = (pairs.take(kept) for pairs in documents.tools.pairs)
    scores = selected.weighed.weights.round(scoring.DIGITS)
    best = np.full(len(documents.tools.names), -1.0)
    np.maximum.at(best, numbers, scores[np.searchsorted(selected.rows, rows)])
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
                told_apart = dict(zip(others, truths, strict=True))
                known[key] = documents.people.id(who) if _is_meant(query, who, told_apart, documents) else None
            if (id := known[key]) is not None and best.get(id, -1.0) < score:
                best[id] = score
    return best


def _is_meant(query: Query, who: Appearance, others: Mapping[Leaf, bool], documents: Documents) -> bool:
    """Tells whether a person as a talk names them satisfies the tree; of the other conditions it is known."""
    return holds(query.where, lambda leaf: others[leaf] if leaf in others else _holds(leaf, who, documents))


def _holds(leaf: Leaf, who: Appearance, documents: Documents) -> bool:
    """Tells whether a condition holds of a person as a talk names them."""
    field = getattr(leaf, "field", "")
    value = {"speaker": who.name, "affiliation": who.affiliation, "handle": who.handle}[field]
    if isinstance(leaf, Has) or not value:
        return isinstance(leaf, Has) and bool(value)
    assert isinstance(leaf, Term | Phrase | Prefix | Fuzzy)
    if field == "handle":
        keys = documents.keywords("handle")
        return words.slug(value) in expanded(leaf, keyword_key(leaf.text), keys)
    return _words_hold(leaf, words.terms(value), documents, field)


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
