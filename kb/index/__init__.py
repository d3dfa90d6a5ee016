"""The port of the index: what the rest of kb asks of an engine, in terms of notes, records and query trees.

`open_index` is the only way in; Whoosh is known to `store` alone. A second engine implements these protocols, and `draft`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from kb.query.names import Names
from kb.query.tree import Query
from kb.records import Appearance, Kind, Mention, Note, Problem, Rating, Reading, Speaker, Talk, Tool
from kb.roots import Root

Record = Talk | Speaker | Tool | Note

Part = Rating | Mention


class Found:
    """A record that answers a query: for a rating or a mention with the talk that it belongs to.

    What is given as the record may be what reads it, which is called when the record is looked at.
    `place` is the engine's own: where it has a talk.
    """

    __slots__ = ("_record", "_title", "id", "kind", "place", "score", "talk")

    def __init__(
        self,
        kind: Kind,
        id: str,
        record: Record | Part | Callable[[], Record],
        score: float,
        talk: Talk | None = None,
        title: str | None = None,
        place: int = -1,
    ) -> None:
        self.kind, self.id, self.score, self.talk = kind, id, score, talk
        self._record, self._title, self.place = record, title, place

    @property
    def record(self) -> Record | Part:
        """The record."""
        if callable(self._record):
            self._record = self._record()
        return self._record

    @property
    def title(self) -> str:
        """What it is called: a talk or note by its title, a person or tool by name, a part of a talk as the talk."""
        if self._title is not None:
            return self._title
        of = self.talk or self.record
        return of.title if isinstance(of, Talk | Note) else getattr(of, "name", "")


class FacetValue(Struct, frozen=True):
    """A value of a facet and how many of the selected talks have it."""

    value: str | float | int
    label: str
    count: int


class Completion(Struct, frozen=True):
    """What a text being typed may become: the kind of name that completes it, its id where it is a record, and its talks."""

    text: str
    kind: str
    id: str | None
    count: int


class Reason(Struct, frozen=True):
    """A condition that a record satisfies, and what it adds to the record's score."""

    condition: str
    score: float


class Page(Struct, frozen=True):
    """A part of an answer, how many records the whole has, and the values of its facets."""

    found: tuple[Found, ...]
    total: int
    facets: dict[str, tuple[FacetValue, ...]]


class Counts(Struct, frozen=True):
    """How many records of each kind there are, how many bytes the index takes, how many problems it met."""

    kinds: dict[str, int]
    bytes: int
    problems: int


class Snapshot(Protocol):
    """One generation of the index: immutable, shared by all threads without a lock."""

    @property
    def generation(self) -> int:
        """The number of the generation, from 1."""

    @property
    def updated_at(self) -> str:
        """When it was made, in UTC."""

    @property
    def roots(self) -> tuple[Root, ...]:
        """The folders and files that it covers."""

    @property
    def names(self) -> Names:
        """The names that its talks have."""

    def search(self, query: Query, limit: int = 20, start: int = 0, facets: Iterable[str] = ()) -> Page:
        """Answers a query: `limit` records from the one at `start` on, best first, and how many there are in all."""

    def warm(self) -> None:
        """Makes at once what the first questions would otherwise wait for."""

    def why(self, query: Query, found: Found) -> tuple[Reason, ...]:
        """Returns why a record ranks where it does: the conditions of a query that it satisfies, with their scores."""

    def keywords(self, talk: str, count: int) -> list[str]:
        """Returns the words that tell a talk from others, the most telling first."""

    def complete(self, text: str, limit: int) -> list[Completion]:
        """Returns what a text that is being typed may become, the likeliest first."""

    def get(self, kind: Kind, id: str) -> Found | None:
        """Returns a record by its id."""

    def ids(self, kind: Kind) -> Iterable[str]:
        """Returns the ids of all records of a kind."""

    def talks_of(self, ids: Iterable[str]) -> list[Talk]:
        """Returns the talks with these ids, in the order of the notes."""

    def talks_in(self, note: str) -> list[Talk]:
        """Returns the talks of a note by its id."""

    def speaker_id(self, who: Appearance) -> str:
        """Returns the id of the speaker that a talk names so."""

    def speaker_ids(self, found: Found) -> list[str]:
        """Returns the ids of the speakers that a found talk names, as it does."""

    def tool_id(self, mention: Mention) -> str:
        """Returns the id of the tool that is mentioned."""

    def at(self, path: str, line: int) -> Found | None:
        """Returns the talk that covers a line of a note, or the note itself."""

    def facet(self, field: str) -> tuple[FacetValue, ...]:
        """Returns all values of a facet over all talks."""

    def readings(self) -> Iterable[Reading]:
        """Yields every note with its talks and problems, in the order of their paths."""

    def files(self) -> dict[str, Stored]:
        """Returns what it was built from, by path."""

    def problems(self) -> tuple[Problem, ...]:
        """Returns the problems of all notes in the order of path and line."""

    def counts(self) -> Counts:
        """Returns how much there is."""


