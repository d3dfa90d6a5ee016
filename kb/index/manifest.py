"""What vouches for the index: the manifest of each generation, and CURRENT, which names the newest; both are sealed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from pathlib import Path

import msgspec

from kb import extract
from kb.errors import IndexDamagedError, IndexUnreadableError, KbError
from kb.index import arrays, naming
from kb.index.segments import SUFFIX
from kb.roots import Root

FORMAT = 10
MANIFEST = "manifest.json"
PRIVATE = 0o600  # Whatever the umask is: notes may be private.
_SEAL = 34  # Bytes after a manifest: a BLAKE2b of 128 bits in hexadecimal, on a line of its own.
_MISPLACED = frozenset({errno.ENOTDIR, errno.EISDIR, errno.ELOOP})  # Which do not pass, as other errors may.


class Manifest(msgspec.Struct, frozen=True):
    """What a generation is made of: by which rules, when, from where, and the size and BLAKE2 of each file."""

    format: int
    rules: int
    whoosh: str
    generation: int
    updated_at: str
    roots: tuple[Root | str, ...]
    files: dict[str, tuple[int, str]]

    @property
    def covered(self) -> tuple[Root, ...]:
        """The roots; until format 9 only their places were written, and each of several had its name before its paths."""
        return tuple(_root(one, len(self.roots) == 1) if isinstance(one, str) else one for one in self.roots)


def _root(place: str, is_single: bool) -> Root:
    name = os.path.basename(place.rstrip("/")) or "root"
    return Root(place, name if os.path.isfile(place) else "" if is_single else f"{name}/")


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """Reads a generation's manifest, of whichever version, and its seal; raises IndexDamagedError where it is none."""
    try:
        data = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refused(folder.parent, error) from None
    body, seal = data[:-_SEAL], data[-_SEAL:].decode("ascii", "replace").strip()
    try:
        if data != _sealed(body):
            raise msgspec.DecodeError
        return msgspec.json.decode(body, type=Manifest), seal
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise IndexDamagedError(str(folder.parent), "its manifest is damaged") from None


def is_usable(manifest: Manifest) -> bool:
    """Tells whether this version of kb can read a generation."""
    return manifest.format == FORMAT and manifest.rules == extract.RULES


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest of a generation through to the disk."""
    write(folder / MANIFEST, _sealed(msgspec.json.format(msgspec.json.encode(manifest), indent=1)))


def _sealed(data: bytes) -> bytes:
    return data + b"\n" + hashlib.blake2b(data, digest_size=16).hexdigest().encode() + b"\n"


def pointing(name: str) -> bytes:
    """Returns what CURRENT holds to name a generation; its sum tells it from another that one flipped bit would name."""
    return f"{name} {hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}\n".encode()


def pointed(data: bytes) -> str | None:
    """Returns the name of the generation that CURRENT names, or None where it names none."""
    name = data[:8].decode("ascii", "replace")
    return name if re.fullmatch("[0-9]{8}", name) and data == pointing(name) else None


def refused(folder: Path, error: OSError) -> KbError:
    """Returns what to say where the system refuses to read the index: something that is no file of its own is damage."""
    if error.errno in _MISPLACED:
        place = os.path.relpath(error.filename, folder) if error.filename else "a file of it"
        return IndexDamagedError(str(folder), f"{place} is not what was written")
    return IndexUnreadableError(str(folder), error.strerror or str(error))


def digest_of(path: Path) -> str:
    """Returns the BLAKE2 of a file, or of a file of arrays' head, which vouches for the rest."""
    if path.suffix in (SUFFIX, naming.SUFFIX):
        return arrays.digest(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def write(path: Path, data: bytes) -> None:
    """Writes a file of one's own anew and through to the disk; a link or another file at its place is not written to."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, PRIVATE)
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def sync(path: Path) -> None:
    """Writes a file, or a folder's list of names, through to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
