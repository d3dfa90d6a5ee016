"""The people of a generation: those of the largest segment, and those worked out anew over all segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np

from kb.catalogue import Cast, blocks, person, speakers_of
from kb.index.arrays import Ints, Strings
from kb.index.drafts import TALK
from kb.index.naming import Labels, aliases_of, labels_of
from kb.index.rows import Rows
from kb.index.tools import Pairs
from kb.records import Appearance, Speaker, Talk


class _Seen(NamedTuple):
    """A talk, and whom and what it names."""

    row: int
    cast: Cast


class _Anew(NamedTuple):
    """Speakers worked out anew: the talks they are of, by id in that order, and the id of each person."""

    seen: list[_Seen]
    speakers: dict[str, Speaker]
    ids: dict[tuple[str, str], str]


class People:
    """Speakers by id, and by numbers: those of the largest segment first, then those worked out anew."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self._named = rows, rows.named
        self._known = len(rows.named.speakers) if rows.named else 0

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
        rows = np.flatnonzero((base.segment.kinds == TALK) & base.gone)
        return [_Seen(int(row), base.segment.cast(int(row))) for row in rows]

    @cached_property
    def _gone(self) -> set[int]:
        """The numbers of the largest segment's speakers whom somebody outside it could be joined with, or told from."""
        if self._named is None or not (self._fresh or self._dead):
            return set()
        names, group_of, of_speaker = self._named.groups
        touched = {block for seen in (*self._fresh, *self._dead) for who in seen.cast.speakers for block in blocks(who)}
        found = [n for n in map(names.find, touched) if n >= 0]
        return set(np.flatnonzero(np.isin(of_speaker, group_of[found])).tolist())

    @cached_property
    def _anew(self) -> _Anew:
        again: list[_Seen] = []
        if self._named is not None and self._rows.base is not None and self._gone:
            keys, of = self._named.people
            listed = self._named.speaking
            joined = {keys[n] for n in np.flatnonzero(np.isin(of, list(self._gone))).tolist()}
            spoken = np.unique(np.concatenate([listed.rows(n) for n in self._gone]))
            for row in self._rows.base.rows(spoken).tolist():
                cast = self._rows.base.segment.cast(row)
                kept = tuple(p for p in cast.speakers if _key(p) in joined)
                again.append(_Seen(row, msgspec.structs.replace(cast, speakers=kept)))
        places = self._rows.places
        seen = sorted([*again, *self._fresh], key=lambda one: places[one.row])
        return _Anew(seen, *speakers_of([one.cast for one in seen]))

    @cached_property
    def labels(self) -> Labels:
        """How often names are to be counted more, or less, than the largest segment counts them."""
        if self._named is None or not (self._fresh or self._dead):
            return {}
        more = labels_of(self._anew.speakers.values(), (seen.cast for seen in self._fresh))
        less = labels_of(map(self._named.speaker, self._gone), (seen.cast for seen in self._dead))
        for key, counted in less.items():
            more.setdefault(key, Counter()).subtract(counted)
        return more

    # What is asked.

    def id(self, who: Appearance) -> str:
        """Returns the id of the speaker that a talk names so."""
        anew = self._anew.ids.get(person(who)) if not self._rows.is_alone else None
        if anew is not None:
            return anew
        assert self._named is not None
        keys, of = self._named.people
        return self._named.speaking.terms[int(of[_find(keys, who)])]

    def ids_of(self, talk: Talk, row: int) -> list[str]:
        """Returns the ids of the speakers that the talk of a row names, as it does."""
        base = self._rows.base
        if self._named is not None and base is not None and row < base.end:
            numbers = self._named.cast(row)
            if self._gone.isdisjoint(numbers):
                return [self._ids[n] for n in numbers]
        return [self.id(who) for who in talk.speakers]

    @cached_property
    def _ids(self) -> Strings:
        assert self._named is not None
        return self._named.speaking.terms

    def find(self, id: str) -> Speaker | None:
        """Returns a speaker by id."""
        anew = self._anew.speakers.get(id) if not self._rows.is_alone else None
        n = self._named.speaking.terms.find(id) if anew is None and self._named else -1
        return anew if n < 0 or n in self._gone or self._named is None else self._named.speaker(n)

    def ids(self) -> list[str]:
        """Returns the ids of all speakers."""
        first = self._named.speaking.terms if self._named else ()
        return sorted([*self._anew.speakers, *(id for n, id in enumerate(first) if n not in self._gone)])

    def also_called(self, spelling: str) -> Iterator[Speaker]:
        """Yields the speakers who have another spelling of their name."""
        if self._named is not None and (n := self._named.aliases.terms.find(spelling)) >= 0:
            numbers = self._named.aliases.rows(n).tolist()
            yield from (self._named.speaker(number) for number in numbers if number not in self._gone)
        yield from self.anew_called.get(spelling, ())

    @cached_property
    def anew_called(self) -> dict[str, list[Speaker]]:
        """The speakers worked out anew, by the other spellings of their names."""
        found: dict[str, list[Speaker]] = {}
        for speaker in self._anew.speakers.values():
            for spelling in dict.fromkeys(aliases_of(speaker)):
                found.setdefault(spelling, []).append(speaker)
        return found

    # By number.

    @cached_property
    def _later(self) -> list[Speaker]:
        """The speakers worked out anew, by number."""
        return [] if self._rows.is_alone else [self._anew.speakers[id] for id in sorted(self._anew.speakers)]

    def speaker(self, number: int) -> Speaker:
        """Returns a speaker by number."""
        if number < self._known and self._named:
            return self._named.speaker(number)
        return self._later[number - self._known]

    @cached_property
    def pairs(self) -> Pairs:
        """The rows of talks and the numbers of their speakers."""
        rows, numbers = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int32)]
        if self._named is not None and self._rows.base is not None:
            listed = self._named.speaking
            of = np.repeat(np.arange(self._known, dtype=np.int32), np.diff(listed.starts))
            kept = ~self._rows.base.gone[listed.all_rows()]
            if self._gone:
                kept &= ~np.isin(of, list(self._gone))
            rows.append(listed.all_rows()[kept])
            numbers.append(of[kept])
        row_of = {seen.cast.id: seen.row for seen in self._anew.seen} if self._later else {}
        for n, speaker in enumerate(self._later, self._known):
            rows.append(np.array([row_of[id] for id in speaker.talks], dtype=np.int32))
            numbers.append(np.full(len(speaker.talks), n, dtype=np.int32))
        return Pairs(np.concatenate(rows), np.concatenate(numbers))

    @cached_property
    def talk_counts(self) -> Ints:
        """In how many talks each speaker speaks; those who are worked out anew have none under their old number."""
        return np.bincount(self.pairs.numbers, minlength=self._known + len(self._later)).astype(np.int32)

    def names_of(self, numbers: Iterable[int]) -> Iterator[str]:
        """Yields the names of speakers by their numbers."""
        first = self._named.speakers if self._named else []
        for n in numbers:
            yield first[n] if n < self._known else self._later[n - self._known].name


def _find(keys: Strings, who: Appearance) -> int:
    return keys.find(_key(who))


def _key(who: Appearance) -> str:
    return "\x1f".join(person(who))
