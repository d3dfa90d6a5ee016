"""The documents of one generation: which rows have which words, names and values, over all segments.

A document is a row: a talk, or a note without talks, which stands for itself. What a question needs is read from the
mapped segments when it is asked; what is derived from them is kept with the generation.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb import words
from kb.fields import WEIGHTS
from kb.index import Found
from kb.index.arrays import Floats, Ints
from kb.index.columns import NONE
from kb.index.drafts import PROSE, TALK, FileRecord
from kb.index.people import People
from kb.index.rows import Live, Rows, Tags
from kb.index.segments import Mask, Segment
from kb.index.tools import Tools
from kb.records import Note, Talk

LIKE = 8  # Words that a misspelt one may stand for.
KEPT = 1_000  # Misspelt words whose likely meanings are kept.
BARE = ("bare/prose", "bare/names")
SPARSE = 50  # Fewer rows than one in so many are sorted, more are marked.
FEW = 8  # Rows that are so many times fewer than others are looked for by bisection.


class Weighed(NamedTuple):
    """Some rows, ascending, and what each weighs."""

    rows: Ints
    weights: Floats


NOTHING = Weighed(np.zeros(0, dtype=np.int32), np.zeros(0))


class _Scratch(threading.local):
    """Room for adding up over all rows, a thread's own and all zeros between two uses."""

    def __init__(self, size: int) -> None:
        self.total: Floats = np.zeros(size)
        self.seen: Mask = np.zeros(size, dtype=bool)


