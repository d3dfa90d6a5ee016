"""Brings the index up to date with the notes: a difference between what is on disk and what was read before.

Files whose size and time are as they were are kept unread. The others are read, and their records extracted, in batches:
in processes of their own where there is so much to read that starting them is worth it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kb import notes
from kb.errors import IndexDamagedError, IndexMissingError, NotesUnreadableError
from kb.index import Changes, Index, Put, Snapshot, Stored, draft
from kb.notes import File
from kb.records import Problem
from kb.settings import NAME, Folders, Settings, unmatched

BATCH = 50  # Files that are read together.
MOST_WORKERS = 8
FEW = 16  # New files whose ids are compared with all that there are.
WORTH_WORKERS = 1024 * 1024  # Bytes to read from which on it is worth to start processes.

Progress = Callable[[int, int], None]  # Is told how many files of how many have been read.
IsSame = Callable[[File, Stored], bool]  # Tells whether a file has the bytes that the index knows.


class Report(Struct, frozen=True):
    """What an ingest did; `rebuilt` says why everything was read anew, if it was."""

    snapshot: Snapshot
    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    kept: int
    roots: tuple[str, ...]
    rebuilt: str | None = None

    @property
    def generation(self) -> int:
        """The generation that came of it."""
        return self.snapshot.generation

    # These are counted when they are asked for: whoever watches notes does not wait for them after every edit.

    @property
    def counts(self) -> dict[str, int]:
        """How many records of each kind there are now."""
        return self.snapshot.counts().kinds

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of all notes."""
        return self.snapshot.problems()


class Unread(Struct, frozen=True):
    """A file that is to be read: what the index knows of it, the id that its note has, and the settings for it."""

    file: File
    before: Stored | None
    id: str
    settings: Settings


class Batch(Struct, frozen=True):
    """What some files come to: a draft of the index (empty where nothing is new), and how each was found."""

    draft: bytes
    stored: tuple[Stored, ...]
    size: int


class _Difference(Struct):
    """What has been found to change so far; the digest of each new path tells whether it is an old one renamed.

    `stored` is what is known of every file but for those that go, and `folders` what the kb.yaml files say.
    """

    unread: list[Unread]
    put: list[Put]
    removed: list[str]
    stored: dict[str, Stored]
    folders: Folders
    is_partial: bool
    kept: int = 0
    added: dict[str, str] = {}
    changed: list[str] = []


def ingest(
    index: Index,
    paths: Iterable[str] = (),
    default: str = "data",
    rebuild: bool = False,
    progress: Progress | None = None,
    is_same: IsSame | None = None,
) -> Report:
    """Reads what changed in the notes since the last time and commits it; with nothing to do, nothing is written.

    `is_same` tells which files have not changed; those whose size and time are as they were, if it is not given.
    """
    with index.writing():
        known, roots, reason = _state(index)
        if rebuild:
            known, reason = {}, reason or "as asked"
        roots, only = _scope(tuple(paths), roots, default, reason is not None)
        files, problems = _files(roots, only)
        difference = _difference(files, problems, known, roots, only, is_same or _looks_same)
        first = reason is not None
        with closing(_drafts(difference, len(files), progress)) as drafts:
            one = list(islice(drafts, 1))  # Whether there is anything to commit shows when the first one is.
            if first or one or difference.put or difference.removed or roots != index.roots():
                removed = tuple(difference.removed)
                index.commit(Changes(tuple(difference.put), removed, roots, chain(one, drafts)), rebuild=first)
    renamed = _renamed(difference, known)
    new, old = {path for _, path in renamed}, {path for path, _ in renamed}
    return Report(
        snapshot=index.snapshot(),
        added=tuple(path for path in difference.added if path not in new),
        changed=tuple(difference.changed),
        renamed=renamed,
        removed=tuple(path for path in difference.removed if path not in old and not _is_settings(path)),
        kept=difference.kept,
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
    paths: tuple[str, ...], roots: tuple[str, ...], default: str, anew: bool
) -> tuple[tuple[str, ...], str | None]:
    """Returns the roots to cover, and the one file of them that alone is to be updated, if so."""
    if not paths:
        return roots or notes.roots_of([default]), None
    if len(paths) == 1 and not Path(paths[0]).is_dir():
        location = str(Path(paths[0]).absolute())
        if any(location.startswith(root.rstrip("/") + "/") for root in roots):
            return roots, None if anew else location  # An index that is made anew covers what it did.
    return notes.roots_of(paths), None


