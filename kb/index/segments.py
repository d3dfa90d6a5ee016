"""Segments on disk: the postings and records of an immutable part of the index as arrays, mapped into memory.

A segment is decoded from Whoosh once, when it is written. A file holds a directory (MessagePack: name, type, place and
length of each array), and the arrays after it, each at a multiple of eight. Nothing in it is executed or trusted: the
manifest of the generation has its checksum.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Array = NDArray[np.generic]

SUFFIX = ".postings"
PARTS = "segments.msgpack"  # Which segments a generation has, and which of their documents are deleted.
_TYPES: dict[str, np.dtype[Any]] = {"i4": np.dtype("<i4"), "i8": np.dtype("<i8"), "u1": np.dtype("u1")}


class Postings(msgspec.Struct, frozen=True):
    """The documents that have a term, ascending; `positions[offsets[i]:offsets[i + 1]]` are those in `docs[i]`."""

    docs: Ints
    positions: Ints
    offsets: Longs

    @property
    def frequencies(self) -> Longs:
        """How often each document has the term."""
        return np.diff(self.offsets)


class Part(msgspec.Struct, frozen=True):
    """A segment of a generation: its name, how many documents it has, and those that are deleted."""

    name: str
    size: int
    deleted: tuple[int, ...]


class Terms(Mapping[str, Postings]):
    """The terms of a field with their postings, which are looked up in the arrays when they are asked for."""

    def __init__(self, terms: list[str], starts: Longs, docs: Ints, offsets: Longs, positions: Ints) -> None:
        self._starts, self._docs, self._offsets, self._positions = starts, docs, offsets, positions
        self._numbers = {term: n for n, term in enumerate(terms)}

    def __getitem__(self, term: str) -> Postings:
        n = self._numbers[term]
        start, end = int(self._starts[n]), int(self._starts[n + 1])
        offsets = self._offsets[start : end + 1]
        first = int(offsets[0])
        return Postings(self._docs[start:end], self._positions[first : int(offsets[-1])], offsets - first)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def lengths(self, size: int) -> NDArray[np.float64]:
        """Returns how many terms the field has in each document."""
        frequencies = np.diff(self._offsets)
        return np.bincount(self._docs, weights=frequencies, minlength=size).astype(np.float64)


class Listed(Mapping[str, Ints]):
    """The words of a field with the documents that have them."""

    def __init__(self, terms: list[str], starts: Longs, docs: Ints) -> None:
        self._starts, self._docs = starts, docs
        self._numbers = {term: n for n, term in enumerate(terms)}

    def __getitem__(self, term: str) -> Ints:
        n = self._numbers[term]
        return self._docs[int(self._starts[n]) : int(self._starts[n + 1])]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class Records(Sequence[tuple[str, bytes]]):
    """The stored records of a segment's documents, each with its key."""

    def __init__(self, keys: list[str], starts: Longs, data: Bytes) -> None:
        self._keys, self._starts, self._data = keys, starts, data

    @overload
    def __getitem__(self, at: int) -> tuple[str, bytes]: ...

    @overload
    def __getitem__(self, at: slice) -> list[tuple[str, bytes]]: ...

    def __getitem__(self, at: int | slice) -> tuple[str, bytes] | list[tuple[str, bytes]]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        return self._keys[at], self._data[int(self._starts[at]) : int(self._starts[at + 1])].tobytes()

    def __len__(self) -> int:
        return len(self._keys)


class Segment:
    """One segment, mapped into memory."""

    def __init__(self, name: str, size: int, arrays: Mapping[str, Array]) -> None:
        self.name, self.size, self._arrays = name, size, arrays

    @cached_property
    def postings(self) -> dict[str, Terms]:
        """The postings by field."""
        return {
            field: Terms(
                self._strings(f"terms/{field}/0"),
                self._longs(f"terms/{field}/1"),
                self._ints(f"terms/{field}/2"),
                self._longs(f"terms/{field}/3"),
                self._ints(f"terms/{field}/4"),
            )
            for field in self._named("terms/")
        }

    @cached_property
    def spelt(self) -> dict[str, Listed]:
        """The words as they are spelt by field."""
        return {
            field: Listed(
                self._strings(f"spelt/{field}/0"), self._longs(f"spelt/{field}/1"), self._ints(f"spelt/{field}/2")
            )
            for field in self._named("spelt/")
        }

    @cached_property
    def records(self) -> Records:
        """The stored records."""
        return Records(self._strings("records/0"), self._longs("records/1"), self._arrays["records/2"].view(np.uint8))

    def _named(self, prefix: str) -> list[str]:
        return [name.split("/")[1] for name in self._arrays if name.startswith(prefix) and name.endswith("/0")]

    def _strings(self, name: str) -> list[str]:
        text = self._arrays[name].tobytes().decode("utf-8")
        return text.split("\n") if text else []

    def _ints(self, name: str) -> Ints:
        return self._arrays[name].view(np.int32)

    def _longs(self, name: str) -> Longs:
        return self._arrays[name].view(np.int64)


