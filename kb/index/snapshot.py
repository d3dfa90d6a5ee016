"""One generation of the index: searched by any number of threads, changed by none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from kb import words
from kb.fields import FACETS, SORTS
from kb.index import Completion, Counts, FacetValue, Found, Page, Reason, Stored, scoring
from kb.index.arrays import Floats, Ints
from kb.index.completion import Completions
from kb.index.documents import Documents
from kb.index.drafts import TALK
from kb.index.facets import Facets
from kb.index.lexicon import Lexicon
from kb.index.order import key_of, values_of
from kb.index.own import has_own, mentioned, people_best, tools_best
from kb.index.page import first, likely
from kb.index.parts import page_of_parts
from kb.index.people import People
from kb.index.rows import Rows
from kb.index.segments import Mask
from kb.index.selection import Leaves, Selected, Selection
from kb.index.tools import Tools
from kb.query.tree import Node, Query, SortKey, leaves
from kb.records import Appearance, Kind, Mention, Note, Problem, Rating, Reading, Speaker, Talk, Tool
from kb.roots import Root

ORDERS = 8  # Orders of all rows that are kept.
SPARSE = 50  # One row in so many has to be selected for a kept order to find the first soon.


class Snapshot:
    """Answers queries over the documents of one generation."""

    def __init__(self, rows: Rows, generation: int, updated_at: str, roots: tuple[Root, ...], bytes: int) -> None:
        self.generation, self.updated_at, self.roots = generation, updated_at, roots
        self._bytes = bytes
        self._documents = Documents(rows)
        self._orders: dict[tuple[SortKey, ...], Ints] = {}
        self._counted = Facets(self._documents)
        self._leaves = Leaves()

    @cached_property
    def names(self) -> Lexicon:
        """The names that the talks have, for reading plain English."""
        return Lexicon(self._documents)

    def search(self, query: Query, limit: int = 20, start: int = 0, facets: Iterable[str] = ()) -> Page:
        """Answers a query: `limit` records from the one at `start` on, best first, and how many there are in all."""
        selection = Selection(self._documents, self._leaves)
        selected = selection.select(query.where)
        if query.kind == "talk":
            return self._talks(query, selected, limit, start, facets)
        if query.kind in ("speaker", "tool"):
            best = self._best(query, selection, selected)
            if not query.sort:
                return self._best_named(query, best, limit, start, facets)
            return self._sorted_named(query, best, limit, start, facets)
        if query.kind in ("rating", "mention"):
            return self._parts(query, selection, selected, limit, start, facets)
        found = self._notes(selected.rows, np.round(selected.weighed.weights, scoring.DIGITS))
        found.sort(key=lambda f: key_of(query, values_of(query, f)))
        counted = {}
        if facets := list(facets):
            counted = self._facets(np.unique(np.fromiter(self._talks_of(found), np.int32)), facets)
        return Page(tuple(found[start : start + limit]), len(found), counted)

    def _best(self, query: Query, selection: Selection, selected: Selected) -> Floats:
        """Returns the score of each speaker's or tool's best talk among those selected, or -1."""
        of = self._of(query.kind)
        if not has_own(query):
            return self._scored(of, selected.rows, np.round(selected.weighed.weights, scoring.DIGITS))
        if query.kind == "tool":
            return tools_best(query, selected, selection, self._documents)
        best = np.full(len(of.talk_counts), -1.0)
        for id, score in people_best(query, selected, selection, self._documents).items():
            best[self._documents.people.number(id)] = score
        return best

    def _sorted_named(self, query: Query, best: Floats, limit: int, start: int, names: Iterable[str]) -> Page:
        """Returns a page of speakers or tools in an order that all of them have to be looked at for."""
        numbers = np.flatnonzero(best >= 0)
        found = [self._found_named(query.kind, n, float(best[n])) for n in numbers.tolist()]
        found.sort(key=lambda f: key_of(query, values_of(query, f)))
        return Page(tuple(found[start : start + limit]), len(found), self._named_facets(query, numbers, names))

    def _named_facets(self, query: Query, numbers: Any, names: Iterable[str]) -> dict[str, tuple[FacetValue, ...]]:
        """Counts the values of facets over the talks of some speakers or tools."""
        if not (names := list(names)):
            return {}
        pairs = self._of(query.kind).pairs
        return self._facets(np.unique(pairs.rows[np.isin(pairs.numbers, numbers)]), names)

    def _best_named(self, query: Query, best: Floats, limit: int, start: int, names: Iterable[str]) -> Page:
        """Returns a page of speakers or tools; only those up to its end are looked at one by one."""
        of = self._of(query.kind)
        numbers = np.flatnonzero(best >= 0)
        talks = of.talk_counts[numbers]
        keys: list[Any] = [-best[numbers], -talks]
        kth = first([*keys, numbers], start + limit)
        if len(kth):
            # Names decide between those alike in both, so all that are like the last one are looked at, too.
            score, count = (key[kth[-1]] for key in keys)
            among = (keys[0] < score) | ((keys[0] == score) & (keys[1] <= count))
            found = [self._found_named(query.kind, n, float(best[n])) for n in numbers[among].tolist()]
        else:
            found = []
        found.sort(key=lambda f: key_of(query, values_of(query, f)))
        counted = self._named_facets(query, numbers, names)
        return Page(tuple(found[start : start + limit]), len(numbers), counted)

    def _parts(
        self,
        query: Query,
        selection: Selection,
        selected: Selected,
        limit: int,
        start: int,
        names: Iterable[str],
    ) -> Page:
        """Returns a page of ratings or mentions; only those near it are looked at one by one."""
        documents = self._documents
        # A talk has one rating: what holds of the talk's holds of it. Of its mentions, only some may satisfy the tree.
        own = query.kind == "mention" and has_own(query)
        kept = mentioned(query, selected, selection, documents) if own else None
        having = documents.rows.column("rating") >= 0 if query.kind == "rating" else documents.tools.mentioned(kept)
        times = np.where(documents.rows.talks, having, 0).take(selected.rows)
        among = np.flatnonzero(times)
        rows, times = selected.rows.take(among), times.take(among)
        scores = np.round(selected.weighed.weights.take(among), scoring.DIGITS)

        def read(n: int) -> list[Found]:
            found = self._records(query.kind, documents.talk(int(rows[n])), float(scores[n]))
            if kept is None:
                return list(found)
            said = documents.tools.names_in(int(rows[n]), kept)
            return [one for one in found if isinstance(one.record, Mention) and one.record.name in said]

        keys, files = self._keys(query.sort, rows, scores), documents.rows.files_of(rows)
        found = page_of_parts(query, keys, files, times, read, limit, start)
        return Page(tuple(found), int(times.sum()), self._facets(rows, names))

    def _of(self, kind: Kind) -> People | Tools:
        return self._documents.people if kind == "speaker" else self._documents.tools

    def _scored(self, of: People | Tools, rows: Ints, scores: Floats) -> Floats:
        """Returns the score of each speaker's or tool's best talk among some, or -1."""
        total = np.full(self._documents.size, -1.0)
        total[rows] = scores
        best = np.full(len(of.talk_counts), -1.0)
        np.maximum.at(best, of.pairs.numbers, total[of.pairs.rows])
        return best

    def _found_named(self, kind: Kind, n: int, score: float) -> Found:
        documents = self._documents
        record = documents.people.speaker(n) if kind == "speaker" else documents.tools.tool(n)
        return Found(kind, record.id, record, score)

    def _talks(self, query: Query, selected: Selected, limit: int, start: int, names: Iterable[str]) -> Page:
        documents = self._documents
        names = list(names)
        if selected.scores is None and not names:
            mask = selected.mask if documents.only_talks else selected.mask & documents.rows.talks
            total = int(np.count_nonzero(mask))
            if total * SPARSE > documents.size:
                return self._unscored(query, mask, total, limit, start)
        rows = selected.rows
        scores = np.zeros(len(rows)) if selected.scores is None else selected.scores
        if not documents.only_talks:
            kept = documents.rows.talks.take(rows)
            rows, scores = rows[kept], scores[kept]
        counted, total = self._facets(rows, names), len(rows)
        if not query.sort:
            kept = likely(scores, start + limit)
            rows, scores = rows.take(kept), scores.take(kept)
        scores = scores.round(scoring.DIGITS)
        keys = self._keys(query.sort, rows, scores)
        best = first(keys, start + limit)[start:]
        return Page(tuple(documents.found(rows[best].tolist(), scores[best].tolist())), total, counted)

    def _unscored(self, query: Query, mask: Mask, total: int, limit: int, start: int) -> Page:
        """Returns a page of talks that all score nothing: the first selected in an order that is kept."""
        order, best = self._order(query.sort), np.zeros(0, dtype=np.int32)
        # Where what is selected lies evenly in the order, the first part has enough.
        wanted = start + limit
        begin, end = 0, 64 + 2 * wanted * len(order) // max(total, 1)
        while len(best) < wanted and begin < len(order):
            part = order[begin:end]
            found = part[mask.take(part)]
            best = np.concatenate([best, found]) if begin else found
            begin, end = end, end * 4
        rows = best[start:wanted].tolist()
        return Page(tuple(self._documents.found(rows, [0.0] * len(rows))), total, {})

    def _order(self, sort: tuple[SortKey, ...]) -> Ints:
        """Returns all rows in the order of some keys, then of path and line."""
        if sort not in self._orders:
            if len(self._orders) > ORDERS:
                self._orders.clear()
            every = np.arange(self._documents.size, dtype=np.int32)
            keys = self._keys(sort, every, np.zeros(len(every)))
            self._orders[sort] = np.lexsort(keys[::-1]).astype(np.int32)
        return self._orders[sort]

    def _keys(self, sort: tuple[SortKey, ...], rows: Ints, scores: Floats) -> list[Any]:
        """Returns what talks are ordered by, ascending: the asked keys, the score, then path and line."""
        keys = []
        for key in sort:
            ranks = self._documents.ranks(key.field).take(rows)
            keys.append(np.where(np.isinf(ranks), ranks, -ranks) if key.descending else ranks)
        return [*keys, -scores, self._documents.rows.places.take(rows)]

    def _notes(self, rows: Ints, scores: Floats) -> list[Found]:
        """Returns the notes of documents, each with the score of its best one."""
        files, which = np.unique(self._documents.rows.files_of(rows), return_inverse=True)
        best = np.full(len(files), -1.0)
        np.maximum.at(best, which, scores)
        notes = ((self._documents.file(row).note, n) for n, row in enumerate(files.tolist()))
        return [Found("note", note.id, note, float(best[n])) for note, n in notes if note]

    def _records(self, kind: Kind, talk: Talk, score: float) -> Iterator[Found]:
        """Yields the ratings or mentions that a talk has."""
        if kind == "rating" and talk.rating:
            yield Found("rating", talk.id, talk.rating, score, talk)
        elif kind == "mention":
            for mention in talk.mentions:
                id = f"{talk.id}@{mention.line}:{mention.column}"
                yield Found("mention", id, mention, score, talk)

    def _facets(self, rows: Ints, names: Iterable[str]) -> dict[str, tuple[FacetValue, ...]]:
        """Counts the values of facets over some talks."""
        return {name: self._counted.count(name, rows) for name in dict.fromkeys(names)}

    def _talks_of(self, notes: Sequence[Found]) -> Iterator[int]:
        """Yields the rows of the talks of some notes."""
        for one in notes:
            yield from self._documents.talk_rows(self._documents.rows.row(one.id))

    def warm(self) -> None:
        """Makes at once what the first questions would otherwise wait for."""
        self.names.warm()
        for make in self._documents.warmers():
            make()
        for field in SORTS:
            self._documents.ranks(field)
        for field in FACETS:
            self._counted.warm(field)

    def why(self, query: Query, found: Found) -> tuple[Reason, ...]:
        """Returns why a record ranks where it does: the conditions of a query that it satisfies, with their scores."""
        talk = found.talk.id if found.talk else found.id
        row = self._documents.find(talk)
        if row < 0:
            return ()
        selection = Selection(self._documents, self._leaves)

        def score(node: Node) -> float | None:
            at = np.flatnonzero(selection.select(node).rows == row)
            return float(selection.select(node).weighed.weights[at[0]]) if len(at) else None

        parts = ((leaf, score(leaf)) for leaf in dict.fromkeys(leaves(query.where)))
        reasons = [Reason(str(leaf), round(part, scoring.DIGITS)) for leaf, part in parts if part is not None]
        rest = round((score(query.where) or 0.0) - sum(r.score for r in reasons), scoring.DIGITS)
        return (*reasons, *((Reason("side by side in the title", rest),) if rest > 0 else ()))

    def keywords(self, talk: str, count: int) -> list[str]:
        """Returns the words that tell a talk from others, the most telling first: by frequency and rarity."""
        record, documents = self._talk(talk), self._documents
        if record is None:
            return []
        said: dict[str, list[str]] = {}
        for term in words.terms(f"{record.title}\n{record.title}\n{record.text}"):
            if not term.isdigit() and len(term) > 1:
                said.setdefault(words.stem(term), []).append(term)
        weighed: list[tuple[float, str]] = []
        for stem, terms in said.items():
            having = documents.having_term("bare/prose", stem)
            if having > 1:
                weight = (1 + math.log(len(terms))) * scoring.idf(having, documents.count)
                weighed.append((-weight, terms[0]))
        return [word for _, word in sorted(weighed)[:count]]

    @cached_property
    def _completions(self) -> Completions:
        return Completions(self._documents, self.names)

    def complete(self, text: str, limit: int) -> list[Completion]:
        """Returns what a text that is being typed may become, the likeliest first."""
        return self._completions.complete(text, limit)

    def get(self, kind: Kind, id: str) -> Found | None:
        """Returns a record by its id."""
        documents = self._documents
        record: Talk | Speaker | Tool | Note | Rating | Mention | None = None
        talk = self._talk(id.partition("@")[0] if kind == "mention" else id)
        if kind == "talk":
            record = talk
        elif kind == "rating" and talk:
            record = talk.rating
        elif kind == "mention" and talk:
            place = id.partition("@")[2]
            record = next((m for m in talk.mentions if f"{m.line}:{m.column}" == place), None)
        elif kind == "speaker":
            record = documents.people.find(id)
        elif kind == "tool":
            record = documents.tools.find(id)
        elif kind == "note":
            record = documents.note(id)
        if record is None:
            return None
        return Found(kind, id, record, 0.0, talk if kind in ("rating", "mention") else None)

    def _talk(self, id: str) -> Talk | None:
        row = self._documents.find(id)
        return self._documents.talk(row) if row >= 0 else None

    def at(self, path: str, line: int) -> Found | None:
        """Returns the talk that covers a line of a note, or the note itself."""
        documents = self._documents
        rows = documents.rows.file(path)
        note = documents.file(rows[0]).note if rows else None
        if rows is None or note is None or not 1 <= line <= note.source.end_line:
            return None
        for talk in map(documents.talk, range(rows[0] + 1, rows[1])):
            if talk.source.line <= line <= talk.source.end_line:
                return Found("talk", talk.id, talk, 0.0)
        return Found("note", note.id, note, 0.0)

    def facet(self, field: str) -> tuple[FacetValue, ...]:
        """Returns the values of a facet that most talks have."""
        return self._counted.count(field, np.flatnonzero(self._documents.rows.talks).astype(np.int32))

    def ids(self, kind: Kind) -> Iterable[str]:
        """Returns the ids of all records of a kind."""
        people, rows = self._documents.people, self._documents.rows
        if kind in ("speaker", "tool"):
            return people.ids() if kind == "speaker" else self._documents.tools.ids
        return (
            id
            for part in rows.parts
            for id, row, gone in zip(part.segment.ids, part.segment.kinds.tolist(), part.gone.tolist(), strict=True)
            if id and not gone and (row != TALK if kind == "note" else row == TALK)
        )

    def talks_of(self, ids: Iterable[str]) -> list[Talk]:
        """Returns the talks with these ids, in the order of the notes."""
        places = self._documents.rows.places
        return [self._documents.talk(row) for row in sorted(map(self._documents.find, ids), key=places.__getitem__)]

    def speaker_id(self, who: Appearance) -> str:
        """Returns the id of the speaker that a talk names so."""
        return self._documents.people.id(who)

    def speaker_ids(self, found: Found) -> list[str]:
        """Returns the ids of the speakers that a found talk names, as it does."""
        talk, people = found.record, self._documents.people
        assert isinstance(talk, Talk)
        return people.ids_of(talk, found.place) if found.place >= 0 else list(map(people.id, talk.speakers))

    def tool_id(self, mention: Mention) -> str:
        """Returns the id of the tool that is mentioned."""
        return self._documents.tools.id(mention.name)

    def readings(self) -> Iterator[Reading]:
        """Yields every note with its talks and problems, in the order of their paths."""
        documents = self._documents
        for row in documents.rows.files().tolist():
            file = documents.file(row)
            if file.note:
                yield Reading(file.note, tuple(map(documents.talk, documents.talk_rows(row))), file.problems)

    def talks_in(self, note: str) -> list[Talk]:
        """Returns the talks of a note by its id."""
        row = self._documents.rows.row(note)
        return [self._documents.talk(n) for n in self._documents.talk_rows(row)] if row >= 0 else []

    def files(self) -> dict[str, Stored]:
        """Returns what this generation was built from, by path."""
        return {stored.path: stored for part in self._documents.rows.parts for stored in part.files()}

    def problems(self) -> tuple[Problem, ...]:
        """Returns the problems of all notes in the order of path and line."""
        rows = self._documents.rows
        having = np.flatnonzero((rows.column("problems") > 0) & ~rows.gone).tolist()
        return tuple(sorted(p for row in having for p in self._documents.file(row).problems))

    def counts(self) -> Counts:
        """Returns how much there is."""
        rows = self._documents.rows
        counted = {value.value: value.count for value in self.facet("kind")}
        kinds = {kind: counted.get(kind, 0) for kind in ("talk", "speaker", "rating", "mention", "tool", "note")}
        kinds["note"] = sum(part.notes() for part in rows.parts)
        return Counts(kinds, self._bytes, int(rows.column("problems")[~rows.gone].sum()))
