"""The only reader of notes on disk: finds the files, reads each safely, and says what is wrong with one.

A path is written with `/` from the notes folder on (`roots`). Nothing here raises for a bad file: it becomes a problem, and
costs itself only.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from kb.errors import NotesUnreadableError
from kb.marker import MARKER, is_marked
from kb.records import Problem
from kb.roots import SUFFIXES, Root, inner, location_of, path_of
from kb.words import slug

SETTINGS = "kb.yaml"
MAX_BYTES = 1024 * 1024
MAX_LINE = 100_000
# What is no fault of a note, and may pass: nothing is taken for gone because of it.
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_HASHED = re.compile("-[0-9a-f]{8}")  # What an id has that another path's took.
# Why a folder cannot be listed that will not pass, so that it is a problem of that folder.
_LASTING = frozenset({errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})


class File(Struct, frozen=True):
    """A note's file as it was found: where it is, and what tells whether it changed."""

    path: str
    location: str
    size: int
    mtime_ns: int
    ctime_ns: int = 0
    inode: int = 0

    @property
    def looks(self) -> tuple[int, int, int, int]:
        """What tells whether it changed."""
        return self.size, self.mtime_ns, self.ctime_ns, self.inode


class Found(Struct, frozen=True):
    """What a walk finds: the notes, what could not be looked at, and the files of settings."""

    files: list[File]
    problems: list[Problem]
    settings: list[File] = []


class Text(Struct, frozen=True):
    """What was read of a file: its text without BOM (None where it is no text), its digest, its problems."""

    text: str | None
    digest: str
    problems: tuple[Problem, ...] = ()


def walk(roots: Sequence[Root]) -> tuple[list[File], list[Problem]]:
    """Finds the notes below the roots in the order of their paths, and what could not be looked at."""
    found = look(roots)
    return found.files, found.problems


def look(roots: Sequence[Root]) -> Found:
    """Finds the notes below the roots and the settings among them, in the order of their paths.

    A file that several roots reach is a note of the first one, and a link to a note is no second note.
    """
    files: dict[str, File] = {}
    problems: list[Problem] = []
    for n, root in enumerate(roots):
        real, before = os.path.realpath(root.location), roots[:n]
        if any(inner(real, other) is not None for other in before):
            continue
        if root.is_file:
            _take(root.location, root.prefix, files, problems)
            _take_settings(os.path.dirname(root.location), files, problems)
        else:
            _below(root, files, problems, frozenset(os.path.realpath(other.location) for other in before))
    ordered = [files[path] for path in sorted(files)]
    notes = [file for file in ordered if os.path.basename(file.path) != SETTINGS]
    settings = [file for file in ordered if os.path.basename(file.path) == SETTINGS]
    return Found(notes, sorted(set(problems)), settings)


def _take_settings(folder: str, files: dict[str, File], problems: list[Problem]) -> None:
    """Takes the settings in the folder of a root that is a file, where it has any."""
    location = os.path.join(folder, SETTINGS)
    if not os.path.lexists(location) or SETTINGS in files:
        return
    if problem := leaving(location, SETTINGS, folder):
        problems.append(problem)
    else:
        _take(location, SETTINGS, files, problems)


def visible(root: str) -> Iterator[tuple[str, list[str]]]:
    """Yields the folders of a tree with the names of the files in them, in order, as a walk comes to them."""
    for folder, _, others in _walked(root):
        yield folder, [entry.name for entry in others]


