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
from collections.abc import Callable

from kb import notes
from kb.errors import KbError
from kb.index import Stored
from kb.ingest import Report
from kb.notes import SUFFIXES, File, visible
from kb.service import KnowledgeBase
from kb.settings import NAME

SHORTEST, LONGEST = 0.1, 0.5  # Seconds between two looks.
FAILING = 1.0  # Seconds until what has failed is tried again.
SHARE = 0.02  # How much of the time of a processor looks may take.
PATIENCE = 5.0  # Seconds that are waited for notes that keep changing.
RECONCILED = 60.0  # Seconds from one comparison of everything to the next; longer where that takes long.

Looks = tuple[int, int, int, int]  # The size of a file, its two times, and its inode.
Seen = dict[str, Looks]


def seen(roots: tuple[str, ...]) -> Seen:
    """Returns how the notes, and the kb.yaml files among them, look, by their places."""
    found: Seen = {}
    for root in roots:
        if os.path.isdir(root):
            for folder, _, names in visible(root):
                for name in names:
                    if name == NAME or name.casefold().endswith(SUFFIXES):
                        _look(os.path.join(folder, name), found)
        else:
            _look(root, found)
    return found


def _look(location: str, found: Seen) -> None:
    try:
        found[location] = _looks(location)
    except OSError:
        return  # Gone since it was listed: the next look tells.


def _looks(location: str) -> Looks:
    status = os.stat(location)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


class Compared:
    """How each file looked when its bytes were those that the index knows.

    The system changes a file's second time whenever something is done to it, so this tells more than the size and the
    time that the index keeps: a file with other bytes under the old time is read, and one with the same bytes under a
    new time is read once only.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Looks, str]] = {}
        self._trusts_times = True

    def is_same(self, file: File, before: Stored) -> bool:
        """Tells whether a file has the bytes that the index knows; it is read where its looks do not tell."""
        try:
            known = (_looks(file.location), before.digest)
        except OSError:
            return False
        if self._known.get(file.path) == known:
            return True
        is_new = file.path not in self._known and self._trusts_times
        if is_new and known[0][:2] == (
            before.size,
            before.mtime_ns,
        ):  # As it is now: it may have changed since it was found.
            is_same = True
        else:
            is_same = notes.read(file).digest == before.digest
        if is_same:
            self._known[file.path] = known
        return is_same

    def doubt(self) -> None:
        """Has every file read the next time."""
        self._known.clear()
        self._trusts_times = False


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
        self.kb, self.paths, self.told, self.failed = kb, paths, told, failed
        self.is_due, self.is_first = True, True
        self.complaint = ""  # Why the last ingest failed, if it did.
        self.compared = Compared()
        self.read: Seen | None = None  # What was seen before the last ingest.
        self.last: Seen | None = None
        # Seconds: that a look and the last ingest work, since a change was seen and since all was compared, and that it took.
        self.looking = self.ingesting = self.changing = self.since = self.comparing = 0.0

    def ingest(self) -> None:
        """Brings the index up to date, and compares everything where it is time to."""
        everything = self._is_time_to_compare()
        if everything:
            self.compared.doubt()
            self.kb.index.doubt()
        began = time.process_time()
        try:
            # The index remembers what it covers, unless it is lost.
            paths = () if self._roots() and not self.is_first else self.paths
            report = self.kb.ingest(paths, is_same=self.compared.is_same)
            if self.is_first or report.rebuilt or report.added or report.changed or report.renamed or report.removed:
                self.told(report)
            self.paths, self.read, self.is_first, self.complaint = report.roots, self.last, False, ""
        except KbError as error:
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
        now = seen(self._roots() or self.paths)
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

    def _roots(self) -> tuple[str, ...]:
        try:
            return self.kb.index.roots()
        except (KbError, OSError):
            return ()
