"""Completions of what is being typed: titles, people, companies, tools, events and fields that begin so."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

from kb import words
from kb.fields import FIELDS
from kb.index import Completion, facets
from kb.index.documents import Documents
from kb.query.tree import bare_or_quoted

_KINDS = ("speaker", "tool", "affiliation", "event", "field", "talk")
_LOOKED_AT = 2_000  # Entries that begin as what is typed, of which the best are shown.
_FIELD = re.compile(r'(?:^|(?<=[\s(-]))(\w+):("?)([^"]*)$')


class Completions:
    """The names of one generation by the words that they begin with, and by each later word."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.entries = sorted(set(_entries(documents)), key=lambda e: (_KINDS.index(e.kind), e.text))
        starts: list[tuple[str, int, bool]] = []
        for n, entry in enumerate(self.entries):
            said = words.terms(entry.text)
            starts += [(" ".join(said[at:]), n, at == 0) for at in range(len(said))]
        self._starts = sorted(starts)

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
            found = next(filter(None, (self._beginning(mended, kind) for mended in self._mended(said))), {})
        ranked = sorted(found, key=lambda f: (not found[f], -self.entries[f].count, len(self.entries[f].text), f))
        return [self.entries[n] for n in ranked[:limit]]

    def _mended(self, said: list[str]) -> Iterator[str]:
        for n in reversed(range(len(said))):
            for word, _ in self._documents.like(said[n]):
                yield " ".join([*said[:n], word, *said[n + 1 :]])

    def _beginning(self, prefix: str, kind: str | None) -> dict[int, bool]:
        """Returns the entries with a word from which on they begin so, and whether it is their first."""
        found: dict[int, bool] = {}
        for at in range(bisect_left(self._starts, (prefix,)), len(self._starts)):
            suffix, n, first = self._starts[at]
            if not suffix.startswith(prefix) or len(found) >= _LOOKED_AT:
                break
            if kind in (None, self.entries[n].kind):
                found[n] = found.get(n, False) or first
        return found


def _entries(documents: Documents) -> Iterator[Completion]:
    people, tools = documents.people, documents.tools
    for speaker in filter(None, map(people.find, people.ids())):
        yield Completion(speaker.name, "speaker", speaker.id, len(speaker.talks))
    for id, name, talks in zip(tools.ids, tools.names, tools.talk_counts.tolist(), strict=True):
        yield Completion(name, "tool", id, talks)
    for row in np.flatnonzero(documents.rows.talks).tolist():
        talk = documents.talk(row)
        yield Completion(talk.title, "talk", talk.id, 1)
    for kind in ("event", "affiliation"):
        values = facets.count(kind, documents.rows.talks, documents)
        yield from (Completion(v.label, kind, None, v.count) for v in values)
    for field in FIELDS:
        yield Completion(f"{field}:", "field", field, int(documents.having(field).sum()))
