"""Names of software: canonical name, other spellings, kind, and how much evidence a mention of each asks for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from kb.words import fold

Needs = Literal["-", "capital", "word", "code", "camel"]


class Entry(NamedTuple):
    """A name of the gazetteer; `needs` says where it counts: anywhere, capitalised (`word`: by more than that, for
    it is frequent or another's name), marked as code, or (a guess of the matcher's, `camel`) beside a known one.
    """

    name: str
    kind: str
    needs: Needs


class Spot(NamedTuple):
    """A place that may be a mention: offsets in the line, what it would be, and the evidence for it."""

    start: int
    end: int
    entry: Entry
    score: float


@cache
def _rows() -> dict[str, str]:
    """Returns what the gazetteer says of each folded spelling; a row is read when its name is met."""
    text = files("kb.extract").joinpath("gazetteer.tsv").read_text(encoding="utf-8")
    return {spelling: row for spelling, _, row in (line.partition("\t") for line in text.split("\n")) if row}


@cache
def entry(spelling: str) -> Entry | None:
    """Returns the entry of a folded spelling, or None."""
    row = _rows().get(spelling)
    if row is None:
        return None
    name, kind, needs = row.split("\t")
    return Entry(name or spelling, kind, needs)  # type: ignore[arg-type]


@cache
def _not_tools() -> frozenset[str]:
    return frozenset(files("kb.extract").joinpath("not_tools.txt").read_text(encoding="utf-8").split("\n"))


def is_refused(spelling: str) -> bool:
    """Tells whether a folded spelling is known to be no tool, however it is written: `NoSQL`, `LinkedIn`."""
    return spelling in _not_tools()


class Start(NamedTuple):
    """What spellings begin with a word: how long the longest is, whether one is the word alone, what comes second.

    `weak` are those that only code, or a sure tool beside them, makes tools.
    """

    longest: int
    alone: bool
    seconds: frozenset[str]
    weak: bool = False


@cache
def _longer() -> dict[str, list[list[str]]]:
    """Returns the words of the spellings that have several, by the first of them."""
    found: dict[str, list[list[str]]] = {}
    for spelling in _rows():
        if " " in spelling:
            words = spelling.split()
            found.setdefault(words[0], []).append(words)
    return found


def start(word: str) -> Start | None:
    """Returns what spellings begin with a folded word, or None."""
    longer = _longer().get(word, [])
    if not longer and word not in _rows():
        return None
    alone = entry(word)
    weak = alone is not None and alone.needs == "code" and not longer
    return Start(max(map(len, longer), default=1), alone is not None, frozenset(w[1] for w in longer), weak)


def canonical(text: str) -> str | None:
    """Returns the canonical name of a spelling, or None."""
    found = entry(fold(" ".join(text.split())))
    return found.name if found else None


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for spelling, row in _rows().items():
        if name := row.partition("\t")[0]:
            found.setdefault(name, []).append(spelling)
    return {name: tuple(sorted(spellings)) for name, spellings in found.items()}


def aliases(name: str) -> tuple[str, ...]:
    """Returns the other spellings of a canonical name."""
    return _spellings().get(name, ())
