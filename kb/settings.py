"""The user's last word on what is read: a `kb.yaml` in a folder, for the notes in it and below (`schema` says what is in it).

A deeper folder's file adds to what those above it say, and counts where it says the opposite. What is wrong in one, and
what it says of things that no note below has, is a problem with its line.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

import msgspec
from msgspec import Struct

from kb import notes
from kb.contradictions import contradictions
from kb.notes import File
from kb.plainyaml import Fault, RefusedError, read_mapping
from kb.records import Problem
from kb.roots import Root
from kb.schema import Entry, read_entries
from kb.styles import Style, read_style
from kb.words import fold, slug

NAME = notes.SETTINGS
_HINT = "docs/notes.md shows what may stand in a kb.yaml"
_UNMATCHED = {
    "tool": "no talk below names the tool {!r}",
    "person": "no talk below names the speaker {!r}",
    "heading": "no note below has the heading {!r}",
    "style": "no line of the notes below is like {!r}",
    "talk": "no note below has the talk {!r}",
}


class Fix(Struct, frozen=True):
    """One field of a talk as the user puts it right; `of` is the slug of its title, or of `line 12`."""

    of: str
    field: str
    values: tuple[str, ...]


class Settings(Struct, frozen=True, dict=True):
    """What the kb.yaml files above a note say, and what is wrong with them.

    `subjects` are what notes are looked through for, and `entries` what one file says.
    """

    event: str | None = None
    date: str | None = None
    add: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    alias: tuple[tuple[str, str], ...] = ()
    same: tuple[tuple[str, ...], ...] = ()
    different: tuple[tuple[str, ...], ...] = ()
    talks: frozenset[str] = frozenset()
    no_talks: frozenset[str] = frozenset()
    style: tuple[Style, ...] = ()
    fix: tuple[Fix, ...] = ()
    subjects: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()

    @cached_property
    def digest(self) -> str:
        """What tells one from another; empty where nothing is set."""
        bare = msgspec.structs.replace(self, entries=(), problems=())
        if bare == Settings():
            return ""
        plain = [repr(sorted(v) if isinstance(v, frozenset) else v) for v in msgspec.structs.astuple(bare)]
        return notes.digest_of("\n".join(plain).encode("utf-8", "replace"))

    def over(self, upper: Settings) -> Settings:
        """Returns what holds below: what both say, but for what the deeper one says the opposite of."""
        spelt = {fold(alias) for alias, _ in self.alias}
        added = {fold(name) for name in self.add}
        tools = added | spelt | {fold(name) for _, name in self.alias}
        none = {fold(name) for name in self.ignore}
        return Settings(
            event=self.event or upper.event,
            date=self.date or upper.date,
            add=tuple(n for n in upper.add if fold(n) not in none | spelt) + self.add,
            ignore=tuple(n for n in upper.ignore if fold(n) not in tools) + self.ignore,
            alias=tuple(p for p in upper.alias if fold(p[0]) not in none | added | spelt) + self.alias,
            same=tuple(_parted(group, self.different) for group in upper.same) + self.same,
            different=upper.different + self.different,
            talks=(upper.talks | self.talks) - self.no_talks,
            no_talks=(upper.no_talks | self.no_talks) - self.talks,
            style=self.style or upper.style,
            fix=upper.fix + self.fix,
            subjects=upper.subjects | self.subjects,
            problems=upper.problems + self.problems,
        )

    @cached_property
    def called(self) -> dict[str, str]:
        """The names of tools by their folded spellings; a spelling of a spelling stands for what that does."""
        direct = {fold(alias): name.lower() for alias, name in self.alias} | {fold(n): n.lower() for n in self.add}
        return {spelling: _followed(spelling, direct) for spelling in direct}

    @cached_property
    def people(self) -> dict[str, str]:
        """The names that people are known by, by the slugs of their spellings; lists with a name in common are one."""
        same: dict[str, str] = {}
        for group in self.same:
            joined = {same[name] for name in map(slug, group) if name in same}
            same |= {name: group[0] for name, leader in same.items() if leader in joined}
            same |= {slug(name): group[0] for name in group}
        return {slug(name): name for group in self.different for name in group} | same


def _parted(group: tuple[str, ...], different: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Returns spellings of a person without those that are told from an earlier one of them."""
    for others in different:
        told = set(map(slug, others))
        kept = next((name for name in group if slug(name) in told), None)
        group = tuple(name for name in group if slug(name) not in told or name == kept)
    return group


def _followed(spelling: str, direct: Mapping[str, str]) -> str:
    seen, name = {spelling}, direct[spelling]
    while (key := fold(name)) in direct and key not in seen:
        seen.add(key)
        name = direct[key]
    return name


NONE = Settings()