def _files(roots: tuple[str, ...], only: str | None) -> tuple[list[File], list[Problem]]:
    present = tuple(root for root in roots if Path(root).exists())
    gone = [root for root in roots if root not in present]
    if gone and not present:
        raise NotesUnreadableError(gone[0], "there is no such file or folder any more")
    return notes.walk(roots) if only is None else notes.only(roots, only)


def _difference(
    files: list[File],
    problems: list[Problem],
    known: dict[str, Stored],
    roots: tuple[str, ...],
    only: str | None,
    is_same: IsSame,
) -> _Difference:
    """Compares files with what is known of them."""
    folders = Folders(roots)
    found = _Difference([], [], [], dict(known), folders, is_partial=only is not None)
    settings = [folders.of(file) for file in files]
    bad: dict[str, list[Problem]] = {}
    for problem in problems:
        bad.setdefault(problem.path, []).append(problem)
    for path, about in bad.items():
        stored = Stored(path, notes.digest_of(repr(about).encode()), 0, 0, None)
        if known.get(path) != stored:
            found.put.append(Put(stored, None, tuple(about)))
    walked = {file.path for file in files}
    here = None if only is None else notes.path_of(only, roots)
    lost = known.keys() - walked if here is None else {here} & known.keys() - walked
    found.removed.extend(sorted(lost - bad.keys() - folders.files.keys()))
    for path in found.removed:
        del found.stored[path]
    had = {path: stored.note for path, stored in known.items() if stored.note}
    present = walked if only is None else (walked | had.keys()) - lost
    ids = _ids(present, had, bool(found.removed or found.put))
    if only is not None:  # Another file may get the id that this one had, or lose it to this one.
        other = [path for path, id in ids.items() if path not in walked and had[path] != id] if ids is not had else []
        files = [*files, *(file for path in other for file in notes.only(roots, notes.location_of(path, roots))[0])]
        settings = [folders.of(file) for file in files]
    for file, of in zip(files, settings, strict=True):
        before = known.get(file.path)
        if before and before.digest and _is_same(before, ids[file.path], of) and is_same(file, before):
            found.kept += 1
        else:
            found.unread.append(Unread(file, before, ids[file.path], of))
    return found


def _ids(present: set[str], had: dict[str, str], gone: bool) -> dict[str, str]:
    """Returns the ids of notes by path: those that they had, where nothing new or gone can have changed any of them."""
    new = present - had.keys()
    if not gone and not new:
        return had
    anew = {notes.note_id(path): path for path in new} if len(new) <= FEW else {}
    if gone or len(anew) < len(new) or any(notes.is_like(id, of) for of in anew for id in had.values()):
        return notes.note_ids(present)
    return {**had, **{path: id for id, path in anew.items()}}


def _looks_same(file: File, before: Stored) -> bool:
    return before.mtime_ns == file.mtime_ns and before.size == file.size


def _is_same(before: Stored, id: str, settings: Settings) -> bool:
    """Tells whether a file gets the id and the settings for its folder that it had."""
    return before.note in (id, None) and before.settings == settings.digest


def _drafts(found: _Difference, of: int, progress: Progress | None) -> Generator[bytes, None, None]:
    """Yields the drafts of the files that are to be read, and notes what was found of each."""
    known = {unread.file.path for unread in found.unread if unread.before}
    done = of - len(found.unread)
    for batch in read_all(found.unread):
        if progress:
            progress(done, of)
        for stored in batch.stored:
            found.stored[stored.path] = stored
            if stored.path in known:
                found.changed.append(stored.path)
            else:
                found.added[stored.path] = stored.digest
        found.kept += batch.size - len(batch.stored)
        done += batch.size
        if batch.draft:
            yield batch.draft
    if settled := list(_settled(found)):
        yield draft(settled)
    if progress:
        progress(of, of)


