"""Brings the index up to date with the notes: a difference between what is on disk and what was read before.

Files that look as they did (their size, their times, their inode) are kept unread. The others are read, and their records
extracted, in batches: in processes of their own where there is so much to read that starting them is worth it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import chain, islice

from msgspec import Struct
from msgspec.structs import replace

from kb import notes
from kb.errors import IndexDamagedError, IndexMissingError, IndexUnreadableError, KbError, NotesUnreadableError
from kb.index import Changes, Index, Put, Snapshot, Stored, draft
from kb.notes import SETTINGS, File
from kb.records import Problem
from kb.roots import Root, are_same, location_of, path_of, root_of
from kb.scope import Others, Scope, scope
from kb.settings import Folders, Settings, unmatched

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
    roots: tuple[Root, ...]
    rebuilt: str | None = None
    strangers: tuple[str, ...] = ()  # What lies in the folder of the index and is not kb's.

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
    """What some files come to: a draft of the index (empty where nothing is new), how each was found, how many they are,
    and those that were only touched.
    """

    draft: bytes
    stored: tuple[Stored, ...]
    size: int
    touched: tuple[Stored, ...] = ()


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
    touched: list[Stored] = []
    settings: dict[str, File] = {}  # The kb.yaml files.


def ingest(
    index: Index,
    paths: Iterable[str] = (),
    default: str = "data",
    rebuild: bool = False,
    progress: Progress | None = None,
    is_same: IsSame | None = None,
    others: Others = "stop",
) -> Report:
    """Reads what changed in the notes since the last time and commits it; with nothing to do, nothing is written.

    `is_same` tells which files have not changed; those that look as they did, if it is not given. `others` says what is to
    become of notes that the index has and that no path reaches.
    """
    _stay_apart(index, paths := tuple(paths))
    with index.writing():
        known, remembered, reason = _state(index, rebuild)
        covered = scope(paths, remembered, None if reason else known, default, others)
        _stay_apart(index, [root.location for root in covered.roots])
        difference, of = _difference(known, covered, is_same or _looks_same)
        first = reason is not None
        with closing(_drafts(difference, of, progress)) as drafts:
            one = list(islice(drafts, 1))  # Whether there is anything to commit shows when the first one is.
            changed = first or one or difference.put or difference.removed
            if changed or not are_same(covered.roots, remembered):
                removed = tuple(difference.removed)
                index.commit(Changes(tuple(difference.put), removed, covered.roots, chain(one, drafts)), rebuild=first)
        if difference.touched:
            index.touch({stored.path: stored for stored in difference.touched})
        strangers = tuple(index.strangers())
    renamed = _renamed(difference, known)
    new, old = {path for _, path in renamed}, {path for path, _ in renamed}
    return Report(
        snapshot=index.snapshot(),
        added=tuple(path for path in difference.added if path not in new),
        changed=tuple(difference.changed),
        renamed=renamed,
        removed=tuple(path for path in difference.removed if path not in old and _is_note(known[path])),
        kept=difference.kept,
        roots=covered.roots,
        rebuilt=reason,
        strangers=strangers,
    )


def _stay_apart(index: Index, places: Iterable[str]) -> None:
    """Raises NotesUnreadableError for a place in the folder of the index, where notes would be among its files."""
    for place in places:
        if index.holds(place):
            why = "it lies in the folder of the index, which is for the index alone; name another one with --index"
            raise NotesUnreadableError(place, why)


def _is_note(stored: Stored) -> bool:
    return stored.was_read and not _is_settings(stored.path)


def _state(index: Index, rebuild: bool) -> tuple[dict[str, Stored], tuple[Root, ...], str | None]:
    """Returns the files and roots that the index knows, and why all must be read anew, if it must."""
    try:
        index.verify()  # Here it can be rebuilt; a question checks just what it reads.
        return ({} if rebuild else index.files()), index.roots(), "as asked" if rebuild else None
    except IndexMissingError:
        reason = "there was no index"
    except IndexDamagedError as error:
        reason = error.reason
    except IndexUnreadableError as error:
        if not rebuild:
            raise
        reason = str(error)
    try:
        return {}, index.roots(), reason
    except (KbError, OSError):
        return {}, (), reason


def _difference(known: dict[str, Stored], covered: Scope, is_same: IsSame) -> tuple[_Difference, int]:
    """Compares the files that there are with what is known of them; returns how many there are, too."""
    roots, only = covered.roots, covered.only
    if only is None:
        walked = notes.look(tuple(root for root in roots if root not in covered.away))
    else:
        walked = notes.Found(*notes.only(roots, only))
    files, folders = walked.files, Folders(roots)
    found = _Difference([], [], [], dict(known), folders, is_partial=only is not None)
    for file in (*files, *walked.settings):
        folders.of(file)
    found.settings = {file.path: file for file in walked.settings} if only is None else _settings_of(folders, roots)
    bad: dict[str, list[Problem]] = {}
    for problem in [*walked.problems, *map(_away, covered.away)]:
        if problem.path not in folders.files and (only is None or problem.path == path_of(only, roots)):
            bad.setdefault(problem.path, []).append(problem)
    for path, about in bad.items():
        stored = Stored(path, notes.digest_of(repr(about).encode()), 0, 0, None)
        if known.get(path) != stored:
            found.put.append(Put(stored, None, tuple(about)))
    here = {file.path for file in files}
    lost = _lost(known, here | {file.path for file in walked.settings} | folders.files.keys(), covered)
    found.removed.extend(sorted(lost - bad.keys()))
    for path in found.removed:
        del found.stored[path]
    had = {path: stored.note for path, stored in known.items() if stored.note}
    staying = had.keys() - lost
    ids = _ids(here | staying, had, bool(found.removed or found.put))
    if only is not None:  # Another file may get the id that this one had, or lose it to this one.
        other = [path for path, id in ids.items() if path not in here and had[path] != id] if ids is not had else []
        files = [*files, *(file for path in other for file in notes.only(roots, location_of(path, roots))[0])]
    else:
        found.kept += len(staying - here)
    for file in files:
        before, of = known.get(file.path), folders.of(file)
        if before and before.digest and _is_same(before, ids[file.path], of) and is_same(file, before):
            found.kept += 1
        else:
            found.unread.append(Unread(file, before, ids[file.path], of))
    return found, len(files)


def _away(root: Root) -> Problem:
    message = "it cannot be reached, so its notes are kept as they were"
    return Problem(root.location, 1, message, "ingest again when it is there", "away")


def _settings_of(folders: Folders, roots: tuple[Root, ...]) -> dict[str, File]:
    """Returns the kb.yaml files that were met, where one note alone is read."""
    found = {}
    for path in folders.files:
        with suppress(OSError):
            location = location_of(path, roots)
            found[path] = File(path, location, *notes.looks(os.stat(location)))
    return found


def _lost(known: dict[str, Stored], here: set[str], covered: Scope) -> set[str]:
    """Returns the paths of files that are gone; where a root cannot be reached, what is below it is not."""
    if covered.only is not None:
        return ({path_of(covered.only, covered.roots) or ""} & known.keys()) - here
    lost = known.keys() - here
    return {path for path in lost if root_of(path, covered.roots) not in covered.away} if covered.away else lost


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
    return before.looks == file.looks


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
        found.touched.extend(batch.touched)
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
    missing = unmatched(files, ((path, one.matched) for path, one in stored.items() if not _is_settings(path)))
    for path, own in files.items():
        problems = tuple(sorted((*own.problems, *(missing.get(path, ()) if path not in unknown else ()))))
        now = _stored_settings(path, "unknown" if path in unknown else own.digest, problems, found.settings.get(path))
        before = stored.get(path)
        if before is None or before.looking(*now.looks) != now:
            yield Put(now, None, problems)
        elif before != now:
            found.touched.append(now)


def _stored_settings(path: str, settings: str, problems: tuple[Problem, ...], file: File | None) -> Stored:
    """Returns what is kept of a kb.yaml: its bytes and looks, what it says, and what is wrong with it."""
    digest = notes.read(file).digest if file else notes.digest_of(path.encode())
    about = (notes.digest_of(repr(problems).encode()),) if problems else ()
    return Stored(path, digest, 0, 0, None, settings, about).looking(*(file.looks if file else (0, 0, 0, 0)))


def _is_settings(path: str) -> bool:
    return path.rpartition("/")[2] == SETTINGS


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
    read = list(map(_read, unread))
    puts = [one for one in read if isinstance(one, Put)]
    touched = tuple(one for one in read if isinstance(one, Stored))
    try:
        drafted = draft(puts) if puts else b""
    except Exception:  # One of them cannot be indexed, and costs itself only.
        puts = list(map(_drafted, puts))
        drafted = draft(puts)
    return Batch(drafted, tuple(put.stored for put in puts), len(unread), touched)


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


def _read(unread: Unread) -> Put | Stored | None:
    """Reads a file; returns how it looks now where it has the bytes that it had, or None where it looks so, too.

    It is not worth a new generation that a file looks otherwise, or still cannot be read.
    """
    from kb.extract.note import read_note  # Most runs find nothing to read.

    file, before, settings = unread.file, unread.before, unread.settings
    text = notes.read(file)
    if before and _is_same(before, unread.id, settings) and before.digest == text.digest:
        now = before.looking(*file.looks)
        return now if now != before else None
    stored = Stored(file.path, text.digest, 0, 0, unread.id if text.text is not None else None, settings.digest)
    reading = read_note(file.path, text.text, unread.id, settings) if text.text is not None else None
    stored = replace(stored, settings=settings.digest, matched=reading.matched if reading else ())
    problems = (*text.problems, *(reading.problems if reading else ()))
    return Put(stored.looking(*file.looks), reading, tuple(sorted(problems)))


def _renamed(found: _Difference, known: dict[str, Stored]) -> tuple[tuple[str, str], ...]:
    """Returns the removed and added paths that hold the same bytes, as old and new name."""
    gone = {known[path].digest: path for path in reversed(found.removed) if known[path].digest}
    return tuple((gone.pop(digest), path) for path, digest in found.added.items() if digest in gone)
