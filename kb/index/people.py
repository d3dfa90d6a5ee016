"""The people and tools of a generation: those of the largest segment, and those worked out anew over all segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from kb.catalogue import Cast, blocks, person, speakers_of, tools_of
from kb.index.arrays import Ints
from kb.index.listing import Listed
from kb.index.naming import Labels, aliases_of, labels_of
from kb.index.rows import Rows
from kb.records import Appearance, Speaker, Tool
from kb.words import slug

R = TypeVar("R", Speaker, Tool)


class Pairs(NamedTuple):
    """Rows and the numbers of the names that stand in them, each pair once."""

    rows: Ints
    numbers: Ints


class _Seen(NamedTuple):
    """A talk outside the largest segment, or deleted from it."""

    row: int
    cast: Cast


class People:
    """Speakers and tools by id, and by numbers: those of the largest segment first, then those worked out anew."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self._named = rows, rows.named

    # What is worked out anew.

    @cached_property
    def _fresh(self) -> list[_Seen]:
        """The talks that are not in the largest segment."""
        return [
            _Seen(int(row) + part.start, part.segment.cast(int(row)))
            for part in self._rows.parts[1:]
            for row in part.talks
        ]

    @cached_property
    def _dead(self) -> list[_Seen]:
        """The talks that are deleted from the largest segment."""
        base = self._rows.base
        if base is None or not base.has_gone:
            return []
        talks = base.segment.kinds == 1
        return [_Seen(int(row), base.segment.cast(int(row))) for row in np.flatnonzero(talks & base.gone)]

    @cached_property
    def gone_speakers(self) -> set[int]:
        """The numbers of the largest segment's speakers whom somebody outside it could be joined with."""
        if self._named is None or not (self._fresh or self._dead):
            return set()
        names, group_of, of_speaker = self._named.groups
        touched = {block for seen in (*self._fresh, *self._dead) for who in seen.cast.speakers for block in blocks(who)}
        found = [n for n in map(names.find, touched) if n >= 0]
        return set(np.flatnonzero(np.isin(of_speaker, group_of[found])).tolist())

    @cached_property
    def gone_tools(self) -> set[int]:
        """The numbers of the largest segment's tools that talks outside it mention, or deleted ones did."""
        if self._named is None or not (self._fresh or self._dead):
            return set()
        touched = {slug(m.name) for seen in (*self._fresh, *self._dead) for m in seen.cast.mentions}
        names, numbers = self._named.tools
        return {int(n) for name, n in zip(names, numbers, strict=True) if slug(name) in touched}

    def _again(self, listed: Listed, gone: set[int]) -> list[_Seen]:
        """Returns the talks of the largest segment that stand with some numbers of a listing."""
        base = self._rows.base
        assert base is not None
        rows = {int(row) for n in gone for row in base.rows(listed.rows(n))}
        return [_Seen(row, base.segment.cast(row)) for row in rows]

    @cached_property
    def _speakers_anew(self) -> tuple[list[_Seen], dict[str, Speaker], dict[tuple[str, str], str]]:
        again: list[_Seen] = []
        if self._named is not None and self.gone_speakers:
            keys, of = self._named.people
            for seen in self._again(self._named.speaking, self.gone_speakers):
                kept = tuple(p for p in seen.cast.speakers if int(of[_find(keys, p)]) in self.gone_speakers)
                again.append(_Seen(seen.row, msgspec.structs.replace(seen.cast, speakers=kept)))
        ordered = self._ordered([*again, *self._fresh])
        return ordered, *speakers_of([seen.cast for seen in ordered])

    @cached_property
    def _tools_anew(self) -> tuple[list[_Seen], dict[str, Tool], dict[str, str]]:
        again: list[_Seen] = []
        if self._named is not None and self.gone_tools:
            names, of = self._named.tools
            for seen in self._again(self._named.using, self.gone_tools):
                kept = tuple(m for m in seen.cast.mentions if int(of[names.find(m.name)]) in self.gone_tools)
                again.append(_Seen(seen.row, msgspec.structs.replace(seen.cast, mentions=kept)))
        ordered = self._ordered([*again, *self._fresh])
        return ordered, *tools_of([seen.cast for seen in ordered])

    def _ordered(self, seen: list[_Seen]) -> list[_Seen]:
        places = self._rows.places
        return sorted(seen, key=lambda one: places[one.row])

    @property
    def _records_anew(self) -> Iterator[Speaker | Tool]:
        yield from self._speakers_anew[1].values()
        yield from self._tools_anew[1].values()

    @cached_property
    def labels(self) -> Labels:
        """How often names are to be counted more, or less, than the largest segment counts them."""
        if self._named is None or not (self._fresh or self._dead):
            return {}
        more = labels_of(self._records_anew, (seen.cast for seen in self._fresh))
        gone: tuple[Speaker | Tool, ...] = (
            *map(self._named.speaker, self.gone_speakers),
            *map(self._named.tool, self.gone_tools),
        )
        for key, counted in labels_of(gone, (seen.cast for seen in self._dead)).items():
            more.setdefault(key, Counter()).subtract(counted)
        return more

    # What is asked.

    def speaker_id(self, who: Appearance) -> str:
        """Returns the id of the speaker that a talk names so."""
        anew = self._speakers_anew[2].get(person(who)) if not self._rows.is_alone else None
        if anew is not None:
            return anew
        assert self._named is not None
        keys, of = self._named.people
        return self._named.speaking.terms[int(of[_find(keys, who)])]

    def tool_id(self, name: str) -> str:
        """Returns the id of the tool of a name."""
        anew = self._tools_anew[2].get(name) if not self._rows.is_alone else None
        if anew is not None:
            return anew
        assert self._named is not None
        names, of = self._named.tools
        return self._named.using.terms[int(of[names.find(name)])]

    def speaker(self, id: str) -> Speaker | None:
        """Returns a speaker by id."""
        anew = self._speakers_anew[1].get(id) if not self._rows.is_alone else None
        n = self._named.speaking.terms.find(id) if anew is None and self._named else -1
        return anew if n < 0 or n in self.gone_speakers or self._named is None else self._named.speaker(n)

    def tool(self, id: str) -> Tool | None:
        """Returns a tool by id."""
        anew = self._tools_anew[1].get(id) if not self._rows.is_alone else None
        n = self._named.using.terms.find(id) if anew is None and self._named else -1
        return anew if n < 0 or n in self.gone_tools or self._named is None else self._named.tool(n)

    def speaker_ids(self) -> list[str]:
        """Returns the ids of all speakers."""
        return sorted(
            self._ids(self._named.speaking if self._named else None, self.gone_speakers, self._speakers_anew[1])
        )

    def tool_ids(self) -> list[str]:
        """Returns the ids of all tools."""
        return sorted(self._ids(self._named.using if self._named else None, self.gone_tools, self._tools_anew[1]))

    def _ids(self, listed: Listed | None, gone: set[int], anew: Iterable[str]) -> Iterator[str]:
        yield from anew
        if listed is not None:
            yield from (id for n, id in enumerate(listed.terms) if n not in gone)

    # By number.

    @cached_property
    def speaking(self) -> Pairs:
        """The rows of talks and the numbers of their speakers."""
        anew = sorted(self._speakers_anew[1]) if not self._rows.is_alone else []
        listed = self._named.speaking if self._named else None
        of = self._speakers_anew[1]
        return self._paired(listed, self.gone_speakers, [(of[id].talks, n) for n, id in enumerate(anew)])

    @cached_property
    def using(self) -> Pairs:
        """The rows of talks and the numbers of their tools."""
        anew = sorted(self._tools_anew[1]) if not self._rows.is_alone else []
        listed = self._named.using if self._named else None
        of = self._tools_anew[1]
        return self._paired(listed, self.gone_tools, [(of[id].talks, n) for n, id in enumerate(anew)])

    def _paired(self, listed: Listed | None, gone: set[int], anew: list[tuple[tuple[str, ...], int]]) -> Pairs:
        rows, numbers, known = [], [], 0
        if listed is not None and self._rows.base is not None:
            known = len(listed.terms)
            of = np.repeat(np.arange(known, dtype=np.int32), np.diff(listed.starts))
            kept = ~self._rows.base.gone[listed.all_rows()]
            if gone:
                kept &= ~np.isin(of, list(gone))
            rows.append(listed.all_rows()[kept])
            numbers.append(of[kept])
        for ids, n in anew:
            rows.append(np.array([self._row_of[id] for id in ids], dtype=np.int32))
            numbers.append(np.full(len(ids), known + n, dtype=np.int32))
        if not rows:
            return Pairs(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32))
        return Pairs(np.concatenate(rows), np.concatenate(numbers))

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {seen.cast.id: seen.row for seen in (*self._speakers_anew[0], *self._tools_anew[0])}

    def speaker_by_number(self, number: int) -> Speaker:
        """Returns a speaker by number."""
        known = len(self._named.speaking.terms) if self._named else 0
        if number < known and self._named:
            return self._named.speaker(number)
        return self._speakers_anew[1][sorted(self._speakers_anew[1])[number - known]]

    def tool_by_number(self, number: int) -> Tool:
        """Returns a tool by number."""
        known = len(self._named.using.terms) if self._named else 0
        if number < known and self._named:
            return self._named.tool(number)
        return self._tools_anew[1][sorted(self._tools_anew[1])[number - known]]

    def names_of(self, kind: str, numbers: Iterable[int] | None) -> Iterator[str]:
        """Yields the names of speakers, or tools, by their numbers: of some, or of all."""
        anew: dict[str, Speaker] | dict[str, Tool] = (
            self._speakers_anew[1] if kind == "speaker" else self._tools_anew[1]
        )
        later = [anew[id].name for id in sorted(anew)]
        first = self._named.labelled(kind) if self._named else []
        known = len(first)
        for n in range(known + len(later)) if numbers is None else numbers:
            yield first[n] if n < known else later[n - known]

    def also_called(self, kind: str, spelling: str) -> Iterator[Speaker | Tool]:
        """Yields the speakers, or tools, that have another spelling of their name."""
        gone = self.gone_speakers if kind == "speaker" else self.gone_tools
        if self._named is not None and (n := self._named.aliases[kind].terms.find(spelling)) >= 0:
            by_number = self._named.speaker if kind == "speaker" else self._named.tool
            yield from (
                by_number(int(number)) for number in self._named.aliases[kind].rows(n) if int(number) not in gone
            )
        yield from self._anew_called.get((kind, spelling), ())

    @cached_property
    def _anew_called(self) -> dict[tuple[str, str], list[Speaker | Tool]]:
        found: dict[tuple[str, str], list[Speaker | Tool]] = {}
        for record in self._records_anew:
            for key in dict.fromkeys(aliases_of(record)):
                found.setdefault(key, []).append(record)
        return found


def _find(keys: Iterable[str], who: Appearance) -> int:
    found: int = keys.find("\x1f".join(person(who)))  # type: ignore[attr-defined]
    return found
