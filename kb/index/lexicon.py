"""The names in an index: people, companies, tools and events, found whole, in part, and nearly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar

from kb import words
from kb.index.documents import BARE, Documents
from kb.index.naming import Key, key_of
from kb.index.near import Words, nearest, words_of
from kb.query.names import Name

NAMED = ("speaker", "affiliation", "tool", "event")
KEPT = 4_000  # Words and names of which is kept what was looked up.
_PERSONAL = ("speaker", "affiliation")  # Names that are also known by one of their words.
K = TypeVar("K")
T = TypeVar("T")


class _Entry(NamedTuple):
    """How a name is mostly written, and how many talks have it."""

    label: str
    talks: int


class Lexicon:
    """Looks names up; it implements `kb.query.names.Names`."""

    def __init__(self, documents: Documents) -> None:
        self._documents, self._people = documents, documents.people
        self._named = documents.rows.named
        self._found: dict[tuple[str, tuple[str, ...], bool], list[Name]] = {}
        self._nearby: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        self._having: dict[str, bool] = {}
        self._beginning: dict[str, bool] = {}

    @cached_property
    def _anew(self) -> dict[str, list[Key]]:
        """The names that the largest segment does not have, by their words."""
        found: defaultdict[str, list[Key]] = defaultdict(list)
        for field, spelling in self._people.labels:
            if self._number((field, spelling)) < 0:
                for word in set(spelling.split()):
                    found[word].append((field, spelling))
        return found

    def _number(self, key: Key) -> int:
        return self._named.names.find(f"{key[1]}\x1f{key[0]}") if self._named else -1

    def _entry(self, key: Key) -> _Entry | None:
        return self._numbered(key, self._number(key))

    def _numbered(self, key: Key, n: int) -> _Entry | None:
        """Returns a name by its number in the largest segment, or -1 where it is not in it."""
        known = self._named.labels(n) if n >= 0 and self._named else []
        if more := self._people.labels.get(key):
            counted = Counter(dict(known))
            counted.update(more)
            known = list(counted.items())
        talks = sum(count for _, count in known)
        if talks <= 0 or not key[1]:
            return None
        return _Entry(known[0][0] if len(known) == 1 else min((-count, label) for label, count in known)[1], talks)

    def _aliased(self, key: Key) -> Key | None:
        """Returns the name that another spelling stands for: of whoever stands in most talks."""
        field, spelling = key
        if field == "speaker":
            people = [(-len(speaker.talks), speaker.id, speaker.name) for speaker in self._people.also_called(spelling)]
            return (field, " ".join(words.terms(min(people)[2]))) if people else None
        if field == "tool" and (names := self._documents.tools.said(spelling)):
            return key_of("tool", min(names, key=lambda name: (-self._documents.tools.talks(name), name)))
        return None

    def _with_word(self, word: str) -> Iterator[tuple[Key, int]]:
        """Yields the names with a word, and their numbers in the largest segment."""
        if self._named and (n := self._named.words.terms.find(word)) >= 0:
            for number in self._named.words.rows(n).tolist():
                spelling, _, field = self._named.names[number].partition("\x1f")
                yield (field, spelling), number
        for key in self._anew.get(word, ()):
            yield key, -1

    def begins(self, word: str) -> bool:
        """Tells whether a name of several words, or another spelling of one, may begin with a word."""
        known = self._beginning.get(word)
        return known if known is not None else _keep(self._beginning, word, self._begins(word))

    def _begins(self, word: str) -> bool:
        terms = words.terms(word)
        if not terms or terms[0] in self._anew_firsts:
            return True
        of = [self._named.names, self._named.aliases.terms] if self._named else []
        of += [part.named.tools_said.terms for part in self._documents.rows.parts]
        return any(texts.has_beginning(f"{terms[0]} ") for texts in of)

    @cached_property
    def _anew_firsts(self) -> frozenset[str]:
        """The words that names and aliases begin with that the largest segment does not have."""
        return frozenset(
            text.partition(" ")[0]
            for texts in ((spelling for _, spelling in self._people.labels), self._people.anew_called)
            for text in texts
        )

    def find(self, text: str, fields: Sequence[str] = (), whole: bool = False) -> list[Name]:
        """Returns the names that are, or contain as words, the text: whole before part, then most talks."""
        asked = (text, tuple(fields), whole)
        known = self._found.get(asked)
        if known is None:
            known = self._find(*asked)
            if len(known) <= len(NAMED):
                _keep(self._found, asked, known)
        return known

    def _find(self, text: str, fields: tuple[str, ...], whole: bool) -> list[Name]:
        said, asked = words.terms(text), fields or NAMED
        if not said or (whole and len(said) > 1 and not self.begins(said[0])):
            return []
        spelling = " ".join(said)
        found: dict[Key, Name] = {}
        for field in asked:
            key: Key | None = (field, spelling)
            entry = self._entry((field, spelling))
            if entry is None and (key := self._aliased((field, spelling))):
                entry = self._entry(key)
            if key and entry:
                found[key] = Name(field, *entry, True)
        for key, number in () if whole else self._with_word(said[0]):
            inside = key[0] in asked and key not in found and f" {spelling} " in f" {key[1]} "
            if inside and (entry := self._numbered(key, number)):
                found[key] = Name(key[0], *entry, False)
        if len(found) < 2:
            return list(found.values())
        return sorted(found.values(), key=lambda n: (not n.whole, -n.talks, NAMED.index(n.field), n.value))

    def called(self, field: str, spelling: str) -> Iterator[tuple[str, str | None, int]]:
        """Yields what has a name: how it is written, its id where it is a person or tool, and in how many talks."""
        entry = self._entry((field, spelling))
        if field == "speaker" and entry:
            for speaker in self._people.also_called(spelling):
                if " ".join(words.terms(speaker.name)) == spelling:
                    yield speaker.name, speaker.id, len(speaker.talks)
        elif entry:
            yield entry[0], self._documents.tools.id(entry[0]) if field == "tool" else None, entry[1]

    def has_word(self, word: str) -> bool:
        """Tells whether any talk has the word, in any field that bare words look in."""
        known = self._having.get(word)
        return known if known is not None else _keep(self._having, word, self._has_word(word))

    def _has_word(self, word: str) -> bool:
        terms = words.terms(word)
        having = self._documents.having_term
        return bool(terms) and all(any(map(having, BARE, (words.stem(term), term))) for term in terms)

    def near(self, text: str, fields: Sequence[str] = ()) -> list[str]:
        """Returns names or words within one or two edits, the nearest and most frequent first."""
        asked = (text, tuple(fields))
        known = self._nearby.get(asked)
        return known if known is not None else _keep(self._nearby, asked, self._near(*asked))

    def _near(self, text: str, fields: tuple[str, ...]) -> list[str]:
        spelling = " ".join(words.terms(text))
        if len(spelling) < 4 or any(c.isdigit() for c in spelling):
            return []
        ranked: list[tuple[int, int, str]] = []
        edits = 1 if len(spelling) < 5 else 2
        found = dict(nearest(spelling, edits, self._anew_spellings))
        for texts in (self._named.spellings, self._named.words.terms) if self._named else ():
            found.update(texts.like(spelling, edits))
        for folded, distance in found.items():
            if folded != spelling:
                ranked += [(distance, -talks, label) for label, talks in self._labels(folded, fields or NAMED)]
        names = dict.fromkeys(label for _, _, label in sorted(ranked))
        return [*names, *(() if fields or names else self.like(spelling))][:5]

    def like(self, word: str) -> list[str]:
        """Returns the words that a misspelt one most likely stands for."""
        return [known for known, _ in self._documents.like(word)]

    @cached_property
    def _anew_spellings(self) -> Words:
        """The names that the largest segment may not have, and the single words in them."""
        return words_of({text for _, spelling in self._people.labels for text in (spelling, *spelling.split())})

    def _labels(self, folded: str, fields: Sequence[str]) -> Iterable[tuple[str, int]]:
        """Yields how names are written that are a text, or of which it is a word, with how many talks have them."""
        for field in fields:
            if entry := self._entry((field, folded)):
                yield entry
        for key, number in self._with_word(folded) if " " not in folded else ():
            if key[0] in _PERSONAL and key[0] in fields and (entry := self._numbered(key, number)):
                for word, part in zip(entry[0].split(), key[1].split(), strict=False):
                    if part == folded:
                        yield word, entry[1]

    def warm(self) -> None:
        """Makes at once what the first questions would otherwise wait for."""
        self.find("kb")
        self.near("warmth")
        self.like("warmth")


def _keep(kept: dict[K, T], asked: K, found: T) -> T:
    """Keeps what was looked up; when that is much, all before is forgotten."""
    if len(kept) >= KEPT:
        kept.clear()
    kept[asked] = found
    return found
