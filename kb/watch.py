"""Keeps an index up to date with the notes until it is stopped.

Folders are looked at again and again rather than watched by the kernel's events: that sees every edit, rename and
checkout on every file system, network ones too, and costs a few milliseconds a thousand notes. What is changing is
waited for: notes are read when nothing has moved for one look.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from kb.errors import KbError
from kb.ingest import Report
from kb.notes import SUFFIXES, visible
from kb.service import KnowledgeBase
from kb.settings import NAME

SECONDS = 0.5  # Between two looks.
RECONCILED = 120  # Looks after which the notes are compared whatever was seen: one a minute.

Seen = frozenset[tuple[str, int, int, int]]


def seen(roots: tuple[str, ...]) -> Seen:
    """Returns how the notes, and the kb.yaml files among them, look: path, size, time and inode of each."""
    found: set[tuple[str, int, int, int]] = set()
    for root in roots:
        if os.path.isdir(root):
            for folder, _, names in visible(root):
                for name in names:
                    if name == NAME or name.casefold().endswith(SUFFIXES):
                        _look(os.path.join(folder, name), found)
        else:
            _look(root, found)
    return frozenset(found)


def _look(location: str, found: set[tuple[str, int, int, int]]) -> None:
    try:
        status = os.stat(location)
    except OSError:
        return  # Gone since it was listed: the next look tells.
    found.add((location, status.st_size, status.st_mtime_ns, status.st_ino))


def watch(
    kb: KnowledgeBase,
    paths: tuple[str, ...],
    told: Callable[[Report], None],
    failed: Callable[[KbError], None],
    wait: Callable[[float], bool],
) -> None:
    """Ingests, then again whenever the notes have changed, until `wait` returns True; what fails is told once."""
    changed = first = True
    read: Seen | None = None
    last: Seen | None = None
    complaint = ""
    looks = 0
    while True:
        if changed:
            try:
                report = kb.ingest(paths)
                paths = ()  # From now on the index remembers them.
                if first or report.added or report.changed or report.renamed or report.removed:
                    told(report)
                read, changed, first, complaint = last, False, False, ""
            except KbError as error:
                if str(error) != complaint:
                    complaint = str(error)
                    failed(error)
        if wait(SECONDS):
            return
        looks += 1
        now = seen(_roots(kb))
        settled = now == last
        if settled and (changed or now != read or looks >= RECONCILED):
            changed, looks = True, 0
        last = now


def _roots(kb: KnowledgeBase) -> tuple[str, ...]:
    try:
        return kb.index.roots()
    except KbError:
        return ()
