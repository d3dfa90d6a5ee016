"""Named arrays in one file, mapped into memory and checked block by block when they are first touched.

A file holds the arrays, each at a multiple of eight, then its head (MessagePack: type, place and length of each array,
and the CRC-32 of each block of what stands before it) and the head's length. Nothing in it is executed or trusted: the manifest of the
generation has the head's checksum, the head has those of the blocks. So opening a file costs as little at a million
talks as at ten, and damage is found before what was damaged is used.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from mmap import MADV_DONTNEED, mmap
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from kb.errors import IndexDamagedError
from kb.index import near

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Array = NDArray[np.generic]

_BITS = 16
BLOCK = 1 << _BITS
APART = 256  # Texts from one that is kept in memory to the next.
MOST = (1 << 31) - 1  # The last place that a number of four bytes can name.
_TYPES: dict[str, np.dtype[Any]] = {
    "i4": np.dtype("<i4"),
    "i8": np.dtype("<i8"),
    "u8": np.dtype("<u8"),
    "f8": np.dtype("<f8"),
    "u1": np.dtype("u1"),
}


def place_of(last: int) -> Any:
    """Returns the type of places up to some last one: of four bytes where that is enough, as nearly always."""
    return np.int32 if last <= MOST else np.int64


class Looks(NamedTuple):
    """What tells, without reading it, that a file is the one it was; a link to it more or less is no change."""

    inode: int
    mtime_ns: int
    size: int


def looks(status: os.stat_result) -> Looks:
    """Returns how a file looks."""
    return Looks(status.st_ino, status.st_mtime_ns, status.st_size)


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What a file holds: type, place and length of each array, and the sum of each block."""

    arrays: dict[str, tuple[str, int, int]]
    sums: bytes


class Writing:
    """Writes arrays to a file one after the other, and its head when all are there."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: dict[str, tuple[str, int, int]] = {}
        self._at, self._sums = 0, _Sums()

    def put(self, name: str, array: Array) -> None:
        """Writes an array."""
        self._places[name] = (array.dtype.str.lstrip("<|"), self._at, array.size)
        self._write(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data if array.size else b"")
        self._write(bytes(-self._at % 8))

    def joined(self, name: str, pieces: Iterable[Bytes]) -> None:
        """Writes an array of bytes that comes in pieces."""
        start = self._at
        for piece in pieces:
            self._write(piece.data)
        self._places[name] = ("u1", start, self._at - start)
        self._write(bytes(-self._at % 8))

    def _write(self, data: memoryview | bytes) -> None:
        self._file.write(data)
        self._sums.add(memoryview(data))
        self._at += len(data)

    def strings(self, name: str, texts: Iterable[str], are_sought: bool = False) -> None:
        """Writes texts, and where each begins and the last one ends; different ones that are sought so that they, and
        those like a word, are found.
        """
        data = [text.encode("utf-8", "replace") for text in texts]
        self.pieces(name, data, place_of(sum(map(len, data))))
        if are_sought:
            self.put(f"{name}/slots", slots(data))
            self.put(f"{name}/letters", near.letters_of(data))

    def pieces(self, name: str, pieces: Sequence[bytes], type: Any = np.int64) -> None:
        """Writes pieces of data, and where each begins and the last one ends."""
        lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
        self.put(f"{name}/at", np.concatenate(([0], np.cumsum(lengths))).astype(type))
        self.put(f"{name}/data", np.frombuffer(b"".join(pieces), dtype=np.uint8))

    def close(self) -> None:
        """Writes the head."""
        head = msgspec.msgpack.encode(Head(self._places, self._sums.done()))
        self._file.write(head + len(head).to_bytes(8, "little"))


class _Sums:
    """The sums of the blocks of what is given to it piece by piece."""

    def __init__(self) -> None:
        self._sums = bytearray()
        self._sum = self._length = 0

    def add(self, data: memoryview) -> None:
        while len(data):
            part = data[: BLOCK - self._length]
            self._sum = zlib.crc32(part, self._sum)
            self._length += len(part)
            if self._length == BLOCK:
                self._end()
            data = data[len(part) :]

    def _end(self) -> None:
        self._sums += self._sum.to_bytes(4, "little")
        self._sum = self._length = 0

    def done(self) -> bytes:
        if self._length:
            self._end()
        return bytes(self._sums)


def slots(texts: Sequence[bytes]) -> Ints:
    """Returns a hash table of different texts: open addressing by CRC-32, each slot a text's place and one, or 0.

    A text is in the first free slot from its own on, so that one look or two find it, in a file as in memory.
    """
    size = 1 << (2 * len(texts)).bit_length()  # At most half of the slots are taken, and never all.
    table = np.zeros(size, dtype=np.int32)
    at = np.fromiter(map(zlib.crc32, texts), dtype=np.int64, count=len(texts)) & (size - 1)
    left = np.arange(len(texts))
    while len(left):
        # Of those that want one slot the first gets it, if it is free; the others look at the next.
        wanted, first = np.unique(at[left], return_index=True)
        first = first[table[wanted] == 0]
        table[at[left[first]]] = left[first] + 1
        left = np.delete(left, first)
        at[left] = (at[left] + 1) & (size - 1)
    return table


def digest(path: Path) -> str:
    """Returns the BLAKE2b of a file's head, which vouches for all the rest; empty where there is none."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - 8))
        length = int.from_bytes(file.read(8), "little")
        if length > size - 8:
            return ""
        file.seek(size - 8 - length)
        return hashlib.blake2b(file.read(length), digest_size=16).hexdigest()


