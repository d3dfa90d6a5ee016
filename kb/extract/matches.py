"""Which of the things that a kb.yaml speaks of a note has, so that what no note has can be told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.extract import candidates, gazetteer, taught
from kb.extract.talks import Found, table_talks
from kb.outline import Outline
from kb.records import Talk
from kb.schema import subject
from kb.settings import Settings
from kb.words import fold


def matches(outline: Outline, talks: Sequence[Talk], settings: Settings, read: Sequence[Found] = ()) -> tuple[str, ...]:
    """Returns the subjects of the settings that a note has."""
    if not settings.subjects:
        return ()
    kinds = {one.partition(" ")[0] for one in settings.subjects}
    found = {subject("person", who.name) for talk in talks for who in talk.speakers}
    if "heading" in kinds:
        found.update(subject("heading", text) for text in _headings(outline, talks))
    if "style" in kinds:
        found.update(subject("style", str(style)) for style in settings.style if taught.is_in(outline, style))
    if "talk" in kinds:  # Before anything was put right.
        found.update(subject("talk", said) for talk in read for said in (talk.title, f"line {talk.line}"))
    if "tool" in kinds:
        found.update(_tools(talks, [one.partition(" ")[2] for one in settings.subjects if one.startswith("tool ")]))
    return tuple(sorted(found & settings.subjects))


def _headings(outline: Outline, talks: Sequence[Talk]) -> Iterator[str]:
    for head in (*candidates.headings(outline), *candidates.items(outline)):
        yield from (head.title, head.text)
    yield from (row.title for row in table_talks(outline))
    yield from (talk.title for talk in talks)


def _tools(talks: Sequence[Talk], sought: Sequence[str]) -> Iterator[str]:
    """Yields the tools that stand in talks, also where they are taken for none: by any known spelling."""
    for talk in talks:
        for mention in talk.mentions:
            yield from (subject("tool", mention.name), subject("tool", mention.text))
    of = {spelling: name for name in sought for spelling in (name, *map(fold, gazetteer.aliases(name)))}
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(s)}(?!\w)" for s in sorted(of, key=len, reverse=True)))
    for talk in talks:
        for match in pattern.finditer(fold(talk.text)):
            yield subject("tool", of[match[0]])
