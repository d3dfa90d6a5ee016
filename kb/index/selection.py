"""Which talks a query tree selects, and how well each answers it: arrays over all documents of a snapshot."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from kb import words
from kb.fields import FIELDS, WEIGHTS
from kb.index import scoring
from kb.index.documents import Documents, nearest
from kb.query.tree import All, And, Fuzzy, Has, Leaf, Like, Most, Node, Not, Or, Phrase, Prefix, Range, Term

EXPANSIONS = 256  # Words that one prefix or fuzzy term stands for at most.

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Selected(NamedTuple):
    """The documents that a node selects, and their scores (zero elsewhere)."""

    mask: Mask
    scores: Floats


class Selection:
    """Evaluates trees over the documents of one snapshot; each leaf is evaluated once a query."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.leaves: dict[Leaf, Selected] = {}

    def select(self, node: Node) -> Selected:
        """Returns what a node selects."""
        if isinstance(node, And):
            parts = [self.select(child) for child in node.nodes]
            mask = np.logical_and.reduce([part.mask for part in parts])
            scores = sum((part.scores for part in parts), self._side_by_side(node.nodes))
            return Selected(mask, np.where(mask, scores, 0.0))
        if isinstance(node, Or):
            parts = [self.select(child) for child in node.nodes]
            mask = np.logical_or.reduce([part.mask for part in parts])
            return Selected(mask, np.sum([part.scores for part in parts], axis=0))
        if isinstance(node, Not):
            return Selected(~self.select(node.node).mask, self.documents.zeros)
        if isinstance(node, Most):
            return self._most(node)
        if node not in self.leaves:
            self.leaves[node] = self._leaf(node)
        return self.leaves[node]

    def _most(self, node: Most) -> Selected:
        """Returns the documents among some with the most of the words, and at least one of them."""
        among = self.select(node.among)
        parts = [self.select(word) for word in node.words]
        having = np.where(among.mask, np.sum([part.mask for part in parts], axis=0), 0)
        mask = having == max(int(having.max(initial=0)), 1)
        scores = sum((part.scores for part in parts), among.scores + self._side_by_side(node.words))
        return Selected(mask, np.where(mask, scores, 0.0))

    def _side_by_side(self, nodes: Iterable[Node]) -> Floats:
        """Returns what words that stand side by side in titles, as they were asked for, add to the score."""
        documents = self.documents
        total = documents.zeros
        for one, other in pairwise(nodes):
            if not (is_word(one) and is_word(other)):
                continue
            said = [words.stem(term) for node in (one, other) for term in words.terms(getattr(node, "text", ""))]
            found = documents.occurrences("title", [said]) if len(said) > 1 else None
            if found is not None:
                rarer = min(scoring.idf(int(self.select(n).mask.sum()), documents.count) for n in (one, other))
                total = total.copy()
                total[found[0]] += scoring.SIDE_BY_SIDE * rarer
        return total

    def _leaf(self, leaf: Leaf) -> Selected:
        documents = self.documents
        if isinstance(leaf, Like):
            return self._like(leaf)
        if isinstance(leaf, All):
            return Selected(~np.zeros(documents.count, dtype=bool), documents.zeros)
        if isinstance(leaf, Has):
            return Selected(documents.having(leaf.field), documents.zeros)
        if isinstance(leaf, Range):
            return Selected(self._range(leaf.field, leaf.low, leaf.high), documents.zeros)
        type = FIELDS[leaf.field].type if leaf.field else "prose"
        if type in ("number", "date"):
            value = leaf.text
            return Selected(self._range(leaf.field or "", value, value), documents.zeros)
        if type == "keyword":
            return self._keyword(leaf)
        return self._words(leaf)

    def _range(self, field: str, low: str | None, high: str | None) -> Mask:
        """Returns the documents whose value lies in a range; an unreadable bound selects nothing."""
        begins, ends = self.documents.bounds(field)
        read = days if FIELDS[field].type == "date" else numbers
        lowest = read(low)[0] if low else -np.inf
        highest = read(high)[1] if high else np.inf
        with np.errstate(invalid="ignore"):
            return np.asarray((begins >= lowest) & (ends <= highest) & ~np.isnan(begins))

    def _keyword(self, leaf: Term | Phrase | Prefix | Fuzzy) -> Selected:
        """Returns the documents with a keyword: whole, as a slug, or the ones that it expands to."""
        field = leaf.field or ""
        keys = self.documents.keywords(field)
        key = keyword_key(leaf.text)
        chosen = [k for k in _expanded(leaf, key, keys) if k in keys]
        frequency = np.zeros(self.documents.count)
        for name in sorted({name for k in chosen for name in keys[k]}):
            docs, times = self.documents.tagged(field, name)
            frequency[docs] += times
        mask = frequency > 0
        weight = WEIGHTS.get(field, 0.0)
        scores = (
            scoring.saturated(weight * frequency, int(mask.sum()), self.documents.count) if weight else frequency * 0
        )
        return Selected(mask, scores)

    def _words(self, leaf: Term | Phrase | Prefix | Fuzzy) -> Selected:
        """Returns the documents with some words in a field, or wherever bare words look."""
        documents = self.documents
        frequency = np.zeros(documents.count)
        for field in [leaf.field] if leaf.field else WEIGHTS:
            found = documents.occurrences(field, self._expansions(leaf, field))
            if found is not None:
                docs, times = found
                lengths, average = documents.lengths(field)
                weight = WEIGHTS.get(field, 1.0)
                frequency[docs] += scoring.normalised(times, lengths[docs], average, field, weight)
        mask = frequency > 0
        having = int(mask.sum())
        scores = scoring.saturated(frequency, having, documents.count)
        if having and is_word(leaf):
            said = words.terms(leaf.text)
            rarity = scoring.idf(having, documents.count)
            scores[documents.spelt("spelt", said) & mask] += scoring.AS_SPELT * rarity
            scores[documents.spelt("headed", said) & mask] += scoring.AS_SPELT_IN_TITLE * rarity
        return Selected(mask, scores)

    def _like(self, leaf: Like) -> Selected:
        """Returns the documents with a word that a misspelt one may stand for, the best of them counting."""
        documents = self.documents
        mask, scores = np.zeros(documents.count, dtype=bool), documents.zeros
        said = words.terms(leaf.text)
        likely = documents.like(said[0]) if len(said) == 1 else []
        for word, weight in [(leaf.text, 1.0), *((word, scoring.NEARLY[edits]) for word, edits in likely)]:
            found = self.select(Term(word))
            mask = mask | found.mask
            scores = np.maximum(scores, weight * found.scores)
        return Selected(mask, scores)

    def _expansions(self, leaf: Term | Phrase | Prefix | Fuzzy, field: str) -> list[list[str]]:
        """Returns the runs of terms that a leaf stands for in a field, any of which will do."""
        said = words.terms(leaf.text)
        if not said:
            return []
        stemmed = [words.stem(term) for term in said] if self.documents.is_stemmed(field) else said
        if isinstance(leaf, Term | Phrase):
            return [stemmed]
        if isinstance(leaf, Prefix):
            ends = _from_prefix(said[-1], self.documents.vocabulary(field))
            if self.documents.is_stemmed(field):
                ends = sorted({*ends, *(s for s in [words.stem(said[-1])] if s in self.documents.terms(field))})
        else:
            ends = _near(said[-1], leaf.edits, self.documents.by_length(field))
        return [[*stemmed[:-1], end] for end in ends[:EXPANSIONS]]


