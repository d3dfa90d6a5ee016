"""The records that are read out of notes: frozen values without IO, each with its source.

Lines and columns are 1-based; columns count Unicode code points of the line as stored.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["talk", "speaker", "rating", "mention", "tool", "note"]
KINDS: tuple[Kind, ...] = ("talk", "speaker", "rating", "mention", "tool", "note")


class Source(Struct, frozen=True):
    """Where a record stands: a path below the notes folder and the lines it covers, both included."""

    path: str
    line: int
    end_line: int


class Problem(Struct, frozen=True, order=True):
    """Something that could not be read, as a value: printed as `path:line: message`."""

    path: str
    line: int
    message: str
    hint: str = ""
    code: str = "note"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class Appearance(Struct, frozen=True):
    """A speaker as one talk names them; `affiliation` and `handle` (without @) where the note says so.

    `person` is who it is by the user's word (`kb.yaml`), where that says so.
    """

    name: str
    line: int
    affiliation: str | None = None
    handle: str | None = None
    person: str | None = None


class Rating(Struct, frozen=True):
    """The mark a note gives a talk: `value` out of 5, and `raw` as it was written."""

    value: float
    raw: str
    line: int


class Mention(Struct, frozen=True):
    """A tool named at one place of a talk: its canonical `name`, and `text` as it was spelt there."""

    name: str
    text: str
    line: int
    column: int


class Link(Struct, frozen=True):
    """A link of a talk; `role` is slides, video, code or empty."""

    url: str
    text: str
    line: int
    role: str = ""


class Section(Struct, frozen=True):
    """A heading inside a talk; `level` is 1 to 6."""

    title: str
    line: int
    level: int


class Talk(Struct, frozen=True):
    """One session in a note; `id` is `<note>/<slug of the title>`, `text` its source lines joined by LF."""

    id: str
    title: str
    source: Source
    speakers: tuple[Appearance, ...] = ()
    rating: Rating | None = None
    mentions: tuple[Mention, ...] = ()
    links: tuple[Link, ...] = ()
    sections: tuple[Section, ...] = ()
    event: str | None = None
    date: str | None = None
    text: str = ""

    @property
    def note(self) -> str:
        """The id of the note that the talk stands in."""
        return self.id.partition("/")[0]

    def line(self, number: int) -> str:
        """Returns a line of the talk by its number in the note, empty where the talk does not cover it."""
        lines, at = self.text.split("\n"), number - self.source.line
        return lines[at] if 0 <= at < len(lines) else ""


class Note(Struct, frozen=True):
    """One Markdown file: what it is about, when, and how long it is."""

    id: str
    title: str
    source: Source
    event: str | None = None
    date: str | None = None


class Decision(Struct, frozen=True):
    """Why a heading, list item or table row is, or is not, read as a talk."""

    line: int
    text: str
    is_talk: bool
    score: float
    reasons: tuple[str, ...]


class Reading(Struct, frozen=True):
    """All that is read out of one note; `matched` is what it has of the things that a kb.yaml above it speaks of."""

    note: Note
    talks: tuple[Talk, ...] = ()
    problems: tuple[Problem, ...] = ()
    decisions: tuple[Decision, ...] = ()
    matched: tuple[str, ...] = ()


class Speaker(Struct, frozen=True):
    """One person over all notes, however spelt, and the ids of the talks in the notes' order."""

    id: str
    name: str
    spellings: tuple[str, ...]
    affiliations: tuple[str, ...]
    handles: tuple[str, ...]
    talks: tuple[str, ...]
    mean_rating: float | None = None


class Tool(Struct, frozen=True):
    """One tool over all mentions; `aliases` are the other spellings that the notes use."""

    id: str
    name: str
    aliases: tuple[str, ...]
    talks: tuple[str, ...]
    mention_count: int


def year_of(talk: Talk | Note) -> int | None:
    """Returns the year of a talk or note: of its date, else the one that its event's name states."""
    if talk.date:
        return int(talk.date[:4])
    digits = [w for w in (talk.event or "").replace("-", " ").split() if len(w) == 4 and w.isdecimal()]
    return next((int(w) for w in digits if 1950 <= int(w) <= 2100), None)
