"""The words in Whoosh: an inverted index of one document a row, the only module that knows Whoosh.

Only what Whoosh 2.7.4, whoosh-reloaded and whoosh3 share is used: their codec, which is handed whole postings, since
their writer costs a chain of calls for each word. Segments are written once and deleted rows are noted in the table of
contents; both are pickles, which `generations` has checked before they are opened.
"""

from __future__ import annotations

import errno
import pickle
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import whoosh.index
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC, W3Codec, W3PostingsWriter, W3TermInfo
from whoosh.fields import ID, TEXT, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.system import pack_int, pack_long, pack_ushort
from whoosh.util.numeric import length_to_byte

from kb.index.arrays import Array
from kb.index.drafts import FIELDS
from kb.index.segments import Part, Segment

NAME = "MAIN"
CHUNK = 200_000  # Postings that are held as numbers of Python at a time.


def _schema() -> Schema:
    """Returns the schema; words are cut by `kb.words`, so the analyzers that it names are never used."""
    return Schema(key=ID(stored=True, unique=True), **{name: TEXT(phrase=True) for name in FIELDS})


@contextmanager
def _failing_as_the_system_does() -> Iterator[None]:
    """Turns what Whoosh fails with into OSError: it takes a folder that it may not list for empty, and then asserts."""
    try:
        yield
    except (OSError, MemoryError):
        raise
    except Exception as error:
        raise OSError(errno.EIO, f"Whoosh could not write: {type(error).__name__} {error}") from error


def ready() -> None:
    """Does nothing: a process that has done it has imported Whoosh."""


@_failing_as_the_system_does()
def write(folder: Path, path: Path) -> str:
    """Writes the words of a segment in a file as a Whoosh segment, and returns its name; only a table of contents makes
    it known.
    """
    segment = Segment(path)
    storage, codec, schema = FileStorage(str(folder)), _Codec(compression=0), _schema()
    made = codec.new_segment(storage, NAME)
    _write_rows(codec.per_document_writer(storage, made), segment, schema)
    made.set_doc_count(segment.size)
    fields = codec.field_writer(storage, made)
    for field in sorted(FIELDS):
        _write_field(fields, field, schema[field], segment)
    fields.close()
    made.create_compound_file(storage)
    shutil.rmtree(folder / f"{NAME}.tmp", ignore_errors=True)  # Where Whoosh collects columns.
    return str(made.segment_id())


def _write_rows(writer: Any, segment: Segment, schema: Schema) -> None:
    """Writes what Whoosh keeps of each document: its key, and how long its fields are."""
    lengths = [(field, schema[field], segment.column(f"length/{field}").tolist()) for field in FIELDS]
    for row, key in enumerate(segment.ids):
        writer.start_doc(row)
        writer.add_field("key", schema["key"], key, 0)
        for field, of_schema, of_rows in lengths:
            if of_rows[row]:
                writer.add_field(field, of_schema, None, of_rows[row])
        writer.finish_doc()
    writer.close()


class _Postings(W3PostingsWriter):  # type: ignore[misc]
    """Whoosh's writer of postings, handed those of a term at once rather than one by one."""

    def put(self, rows: Array, times: Array, values: list[bytes]) -> None:
        """Adds all postings of a term: the rows, how often each has it, and the places as Whoosh writes them."""
        weights, most = times.astype(np.float32), self._blocklimit
        for start in range(0, len(values), most):
            end = start + most
            if start:
                self._write_block()
            self._ids.frombytes(rows[start:end].tobytes())
            self._weights.frombytes(weights[start:end].tobytes())
            self._values = values[start:end]
            self._minlength, self._maxlength = min(of := times[start:end].tolist()), max(of)
            self._maxweight = float(self._maxlength)


