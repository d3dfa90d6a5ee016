"""The folder of the index: one folder a generation, a manifest of its files, and CURRENT that names the newest.

A generation is written aside, the segments that stay linked from the one before; checksummed, fsynced with its
folder, renamed, and only then named by CURRENT, which is itself replaced by one rename. A crash at any moment leaves
the old generation or the new. What a question reads is checked block by block when it is first read; Whoosh's files
are pickles, so they are checked whole before anything is added to them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from kb import extract
from kb.errors import IndexDamagedError, IndexNotWrittenError, IndexUnreadableError, KbError
from kb.index import Changes, Stored, naming, touched
from kb.index.arrays import Arrays, Looks, looks
from kb.index.folder import ASIDE, IndexFolder, mark
from kb.index.manifest import (
    FORMAT,
    PRIVATE,
    Manifest,
    digest_of,
    is_usable,
    read_manifest,
    refused,
    sync,
    write_manifest,
)
from kb.index.naming import Named
from kb.index.rows import Rows
from kb.index.segments import FILES, SUFFIX, Segment, read_parts
from kb.index.snapshot import Snapshot
from kb.index.version import VERSION
from kb.roots import Root

if TYPE_CHECKING:
    from kb.index.pinned import Pinned

KEPT = 2
LOOKS = 0.1  # Seconds from one look at the files that are mapped to the next.
BLOCKS = "blocks"  # Stands for the sums of all blocks of a file of arrays.
UNREAD = (".seg", ".toc")  # Whoosh's own, which are checked before they are added to, and not to answer questions.

Verified = tuple[str | None, Looks]  # What a file was checked against, and how it looked.
# A generation's name and its manifest's seal: an index that is made anew in the same place counts from 1 again.
Identity = tuple[str, str]


class Generations:
    """An index in a folder. Its snapshot is shared by all threads and replaced by one assignment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._home = IndexFolder(folder)
        self._current: tuple[Identity, Snapshot] | None = None
        self._opened: dict[tuple[object, ...], tuple[Segment, Named]] = {}
        self._mapped: tuple[tuple[Path, Arrays], ...] = ()
        self._highest = 0  # The number of the newest generation that was there, which may have been removed.
        self._looks_at = 0.0  # When what is mapped is looked at again.
        self._verified: set[Verified] = set()
        self._loading = Lock()
        self._pointed: tuple[tuple[int, ...], Identity] = ((), ("", ""))
        self._pinned: Pinned | None = None  # The generation that was asked for last by its number.

    def snapshot(self) -> Snapshot:
        """Returns the newest generation; raises IndexMissingError or IndexDamagedError."""
        identity = self._newest()
        if self._current and self._current[0] == identity and not self._must_reopen():
            if any(arrays.is_damaged for _, arrays in self._mapped):
                raise IndexDamagedError(str(self.folder), "a segment is not what was written")
            return self._current[1]
        with self._loading:
            for _ in range(20):
                if self._current and self._current[0] == identity:
                    return self._current[1]
                try:
                    self._current = self._load(identity[0])
                except FileNotFoundError:
                    # It was the newest when CURRENT was read, and has been removed since: there is a newer one.
                    if (newer := self._identity()) == identity:
                        raise IndexDamagedError(str(self.folder), "a file of it is missing") from None
                    identity = newer
                    continue
                except OSError as error:
                    raise refused(self.folder, error) from None
                if self._pinned and self._pinned.is_idle:
                    self._pinned = None
                return self._current[1]
        raise IndexDamagedError(str(self.folder), "it changes faster than it can be read")

    def kept(self, generation: int) -> Snapshot | None:
        """Returns a generation by its number, or None where it is no longer kept."""
        from kb.index.pinned import Pinned

        pinned = self._pinned
        if pinned is None or pinned.generation != generation:
            pinned = Pinned(self.folder, generation)
        if snapshot := pinned.snapshot_or_none():
            self._pinned = pinned
        return snapshot

    def _must_reopen(self) -> bool:
        """Looks now and then whether what is mapped was written to, and whether what was damaged has been replaced."""
        if time.monotonic() < self._looks_at:
            return False
        self._looks_at = time.monotonic() + LOOKS
        if not any(arrays.look_again(path) for path, arrays in self._mapped):
            return False
        with self._loading:
            self._current, self._opened = None, {}
        return True

    def look_again(self) -> None:
        """Looks at once whether what is mapped was damaged meanwhile; raises IndexDamagedError."""
        self._looks_at = 0.0
        self.snapshot()

    def _newest(self) -> Identity:
        """Returns which generation CURRENT names, read again where another file has taken its place."""
        try:
            status = os.stat(self._home.current_path)
        except OSError:
            return self._identity()
        seen = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        if self._pointed[0] != seen:
            identity = self._identity()
            self._pointed = (seen if identity[1] else (), identity)
        return self._pointed[1]

    def _identity(self) -> Identity:
        """Reads which generation CURRENT names; one that is gone, or whose manifest is no manifest, has no seal."""
        name = self._home.current()
        try:
            return name, read_manifest(self.folder / name)[1]
        except (OSError, KbError):
            return name, ""  # What is the matter is said where it is opened.

    def files(self) -> dict[str, Stored]:
        """Returns what the newest generation was built from, by path, and how it has looked since."""
        return self.as_seen(self.snapshot().files())

    def as_seen(self, files: dict[str, Stored]) -> dict[str, Stored]:
        """Returns files as they looked when they were compared last, where they have the bytes that were read."""
        return touched.over(files, touched.read(self.folder))

    def touch(self, stored: dict[str, Stored]) -> None:
        """Keeps how files look that have the bytes that were read; it may be lost, when they are read again."""
        touched.write(self._home, self.snapshot().files(), {**touched.read(self.folder), **stored})

    def roots(self) -> tuple[Root, ...]:
        """Returns the folders and files that the newest generation covers, of whichever version it is."""
        try:
            return read_manifest(self.folder / self._home.current())[0].covered
        except (KbError, OSError) as error:
            names = self._home.generations() if self.folder.is_dir() else []
            if not names or isinstance(error, IndexUnreadableError):
                raise
            return read_manifest(self.folder / names[-1])[0].covered

    def strangers(self) -> list[str]:
        """Returns what lies in the folder and is not the index's; nothing where it cannot be looked at."""
        try:
            return self._home.strangers()
        except OSError:  # What was asked for is done: this is for the user to know, and may be said the next time.
            return []

    def holds(self, place: str) -> bool:
        """Tells whether a place is in the folder of the index, or is that folder."""
        folder = os.path.realpath(self.folder).rstrip("/") + "/"
        return (os.path.realpath(place) + "/").startswith(folder)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the index for writing; raises IndexBusyError when another holds it for more than a moment."""
        with self._home.held():
            try:
                self._clear()
            except OSError as error:
                raise IndexNotWrittenError(str(self.folder), error.strerror or str(error)) from None
            yield

    def commit(self, changes: Changes, rebuild: bool = False) -> int:
        """Makes a new generation current, atomically and durably, and returns its number."""
        try:
            return self._commit(changes, rebuild)
        except OSError as error:
            self._clear()
            raise IndexNotWrittenError(str(self.folder), error.strerror or str(error)) from None

    def _commit(self, changes: Changes, rebuild: bool) -> int:
        from kb.index import writing  # With Whoosh, which no question needs.

        self._home.check_held()
        before = None if rebuild else self._home.current()
        number = self._home.free(max([self._highest, *map(int, self._home.generations())]) + 1)
        name = f"{number:08}"
        aside = self.folder / (name + ASIDE)
        aside.mkdir(mode=0o700)
        aside.chmod(0o700)
        mark(aside)
        known = {} if before is None else self._linked(self.folder / before, aside)
        parts = [] if before is None else read_parts(self.folder / before)
        writing.write(aside, parts, changes, lambda name: self._open(aside, name, known)[0])
        self._seal(aside, number, changes.roots, known)
        os.rename(aside, self.folder / name)
        sync(self.folder)
        self._home.point(name)
        self._clear()
        return number

    def _linked(self, old: Path, new: Path) -> dict[str, tuple[int, str]]:
        """Links the segments of a generation into a new one, and returns their sums."""
        manifest, _ = self._manifest(old)
        linked = {name: entry for name, entry in manifest.files.items() if name.endswith(FILES)}
        for name in linked:
            os.link(old / name, new / name)
        return linked

    def _seal(self, aside: Path, number: int, roots: tuple[Root, ...], known: dict[str, tuple[int, str]]) -> None:
        """Writes the manifest of a generation, and everything that is new in it through to the disk."""
        files: dict[str, tuple[int, str]] = {}
        for path in sorted(aside.iterdir()):
            if path.name in known and path.stat().st_nlink > 1:
                files[path.name] = known[path.name]
            else:
                path.chmod(PRIVATE)
                sync(path)
                files[path.name] = (path.stat().st_size, digest_of(path))
                self._verified.add((files[path.name][1], looks(path.stat())))
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        write_manifest(aside, Manifest(FORMAT, extract.RULES, VERSION, number, now, roots, files))
        sync(aside)

    def _clear(self) -> None:
        """Removes what dead writers left and the generations before the last two."""
        try:
            current = self._home.current()
        except KbError:
            current = ""
        names = self._home.generations()
        self._highest = max([self._highest, *map(int, names), int(current or 0)])
        kept = {current, *[n for n in names if n < current][-(KEPT - 1) :]} if current in names else set()
        self._home.clear(kept)

    def _manifest(self, folder: Path) -> tuple[Manifest, str]:
        """Reads a generation's manifest; raises IndexDamagedError where it is not one, or is another version's."""
        manifest, seal = read_manifest(folder)
        if not is_usable(manifest):
            raise IndexDamagedError(str(self.folder), "it was built by another version of kb")
        return manifest, seal

    def _load(self, name: str) -> tuple[Identity, Snapshot]:
        """Opens a generation; what it holds is checked when it is first read."""
        folder = self.folder / name
        manifest, seal = self._manifest(folder)
        if f"{manifest.generation:08}" != name:
            raise IndexDamagedError(str(self.folder), "it holds another generation than it says")
        for file, (size, digest) in manifest.files.items():
            self._check(folder / file, size, None if file.endswith(UNREAD) else digest)
        here = {looks((folder / file).stat()) for file in manifest.files}
        self._verified = {one for one in self._verified if one[1] in here}
        parts = read_parts(folder)
        opened = [(_key(part.name, manifest.files), self._open(folder, part.name, manifest.files)) for part in parts]
        self._opened = dict(opened)
        arrays = [one.arrays for _, pair in opened for one in pair]
        self._mapped = tuple((folder / one.path.name, one) for one in arrays)
        rows = Rows([(*pair, part.gone()) for part, (_, pair) in zip(parts, opened, strict=True)])
        size = sum(size for size, _ in manifest.files.values())
        return (name, seal), Snapshot(rows, manifest.generation, manifest.updated_at, manifest.covered, size)

    def _open(self, folder: Path, name: str, files: dict[str, tuple[int, str]]) -> tuple[Segment, Named]:
        """Opens a segment, unless it is open: one of the same name with the same sums."""
        known = self._opened.get(_key(name, files))
        return known or (Segment(folder / f"{name}{SUFFIX}"), Named(folder / f"{name}{naming.SUFFIX}"))

    def verify(self) -> None:
        """Checks every byte of the newest generation that has not been checked; raises IndexDamagedError."""
        self.snapshot()
        folder = self.folder / self._home.current()
        try:
            manifest, _ = self._manifest(folder)
            if manifest.whoosh != VERSION:
                raise IndexDamagedError(str(self.folder), "it was built with another version of Whoosh")
            before, self._verified = self._verified, set()
            for file, (size, digest) in manifest.files.items():
                self._check(folder / file, size, digest, before)
            for path, opened in self._mapped:
                self._check_blocks(path, opened, before)
        except FileNotFoundError:
            raise IndexDamagedError(str(self.folder), "a file of it is missing") from None
        except OSError as error:
            raise refused(self.folder, error) from None

    def doubt(self) -> None:
        """Has `verify` check all anew, as bits may rot where nothing tells."""
        self._verified = set()

    def is_verified(self) -> bool:
        """Tells whether the newest generation is one that was checked, and that nobody has touched since."""
        try:
            folder = self.folder / self._home.current()
            files = self._manifest(folder)[0].files.items()
            return all((digest, looks((folder / file).stat())) in self._verified for file, (_, digest) in files)
        except (KbError, OSError):
            return False

    def _check(self, path: Path, size: int, digest: str | None, known: set[Verified] | None = None) -> None:
        """Checks a file against the manifest, its size alone where there is no digest; one that this process has
        checked and nobody touched is known.
        """
        status = path.stat()
        seen = (digest, looks(status))
        if seen not in (self._verified if known is None else known) and (
            status.st_size != size or (digest is not None and digest_of(path) != digest)
        ):
            raise IndexDamagedError(str(self.folder), f"{path.parent.name}/{path.name} is not what was written")
        self._verified.add(seen)

    def _check_blocks(self, path: Path, opened: Arrays, known: set[Verified]) -> None:
        """Checks all blocks of a file of arrays: as it is mapped, where it is that file and as it was then."""
        now = looks(path.stat())
        if (BLOCKS, now) not in known:
            arrays = opened if opened.looks == now else Arrays(path)
            arrays.forget()
            arrays.check()
        self._verified.add((BLOCKS, now))


def _key(name: str, files: dict[str, tuple[int, str]]) -> tuple[object, ...]:
    """Returns what tells a segment from others: its name, and what vouches for its files."""
    return name, files.get(f"{name}{SUFFIX}"), files.get(f"{name}{naming.SUFFIX}")
