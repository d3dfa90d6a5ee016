"""Notes that are read by themselves, needing no index: what kb reads out of one, and the problems of many."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kb import answers, notes
from kb.catalogue import catalogue
from kb.errors import BadParameterError
from kb.notes import File
from kb.records import Problem, Reading
from kb.roots import Root

if TYPE_CHECKING:
    from kb.outline import Outline


def parse(location: str) -> tuple[Reading, tuple[Problem, ...]]:
    """Reads one note by itself, as `kb parse` shows it; needs no index."""
    from kb.extract.note import read_note
    from kb.settings import above

    file = _file(location)
    text = notes.read(file)
    settings = above(location)
    reading = read_note(file.path, text.text or "", settings=settings)
    problems = text.problems if text.text is None else tuple(sorted({*text.problems, *reading.problems}))
    problems += settings.problems
    return reading, problems


def _file(location: str) -> File:
    """Returns a file to be read by itself: its path as given, made relative if it is below this folder."""
    from kb.errors import NotesUnreadableError

    try:
        status = os.stat(location)
    except OSError as error:
        raise NotesUnreadableError(location, error.strerror or str(error)) from None
    except ValueError as error:
        raise NotesUnreadableError(location, str(error)) from None
    if os.path.isdir(location):
        raise NotesUnreadableError(location, "it is a folder; kb parse reads one file")
    path = Path(os.path.normpath(location)).as_posix().encode("utf-8", "replace").decode("utf-8")
    return File(path.lstrip("./") or path, location, status.st_size, status.st_mtime_ns)


def parsed(location: str) -> answers.Parsed:
    """Returns what kb reads out of one note."""
    reading, problems = parse(location)
    return answers.parsed(reading, catalogue(reading.talks), problems, _styles(location, reading))


def _styles(location: str, reading: Reading) -> list[answers.StyleOfTalks]:
    """Returns the templates that the talks of a note are written by."""
    from kb.extract.note import DEBUG
    from kb.extract.styles import learned
    from kb.settings import above

    if not reading.talks:
        return []
    try:
        found = learned(_outline(location), reading.note.source.path, above(location))
    except Exception:  # The records have been read: they are shown without it.
        if os.environ.get(DEBUG):
            raise
        return []
    return [answers.StyleOfTalks(str(one.style), one.talks, one.left_over) for one in found.templates]


def _outline(location: str) -> Outline:
    from kb.outline import read_outline

    file = _file(location)
    return read_outline(file.path, notes.read(file).text or "")


def styled(location: str) -> answers.Styled:
    """Returns the style of a note as lines of a kb.yaml, with the talks that it reads."""
    from kb.extract.styles import learned
    from kb.settings import above

    reading, _ = parse(location)
    found = learned(_outline(location), reading.note.source.path, above(location))
    return answers.Styled(str(found), answers.parsed(reading, catalogue(reading.talks), ()).talks)


def styled_by(location: str, line: int, values: Mapping[str, str]) -> answers.Styled:
    """Returns the style of which one line with its fields is an example, and what is read with it."""
    from kb.extract.note import read_note
    from kb.extract.styles import Learned, Template, by_example, unlike
    from kb.settings import above
    from kb.styles import StyleError

    outline, path = _outline(location), _file(location).path
    try:
        style = by_example(outline, line, values)
    except StyleError as error:
        raise BadParameterError("from", str(error)) from None
    settings = replace(above(location), style=(style,), fix=())
    reading = read_note(path, notes.read(_file(location)).text or "", settings=settings)
    if line not in [talk.source.line for talk in reading.talks]:
        raise BadParameterError(
            "from", f"line {line} is not read as a talk by {str(style)!r}; give its title as it stands"
        )
    lines = [(block.line, outline.lines[block.line - 1]) for block in unlike(outline, style)]
    yaml = str(Learned((Template(style, len(reading.talks), len(lines)),)))
    return answers.Styled(yaml, answers.parsed(reading, catalogue(reading.talks), ()).talks, lines)


def checked(roots: Sequence[Root]) -> list[Problem]:
    """Returns the problems of the notes below some paths, read anew."""
    from kb.extract.note import read_note
    from kb.settings import Folders, unmatched

    walked, folders = notes.look(roots), Folders(roots)
    for file in walked.settings:
        folders.of(file)
    problems = [problem for problem in walked.problems if problem.path not in folders.files]
    matched: list[tuple[str, tuple[str, ...]]] = []
    for file in walked.files:
        text, settings = notes.read(file), folders.of(file)
        problems.extend(text.problems)
        if text.text is not None:
            reading = read_note(file.path, text.text, settings=settings)
            problems.extend(reading.problems)
            matched.append((file.path, reading.matched))
    problems.extend(problem for own in folders.files.values() for problem in own.problems)
    problems.extend(chain.from_iterable(unmatched(folders.files, matched).values()))
    return sorted(set(problems))