def _settled(found: _Difference) -> Iterator[Put]:
    """Yields the kb.yaml files of which there is news: all notes below them have been read.

    What no note has is not known where one note alone is read, and its settings have changed for the others, too.
    """
    files, stored = found.folders.files, found.stored
    changed = {path for path, own in files.items() if path not in stored or stored[path].settings != own.digest}
    unknown = changed if found.is_partial else set()
    missing = unmatched(files, ((path, one.matched) for path, one in stored.items()))
    for path, own in files.items():
        problems = tuple(sorted((*own.problems, *(missing.get(path, ()) if path not in unknown else ()))))
        digest = notes.digest_of(repr((own.digest, problems)).encode())
        now = Stored(path, digest, 0, 0, None, "unknown" if path in unknown else own.digest)
        if stored.get(path) != now:
            yield Put(now, None, problems)


def _is_settings(path: str) -> bool:
    return path.rpartition("/")[2] == NAME


def read_all(unread: Sequence[Unread]) -> Iterator[Batch]:
    """Yields what files come to, in their order, read by several processes where there is much to read."""
    batches = [list(unread[n : n + BATCH]) for n in range(0, len(unread), BATCH)]
    workers = min(len(os.sched_getaffinity(0)), MOST_WORKERS, len(batches))
    if workers < 2 or sum(one.file.size for one in unread) < WORTH_WORKERS:
        yield from map(read_batch, batches)
        return
    # They take a while to import, and few runs need them.
    from concurrent.futures.process import BrokenProcessPool

    from kb import processes

    with processes.pool(workers) as pool:
        try:
            yield from pool.map(read_batch, batches)
        except BrokenProcessPool:
            raise NotesUnreadableError(
                "the notes", "a process that read them was ended; is there enough memory?"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def read_batch(unread: Sequence[Unread]) -> Batch:
    """Reads some files and returns what they come to."""
    puts = [put for put in map(_read, unread) if put is not None]
    try:
        drafted = draft(puts) if puts else b""
    except Exception:  # One of them cannot be indexed, and costs itself only.
        puts = list(map(_drafted, puts))
        drafted = draft(puts)
    return Batch(drafted, tuple(put.stored for put in puts), len(unread))


def _drafted(put: Put) -> Put:
    """Returns a file's part in a commit, without its records where those cannot be indexed."""
    from kb.extract.note import unread_note

    try:
        draft([put])
    except MemoryError:
        raise
    except Exception as error:
        of = put.reading.note if put.reading else None
        left = unread_note(put.stored.path, of.source.end_line if of else 1, of.id if of else "", error)
        return replace(put, reading=left, problems=left.problems)
    return put


def _read(unread: Unread) -> Put | None:
    """Reads a file, unless it turns out to be as it was: the same bytes under a new time, or none that can be read."""
    from kb.extract.note import read_note  # Most runs find nothing to read.

    file, before, settings = unread.file, unread.before, unread.settings
    text = notes.read(file)
    if before and _is_same(before, unread.id, settings) and before.digest == text.digest:
        return None  # Not worth a new generation: it is looked at again next time.
    stored = Stored(file.path, text.digest, file.size, file.mtime_ns, unread.id if text.text is not None else None)
    reading = read_note(file.path, text.text, unread.id, settings) if text.text is not None else None
    stored = replace(stored, settings=settings.digest, matched=reading.matched if reading else ())
    problems = (*text.problems, *(reading.problems if reading else ()))
    return Put(stored, reading, tuple(sorted(problems)))


def _renamed(found: _Difference, known: dict[str, Stored]) -> tuple[tuple[str, str], ...]:
    """Returns the removed and added paths that hold the same bytes, as old and new name."""
    gone = {known[path].digest: path for path in reversed(found.removed) if known[path].digest}
    return tuple((gone.pop(digest), path) for path, digest in found.added.items() if digest in gone)
