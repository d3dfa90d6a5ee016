"""The people of a generation: those of the largest segment, and those worked out anew over all segments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np

from kb.catalogue import Cast, person, speakers_of
from kb.index.arrays import Ints, Strings
from kb.index.drafts import TALK
from kb.index.naming import Joined, Labels, Leaders, aliases_of, labels_of
from kb.index.rows import Rows
from kb.index.tools import Pairs
from kb.records import Appearance, Speaker, Talk

KEPT = 10_000  # Circles of people that are kept for the next generation.


class _Seen(NamedTuple):
    """A talk, and whom and what it names."""

    row: int
    cast: Cast


class _Anew(NamedTuple):
    """Speakers worked out anew, by id; the id of each person; and the rows of talks of each speaker."""

    speakers: dict[str, Speaker]
    ids: dict[tuple[str, str], str]
    rows: dict[str, list[int]]


class _Circle:
    """People who may have to be joined with each other: groups of the largest segment's, and talks outside it."""

    def __init__(self) -> None:
        self.groups: set[int] = set()
        self.fresh: list[_Seen] = []
        self.dead: list[int] = []


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
    def _circles(self) -> list[_Circle]:
        """Those whom somebody outside the largest segment, or deleted from it, could be joined with, or told from."""
        if self._named is None or not (self._fresh or self._dead):
            return []
        places, links = self._rows.places, self._named.links
        fresh = sorted(self._fresh, key=lambda seen: places[seen.row])
        leaders = Leaders()
        for seen in (*fresh, *self._dead):
            for who in seen.cast.speakers:
                leaders.join(links(who))
        circles: defaultdict[str | int, _Circle] = defaultdict(_Circle)
        for link in leaders.known():
            circle = circles[leaders.find(link)]
            if isinstance(link, int):
                circle.groups.add(link)
        for seen in fresh:
            for leader, people in _by_leader(seen.cast, leaders, links).items():
                circles[leader].fresh.append(_Seen(seen.row, msgspec.structs.replace(seen.cast, speakers=people)))
        for seen in self._dead:
            for leader in _by_leader(seen.cast, leaders, links):
                circles[leader].dead.append(seen.row)
        return list(circles.values())

    @cached_property
    def _gone(self) -> set[int]:
        """The numbers of the largest segment's speakers who are worked out anew."""
        if self._named is None:
            return set()
        return {n for circle in self._circles for group in circle.groups for n in self._named.speakers_in(group)}

    @cached_property
    def _anew(self) -> _Anew:
        anew = _Anew({}, {}, {})
        for circle in self._circles:
            speakers, ids, talks = self._joined(circle)
            anew.speakers.update(speakers)
            anew.ids.update(ids)
            rows = {seen.cast.id: seen.row for seen in circle.fresh}
            for id, speaker in speakers.items():
                anew.rows[id] = [rows[talk] if talk in rows else talks[talk] for talk in speaker.talks]
        return anew

    def _joined(self, circle: _Circle) -> Joined:
        """Returns the speakers of a circle; those of one that is as it was in a generation before are known."""
        assert self._named is not None
        outside = []
        for seen in circle.fresh:
            part = self._rows.part(seen.row)
            outside.append((part.segment.name, seen.row - part.start, *map(person, seen.cast.speakers)))
        key = (frozenset(circle.groups), tuple(outside), tuple(circle.dead))
        known = self._named.joined.get(key)
        if known is None:
            again, places = list(self._again(circle)), self._rows.places
            every = sorted([*again, *circle.fresh], key=lambda one: places[one.row])
            known = (*speakers_of([one.cast for one in every]), {one.cast.id: one.row for one in again})
            if len(self._named.joined) > KEPT:
                self._named.joined.clear()
            self._named.joined[key] = known
        return known

    def _again(self, circle: _Circle) -> Iterator[_Seen]:
        """Yields the talks of a circle in the largest segment, with nobody else in them."""
        base, named = self._rows.base, self._named
        if base is None or named is None or not circle.groups:
            return
        speakers = [n for group in circle.groups for n in named.speakers_in(group)]
        keys = named.keys_of(speakers)
        spoken = np.unique(np.concatenate([named.speaking.rows(n) for n in speakers]))
        for row in base.rows(spoken).tolist():
            cast = base.segment.cast(row)
            kept = tuple(p for p in cast.speakers if _key(p) in keys)
            yield _Seen(row, msgspec.structs.replace(cast, speakers=kept))

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

    def number(self, id: str) -> int:
        """Returns the number of a speaker's id."""
        if id in self._later_numbers:
            return self._later_numbers[id]
        assert self._named is not None
        return self._named.speaking.terms.find(id)

    @cached_property
    def _later_numbers(self) -> dict[str, int]:
        return {speaker.id: n for n, speaker in enumerate(self._later, self._known)}

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
        for n, speaker in enumerate(self._later, self._known):
            rows.append(np.array(self._anew.rows[speaker.id], dtype=np.int32))
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


def _by_leader(
    cast: Cast, leaders: Leaders, links: Callable[[Appearance], tuple[str | int, ...]]
) -> dict[str | int, tuple[Appearance, ...]]:
    """Returns the people of a talk by the circle that each is in."""
    found: dict[str | int, tuple[Appearance, ...]] = {}
    for who in cast.speakers:
        leader = leaders.find(links(who)[0])
        found[leader] = (*found.get(leader, ()), who)
    return found


def _find(keys: Strings, who: Appearance) -> int:
    return keys.find(_key(who))


def _key(who: Appearance) -> str:
    return "\x1f".join(person(who))
