"""The kinds of habits: what each says, and the patterns that it is written by."""

from __future__ import annotations

from msgspec import Struct


class Frame(Struct, frozen=True):
    """Where talks stand: `kind` says how they are laid out, `mark` what stands before a head, `level` of which heading."""

    name: str
    kind: str
    mark: str = ""
    level: int = 0
    header: str = ""
    alone: bool = False


class Mark(Struct, frozen=True):
    """How a title is decorated: {} is the title, {n} the talk's number, {t} and {u} when it begins and ends.

    `alt` is a title that may be read, too; `whole` says that it stands at the ends of the line, speakers included.
    """

    name: str
    pattern: str
    alt: str = ""
    whole: bool = False


class Seat(Struct, frozen=True):
    """Where speakers stand: in the line of the title, below it, in a column, in the front matter, nowhere.

    {t} is the title, {p} the people, {by}, {speaker} and so on words of the language; `labelled` says that a word or
    a place names them speakers, whatever their names look like.
    """

    name: str
    place: str
    pattern: str = ""
    labelled: bool = False
    full: bool = False


class Form(Struct, frozen=True):
    """How one speaker is written: {n} the name, {c} the company, {r} the role, {h} the handle."""

    name: str
    pattern: str

    @property
    def signs(self) -> frozenset[str]:
        """The signs that stand between the parts of one speaker."""
        return frozenset(
            sign for sign in (",", "-", "–", "|", "/", ";", "@") if sign in self.pattern.replace("http://", "")
        )


class Join(Struct, frozen=True):
    """How several speakers of a talk are joined; `shared` writes a company once, for all of them."""

    name: str
    count: int
    sign: str = ""
    last: str = ""
    shared: bool = False


class Stars(Struct, frozen=True):
    """How a rating is written: `pattern` of {v}, or a function of the writer; `values` are those it can say."""

    name: str
    values: tuple[float, ...]
    pattern: str = ""
    full: str = ""
    empty: str = ""
    bare: bool = False


class Spot(Struct, frozen=True):
    """Where the rating stands: at the head's end or beginning, below it, at the talk's end, in a column, in front matter."""

    name: str
    place: str
    pattern: str = "{s}"
    labelled: bool = False


class Occasion(Struct, frozen=True):
    """Where event and date are said."""

    name: str
    place: str
    dated: bool = False


class Day(Struct, frozen=True):
    """How a date is spelt, of {y}, {m}, {d} (numbers), {mm} and {dd} (two digits), {month}, {mon}; or as the language does."""

    name: str
    pattern: str


class Plain(Struct, frozen=True):
    """A habit that is all in its name; `pattern` where it is a shape of lines."""

    name: str
    pattern: str = ""