def _walked(
    root: str, failed: Callable[[OSError], None] | None = None, others: frozenset[str] = frozenset()
) -> Iterator[tuple[str, list[os.DirEntry[str]], list[os.DirEntry[str]]]]:
    """Yields the folders of a tree, with the folders and files in each, in order.

    Hidden ones, other roots and folders of an index are passed by; links are not followed.
    """
    real = os.path.realpath(root) if others else root
    left = [root]
    while left:
        folder = left.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted((e for e in listed if not e.name.startswith(".")), key=lambda e: e.name)
            if any(entry.name == MARKER for entry in entries) and is_marked(folder):
                continue
        except OSError as error:
            if failed:
                failed(error)
            continue
        if others:
            entries = [entry for entry in entries if real + entry.path[len(root) :] not in others]
        folders = [entry for entry in entries if _is_folder(entry)]
        inside = {entry.name for entry in folders}
        yield folder, folders, [entry for entry in entries if entry.name not in inside] if inside else entries
        left.extend(entry.path for entry in reversed(folders) if not entry.is_symlink())


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _below(root: Root, files: dict[str, File], problems: list[Problem], others: frozenset[str]) -> None:
    """Walks one folder; links to folders are not followed, so that no loop or stranger's folder is walked."""
    location, prefix = root.location, root.prefix
    links: list[tuple[os.DirEntry[str], str]] = []

    def failed(error: OSError) -> None:
        if error.errno not in _LASTING or error.filename == location:  # All that is below would seem to be gone.
            raise NotesUnreadableError(error.filename or location, error.strerror or str(error))
        path = prefix + os.path.relpath(error.filename or location, location)
        problems.append(_problem(path, f"the folder cannot be read: {error.strerror}", "unreadable"))

    for folder, folders, names in _walked(location, failed, others):
        below = folder[len(location.rstrip("/")) :].strip("/")
        before = f"{prefix}{below}/" if below else prefix
        problems.extend(_not_followed(before + entry.name) for entry in folders if entry.is_symlink())
        for entry in names:
            if entry.name == SETTINGS or entry.name.casefold().endswith(SUFFIXES):
                if entry.is_symlink():
                    links.append((entry, before + entry.name))
                else:
                    _take(entry.path, before + entry.name, files, problems)
    taken: set[str] = set()
    for entry, path in links:
        target = os.path.realpath(entry.path)
        if problem := leaving(entry.path, path, root.location):
            problems.append(problem)
        elif entry.name == SETTINGS or not (inner(target, root) or target in taken):
            taken.add(target)
            _take(entry.path, path, files, problems)


def _not_followed(path: str) -> Problem:
    hint = "name the folder itself to read its notes: kb ingest --add FOLDER"
    return _problem(_shown(path), "it is a link to a folder, which is not followed", "not_followed", hint)


def only(roots: Sequence[Root], location: str) -> tuple[list[File], list[Problem]]:
    """Finds one file below the roots, as `walk` would."""
    files: dict[str, File] = {}
    problems: list[Problem] = []
    path = path_of(location, roots)
    if path is None or not os.path.lexists(location) or os.path.isdir(location):
        return [], []
    if os.path.islink(location):  # What else leads there decides.
        found, all_problems = walk(roots)
        return [file for file in found if file.path == path], [one for one in all_problems if one.path == path]
    _take(location_of(path, roots), path, files, problems)
    return list(files.values()), problems


def leaving(location: str, path: str, folder: str) -> Problem | None:
    """Returns what is wrong with a file of a folder that is a link and leaves it, or leads nowhere."""
    if not os.path.islink(location):
        return None
    try:
        target = os.path.realpath(location, strict=True)
    except OSError as error:
        _raise_where_scarce(error, location)
        return _problem(_shown(path), f"it cannot be read: {error.strerror}", "unreadable")
    if target.startswith(os.path.realpath(folder).rstrip("/") + "/"):
        return None
    return _problem(_shown(path), "it is a link that leaves the notes folder", "link_outside")


def _take(location: str, path: str, files: dict[str, File], problems: list[Problem]) -> None:
    """Takes a file, unless its name or kind speaks against it."""
    if bad := _named_badly(path):
        problems.append(bad)
        return
    try:
        status = os.stat(location)
    except OSError as error:
        _raise_where_scarce(error, location)
        problems.append(_problem(path, f"it cannot be read: {error.strerror}", "unreadable"))
        return
    if not stat.S_ISREG(status.st_mode):
        problems.append(_problem(path, "it is no regular file", "not_a_file"))
        return
    files[path] = File(path, location, *looks(status))


