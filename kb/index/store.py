"""The records in Whoosh: one document a talk and one a file; the only module that knows Whoosh.

Only what Whoosh 2.7.4, whoosh-reloaded and whoosh3 share is used. Words are cut by `kb.words`, not by Whoosh, so that
notes and questions are read alike; a document's records are stored beside them as MessagePack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import whoosh
import whoosh.index
from whoosh.analysis import Analyzer, Token
from whoosh.fields import ID, STORED, TEXT, Schema

from kb import words
from kb.index import Changes, Put, Stored
from kb.index.segments import Decoded, Part
from kb.records import Note, Problem, Talk

# Two values of one field stand so far apart that no phrase goes from one into the other.
GAP = 1_000
VERSION = whoosh.__version__
FIELDS = ("title", "speaker", "affiliation", "tool", "event", "path", "text")
PROSE = frozenset({"title", "text"})
# The words of a document as they are spelt, where stems are kept otherwise: anywhere, and in titles and names.
SPELT = {"spelt": ("title", "speaker", "affiliation", "tool", "event", "text"), "headed": ("title", "speaker")}


class FileRecord(msgspec.Struct, frozen=True):
    """What is stored of a file: how it was, its note, and its problems."""

    stored: Stored
    note: Note | None
    problems: tuple[Problem, ...]


TALK = msgspec.msgpack.Decoder(Talk)
FILE = msgspec.msgpack.Decoder(FileRecord)


class Words(Analyzer):  # type: ignore[misc]
    """Cuts a value into terms by `kb.words`; each line of it is a value of its own, stemmed where it is prose."""

    def __init__(self, stemmed: bool) -> None:
        self.stemmed = stemmed

    def __call__(self, value: str, positions: bool = False, start_pos: int = 0, **_: Any) -> Iterator[Any]:
        """Yields the tokens of a value, one object again and again, as Whoosh's analyzers do."""
        token = Token(positions, removestops=False, mode="index")
        at = start_pos
        for line in value.split("\x1f"):
            for term in words.terms(line):
                token.text = words.stem(term) if self.stemmed else term
                token.stopped = False
                token.pos = at
                at += 1
                yield token
            at += GAP


def _schema() -> Schema:
    fields = {name: TEXT(analyzer=Words(name in PROSE), phrase=True) for name in FIELDS}
    return Schema(key=ID(stored=True, unique=True), file=ID, record=STORED, **fields)


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


def create(folder: Path) -> None:
    """Makes an empty Whoosh index in a folder."""
    whoosh.index.create_in(str(folder), _schema()).close()


def write(folder: Path, changes: Changes) -> None:
    """Applies changes to the Whoosh index in a folder."""
    index = whoosh.index.open_dir(str(folder))
    writer = index.writer(limitmb=256)
    try:
        for path in (*changes.remove, *(put.stored.path for put in changes.put)):
            writer.delete_by_term("file", path)
        for put in changes.put:
            _add(writer, put)
        writer.commit()
    except BaseException:
        writer.cancel()
        raise
    finally:
        index.close()


def _add(writer: Any, put: Put) -> None:
    path = put.stored.path
    note = put.reading.note if put.reading else None
    talks = put.reading.talks if put.reading else ()
    joined = {} if talks or note is None else _joined(note_values(note))
    record = msgspec.msgpack.encode(FileRecord(put.stored, note, put.problems))
    writer.add_document(key=f"file:{path}", file=path, record=record, **joined)
    for talk in talks:
        record = msgspec.msgpack.encode(talk)
        writer.add_document(key=f"talk:{talk.id}", file=path, record=record, **_joined(values(talk)))


def _joined(fields: dict[str, list[str]]) -> dict[str, str]:
    return {name: "\x1f".join(texts) for name, texts in fields.items() if texts}


def parts(folder: Path) -> Iterator[tuple[Part, Callable[[], Decoded]]]:
    """Yields the segments of a Whoosh index, and for each what decodes it."""
    index = whoosh.index.open_dir(str(folder))
    reader = index.reader()
    try:
        for leaf, _ in reader.leaf_readers():
            size = leaf.doc_count_all()
            if size:
                deleted = tuple(n for n in range(size) if leaf.is_deleted(n)) if leaf.has_deletions() else ()
                yield Part(leaf.segment().segment_id(), size, deleted), partial(_decoded, leaf)
    finally:
        reader.close()
        index.close()


def _decoded(leaf: Any) -> Decoded:
    """Returns what a segment holds: its postings by field and term, in the order of the terms, and stored fields."""
    named: dict[str, list[tuple[str, bytes]]] = {field: [] for field in FIELDS}
    for field, term in leaf.all_terms():
        if field in named:
            named[field].append((term.decode("utf-8"), term))
    stored = (leaf.stored_fields(n) for n in range(leaf.doc_count_all()))
    records = [(fields["key"], bytes(fields["record"])) for fields in stored]
    return Decoded(
        postings={field: _terms(leaf, field, named[field]) for field in FIELDS},
        spelt=_spelt(records),
        records=records,
    )


def _spelt(records: list[tuple[str, bytes]]) -> dict[str, list[tuple[str, list[int]]]]:
    """Returns the words of documents as they are spelt; Whoosh has their stems, and takes its time for each term."""
    found: dict[str, dict[str, list[int]]] = {name: {} for name in SPELT}
    with_talks = {key.removeprefix("talk:").partition("/")[0] for key, _ in records if key.startswith("talk:")}
    for n, (key, record) in enumerate(records):
        if key.startswith("talk:"):
            said = values(TALK.decode(record))
        else:
            note = FILE.decode(record).note
            said = note_values(note) if note and note.id not in with_talks else {}
        terms = {field: {term for text in texts for term in words.terms(text)} for field, texts in said.items()}
        for name, fields in SPELT.items():
            for term in set().union(*(terms.get(field, set()) for field in fields)):
                found[name].setdefault(term, []).append(n)
    return {name: sorted(having.items()) for name, having in found.items()}


def _terms(leaf: Any, field: str, named: list[tuple[str, bytes]]) -> Iterator[tuple[str, list[int], list[list[int]]]]:
    for term, raw in named:
        yield _postings(leaf, field, term, raw)


def _postings(leaf: Any, field: str, term: str, raw: bytes) -> tuple[str, list[int], list[list[int]]]:
    matcher = leaf.postings(field, raw)
    docs: list[int] = []
    positions: list[list[int]] = []
    while matcher.is_active():
        docs.append(matcher.id())
        positions.append(matcher.value_as("positions"))
        matcher.next()
    return term, docs, positions