class Arrays:
    """A file of arrays, mapped into memory. What is taken from it has been checked."""

    def __init__(self, path: Path) -> None:
        self.path, self.is_damaged = path, False
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            mapped: Any = np.memmap(file, dtype=np.uint8, mode="r") if status.st_size >= 8 else b""
        self.looks, self._size = looks(status), status.st_size
        self._map: mmap | None = mapped.base if len(mapped) else None
        end = len(mapped) - 8
        length = int.from_bytes(mapped[end:].tobytes(), "little") if end >= 0 else 1
        if length > end:
            raise self._damaged("it is cut short")
        try:
            head = msgspec.msgpack.decode(mapped[end - length : end].tobytes(), type=Head)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._damaged("its head is not one") from None
        self._places = head.arrays
        self._sums = np.frombuffer(head.sums, dtype="<u4") if len(head.sums) % 4 == 0 else np.zeros(0, dtype="<u4")
        self._blocks: Bytes = np.asarray(mapped)[: end - length]
        self.seen = bytearray(len(self._sums))
        if -(-len(self._blocks) // BLOCK) != len(self._sums):
            raise self._damaged("it is cut short")

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def names(self) -> Iterable[str]:
        """Returns the names of the arrays."""
        return self._places

    def size(self, name: str) -> int:
        """Returns how many elements an array has."""
        return self._places[name][2]

    def take(self, name: str, start: int = 0, end: int | None = None) -> Any:
        """Returns a part of an array, as a view of the file."""
        kind, at, size = self._places[name]
        type = _TYPES[kind]
        end = size if end is None else end
        first, last = at + start * type.itemsize, at + end * type.itemsize
        if last > first:
            self.check(first, last)
        return self._blocks[first:last].view(type)

    def view(self, name: str) -> View:
        """Returns an array to take parts of."""
        kind, at, size = self._places[name]
        type = _TYPES[kind]
        return View(self, self._blocks[at : at + size * type.itemsize].view(type), at)

    def check(self, first: int = 0, last: int | None = None) -> None:
        """Checks the blocks of some bytes, each once; raises IndexDamagedError where a sum does not hold."""
        seen, end = self.seen, len(self._blocks) if last is None else last
        for n in range(first // BLOCK, -(-end // BLOCK)):
            if not seen[n]:
                if n >= len(self._sums) or zlib.crc32(self._blocks[n * BLOCK : (n + 1) * BLOCK].data) != self._sums[n]:
                    raise self._damaged("it is not what was written")
                seen[n] = 1

    def let_go(self) -> None:
        """Lets the system take back the memory that the file was mapped into so far; it is mapped again when it is read."""
        if self._map is not None:
            self._map.madvise(MADV_DONTNEED)

    def forget(self) -> None:
        """Has every block checked again."""
        self.seen[:] = bytes(len(self.seen))

    def look_again(self, path: Path) -> bool:
        """Checks all anew where the file that is mapped was written to since; returns whether to map another.

        A file that was cut is not read: that would end the process. One that another has taken the place of, or that
        has been removed, is as it was.
        """
        try:
            now = looks(os.stat(path))
        except OSError:
            return False
        if self.is_damaged:  # What was made of it is not to be used on, though it may have been mended.
            return now != self.looks
        if now.inode == self.looks.inode and now != self.looks:
            self.looks, self.is_damaged = now, now.size != self._size
            if not self.is_damaged:
                self.forget()
                with suppress(IndexDamagedError):
                    self.check()
        return False

    def _damaged(self, reason: str) -> IndexDamagedError:
        self.is_damaged = True
        return IndexDamagedError(str(self.path.parent.parent), f"{self.path.parent.name}/{self.path.name}: {reason}")


class View:
    """An array of a file, of which parts are taken again and again: each is checked when it is first taken."""

    __slots__ = ("_array", "_check", "_size", "at", "data")

    def __init__(self, arrays: Arrays, array: Any, at: int) -> None:
        self._array, self._check, self._size = array, arrays.check, array.itemsize
        self.data, self.at = memoryview(array), at  # As plain memory, and the first byte in the file.

    def __len__(self) -> int:
        return len(self._array)

    def take(self, start: int, end: int) -> Any:
        """Returns some elements, as a view of the file."""
        self._check(self.at + start * self._size, self.at + end * self._size)
        return self._array[start:end]

    def raw(self, start: int, end: int) -> memoryview:
        """Returns some elements as plain memory."""
        self._check(self.at + start * self._size, self.at + end * self._size)
        return self.data[start:end]

    def pair(self, n: int) -> tuple[int, int]:
        """Returns the n-th number and the next, such as the ends of a span."""
        self._check(self.at + n * self._size, self.at + (n + 2) * self._size)
        return self.data[n], self.data[n + 1]


class Pieces:
    """Pieces of data in a file of arrays, as `Writing.pieces` writes them."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._at, self._data = arrays.view(f"{name}/at"), arrays.view(f"{name}/data")

    def __getitem__(self, n: int) -> memoryview:
        return self._data.raw(*self._at.pair(n))


class Strings(Sequence[str]):
    """Texts in a file of arrays, looked up where they lie; those that are sorted are found by bisection, too."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._arrays, self._name = arrays, name
        self._at: Ints = arrays.take(f"{name}/at")
        self._places = memoryview(self._at)
        self._text = arrays.view(f"{name}/data")
        self._data, self._start, self._seen = self._text.data, self._text.at, arrays.seen
        self._slots = arrays.view(f"{name}/slots") if f"{name}/slots" in arrays else None

    def __len__(self) -> int:
        return len(self._at) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            start, end, _ = at.indices(len(self))
            return self._part(start, max(start, end))
        return str(self._raw(at), "utf-8")

    def __iter__(self) -> Iterator[str]:
        return iter(self._part(0, len(self)))

    def pick(self, places: Iterable[int]) -> list[str]:
        """Returns the texts at some places."""
        at, data, start, seen = self._places, self._data, self._start, self._seen
        picked = []
        for n in places:
            first, last = at[n], at[n + 1]
            block = start + first >> _BITS
            if first < last and not (seen[block] and block == start + last - 1 >> _BITS):
                self._text.take(first, last)
            picked.append(str(data[first:last], "utf-8"))
        return picked

    def raw(self, at: int) -> bytes:
        """Returns a text as UTF-8."""
        return bytes(self._raw(at))

    def _raw(self, at: int) -> memoryview:
        start, end = self._places[at], self._places[at + 1]
        block = self._start + start >> _BITS
        if start < end and not (block == self._start + end - 1 >> _BITS and self._seen[block]):
            self._text.take(start, end)  # Most lie in one block that has been seen: those are not checked again.
        return self._data[start:end]

    def _part(self, start: int, end: int) -> list[str]:
        places = self._at[start : end + 1].tolist()
        first = places[0]
        data = self._text.take(first, places[-1]).tobytes()
        if data.isascii():
            text = data.decode("ascii")
            return [text[a - first : b - first] for a, b in pairwise(places)]
        return [data[a - first : b - first].decode("utf-8") for a, b in pairwise(places)]

    @cached_property
    def _firsts(self) -> list[bytes]:
        """Every so many texts, which tell between which of them to look."""
        return [self.raw(at) for at in range(0, len(self), APART)]

    def bisect(self, text: str) -> int:
        """Returns the place of the first text that is not before this one (UTF-8 sorts as code points do)."""
        wanted = text.encode("utf-8", "surrogatepass")
        after = bisect_left(self._firsts, wanted)
        low, high = max(after - 1, 0) * APART, min(after * APART, len(self))
        while low < high:
            middle = (low + high) // 2
            if self._raw(middle).tobytes() < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, text: str) -> int:
        """Returns the place of a text, or -1."""
        wanted = text.encode("utf-8", "surrogatepass")
        if self._slots is None:
            at = self.bisect(text)
            return at if at < len(self) and self._raw(at) == wanted else -1
        slots, start, seen = self._slots.data, self._slots.at, self._seen
        last = len(slots) - 1
        slot = zlib.crc32(wanted) & last
        while True:
            if not seen[start + 4 * slot >> _BITS]:
                self._slots.take(slot, slot + 1)
            at = slots[slot]
            if not at or self._raw(at - 1) == wanted:
                return at - 1
            slot = slot + 1 & last

    def like(self, word: str, edits: int) -> list[tuple[str, int]]:
        """Returns the texts within some edits of a word, each with how many edits; in no order."""
        letters: near.Letters = self._arrays.take(f"{self._name}/letters")
        return near.nearest(word, edits, near.Words(self, letters, np.diff(self._at)))

    def has_beginning(self, prefix: str) -> bool:
        """Tells whether a text begins so."""
        at = self.bisect(prefix)
        return at < len(self) and self.raw(at).startswith(prefix.encode("utf-8", "surrogatepass"))

    def beginning(self, prefix: str) -> tuple[int, int]:
        """Returns where the texts that begin so start and end."""
        return self.bisect(prefix), self.bisect(prefix + "\U0010ffff")
