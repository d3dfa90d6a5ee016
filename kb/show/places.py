"""Where hits stand: the lines of notes where they match, and their paths as they open from here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kb import answers
from kb.index import Snapshot
from kb.records import Speaker, Talk, Tool
from kb.roots import Root, location_of
from kb.show.tables import title


class Place(NamedTuple):
    """A line of a note as the index knows it, and the column at which something begins, in code points."""

    path: str
    line: int
    column: int
    text: str


class Here:
    """Tells how the paths of notes open from the current folder."""

    def __init__(self, roots: Sequence[Root]) -> None:
        self._roots = roots
        self._known: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        """Returns a path relative to the current folder where it is below that, else absolute."""
        if path not in self._known:
            location = location_of(path, self._roots)
            relative = os.path.relpath(location)
            self._known[path] = location if relative.startswith("..") else relative
        return self._known[path]


def places(hit: answers.Hit, snapshot: Snapshot) -> Iterator[Place]:
    """Yields where a hit stands in the notes: each line where it matches, or else its first one.

    A tool stands where it is mentioned, a speaker where talks name them.
    """
    found = snapshot.get(hit.kind, hit.id)
    record = found.record if found else None
    if isinstance(record, Tool | Speaker):
        for one in snapshot.talks_of(record.talks):
            yield from (
                _mentioned(hit.id, one, snapshot) if isinstance(record, Tool) else _named(hit.id, one, snapshot)
            )
    elif found is not None:
        talk = found.talk or (record if isinstance(record, Talk) else None)
        yield from _in_note(hit, talk)


def _in_note(hit: Any, talk: Talk | None) -> Iterator[Place]:
    first: dict[int, int] = {}
    for match in hit.matches:
        first.setdefault(match.line, match.column)
    for line, column in (first or {hit.source.line: 1}).items():
        yield Place(hit.source.path, line, column, (talk.line(line) if talk else "") or title(hit))


def _mentioned(tool: str, talk: Talk, snapshot: Snapshot) -> Iterator[Place]:
    for mention in talk.mentions:
        if snapshot.tool_id(mention) == tool:
            yield Place(talk.source.path, mention.line, mention.column, talk.line(mention.line))


def _named(speaker: str, talk: Talk, snapshot: Snapshot) -> Iterator[Place]:
    for who in talk.speakers:
        if snapshot.speaker_id(who) == speaker:
            text = talk.line(who.line)
            # With a mark inside the name, or in another order, one of its words tells.
            starts = (text.find(name) for name in (who.name, *who.name.split()))
            column = next((at + 1 for at in starts if at >= 0), 1)
            yield Place(talk.source.path, who.line, column, text or talk.title)
