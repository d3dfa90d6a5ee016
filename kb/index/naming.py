"""The people, tools, companies and events of the talks: of each segment as if it were alone, and of all together.

A segment's file of names is written once. Over several segments only those people are worked out anew who could be
joined with, or told apart from, somebody outside the largest segment (`kb.catalogue.blocks`): an edited note costs what
it names, and a query what it asks for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np

from kb import words
from kb.catalogue import Cast, blocks, catalogue, person
from kb.extract import gazetteer
from kb.index import listing
from kb.index.arrays import Arrays, Ints, Strings, Writing
from kb.index.drafts import TALK
from kb.index.listing import Listed, Listing
from kb.index.segments import Segment
from kb.records import Speaker, Tool
from kb.words import slug

SUFFIX = ".names"
_SPEAKER = msgspec.msgpack.Decoder(Speaker)
_TOOL = msgspec.msgpack.Decoder(Tool)
_LABELS = msgspec.msgpack.Decoder(list[tuple[str, int]])

Key = tuple[str, str]  # A name: the field it is of, and its words folded.
Labels = dict[Key, Counter[str]]  # How names are written, and in how many talks.


def key_of(field: str, label: str) -> Key:
    """Returns what a name is looked up by."""
    return field, " ".join(words.terms(label))


def aliases_of(record: Speaker | Tool) -> Iterator[Key]:
    """Yields the other names of a person or tool."""
    if isinstance(record, Tool):
        for spelling in (*record.aliases, *gazetteer.aliases(record.name)):
            yield key_of("tool", spelling)
    else:
        for spelling in (*record.spellings, *record.handles):
            yield key_of("speaker", spelling)


def labels_of(records: Iterable[Speaker | Tool], casts: Iterable[Cast]) -> Labels:
    """Returns the names of people and tools, and of the companies and events of talks."""
    found: Labels = defaultdict(Counter)
    for record in records:
        found[key_of("tool" if isinstance(record, Tool) else "speaker", record.name)][record.name] += len(record.talks)
    for cast in casts:
        for company in {p.affiliation for p in cast.speakers if p.affiliation}:
            found[key_of("affiliation", company)][company] += 1
        if cast.event:
            found[key_of("event", cast.event)][cast.event] += 1
    return found


def write(writing: Writing, segment: Segment) -> None:
    """Writes the names of a segment."""
    rows = np.flatnonzero(segment.kinds == TALK).tolist()
    casts = [segment.cast(row) for row in rows]
    known = catalogue(casts)
    row_of = {cast.id: row for cast, row in zip(casts, rows, strict=True)}
    _write_records(writing, "speaker", sorted(known.speakers.values(), key=lambda s: s.id), row_of)
    _write_records(writing, "tool", sorted(known.tools.values(), key=lambda t: t.id), row_of)
    _write_people(writing, known.speaker_ids, casts)
    tool_numbers = {id: n for n, id in enumerate(sorted(known.tools))}
    names = sorted(known.tool_ids)
    writing.strings("named", names)
    writing.put("named/tool", np.array([tool_numbers[known.tool_ids[name]] for name in names], dtype=np.int32))
    _write_labels(writing, labels_of((*known.speakers.values(), *known.tools.values()), casts))
    segment.forget()


def _write_records(writing: Writing, kind: str, records: Sequence[Speaker | Tool], row_of: dict[str, int]) -> None:
    """Writes people or tools in the order of their ids, the rows of their talks, and their other names."""
    writing.strings(f"{kind}/name", [record.name for record in records])
    writing.pieces(kind, [msgspec.msgpack.encode(record) for record in records])
    rows = [np.array([row_of[id] for id in record.talks], dtype=np.int32) for record in records]
    starts = np.concatenate(([0], np.cumsum([len(of) for of in rows]))).astype(np.int32)
    all_rows = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int32)
    listing.put(writing, f"{kind}/in", Listing([record.id for record in records], starts, all_rows))
    others = [(text, n) for n, record in enumerate(records) for _, text in dict.fromkeys(aliases_of(record))]
    listing.put(writing, f"{kind}/alias", _pairs(others))


def _pairs(pairs: list[tuple[str, int]]) -> Listing:
    """Returns a listing of texts and the numbers that each stands with."""
    texts, places = listing.numbered(text for text, _ in pairs)
    return listing.gathered(np.array(places, dtype=np.int64), np.array([n for _, n in pairs], dtype=np.int32), texts)


def _write_people(writing: Writing, ids: dict[tuple[str, str], str], casts: list[Cast]) -> None:
    """Writes which speaker each person that a talk names is, and the groups that nobody can be joined across."""
    number = {id: n for n, id in enumerate(sorted(set(ids.values())))}
    keys = sorted(("\x1f".join(key), id) for key, id in ids.items())
    writing.strings("person", [key for key, _ in keys])
    writing.put("person/speaker", np.array([number[id] for _, id in keys], dtype=np.int32))
    leader: dict[str, str] = {}
    for who in {(person(p), slug(p.person or p.name)): p for cast in casts for p in cast.speakers}.values():
        speaker = f"#{number[ids[person(who)]]}"
        for block in blocks(who):
            leader[_leader(leader, block)] = _leader(leader, speaker)
    groups = {block: n for n, block in enumerate(sorted({_leader(leader, block) for block in leader}))}
    names = sorted(block for block in leader if not block.startswith("#"))
    writing.strings("block", names)
    writing.put("block/group", np.array([groups[_leader(leader, name)] for name in names], dtype=np.int32))
    by_number = [groups[_leader(leader, f"#{n}")] for n in range(len(number))]
    writing.put("speaker/group", np.array(by_number, dtype=np.int32))


def _leader(leader: dict[str, str], block: str) -> str:
    """Returns what stands for the set that a block is in (union-find, halving paths)."""
    while leader.setdefault(block, block) != block:
        leader[block] = leader[leader[block]]
        block = leader[block]
    return block


def _write_labels(writing: Writing, labels: Labels) -> None:
    """Writes the names of all fields, by their words."""
    keys = sorted((spelling, field) for field, spelling in labels if spelling)
    writing.strings("name", [f"{spelling}\x1f{field}" for spelling, field in keys])
    writing.pieces("labels", [msgspec.msgpack.encode(sorted(labels[f, s].items())) for s, f in keys])
    listing.put(
        writing, "word", _pairs([(word, n) for n, (spelling, _) in enumerate(keys) for word in set(spelling.split())])
    )


class Named:
    """The names of one segment."""

    def __init__(self, path: Path) -> None:
        self.arrays = Arrays(path)
        self.speakers = self._strings("speaker/name")

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

    @cached_property
    def using(self) -> Listed:
        """The ids of the tools, with the rows of their talks."""
        return Listed(self.arrays, "tool/in")

    @cached_property
    def tools(self) -> tuple[Strings, Ints]:
        """The names of tools, and the number of the tool that each is."""
        return self._strings("named"), self.arrays.take("named/tool")

    @cached_property
    def groups(self) -> tuple[Strings, Ints, Ints]:
        """What people can be joined by, the group of each, and the group of each speaker."""
        return self._strings("block"), self.arrays.take("block/group"), self.arrays.take("speaker/group")

    @cached_property
    def aliases(self) -> dict[str, Listed]:
        """The other names of speakers and tools, with their numbers."""
        return {kind: Listed(self.arrays, f"{kind}/alias") for kind in ("speaker", "tool")}

    def labelled(self, kind: str) -> Strings:
        """Returns the names of speakers or tools by their numbers."""
        return self.speakers if kind == "speaker" else self._strings("tool/name")

    @cached_property
    def names(self) -> Strings:
        """The names of all fields."""
        return self._strings("name")

    @cached_property
    def words(self) -> Listed:
        """The words of names, with the numbers of the names."""
        return Listed(self.arrays, "word")

    def _piece(self, name: str, n: int) -> bytes:
        start, end = self.arrays.take(f"{name}/at", n, n + 2)
        data: bytes = self.arrays.take(f"{name}/data", int(start), int(end)).tobytes()
        return data

    def speaker(self, n: int) -> Speaker:
        """Returns a speaker by number."""
        return _SPEAKER.decode(self._piece("speaker", n))

    def tool(self, n: int) -> Tool:
        """Returns a tool by number."""
        return _TOOL.decode(self._piece("tool", n))

    def labels(self, n: int) -> list[tuple[str, int]]:
        """Returns how a name is written, and in how many talks so."""
        return _LABELS.decode(self._piece("labels", n))
