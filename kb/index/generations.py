"""The folder of the index: one folder a generation, a manifest of its files, and CURRENT that names the newest.

A generation is written aside, the segments that stay linked from the one before; checksummed, fsynced with its
folder, renamed, and only then named by CURRENT, which is itself replaced by one rename. A crash at any moment leaves
the old generation or the new. What a question reads is checked block by block when it is first read; Whoosh's files
are pickles, so they are checked whole before anything is added to them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from kb import extract
from kb.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexNotWrittenError,
    IndexUnreadableError,
    KbError,
)
from kb.index import Changes, Stored, arrays, naming
from kb.index.arrays import Arrays, Looks, looks
from kb.index.naming import Named
from kb.index.rows import Rows
from kb.index.segments import FILES, SUFFIX, Segment, read_parts
from kb.index.snapshot import Snapshot
from kb.index.version import VERSION

if TYPE_CHECKING:
    from kb.index.pinned import Pinned

FORMAT = 9
PATIENCE = 2.0  # Seconds that a second writer waits for the first.
KEPT = 2
_MANIFEST = "manifest.json"
_SEAL = 34  # Bytes after a manifest: a BLAKE2b of 128 bits in hexadecimal, on a line of its own.
LOOKS = 0.1  # Seconds from one look at the files that are mapped to the next.
BLOCKS = "blocks"  # Stands for the sums of all blocks of a file of arrays.
UNREAD = (".seg", ".toc")  # Whoosh's own, which are checked before they are added to, and not to answer questions.

Verified = tuple[str | None, Looks]  # What a file was checked against, and how it looked.


class Manifest(msgspec.Struct, frozen=True):
    """What a generation is made of: by which rules, when, from where, and the size and BLAKE2 of each file."""

    format: int
    rules: int
    whoosh: str
    generation: int
    updated_at: str
    roots: tuple[str, ...]
    files: dict[str, tuple[int, str]]


class Generations:
    """An index in a folder. Its snapshot is shared by all threads and replaced by one assignment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._current: tuple[str, Snapshot] | None = None
        self._opened: dict[str, tuple[Segment, Named]] = {}
        self._mapped: tuple[tuple[Path, Arrays], ...] = ()
        self._highest = 0  # The number of the newest generation that was there, which may have been removed.
        self._looks_at = 0.0  # When what is mapped is looked at again.
        self._verified: set[Verified] = set()
        self._loading = Lock()
        self._pointer = str(folder / "CURRENT")
        self._pointed: tuple[tuple[int, ...], str] = ((), "")
        self._pinned: Pinned | None = None  # The generation that was asked for last by its number.

    def snapshot(self) -> Snapshot:
        """Returns the newest generation; raises IndexMissingError or IndexDamagedError."""
        name = self._newest()
        if self._current and self._current[0] == name and not self._must_reopen():
            if any(arrays.is_damaged for _, arrays in self._mapped):
                raise IndexDamagedError(str(self.folder), "a segment is not what was written")
            return self._current[1]
        with self._loading:
            for _ in range(20):
                if self._current and self._current[0] == name:
                    return self._current[1]
                try:
                    snapshot = self._load(name)
                except FileNotFoundError:
                    # It was the newest when CURRENT was read, and has been removed since: there is a newer one.
                    if (newer := self._name()) == name:
                        raise IndexDamagedError(str(self.folder), "a file of it is missing") from None
                    name = newer
                    continue
                except OSError as error:
                    raise IndexUnreadableError(str(self.folder), error.strerror or str(error)) from None
                self._current = (name, snapshot)
                if self._pinned and self._pinned.is_idle:
                    self._pinned = None
                return snapshot
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

    def _newest(self) -> str:
        """Returns the name that CURRENT holds, read again where another file has taken its place."""
        try:
            status = os.stat(self._pointer)
        except OSError:
            return self._name()
        seen = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        if self._pointed[0] != seen:
            self._pointed = (seen, self._name())
        return self._pointed[1]

    def files(self) -> dict[str, Stored]:
        """Returns what the newest generation was built from, by path."""
        return self.snapshot().files()

    def roots(self) -> tuple[str, ...]:
        """Returns the folders and files that the newest generation covers."""
        return self._sealed_manifest(
            self.folder / self._name()
        ).roots  # Another version's, too: it is rebuilt from them.

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the index for writing; raises IndexBusyError when another holds it for more than a moment."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise IndexNotWrittenError(str(self.folder), error.strerror or str(error)) from None
        try:
            self._take(lock)
            self._clear_or_fail()
            yield
        finally:
            os.close(lock)

    def _take(self, lock: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise IndexBusyError(str(self.folder)) from None
                time.sleep(0.05)

    def commit(self, changes: Changes, rebuild: bool = False) -> int:
        """Makes a new generation current, atomically and durably, and returns its number."""
        try:
            return self._commit(changes, rebuild)
        except OSError as error:
            self._clear()
            raise IndexNotWrittenError(str(self.folder), error.strerror or str(error)) from None

    def _commit(self, changes: Changes, rebuild: bool) -> int:
        from kb.index import writing  # With Whoosh, which no question needs.

        before = None if rebuild else self._name()
        number = max([self._highest, *map(int, self._names())]) + 1
        name = f"{number:08}"
        aside = self.folder / f"{name}.tmp"
        aside.mkdir(mode=0o700)
        known = {} if before is None else self._linked(self.folder / before, aside)
        parts = [] if before is None else read_parts(self.folder / before)
        writing.write(aside, parts, changes, lambda name: self._open(aside, name)[0])
        self._seal(aside, number, changes.roots, known)
        os.rename(aside, self.folder / name)
        _sync(self.folder)
        self._point(name)
        self._clear()
        return number

    def _linked(self, old: Path, new: Path) -> dict[str, tuple[int, str]]:
        """Links the segments of a generation into a new one, and returns their sums."""
        manifest = self._manifest(old)
        linked = {name: entry for name, entry in manifest.files.items() if name.endswith(FILES)}
        for name in linked:
            os.link(old / name, new / name)
        return linked

    def _seal(self, aside: Path, number: int, roots: tuple[str, ...], known: dict[str, tuple[int, str]]) -> None:
        """Writes the manifest of a generation, and everything that is new in it through to the disk."""
        files: dict[str, tuple[int, str]] = {}
        for path in sorted(aside.iterdir()):
            if path.name in known and path.stat().st_nlink > 1:
                files[path.name] = known[path.name]
            else:
                _sync(path)
                files[path.name] = (path.stat().st_size, _sum(path))
                self._verified.add((files[path.name][1], looks(path.stat())))
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        manifest = Manifest(FORMAT, extract.RULES, VERSION, number, now, roots, files)
        _write(aside / _MANIFEST, _sealed(msgspec.json.format(msgspec.json.encode(manifest), indent=1)))
        _sync(aside)

    def _point(self, name: str) -> None:
        """Makes CURRENT name a generation, by one rename."""
        _write(self.folder / "CURRENT.tmp", _pointing(name))
        os.replace(self.folder / "CURRENT.tmp", self.folder / "CURRENT")
        _sync(self.folder)

    def _clear_or_fail(self) -> None:
        try:
            self._clear()
        except OSError as error:
            raise IndexNotWrittenError(str(self.folder), error.strerror or str(error)) from None

    def _clear(self) -> None:
        """Removes what dead writers left and the generations before the last two."""
        try:
            current = self._name()
        except KbError:
            current = ""
        names = self._names()
        self._highest = max([self._highest, *map(int, names)])
        kept = {current, *[n for n in names if n < current][-(KEPT - 1) :]} if current in names else set()
        for path in self.folder.iterdir():
            stale = path.name.isdigit() and kept and path.name not in kept
            if path.name.endswith(".tmp") or stale:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def _names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.name.isdigit())

    def _name(self) -> str:
        """Returns the name that CURRENT holds."""
        try:
            data = (self.folder / "CURRENT").read_bytes()
        except FileNotFoundError:
            raise IndexMissingError(str(self.folder)) from None
        except OSError as error:
            raise IndexUnreadableError(str(self.folder), error.strerror or str(error)) from None
        name = data[:8].decode("ascii", "replace")
        if not re.fullmatch("[0-9]{8}", name) or data != _pointing(name):
            raise IndexDamagedError(str(self.folder), "CURRENT names no generation")
        return name

    def _manifest(self, folder: Path) -> Manifest:
        """Reads a generation's manifest; raises IndexDamagedError where it is not one, or is another version's."""
        manifest = self._sealed_manifest(folder)
        if manifest.format != FORMAT or manifest.rules != extract.RULES:
            raise IndexDamagedError(str(self.folder), "it was built by another version of kb")
        return manifest

    def _sealed_manifest(self, folder: Path) -> Manifest:
        """Reads a generation's manifest, of whichever version; raises IndexDamagedError where it is not one."""
        try:
            data = _unsealed((folder / _MANIFEST).read_bytes())
        except FileNotFoundError:
            raise
        except OSError as error:
            raise IndexUnreadableError(str(self.folder), error.strerror or str(error)) from None
        try:
            return msgspec.json.decode(data or b"", type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise IndexDamagedError(str(self.folder), "its manifest is damaged") from None

    def _load(self, name: str) -> Snapshot:
        """Opens a generation; what it holds is checked when it is first read."""
        folder = self.folder / name
        manifest = self._manifest(folder)
        if f"{manifest.generation:08}" != name:
            raise IndexDamagedError(str(self.folder), "it holds another generation than it says")
        for file, (size, digest) in manifest.files.items():
            self._check(folder / file, size, None if file.endswith(UNREAD) else digest)
        here = {looks((folder / file).stat()) for file in manifest.files}
        self._verified = {one for one in self._verified if one[1] in here}
        parts = read_parts(folder)
        self._opened = {part.name: self._open(folder, part.name) for part in parts}
        arrays = [one.arrays for pair in self._opened.values() for one in pair]
        self._mapped = tuple((folder / one.path.name, one) for one in arrays)
        rows = Rows([(*self._opened[part.name], part.gone()) for part in parts])
        size = sum(size for size, _ in manifest.files.values())
        return Snapshot(rows, manifest.generation, manifest.updated_at, manifest.roots, size)

    def _open(self, folder: Path, name: str) -> tuple[Segment, Named]:
        known = self._opened.get(name)
        return known or (Segment(folder / f"{name}{SUFFIX}"), Named(folder / f"{name}{naming.SUFFIX}"))

    def verify(self) -> None:
        """Checks every byte of the newest generation that has not been checked; raises IndexDamagedError."""
        self.snapshot()
        folder = self.folder / self._name()
        manifest = self._manifest(folder)
        if manifest.whoosh != VERSION:
            raise IndexDamagedError(str(self.folder), "it was built with another version of Whoosh")
        before, self._verified = self._verified, set()
        try:
            for file, (size, digest) in manifest.files.items():
                self._check(folder / file, size, digest, before)
            for path, opened in self._mapped:
                self._check_blocks(path, opened, before)
        except FileNotFoundError:
            raise IndexDamagedError(str(self.folder), "a file of it is missing") from None
        except OSError as error:
            raise IndexUnreadableError(str(self.folder), error.strerror or str(error)) from None

    def doubt(self) -> None:
        """Has `verify` check all anew, as bits may rot where nothing tells."""
        self._verified = set()

    def is_verified(self) -> bool:
        """Tells whether the newest generation is one that was checked, and that nobody has touched since."""
        try:
            folder = self.folder / self._name()
            files = self._manifest(folder).files.items()
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
            status.st_size != size or (digest is not None and _sum(path) != digest)
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


def _sum(path: Path) -> str:
    """Returns the BLAKE2b of a file, or of a file of arrays' head, which vouches for the rest."""
    if path.suffix in (SUFFIX, naming.SUFFIX):
        return arrays.digest(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _sealed(data: bytes) -> bytes:
    return data + b"\n" + hashlib.blake2b(data, digest_size=16).hexdigest().encode() + b"\n"


def _unsealed(data: bytes) -> bytes | None:
    """Returns what was sealed, or None where the sum does not hold."""
    body = data[:-_SEAL]
    return body if data == _sealed(body) else None


def _pointing(name: str) -> bytes:
    """Returns what CURRENT holds to name a generation; its sum tells it from another that one flipped bit would name."""
    return f"{name} {hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}\n".encode()


def _write(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """Writes a file, or a folder's list of names, through to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
