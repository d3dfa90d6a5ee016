"""Answers as tables for the terminal, and the cells that tables and CSV have in common."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kb import answers
from kb.printable import one_line
from kb.query.explanation import PLURALS
from kb.records import Kind

GAP = "   "  # Between the columns of a table.
RULE = "─"


class Line(NamedTuple):
    """A line of a table; those of its head are shown in bold."""

    text: str
    is_head: bool = False


def stars(value: float | int | None) -> str:
    """Returns a rating out of 5 as stars, a half one as ½."""
    if value is None:
        return ""
    full = int(value)
    return "★" * full + ("½" if value - full >= 0.25 else "")


def title(hit: Any) -> str:
    """Returns what a hit is called: a part of a talk by its own text and the talk."""
    for name in ("title", "name", "text"):
        if value := getattr(hit, name, None):
            return str(value)
    return f"{getattr(hit, 'raw', '')} {hit.talk.title}".strip()


def columns(kind: Kind) -> list[tuple[str, Callable[[Any], str]]]:
    """Returns the columns of a kind's table: heading and cell."""
    where: tuple[str, Callable[[Any], str]] = ("where", lambda h: f"{h.source.path}:{h.source.line}")
    listed: dict[Kind, list[tuple[str, Callable[[Any], str]]]] = {
        "talk": [
            ("rating", lambda h: stars(h.rating.value) if h.rating else ""),
            ("title", lambda h: h.title),
            ("speakers", lambda h: people(h.speakers)),
            where,
        ],
        "speaker": [
            ("name", lambda h: h.name),
            ("affiliations", lambda h: ", ".join(h.affiliations)),
            ("talks", lambda h: str(h.talk_count)),
            ("mean rating", lambda h: "" if h.mean_rating is None else str(h.mean_rating)),
        ],
        "tool": [
            ("name", lambda h: h.name),
            ("talks", lambda h: str(h.talk_count)),
            ("mentions", lambda h: str(h.mention_count)),
        ],
        "rating": [
            ("rating", lambda h: stars(h.value)),
            ("raw", lambda h: h.raw),
            ("talk", lambda h: h.talk.title),
            where,
        ],
        "mention": [("tool", lambda h: h.tool.name), ("text", lambda h: h.text.strip()), where],
        "note": [
            ("title", lambda h: h.title),
            ("event", lambda h: h.event or ""),
            ("date", lambda h: h.date or ""),
            ("talks", lambda h: str(h.talk_count)),
            where,
        ],
    }
    return listed[kind]


def people(speakers: Sequence[answers.SpeakerOfTalk]) -> str:
    """Returns the speakers of a talk, each with where they are from."""
    return ", ".join(f"{p.name} ({p.affiliation})" if p.affiliation else p.name for p in speakers)


def table(given: answers.Answer) -> list[Line]:
    """Returns an answer as a table under what was understood."""
    n, said = given.total, given.query
    lines = [Line(f"{_counted(n, given.kind)}: {one_line(said.explanation)}   [{one_line(said.canonical)}]")]
    if given.hits:
        shown = columns(given.kind)
        rows = aligned([name for name, _ in shown], [[one_line(cell(hit)) for _, cell in shown] for hit in given.hits])
        head = next(at for at, row in enumerate(rows) if row.startswith(RULE))
        lines += [Line(""), *(Line(row, at < head) for at, row in enumerate(rows))]
    rest: list[str] = []
    for hit in given.hits:
        if reasons := getattr(hit, "why", None):
            rest += ["", f"{hit.score:.3f} {one_line(title(hit))}"]
            rest += [f"  {r.score:>8.3f}  {one_line(r.condition)}" for r in reasons]
    for name, values in given.facets.items():
        rest += ["", f"{name}:" if values else f"{name}: none"]
        rest += [f"  {v.count:>5}  {one_line(v.label)}" for v in values]
    if given.next:
        rest += ["", f"{len(given.hits)} of {n} shown; the next with --cursor {given.next}"]
    return [*lines, *map(Line, rest)]


def _counted(n: int, kind: Kind) -> str:
    return f"{n} {kind if n == 1 else PLURALS[kind]}"


def aligned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the lines of a table; Rich is called only where cells have to be broken for it to fit."""
    from rich.cells import cell_len

    width = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 120
    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)]
    whole = sum(widths) + len(GAP) * (len(widths) - 1)
    if whole > width:
        return broken(names, rows, width)
    lines = [
        GAP.join(cell + " " * (room - cell_len(cell)) for cell, room in zip(row, widths, strict=True)).rstrip()
        for row in (names, *rows)
    ]
    return [lines[0], RULE * whole, *lines[1:]]


def broken(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Returns the lines of a table whose cells go over several lines."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(name, overflow="fold", no_wrap=name in ("rating", "date"))
    for row in rows:
        table.add_row(*map(Text, row))
    text = io.StringIO()
    Console(file=text, width=width, color_system=None).print(table)
    return [line.rstrip() for line in text.getvalue().rstrip("\n").split("\n")]
