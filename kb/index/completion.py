"""Completions of what is being typed: titles, people, companies, tools, events and fields that begin so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from kb import words
from kb.fields import FIELDS
from kb.index import Completion
from kb.index.beginning import Beginnings
from kb.index.documents import Documents
from kb.index.lexicon import Lexicon
from kb.query.tree import bare_or_quoted

_KINDS = ("speaker", "tool", "affiliation", "event", "field", "talk")
_FIELD = re.compile(r'(?:^|(?<=[\s(-]))(\w+):("?)([^"]*)$')


class _Entry(NamedTuple):
    """An entry that begins so, in the order in which entries are shown: at its first word, most talks, the shortest."""

    later: bool
    talks: int
    length: int
    kind: int
    text: str
    place: int
    id: str | None


class Completions:
    """The names and titles of one generation by the words that they begin with, and by each later word."""

    def __init__(self, documents: Documents, names: Lexicon) -> None:
        self._documents, self._names = documents, names
        self._titles = [(part, Beginnings(part.named.arrays, "titles")) for part in documents.rows.parts]
        self._called = [Beginnings(part.named.arrays, "names") for part in documents.rows.parts]

    def complete(self, text: str, limit: int) -> list[Completion]:
        """Returns what a text may become: as much of its end as begins a name is completed, the rest is kept."""
        if (match := _FIELD.search(text)) and match[1].lower() in FIELDS:
            field, head = match[1].lower(), text[: match.start(3) - len(match[2])]
            return [
                Completion(head + bare_or_quoted(one.text), one.kind, one.id, one.count)
                for one in self._find(match[3], "talk" if field == "title" else field, limit)
            ]
        for start in [m.start() for m in re.finditer(r"(?<!\S)\S", text)] or [0]:
            if found := self._find(text[start:], None, limit):
                return [Completion(text[:start] + one.text, one.kind, one.id, one.count) for one in found]
        return []

    def _find(self, text: str, kind: str | None, limit: int) -> list[Completion]:
        said = words.terms(text)
        found = self._beginning(" ".join(said), kind)
        if not found:  # A small error in one of the words.
            found = next(filter(None, (self._beginning(mended, kind) for mended in self._mended(said))), [])
        shown = [self._titled(one) for one in sorted(found)[:limit]]
        return [Completion(one.text, _KINDS[one.kind], one.id, -one.talks) for one in shown]

    def _mended(self, said: list[str]) -> Iterator[str]:
        for n in reversed(range(len(said))):
            for word, _ in self._documents.like(said[n]):
                yield " ".join([*said[:n], word, *said[n + 1 :]])

    def _beginning(self, prefix: str, kind: str | None) -> list[_Entry]:
        found: list[_Entry] = []
        if kind is None or kind in ("speaker", "tool", "affiliation", "event"):
            found += self._named(prefix, kind)
        if kind in (None, "field"):
            found += self._fields(prefix)
        if kind in (None, "talk"):
            for part, titles in self._titles:
                rows = part.talk_numbers
                for n, later in titles.find(prefix).items():
                    if rows[n] >= 0:
                        text = titles.said[n]
                        place = int(self._documents.rows.places[rows[n]])
                        found.append(_Entry(later, -1, len(text), _KINDS.index("talk"), text, place, str(int(rows[n]))))
        return found

    def _titled(self, entry: _Entry) -> _Entry:
        """Returns an entry as it is shown: a talk by its title and id, where it was known by its row."""
        if _KINDS[entry.kind] != "talk" or entry.id is None:
            return entry
        talk = self._documents.talk(int(entry.id))
        return entry._replace(text=talk.title, id=talk.id)

    def _named(self, prefix: str, kind: str | None) -> Iterator[_Entry]:
        """Yields the names that begin so: people and tools with their ids."""
        known: dict[tuple[str, str], bool] = {}
        for called in self._called:
            for n, later in called.find(prefix).items():
                spelling, _, field = called.said[n].partition("\x1f")
                if kind in (None, field):
                    known[field, spelling] = known.get((field, spelling), True) and later
        # Names that only all segments together give: of people who are no longer joined with others, say.
        for field, spelling in self._documents.people.labels:
            if kind in (None, field) and f" {prefix}" in f" {spelling}":
                known[field, spelling] = not spelling.startswith(prefix)
        for (field, spelling), later in known.items():
            for label, id, talks in self._names.called(field, spelling):
                yield _Entry(later, -talks, len(label), _KINDS.index(field), label, 0, id)

    def _fields(self, prefix: str) -> Iterator[_Entry]:
        for field in FIELDS:
            if field.startswith(prefix):
                talks = int(np.count_nonzero(self._documents.having(field)))
                yield _Entry(False, -talks, len(field) + 1, _KINDS.index("field"), f"{field}:", 0, field)
