"""The people, tools, companies and events of the talks: of each segment as if it were alone, and of all together.

A segment's file of names is written once. Over several segments only those people are worked out anew who could be
joined with, or told apart from, somebody outside the largest segment (`kb.catalogue.blocks`): an edited note costs what
it names, and a query what it asks for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec
import numpy as np

from kb import words
from kb.catalogue import Cast, blocks, person, speakers_of
from kb.extract import gazetteer
from kb.index import beginning, listing
from kb.index.arrays import Arrays, Ints, Pieces, Strings, View, Writing
from kb.index.drafts import TALK
from kb.index.listing import Listed, Listing
from kb.index.segments import Segment
from kb.records import Appearance, Speaker
from kb.words import slug

SUFFIX = ".names"
KEPT = 20_000  # People of whom it is kept what they can be joined by.
_SPEAKER = msgspec.msgpack.Decoder(Speaker)
_LABELS = msgspec.msgpack.Decoder(list[tuple[str, int]])

Key = tuple[str, str]  # A name: the field it is of, and its words folded.
# Speakers by id, the id of each person, and the rows of talks of theirs that are in the largest segment, by id.
Joined = tuple[dict[str, Speaker], dict[tuple[str, str], str], dict[str, int]]
Labels = dict[Key, Counter[str]]  # How names are written, and in how many talks.


@lru_cache(maxsize=20_000)  # The same names are looked up again after every edit.
def key_of(field: str, label: str) -> Key:
    """Returns what a name is looked up by."""
    return field, " ".join(words.terms(label))


def aliases_of(speaker: Speaker) -> Iterator[str]:
    """Yields the other names of a person, their words folded."""
    for spelling in (*speaker.spellings, *speaker.handles):
        yield key_of("speaker", spelling)[1]


def labels_of(speakers: Iterable[Speaker], casts: Iterable[Cast]) -> Labels:
    """Returns the names of people, and of the tools, companies and events of talks."""
    found: Labels = defaultdict(Counter)
    for speaker in speakers:
        found[key_of("speaker", speaker.name)][speaker.name] += len(speaker.talks)
    for cast in casts:
        said = {("affiliation", p.affiliation) for p in cast.speakers if p.affiliation}
        said |= {("tool", mention.name) for mention in cast.mentions}
        for field, label in (*said, *((("event", cast.event),) if cast.event else ())):
            found[key_of(field, label)][label] += 1
    return found


def write(writing: Writing, segment: Segment) -> None:
    """Writes the names of a segment."""
    rows = np.flatnonzero(segment.kinds == TALK).tolist()
    casts = [segment.cast(row) for row in rows]
    speakers, speaker_ids = speakers_of(casts)
    row_of = {cast.id: row for cast, row in zip(casts, rows, strict=True)}
    _write_speakers(writing, sorted(speakers.values(), key=lambda s: s.id), row_of)
    _write_people(writing, speaker_ids, casts)
    _write_casts(writing, speaker_ids, dict(zip(rows, casts, strict=True)), segment.size)
    _write_labels(writing, labels_of(speakers.values(), casts))
    _write_tools(writing, segment)
    titles = Strings(segment.arrays, "texts/title")
    of = segment.column("texts/title/of")[rows].tolist()
    beginning.write(writing, "titles", [" ".join(words.terms(titles[n])) if n >= 0 else "" for n in of])
    segment.forget()


def _write_speakers(writing: Writing, speakers: list[Speaker], row_of: dict[str, int]) -> None:
    """Writes people in the order of their ids, the rows of their talks, and their other names."""
    writing.strings("speaker/name", [speaker.name for speaker in speakers])
    writing.pieces("speaker", [msgspec.msgpack.encode(speaker) for speaker in speakers])
    rows = [np.array([row_of[id] for id in speaker.talks], dtype=np.int32) for speaker in speakers]
    starts = np.concatenate(([0], np.cumsum([len(of) for of in rows]))).astype(np.int32)
    all_rows = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int32)
    listing.put(writing, "speaker/in", Listing([speaker.id for speaker in speakers], starts, all_rows))
    others = [(text, n) for n, speaker in enumerate(speakers) for text in dict.fromkeys(aliases_of(speaker))]
    listing.put(writing, "speaker/alias", _pairs(others))


def _pairs(pairs: list[tuple[str, int]]) -> Listing:
    """Returns a listing of texts and the numbers that each stands with."""
    texts, places = listing.numbered(text for text, _ in pairs)
    return listing.gathered(np.array(places, dtype=np.int64), np.array([n for _, n in pairs], dtype=np.int32), texts)


def _write_people(writing: Writing, ids: dict[tuple[str, str], str], casts: list[Cast]) -> None:
    """Writes which speaker each person that a talk names is, and the groups that nobody can be joined across."""
    number = {id: n for n, id in enumerate(sorted(set(ids.values())))}
    keys = sorted(("\x1f".join(key), id) for key, id in ids.items())
    writing.strings("person", [key for key, _ in keys], are_sought=True)
    writing.put("person/speaker", np.array([number[id] for _, id in keys], dtype=np.int32))
    leaders = Leaders()
    for who in {(person(p), slug(p.person or p.name)): p for cast in casts for p in cast.speakers}.values():
        leaders.join((number[ids[person(who)]], *sorted(blocks(who))))
    groups = {block: n for n, block in enumerate(dict.fromkeys(map(leaders.find, leaders.known())))}
    names = sorted(block for block in leaders.known() if isinstance(block, str))
    writing.strings("block", names, are_sought=True)
    writing.put("block/group", np.array([groups[leaders.find(name)] for name in names], dtype=np.int32))
    by_number = [groups[leaders.find(n)] for n in range(len(number))]
    writing.put("speaker/group", np.array(by_number, dtype=np.int32))


def _write_casts(writing: Writing, ids: dict[tuple[str, str], str], casts: dict[int, Cast], size: int) -> None:
    """Writes which speakers the talk of each row names, as it does."""
    number = {id: n for n, id in enumerate(sorted(set(ids.values())))}
    counts = np.zeros(size + 1, dtype=np.int32)
    for row, cast in casts.items():
        counts[row + 1] = len(cast.speakers)
    named = [number[ids[person(who)]] for cast in casts.values() for who in cast.speakers]
    writing.put("cast/at", np.cumsum(counts).astype(np.int32))
    writing.put("cast", np.array(named, dtype=np.int32))


class Leaders:
    """Disjoint sets of what people can be joined by (union-find, halving paths): blocks, and numbers of speakers or groups."""

    def __init__(self) -> None:
        self._leader: dict[str | int, str | int] = {}

    def join(self, links: Iterable[str | int]) -> None:
        """Makes one set of all that these are in."""
        first, *others = map(self.find, links)
        for other in others:
            self._leader[self.find(other)] = first

    def find(self, link: str | int) -> str | int:
        """Returns what stands for the set that something is in."""
        leader = self._leader
        while leader.setdefault(link, link) != link:
            leader[link] = leader[leader[link]]
            link = leader[link]
        return link

    def known(self) -> Iterable[str | int]:
        """Returns all that is in any set."""
        return self._leader


def _write_labels(writing: Writing, labels: Labels) -> None:
    """Writes the names of all fields, by their words."""
    keys = sorted((spelling, field) for field, spelling in labels if spelling)
    writing.strings("name", [f"{spelling}\x1f{field}" for spelling, field in keys], are_sought=True)
    writing.strings("spelling", list(dict.fromkeys(spelling for spelling, _ in keys)), are_sought=True)
    beginning.write(writing, "names", [f"{spelling}\x1f{field}" for spelling, field in keys])
    writing.pieces("labels", [msgspec.msgpack.encode(sorted(labels[f, s].items())) for s, f in keys])
    listing.put(
        writing, "word", _pairs([(word, n) for n, (spelling, _) in enumerate(keys) for word in set(spelling.split())])
    )


def _write_tools(writing: Writing, segment: Segment) -> None:
    """Writes by which words, and by which slugs, tools are called, with their numbers among the tags."""
    said: list[tuple[str, int]] = []
    slugs: list[tuple[str, int]] = []
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for name, _, spelling in (term.partition("\x1f") for term in segment.listed("tags/spelling").terms):
        spellings[name].append(spelling)
    for n, name in enumerate(segment.listed("tags/tool").terms):
        called = (name, *spellings[name], *gazetteer.aliases(name))
        said += [(text, n) for text in {key_of("tool", spelling)[1] for spelling in called}]
        slugs += [(text, n) for text in {words.slug(spelling) for spelling in called}]
    listing.put(writing, "tool/said", _pairs(said))
    listing.put(writing, "tool/slug", _pairs(slugs))


class Named:
    """The names of one segment."""

    def __init__(self, path: Path) -> None:
        self.arrays = Arrays(path)
        self.speakers = self._strings("speaker/name")
        self.joined: dict[Hashable, Joined] = {}  # What people came to in generations that had this segment.
        self._links: dict[tuple[str, str, str], tuple[str | int, ...]] = {}

    def _strings(self, name: str) -> Strings:
        return Strings(self.arrays, name)

    @cached_property
    def people(self) -> tuple[Strings, Ints]:
        """The keys of persons, and the number of the speaker that each is."""
        return self._strings("person"), self.arrays.take("person/speaker")

    @cached_property
    def speaking(self) -> Listed:
        """The ids of the speakers, with the rows of their talks."""
        return Listed(self.arrays, "speaker/in")

    def links(self, who: Appearance) -> tuple[str | int, ...]:
        """Returns what somebody can be joined by: the groups here that are joined by it, and what is not known here."""
        key = (*person(who), who.person or who.name)
        if key not in self._links:
            if len(self._links) > KEPT:
                self._links.clear()
            names, groups = self._strings("block"), self.arrays.take("block/group")
            found = {block: names.find(block) for block in sorted(blocks(who))}
            self._links[key] = tuple(dict.fromkeys(int(groups[n]) if n >= 0 else block for block, n in found.items()))
        return self._links[key]

    def speakers_in(self, group: int) -> list[int]:
        """Returns the speakers of a group."""
        return _having(self._by_group, group)

    def keys_of(self, speakers: list[int]) -> set[str]:
        """Returns the keys of the persons that some speakers are."""
        keys, _ = self.people
        return {keys[n] for speaker in speakers for n in _having(self._by_speaker, speaker)}

    @cached_property
    def _casts(self) -> tuple[View, View]:
        return self.arrays.view("cast/at"), self.arrays.view("cast")

    def cast(self, row: int) -> memoryview:
        """Returns the numbers of the speakers whom the talk of a row names, as it does."""
        at, numbers = self._casts
        return numbers.raw(*at.pair(row))

    @cached_property
    def _by_group(self) -> tuple[Ints, Ints]:
        return _inverted(self.arrays.take("speaker/group"))

    @cached_property
    def _by_speaker(self) -> tuple[Ints, Ints]:
        return _inverted(self.people[1])

    @cached_property
    def aliases(self) -> Listed:
        """The other names of speakers, with their numbers."""
        return Listed(self.arrays, "speaker/alias")

    @cached_property
    def tools_said(self) -> Listed:
        """The words by which tools are called, with the numbers of their names among the tags."""
        return Listed(self.arrays, "tool/said")

    @cached_property
    def tool_slugs(self) -> Listed:
        """The slugs by which tools are called, with the numbers of their names among the tags."""
        return Listed(self.arrays, "tool/slug")

    @cached_property
    def names(self) -> Strings:
        """The names of all fields."""
        return self._strings("name")

    @cached_property
    def spellings(self) -> Strings:
        """The names of all fields, each once."""
        return self._strings("spelling")

    @cached_property
    def words(self) -> Listed:
        """The words of names, with the numbers of the names."""
        return Listed(self.arrays, "word")

    @cached_property
    def _speakers(self) -> Pieces:
        return Pieces(self.arrays, "speaker")

    @cached_property
    def _labels(self) -> Pieces:
        return Pieces(self.arrays, "labels")

    def speaker(self, n: int) -> Speaker:
        """Returns a speaker by number."""
        return _SPEAKER.decode(self._speakers[n])

    def labels(self, n: int) -> list[tuple[str, int]]:
        """Returns how a name is written, and in how many talks so."""
        return _LABELS.decode(self._labels[n])


def _inverted(column: Ints) -> tuple[Ints, Ints]:
    """Returns the numbers that a column has, sorted, and the place of each in the column."""
    order = np.argsort(column, kind="stable")
    return column[order], order.astype(np.int32)


def _having(inverted: tuple[Ints, Ints], number: int) -> list[int]:
    """Returns the places at which a column has a number."""
    numbers, places = inverted
    start, end = np.searchsorted(numbers, (number, number + 1))
    return list(places[start:end].tolist())
