"""What a batch of files comes to before it is a segment: its rows, columns, terms and records as arrays.

A pure function of the records, so that batches are made in several processes; `assembly` makes segments of them. A row is
a file or a talk: a file first, then its talks, files in the order of their paths. Words are cut by `kb.words`, so that
notes and questions are read alike.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable

import msgspec
import numpy as np

from kb import words
from kb.fields import WEIGHTS
from kb.index import Put, Stored, listing, scoring
from kb.index.arrays import Floats, Ints, Writing
from kb.index.columns import NUMBERS, TEXTS, numbers_of, text_of
from kb.index.listing import Listing
from kb.records import Note, Problem, Talk

FIELDS = ("title", "speaker", "affiliation", "tool", "event", "path", "text")
PROSE = ("title", "text")  # Stemmed.
NAMES = ("speaker", "affiliation", "tool", "event")  # Matched as they are spelt.
HEADED = ("title", "speaker")
TAGS = ("tool", "spelling", "handle", "affiliation", "event")
# Two values of one field stand so far apart that no phrase goes from one into the other.
GAP = 1_000
FILE, TALK, NOTE = 0, 1, 2  # A row is a file, a talk, or a file whose note has no talks and so stands for itself.


class FileRecord(msgspec.Struct, frozen=True):
    """What is stored of a file: how it was, its note, and its problems."""

    stored: Stored
    note: Note | None
    problems: tuple[Problem, ...]


def values(talk: Talk) -> dict[str, list[str]]:
    """Returns the values of a talk's fields that are matched by words."""
    people = talk.speakers
    return {
        "title": [talk.title],
        "speaker": [p.name for p in people],
        "affiliation": list(dict.fromkeys(p.affiliation for p in people if p.affiliation)),
        "tool": list(dict.fromkeys(s for m in talk.mentions for s in (m.name, m.text))),
        "event": [talk.event] if talk.event else [],
        "path": [talk.source.path],
        "text": [talk.text],
    }


def note_values(note: Note) -> dict[str, list[str]]:
    """Returns the values of a note that has no talks, and so stands for itself."""
    return {"title": [note.title], "event": [note.event] if note.event else [], "path": [note.source.path]}


def draft(puts: Iterable[Put]) -> bytes:
    """Returns what files come to, as a file of arrays."""
    rows, terms = _Rows(), _Terms()
    for put in sorted(puts, key=lambda p: p.stored.path):
        note = put.reading.note if put.reading else None
        talks = put.reading.talks if put.reading else ()
        alone = note if not talks else None
        row = rows.add(
            msgspec.msgpack.encode(FileRecord(put.stored, note, put.problems)), note, NOTE if alone else FILE
        )
        rows.problems[row] = len(put.problems)
        rows.paths.append(put.stored.path)
        rows.starts.append(row)
        if alone:
            terms.add(row, note_values(alone))
            terms.tag(row, {"event": Counter([alone.event] if alone.event else [])})
        for talk in talks:
            row = rows.add(msgspec.msgpack.encode(talk), talk, TALK)
            terms.add(row, values(talk))
            terms.tag(row, _tags(talk))
    file = io.BytesIO()
    writing = Writing(file)
    rows.write(writing)
    terms.write(writing, len(rows.kinds))
    writing.close()
    return file.getvalue()


def _tags(talk: Talk) -> dict[str, Counter[str]]:
    """Returns the names that a talk has, whole, and how often."""
    people = talk.speakers
    return {
        "tool": Counter(m.name for m in talk.mentions),
        "spelling": Counter(f"{m.name}\x1f{m.text}" for m in talk.mentions),
        "handle": Counter(words.fold(p.handle) for p in people if p.handle),
        "affiliation": Counter(p.affiliation for p in people if p.affiliation),
        "event": Counter([talk.event] if talk.event else []),
    }


class _Rows:
    """The rows of a draft: what is stored of each, and its columns."""

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self.lines: list[int] = []
        self.problems: list[int] = []
        self.ids: list[str] = []
        self.titles: list[str] = []
        self.records: list[bytes] = []
        self.paths: list[str] = []
        self.starts: list[int] = []
        self.numbers: list[tuple[int, ...]] = []
        self.texts: dict[str, list[str | None]] = {field: [] for field in TEXTS}

    def add(self, record: bytes, of: Talk | Note | None, kind: int) -> int:
        """Adds a row and returns its number."""
        self.kinds.append(kind)
        self.lines.append(of.source.line if of else 0)
        self.problems.append(0)
        self.ids.append(of.id if of else "")
        self.titles.append(of.title if of else "")
        self.records.append(record)
        self.numbers.append(numbers_of(of) if of and kind else (-1,) * len(NUMBERS))
        for field in TEXTS:
            self.texts[field].append(text_of(of, field) if of and kind else None)
        return len(self.kinds) - 1

    def write(self, writing: Writing) -> None:
        """Writes the rows."""
        writing.put("kind", np.array(self.kinds, dtype=np.uint8))
        writing.put("line", np.array(self.lines, dtype=np.int32))
        writing.put("problems", np.array(self.problems, dtype=np.int32))
        writing.strings("id", self.ids)
        writing.strings("title", self.titles)
        writing.strings("path", self.paths)
        writing.put("files", np.array([*self.starts, len(self.kinds)], dtype=np.int32))
        numbers = np.array(self.numbers, dtype=np.int32).reshape(len(self.kinds), len(NUMBERS))
        for n, name in enumerate(NUMBERS):
            writing.put(name, numbers[:, n])
        for field, texts in self.texts.items():
            distinct, places = listing.numbered(text for text in texts if text is not None)
            places_of = iter(places)
            writing.strings(f"texts/{field}", distinct)
            writing.put(
                f"texts/{field}/of", np.array([-1 if t is None else next(places_of) for t in texts], dtype=np.int32)
            )
        writing.pieces("records", self.records)