class _Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec with a writer of postings that takes many."""

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        return _Postings(dbfile, self._blocklimit, byteids, self._compression, self._inlinelimit)


def _write_field(writer: Any, field: str, of_schema: Any, segment: Segment) -> None:
    listed = segment.listed(f"terms/{field}")
    starts = listed.starts.tolist()
    writer.start_field(field, of_schema)
    encoded = lru_cache(maxsize=100_000)(lambda *places: of_schema.format.encode(places))
    for first, last in _chunks(starts):
        rows, begins, positions = listed.postings(first, last)
        times, places, at = np.diff(begins), positions.tolist(), begins.tolist()
        values = [encoded(*places[a:b]) for a, b in pairwise(at)]
        for n, term in enumerate(listed.terms[first:last], first):
            a, b = starts[n] - starts[first], starts[n + 1] - starts[first]
            if b - a == 1:
                _write_rare(writer, term.encode("utf-8"), int(rows[a]), int(times[a]), values[a])
                continue
            writer.start_term(term.encode("utf-8"))
            writer._postwriter.put(rows[a:b], times[a:b], values[a:b])
            writer.finish_term()
    writer.finish_field()


def _write_rare(writer: Any, term: bytes, row: int, times: int, value: bytes) -> None:
    """Writes a term that stands in one row, as most do: what Whoosh would write, without what it does for many rows."""
    block, told = _rare(row, times)
    data = pickle.dumps(((row,), None if times == 1 else float(times), (value,)), 2)
    start = writer._postfile.tell()
    posting = b"".join((WHOOSH3_HEADER_MAGIC, pack_int(-len(block) - len(data)), block, data))
    writer._postfile.write(posting)
    writer._tindex.add(pack_ushort(writer._fieldid) + term, told + pack_long(start) + pack_int(len(posting)))


@lru_cache(maxsize=50_000)
def _rare(row: int, times: int) -> tuple[bytes, bytes]:
    """Returns what Whoosh says of the block, and of the term, that is one row in which a term stands so often."""
    length = length_to_byte(times)
    info = W3TermInfo(float(times), 1, times, times, float(times), row, row)
    info.set_extent(0, 0)
    return pickle.dumps((1, row, float(times), 0, length, length), 2), info.to_bytes()[
        : -len(pack_long(0) + pack_int(0))
    ]


def _chunks(starts: list[int]) -> Iterable[tuple[int, int]]:
    """Yields runs of terms with not many more postings together than CHUNK."""
    first = 0
    for n in range(1, len(starts)):
        if starts[n] - starts[first] >= CHUNK or n == len(starts) - 1:
            yield first, n
            first = n


@_failing_as_the_system_does()
def point(folder: Path, parts: list[Part]) -> None:
    """Writes the table of contents: the segments that there are, and their deleted documents."""
    storage, codec, segments = FileStorage(str(folder)), W3Codec(compression=0), []
    for part in parts:
        of = codec.new_segment(storage, NAME)
        of.segid = part.name.removeprefix(f"{NAME}_")
        of.set_doc_count(part.size)
        of.compound = True
        for row in part.gone().nonzero()[0].tolist():
            of.delete_document(row)
        segments.append(of)
    for old in folder.glob("_*.toc"):
        old.unlink()
    whoosh.index.TOC(_schema(), segments, 0).write(storage, NAME)


def words_of(folder: Path) -> dict[str, dict[str, dict[str, list[int]]]]:
    """Returns what Whoosh itself reads out of an index: by field and term, the keys of documents and their positions."""
    index = whoosh.index.open_dir(str(folder))
    found: dict[str, dict[str, dict[str, list[int]]]] = {field: {} for field in FIELDS}
    with index.reader() as reader:
        for field, term in reader.all_terms():
            if field in found:
                matcher = reader.postings(field, term)
                having = found[field].setdefault(term.decode("utf-8"), {})
                while matcher.is_active():
                    key = reader.stored_fields(matcher.id())["key"]
                    having[key] = matcher.value_as("positions")
                    matcher.next()
    return found
