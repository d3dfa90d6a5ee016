"""The folders and files that an index covers, and the paths that notes have by them.

Paths below the first root start with nothing, those below a further one with its name. A root keeps what its paths
start with, whichever others come and go, so that ids and URLs stay. A file is a note of the first root that reaches it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import count

from msgspec import Struct

from kb.errors import NotesUnreadableError
from kb.marker import is_marked

SUFFIXES = (".md", ".markdown", ".txt")


class Root(Struct, frozen=True):
    """A folder or file that is covered, absolute; what the paths below it start with, or a file's path; its device."""

    location: str
    prefix: str = ""
    device: int = 0

    @property
    def is_file(self) -> bool:
        """Tells whether it is a file, whose prefix is its path."""
        return bool(self.prefix) and not self.prefix.endswith("/")

    @property
    def is_away(self) -> bool:
        """Tells whether it cannot be reached: it is gone, or an empty folder where another device was mounted."""
        try:
            is_other = self.device not in (0, _device(self.location))
            return is_other and not os.listdir(self.location)
        except NotADirectoryError:
            return False
        except OSError:
            return True


def _device(place: str) -> int:
    return os.stat(place).st_dev


def roots_of(paths: Iterable[str]) -> tuple[Root, ...]:
    """Returns what is to be read of some paths; raises NotesUnreadableError for one that is not there."""
    return named(places_of(paths))


def places_of(paths: Iterable[str]) -> list[str]:
    """Returns the absolute places of paths; raises NotesUnreadableError for one that is not there."""
    places = []
    for path in paths:
        if not os.path.exists(path):
            raise NotesUnreadableError(path, "there is no such file or folder")
        places.append(os.path.abspath(path))
    return places


def named(places: Iterable[str], known: Sequence[Root] = ()) -> tuple[Root, ...]:
    """Returns places as roots, without those that others reach; known ones come first and keep their prefixes."""
    had = {root.location: root for root in known}
    wanted = set(places := list(places))
    roots: list[Root] = []
    for place in _outermost([*(place for place in had if place in wanted), *places], had.keys()):
        root = had.get(place)
        if root and root.is_away:
            roots.append(root)
            continue
        is_file = not os.path.isdir(place)
        keeps = root is not None and root.is_file == is_file and not _is_taken(root.prefix, place, roots)
        prefix = root.prefix if root and keeps else _prefix(place, is_file, roots)
        roots.append(Root(place, prefix, _device(place)))
    return tuple(roots)


def are_same(roots: Sequence[Root], others: Sequence[Root]) -> bool:
    """Tells whether notes have the same paths by some roots as by others."""
    return [(one.location, one.prefix) for one in roots] == [(one.location, one.prefix) for one in others]


def _outermost(places: Iterable[str], known: Iterable[str]) -> list[str]:
    """Returns places without those that an earlier one reaches, or that are new and a later one reaches."""
    kept: list[str] = []
    stay = set(known)
    for place in places:
        if not any(_reaches(other, place) for other in kept):
            kept = [other for other in kept if other in stay or not _reaches(place, other)] + [place]
    return kept


def _reaches(place: str, other: str) -> bool:
    return inner(os.path.realpath(other), Root(place)) is not None


def _prefix(place: str, is_file: bool, before: Sequence[Root]) -> str:
    """Returns what the paths below a place start with: its name, made distinct from what there is before."""
    name = os.path.basename(place.rstrip("/")) or "root"
    stem, suffix = os.path.splitext(name) if is_file else (name, "/")
    if not before and not is_file:
        return ""
    tried = (f"{stem}{suffix}" if n == 1 else f"{stem}-{n}{suffix}" for n in count(1))
    return next(prefix for prefix in tried if not _is_taken(prefix, place, before))


def _is_taken(prefix: str, place: str, before: Sequence[Root]) -> bool:
    """Tells whether paths that start so may be another root's: its prefix is that, or it has something of that name."""
    name, real = prefix.rstrip("/"), os.path.realpath(place)
    return any(
        other.prefix.rstrip("/") == name or (not other.prefix and _has_another(other.location, name, real))
        for other in before
    )


def _has_another(folder: str, name: str, real: str) -> bool:
    found = os.path.join(folder, name)
    return os.path.lexists(found) and os.path.realpath(found) != real


def inner(place: str, root: Root) -> str | None:
    """Returns the path below a root of a place that a walk of it reaches, empty for the root itself, or None.

    The place is one without links.
    """
    base = os.path.realpath(root.location)
    if place == base:
        return ""
    if not place.startswith(base.rstrip("/") + "/"):
        return None
    parts = place[len(base.rstrip("/")) + 1 :].split("/")
    folders = [os.path.join(base, *parts[:n]) for n in range(len(parts) + 1)]
    if any(part.startswith(".") for part in parts) or any(map(is_marked, folders)):
        return None
    is_note = parts[-1].casefold().endswith(SUFFIXES) or os.path.isdir(place)
    return "/".join(parts) if is_note else None


def path_of(location: str, roots: Sequence[Root]) -> str | None:
    """Returns the path of a note by its absolute place, or None where no root reaches it."""
    folder, name = os.path.split(location)
    place = os.path.join(os.path.realpath(folder), name)
    for root in roots:
        if root.is_file:
            if location == root.location or os.path.realpath(location) == os.path.realpath(root.location):
                return root.prefix
        elif path := inner(place, root):
            return root.prefix + path
    return None


def root_of(path: str, roots: Sequence[Root]) -> Root | None:
    """Returns the root that a path of a note is of: the one with the longest prefix that fits."""
    of = [root for root in roots if path == root.prefix or (not root.is_file and path.startswith(root.prefix))]
    return max(of, key=lambda root: len(root.prefix), default=None)


def location_of(path: str, roots: Sequence[Root]) -> str:
    """Returns the absolute place of a path of a note."""
    root = root_of(path, roots)
    if root is None:  # The kb.yaml beside one of several files.
        beside = (os.path.join(os.path.dirname(root.location), path) for root in roots if root.is_file)
        return next(filter(os.path.exists, beside), path)
    return root.location if root.is_file else os.path.join(root.location, path[len(root.prefix) :])
