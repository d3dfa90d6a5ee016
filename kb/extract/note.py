"""From a note's text to its records: the talks that it is divided into, each with all that is read out of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from kb.errors import NotesUnreadableError
from kb.extract import candidates, events, links, opening, tools
from kb.extract.corrections import corrected
from kb.extract.matches import matches
from kb.extract.talks import Found, divide
from kb.notes import note_id
from kb.outline import MAX_LINES, Outline, plain, read_outline, split_lines
from kb.records import Appearance, Note, Problem, Reading, Section, Source, Talk
from kb.settings import NONE, Settings
from kb.words import slug

_UNREAD = {
    "unread_rating": "write it as ★★★★☆, 4/5, 8/10 or 3.5",
    "unread_speaker": "write it as `Speaker: Jane Doe (@jdoe), Acme`",
}


DEBUG = "KB_DEBUG"  # Set in the environment, what goes wrong while a note is read is raised.


def read_note(path: str, text: str, id: str | None = None, settings: Settings = NONE) -> Reading:
    """Reads the records of one note out of its text; whatever stands in it gives records or problems."""
    id = id or note_id(path)
    try:
        return _read_note(path, text, id, settings)
    except MemoryError:
        raise NotesUnreadableError(path, "there is not enough memory to read it") from None
    except Exception as error:
        return unread_note(path, len(split_lines(text)), id, error)


def unread_note(path: str, end_line: int, id: str, error: Exception) -> Reading:
    """Returns what is left of a note on which kb itself fails: that there is one, and that its talks are missing."""
    if os.environ.get(DEBUG):
        raise error
    said = f"{type(error).__name__}: {error}".split("\n")[0][:200].encode("utf-8", "replace").decode("utf-8")
    hint = f"this is a fault of kb: please report it, with what `{DEBUG}=1 kb parse FILE` says"
    problem = Problem(path, 1, f"kb cannot read the note ({said})", hint, "internal")
    return Reading(Note(id, id, Source(path, 1, end_line)), problems=(problem,))


def _read_note(path: str, text: str, id: str, settings: Settings) -> Reading:
    outline = read_outline(path, text)
    division = divide(outline, path, settings)
    one = len(division.talks) == 1
    occasion = events.occasion(outline, path, division.top if division.talks else None)
    event, date = settings.event or occasion.event, settings.date or occasion.date
    if one and event is not None and event == division.talks[0].title:
        event = None
    found = tuple(corrected(talk, settings) for talk in division.talks)
    talks = tuple(_talks(outline, path, id, found, event, date, settings))
    title = division.top or outline.front.text("title") or (talks[0].title if one else None) or id
    note = Note(id, title, Source(path, 1, len(outline.lines)), event, date)
    unread = (
        Problem(path, at, what, _UNREAD[code], code)
        for talk in division.talks
        for at, what, code in opening.unread(outline, talk.body, talk.end_line)
    )
    problems = (*unread, *outline.front.problems, *occasion.problems, *_problems(path, text, talks, outline))
    matched = matches(outline, talks, settings, division.talks)
    return Reading(note, talks, tuple(sorted(problems)), division.decisions, matched)


def _talks(
    outline: Outline,
    path: str,
    id: str,
    found: tuple[Found, ...],
    event: str | None,
    date: str | None,
    settings: Settings,
) -> Iterator[Talk]:
    """Yields the talks as records, with ids that are unique within the note."""
    speaking = [opening.appearances(outline, t.cast, t.cast_line, t.line, t.end_line) for t in found]
    parts = [
        tools.Part(
            t.line, t.end_line, tuple(p.name for p in people), tuple(p.affiliation for p in people if p.affiliation)
        )
        for t, people in zip(found, speaking, strict=True)
    ]
    mentioned = tools.mentions(outline, parts, settings, event or "")
    taken: set[str] = set()
    repeated: Counter[str] = Counter()
    for talk, people, mentions in zip(found, speaking, mentioned, strict=True):
        # A title of which nothing can be seen is none; the talk is called like its note.
        title = talk.title if any(c.isprintable() and not c.isspace() for c in talk.title) else id
        unique = name = slug(title)
        while unique in taken:
            repeated[name] += 1
            unique = f"{name}-{repeated[name] + 1}"
        taken.add(unique)
        yield Talk(
            id=f"{id}/{unique}",
            title=title,
            source=Source(path, talk.line, talk.end_line),
            speakers=_known(people, settings),
            rating=talk.rating,
            mentions=mentions,
            links=links.links(outline, talk.line, talk.end_line),
            sections=_sections(outline, talk),
            event=talk.event or event,
            date=talk.date or date,
            text="\n".join(outline.lines[talk.line - 1 : talk.end_line]),
        )


def _known(people: tuple[Appearance, ...], settings: Settings) -> tuple[Appearance, ...]:
    """Returns people with who they are where the user says so."""
    who = settings.people
    return tuple(replace(p, person=who.get(slug(p.name))) for p in people) if who else people


def _sections(outline: Outline, talk: Found) -> tuple[Section, ...]:
    return tuple(
        Section(plain(block.text).replace("\n", " "), block.line, block.level)
        for block in outline.between(talk.line + 1, talk.end_line)
        if block.kind == "heading" and block.line >= talk.body
    )


def _problems(path: str, text: str, talks: tuple[Talk, ...], outline: Outline) -> Iterator[Problem]:
    for number, said in enumerate(outline.lines, 1):
        if len(said) > tools.LOOKED:
            message = f"tools are looked for in the first {tools.LOOKED:,} characters of this line alone"
            yield Problem(path, number, message, "break the line", "long_line")
    for line in outline.unclosed:
        hint = "close it with the same marks on a line of their own"
        yield Problem(path, line, "the block of code that begins here is not closed", hint, "unclosed_code")
    if not text.strip():
        yield Problem(path, 1, "the note is empty", "write a heading for each talk", "empty_note")
    elif len(outline.lines) == MAX_LINES:
        yield Problem(path, MAX_LINES, f"only the first {MAX_LINES:,} lines were read", "split the note", "too_many")
    elif len(talks) >= candidates.MOST or sum(b.kind == "heading" for b in outline.blocks) > candidates.MOST:
        message = f"only the first {candidates.MOST:,} headings, items or rows were looked at for talks"
        yield Problem(path, 1, message, "split the note", "too_many")
    elif not talks:
        hint = "give each talk a heading, with its speakers on the next line"
        yield Problem(path, 1, "no talk was found", hint, "no_talks")