def is_word(node: Node) -> TypeGuard[Term]:
    """Tells whether a node is a bare word."""
    return isinstance(node, Term) and node.field is None


def keyword_key(text: str) -> str:
    """Returns what keywords are compared by: the slug, without a handle's @."""
    return words.slug(text.removeprefix("@"))


def _expanded(leaf: Leaf, key: str, keys: Iterable[str]) -> list[str]:
    if isinstance(leaf, Prefix):
        return sorted(k for k in keys if k.startswith(key))[:EXPANSIONS]
    if isinstance(leaf, Fuzzy):
        by_length: dict[int, list[str]] = {}
        for k in keys:
            by_length.setdefault(len(k), []).append(k)
        return _near(key, leaf.edits, by_length)[:EXPANSIONS]
    return [key]


def _from_prefix(prefix: str, vocabulary: NDArray[np.str_]) -> list[str]:
    """Returns the terms of a sorted vocabulary that begin so."""
    low = int(np.searchsorted(vocabulary, prefix))
    high = int(np.searchsorted(vocabulary, prefix + "\U0010ffff"))
    return [str(term) for term in vocabulary[low : min(high, low + EXPANSIONS)]]


def _near(word: str, edits: int, known: Mapping[int, Iterable[str]]) -> list[str]:
    """Returns the terms within some edits, the nearest first; a number is only itself."""
    if any(c.isdigit() for c in word):
        return [word]
    return [term for _, term in sorted((distance, term) for term, distance in nearest(word, edits, known))]


def numbers(text: str) -> tuple[float, float]:
    """Returns a number as a range of itself; nothing lies in what is not a number."""
    try:
        value = round(float(text.replace(",", ".")), 2)
    except ValueError:
        return np.inf, -np.inf
    return (value, value) if np.isfinite(value) else (np.inf, -np.inf)


def days(text: str) -> tuple[float, float]:
    """Returns the first and last day of a date such as `2015`, `2015-05` or `2015-05-28`, as yyyymmdd."""
    parts = text.split("-")
    try:
        year, month, day = (*[int(p) for p in parts], 0, 0)[:3]
        last = calendar.monthrange(year, month)[1] if month else 31
    except (ValueError, IndexError, calendar.IllegalMonthError, OverflowError):
        return np.inf, -np.inf
    if len(parts) > 3 or not 0 < year < 10_000 or day > last or min(month, day) < 0:
        return np.inf, -np.inf
    return year * 10_000 + (month or 1) * 100 + (day or 1), year * 10_000 + (month or 12) * 100 + (day or last)


def holds(node: Node, leaf_holds: Callable[[Leaf], bool]) -> bool:
    """Tells whether a tree holds where some of its leaves do."""
    if isinstance(node, And):
        return all(holds(child, leaf_holds) for child in node.nodes)
    if isinstance(node, Or):
        return any(holds(child, leaf_holds) for child in node.nodes)
    if isinstance(node, Not):
        return not holds(node.node, leaf_holds)
    if isinstance(node, Most):
        return holds(node.among, leaf_holds) and any(leaf_holds(word) for word in node.words)
    return leaf_holds(node)
