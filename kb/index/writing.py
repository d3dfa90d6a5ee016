"""Writes what a new generation holds: one segment of what is new and what is small beside it, as arrays and in Whoosh."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kb import processes
from kb.index import Changes, naming, store
from kb.index.arrays import Arrays, Strings, Writing
from kb.index.assembly import Old, Source, assemble, packed, staying, without
from kb.index.drafts import draft
from kb.index.segments import FILES, SUFFIX, Part, Segment, write_parts

if TYPE_CHECKING:
    from concurrent.futures import Executor

WORTH_PROCESS = 5_000  # Rows to write from which on it is worth to start a process.


def write(folder: Path, parts: Sequence[Part], changes: Changes, opened: Callable[[str], Segment]) -> None:
    """Applies changes to the segments that are in a folder, and writes which there are."""
    drafts = list(_drafted(folder, changes))
    paths = {*changes.remove, *(path for one in drafts for path in Strings(one, "path"))}
    old = [Old(opened(part.name), without(opened(part.name), part.gone(), paths)) for part in parts]
    old = sorted((one for one in old if not one.gone.all()), key=lambda one: -one.segment.size)
    stay = staying(old, sum(one.size("kind") for one in drafts))
    made = [Part(one.segment.name, one.segment.size, packed(one.gone)) for one in old[:stay]]
    sources = [*(Source(one.segment.arrays, one.gone) for one in old[stay:]), *map(Source, drafts)]
    if sources:
        made.append(_written(folder, sources))
    for one in drafts:
        one.path.unlink()
    names = {part.name for part in made}
    for path in folder.iterdir():
        if path.suffix in FILES and path.stem not in names:
            path.unlink()
    write_parts(folder, made)
    store.point(folder, made)


def _drafted(folder: Path, changes: Changes) -> Iterator[Arrays]:
    """Yields what is new as drafts; they lie in files, so that they take no memory."""
    own = [draft(changes.put)] if changes.put else []
    for n, data in enumerate(chain(own, changes.drafts)):
        path = folder / f"draft-{n}"
        path.write_bytes(data)
        yield Arrays(path)


def _written(folder: Path, sources: Sequence[Source]) -> Part:
    """Writes a segment: for kb's questions and, from those arrays, as Whoosh's; in two processes where there is much."""
    path = folder / f"new{SUFFIX}"
    rows = sum(one.arrays.size("kind") for one in sources)
    with _beside(rows) as pool:
        if pool:
            pool.submit(store.ready)  # It starts while the segment is put together.
        segment = assemble(path, sources)
        for source in sources:
            source.arrays.let_go()
        task = pool.submit(store.write, folder, path) if pool else None
        _write_names(path.with_suffix(naming.SUFFIX), segment)
        name = task.result() if task else store.write(folder, path)
    for suffix in (SUFFIX, naming.SUFFIX):
        os.rename(path.with_suffix(suffix), folder / f"{name}{suffix}")
    return Part(name, segment.size)


@contextmanager
def _beside(rows: int) -> Iterator[Executor | None]:
    """Gives a process to write in, where there are rows enough; that it was ended is the system's error."""
    if rows <= WORTH_PROCESS:
        yield None
        return
    from concurrent.futures import BrokenExecutor

    with processes.pool(1) as pool:
        try:
            yield pool
        except BrokenExecutor:
            raise OSError(errno.ENOMEM, "a process that wrote it was ended; is there enough memory?") from None


def _write_names(path: Path, segment: Segment) -> None:
    with open(path, "wb") as out:
        writing = Writing(out)
        naming.write(writing, segment)
        writing.close()
