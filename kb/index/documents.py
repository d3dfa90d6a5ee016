"""The documents of one generation as arrays: postings over all segments, columns, keywords; read once, then shared.

A document is a talk, or a note without talks, which stands for itself. They are numbered in the order of path and line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from kb import words
from kb.catalogue import Catalogue, catalogue
from kb.extract import gazetteer
from kb.index.order import value_in
from kb.index.segments import Postings, Segment
from kb.index.store import FILE, PROSE, TALK, FileRecord
from kb.records import Note, Talk, year_of

LIKE = 8  # Words that a misspelt one may stand for.
KEPT = 1_000  # Misspelt words whose likely meanings are kept.

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Documents:
    """Everything that selecting, sorting and counting need to know of the documents."""

    def __init__(self, segments: list[tuple[Segment, frozenset[int]]]) -> None:
        self.files: dict[str, FileRecord] = {}
        self.notes: dict[str, Note] = {}
        talks: list[tuple[Talk, int, int]] = []
        alone: list[tuple[Note, int, int]] = []
        for s, (segment, deleted) in enumerate(segments):
            for n, (key, record) in enumerate(segment.records):
                if n in deleted:
                    continue
                if key.startswith("talk:"):
                    talks.append((TALK.decode(record), s, n))
                else:
                    file = FILE.decode(record)
                    self.files[file.stored.path] = file
                    if file.note:
                        self.notes[file.note.id] = file.note
                        alone.append((file.note, s, n))
        with_talks = {talk.note for talk, _, _ in talks}
        numbered: list[tuple[Talk | Note, int, int]] = [*talks, *(a for a in alone if a[0].id not in with_talks)]
        numbered.sort(key=lambda d: (d[0].source.path, d[0].source.line))
        self.records: list[Talk | Note] = [record for record, _, _ in numbered]
        self.count = len(numbered)
        self.zeros: Floats = np.zeros(self.count)
        self.is_talk = np.array([isinstance(r, Talk) for r in self.records], dtype=bool)
        self.number = {r.id: n for n, r in enumerate(self.records) if isinstance(r, Talk)}
        self.talk_numbers = np.flatnonzero(self.is_talk)
        self._segments = [segment for segment, _ in segments]
        self._numbers = [np.full(segment.size, -1, dtype=np.int32) for segment, _ in segments]
        for n, (_, s, local) in enumerate(numbered):
            self._numbers[s][local] = n
        self._terms: dict[tuple[str, str], Postings | None] = {}
        self._lengths: dict[str, tuple[Floats, float]] = {}
        self._ranks: dict[str, Floats] = {}
        self._vocabulary: dict[str, NDArray[np.str_]] = {}
        self._by_length: dict[str, dict[int, list[str]]] = {}
        self._alike: dict[str, list[tuple[str, int]]] = {}

    @property
    def talks(self) -> list[Talk]:
        """The talks in the order of their notes."""
        return [record for record in self.records if isinstance(record, Talk)]

    @cached_property
    def catalogue(self) -> Catalogue:
        """The speakers and tools of the talks."""
        return catalogue(self.talks)

    @cached_property
    def of_note(self) -> dict[str, list[Talk]]:
        """The talks of each note by its id."""
        found: dict[str, list[Talk]] = {id: [] for id in self.notes}
        for talk in self.talks:
            found[talk.note].append(talk)
        return found

    # Words.

    def is_stemmed(self, field: str) -> bool:
        """Tells whether a field's terms are stems."""
        return field in PROSE

    def postings(self, field: str, term: str) -> Postings | None:
        """Returns the documents that have a term in a field, over all segments."""
        key = (field, term)
        if key not in self._terms:
            self._terms[key] = self._merged(field, term)
        return self._terms[key]

    def _merged(self, field: str, term: str) -> Postings | None:
        docs: list[Ints] = []
        runs: list[Ints] = []
        for segment, numbers in zip(self._segments, self._numbers, strict=True):
            found = segment.postings[field].get(term)
            if found is not None:
                docs.append(numbers[found.docs])
                runs.extend(np.split(found.positions, found.offsets[1:-1]))
        if not docs:
            return None
        all_docs = np.concatenate(docs)
        order = np.argsort(all_docs, kind="stable")
        order = order[all_docs[order] >= 0]
        if not len(order):
            return None
        kept = [runs[i] for i in order]
        offsets = np.concatenate(([0], np.cumsum([len(run) for run in kept]))).astype(np.int64)
        return Postings(all_docs[order], np.concatenate(kept), offsets)

    def occurrences(self, field: str, runs: list[list[str]]) -> tuple[Ints, Floats] | None:
        """Returns the documents in which any of some runs of terms stands, and how often."""
        found = [one for one in (self._run(field, run) for run in runs) if one is not None]
        if len(found) < 2:
            return found[0] if found else None
        docs, times = (np.concatenate(parts) for parts in zip(*found, strict=True))
        total = np.bincount(docs, weights=times, minlength=self.count)
        docs = np.flatnonzero(total).astype(np.int32)
        return docs, total[docs]

    def _run(self, field: str, run: list[str]) -> tuple[Ints, Floats] | None:
        """Returns the documents in which terms stand side by side, and how often."""
        parts = [self.postings(field, term) for term in run]
        if any(part is None for part in parts):
            return None
        found = [part for part in parts if part is not None]
        if len(found) == 1:
            return found[0].docs, found[0].frequencies.astype(np.float64)
        # A document's number and a position make one key, so that a run is an intersection of shifted keys.
        keys = [_keys(part) - shift for shift, part in enumerate(found)]
        starts = keys[0]
        for other in keys[1:]:
            starts = np.intersect1d(starts, other, assume_unique=True)
        if not len(starts):
            return None
        docs, times = np.unique(starts >> 32, return_counts=True)
        return docs.astype(np.int32), times.astype(np.float64)

    def spelt(self, field: str, terms: Iterable[str]) -> NDArray[np.bool_]:
        """Returns the documents in which some words stand as they are spelt: anywhere, or in titles and names."""
        mask = np.ones(self.count, dtype=bool)
        for term in terms:
            having = np.zeros(self.count, dtype=bool)
            for segment, numbers in zip(self._segments, self._numbers, strict=True):
                found = segment.spelt[field].get(term)
                if found is not None:
                    live = numbers[found]
                    having[live[live >= 0]] = True
            mask &= having
        return mask

    @cached_property
    def spellings(self) -> dict[int, dict[str, int]]:
        """The words that documents have as they are spelt, by length, with how many documents have each."""
        counted: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for segment, numbers in zip(self._segments, self._numbers, strict=True):
            whole = bool((numbers >= 0).all())
            for term, docs in segment.spelt["spelt"].items():
                n = len(docs) if whole else int((numbers[docs] >= 0).sum())
                if n:
                    of = counted[len(term)]
                    of[term] = of.get(term, 0) + n
        return dict(counted)

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
            kept = [found for found in nearest(word, edits, self.spellings) if found[0] != word]
            if kept:
                counts = self.spellings
                return sorted(kept, key=lambda w: (w[1], w[0][0] != word[0], -counts[len(w[0])][w[0]], w[0]))[:LIKE]
        return []

    def lengths(self, field: str) -> tuple[Floats, float]:
        """Returns how many terms a field of each document has, and the average of those that have it."""
        if field not in self._lengths:
            lengths = np.zeros(self.count)
            for segment, numbers in zip(self._segments, self._numbers, strict=True):
                local = segment.postings[field].lengths(segment.size)
                live = numbers >= 0
                lengths[numbers[live]] = local[live]
            having = int(np.count_nonzero(lengths))
            self._lengths[field] = (lengths, float(lengths.sum()) / having if having else 0.0)
        return self._lengths[field]

    def terms(self, field: str) -> set[str]:
        """Returns the terms of a field."""
        return {term for segment in self._segments for term in segment.postings[field]}

    def by_length(self, field: str) -> dict[int, list[str]]:
        """Returns the terms of a field that a live document has, by length."""
        if field not in self._by_length:
            found: defaultdict[int, list[str]] = defaultdict(list)
            for term in self.vocabulary(field).tolist():
                found[len(term)].append(term)
            self._by_length[field] = dict(found)
        return self._by_length[field]

    def vocabulary(self, field: str) -> NDArray[np.str_]:
        """Returns the terms of a field that a live document has, sorted."""
        if field not in self._vocabulary:
            found: set[str] = set()
            for segment, numbers in zip(self._segments, self._numbers, strict=True):
                terms = segment.postings[field]
                whole = bool((numbers >= 0).all())
                found.update(terms if whole else (t for t, p in terms.items() if (numbers[p.docs] >= 0).any()))
            live = sorted(found)
            self._vocabulary[field] = np.array(live, dtype=np.str_)
        return self._vocabulary[field]

    # Columns.

    @cached_property
    def _bounds(self) -> dict[str, tuple[Floats, Floats]]:
        from kb.index.selection import days

        begins, ends = np.full(self.count, np.nan), np.full(self.count, np.nan)
        year, rating = np.full(self.count, np.nan), np.full(self.count, np.nan)
        for n, record in enumerate(self.records):
            if record.date:
                begins[n], ends[n] = days(record.date)
            if (of := year_of(record)) is not None:
                year[n] = of
            if isinstance(record, Talk) and record.rating:
                rating[n] = round(record.rating.value, 2)
        return {"date": (begins, ends), "year": (year, year), "rating": (rating, rating)}

    def bounds(self, field: str) -> tuple[Floats, Floats]:
        """Returns the lowest and highest number, or day, that a field of each document can be; NaN is none."""
        return self._bounds[field]

    def ranks(self, field: str) -> Floats:
        """Returns each document's place among the values of a field, equal ones alike; infinite is none."""
        if field not in self._ranks:
            values = [value_in(record, field) for record in self.records]
            place = {value: n for n, value in enumerate(sorted({v for v in values if v is not None}, key=_key))}
            self._ranks[field] = np.array([np.inf if v is None else place[v] for v in values])
        return self._ranks[field]

    def having(self, field: str) -> NDArray[np.bool_]:
        """Returns which documents have any value of a field."""
        if field in self._bounds:
            return ~np.isnan(self._bounds[field][0])
        if field in ("kind", "path"):
            return ~np.zeros(self.count, dtype=bool)
        if field in ("tool", "handle"):
            mask = np.zeros(self.count, dtype=bool)
            for docs, _ in self._tags[field].values():
                mask[docs] = True
            return mask
        return self.lengths(field)[0] > 0

    @cached_property
    def _tags(self) -> dict[str, dict[str, tuple[Ints, Floats]]]:
        """Keyword values by field: the documents that have each, and how often."""
        counted: dict[str, defaultdict[str, dict[int, int]]] = {"tool": defaultdict(dict), "handle": defaultdict(dict)}
        for n, record in enumerate(self.records):
            if isinstance(record, Talk):
                for mention in record.mentions:
                    counted["tool"][mention.name][n] = counted["tool"][mention.name].get(n, 0) + 1
                for person in record.speakers:
                    if person.handle:
                        counted["handle"][words.fold(person.handle)][n] = 1
        return {
            field: {
                name: (np.fromiter(docs, dtype=np.int32), np.fromiter(docs.values(), dtype=np.float64))
                for name, docs in by_name.items()
            }
            for field, by_name in counted.items()
        }

    def tagged(self, field: str, name: str) -> tuple[Ints, Floats]:
        """Returns the documents that have a keyword value, and how often."""
        return self._tags[field][name]

    @cached_property
    def _keywords(self) -> dict[str, dict[str, tuple[str, ...]]]:
        tools: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for tool in self.catalogue.tools.values():
            for spelling in (tool.name, *tool.aliases, *gazetteer.aliases(tool.name)):
                tools[words.slug(spelling)][tool.name] = None
        handles: dict[str, tuple[str, ...]] = {words.slug(handle): (handle,) for handle in self._tags["handle"]}
        return {"tool": {key: tuple(names) for key, names in tools.items()}, "handle": handles}

    def keywords(self, field: str) -> dict[str, tuple[str, ...]]:
        """Returns the values of a keyword field by the slug of each spelling."""
        return self._keywords.get(field, {})


def nearest(word: str, edits: int, known: Mapping[int, Iterable[str]]) -> list[tuple[str, int]]:
    """Returns the words within some edits, of those known by their length, each with how many edits; in no order."""
    found: list[tuple[str, int]] = []
    for length in range(len(word) - edits, len(word) + edits + 1):
        choices = known.get(length)
        if choices:
            near = process.extract(
                word,
                choices if isinstance(choices, list) else list(choices),
                scorer=DamerauLevenshtein.distance,
                processor=None,
                score_cutoff=edits,
                limit=None,
            )
            found += [(choice, int(distance)) for choice, distance, _ in near]
    return found


def _key(value: float | str) -> tuple[bool, float | str]:
    return isinstance(value, str), value


def _keys(postings: Postings) -> NDArray[np.int64]:
    docs = np.repeat(postings.docs.astype(np.int64), postings.frequencies)
    return (docs << 32) + postings.positions + (1 << 20)  # Room to shift a run of terms back.
