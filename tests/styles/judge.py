"""Whether what was written in is read out, field by field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from kb.extract.note import read_note
from kb.records import Reading, Talk
from tests.styles.scenes import Speaker
from tests.styles.writer import Said, Written

# A note is handled when the first six are right.
HANDLED = ("talks", "titles", "speakers", "affiliations", "handles", "ratings")
FIELDS = (*HANDLED, "events", "dates")


def read(note: Written) -> Reading:
    """Returns what is read of a note, whose byte order mark is no part of its text."""
    return read_note(note.path, note.text.removeprefix("\ufeff"))


def wrong(note: Written, reading: Reading) -> frozenset[str]:
    """Returns the fields in which a reading is not what was written."""
    if [t.source.line for t in reading.talks] != [t.line for t in note.talks]:
        return frozenset(("talks",))
    pairs = list(zip(note.talks, reading.talks, strict=True))
    return frozenset(field for field in FIELDS[1:] if any(not _right(field, said, talk, note) for said, talk in pairs))


def _right(field: str, said: Said, talk: Talk, note: Written) -> bool:
    """Returns whether a field of a talk is what was written."""
    if field == "titles":
        return _title(talk.title) in {_title(said.title), _title(said.other or said.title)}
    if field == "speakers":
        return _names(said.speakers) == sorted(_name(p.name) for p in talk.speakers)
    if field == "affiliations":
        read_out = {(_name(p.name), _plain(p.affiliation)) for p in talk.speakers if p.affiliation}
        return read_out == {(_name(p.name), _plain(p.company)) for p in said.speakers if p.company}
    if field == "handles":
        return {p.handle for p in talk.speakers if p.handle} == {p.handle for p in said.speakers if p.handle}
    if field == "ratings":
        return (talk.rating and talk.rating.value) == said.rating
    if field == "dates":
        return talk.date in said.dates
    return _plain(note.event) in _plain(talk.event or "")


def _names(speakers: Iterable[Speaker]) -> list[str]:
    return sorted(_name(speaker.name) for speaker in speakers)


def _name(text: str) -> str:
    """Returns a name as it is compared: a doctor may be read with or without it, a handle with or without its sign."""
    return " ".join(unicodedata.normalize("NFC", text).split()).removeprefix("Dr. ").removeprefix("@")


def _plain(text: str) -> str:
    """Returns a text as it is compared where signs and case do not matter."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _title(text: str) -> str:
    """Returns a title as it is compared: to the letter, but for marks of code, spaces and what may end it."""
    return " ".join(unicodedata.normalize("NFC", text).replace("`", "").split()).rstrip(".")


def told(note: Written, reading: Reading) -> Iterator[str]:
    """Yields what was written and what was read, a talk a line, to be compared by eye."""
    yield f"path: {note.path}"
    for name, lines in (("written", [_said(t) for t in note.talks]), ("read", [_talk(t) for t in reading.talks])):
        yield f"{name}: {note.event if name == 'written' else reading.note.event}"
        yield from (f"  {line}" for line in lines)
    yield from (
        f"  {'talk' if d.is_talk else 'none'} {d.line}: {d.text} ({'; '.join(d.reasons)})" for d in reading.decisions
    )
    yield from (f"  problem {p.line}: {p.message}" for p in reading.problems)


def _said(talk: Said) -> str:
    people = [(p.name, p.company, p.handle) for p in talk.speakers]
    return f"{talk.line}: {talk.title!r} {people} {talk.rating} {'/'.join(talk.dates)}"


def _talk(talk: Talk) -> str:
    people = [(p.name, p.affiliation, p.handle) for p in talk.speakers]
    return f"{talk.source.line}: {talk.title!r} {people} {talk.rating and talk.rating.value} {talk.date}"
