"""Who and what the talks name, over all notes: speakers and tools, each one record however spelt.

Two spellings are one person when they fold to the same words, when an initial stands for the given name and nothing
else fits it, or when they share a handle and a word of the name. A shared surname alone never makes two people one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from kb.records import Appearance, Mention, Rating, Speaker, Talk, Tool
from kb.words import distinct, fold, slug, terms


class Cast(Struct, frozen=True):
    """Whom and what a talk names: the part of a talk that the catalogue is made of."""

    id: str
    speakers: tuple[Appearance, ...] = ()
    rating: Rating | None = None
    mentions: tuple[Mention, ...] = ()
    event: str | None = None


class Catalogue(Struct, frozen=True):
    """The speakers and tools of some talks, by id, and the ids by spelling."""

    speakers: dict[str, Speaker]
    tools: dict[str, Tool]
    speaker_ids: dict[tuple[str, str], str]
    tool_ids: dict[str, str]

    def speaker_id(self, who: Appearance) -> str:
        """Returns the id of the speaker that a talk names so."""
        return self.speaker_ids[person(who)]

    def tool_id(self, mention: Mention) -> str:
        """Returns the id of the tool that is mentioned."""
        return self.tool_ids[mention.name]


def person(who: Appearance) -> tuple[str, str]:
    """Returns what tells appearances apart before any are joined: the folded name and handle, or the user's word."""
    return _person(who.name, who.handle, who.person)


@lru_cache(maxsize=50_000)  # The same people are named again and again.
def _person(name: str, handle: str | None, person: str | None) -> tuple[str, str]:
    if person is not None:
        return f"={' '.join(terms(person))}", ""
    return " ".join(terms(name)), fold(handle or "")


def catalogue(talks: Iterable[Talk | Cast]) -> Catalogue:
    """Makes the catalogue of talks, which are given in the order of their notes."""
    talks = list(talks)
    speakers, speaker_ids = speakers_of(talks)
    tools, tool_ids = tools_of(talks)
    return Catalogue(speakers, tools, speaker_ids, tool_ids)


def blocks(who: Appearance) -> set[str]:
    """Returns what an appearance can be joined by, or be told apart by, with others: two that share nothing, directly
    or through others, are two people whoever else there is.
    """
    name, handle = person(who)
    found = {f"n:{name}", f"i:{slug(who.person or who.name)}"}
    if handle:
        found.add(f"h:{handle}")
    words = name.removeprefix("=").split()
    if len(words) >= 2:
        found.add(f"s:{words[0][0]} {words[-1]}")
    return found


class _Groups:
    """Disjoint sets of person keys (union-find, the earlier key leads)."""

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        self.order = {key: n for n, key in enumerate(keys)}
        self.leader = {key: key for key in self.order}

    def find(self, key: tuple[str, str]) -> tuple[str, str]:
        while self.leader[key] != key:
            self.leader[key] = self.leader[self.leader[key]]
            key = self.leader[key]
        return key

    def join(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        first, second = sorted((self.find(one), self.find(other)), key=self.order.__getitem__)
        self.leader[second] = first


def _grouped(keys: Iterable[tuple[str, str]]) -> _Groups:
    """Joins the keys that are one person."""
    groups = _Groups(dict.fromkeys(keys))
    by_name: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    by_handle: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for key in groups.order:
        by_name[key[0]].append(key)
        if key[1]:
            by_handle[key[1]].append(key)
    for same in by_name.values():
        handles = {key[1] for key in same if key[1]}
        if len(handles) <= 1:  # Two handles for one spelling are two people of one name.
            for key in same[1:]:
                groups.join(same[0], key)
    for same in by_handle.values():
        for key in same[1:]:
            if set(same[0][0].split()) & set(key[0].split()):
                groups.join(same[0], key)
    _join_initials(groups, by_name)
    return groups


def _join_initials(groups: _Groups, by_name: Mapping[str, list[tuple[str, str]]]) -> None:
    """Joins `j doe` with `jane doe` where only one known name fits the initial."""
    full: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name in by_name:
        words = name.split()
        if len(words) >= 2 and len(words[0]) > 1:
            full[words[0][0], words[-1]].append(name)
    for name, keys in by_name.items():
        words = name.split()
        if len(words) == 2 and len(words[0]) == 1 and len(fits := full[words[0], words[1]]) == 1:
            groups.join(by_name[fits[0]][0], keys[0])


def speakers_of(talks: Sequence[Talk | Cast]) -> tuple[dict[str, Speaker], dict[tuple[str, str], str]]:
    """Returns the speakers of talks by id, and the id of each person that the talks name."""
    groups = _grouped(person(who) for talk in talks for who in talk.speakers)
    appearances: defaultdict[tuple[str, str], list[tuple[Talk | Cast, Appearance]]] = defaultdict(list)
    for talk in talks:
        for who in talk.speakers:
            appearances[groups.find(person(who))].append((talk, who))
    ids: dict[tuple[str, str], str] = {}
    speakers: dict[str, Speaker] = {}
    for leader, shown in appearances.items():
        speaker = _speaker([t for t, _ in shown], [w for _, w in shown], speakers)
        speakers[speaker.id] = speaker
        ids[leader] = speaker.id
    return speakers, {key: ids[groups.find(key)] for key in groups.order}


def _speaker(talks: Sequence[Talk | Cast], shown: list[Appearance], taken: Container[str]) -> Speaker:
    spellings = Counter(who.name for who in shown)
    said = [who.person for who in shown if who.person]
    name = said[0] if said else max(spellings, key=lambda spelling: (_completeness(spelling), spellings[spelling]))
    rated = {talk.id: talk.rating.value for talk in talks if talk.rating}
    return Speaker(
        id=distinct(slug(name), taken, talks[0].id),
        name=name,
        spellings=tuple(spellings),
        affiliations=tuple(dict.fromkeys(who.affiliation for who in shown if who.affiliation)),
        handles=tuple(dict.fromkeys(who.handle for who in shown if who.handle)),
        talks=tuple(dict.fromkeys(talk.id for talk in talks)),
        mean_rating=round(sum(rated.values()) / len(rated), 2) if rated else None,
    )


def _completeness(spelling: str) -> tuple[int, int, int]:
    """Returns how much of a name a spelling gives: full words, then letters, then letters with diacritics."""
    words = [w for w in terms(spelling) if len(w) > 1]
    return len(words), sum(map(len, words)), sum(not c.isascii() for c in spelling)


def tools_of(talks: Sequence[Talk | Cast]) -> tuple[dict[str, Tool], dict[str, str]]:
    """Returns the tools of talks by id, and the id of each name."""
    spelt: defaultdict[str, Counter[str]] = defaultdict(Counter)
    where: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for talk in talks:
        for mention in talk.mentions:
            spelt[mention.name][mention.text] += 1
            where[mention.name][talk.id] = None
    tools: dict[str, Tool] = {}
    ids: dict[str, str] = {}
    for name, spellings in spelt.items():
        id = distinct(slug(name), tools, name)
        tools[id] = tool_of(id, name, spellings, tuple(where[name]))
        ids[name] = id
    return tools, ids


def tool_of(id: str, name: str, spellings: Counter[str], talks: tuple[str, ...]) -> Tool:
    """Returns the tool of a name that is spelt so, each spelling so often; its aliases are the most frequent first."""
    others = sorted((-n, spelling) for spelling, n in spellings.items() if spelling.casefold() != name)
    return Tool(id, name, tuple(spelling for _, spelling in others), talks, spellings.total())
