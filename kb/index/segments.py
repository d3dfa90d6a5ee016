"""Segments: the immutable parts of the index, mapped into memory, of which a question reads what it needs.

A row of a segment is a file or a talk (`drafts`); rows stand in the order of path and line. Deleted rows stay in their
segment until it is merged; a generation says which they are.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from kb.catalogue import Cast
from kb.errors import IndexDamagedError
from kb.index import Stored
from kb.index.arrays import Arrays, Bytes, Floats, Ints, Pieces, Strings
from kb.index.drafts import FileRecord
from kb.index.listing import Listed
from kb.records import Talk

SUFFIX = ".arrays"
FILES = (SUFFIX, ".names", ".seg")  # A segment's files: its rows and words, its names, and Whoosh's own.
PARTS = "segments.msgpack"  # Which segments a generation has, and which of their rows are deleted.
Mask = NDArray[np.bool_]
T = TypeVar("T")


class _Stored(msgspec.Struct):
    """The part of a file's record that tells whether it changed."""

    stored: Stored


_TALK = msgspec.msgpack.Decoder(Talk)
_CAST = msgspec.msgpack.Decoder(Cast)
_STORED = msgspec.msgpack.Decoder(_Stored)
_FILE = msgspec.msgpack.Decoder(FileRecord)


class Part(msgspec.Struct, frozen=True):
    """A segment of a generation: its name, how many rows it has, and a bit for each that is deleted (empty: none)."""

    name: str
    size: int
    deleted: bytes = b""

    def gone(self) -> Mask:
        """Returns which rows are deleted."""
        bits = np.frombuffer(self.deleted, dtype=np.uint8)
        return np.unpackbits(bits, count=self.size).astype(bool) if self.deleted else np.zeros(self.size, dtype=bool)


class Segment:
    """One segment, mapped into memory."""

    def __init__(self, path: Path) -> None:
        self.name = path.name.removesuffix(SUFFIX)
        self.arrays = Arrays(path)
        try:
            self.size = self.arrays.size("kind")
        except KeyError:
            raise IndexDamagedError(str(path.parent.parent), f"{path.name}: it is no segment") from None
        self._listed: dict[str, Listed] = {}

    # Rows.

    @cached_property
    def kinds(self) -> Bytes:
        """What each row is: a file, a talk or a note."""
        kinds: Bytes = self.arrays.take("kind")
        return kinds

    @cached_property
    def files(self) -> Ints:
        """The row of each file, and the number of rows."""
        files: Ints = self.arrays.take("files")
        return files

    @cached_property
    def paths(self) -> Strings:
        """The path of each file, in order."""
        return Strings(self.arrays, "path")

    @cached_property
    def ids(self) -> Strings:
        """The id of each row: of a talk, or of a file's note."""
        return Strings(self.arrays, "id")

    @cached_property
    def titles(self) -> Strings:
        """The title of each row."""
        return Strings(self.arrays, "title")

    @cached_property
    def _by_id(self) -> Ints:
        rows: Ints = self.arrays.take("id/order")
        return rows

    def row(self, id: str) -> int:
        """Returns the row of a talk or of a note's file, or -1."""
        low, high = 0, len(self._by_id)
        while low < high:
            middle = (low + high) // 2
            if self.ids[int(self._by_id[middle])] < id:
                low = middle + 1
            else:
                high = middle
        row = int(self._by_id[low]) if low < len(self._by_id) else -1
        return row if row >= 0 and self.ids[row] == id else -1

    def file(self, path: str) -> tuple[int, int] | None:
        """Returns the rows of a file, from its own to behind its last talk's, or None."""
        n = self.paths.find(path)
        return (int(self.files[n]), int(self.files[n + 1])) if n >= 0 else None

    def column(self, name: str) -> Ints:
        """Returns a column of numbers."""
        column: Ints = self.arrays.take(name)
        return column

    def texts(self, field: str) -> Strings:
        """Returns the different texts of a column, sorted; `texts/FIELD/of` has the place of each row's, or -1."""
        return Strings(self.arrays, f"texts/{field}")

    # Records.

    @cached_property
    def _records(self) -> Pieces:
        return Pieces(self.arrays, "records")

    def raw(self, row: int) -> memoryview:
        """Returns what is stored of a row."""
        return self._records[row]

    def talk(self, row: int) -> Talk:
        """Returns the talk of a row."""
        return self._decoded(_TALK, row)

    def cast(self, row: int) -> Cast:
        """Returns whom and what the talk of a row names."""
        return self._decoded(_CAST, row)

    def stored(self, row: int) -> FileRecord:
        """Returns the file of a row."""
        return self._decoded(_FILE, row)

    @cached_property
    def stored_files(self) -> list[Stored]:
        """How each file was when it was read."""
        return [self._decoded(_STORED, int(row)).stored for row in self.files[:-1]]

    def _decoded(self, decoder: msgspec.msgpack.Decoder[T], row: int) -> T:
        try:
            return decoder.decode(self.raw(row))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise IndexDamagedError(str(self.arrays.path.parent.parent), f"a record is not one: {error}") from None

    # Terms.

    def listed(self, name: str) -> Listed:
        """Returns a listing: `terms/FIELD`, `bare/prose`, `bare/names`, `spelt` or `tags/FIELD`."""
        if name not in self._listed:
            self._listed[name] = Listed(self.arrays, name)
        return self._listed[name]

    def forget(self) -> None:
        """Lets go of what was looked up."""
        self._listed.clear()

    def weights(self, name: str, n: int) -> tuple[Ints, Floats]:
        """Returns the rows of the n-th term of a listing of bare words, and what it weighs in each."""
        found = self.listed(name).found(n)
        return found.rows, found.values.astype(np.float64, copy=False)


def write_parts(folder: Path, parts: list[Part]) -> None:
    """Writes which segments a generation has."""
    (folder / PARTS).write_bytes(msgspec.msgpack.encode(parts))


def read_parts(folder: Path) -> list[Part]:
    """Returns which segments a generation has."""
    try:
        return msgspec.msgpack.decode((folder / PARTS).read_bytes(), type=list[Part])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise IndexDamagedError(str(folder.parent), f"{folder.name}/{PARTS} is not what was written") from None
