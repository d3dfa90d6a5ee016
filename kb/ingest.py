"""Brings the index up to date with the notes: a difference between what is on disk and what was read before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kb import notes
from kb.errors import IndexDamagedError, IndexMissingError, NotesUnreadableError
from kb.extract import read_note
from kb.index import Changes, Index, Put, Stored
from kb.notes import File
from kb.records import Problem
from kb.settings import Folders, Settings

Progress = Callable[[int, int], None]  # Is told how many files of how many have been read.


class Report(Struct, frozen=True):
    """What an ingest did; `rebuilt` says why everything was read anew, if it was."""

    generation: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    kept: int
    counts: dict[str, int]
    problems: tuple[Problem, ...]
    roots: tuple[str, ...]
    rebuilt: str | None = None


class _Difference(Struct):
    """What has been found to change so far."""

    put: list[Put]
    added: list[str]
    changed: list[str]
    removed: list[str]
    kept: int = 0


def ingest(
    index: Index,
    paths: Iterable[str] = (),
    default: str = "data",
    rebuild: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Reads what changed in the notes since the last time and commits it; with nothing to do, nothing is written."""
    with index.writing():
        known, roots, reason = _state(index)
        if rebuild:
            known, reason = {}, reason or "as asked"
        roots, only = _scope(tuple(paths), roots, default, known)
        files, problems = _files(roots, only)
        difference = _difference(files, problems, known, roots, only, progress)
        first = reason is not None
        if first or difference.put or difference.removed or roots != index.roots():
            changes = Changes(tuple(difference.put), tuple(difference.removed), roots)
            index.commit(changes, rebuild=first)
    snapshot = index.snapshot()
    renamed = _renamed(difference, known)
    return Report(
        generation=snapshot.generation,
        added=tuple(p for p in difference.added if p not in {new for _, new in renamed}),
        changed=tuple(difference.changed),
        renamed=renamed,
        removed=tuple(p for p in difference.removed if p not in {old for old, _ in renamed}),
        kept=difference.kept,
        counts=snapshot.counts().kinds,
        problems=snapshot.problems(),
        roots=roots,
        rebuilt=reason,
    )


def _state(index: Index) -> tuple[dict[str, Stored], tuple[str, ...], str | None]:
    """Returns the files and roots that the index knows, and why it must be rebuilt, if it must."""
    try:
        index.verify()  # Here it can be rebuilt; a question checks just what it reads.
        return index.files(), index.roots(), None
    except IndexMissingError:
        return {}, (), "there was no index"
    except IndexDamagedError as error:
        try:
            return {}, index.roots(), error.reason
        except (IndexDamagedError, IndexMissingError, OSError):
            return {}, (), error.reason


def _scope(
    paths: tuple[str, ...], roots: tuple[str, ...], default: str, known: dict[str, Stored]
) -> tuple[tuple[str, ...], str | None]:
    """Returns the roots to cover, and the one file of them that alone is to be updated, if so."""
    if not paths:
        return roots or notes.roots_of([default]), None
    if len(paths) == 1 and known and not Path(paths[0]).is_dir():
        location = str(Path(paths[0]).absolute())
        inside = any(location.startswith(root.rstrip("/") + "/") for root in roots)
        if inside:
            return roots, location
    return notes.roots_of(paths), None


def _files(roots: tuple[str, ...], only: str | None) -> tuple[list[File], list[Problem]]:
    present = tuple(root for root in roots if Path(root).exists())
    gone = [root for root in roots if root not in present]
    if gone and not present:
        raise NotesUnreadableError(gone[0], "there is no such file or folder any more")
    files, problems = notes.walk(roots)
    if only is not None:
        files = [file for file in files if file.location == only]
    return files, problems


def _difference(
    files: list[File],
    problems: list[Problem],
    known: dict[str, Stored],
    roots: tuple[str, ...],
    only: str | None,
    progress: Progress | None,
) -> _Difference:
    """Compares files with what is known of them, by size and time and then by content."""
    found = _Difference([], [], [], [])
    folders = Folders(roots)
    problems = sorted({*problems, *(p for file in files for p in folders.of(file).problems)})
    walked = {file.path: file for file in files}
    bad: dict[str, list[Problem]] = {}
    for problem in problems:
        bad.setdefault(problem.path, []).append(problem)
    ids = notes.note_ids(set(walked) | (set(known) - set(bad) if only is not None else set()))
    for n, file in enumerate(files):
        if progress:
            progress(n, len(files))
        _compare(file, known.get(file.path), ids[file.path], folders.of(file), found)
    if progress:
        progress(len(files), len(files))
    if only is None:
        for path, about in bad.items():
            stored = Stored(path, notes.digest_of(repr(about).encode()), 0, 0, None)
            if known.get(path) != stored:
                found.put.append(Put(stored, None, tuple(about)))
        found.removed.extend(sorted(set(known) - set(walked) - set(bad)))
    else:
        gone = [path for path in known if _location(path, roots) == only and path not in walked]
        found.removed.extend(gone)
    return found


def _location(path: str, roots: tuple[str, ...]) -> str | None:
    for root, prefix in notes.prefixes(roots).items():
        if path.startswith(prefix) and prefix.endswith("/"):
            return str(Path(root) / path[len(prefix) :])
        if not prefix:
            return str(Path(root) / path)
    return None


def _compare(file: File, before: Stored | None, id: str, settings: Settings, found: _Difference) -> None:
    """Reads a file unless it is as it was: the same bytes, id, and settings for its folder."""
    same_id = before is not None and before.note in (id, None) and before.settings == settings.digest
    if before and same_id and (before.size, before.mtime_ns) == (file.size, file.mtime_ns) and before.digest:
        found.kept += 1
        return
    text = notes.read(file)
    if before and same_id and before.digest == text.digest and text.digest:
        # The same bytes under a new time: not worth a new generation, it is looked at again next time.
        found.kept += 1
        return
    stored = Stored(file.path, text.digest, file.size, file.mtime_ns, id if text.text is not None else None)
    stored = replace(stored, settings=settings.digest)
    reading = read_note(file.path, text.text, id, settings) if text.text is not None else None
    problems = (*text.problems, *(reading.problems if reading else ()))
    found.put.append(Put(stored, reading, tuple(sorted(problems))))
    (found.changed if before else found.added).append(file.path)


def _renamed(found: _Difference, known: dict[str, Stored]) -> tuple[tuple[str, str], ...]:
    """Returns the removed and added paths that hold the same bytes, as old and new name."""
    gone = {known[path].digest: path for path in reversed(found.removed) if known[path].digest}
    new = {put.stored.path: put.stored.digest for put in found.put if put.stored.path in set(found.added)}
    return tuple((gone.pop(digest), path) for path, digest in new.items() if digest in gone)
