"""The folder that an index lives in: kb's own by its marker, or none of kb's; only one writer holds it.

Nothing is removed but the generations that kb made and, in them, the files that kb wrote; no link is followed there.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kb.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexNotWrittenError,
    IndexUnreadableError,
    InTheWayError,
    KbError,
    NotAnIndexError,
)
from kb.index import manifest
from kb.marker import MARKER, TEXT, is_marked, read_marker

PATIENCE = 2.0  # Seconds that a second writer waits for the first.
CURRENT, LOCK, TOUCHED = "CURRENT", "lock", "touched"
ASIDE = ".tmp"
ALLOWED = frozenset({"README.md", ".gitignore"})  # Which may stand beside the index.
_NUMBER, _ASIDE = re.compile("[0-9]{8}"), re.compile("[0-9]{8}[.]tmp")
# What is written into the folder of a generation: by kb, and by Whoosh, some of it into a folder of its own meanwhile.
_WRITTEN = re.compile(r"kb-index|manifest\.json|segments\.msgpack|draft-[0-9]+|new\.(arrays|names)|_?MAIN_[\w.]+")
_VOUCHING = frozenset({manifest.MANIFEST, MARKER})
_COLUMNS, _COLUMN = "MAIN.tmp", re.compile(r"\w+\.ctmp")


class IndexFolder:
    """A folder that is, or may become, the folder of an index."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.current_path = str(path / CURRENT)
        self._held: tuple[int, int] | None = None  # The lock file that this process holds.

    # Whose it is.

    def claim(self) -> None:
        """Makes the folder kb's own where it is absent, empty or an older kb's; raises NotAnIndexError for another's."""
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            if is_marked(self.path):
                return
            for name in self._names():
                if not self._is_ours(name) and not is_marked(
                    self.path
                ):  # Another process may have marked it meanwhile.
                    raise NotAnIndexError(str(self.path), name)
            self._mark()
        except (FileExistsError, NotADirectoryError):
            raise InTheWayError(str(self.path), "it is no folder") from None
        except OSError as error:
            raise IndexNotWrittenError(str(self.path), error.strerror or str(error)) from None

    def _is_ours(self, name: str) -> bool:
        """Tells whether something in a folder without a marker is what kb makes, or may stand beside an index."""
        path = self.path / name
        if name in ALLOWED:
            return True
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return True
        if stat.S_ISDIR(mode):
            return bool(_NUMBER.fullmatch(name) or _ASIDE.fullmatch(name)) and self._is_made(name)
        if not stat.S_ISREG(mode):
            return False
        if name == MARKER:  # A first run was interrupted as it wrote it.
            return TEXT.startswith(read_marker(self.path))
        if name == LOCK:
            return path.stat().st_size == 0
        return name in (CURRENT, CURRENT + ASIDE) and _names_generation(path)

    def _mark(self) -> None:
        """Writes the marker, through to the disk, before anything else; others may be doing the same."""
        mark(self.path)
        self.path.chmod(0o700)
        manifest.sync(self.path)
        manifest.sync(self.path.absolute().parent)

    # One writer.

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the folder for writing; raises IndexBusyError when another holds it for more than a moment."""
        deadline = time.monotonic() + PATIENCE
        while (lock := self._locked()) is None:
            if time.monotonic() > deadline:
                raise IndexBusyError(str(self.path))
            time.sleep(0.05)
        try:
            self._look_for_folders()
            yield
        finally:
            self._held = None
            os.close(lock)

    def _look_for_folders(self) -> None:
        """Raises InTheWayError where a folder stands in the place of a file that is to be written."""
        for name in (CURRENT, CURRENT + ASIDE, TOUCHED, TOUCHED + ASIDE):
            place = self.path / name
            if place.is_dir() and not place.is_symlink():
                raise InTheWayError(str(place), "it is a folder")

    def _locked(self) -> int | None:
        """Returns a descriptor of the lock file, locked, or None where another has it or it has been removed meanwhile."""
        self.claim()
        place = self.path / LOCK
        try:
            lock = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, manifest.PRIVATE)
        except IsADirectoryError:
            raise InTheWayError(str(place), "it is a folder") from None
        except OSError as error:
            if os.path.islink(place):
                raise InTheWayError(str(place), "it is a link") from None
            raise IndexNotWrittenError(str(self.path), error.strerror or str(error)) from None
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._held = _identity(os.fstat(lock))
            if self._holds():
                return lock
        os.close(lock)
        return None

    def _holds(self) -> bool:
        """Tells whether the lock that is held is that of the folder that is there now."""
        try:
            return self._held == _identity(os.stat(self.path / LOCK))
        except OSError:
            return False

    # Generations.

    def current(self) -> str:
        """Returns the name of the generation that CURRENT names; raises what is the matter where it names none."""
        try:
            data = Path(self.current_path).read_bytes()
        except FileNotFoundError:
            raise IndexMissingError(str(self.path)) from None
        except IsADirectoryError as error:  # It is in the way of an ingest, too.
            raise IndexUnreadableError(str(self.path), f"CURRENT: {error.strerror}") from None
        except OSError as error:
            raise manifest.refused(self.path, error) from None
        if (name := manifest.pointed(data)) is None:
            raise IndexDamagedError(str(self.path), "CURRENT names no generation")
        return name

    def check_held(self) -> None:
        """Raises IndexNotWrittenError where the folder was removed since it is held: another may be held in its place."""
        if not self._holds():
            raise IndexNotWrittenError(str(self.path), "it was removed meanwhile")

    def point(self, name: str) -> None:
        """Makes CURRENT name a generation, by one rename."""
        self.check_held()
        self.put(CURRENT, manifest.pointing(name))
        manifest.sync(self.path)

    def put(self, name: str, data: bytes) -> None:
        """Puts a file in the place of the one before, by one rename."""
        aside = self.path / (name + ASIDE)
        manifest.write(aside, data)
        os.replace(aside, self.path / name)

    def generations(self) -> list[str]:
        """Returns the names of the generations that kb made, in order."""
        return [name for name in self._names() if _NUMBER.fullmatch(name) and self._is_made(name)]

    def free(self, number: int) -> int:
        """Returns the first number from one on whose names nothing has."""
        while any(os.path.lexists(self.path / f"{number:08}{end}") for end in ("", ASIDE)):
            number += 1
        return number

    def _names(self) -> list[str]:
        """Returns the names in the folder, in order."""
        return sorted(os.listdir(self.path))

    def _is_made(self, name: str) -> bool:
        """Tells whether kb made a generation, finished or not: by the marker in it, its manifest, or all that is in it."""
        path = self.path / name
        if path.is_symlink() or not path.is_dir():
            return False
        if _ASIDE.fullmatch(name):
            return is_marked(path) or not _foreign(path)
        return is_marked(path) or self._is_sealed(name)

    def _is_sealed(self, name: str) -> bool:
        """Tells whether the manifest in a folder is one that kb wrote for the generation of this name."""
        path = self.path / name
        try:
            return bool(_NUMBER.fullmatch(name)) and manifest.read_manifest(path)[0].generation == int(name)
        except (KbError, OSError):
            return False

    # What goes.

    def clear(self, kept: set[str]) -> None:
        """Removes what dead writers left, and all generations but those that are to be kept, if any are."""
        if not self._holds():
            return
        for name in self._names():
            stale = _NUMBER.fullmatch(name) and kept and name not in kept
            if (stale or _ASIDE.fullmatch(name)) and self._is_made(name):
                with suppress(OSError):  # What cannot be removed now is the next time.
                    self._remove(name)
        for name in (CURRENT, TOUCHED):
            with suppress(FileNotFoundError, IsADirectoryError):
                os.unlink(self.path / (name + ASIDE))

    def _remove(self, name: str) -> None:
        """Removes the files that kb wrote into a generation, and its folder unless something else is in it.

        It is first given the name of an unfinished one, so that whatever a kill leaves of it goes the next time.
        """
        path = self.path / name
        aside = path.with_suffix(ASIDE)
        if not _foreign(path) and not os.path.lexists(aside):
            path = path.rename(aside)
        with _opened(path) as folder:
            written = _written(path)
            with suppress(OSError), _opened(path / _COLUMNS) as columns:
                for one in filter(_COLUMN.fullmatch, os.listdir(columns)):
                    os.unlink(one, dir_fd=columns)
                os.rmdir(_COLUMNS, dir_fd=folder)
            for one in written - _VOUCHING:
                os.unlink(one, dir_fd=folder)
            if set(os.listdir(folder)) <= _VOUCHING:
                for one in (manifest.MANIFEST, MARKER):
                    with suppress(FileNotFoundError):
                        os.unlink(one, dir_fd=folder)
                os.rmdir(path)

    def strangers(self) -> list[str]:
        """Returns what lies in the folder and is not kb's, which is left alone."""
        known = {MARKER, LOCK, CURRENT, TOUCHED} | ALLOWED
        found: list[str] = []
        for name in self._names():
            is_generation = _NUMBER.fullmatch(name) or _ASIDE.fullmatch(name)
            if is_generation and self._is_made(name):
                found.extend(f"{name}/{one}" for one in _foreign(self.path / name))
            elif name not in known:
                found.append(name)
        return found


def mark(folder: Path) -> None:
    """Writes the marker into a folder, through to the disk."""
    descriptor = os.open(folder / MARKER, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, manifest.PRIVATE)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, manifest.PRIVATE)
        file.write(TEXT)
        file.flush()
        os.fsync(descriptor)


def _written(folder: Path) -> set[str]:
    """Returns the names of the files that kb wrote into a generation: those that its manifest names, if it has one."""
    with os.scandir(folder) as entries:
        names = {one.name for one in entries if _WRITTEN.fullmatch(one.name) and one.is_file(follow_symlinks=False)}
    try:
        return names & (manifest.read_manifest(folder)[0].files.keys() | _VOUCHING)
    except (KbError, OSError):
        return names


def _foreign(folder: Path) -> list[str]:
    """Returns what is in the folder of a generation and was not written by kb."""
    return sorted({*os.listdir(folder)} - _written(folder) - {_COLUMNS})


def _names_generation(path: Path) -> bool:
    """Tells whether a file names a generation, or is empty as one that was being written."""
    with open(path, "rb") as file:
        data = file.read(64)
    return data == b"" or manifest.pointed(data) is not None


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Opens a folder that is no link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
