"""The judge: a slow, obvious evaluator of queries over plain records, that the index must agree with.

It knows nothing of Whoosh, arrays or postings: every condition looks at every talk, word by word.
"""

from __future__ import annotations

import calendar
import functools
import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from kb import words
from kb.catalogue import catalogue
from kb.extract import gazetteer
from kb.fields import FIELDS, WEIGHTS
from kb.query.tree import All, And, Fuzzy, Has, Leaf, Like, Most, Node, Not, Or, Phrase, Prefix, Query, Range, Term
from kb.records import Mention, Note, Rating, Reading, Talk, year_of

K1 = 1.2
B = {"title": 0.7, "speaker": 0.2, "affiliation": 0.2, "tool": 0.3, "event": 0.2, "path": 0.2, "text": 0.75}
PIVOT = {"title": 8, "speaker": 3, "affiliation": 2, "tool": 3, "event": 3, "path": 4, "text": 120}
Document = Talk | Note


def distance(a: str, b: str) -> int:
    """Damerau-Levenshtein, unrestricted, by the textbook."""

    @functools.cache
    def d(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        best = min(d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
        for x in range(i - 1, 0, -1):
            for y in range(j - 1, 0, -1):
                if a[x - 1] == b[j - 1] and a[i - 1] == b[y - 1]:
                    best = min(best, d(x - 1, y - 1) + (i - x - 1) + 1 + (j - y - 1))
        return best

    return d(len(a), len(b))


class Judge:
    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self.readings = sorted(readings, key=lambda r: r.note.source.path)
        self.documents: list[Document] = []
        for reading in self.readings:
            self.documents += sorted(reading.talks, key=lambda t: t.source.line) or [reading.note]
        self.talks = [d for d in self.documents if isinstance(d, Talk)]
        self.catalogue = catalogue(self.talks)

    # What a document says in a field: a list of values, each a list of terms.

    def values(self, document: Document, field: str) -> list[list[str]]:
        cut = words.stems if field in ("title", "text") else words.terms
        return [cut(text) for text in self.said(document, field) if text]

    def said(self, document: Document, field: str) -> list[str]:
        if isinstance(document, Note):
            of_note = {"title": [document.title], "event": [document.event or ""], "path": [document.source.path]}
            return of_note.get(field, [])
        people = document.speakers
        return {
            "title": [document.title],
            "speaker": [p.name for p in people],
            "affiliation": list(dict.fromkeys(p.affiliation for p in people if p.affiliation)),
            "tool": list(dict.fromkeys(s for m in document.mentions for s in (m.name, m.text))),
            "event": [document.event or ""],
            "path": [document.source.path],
            "text": [document.text],
        }[field]

    def vocabulary(self, field: str) -> set[str]:
        return {t for d in self.documents for value in self.values(d, field) for t in value}

    def forms(self, leaf: Any, field: str) -> list[list[str]]:
        said = words.terms(leaf.text)
        if not said:
            return []
        stemmed = [words.stem(t) for t in said] if field in ("title", "text") else said
        if isinstance(leaf, Term | Phrase):
            return [stemmed]
        known = self.vocabulary(field)
        if isinstance(leaf, Prefix):
            ends = {t for t in known if t.startswith(said[-1])}
            if field in ("title", "text") and words.stem(said[-1]) in known:
                ends.add(words.stem(said[-1]))
        elif any(c.isdigit() for c in said[-1]):
            ends = {said[-1]}
        else:
            ends = {t for t in known if distance(said[-1], t) <= leaf.edits}
        return [[*stemmed[:-1], end] for end in sorted(ends)]

    def frequency(self, document: Document, field: str, forms: list[list[str]]) -> int:
        return sum(
            value[n : n + len(form)] == form
            for value in self.values(document, field)
            for form in forms
            for n in range(len(value) - len(form) + 1)
        )

    # Leaves.

    def matches(self, leaf: Leaf, document: Document) -> bool:
        field = getattr(leaf, "field", None)
        if isinstance(leaf, All):
            return True
        if isinstance(leaf, Like):
            return any(
                self.matches(Term(word), document) for word in [leaf.text, *(w for w, _ in self.like(leaf.text))]
            )
        if isinstance(leaf, Has):
            return self.has(document, leaf.field)
        if isinstance(leaf, Range) or (field and FIELDS[field].type in ("number", "date")):
            return self.in_range(leaf, document)
        if field and FIELDS[field].type == "keyword":
            return any(self.keyword_holds(leaf, field, part) for part in self.parts(document, field))
        return any(self.frequency(document, f, self.forms(leaf, f)) for f in ([field] if field else WEIGHTS))

    def parts(self, document: Document, field: str) -> list[Any]:
        if isinstance(document, Note):
            return []
        return list(document.mentions) if field == "tool" else [p for p in document.speakers if p.handle]

    def keys(self, part: Any) -> set[str]:
        if isinstance(part, Mention):
            tool = self.catalogue.tools[self.catalogue.tool_id(part)]
            return {words.slug(s) for s in (tool.name, *tool.aliases, *gazetteer.aliases(tool.name))}
        return {words.slug(part.handle)}

    def keyword_holds(self, leaf: Any, field: str, part: Any) -> bool:
        key = words.slug(leaf.text.removeprefix("@"))
        if isinstance(leaf, Prefix):
            return any(k.startswith(key) for k in self.keys(part))
        if isinstance(leaf, Fuzzy) and not any(c.isdigit() for c in key):
            return any(distance(key, k) <= leaf.edits for k in self.keys(part))
        return key in self.keys(part)

    def has(self, document: Document, field: str) -> bool:
        if field == "rating":
            return isinstance(document, Talk) and document.rating is not None
        if field == "year":
            return year_of(document) is not None
        if field == "date":
            return document.date is not None
        if field in ("tool", "handle"):
            return bool(self.parts(document, field))
        return any(self.values(document, field))

    def in_range(self, leaf: Any, document: Document) -> bool:
        low, high = (leaf.low, leaf.high) if isinstance(leaf, Range) else (leaf.text, leaf.text)
        if leaf.field == "date":
            if not document.date:
                return False
            first, last = days(document.date)
            return (not low or first >= days(low)[0]) and (not high or last <= days(high)[1])
        if leaf.field == "rating":
            value: float | None = document.rating.value if isinstance(document, Talk) and document.rating else None
        else:
            value = year_of(document)
        return value is not None and (not low or value >= float(low)) and (not high or value <= float(high))

    # Scores.

    def score(self, node: Node, document: Document) -> float:
        if isinstance(node, And | Or):
            together = self.side_by_side(node.nodes, document) if isinstance(node, And) else 0.0
            return together + sum(self.score(n, document) for n in node.nodes if self.selects(n, document))
        if isinstance(node, Most):
            together = self.score(node.among, document) + self.side_by_side(node.words, document)
            return together + sum(self.score(n, document) for n in node.words if self.selects(n, document))
        if isinstance(node, Not | All | Has | Range) or not self.matches(node, document):
            return 0.0
        if isinstance(node, Like):
            likely = [(node.text, 0), *self.like(node.text)]
            return max({0: 1.0, 1: 0.8, 2: 0.5}[edits] * self.score(Term(word), document) for word, edits in likely)
        field = node.field
        type = FIELDS[field].type if field else "prose"
        if type in ("number", "date"):
            return 0.0
        idf = self.idf(node)
        if type == "keyword":
            times = sum(self.keyword_holds(node, field or "", p) for p in self.parts(document, field or ""))
            total = WEIGHTS.get(field or "", 0.0) * times
        else:
            total = sum(self.weighted(node, document, f) for f in ([field] if field else WEIGHTS))
        exact = 0.0
        if isinstance(node, Term) and field is None:
            spelt = set(words.terms(node.text))
            exact += 0.8 * (spelt <= self.spelt(document, list(WEIGHTS)))
            exact += 0.4 * (spelt <= self.spelt(document, ["title", "speaker"]))
        return idf * (total * (K1 + 1) / (K1 + total) + exact) if total else 0.0

    def idf(self, leaf: Leaf) -> float:
        having = sum(self.matches(leaf, d) for d in self.documents)
        return math.log(1 + (len(self.documents) - having + 0.5) / (having + 0.5))

    def spelt(self, document: Document, fields: list[str]) -> set[str]:
        """Returns the words of some fields of a document as they are spelt."""
        return {t for field in fields for said in self.said(document, field) for t in words.terms(said)}

    def side_by_side(self, nodes: tuple[Node, ...], document: Document) -> float:
        """Returns what bare words in a row add that stand so in the title."""
        total = 0.0
        for one, other in itertools.pairwise(nodes):
            if isinstance(one, Term) and isinstance(other, Term) and one.field is None and other.field is None:
                both = words.stems(one.text) + words.stems(other.text)
                if len(both) > 1 and self.frequency(document, "title", [both]):
                    total += 0.4 * min(self.idf(one), self.idf(other))
        return total

    def like(self, text: str) -> list[tuple[str, int]]:
        """Returns the words that a misspelt one may stand for, with how many edits away each is."""
        said = words.terms(text)
        if len(said) != 1 or len(said[0]) < 4 or any(c.isdigit() for c in said[0]):
            return []
        known = Counter(w for d in self.documents for w in self.spelt(d, list(WEIGHTS)))
        for edits in (1, 2) if len(said[0]) >= 6 else (1,):
            near = [(w, distance(said[0], w)) for w in known if 0 < distance(said[0], w) <= edits]
            if near:
                return sorted(near, key=lambda w: (w[1], w[0][0] != said[0][0], -known[w[0]], w[0]))[:8]
        return []

    def weighted(self, leaf: Leaf, document: Document, field: str) -> float:
        times = self.frequency(document, field, self.forms(leaf, field))
        if not times:
            return 0.0
        length = sum(map(len, self.values(document, field)))
        return WEIGHTS.get(field, 1.0) * times / (1 - B[field] + B[field] * length / PIVOT[field])

    # Trees.

    def selects(self, node: Node, document: Document) -> bool:
        if isinstance(node, Most):
            among = [d for d in self.documents if self.selects(node.among, d)]
            most = max((sum(self.matches(w, d) for w in node.words) for d in among), default=0)
            return document in among and sum(self.matches(w, document) for w in node.words) == max(most, 1)
        return self.holds(node, lambda leaf: self.matches(leaf, document))

    def holds(self, node: Node, leaf_holds: Callable[[Leaf], bool]) -> bool:
        if isinstance(node, And):
            return all(self.holds(n, leaf_holds) for n in node.nodes)
        if isinstance(node, Or):
            return any(self.holds(n, leaf_holds) for n in node.nodes)
        if isinstance(node, Not):
            return not self.holds(node.node, leaf_holds)
        if isinstance(node, Most):
            return self.holds(node.among, leaf_holds) and any(leaf_holds(word) for word in node.words)
        return leaf_holds(node)

    def part_holds(self, query: Query, document: Document, part: Any) -> bool:
        def leaf_holds(leaf: Leaf) -> bool:
            field = getattr(leaf, "field", None)
            if field is None or query.kind not in FIELDS[field].own:
                return self.matches(leaf, document)
            if isinstance(part, Rating):
                return self.in_range(leaf, document) if not isinstance(leaf, Has) else True
            if isinstance(part, Mention):
                return isinstance(leaf, Has) or self.keyword_holds(leaf, "tool", part)
            value = {"speaker": part.name, "affiliation": part.affiliation, "handle": part.handle}[field]
            if isinstance(leaf, Has) or not value:
                return isinstance(leaf, Has) and bool(value)
            if field == "handle":
                return self.keyword_holds(leaf, field, part)
            terms = words.terms(value)
            return any(
                terms[n : n + len(form)] == form
                for form in self.forms(leaf, field)
                for n in range(len(terms) - len(form) + 1)
            )

        return self.holds(query.where, leaf_holds)

    def answer(self, query: Query) -> list[tuple[str, float]]:
        """Returns the ids and scores of the records that answer a query, in order."""
        best: dict[str, float] = {}
        about: dict[str, tuple[Document, Any]] = {}
        for document in self.documents:
            if (isinstance(document, Note) and query.kind != "note") or not self.selects(query.where, document):
                continue
            score = round(self.score(query.where, document), 6)
            for id, part in self.records(query.kind, document):
                if part is None or self.part_holds(query, document, part):
                    if id not in best or score > best[id]:
                        best[id] = score
                    about.setdefault(id, (document, part))

        def compare(a: str, b: str) -> int:
            return self.compare(query, a, b, best, about)

        ordered = sorted(best, key=functools.cmp_to_key(compare))
        return [(id, best[id]) for id in ordered]

    def records(self, kind: str, document: Document) -> list[tuple[str, Any]]:
        if kind == "note":
            return [(document.note if isinstance(document, Talk) else document.id, None)]
        assert isinstance(document, Talk)
        if kind == "talk":
            return [(document.id, None)]
        if kind == "rating":
            return [(document.id, document.rating)] if document.rating else []
        if kind == "speaker":
            return [(self.catalogue.speaker_id(p), p) for p in document.speakers]
        if kind == "tool":
            return [(self.catalogue.tool_id(m), m) for m in document.mentions]
        return [(f"{document.id}@{m.line}:{m.column}", m) for m in document.mentions]

    # Order.

    def compare(self, query: Query, a: str, b: str, best: dict[str, float], about: dict[str, Any]) -> int:
        for key in query.sort:
            left, right = (self.sorted_by(query.kind, key.field, i, about[i]) for i in (a, b))
            if left == right:
                continue
            if left is None or right is None:
                return 1 if left is None else -1
            return (1 if left > right else -1) * (-1 if key.descending else 1)
        if best[a] != best[b]:
            return -1 if best[a] > best[b] else 1
        left, right = (self.tie(query.kind, i, about[i]) for i in (a, b))
        return -1 if (left, a) < (right, b) else 1

    def tie(self, kind: str, id: str, about: tuple[Document, Any]) -> Any:
        if kind in ("speaker", "tool"):
            record: Any = self.catalogue.speakers[id] if kind == "speaker" else self.catalogue.tools[id]
            return (-len(record.talks), words.fold(record.name))
        document, part = about
        if kind == "note":
            return (document.source.path, 1)
        if kind == "talk":
            return (document.source.path, document.source.line)
        return (document.source.path, part.line, getattr(part, "column", 0))

    def sorted_by(self, kind: str, field: str, id: str, about: tuple[Document, Any]) -> Any:
        if kind in ("speaker", "tool"):
            record: Any = self.catalogue.speakers[id] if kind == "speaker" else self.catalogue.tools[id]
            if field in ("title", "speaker"):
                return words.fold(record.name)
            return record.mean_rating if field == "rating" and kind == "speaker" else None
        document = about[0]
        if kind == "note":
            document = next(r.note for r in self.readings if r.note.id == id)
        if field == "rating":
            return document.rating.value if isinstance(document, Talk) and document.rating else None
        if field == "speaker":
            return words.fold(document.speakers[0].name) if isinstance(document, Talk) and document.speakers else None
        if field == "year":
            return year_of(document)
        said = {"title": document.title, "event": document.event, "path": document.source.path, "date": document.date}
        return words.fold(value) if (value := said[field]) else None

    def facet(self, field: str, query: Query) -> Counter[Any]:
        """Returns how many of the talks that answer a query for talks have each value."""
        ids = {id for id, _ in self.answer(query)}
        counted: Counter[Any] = Counter()
        for talk in (t for t in self.talks if t.id in ids):
            said: dict[str, list[Any]] = {
                "rating": [talk.rating.value] if talk.rating else [],
                "year": [y for y in [year_of(talk)] if y is not None],
                "event": [talk.event] if talk.event else [],
                "affiliation": [p.affiliation for p in talk.speakers if p.affiliation],
                "tool": [m.name for m in talk.mentions],
                "speaker": [self.catalogue.speakers[self.catalogue.speaker_id(p)].name for p in talk.speakers],
            }
            counted.update(set(said[field]))
        return counted


def days(date: str) -> tuple[str, str]:
    """Returns the first and last day of a date, written out."""
    parts = date.split("-")
    year, month = parts[0], parts[1] if len(parts) > 1 else None
    last = calendar.monthrange(int(year), int(month or 12))[1]
    day = parts[2] if len(parts) > 2 else None
    return f"{year}-{month or '01'}-{day or '01'}", f"{year}-{month or '12'}-{day or f'{last:02}'}"
