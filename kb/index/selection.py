"""Which rows a query tree selects, and how well each answers it: lists of rows where words select, masks elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TypeGuard

import numpy as np

from kb import words
from kb.fields import FIELDS, WEIGHTS
from kb.index import near, scoring
from kb.index.arrays import Floats, Ints
from kb.index.columns import HUNDREDTHS, days, numbers
from kb.index.documents import BARE, Documents, Weighed
from kb.index.segments import Mask
from kb.query.tree import All, And, Fuzzy, Has, Leaf, Like, Most, Node, Not, Or, Phrase, Prefix, Range, Term

MANY = 4_096  # Rows of a word from which on only those that other words have, too, are scored.
ASKED = 1_000  # Frequent words of which it is known that they have been asked for.
EXPANSIONS = 256  # Words that one prefix or fuzzy term stands for at most.
KEPT = 2_000_000  # Rows of leaves that are kept for later questions.
# What is added for a word as it is spelt: anywhere, and in a title or name.
_SPELT = np.array([scoring.AS_SPELT, scoring.AS_SPELT + scoring.AS_SPELT_IN_TITLE])


class Selected:
    """The documents that a node selects: as rows, ascending, with their scores, or as a mask where all score nothing."""

    __slots__ = ("_mask", "_rows", "scores", "size")

    def __init__(self, size: int, rows: Ints | None, scores: Floats | None = None, mask: Mask | None = None) -> None:
        self.size, self._rows, self.scores, self._mask = size, rows, scores, mask

    @property
    def is_listed(self) -> bool:
        """Tells whether the rows are known without looking through a mask."""
        return self._rows is not None

    @property
    def rows(self) -> Ints:
        """The rows, ascending."""
        if self._rows is None:
            self._rows = np.flatnonzero(self.mask).astype(np.int32)
        return self._rows

    @property
    def mask(self) -> Mask:
        """Which of all rows are selected."""
        if self._mask is None:
            self._mask = np.zeros(self.size, dtype=bool)
            self._mask[self._rows] = True
        return self._mask

    @property
    def weighed(self) -> Weighed:
        """The rows with their scores."""
        return Weighed(self.rows, np.zeros(len(self.rows)) if self.scores is None else self.scores)


class Leaves:
    """The leaves that have been evaluated over a generation, shared by its questions; the oldest go."""

    def __init__(self) -> None:
        self._kept: dict[Leaf, Selected] = {}
        self._rows = 0
        self._asked: set[Leaf] = set()

    def get(self, leaf: Leaf) -> Selected | None:
        """Returns what a leaf selects, where that is known."""
        return self._kept.get(leaf)

    def is_asked_again(self, leaf: Leaf) -> bool:
        """Tells whether a leaf has been asked for before, and so is worth keeping."""
        if leaf in self._asked:
            return True
        if len(self._asked) >= ASKED:
            self._asked = set()
        self._asked.add(leaf)
        return False

    def keep(self, leaf: Leaf, selected: Selected) -> None:
        """Keeps what a leaf selects; all are forgotten when they come to much."""
        self._rows += len(selected.rows) if selected.is_listed else selected.size
        if self._rows > KEPT:
            self._kept, self._rows = {}, 0
        self._kept[leaf] = selected


class Selection:
    """Evaluates trees over the documents of one generation."""

    def __init__(self, documents: Documents, leaves: Leaves) -> None:
        self.documents, self.leaves = documents, leaves
        self._having: dict[Node, int] = {}  # In how many rows words are that only some of those rows were scored for.

    def select(self, node: Node) -> Selected:
        """Returns what a node selects."""
        if isinstance(node, And):
            return self._and(node.nodes)
        if isinstance(node, Or):
            return self._or([self.select(child) for child in node.nodes])
        if isinstance(node, Not):
            return self._masked(self.documents.rows.searched & ~self.select(node.node).mask)
        if isinstance(node, Most):
            return self._most(node)
        known = self.leaves.get(node)
        if known is None:
            known = self._leaf(node)
            self.leaves.keep(node, known)
        return known

    def _masked(self, mask: Mask) -> Selected:
        return Selected(self.documents.size, None, None, mask)

    def _weighed(self, found: Weighed) -> Selected:
        return Selected(self.documents.size, found.rows, found.weights)

    def _and(self, nodes: Sequence[Node]) -> Selected:
        frequent = {n: found for n in nodes if is_word(n) and (found := self._frequent(n)) is not None}
        parts = [self.select(node) for node in nodes if node not in frequent]
        listed = sorted((part for part in parts if part.is_listed), key=lambda part: len(part.rows))
        if not listed and not frequent:
            return self._masked(np.logical_and.reduce([part.mask for part in parts]))
        if listed:
            rows, scores = listed[0].weighed
        else:
            rows = min((found.rows for found in frequent.values()), key=len)
            scores = np.zeros(len(rows))
        for part in parts:
            if not part.is_listed:
                kept = np.flatnonzero(part.mask.take(rows))
                rows, scores = rows.take(kept), scores.take(kept)
        for part in listed[1:]:
            rows, scores = self.documents.common(Weighed(rows, scores), part.weighed)
        rows, scores = self._with_frequent(Weighed(rows, scores), frequent)
        return Selected(self.documents.size, rows, scores + self._side_by_side(nodes, rows))

    def _frequent(self, node: Term) -> Weighed | None:
        """Returns the rows of a word that is in many and asked for the first time: only those are scored of it that other
        words have, too.
        """
        if self.leaves.get(node) is not None:
            return None
        found = self._found(node)
        if len(found.rows) > MANY and not self.leaves.is_asked_again(node):
            self._having[node] = len(found.rows)
            return found
        self.leaves.keep(node, self._scored(node, found))
        return None

    def _with_frequent(self, weighed: Weighed, frequent: dict[Term, Weighed]) -> Weighed:
        """Returns those of some rows that have all of some words, too, with what the words add to their scores."""
        rows, scores = weighed
        nodes = sorted(frequent, key=lambda node: len(frequent[node].rows))  # The rarest leave the fewest rows.
        weights: list[Floats] = []
        for node in nodes:
            both, of_word = self.documents.shared(rows, frequent[node])
            rows, scores, weights = rows.take(both), scores.take(both), [*(w.take(both) for w in weights), of_word]
        for node, of_word in zip(nodes, weights, strict=True):
            scores = scores + self._scores(node, Weighed(rows, of_word), len(frequent[node].rows))
        return Weighed(rows, scores)

    def _or(self, parts: list[Selected]) -> Selected:
        if not any(part.is_listed for part in parts):
            return self._masked(np.logical_or.reduce([part.mask for part in parts]))
        return self._weighed(self.documents.added([part.weighed for part in parts]))

    def _most(self, node: Most) -> Selected:
        """Returns the documents among some with the most of the words, and at least one of them."""
        among, parts = self.select(node.among), [self.select(word) for word in node.words]
        rows, scores = self._or(parts).weighed
        if not isinstance(node.among, All):
            kept = np.flatnonzero(among.mask.take(rows))
            rows, scores = rows.take(kept), scores.take(kept)
        if len(rows) < sum(len(part.rows) for part in parts):  # Else no row has more than one of the words.
            times = np.zeros(len(rows), dtype=np.int32)
            for part in parts:
                times += self.documents.inside(rows, part.rows)
            most = np.flatnonzero(times == times.max(initial=0))
            rows, scores = rows.take(most), scores.take(most)
        if among.scores is not None:
            scores = scores + self.documents.looked_up(rows, among.weighed)
        return Selected(self.documents.size, rows, scores + self._side_by_side(node.words, rows))

    def _side_by_side(self, nodes: Iterable[Node], rows: Ints) -> Floats:
        """Returns what words that stand side by side in titles, as they were asked for, add to the scores of rows."""
        documents = self.documents
        total = np.zeros(len(rows))
        for one, other in pairwise(nodes):
            if not (is_word(one) and is_word(other) and len(rows)):
                continue
            found = self.select(Phrase(f"{one.text} {other.text}", "title")).rows
            if len(found):
                rarer = min(scoring.idf(self._count(node), documents.count) for node in (one, other))
                total[documents.inside(rows, found)] += scoring.SIDE_BY_SIDE * rarer
        return total

    def _count(self, word: Term) -> int:
        """Returns how many rows have a word."""
        return self._having[word] if word in self._having else len(self.select(word).rows)

    def _leaf(self, leaf: Leaf) -> Selected:
        documents = self.documents
        if isinstance(leaf, Like):
            return self._like(leaf)
        if isinstance(leaf, All):
            return self._masked(documents.rows.searched)
        if isinstance(leaf, Has):
            return self._masked(documents.having(leaf.field))
        if isinstance(leaf, Range):
            return self._range(leaf.field, leaf.low, leaf.high)
        type = FIELDS[leaf.field].type if leaf.field else "prose"
        if type in ("number", "date"):
            return self._range(leaf.field or "", leaf.text, leaf.text)
        if type == "keyword":
            return self._keyword(leaf)
        return self._scored(leaf, self._found(leaf))

    def _range(self, field: str, low: str | None, high: str | None) -> Selected:
        """Returns the documents whose value lies in a range; an unreadable bound selects nothing."""
        begins, ends = self.documents.bounds(field)
        read = days if FIELDS[field].type == "date" else numbers
        times = HUNDREDTHS if field == "rating" else 1
        lowest = round_(read(low)[0] * times) if low else 0
        highest = round_(read(high)[1] * times) if high else np.inf
        return self._masked((begins >= max(lowest, 0)) & (ends <= highest) & self.documents.rows.searched)

    def _keyword(self, leaf: Term | Phrase | Prefix | Fuzzy) -> Selected:
        """Returns the documents with a keyword: whole, as a slug, or the ones that it expands to."""
        field, documents = leaf.field or "", self.documents
        found = documents.added([documents.tagged(field, name) for name in sorted(values(leaf, field, documents))])
        weight = WEIGHTS.get(field, 0.0)
        scores = (
            scoring.saturated(weight * found.weights, len(found.rows), documents.count) if weight else found.weights * 0
        )
        return Selected(documents.size, found.rows, scores)

    def _found(self, leaf: Term | Phrase | Prefix | Fuzzy) -> Weighed:
        """Returns the documents with some words in a field, or wherever bare words look, and what they weigh there."""
        documents, said = self.documents, words.terms(leaf.text)
        if not said:
            return documents.added([])
        if leaf.field is None and len(said) == 1:
            stems, spelt = (
                self._endings(leaf, said, name, stemmed) for name, stemmed in zip(BARE, (True, False), strict=True)
            )
            return documents.bare(stems, spelt)
        return documents.added([self._in_field(leaf, said, f) for f in ([leaf.field] if leaf.field else WEIGHTS)])

    def _scored(self, leaf: Leaf, found: Weighed) -> Selected:
        return Selected(self.documents.size, found.rows, self._scores(leaf, found, len(found.rows)))

    def _scores(self, leaf: Leaf, found: Weighed, having: int) -> Floats:
        """Returns the scores of rows with some words, all of those that have them or a part."""
        scores = scoring.saturated(found.weights, having, self.documents.count)
        if len(found.rows) and is_word(leaf):
            scores += self._as_spelt(words.terms(leaf.text), found.rows, having)
        return scores

    def _in_field(self, leaf: Term | Phrase | Prefix | Fuzzy, said: list[str], field: str) -> Weighed:
        """Returns the documents with some words in one field, and what they weigh there."""
        documents, stemmed = self.documents, self.documents.is_stemmed(field)
        begun = [words.stem(term) for term in said[:-1]] if stemmed else said[:-1]
        ends = self._endings(leaf, said, f"terms/{field}", stemmed)
        found = documents.occurrences(field, [[*begun, end] for end in ends])
        if not len(found.rows):
            return found
        lengths = documents.lengths(field)[found.rows]
        return Weighed(found.rows, scoring.normalised(found.weights, lengths, field, WEIGHTS.get(field, 1.0)))

    def _as_spelt(self, said: list[str], rows: Ints, in_all: int) -> Floats:
        """Returns what it adds to rows that words stand as they were asked for, and more so in a title or name."""
        documents = self.documents
        share = np.zeros(0)
        for term in said:
            having, in_head = documents.spelt(term)
            adds = _SPELT.take(in_head)
            # Rows with one word as it is spelt are among those that have the word at all.
            is_whole = len(said) == 1 and len(having) == len(rows) == in_all
            of_term = adds if is_whole else documents.looked_up(rows, Weighed(having, adds))
            share = np.minimum(share, of_term) if len(share) else of_term
        return share * scoring.idf(in_all, documents.count)

    def _like(self, leaf: Like) -> Selected:
        """Returns the documents with a word that a misspelt one may stand for, the best of them counting."""
        documents, said = self.documents, words.terms(leaf.text)
        likely = documents.like(said[0]) if len(said) == 1 else []
        parts = [
            (self.select(Term(word)), weight)
            for word, weight in [(leaf.text, 1.0), *((word, scoring.NEARLY[edits]) for word, edits in likely)]
        ]
        rows = self._or([part for part, _ in parts]).rows
        scores = np.zeros(len(rows))
        for part, weight in parts:
            scores = np.maximum(scores, weight * documents.looked_up(rows, part.weighed))
        return Selected(documents.size, rows, scores)

    def _endings(self, leaf: Term | Phrase | Prefix | Fuzzy, said: list[str], name: str, stemmed: bool) -> list[str]:
        """Returns the terms of a listing that the last word of a leaf stands for, any of which will do."""
        last = said[-1]
        if isinstance(leaf, Prefix):
            ends = self.documents.beginning(name, last, EXPANSIONS)
            also = [words.stem(last)] if stemmed and self.documents.having_term(name, words.stem(last)) else []
            return sorted({*ends, *also})[:EXPANSIONS]
        if isinstance(leaf, Fuzzy):
            return fuzzy_endings(last, leaf.edits, name, self.documents)
        return [words.stem(last) if stemmed else last]


def round_(value: float) -> float:
    """Returns a number rounded to a whole one, where it is finite."""
    return round(value) if np.isfinite(value) else value


def is_word(node: Node) -> TypeGuard[Term]:
    """Tells whether a node is a bare word."""
    return isinstance(node, Term) and node.field is None


def keyword_key(text: str) -> str:
    """Returns what keywords are compared by: the slug, without a handle's @."""
    return words.slug(text.removeprefix("@"))


