"""Records for people: tables and texts for the terminal, and the lines that editors read."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any

from kb import answers
from kb.query.explanation import PLURALS
from kb.query.phrases import Question
from kb.service import Reader

Out = Callable[[str], None]
GAP = "   "  # Between the columns of a table.


def answer(given: answers.Answer, form: str, reader: Reader, out: Out, out_json: Callable[[object], None]) -> None:
    """Writes an answer in a format."""
    if form == "json":
        out_json(given)
    elif form == "jsonl":
        for hit in given.hits:
            out_json(hit)
    elif form == "csv":
        out(_csv(given).rstrip("\n"))
    elif form in ("paths", "vimgrep"):
        for line in _places(given, form, reader):
            out(line)
    else:
        out(_table(given))


def _places(given: answers.Answer, form: str, reader: Reader) -> list[str]:
    """Returns where hits stand, as paths that open from here: once each, or each with line, column and text."""
    placed = [hit for hit in given.hits if getattr(hit, "source", None)]
    here = {path: _from_here(place) for path, place in reader.locations({h.source.path for h in placed}).items()}
    if form == "paths":
        return list(dict.fromkeys(here[hit.source.path] for hit in placed))
    lines = []
    for hit in placed:
        spots = getattr(hit, "snippets", None) or [None]
        for spot in spots:
            line, column, text = (spot.line, spot.column, spot.text) if spot else (hit.source.line, 1, _title(hit))
            lines.append(f"{here[hit.source.path]}:{line}:{column}:{clean(text)}")
    return lines


def _from_here(place: str) -> str:
    relative = os.path.relpath(place)
    return place if relative.startswith("..") else relative


def _title(hit: Any) -> str:
    for name in ("title", "name", "text"):
        if value := getattr(hit, name, None):
            return str(value)
    return f"{getattr(hit, 'raw', '')} {hit.talk.title}".strip()


def clean(text: str) -> str:
    """Returns text on one line, without the control characters that a terminal would obey."""
    return "".join(c if c.isprintable() else " " if c in "\t\n" else "\ufffd" for c in text)


def stars(value: float | int | None) -> str:
    """Returns a rating out of 5 as stars, a half one as ½."""
    if value is None:
        return ""
    full = int(value)
    return "★" * full + ("½" if value - full >= 0.25 else "")


def _columns(kind: str) -> list[tuple[str, Callable[[Any], str]]]:
    """Returns the columns of a kind's table: heading and cell."""
    where: tuple[str, Callable[[Any], str]] = ("where", lambda h: f"{h.source.path}:{h.source.line}")
    columns: dict[str, list[tuple[str, Callable[[Any], str]]]] = {
        "talk": [
            ("rating", lambda h: stars(h.rating.value) if h.rating else ""),
            ("title", lambda h: h.title),
            ("speakers", _people),
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
    return columns[kind]


def _people(hit: Any) -> str:
    return ", ".join(f"{p.name} ({p.affiliation})" if p.affiliation else p.name for p in hit.speakers)


def _table(given: answers.Answer) -> str:
    """Returns an answer as a table under what was understood; without colours where nobody would see them."""
    n = given.total
    said = given.query.explanation
    lines = [f"{n} {PLURALS[given.kind] if n != 1 else given.kind}: {clean(said)}   [{clean(given.query.canonical)}]"]
    if given.hits:
        columns = _columns(given.kind)
        rows = [[clean(cell(hit)) for _, cell in columns] for hit in given.hits]
        lines += ["", *aligned([name for name, _ in columns], rows)]
    for hit in given.hits:
        if reasons := getattr(hit, "why", None):
            lines += [
                "",
                f"{hit.score:.3f} {clean(_title(hit))}",
                *(f"  {r.score:>8.3f}  {clean(r.condition)}" for r in reasons),
            ]
    for name, values in given.facets.items():
        lines += ["", f"{name}:" if values else f"{name}: none", *(f"  {v.count:>5}  {clean(v.label)}" for v in values)]
    if given.next:
        lines += ["", f"{len(given.hits)} of {n} shown; the next with --cursor {given.next}"]
    return "\n".join(lines)


def aligned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the lines of a table; Rich is called only where cells have to be broken for it to fit."""
    from rich.cells import cell_len

    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((120, 24)).columns if terminal else 120
    coloured = terminal and "NO_COLOR" not in os.environ
    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)]
    whole = sum(widths) + len(GAP) * (len(widths) - 1)
    if whole > width:
        return broken(names, rows, width, coloured)
    lines = [
        GAP.join(cell + " " * (room - cell_len(cell)) for cell, room in zip(row, widths, strict=True)).rstrip()
        for row in (names, *rows)
    ]
    return [f"\x1b[1m{lines[0]}\x1b[0m" if coloured else lines[0], "─" * whole, *lines[1:]]


def broken(names: Sequence[str], rows: Sequence[Sequence[str]], width: int, coloured: bool) -> list[str]:
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
    Console(file=text, width=width, force_terminal=coloured).print(table)
    return [line.rstrip() for line in text.getvalue().rstrip("\n").split("\n")]


def _csv(given: answers.Answer) -> str:
    """Returns an answer as CSV; a cell that a spreadsheet would run as a formula begins with an apostrophe (OWASP)."""
    columns = [(name, cell) for name, cell in _columns(given.kind) if name != "where"]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["id", *(name.replace(" ", "_") for name, _ in columns), "path", "line"])
    for hit in given.hits:
        cells = [_plain_cell(hit, name, cell) for name, cell in columns]
        source = getattr(hit, "source", None) or None
        place = [source.path, source.line] if source else ["", ""]
        writer.writerow([_safe(str(c)) for c in [hit.id, *cells, *place]])
    return buffer.getvalue()


def _plain_cell(hit: Any, name: str, cell: Callable[[Any], str]) -> str:
    if name == "rating":
        value = hit.value if hit.kind == "rating" else hit.rating.value if hit.rating else ""
        return str(value)
    return cell(hit)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def record(hit: Any, form: str) -> str:
    """Returns one whole record as text, or a talk as the Markdown of its note."""
    if form == "markdown":
        return _markdown(hit)
    lines = [clean(_title(hit))]
    for name in (
        "speakers",
        "rating",
        "event",
        "date",
        "spellings",
        "affiliations",
        "handles",
        "mean_rating",
        "aliases",
    ):
        value = getattr(hit, name, None)
        if value:
            shown = (
                _people(hit)
                if name == "speakers"
                else stars(value.value) + f" ({value.raw})"
                if name == "rating"
                else value
            )
            text = ", ".join(map(str, shown)) if isinstance(shown, list) else str(shown)
            lines.append(f"{name.replace('_', ' ')}: {clean(text)}")
    if getattr(hit, "tools", None):
        lines.append("tools: " + clean(", ".join(t.name for t in hit.tools)))
    if getattr(hit, "source", None):
        lines.append(f"source: {clean(hit.source.path)}:{hit.source.line}-{hit.source.end_line}")
    lines += [clean(f"{link.role or 'link'}: {link.url}") for link in getattr(hit, "links", None) or ()]
    for talk in getattr(hit, "talks", None) or ():
        mark = stars(talk.rating.value) if talk.rating else "-"
        lines.append(clean(f"  {mark:<5} {talk.title}  {talk.source.path}:{talk.source.line}"))
    if hit.kind == "talk":
        body = "\n".join(clean(line) for line in hit.text.split("\n"))
        lines += ["", body]
    return "\n".join(lines)


def _markdown(hit: Any) -> str:
    if hit.kind == "talk":
        return str(hit.text)
    lines = [f"# {_title(hit)}", ""]
    lines += [f"- {t.title} ({t.source.path}:{t.source.line})" for t in getattr(hit, "talks", None) or ()]
    return "\n".join(lines)


def parsed(read: answers.Parsed) -> str:
    """Returns what was read out of a note as text: its talks, why its headings are or are no talks, its problems."""
    note = read.note
    assert note.source
    head = [
        f"{clean(note.title)}",
        f"event: {clean(note.event or '-')}   date: {note.date or '-'}   talks: {note.talk_count}",
    ]
    lines = [line for line in head if line]
    for talk in read.talks:
        assert talk.source
        mark = f"{stars(talk.rating.value)} ({talk.rating.raw}) " if talk.rating else ""
        lines += ["", clean(f"{talk.source.line}-{talk.source.end_line}: {mark}{talk.title}")]
        for person in talk.speakers:
            said = [person.name, person.affiliation, f"@{person.handle}" if person.handle else None]
            lines.append(clean("  speaker: " + ", ".join(filter(None, said))))
        if talk.tools:
            lines.append(clean("  tools: " + ", ".join(f"{t.name} ({t.line})" for t in talk.tools)))
    if read.decisions:
        lines += ["", "why:"]
        lines += [
            clean(
                f"  {d.line}: {'talk' if d.is_talk else 'no talk'}, {d.score:+g}: {d.text[:60]} ({'; '.join(d.reasons)})"
            )
            for d in read.decisions
        ]
    if read.problems:
        lines += ["", "problems:", *(clean(f"  {p}{f' ({p.hint})' if p.hint else ''}") for p in read.problems)]
    return "\n".join(lines)


def explained(question: Question) -> str:
    """Returns how a question is understood as text."""
    lines = [f"canonical: {clean(question.canonical)}", f"in words:  {clean(question.explanation)}"]
    for part in question.parts:
        meaning = f" -> {part.meaning}" if part.meaning else ""
        lines.append(clean(f"  {part.words!r}: {part.rule}{meaning}"))
    lines += [f"warning:   {clean(warning)}" for warning in question.warnings]
    if question.suggestion:
        lines.append(f"did you mean: {clean(question.suggestion)}")
    return "\n".join(lines)


def status(told: answers.Status) -> str:
    """Returns the state of the index as text."""
    counts = ", ".join(f"{n} {PLURALS[kind] if n != 1 else kind}" for kind, n in told.counts.items())  # type: ignore[index]
    return "\n".join(
        [
            f"generation {told.generation}, made {told.updated_at} ({told.age_seconds} s ago), {told.bytes:,} bytes",
            f"notes from: {', '.join(clean(r) for r in told.roots)}",
            counts,
            f"problems: {told.problems}",
            f"stale files: {', '.join(map(clean, told.stale_files)) or 'none'}",
        ]
    )
