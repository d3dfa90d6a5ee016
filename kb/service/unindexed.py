"""Notes that are read by themselves, needing no index: what kb reads out of one, and the problems of many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from kb import answers, notes
from kb.catalogue import catalogue
from kb.notes import File
from kb.records import Problem, Reading
from kb.roots import Root


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
    return answers.parsed(reading, catalogue(reading.talks), problems)


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
