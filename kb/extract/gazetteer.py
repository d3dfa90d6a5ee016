"""Names of software: canonical name, other spellings, kind, and how much evidence a mention of each asks for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from kb.words import fold

Needs = Literal["-", "capital", "code", "camel"]


class Entry(NamedTuple):
    """A name of the gazetteer; `needs` says where it counts: anywhere, capitalised, marked as code, or
    (a guess of the matcher's, `camel`) beside a known one.
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
def entries() -> dict[str, Entry]:
    """Returns the entries by folded spelling, aliases included."""
    found: dict[str, Entry] = {}
    spelt: dict[str, Entry] = {}
    for line in files("kb.extract").joinpath("gazetteer.tsv").read_text(encoding="utf-8").split("\n"):
        if not line or line[0] == "#":
            continue
        name, aliases, kind, needs = line.split("\t")
        found[fold(name)] = entry = Entry(name, kind, needs)  # type: ignore[arg-type]
        for alias in aliases.split(", ") if aliases else ():
            guarded = (
                entry._replace(needs="capital") if alias.endswith("!") else entry._replace(needs=_looser(alias, needs))
            )
            spelt[fold(alias.rstrip("!"))] = guarded
    return spelt | found


def _looser(alias: str, needs: str) -> Needs:
    """Returns what another spelling needs: nothing more where it is plainly no ordinary word."""
    return "-" if " " in alias or "." in alias or needs == "-" else "capital" if len(alias) > 2 else "code"


class Start(NamedTuple):
    """What spellings begin with a word: how long the longest is, whether one is the word alone, what comes second.

    `weak` are those that only code, or a sure tool beside them, makes tools.
    """

    longest: int
    alone: bool
    seconds: frozenset[str]
    weak: bool = False


@cache
def starts() -> dict[str, Start]:
    """Returns what spellings begin with each folded word."""
    found: dict[str, list[list[str]]] = {}
    for spelling in entries():
        words = spelling.split()
        found.setdefault(words[0], []).append(words)
    return {
        first: Start(
            max(map(len, spelt)),
            any(len(words) == 1 for words in spelt),
            frozenset(words[1] for words in spelt if len(words) > 1),
            all(entries()[" ".join(words)].needs == "code" for words in spelt),
        )
        for first, spelt in found.items()
    }


def canonical(text: str) -> str | None:
    """Returns the canonical name of a spelling, or None."""
    entry = entries().get(fold(" ".join(text.split())))
    return entry.name if entry else None


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for spelling, entry in entries().items():
        if spelling != fold(entry.name):
            found.setdefault(entry.name, []).append(spelling)
    return {name: tuple(sorted(spellings)) for name, spellings in found.items()}


def aliases(name: str) -> tuple[str, ...]:
    """Returns the other spellings of a canonical name."""
    return _spellings().get(name, ())
