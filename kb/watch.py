"""Keeps an index up to date with the notes until it is stopped.

Folders are looked at again and again rather than watched by the kernel's events: that sees every edit, rename and
checkout on every file system, network ones too, and costs a few milliseconds a thousand notes. The cheaper a look, the
more often: looks take a fiftieth of the time. What is changing is waited for, until one look is like the one before,
but not for ever. Once a minute all notes are read and compared, and all of the index is checked, as there are changes
that no look shows.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from kb import notes
from kb.errors import KbError, NotAnIndexError, NotesLeavingError
from kb.index import Stored
from kb.ingest import Report
from kb.notes import SETTINGS, File, looks, visible
from kb.roots import SUFFIXES
from kb.service import KnowledgeBase

SHORTEST, LONGEST = 0.1, 0.5  # Seconds between two looks.
FAILING = 1.0  # Seconds until what has failed is tried again.
SHARE = 0.02  # How much of the time of a processor looks may take.
PATIENCE = 5.0  # Seconds that are waited for notes that keep changing.
RECONCILED = 60.0  # Seconds from one comparison of everything to the next; longer where that takes long.

Looks = tuple[int, int, int, int]
Seen = dict[str, Looks]


def seen(places: Iterable[str]) -> Seen:
    """Returns how the notes, and the kb.yaml files among them, look, by their places."""
    found: Seen = {}
    for place in places:
        if os.path.isdir(place):
            for folder, names in visible(place):
                for name in names:
                    if name == SETTINGS or name.casefold().endswith(SUFFIXES):
                        _look(os.path.join(folder, name), found)
        else:
            _look(place, found)
    return found


def _look(location: str, found: Seen) -> None:
    with suppress(OSError):  # Gone since it was listed: the next look tells.
        found[location] = looks(os.stat(location))


def has_same_bytes(file: File, before: Stored) -> bool:
    """Tells whether a file has the bytes that the index knows; it is read, as not all that happens to a file shows."""
    return notes.read(file).digest == before.digest


def watch(
    kb: KnowledgeBase,
    paths: tuple[str, ...],
    told: Callable[[Report], None],
    failed: Callable[[KbError], None],
    wait: Callable[[float], bool],
) -> None:
    """Ingests, then again whenever the notes have changed, until `wait` returns True; what fails is told once."""
    watching = _Watching(kb, paths, told, failed)
    while True:
        if watching.is_due:
            watching.ingest()
        pause = watching.pause()
        if wait(pause):
            return
        watching.look(pause)


class _Watching:
    """What has been seen of the notes and of the index, and how long ago."""

    def __init__(
        self,
        kb: KnowledgeBase,
        paths: tuple[str, ...],
        told: Callable[[Report], None],
        failed: Callable[[KbError], None],
    ) -> None:
        self.kb, self.told, self.failed = kb, told, failed
        self.named = paths
        self.paths = paths or self._places()  # What to cover where the index is lost.
        self.is_due, self.is_first = True, True
        self.complaint = ""  # Why the last ingest failed, if it did.
        self.read: Seen | None = None  # What was seen before the last ingest.
        self.last: Seen | None = None
        # Seconds: that a look and the last ingest work, since a change was seen and since all was compared, and that it took.
        self.looking = self.ingesting = self.changing = self.since = self.comparing = 0.0

    def ingest(self) -> None:
        """Brings the index up to date, and compares everything where it is time to."""
        everything = self._is_time_to_compare()
        if everything:
            self.kb.index.doubt()
        began = time.process_time()
        try:
            # The index remembers what it covers, unless it is lost.
            is_remembered = self._places() and not (self.is_first and self.named)
            paths = () if is_remembered else self.paths
            report = self.kb.ingest(paths, is_same=has_same_bytes if everything else None)
            if self.is_first or report.rebuilt or report.added or report.changed or report.renamed or report.removed:
                self.told(report)
            self.paths = tuple(root.location for root in report.roots)
            self.read, self.is_first, self.complaint = self.last, False, ""
        except KbError as error:
            if self.is_first and isinstance(error, NotesLeavingError | NotAnIndexError):
                raise  # It does not pass.
            if str(error) != self.complaint:
                self.failed(error)
            self.complaint = str(error)
        self.ingesting, self.changing = time.process_time() - began, 0.0
        if everything:
            self.since, self.comparing = 0.0, self.ingesting

    def pause(self) -> float:
        """Returns how many seconds to wait until the next look: few where a change is to settle."""
        if self.complaint:
            return FAILING
        wanted = max(10 * self.looking, 2 * self.ingesting) if self.changing else self.looking / SHARE
        return min(max(wanted, SHORTEST), LONGEST)

    def look(self, waited: float) -> None:
        """Sees whether it is time to ingest."""
        began = time.process_time()
        now = seen(self._places() or self.paths)
        self.looking = (self.looking + time.process_time() - began) / 2
        self.since += waited
        has_changed = now != self.read or bool(self.complaint) or not self.kb.index.is_verified()
        has_settled = now == self.last or self.changing >= PATIENCE
        self.is_due = (has_changed and has_settled) or self._is_time_to_compare()
        self.changing = self.changing + waited if has_changed else 0.0
        self.last = now

    def _is_time_to_compare(self) -> bool:
        """Tells whether everything is to be compared: that takes a two-hundredth of the time at most."""
        return self.since >= max(RECONCILED, 200 * self.comparing)

    def _places(self) -> tuple[str, ...]:
        """Returns what the index covers, or nothing where it is lost."""
        try:
            return tuple(root.location for root in self.kb.index.roots())
        except (KbError, OSError):
            return ()