class _Terms:
    """The words of a draft's rows by field, numbered as they come, and their tags."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.said: dict[str, list[int]] = {field: [] for field in FIELDS}
        self.spans: dict[str, list[tuple[int, int, int]]] = {field: [] for field in FIELDS}
        self.tags: dict[str, list[tuple[str, int, int]]] = {field: [] for field in TAGS}

    def add(self, row: int, fields: dict[str, list[str]]) -> None:
        """Adds the words of a row."""
        numbers = self.numbers
        for field, texts in fields.items():
            at = 0
            for text in texts:
                found = [numbers.setdefault(term, len(numbers)) for term in words.terms(text)]
                self.said[field].extend(found)
                self.spans[field].append((row, at, len(found)))
                at += len(found) + GAP

    def tag(self, row: int, tags: dict[str, Counter[str]]) -> None:
        """Adds the names of a row."""
        for field, counted in tags.items():
            self.tags[field].extend((name, row, times) for name, times in counted.items())

    def write(self, writing: Writing, size: int) -> None:
        """Writes the words and names."""
        spelt = list(self.numbers)
        stems = [words.stem(term) for term in spelt]
        weighed: dict[str, Listing] = {}
        places = {field: self._placed(field) for field in FIELDS}
        for field, (said, rows, positions) in places.items():
            found = listing.gathered(said, rows, stems if field in PROSE else spelt, positions=positions)
            lengths = np.bincount(rows, minlength=size).astype(np.int32)
            listing.put(writing, f"terms/{field}", found, are_sought=False)
            writing.put(f"length/{field}", lengths)
            if field in WEIGHTS:
                weighed[field] = found._replace(values=_weights(field, found, lengths), offsets=None, positions=None)
        listing.put(writing, "bare/prose", listing.added([weighed[field] for field in PROSE]), False)
        listing.put(writing, "bare/names", listing.added([weighed[field] for field in NAMES]), False)
        listing.put(writing, "spelt", _spelt(places, spelt), False)
        for field, tagged in self.tags.items():
            names, numbers = listing.numbered(name for name, _, _ in tagged)
            rows, times = (np.array([tag[n] for tag in tagged], dtype=np.int32) for n in (1, 2))
            tags = listing.gathered(np.array(numbers, dtype=np.int64), rows, names, times)
            listing.put(writing, f"tags/{field}", tags, are_sought=False)

    def _placed(self, field: str) -> tuple[Ints, Ints, Ints]:
        """Returns the number of each word of a field, its row and its position."""
        said = np.array(self.said[field], dtype=np.int32)
        rows, at, counts = np.array(self.spans[field], dtype=np.int64).reshape(-1, 3).T
        before = np.concatenate(([0], np.cumsum(counts)[:-1])) if len(counts) else counts
        positions = np.arange(len(said)) + np.repeat(at - before, counts)
        return said, np.repeat(rows, counts).astype(np.int32), positions.astype(np.int32)


def _weights(field: str, found: Listing, lengths: Ints) -> Floats:
    """Returns what each row's words of a field weigh, before they saturate."""
    assert found.offsets is not None
    return scoring.normalised(np.diff(found.offsets), lengths[found.rows], field, WEIGHTS[field])


def _spelt(places: dict[str, tuple[Ints, Ints, Ints]], spelt: list[str]) -> Listing:
    """Returns the words as they are spelt wherever bare words look; the value is 1 in a title or name, else 0."""
    fields = [field for field in FIELDS if field in WEIGHTS]
    keys = np.concatenate([(places[f][0].astype(np.int64) << 32) | places[f][1] for f in fields])
    headed = np.concatenate([np.full(len(places[f][0]), f in HEADED) for f in fields])
    distinct, inverse = np.unique(keys, return_inverse=True)
    values = (np.bincount(inverse, weights=headed, minlength=len(distinct)) > 0).astype(np.uint8)
    return listing.gathered(distinct >> 32, (distinct & 0xFFFFFFFF).astype(np.int32), spelt, values)
