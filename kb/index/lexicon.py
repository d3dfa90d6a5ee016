"""The names in an index: people, companies, tools and events, found whole, in part, and nearly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from kb import words
from kb.index.documents import BARE, Documents
from kb.index.naming import Key, key_of
from kb.index.near import Words, nearest, words_of
from kb.query.names import Name

NAMED = ("speaker", "affiliation", "tool", "event")
_PERSONAL = ("speaker", "affiliation")  # Names that are also known by one of their words.


class Lexicon:
    """Looks names up; it implements `kb.query.names.Names`."""

    def __init__(self, documents: Documents) -> None:
        self._documents, self._people = documents, documents.people
        self._named = documents.rows.named

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

    def _entry(self, key: Key) -> tuple[str, int] | None:
        """Returns how a name is mostly written, and how many talks have it."""
        labels: Counter[str] = Counter()
        if (n := self._number(key)) >= 0 and self._named:
            labels.update(dict(self._named.labels(n)))
        if key in self._people.labels:
            labels.update(self._people.labels[key])
        talks = sum(labels.values())
        if talks <= 0 or not key[1]:
            return None
        return min(labels.items(), key=lambda label: (-label[1], label[0]))[0], talks

    def _aliased(self, key: Key) -> Key | None:
        """Returns the name that another spelling stands for: of whoever stands in most talks."""
        field, spelling = key
        if field == "speaker":
            people = [(-len(speaker.talks), speaker.id, speaker.name) for speaker in self._people.also_called(spelling)]
            return (field, " ".join(words.terms(min(people)[2]))) if people else None
        return self._tools_called.get(spelling) if field == "tool" else None

    @cached_property
    def _tools_called(self) -> dict[str, Key]:
        """The tools by their other spellings: of two with one spelling, that of more talks."""
        tools = self._documents.tools
        found: dict[str, Key] = {}
        for n in np.argsort(-tools.talk_counts, kind="stable").tolist():
            for spelling in tools.also_called(tools.names[n]):
                found.setdefault(" ".join(words.terms(spelling)), key_of("tool", tools.names[n]))
        return found

    def _with_word(self, word: str) -> Iterable[Key]:
        if self._named and (n := self._named.words.terms.find(word)) >= 0:
            for number in self._named.words.rows(n).tolist():
                spelling, _, field = self._named.names[number].partition("\x1f")
                yield field, spelling
        yield from self._anew.get(word, ())

    def find(self, text: str, fields: Sequence[str] = ()) -> list[Name]:
        """Returns the names that are, or contain as words, the text: whole before part, then most talks."""
        said = words.terms(text)
        if not said:
            return []
        spelling = " ".join(said)
        found: dict[Key, Name] = {}
        for field in fields or NAMED:
            key: Key | None = (field, spelling)
            entry = self._entry((field, spelling))
            if entry is None and (key := self._aliased((field, spelling))):
                entry = self._entry(key)
            if key and entry:
                found[key] = Name(field, *entry, True)
        for key in self._with_word(said[0]):
            inside = key[0] in (fields or NAMED) and key not in found and f" {spelling} " in f" {key[1]} "
            if inside and (entry := self._entry(key)):
                found[key] = Name(key[0], *entry, False)
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
        terms = words.terms(word)
        having = self._documents.having_term
        return bool(terms) and all(any(map(having, BARE, (words.stem(term), term))) for term in terms)

    def near(self, text: str, fields: Sequence[str] = ()) -> list[str]:
        """Returns names or words within one or two edits, the nearest and most frequent first."""
        spelling = " ".join(words.terms(text))
        if len(spelling) < 4 or any(c.isdigit() for c in spelling):
            return []
        ranked: list[tuple[int, int, str]] = []
        for folded, distance in nearest(spelling, 1 if len(spelling) < 5 else 2, self._spellings):
            if folded != spelling:
                ranked += [(distance, -talks, label) for label, talks in self._labels(folded, fields or NAMED)]
        names = dict.fromkeys(label for _, _, label in sorted(ranked))
        return [*names, *(() if fields or names else self.like(spelling))][:5]

    def like(self, word: str) -> list[str]:
        """Returns the words that a misspelt one most likely stands for."""
        return [known for known, _ in self._documents.like(word)]

    @cached_property
    def _spellings(self) -> Words:
        """The names, and single words of people's and companies' names."""
        keys = [tuple(name.split("\x1f")) for name in self._named.names] if self._named else []
        keys += [(spelling, field) for field, spelling in self._people.labels]
        single = {word for spelling, field in keys if field in _PERSONAL for word in spelling.split()}
        return words_of(sorted(single | {spelling for spelling, _ in keys}))

    def _labels(self, folded: str, fields: Sequence[str]) -> Iterable[tuple[str, int]]:
        """Yields how names are written that are a text, or of which it is a word, with how many talks have them."""
        for field in fields:
            if entry := self._entry((field, folded)):
                yield entry
        for key in self._with_word(folded) if " " not in folded else ():
            if key[0] in _PERSONAL and key[0] in fields and (entry := self._entry(key)):
                for word, part in zip(entry[0].split(), key[1].split(), strict=False):
                    if part == folded:
                        yield word, entry[1]

    def warm(self) -> None:
        """Makes at once what the first questions would otherwise wait for."""
        self.find("kb")
        self.near("warmth")
        self.like("warmth")