class Decoded(msgspec.Struct, frozen=True):
    """What a segment holds, before it is written: postings of terms as documents and their positions, and records."""

    postings: Mapping[str, Iterable[tuple[str, list[int], list[list[int]]]]]
    spelt: Mapping[str, Iterable[tuple[str, list[int]]]]
    records: Iterable[tuple[str, bytes]]


def write(path: Path, segment: Decoded) -> None:
    """Writes a segment's file."""
    arrays: dict[str, Array] = {}
    for field, terms in segment.postings.items():
        names, starts, docs, offsets, positions = [], [0], [], [0], []
        for term, having, places in terms:
            names.append(term)
            docs.extend(having)
            for of in places:
                positions.extend(of)
                offsets.append(len(positions))
            starts.append(len(docs))
        _put(arrays, f"terms/{field}", names, _longs(starts), _ints(docs), _longs(offsets), _ints(positions))
    for field, words in segment.spelt.items():
        names, starts, docs = [], [0], []
        for term, having in words:
            names.append(term)
            docs.extend(having)
            starts.append(len(docs))
        _put(arrays, f"spelt/{field}", names, _longs(starts), _ints(docs))
    records = list(segment.records)
    ends = np.cumsum([0, *(len(data) for _, data in records)], dtype=np.int64)
    data = np.frombuffer(b"".join(data for _, data in records), dtype=np.uint8)
    _put(arrays, "records", [key for key, _ in records], ends, data)
    _write(path, arrays)


def _put(arrays: dict[str, Array], name: str, terms: list[str], *others: Array) -> None:
    arrays[f"{name}/0"] = np.frombuffer("\n".join(terms).encode("utf-8"), dtype=np.uint8)
    arrays |= {f"{name}/{n}": array for n, array in enumerate(others, 1)}


def _ints(numbers: list[int]) -> Ints:
    return np.array(numbers, dtype=np.int32)


def _longs(numbers: list[int]) -> Longs:
    return np.array(numbers, dtype=np.int64)


def _write(path: Path, arrays: dict[str, Array]) -> None:
    directory: dict[str, tuple[str, int, int]] = {}
    at = 0
    for name, array in arrays.items():
        directory[name] = (array.dtype.str.lstrip("<|"), at, array.size)
        at += -(-array.nbytes // 8) * 8
    head = msgspec.msgpack.encode(directory)
    padded = -(-(len(head) + 8) // 8) * 8
    with open(path, "wb") as file:
        file.write(len(head).to_bytes(8, "little") + head + bytes(padded - 8 - len(head)))
        for array in arrays.values():
            file.write(array.tobytes())
            file.write(bytes(-array.nbytes % 8))


def read(path: Path, part: Part) -> Segment:
    """Maps a segment's file into memory."""
    if os.path.getsize(path) < 8:
        raise ValueError("it is too short")
    mapped = np.memmap(path, dtype=np.uint8, mode="r")
    length = int.from_bytes(mapped[:8].tobytes(), "little")
    directory = msgspec.msgpack.decode(mapped[8 : 8 + length].tobytes(), type=dict[str, tuple[str, int, int]])
    first = -(-(length + 8) // 8) * 8
    arrays: dict[str, Array] = {}
    for name, (kind, at, count) in directory.items():
        width = _TYPES[kind].itemsize
        start = first + at
        arrays[name] = np.asarray(mapped[start : start + count * width]).view(_TYPES[kind])
        if arrays[name].size != count:
            raise ValueError(f"{name} is cut short")
    return Segment(part.name, part.size, arrays)


def write_parts(folder: Path, parts: list[Part]) -> None:
    """Writes which segments a generation has, and removes the files of those that it has no more."""
    (folder / PARTS).write_bytes(msgspec.msgpack.encode(parts))
    names = {f"{part.name}{SUFFIX}" for part in parts}
    for path in folder.glob(f"*{SUFFIX}"):
        if path.name not in names:
            path.unlink()


def read_parts(folder: Path) -> list[Part]:
    """Returns which segments a generation has."""
    return msgspec.msgpack.decode((folder / PARTS).read_bytes(), type=list[Part])