class Documents:
    """Everything that selecting, sorting and counting need to know of the documents."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.people, self.tools = rows, People(rows), Tools(rows)
        self.size = rows.size
        self._scratch = _Scratch(rows.size)
        self._ranks: dict[str, Floats] = {}
        self._alike: dict[str, list[tuple[str, int]]] = {}

    @cached_property
    def count(self) -> int:
        """How many documents there are."""
        return int(np.count_nonzero(self.rows.searched))

    @cached_property
    def only_talks(self) -> bool:
        """Tells whether every document is a talk."""
        return int(np.count_nonzero(self.rows.talks)) == self.count

    # Records.

    def record(self, row: int) -> Talk | Note:
        """Returns the talk or note of a row."""
        part = self.rows.part(row)
        kind = part.segment.kinds[row - part.start]
        if kind == TALK:
            return part.segment.talk(row - part.start)
        note = part.segment.stored(row - part.start).note
        assert note is not None
        return note

    def talk(self, row: int) -> Talk:
        """Returns the talk of a row."""
        part = self.rows.part(row)
        return part.segment.talk(row - part.start)

    def found(self, rows: Sequence[int], scores: Sequence[float]) -> list[Found]:
        """Returns the talks of rows as what is found, their records to be read when they are looked at."""
        if not self.rows.parts or max(rows, default=0) >= self.rows.parts[0].end:
            return [one for row, score in zip(rows, scores, strict=True) for one in self._in_part(row, score)]
        segment = self.rows.parts[0].segment
        return _as_found(segment, rows, scores, 0)

    def _in_part(self, row: int, score: float) -> list[Found]:
        part = self.rows.part(row)
        return _as_found(part.segment, [row - part.start], [score], part.start)

    def file(self, row: int) -> FileRecord:
        """Returns the file of a row."""
        part = self.rows.part(row)
        return part.segment.stored(row - part.start)

    def find(self, id: str) -> int:
        """Returns the row of a talk by its id, or -1."""
        row = self.rows.row(id)
        return row if row >= 0 and self.rows.talks[row] else -1

    def note(self, id: str) -> Note | None:
        """Returns a note by its id."""
        row = self.rows.row(id) if "/" not in id and id else -1
        return self.file(row).note if row >= 0 else None

    def talk_rows(self, row: int) -> range:
        """Returns the rows of the talks of the file in a row."""
        part = self.rows.part(row)
        files = part.segment.files
        n = int(np.searchsorted(files, row - part.start, side="right"))
        return range(row + 1, int(files[n]) + part.start)

    # Words.

    def is_stemmed(self, field: str) -> bool:
        """Tells whether a field's terms are stems."""
        return field in PROSE

    def added(self, parts: Sequence[Weighed]) -> Weighed:
        """Returns the rows of several, each once, with what it weighs in all of them."""
        parts = [part for part in parts if len(part.rows)]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return NOTHING
        total, seen = self._scratch.total, self._scratch.seen
        # NumPy takes its own kind of numbers as places several times as fast as narrower ones.
        places = [part.rows.astype(np.intp) for part in parts]
        if sum(map(len, places)) * SPARSE > self.size:
            for at in places:
                seen[at] = True
            distinct = np.flatnonzero(seen)
            seen.fill(False)
        else:
            distinct = np.unique(np.concatenate(places))
        for at, part in zip(places, parts, strict=True):  # Each has a row once, so that nothing is lost.
            total[at] += part.weights
        weights = total.take(distinct)
        total[distinct] = 0.0
        return Weighed(distinct.astype(np.int32), weights)

    def inside(self, of: Ints, rows: Ints) -> Mask:
        """Returns which of some rows are among others; both ascend."""
        if len(of) * FEW < len(rows):
            return np.asarray(rows[_places(of, rows)] == of)
        seen, at = self._scratch.seen, rows.astype(np.intp)
        seen[at] = True
        found = seen.take(of)
        seen[at] = False
        return found

    def looked_up(self, of: Ints, weighed: Weighed) -> Floats:
        """Returns what some rows weigh in others, or 0; both ascend."""
        if len(of) * FEW < len(weighed.rows):
            at = _places(of, weighed.rows)
            return np.where(weighed.rows[at] == of, weighed.weights[at], 0.0)
        total, at = self._scratch.total, weighed.rows.astype(np.intp)
        total[at] = weighed.weights
        found: Floats = total.take(of)
        total[at] = 0.0
        return found

    def common(self, one: Weighed, other: Weighed) -> Weighed:
        """Returns the rows that two have in common, with what each weighs in both."""
        if len(one.rows) > len(other.rows):
            one, other = other, one
        both, weights = self.shared(one.rows, other)
        return Weighed(one.rows.take(both), one.weights.take(both) + weights)

    def shared(self, rows: Ints, other: Weighed) -> tuple[Any, Floats]:
        """Returns the places of those of some rows that are among others, and what they weigh there; both ascend."""
        if len(rows) * FEW < len(other.rows):
            at = _places(rows, other.rows)
            both = np.flatnonzero(other.rows.take(at) == rows)
            return both, other.weights.take(at.take(both))
        total, seen = self._scratch.total, self._scratch.seen
        at = other.rows.astype(np.intp)
        seen[at], total[at] = True, other.weights
        both = np.flatnonzero(seen.take(rows))
        weights = total.take(rows.take(both))
        seen[at], total[at] = False, 0.0
        return both, weights

    def bare(self, stems: Iterable[str], spelt: Iterable[str]) -> Weighed:
        """Returns the rows with any of some stems in prose, or of some words in names, and what they weigh there."""
        found = []
        for part in self.rows.parts:
            for name, terms in zip(BARE, (stems, spelt), strict=True):
                listed = part.segment.listed(name)
                for term in terms:
                    if (n := listed.terms.find(term)) >= 0:
                        rows, weights = part.segment.weights(name, n)
                        if part.has_gone:
                            kept = ~part.gone[rows]
                            rows, weights = rows[kept], weights[kept]
                        found.append(Weighed(rows + np.int32(part.start) if part.start else rows, weights))
        return self.added(found)

    def spelt(self, term: str) -> tuple[Ints, NDArray[np.uint8]]:
        """Returns the rows in which a word stands as it is spelt, and for each whether in a title or name."""
        found = []
        for part in self.rows.parts:
            listed = part.segment.listed("spelt")
            if (n := listed.terms.find(term)) >= 0:
                rows, headed = listed.found(n)
                if part.has_gone:
                    kept = ~part.gone[rows]
                    rows, headed = rows[kept], headed[kept]
                found.append((rows + np.int32(part.start) if part.start else rows, headed))
        if len(found) == 1:
            return found[0]  # type: ignore[return-value]
        if not found:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint8)
        return np.concatenate([rows for rows, _ in found]), np.concatenate([headed for _, headed in found])

    def occurrences(self, field: str, runs: Iterable[Sequence[str]]) -> Weighed:
        """Returns the rows in which any of some runs of terms stands, and how often."""
        found = []
        for part in self.rows.parts:
            for run in runs:
                rows, times = self._term(part, field, run[0]) if len(run) == 1 else self._run(part, field, run)
                if len(rows):
                    kept = ~part.gone[rows] if part.has_gone else slice(None)
                    found.append(Weighed(rows[kept] + np.int32(part.start), times[kept].astype(np.float64)))
        return self.added(found)

    def _term(self, part: Live, field: str, term: str) -> tuple[Ints, Ints]:
        listed = part.segment.listed(f"terms/{field}")
        n = listed.terms.find(term)
        if n < 0:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
        return listed.rows(n), listed.frequencies(n)

    def _run(self, part: Live, field: str, run: Sequence[str]) -> tuple[Ints, Ints]:
        """Returns the rows of a segment in which terms stand side by side, and how often."""
        listed = part.segment.listed(f"terms/{field}")
        nothing, numbers = np.zeros(0, dtype=np.int32), []
        for term in run:
            if (n := listed.terms.find(term)) < 0:
                return nothing, nothing
            numbers.append(n)
        common, *others = sorted(map(listed.rows, set(numbers)), key=len)
        for rows in others:
            common = common[self.inside(common, rows)]
        if not len(common):
            return nothing, nothing
        # A row and a position make one key, so that a run is an intersection of shifted keys.
        starts = None
        for shift, n in enumerate(numbers):
            rows, offsets, positions = listed.placed(n)
            few = len(common) * FEW < len(rows)
            at = _places(common, rows) if few else np.flatnonzero(self.inside(rows, common))
            keys = _keys(common, offsets[at], offsets[at + 1], positions) - shift
            starts = keys if starts is None else np.intersect1d(starts, keys, assume_unique=True)
        assert starts is not None
        found, times = np.unique(starts >> 32, return_counts=True)
        return found.astype(np.int32), times.astype(np.int32)

    def lengths(self, field: str) -> Ints:
        """Returns how many terms a field has in each row."""
        return self.rows.column(f"length/{field}")

    def beginning(self, name: str, prefix: str, most: int) -> list[str]:
        """Returns the first terms of a listing that begin so and that a document has."""
        found: set[str] = set()
        for part in self.rows.parts:
            listed = part.segment.listed(name)
            low, high = listed.terms.beginning(prefix)
            if not part.has_gone:
                found.update(listed.terms[low : min(high, low + most)])
                continue
            kept = 0
            for n in range(low, high):
                if kept < most and (~part.gone[listed.rows(n)]).any():
                    found.add(listed.terms[n])
                    kept += 1
        return sorted(found)[:most]

    def near(self, name: str, word: str, edits: int) -> list[tuple[str, int]]:
        """Returns the terms of a listing within some edits that a document has, each with how many; in no order."""
        found: dict[str, int] = {}
        for part in self.rows.parts:
            for term, distance in part.segment.listed(name).terms.like(word, edits):
                if term not in found and self.having_term(name, term):
                    found[term] = distance
        return list(found.items())

    def having_term(self, name: str, term: str) -> int:
        """Returns how many documents have a term of a listing."""
        return self.rows.having(name, term)

    def like(self, word: str) -> list[tuple[str, int]]:
        """Returns the words that a misspelt one most likely stands for, and in how many edits: the nearest first,
        then those that begin like it, then the most frequent. Short words and numbers stand for themselves.
        """
        if len(word) < 4 or any(c.isdigit() for c in word):
            return []
        if word not in self._alike:
            if len(self._alike) > KEPT:
                self._alike.clear()
            self._alike[word] = self._like(word)
        return self._alike[word]

    def _like(self, word: str) -> list[tuple[str, int]]:
        for edits in (1, 2) if len(word) >= 6 else (1,):
            near = [found for found in self.near("spelt", word, edits) if found[0] != word]
            if near:
                count = {term: self.having_term("spelt", term) for term, _ in near}
                return sorted(near, key=lambda w: (w[1], w[0][0] != word[0], -count[w[0]], w[0]))[:LIKE]
        return []

    # Columns.

    def bounds(self, field: str) -> tuple[Ints, Ints]:
        """Returns the lowest and highest number, or day, that a field of each row can be; below zero is none."""
        begins, ends = {"date": ("begins", "ends")}.get(field, (field, field))
        return self.rows.column(begins), self.rows.column(ends)

    def ranks(self, field: str) -> Floats:
        """Returns each row's place among the values of a field, equal ones alike; infinite is none."""
        if field not in self._ranks:
            if field == "date":
                begins, ends = (column.astype(np.int64) for column in self.bounds(field))
                # A year stands before its months, a month before its days.
                value = np.where(begins < 0, NONE, begins * 100_000_000 + (99_999_999 - ends))
            else:
                column = self.rows.column(field) if field in ("year", "rating") else self.rows.texts(field)
                value = column.astype(np.int64)
            self._ranks[field] = np.where(value < 0, np.inf, value.astype(np.float64))
        return self._ranks[field]

    def having(self, field: str) -> Mask:
        """Returns which documents have any value of a field."""
        if field in ("kind", "path"):
            return self.rows.searched
        if field in ("date", "year", "rating"):
            having = self.bounds(field)[0] >= 0
        elif field in ("tool", "handle"):
            having = np.zeros(self.size, dtype=bool)
            for part in self.rows.parts:
                having[part.rows(part.segment.listed(f"tags/{field}").all_rows())] = True
        else:
            having = self.lengths(field) > 0
        return np.asarray(having & self.rows.searched)

    # Keywords.

    def tagged(self, field: str, name: str) -> Weighed:
        """Returns the rows that have a keyword value, and how often."""
        found = []
        for part in self.rows.parts:
            listed = part.segment.listed(f"tags/{field}")
            if (n := listed.terms.find(name)) >= 0:
                rows, times = listed.found(n)
                kept = ~part.gone[rows]
                found.append(Weighed(rows[kept] + np.int32(part.start), times[kept].astype(np.float64)))
        return self.added(found)

    def tags(self, field: str) -> Tags:
        """Returns the values of `affiliation`, `event`, `tool` or `handle`, and which rows have them."""
        return self.rows.tags(f"tags/{field}")

    @cached_property
    def _handles(self) -> dict[str, dict[str, None]]:
        handles: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for handle in self.tags("handle").names:
            handles[words.slug(handle)][handle] = None
        return handles

    def keywords(self, field: str) -> dict[str, dict[str, None]]:
        """Returns the values of a keyword field by the slug of each spelling."""
        return self.tools.called if field == "tool" else self._handles if field == "handle" else {}

    def keyword(self, field: str, slug: str) -> Iterable[str]:
        """Returns the values of a keyword field of which some spelling has a slug."""
        return self.tools.slugged(slug) if field == "tool" else self.keywords(field).get(slug, ())

    # What is derived once, so that no question waits for it.

    def warmers(self) -> list[Callable[[], object]]:
        """Returns what makes at once what the first questions would otherwise wait for."""
        return [
            lambda: [self.lengths(field) for field in WEIGHTS],
            lambda: (self.people.pairs, self.tools.pairs, self.tools.called, self._handles),
        ]


def _as_found(segment: Segment, rows: Sequence[int], scores: Sequence[float], start: int) -> list[Found]:
    """Returns talks of a segment, whose rows begin at a number, by their rows in it."""
    ids, titles, read = segment.ids.pick(rows), segment.titles.pick(rows), segment.talk
    return [
        Found("talk", id, partial(read, row), score, None, title, start + row)
        for row, score, id, title in zip(rows, scores, ids, titles, strict=True)
    ]


def _places(of: Ints, rows: Ints) -> Any:
    """Returns where some rows are among others, if they are."""
    return np.minimum(np.searchsorted(rows, of), len(rows) - 1)


def _keys(rows: Ints, starts: Ints, ends: Ints, positions: Ints) -> NDArray[np.int64]:
    """Returns row and position of a term in some rows as one number each, ascending."""
    times = ends - starts
    upto = np.cumsum(times)
    places = np.repeat(starts - (upto - times), times) + np.arange(upto[-1] if len(upto) else 0)
    # Room to shift a run of terms back.
    keys: NDArray[np.int64] = (np.repeat(rows.astype(np.int64), times) << 32) + positions[places] + (1 << 20)
    return keys
