"""The rows of all segments of a generation in one numbering: the largest segment's first, as they stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from kb.index import Stored
from kb.index.arrays import Ints
from kb.index.drafts import FILE, TALK
from kb.index.naming import Named
from kb.index.segments import Mask, Segment


class Tags(NamedTuple):
    """The keywords of live rows, sorted; then the rows that have one, with its number and how often, each pair once."""

    names: list[str]
    rows: Ints
    numbers: Ints
    times: Ints


class Live:
    """A segment of a generation: where its rows begin in the numbering, and which of them are deleted."""

    def __init__(self, segment: Segment, named: Named, gone: Mask, start: int) -> None:
        self.segment, self.named, self.gone, self.start = segment, named, gone, start
        self.has_gone = bool(gone.any())
        self.end = start + segment.size

    def rows(self, local: Ints) -> Ints:
        """Returns rows of the segment as numbers, without the deleted ones."""
        if self.has_gone:
            local = local[~self.gone[local]]
        return local + np.int32(self.start) if self.start else local

    def files(self) -> Iterator[Stored]:
        """Yields how the files of the segment were when they were read."""
        gone = self.gone[self.segment.files[:-1]] if self.has_gone else None
        for n, stored in enumerate(self.segment.stored_files):
            if gone is None or not gone[n]:
                yield stored

    def notes(self) -> int:
        """Returns how many notes the segment has: files that could be read."""
        files = self.segment.files[:-1]
        kept = files[~self.gone[files]]
        places = self.segment.arrays.take("id/at")
        return int(np.count_nonzero(places[kept + 1] > places[kept]))

    @cached_property
    def talk_numbers(self) -> Ints:
        """The number of each talk of the segment, those that are deleted as -1."""
        rows = np.flatnonzero(self.segment.kinds == TALK).astype(np.int32)
        return np.where(self.gone[rows], np.int32(-1), rows + np.int32(self.start))

    @cached_property
    def talks(self) -> Ints:
        """The rows of the segment that are talks and not deleted."""
        return np.flatnonzero((self.segment.kinds == TALK) & ~self.gone).astype(np.int32)


class Rows:
    """The segments of a generation, the largest first, with the order of path and line over all of them."""

    def __init__(self, segments: list[tuple[Segment, Named, Mask]]) -> None:
        segments = sorted(segments, key=lambda s: -s[0].size)
        self.parts: list[Live] = []
        for segment, named, gone in segments:
            self.parts.append(Live(segment, named, gone, self.parts[-1].end if self.parts else 0))
        self.base = self.parts[0] if self.parts else None
        self.named = segments[0][1] if segments else None
        self.size = self.parts[-1].end if self.parts else 0
        self.is_alone = len(self.parts) == 1 and not self.parts[0].has_gone

    def part(self, number: int) -> Live:
        """Returns the segment that a number lies in."""
        for part in self.parts:
            if number < part.end:
                return part
        raise IndexError(number)

    def column(self, name: str) -> Ints:
        """Returns a column of numbers over all rows."""
        column: Ints = self._joined([part.segment.column(name) for part in self.parts])
        return column

    def _joined(self, columns: list[Any]) -> Any:
        return columns[0] if len(columns) == 1 else np.concatenate(columns) if columns else np.zeros(0, np.int32)

    @cached_property
    def searched(self) -> Mask:
        """Which rows are documents: talks, and notes that have none."""
        kinds = self._joined([part.segment.kinds for part in self.parts])
        return np.asarray((kinds != FILE) & ~self.gone)

    @cached_property
    def talks(self) -> Mask:
        """Which rows are talks."""
        kinds = self._joined([part.segment.kinds for part in self.parts])
        return np.asarray((kinds == TALK) & ~self.gone)

    @cached_property
    def gone(self) -> Mask:
        """Which rows are deleted."""
        gone: Mask = self._joined([part.gone for part in self.parts]).astype(bool, copy=False)
        return gone

    @cached_property
    def places(self) -> Ints:
        """The place of each row in the order of path and line."""
        places: Ints = np.arange(self.size, dtype=np.int32)
        if len(self.parts) < 2:
            return places
        # The rows of the largest segment stand in order; those of the others go in between, file by file.
        base, others = self.parts[0], self.parts[1:]
        files = sorted(
            (path, part.start + first, part.start + end) for part in others for path, first, end in _files(part.segment)
        )
        before = [int(base.segment.files[base.segment.paths.bisect(path)]) for path, _, _ in files]
        sizes = [end - first for _, first, end in files]
        shift = np.zeros(base.segment.size + 1, dtype=np.int32)
        np.add.at(shift, before, sizes)
        places[: base.end] += np.cumsum(shift)[: base.end].astype(np.int32)
        earlier = 0
        for (_, first, end), at in zip(files, before, strict=True):
            places[first:end] = np.arange(at + earlier, at + earlier + end - first)
            earlier += end - first
        return places

    def texts(self, field: str) -> Ints:
        """Returns the place of each row's text of a field among all of them, sorted; -1 is none."""
        if len(self.parts) == 1:
            return self.parts[0].segment.column(f"texts/{field}/of")
        known = [list(part.segment.texts(field)) for part in self.parts]
        place = {text: n for n, text in enumerate(sorted(set().union(*known)))}
        anew = [np.array([*(place[text] for text in of), -1], dtype=np.int32) for of in known]
        columns = [part.segment.column(f"texts/{field}/of") for part in self.parts]
        return self._joined([to[column] for to, column in zip(anew, columns, strict=True)])  # type: ignore[no-any-return]

    def tags(self, name: str) -> Tags:
        """Returns the keywords of a listing."""
        known: list[tuple[list[str], Iterable[str], Ints, Ints, Ints]] = []
        for part in self.parts:
            listed = part.segment.listed(name)
            rows = listed.all_rows()
            of = np.repeat(np.arange(len(listed.terms), dtype=np.int32), np.diff(listed.starts))
            times = part.segment.arrays.take(f"{name}/values")
            if part.has_gone:
                kept = ~part.gone[rows]
                rows, of, times = rows[kept], of[kept], times[kept]
            terms = list(listed.terms)
            live = [terms[n] for n in np.unique(of).tolist()] if part.has_gone else terms
            known.append((terms, live, rows + np.int32(part.start), of, times))
        names = sorted(set().union(*(live for _, live, _, _, _ in known)))
        place = {name: n for n, name in enumerate(names)}
        places = [np.fromiter((place.get(t, -1) for t in terms), np.int32, len(terms)) for terms, _, _, _, _ in known]
        empty = [np.zeros(0, dtype=np.int32)]
        return Tags(
            names,
            np.concatenate([rows for _, _, rows, _, _ in known] or empty),
            np.concatenate([to[of] for to, (_, _, _, of, _) in zip(places, known, strict=True)] or empty),
            np.concatenate([times for _, _, _, _, times in known] or empty),
        )

    def having(self, name: str, term: str) -> int:
        """Returns how many rows have a term of a listing."""
        total = 0
        for part in self.parts:
            listed = part.segment.listed(name)
            if (n := listed.terms.find(term)) >= 0:
                total += len(part.rows(listed.rows(n)))
        return total

    def id(self, number: int) -> str:
        """Returns the id of a talk, or of a file's note."""
        part = self.part(number)
        return part.segment.ids[number - part.start]

    def row(self, id: str) -> int:
        """Returns the number of a talk, or of a note's file, by its id, or -1."""
        for part in self.parts:
            row = part.segment.row(id)
            if row >= 0 and not part.gone[row]:
                return row + part.start
        return -1

    def file(self, path: str) -> tuple[int, int] | None:
        """Returns the rows of a file, from its own to behind its last talk's, or None."""
        for part in self.parts:
            found = part.segment.file(path)
            if found and not part.gone[found[0]]:
                return found[0] + part.start, found[1] + part.start
        return None

    def files(self) -> Ints:
        """Returns the rows of all files, in the order of their paths."""
        rows = np.concatenate(
            [part.rows(part.segment.files[:-1]) for part in self.parts] or [np.zeros(0, dtype=np.int32)]
        )
        return rows if len(self.parts) < 2 else rows[np.argsort(self.places[rows])]

    def files_of(self, numbers: Ints) -> Ints:
        """Returns the row of the file that each row belongs to."""
        found = np.empty_like(numbers)
        for part in self.parts:
            inside = (numbers >= part.start) & (numbers < part.end)
            files = part.segment.files
            found[inside] = files[np.searchsorted(files, numbers[inside] - part.start, side="right") - 1] + part.start
        return found


def _files(segment: Segment) -> list[tuple[str, int, int]]:
    starts = segment.files.tolist()
    return list(zip(segment.paths, starts, starts[1:], strict=False))