class Stored(Struct, frozen=True):
    """What the index keeps of a file for the next ingest: enough to tell whether it must be read again.

    `digest` is the BLAKE2 of the file's bytes, `settings` that of the kb.yaml files above it, and `matched` what it has
    of the things that those speak of; `note` is the id it was given, None where it gave no note.
    """

    path: str
    digest: str
    size: int
    mtime_ns: int
    note: str | None
    settings: str = ""
    matched: tuple[str, ...] = ()
    ctime_ns: int = 0
    inode: int = 0

    @property
    def looks(self) -> tuple[int, int, int, int]:
        """How the file looked when it was read."""
        return self.size, self.mtime_ns, self.ctime_ns, self.inode

    def looking(self, size: int, mtime_ns: int, ctime_ns: int, inode: int) -> Stored:
        """Returns the same file with other looks."""
        return replace(self, size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns, inode=inode)

    @property
    def was_read(self) -> bool:
        """Tells whether there was a file that could be read."""
        return self.size + self.mtime_ns != 0


class Put(Struct, frozen=True):
    """A file's part in a commit: what it was, what was read out of it, and all problems with it."""

    stored: Stored
    reading: Reading | None
    problems: tuple[Problem, ...] = ()


class Changes(Struct, frozen=True):
    """What an ingest does to the index: files that are new or replace their path's, and paths that go.

    `drafts` are further files, in batches that `draft` has made.
    """

    put: tuple[Put, ...]
    remove: tuple[str, ...]
    roots: tuple[Root, ...]
    drafts: Iterable[bytes] = ()


class Index(Protocol):
    """An index on disk, a generation at a time. Only one writer holds it; readers never wait."""

    def snapshot(self) -> Snapshot:
        """Returns the newest generation; raises IndexMissingError or IndexDamagedError."""

    def kept(self, generation: int) -> Snapshot | None:
        """Returns a generation by its number, or None where it is no longer kept."""

    def files(self) -> dict[str, Stored]:
        """Returns what the newest generation was built from, by path."""

    def as_seen(self, files: dict[str, Stored]) -> dict[str, Stored]:
        """Returns files as they looked when they were compared last, where they have the bytes that were read."""

    def touch(self, stored: dict[str, Stored]) -> None:
        """Keeps how files look that have the bytes that were read; no new generation is made of it."""

    def roots(self) -> tuple[Root, ...]:
        """Returns the folders and files that the newest generation covers."""

    def holds(self, place: str) -> bool:
        """Tells whether a place is where the index keeps its own files."""

    def strangers(self) -> list[str]:
        """Returns what lies among the index's own files and is not the index's; it is left alone."""

    def verify(self) -> None:
        """Checks every byte of the newest generation that has not been checked; raises IndexDamagedError."""

    def look_again(self) -> None:
        """Looks at once whether what is being read was damaged meanwhile; raises IndexDamagedError."""

    def doubt(self) -> None:
        """Has `verify` check all anew, as bits may rot where nothing tells."""

    def is_verified(self) -> bool:
        """Tells whether the newest generation is one that was checked, and that nobody has touched since."""

    def writing(self) -> AbstractContextManager[None]:
        """Holds the index for writing, so that what is read of it stays so; raises IndexBusyError."""

    def commit(self, changes: Changes, rebuild: bool = False) -> int:
        """Makes a new generation current, atomically and durably, and returns its number.

        It is called while `writing`; raises IndexNotWrittenError, when the old generation is still whole.
        """


def open_index(folder: Path) -> Index:
    """Returns the index in a folder, which need not be there yet."""
    from kb.index.generations import Generations

    return Generations(folder)


def draft(puts: Iterable[Put]) -> bytes:
    """Returns what a batch of files comes to in the index; a pure function, for a process of its own."""
    from kb.index import drafts

    return drafts.draft(puts)
