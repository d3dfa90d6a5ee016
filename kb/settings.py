"""The user's last word on what is read: a `kb.yaml` in a folder, for the notes in it and below.

    event: FooConf 2019          the event of the notes
    date: 2019-05-03             their date
    tools:
      add: [frobnicator]         names that are tools
      ignore: [storm]            names that are none
      alias: {frob: frobnicator} other spellings
    people:
      same: [[Jane Doe, J. Dough]]      spellings of one person, the first one counts
      different: [[J. Doe, Jane Doe]]   people who are not one
    talks:
      are: [Hallway notes]       headings that are talks
      not: [Random remarks]      headings that are none

A deeper folder's file adds to what those above it say; its event and date count. It is checked, and what is wrong with it
is a problem with its line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

import msgspec
from msgspec import Struct

from kb import notes
from kb.frontmatter import RefusedError, Value, read_mapping
from kb.notes import File
from kb.records import Problem
from kb.roots import Root
from kb.words import slug

NAME = notes.SETTINGS
_KEYS: dict[str, tuple[str, ...]] = {
    "event": (),
    "date": (),
    "tools": ("add", "ignore", "alias"),
    "people": ("same", "different"),
    "talks": ("are", "not"),
}
_HINT = "docs/notes.md shows what may stand in a kb.yaml"


class Settings(Struct, frozen=True, dict=True):
    """What the kb.yaml files above a note say, and what is wrong with them."""

    event: str | None = None
    date: str | None = None
    add: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    alias: tuple[tuple[str, str], ...] = ()
    same: tuple[tuple[str, ...], ...] = ()
    different: tuple[tuple[str, ...], ...] = ()
    talks: frozenset[str] = frozenset()
    no_talks: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

    @cached_property
    def digest(self) -> str:
        """What tells one from another; empty where nothing is set."""
        bare = msgspec.structs.replace(self, problems=())
        if bare == Settings():
            return ""
        plain = [repr(sorted(v) if isinstance(v, frozenset) else v) for v in msgspec.structs.astuple(bare)]
        return notes.digest_of("\n".join(plain).encode("utf-8", "replace"))

    def over(self, upper: Settings) -> Settings:
        """Returns what holds below: both lists, and the deeper event and date."""
        return Settings(
            event=self.event or upper.event,
            date=self.date or upper.date,
            add=upper.add + self.add,
            ignore=upper.ignore + self.ignore,
            alias=upper.alias + self.alias,
            same=upper.same + self.same,
            different=upper.different + self.different,
            talks=(upper.talks | self.talks) - self.no_talks,
            no_talks=(upper.no_talks | self.no_talks) - self.talks,
            problems=upper.problems + self.problems,
        )


NONE = Settings()


class Folders:
    """The settings of folders, each file read once."""

    def __init__(self, roots: Sequence[Root]) -> None:
        self._roots = {os.path.dirname(r.location) if r.is_file else r.location: r for r in roots}
        self._of = lru_cache(maxsize=None)(self._settings)

    def of(self, file: File) -> Settings:
        """Returns the settings that hold for a note."""
        return self._of(file.location.rpartition("/")[0] or "/")

    def _settings(self, folder: str) -> Settings:
        is_top = folder in self._roots or os.path.dirname(folder) == folder
        upper = NONE if is_top else self._of(os.path.dirname(folder))
        return self._read(folder).over(upper)

    def _read(self, folder: str) -> Settings:
        """Reads the file of a folder, unless it is a link that leaves the notes."""
        location = os.path.join(folder, NAME)
        for place, root in self._roots.items():
            if folder == place or folder.startswith(place.rstrip("/") + "/"):
                inner = os.path.relpath(folder, place)
                path = ("" if root.is_file else root.prefix) + (NAME if inner == "." else f"{inner}/{NAME}")
                left = notes.leaving(location, path, place)
                return Settings(problems=(left,)) if left else read(location, path)
        return read(location, location)


def above(location: str) -> Settings:
    """Returns the settings that hold for a note read by itself: those of its folder and the folders above it."""
    folder = os.path.dirname(os.path.abspath(location))
    return Folders(()).of(File("", os.path.join(folder, "x"), 0, 0))


def read(location: str, path: str) -> Settings:
    """Reads one kb.yaml; there need not be one."""
    if not os.path.lexists(location):
        return NONE
    text = notes.read(File(path, location, 0, 0))
    if text.text is None:
        return Settings(problems=text.problems)
    try:
        values, lines = read_mapping(text.text) if text.text.strip() else ({}, {})
    except RefusedError as error:
        return Settings(problems=(Problem(path, error.line + 1, f"it is not read: {error.why}", _HINT, "settings"),))
    problems = list(_unknown(values, lines, path))
    return Settings(
        event=_text(values, "event", lines, path, problems),
        date=_text(values, "date", lines, path, problems),
        add=_texts(values, "tools", "add", lines, path, problems),
        ignore=_texts(values, "tools", "ignore", lines, path, problems),
        alias=_pairs(values, "tools", "alias", lines, path, problems),
        same=_groups(values, "people", "same", lines, path, problems),
        different=_groups(values, "people", "different", lines, path, problems),
        talks=frozenset(map(slug, _texts(values, "talks", "are", lines, path, problems))),
        no_talks=frozenset(map(slug, _texts(values, "talks", "not", lines, path, problems))),
        problems=tuple(problems),
    )


def _unknown(values: dict[str, Value], lines: dict[str, int], path: str) -> Iterator[Problem]:
    for key, value in values.items():
        line = lines[key] + 1
        if key not in _KEYS:
            yield Problem(path, line, f"{key!r} is no setting; there are: {', '.join(_KEYS)}", _HINT, "settings")
        elif _KEYS[key] and not isinstance(value, dict):
            yield Problem(path, line, f"{key} needs {', '.join(_KEYS[key])} below it", _HINT, "settings")
        elif isinstance(value, dict):
            for inner in value:
                if inner not in _KEYS[key]:
                    known = f"; there are: {', '.join(_KEYS[key])}" if _KEYS[key] else ""
                    yield Problem(path, line, f"{key} has no {inner!r}{known}", _HINT, "settings")


def _text(values: dict[str, Value], key: str, lines: dict[str, int], path: str, problems: list[Problem]) -> str | None:
    value = values.get(key)
    if value is None or (isinstance(value, str) and value):
        return value if isinstance(value, str) else None
    problems.append(Problem(path, lines[key] + 1, f"{key} needs a text", _HINT, "settings"))
    return None


def _inner(values: dict[str, Value], key: str, inner: str) -> Value | None:
    within = values.get(key)
    return within.get(inner) if isinstance(within, dict) else None


def _texts(
    values: dict[str, Value], key: str, inner: str, lines: dict[str, int], path: str, problems: list[Problem]
) -> tuple[str, ...]:
    value = _inner(values, key, inner)
    if value is None:
        return ()
    items = [value] if isinstance(value, str) else value
    if isinstance(items, list) and all(isinstance(item, str) and item for item in items):
        return tuple(item for item in items if isinstance(item, str))
    problems.append(Problem(path, lines[key] + 1, f"{key}: {inner} needs a list of names", _HINT, "settings"))
    return ()


def _pairs(
    values: dict[str, Value], key: str, inner: str, lines: dict[str, int], path: str, problems: list[Problem]
) -> tuple[tuple[str, str], ...]:
    value = _inner(values, key, inner)
    if value is None:
        return ()
    if isinstance(value, dict) and all(isinstance(name, str) and name for name in value.values()):
        return tuple((alias, name) for alias, name in value.items() if isinstance(name, str))
    problems.append(Problem(path, lines[key] + 1, f"{key}: {inner} needs `spelling: name` lines", _HINT, "settings"))
    return ()


def _groups(
    values: dict[str, Value], key: str, inner: str, lines: dict[str, int], path: str, problems: list[Problem]
) -> tuple[tuple[str, ...], ...]:
    value = _inner(values, key, inner)
    if value is None:
        return ()
    groups: list[tuple[str, ...]] = []
    for group in value if isinstance(value, list) else [value]:
        names = tuple(n for n in group if isinstance(n, str) and n) if isinstance(group, list) else ()
        if len(names) < 2:
            message = f"{key}: {inner} needs lists of two names or more, such as [[Jane Doe, J. Doe]]"
            problems.append(Problem(path, lines[key] + 1, message, _HINT, "settings"))
            return ()
        groups.append(names)
    return tuple(groups)
