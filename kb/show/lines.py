"""Answers as lines that other programs read: CSV, and places for editors."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from kb import answers
from kb.index import Snapshot
from kb.printable import one_line
from kb.records import Kind
from kb.show.places import Here, places
from kb.show.tables import columns


def lines_of(form: str, kind: Kind, hits: Iterable[answers.Hit], snapshot: Snapshot) -> Iterator[str]:
    """Returns hits as the lines of a format."""
    if form == "csv":
        return csv_lines(kind, hits)
    return path_lines(hits, snapshot) if form == "paths" else vimgrep_lines(hits, snapshot)


def csv_lines(kind: Kind, hits: Iterable[Any]) -> Iterator[str]:
    """Yields hits as CSV; a cell that a spreadsheet would run as a formula begins with an apostrophe (OWASP)."""
    shown = [(name, cell) for name, cell in columns(kind) if name != "where"]
    yield _csv_line(["id", *(name.replace(" ", "_") for name, _ in shown), "path", "line"])
    for hit in hits:
        source = getattr(hit, "source", None) or None
        place = [source.path, source.line] if source else ["", ""]
        cells = [hit.id, *(_plain_cell(hit, name, cell) for name, cell in shown), *place]
        yield _csv_line([_safe(str(cell)) for cell in cells])


def _csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().removesuffix("\n")


def _plain_cell(hit: Any, name: str, cell: Callable[[Any], str]) -> str:
    if name == "rating":
        value = hit.value if hit.kind == "rating" else hit.rating.value if hit.rating else ""
        return str(value)
    return cell(hit)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def json_parts(answer: answers.Answer, hits: Iterable[answers.Hit]) -> Iterator[bytes]:
    """Yields an answer as a line of JSON, with these hits in place of its own."""
    head, hole, tail = answers.encode(replace(answer, hits=[])).partition(b'"hits":[')
    yield head + hole
    for n, hit in enumerate(hits):
        yield b"," + answers.encode(hit) if n else answers.encode(hit)
    yield tail + b"\n"


def path_lines(hits: Iterable[answers.Hit], snapshot: Snapshot) -> Iterator[str]:
    """Yields the paths of the notes that hits stand in, once each, as they open from here."""
    here, known = Here(snapshot.roots), set()
    for hit in hits:
        for at in places(hit, snapshot):
            if at.path not in known:
                known.add(at.path)
                yield one_line(here(at.path))


def vimgrep_lines(hits: Iterable[answers.Hit], snapshot: Snapshot) -> Iterator[str]:
    """Yields where hits stand as `path:line:column:text`, the column counted in bytes, as editors do."""
    here = Here(snapshot.roots)
    for hit in hits:
        for at in places(hit, snapshot):
            column = len(at.text[: at.column - 1].encode("utf-8", "replace")) + 1
            yield f"{here(at.path)}:{at.line}:{column}:{at.text}"