def values(leaf: Term | Phrase | Prefix | Fuzzy, field: str, documents: Documents) -> set[str]:
    """Returns the values of a keyword field that a leaf stands for."""
    key = keyword_key(leaf.text)
    if isinstance(leaf, Term | Phrase):
        return set(documents.keyword(field, key))
    keys = documents.keywords(field)
    return {value for known in expanded(leaf, key, keys) for value in keys.get(known, ())}


def fuzzy_endings(word: str, edits: int, name: str, documents: Documents) -> list[str]:
    """Returns the terms of a listing within some edits of a word, the nearest first; a number is only itself."""
    return [word] if any(c.isdigit() for c in word) else by_distance(documents.near(name, word, edits))[:EXPANSIONS]


def by_distance(found: Iterable[tuple[str, int]]) -> list[str]:
    """Returns words with their distances, the nearest first."""
    return [term for _, term in sorted((distance, term) for term, distance in found)]


def expanded(leaf: Leaf, key: str, keys: Iterable[str]) -> list[str]:
    """Returns the keywords that a leaf stands for."""
    if isinstance(leaf, Prefix):
        return sorted(k for k in keys if k.startswith(key))[:EXPANSIONS]
    if isinstance(leaf, Fuzzy):
        if any(c.isdigit() for c in key):
            return [key]
        return by_distance(near.nearest(key, leaf.edits, near.words_of(keys)))[:EXPANSIONS]
    return [key]


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


def masked(node: Node, leaf_holds: Callable[[Leaf], Mask], nothing: Mask) -> Mask:
    """Returns for each of several things whether a tree holds of it where some of the leaves do."""
    found = nothing.copy()
    if isinstance(node, And):
        found = ~nothing
        for child in node.nodes:
            found &= masked(child, leaf_holds, nothing)
    elif isinstance(node, Or):
        for child in node.nodes:
            found |= masked(child, leaf_holds, nothing)
    elif isinstance(node, Not):
        found = ~masked(node.node, leaf_holds, nothing)
    elif isinstance(node, Most):
        for word in node.words:
            found |= leaf_holds(word)
        found &= masked(node.among, leaf_holds, nothing)
    else:
        found |= leaf_holds(node)
    return found
