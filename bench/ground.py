"""What the benches stand on: talks as Markdown, kb's index of them, and the same records in the peers.

It is made in a temporary folder, or in KB_BENCH, where it is kept for the next run.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.corpus import write_notes
from bench.peers import Engine, Record, fts5, records, tantivy, whoosh
from bench.peers.kb import Kb
from bench.results import talk
from bench.timing import Cost, run
from kb.index import open_index

PER_NOTE = 10
WHOOSH_MOST = 10_000  # Talks that Whoosh's own writer is given, unless KB_WHOOSH says otherwise.
KB = (sys.executable, "-m", "kb", "--index")


@contextmanager
def folder_of(size: int, kept: str | None = os.environ.get("KB_BENCH")) -> Iterator[Path]:
    """Gives a folder for what is made of so many talks."""
    if kept:
        folder = Path(kept).absolute() / str(size)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="kb-bench-") as made:
            yield Path(made)


def notes(folder: Path, size: int, per_note: int = PER_NOTE) -> Path:
    """Writes the talks as Markdown, unless they are there."""
    written = folder / f"notes-{per_note}"
    if not written.exists():
        partly = folder / f"notes-{per_note}.partly"
        write_notes(partly, size, per_note)
        partly.rename(written)
    return written


def ingest(index: Path, *paths: Path | str) -> Cost:
    """Runs `kb ingest` in a process of its own."""
    return run([*KB, str(index), "ingest", *map(str, paths)])


def with_whoosh(size: int) -> bool:
    """Tells whether Whoosh's own searcher is measured at a size."""
    return os.environ.get("KB_WHOOSH", "1" if size <= WHOOSH_MOST else "0") == "1"


def indexed(folder: Path, size: int) -> list[Record]:
    """Ingests the notes and returns the records that kb read from them."""
    talk(f"{size:,} talks: kb ingest")
    ingest(folder / "kb", notes(folder, size))
    return list(records(open_index(folder / "kb").snapshot()))


BUILDS: dict[str, Callable[[Path, list[Record]], None]] = {
    "fts5": fts5.build,
    "tantivy": tantivy.build,
    "whoosh": whoosh.build,
}


def engines(folder: Path, size: int, all_records: list[Record]) -> list[Engine]:
    """Indexes the records with every engine, unless that is done, and opens them all."""
    opened: list[Engine] = [Kb(folder / "kb")]
    opened.append(fts5.Fts5(built("fts5", folder, all_records)))
    opened.append(tantivy.Tantivy(built("tantivy", folder, all_records)))
    if with_whoosh(size):
        opened.append(whoosh.Whoosh(built("whoosh", folder, all_records)))
    return opened


def built(name: str, folder: Path, all_records: list[Record]) -> Path:
    """Returns where a peer has indexed the records, which it does unless it has."""
    path = folder / f"{name}-{_seal(all_records)}"
    done = path.with_suffix(".done")
    if not done.exists():
        talk(f"{len(all_records):,} talks: {name} indexes")
        BUILDS[name](path, all_records)
        done.touch()
    return path


def _seal(all_records: list[Record]) -> str:
    """Returns what tells the records from others, so that a kept index of others is not taken for theirs."""
    digest = hashlib.blake2b(digest_size=6)
    for record in all_records:
        digest.update(repr(record).encode("utf-8", "replace"))
    return digest.hexdigest()