class Folders:
    """The settings of folders, each file read once."""

    def __init__(self, roots: Sequence[Root]) -> None:
        self._roots = {os.path.dirname(r.location) if r.is_file else r.location: r for r in roots}
        self._of = lru_cache(maxsize=None)(self._settings)
        self.files: dict[str, Settings] = {}  # What each file that was met says by itself, by its path.

    def of(self, file: File) -> Settings:
        """Returns the settings that hold for a note."""
        return self._of(file.location.rpartition("/")[0] or "/")

    def _settings(self, folder: str) -> Settings:
        is_top = folder in self._roots or os.path.dirname(folder) == folder
        upper = NONE if is_top else self._of(os.path.dirname(folder))
        location = os.path.join(folder, NAME)
        if not os.path.lexists(location):
            return NONE.over(upper)
        place = next((r for r in self._roots if folder == r or folder.startswith(r.rstrip("/") + "/")), None)
        path = self._shown(folder, place)
        own = read(location, path, place)
        # Beside a single note that is read, nobody knows what the other notes below have.
        is_walked = place is not None and not self._roots[place].is_file
        self.files[path] = own if is_walked else msgspec.structs.replace(own, entries=())
        return own.over(upper)

    def _shown(self, folder: str, place: str | None) -> str:
        """Returns the path of the file of a folder, as those of the notes beside it."""
        if place is None:
            return os.path.join(folder, NAME)
        root, inner = self._roots[place], os.path.relpath(folder, place)
        return ("" if root.is_file else root.prefix) + (NAME if inner == "." else f"{inner}/{NAME}")


def above(location: str) -> Settings:
    """Returns the settings that hold for a note read by itself: those of its folder and the folders above it."""
    folder = os.path.dirname(os.path.abspath(location))
    return Folders(()).of(File("", os.path.join(folder, "x"), 0, 0))


def read(location: str, path: str, root: str | None = None) -> Settings:
    """Reads one kb.yaml; a link must not lead out of the root of the notes, where that is known."""
    if root is not None and (left := notes.leaving(location, path, root)):
        return Settings(problems=(left,))
    text = notes.read(File(path, location, 0, 0))
    if text.text is None:
        return Settings(problems=text.problems)
    try:
        values, faults = read_mapping(text.text)
    except RefusedError as error:
        return Settings(problems=(*text.problems, _problem(path, Fault(error.line, f"it is not read: {error.why}"))))
    entries, wrong = read_entries(values)
    found = [_problem(path, fault) for fault in (*faults, *wrong, *contradictions(entries))]
    said: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for entry in entries:
        said[entry.key].append(entry.words)
    return Settings(
        event=said["event"][0][0] if said["event"] else None,
        date=said["date"][0][0] if said["date"] else None,
        add=tuple(name for (name,) in said["tools.add"]),
        ignore=tuple(name for (name,) in said["tools.ignore"]),
        alias=tuple((alias, name) for alias, name in said["tools.alias"]),
        same=tuple(said["people.same"]),
        different=tuple(said["people.different"]),
        talks=frozenset(slug(name) for (name,) in said["talks.are"]),
        no_talks=frozenset(slug(name) for (name,) in said["talks.not"]),
        style=tuple(read_style(text) for (text,) in said["style"]),
        fix=tuple(Fix(slug(of), field, tuple(values)) for of, field, *values in said["fix"]),
        subjects=frozenset(subject for entry in entries for subject, _, _ in entry.sought),
        entries=tuple(entries),
        problems=(*text.problems, *found),
    )


def _problem(path: str, fault: Fault) -> Problem:
    return Problem(path, fault.line + 1, fault.why, _HINT, "settings")


def unmatched(
    files: Mapping[str, Settings], notes: Iterable[tuple[str, Iterable[str]]]
) -> dict[str, tuple[Problem, ...]]:
    """Returns, for each file of settings, what it says of things that no note below has.

    `notes` are the paths of all notes, each with the subjects of the settings above it that it has.
    """
    had: dict[str, set[str]] = {path: set() for path, own in files.items() if own.entries}
    if not had:
        return {}
    for path, matched in notes:
        while path and matched:
            path = path.rpartition("/")[0]
            if (above := f"{path}/{NAME}" if path else NAME) in had:
                had[above].update(matched)
    return {path: tuple(_without_match(path, files[path].entries, found)) for path, found in had.items()}


def _without_match(path: str, entries: Iterable[Entry], matched: Iterable[str]) -> Iterable[Problem]:
    for entry in entries:
        for subject, word, line in entry.sought:
            if subject not in matched:
                why = _UNMATCHED[subject.partition(" ")[0]].format(word)
                yield Problem(path, line, f"{entry.key}: {why}", "correct the spelling, or take it out", "settings")
