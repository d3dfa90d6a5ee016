"""The only reader of notes on disk: finds the files, reads each safely, and says what is wrong with one.

A path is written with `/` from the notes folder on; with several roots it starts with its root's name. Nothing here
raises for a bad file: it becomes a problem, and costs itself only.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from kb.errors import NotesUnreadableError
from kb.records import Problem
from kb.words import slug

SUFFIXES = (".md", ".markdown", ".txt")
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


class Text(Struct, frozen=True):
    """What was read of a file: its text without BOM (None where it is no text), its digest, its problems."""

    text: str | None
    digest: str
    problems: tuple[Problem, ...] = ()


def roots_of(paths: Iterable[str]) -> tuple[str, ...]:
    """Returns the folders and files that are to be read, absolute; raises NotesUnreadableError for one that is not there."""
    roots = []
    for path in paths:
        if not os.path.exists(path):
            raise NotesUnreadableError(path, "there is no such file or folder")
        roots.append(os.path.abspath(path))
    return tuple(dict.fromkeys(roots))


def prefixes(roots: tuple[str, ...]) -> dict[str, str]:
    """Returns what the paths below each root start with: nothing for one, else the root's name, made distinct."""
    if len(roots) == 1:
        return {roots[0]: ""}
    seen: Counter[str] = Counter()
    named = {}
    for root in roots:
        name = os.path.basename(root.rstrip("/")) or "root"
        seen[name] += 1
        named[root] = (name if seen[name] == 1 else f"{name}-{seen[name]}") + ("" if os.path.isfile(root) else "/")
    return named


def walk(roots: tuple[str, ...]) -> tuple[list[File], list[Problem]]:
    """Finds the notes below the roots in the order of their paths, and what could not be looked at."""
    files: dict[str, File] = {}
    problems: list[Problem] = []
    for root, prefix in prefixes(roots).items():
        if os.path.isdir(root):
            _below(root, prefix, files, problems)
        else:
            _take(root, prefix or os.path.basename(root), files, problems)
    return [files[path] for path in sorted(files)], sorted(problems)


def visible(root: str, failed: Callable[[OSError], None] | None = None) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yields the folders of a tree with the names in them, in order, but for hidden ones; links are not followed."""
    for folder, folders, others in _walked(root, failed):
        yield folder, [entry.name for entry in folders], [entry.name for entry in others]


def _walked(
    root: str, failed: Callable[[OSError], None] | None = None
) -> Iterator[tuple[str, list[os.DirEntry[str]], list[os.DirEntry[str]]]]:
    """Yields the folders of a tree, with the folders and other files in each."""
    left = [root]
    while left:
        folder = left.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted((e for e in listed if not e.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            if failed:
                failed(error)
            continue
        folders = [entry for entry in entries if _is_folder(entry)]
        inside = {entry.name for entry in folders}
        yield folder, folders, [entry for entry in entries if entry.name not in inside] if inside else entries
        left.extend(entry.path for entry in reversed(folders) if not entry.is_symlink())


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _below(root: str, prefix: str, files: dict[str, File], problems: list[Problem]) -> None:
    """Walks one folder; links to folders are not followed, so that no loop or stranger's folder is walked."""

    def failed(error: OSError) -> None:
        if error.errno not in _LASTING or error.filename == root:  # All that is below would seem to be gone.
            raise NotesUnreadableError(error.filename or root, error.strerror or str(error))
        path = prefix + os.path.relpath(error.filename or root, root)
        problems.append(_problem(path, f"the folder cannot be read: {error.strerror}", "unreadable"))

    for folder, folders, others in _walked(root, failed):
        inner = folder[len(root.rstrip("/")) :].strip("/")
        before = f"{prefix}{inner}/" if inner else prefix
        for entry in folders:
            if entry.name.casefold().endswith(SUFFIXES) and entry.is_symlink():
                problem = _problem(before + entry.name, "it is a link to a folder, which is not followed", "not_a_file")
                problems.append(problem)
        for entry in others:
            if entry.name.casefold().endswith(SUFFIXES):
                _take(entry.path, before + entry.name, files, problems, root, entry)


def only(roots: tuple[str, ...], location: str) -> tuple[list[File], list[Problem]]:
    """Finds one file below the roots, as `walk` would."""
    files: dict[str, File] = {}
    problems: list[Problem] = []
    path = path_of(location, roots)
    root = next((root for root in roots if location.startswith(root.rstrip("/") + "/")), None)
    inner = location[len(root.rstrip("/")) + 1 :].split("/") if root else [location]
    is_note = root is None or (inner[-1].casefold().endswith(SUFFIXES) and not any(n.startswith(".") for n in inner))
    if path is not None and is_note and os.path.lexists(location) and not os.path.isdir(location):
        _take(location, path, files, problems, root)
    return list(files.values()), problems


def path_of(location: str, roots: tuple[str, ...]) -> str | None:
    """Returns the path of a file by its absolute place, or None where it is below no root."""
    for root, prefix in prefixes(roots).items():
        if location == root:
            return prefix or os.path.basename(root)
        if location.startswith(root.rstrip("/") + "/"):
            return prefix + location[len(root.rstrip("/")) + 1 :]
    return None


def location_of(path: str, roots: tuple[str, ...]) -> str:
    """Returns the absolute place of a path of a note."""
    named = prefixes(roots)
    for root, prefix in named.items():
        if path == (prefix or os.path.basename(root)) and not os.path.isdir(root):
            return root
        if path.startswith(prefix) and (prefix.endswith("/") or not prefix):
            folder = os.path.dirname(root) if os.path.isfile(root) else root
            return f"{folder.rstrip('/')}/{path[len(prefix) :]}"
    beside = (os.path.join(os.path.dirname(root), path) for root in roots if os.path.isfile(root))
    return next(filter(os.path.exists, beside), path)  # The kb.yaml of one of several files.


def _take(
    location: str,
    path: str,
    files: dict[str, File],
    problems: list[Problem],
    root: str | None = None,
    entry: os.DirEntry[str] | None = None,
) -> None:
    """Takes a file for a note, unless its name or kind speaks against it; a listed entry knows whether it is a link."""
    if bad := _named_badly(path):
        problems.append(bad)
        return
    try:
        is_link = entry.is_symlink() if entry else os.path.islink(location)
        if is_link and root is not None:
            target = os.path.realpath(location, strict=True)
            if not (target + "/").startswith(os.path.realpath(root).rstrip("/") + "/"):
                problems.append(_problem(path, "it is a link that leaves the notes folder", "link_outside"))
                return
        status = os.stat(location)
    except OSError as error:
        _raise_where_scarce(error, location)
        problems.append(_problem(path, f"it cannot be read: {error.strerror}", "unreadable"))
        return
    if not stat.S_ISREG(status.st_mode):
        problems.append(_problem(path, "it is no regular file", "not_a_file"))
        return
    files[path] = File(path, location, status.st_size, status.st_mtime_ns)


def _named_badly(path: str) -> Problem | None:
    """Returns what is wrong with the name of a file, if anything."""
    if path.isascii() and path.isprintable():
        return None
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "replace").decode("utf-8")
        return _problem(shown, "the name of the file is not UTF-8", "bad_name", "rename the file")
    if not path.isprintable() and any(ord(c) < 32 or ord(c) == 127 for c in path):
        shown = "".join(c if ord(c) >= 32 and ord(c) != 127 else "?" for c in path)
        return _problem(shown, "the name of the file has a control character in it", "bad_name", "rename the file")
    return None


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
