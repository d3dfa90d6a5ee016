"""What an ingest covers: the PATHs that it names, those that the index remembers, or both."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kb import notes
from kb.errors import NotesLeavingError, NotesUnreadableError
from kb.index import Stored
from kb.roots import Root, are_same, inner, named, path_of, places_of, root_of

# What is to become of the notes of remembered PATHs that an ingest does not name: it stops where there are any, they are
# kept, or they leave.
Others = Literal["stop", "keep", "leave"]


class Scope(Struct, frozen=True):
    """The roots to cover, the one file of them that alone is to be updated, if so, and those that cannot be reached."""

    roots: tuple[Root, ...]
    only: str | None = None
    away: tuple[Root, ...] = ()


def scope(
    paths: Sequence[str],
    remembered: tuple[Root, ...],
    known: Mapping[str, Stored] | None,
    default: str,
    others: Others,
) -> Scope:
    """Returns what to cover; `known` are the files that the index has, None where all are to be read anew.

    Raises NotesUnreadableError where notes that are to stay cannot be reached, NotesLeavingError where some would leave.
    """
    if others == "leave":  # Even where another disk was mounted before.
        remembered = tuple(replace(root, device=0) for root in remembered)
    only = _file_inside(paths, remembered) if others != "leave" else None
    if only or not paths:
        places = [root.location for root in remembered] or places_of([default])
    else:
        places = [*(root.location for root in remembered if others == "keep"), *places_of(paths)]
    roots = named(places, remembered)
    if paths and others == "stop" and (leaving := _leaving(remembered, roots, known)):
        raise NotesLeavingError(leaving, " ".join(paths))
    away = tuple(root for root in roots if root.is_away)
    missed = [root for root in away if len(away) == len(roots) or known is None or _is_below(only, root)]
    if missed:
        raise NotesUnreadableError(missed[0].location, _why_away(missed[0]))
    return Scope(roots, only if known is not None and are_same(roots, remembered) else None, away)


def _file_inside(paths: Sequence[str], remembered: tuple[Root, ...]) -> str | None:
    """Returns the place of the one file that is named, where it is a note of what the index covers."""
    if len(paths) != 1 or os.path.isdir(paths[0]):
        return None
    location = os.path.abspath(paths[0])
    if any(location == root.location for root in remembered):
        return None
    return location if path_of(location, remembered) is not None else None


def _is_below(place: str | None, root: Root) -> bool:
    return place is not None and place.startswith(root.location.rstrip("/") + "/")


def _why_away(root: Root) -> str:
    if os.path.exists(root.location):
        return "it is empty, and another disk was mounted there; to let its notes go: kb ingest --replace PATH"
    return "there is no such file or folder any more"


def _leaving(
    remembered: tuple[Root, ...], roots: tuple[Root, ...], known: Mapping[str, Stored] | None
) -> dict[str, int | None]:
    """Returns how many notes of which remembered PATHs no root would reach; None where that cannot be told."""
    leaving: dict[str, int | None] = {}
    for root in remembered:
        real = os.path.realpath(root.location)
        if any(inner(real, other) is not None for other in roots):
            continue
        stay = [root.prefix + path for other in roots if (path := inner(os.path.realpath(other.location), root))]
        count: int | None = None
        if known is not None:
            had = [path for path, stored in known.items() if stored.note and root_of(path, remembered) == root]
            count = sum(not _is_of(path, stay) for path in had)
        elif not root.is_away:
            with suppress(NotesUnreadableError):
                count = sum(not _is_of(file.path, stay) for file in notes.walk((root,))[0])
        if count != 0:
            leaving[root.location] = count
    return leaving


def _is_of(path: str, places: Sequence[str]) -> bool:
    return any(path == place or path.startswith(place + "/") for place in places)