def looks(status: os.stat_result) -> tuple[int, int, int, int]:
    """Returns what tells whether a file changed: its size, its two times, and its inode.

    The system changes the second time whenever anything is done to a file, also where the size and the first time are
    made to look as before.
    """
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _named_badly(path: str) -> Problem | None:
    """Returns what is wrong with the name of a file, if anything."""
    shown = _shown(path)
    if shown == path:
        return None
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return _problem(shown, "the name of the file is not UTF-8", "bad_name", "rename the file")
    return _problem(shown, "the name of the file has a control character in it", "bad_name", "rename the file")


def _shown(path: str) -> str:
    """Returns a path that can be shown: as it is, or with `?` for what is not UTF-8 and for control characters."""
    if path.isascii() and path.isprintable():
        return path
    shown = path.encode("utf-8", "replace").decode("utf-8")
    return "".join("?" if ord(c) < 32 or ord(c) == 127 else c for c in shown)


def read(file: File) -> Text:
    """Reads a note's file: bounded, never blocking, whatever it turns out to be."""
    try:
        # Not blocking: between the walk and now, a FIFO may have taken the place of the file.
        descriptor = os.open(file.location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as source:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return _refused(file.path, "it is no regular file", "not_a_file")
            data = source.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return _refused(file.path, "it vanished while it was read", "vanished")
    except OSError as error:
        _raise_where_scarce(error, file.location)
        return _refused(file.path, f"it cannot be read: {error.strerror}", "unreadable")
    digest = digest_of(data)
    if len(data) > MAX_BYTES:
        hint = "split it into a note for each day or talk"
        return Text(
            None,
            digest,
            (_problem(file.path, "the note is larger than 1 MiB and is not read", "too_large", hint),),
        )
    if b"\0" in data:
        hint = "save it as UTF-8 text, or give it another suffix"
        return Text(None, digest, (_problem(file.path, "the file is not text", "binary", hint),))
    return _decoded(file.path, data, digest)


def _raise_where_scarce(error: OSError, location: str) -> None:
    if error.errno in _SCARCE:
        raise NotesUnreadableError(location, error.strerror or str(error)) from None


def digest_of(data: bytes) -> str:
    """Returns the BLAKE2b of some bytes, 128 bits in hexadecimal."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _decoded(path: str, data: bytes, digest: str) -> Text:
    problems: list[Problem] = []
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _lines_before(body[: error.start])
        problems.append(Problem(path, line, "there are bytes that are not UTF-8", "save the file as UTF-8", "not_utf8"))
        text = body.decode("utf-8", "replace")
    if len(text) > MAX_LINE:
        text, cut = _cut(text)
        if cut:
            problems.append(
                _problem(
                    path,
                    f"line {cut} is longer than {MAX_LINE:,} characters and is cut",
                    "long_line",
                    line=cut,
                )
            )
    return Text(text, digest, tuple(problems))


def _lines_before(data: bytes) -> int:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1


def _cut(text: str) -> tuple[str, int]:
    """Returns the text with overlong lines cut, and the first such line's number, or 0."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((n for n, line in enumerate(lines, 1) if len(line) > MAX_LINE), 0)
    return ("\n".join(line[:MAX_LINE] for line in lines), first) if first else (text, 0)


def _problem(path: str, message: str, code: str, hint: str = "", line: int = 1) -> Problem:
    return Problem(path, line, message, hint, code)


def _refused(path: str, message: str, code: str) -> Text:
    return Text(None, "", (_problem(path, message, code),))


def note_ids(paths: Iterable[str]) -> dict[str, str]:
    """Returns each path's id: the slug of it without suffix; where two would be one, the later adds a hash."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for path in sorted(paths):
        id = note_id(path)
        if id in taken:
            id = f"{id}-{digest_of(path.encode())[:8]}"
        taken.add(id)
        ids[path] = id
    return ids


def is_like(id: str, alone: str) -> bool:
    """Tells whether an id is what a path gives by itself, or that with the hash of a later path."""
    return id.startswith(alone) and (id == alone or bool(_HASHED.fullmatch(id, len(alone))))


def note_id(path: str) -> str:
    """Returns the id that a note has by its path alone: the slug of it without the suffix."""
    stem, dot, suffix = path.rpartition(".")
    return slug(stem if dot and "/" not in suffix and stem else path)
