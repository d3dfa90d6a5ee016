"""Talks that are the rows of a table: their columns are told by the header, or by what most of their cells hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kb.extract import candidates, ratings, speakers, titles
from kb.extract.speakers import NOBODY
from kb.outline import Block, Outline, plain
from kb.records import Rating


class Row(NamedTuple):
    """A talk that is a row: its title, its people and its mark."""

    title: str
    line: int
    cast: speakers.Cast
    rating: Rating | None


class Columns(NamedTuple):
    """Which columns of a table hold what."""

    title: int | None = None
    speaker: int | None = None
    company: int | None = None
    rating: int | None = None
    handle: int | None = None


def _headed(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\W*(?:my\s+|the\s+|mein[e]?\s+)?(?:{words})(?![^\W\d_])", re.IGNORECASE)


_HEADERS = {
    "title": _headed(
        r"talks?|titles?|sessions?|presentations?|topics?|subject|titre|sujet|titel|thema|vortrag|t[ií]tulo|charla|ponencia|titolo|tytu[lł]|temat|n[aá]zev|tittel|foredrag|otsikko|başlık"
        r"|название|доклад|τίτλος|タイトル|題名|講演|标题|標題|主题|제목|발표"
    ),
    "speaker": _headed(
        r"speakers?|presenters?|who|by|person|people|names?|orateurs?|oratrice|intervenants?|sprecher(?:in(?:nen)?)?|vortragende[rn]?|referent(?:in|en)?|ponentes?|oradore?s?|palestrantes?|relator[ei]"
        r"|prelegen(?:t|ci)|p[rř]edn[aá][sš]ej[ií]c[ií]|[rř]e[cč]n[ií]k|talere?|foredragsholdere?|konuşmacı|puhuja|докладчики?|спикеры?|ομιλητ[ήέ]ς|講演者|登壇者|発表者|スピーカー|讲者|演讲者|主讲人|講者|발표자|연사"
    ),
    "company": _headed(
        r"company|companies|affiliation|organi[sz]ation|org|employer|from|firma|unternehmen|soci[eé]t[eé]|entreprise|empresa|azienda|компания|εταιρεία|会社|所属|公司|회사|소속"
    ),
    "rating": re.compile(
        r"^\W*(?:my\s+|meine\s+)?(?:rating|score|stars?|mark|grade|note|bewertung|wertung|sterne|[eé]toiles|calificaci[oó]n|valoraci[oó]n|puntuaci[oó]n|nota|voto|ocena|hodnocen[ií]|vurdering|betyg|оценка|βαθμολογία|評価|评分|評分|평점|★|⭐)",
        re.IGNORECASE,
    ),
    "handle": _headed(r"handles?|twitter|mastodon|x|@"),
}


def rows(outline: Outline) -> list[Row]:
    """Returns the rows of tables that are talks."""
    found: list[Row] = []
    for table in _tables(outline):
        header, *body = table
        if len(found) >= candidates.MOST:
            break
        if columns := _by_header(header) or _by_cells(body):
            at = columns.title or 0
            eased = titles.shapes(plain(block.cells[at]) for block in body if at < len(block.cells))
            read = [row for block in body if (row := _row(columns, block, eased))]
            if columns.speaker is not None or columns.rating is not None or _are_evident(read):
                found.extend(read)
    return found


def _tables(outline: Outline) -> Iterator[list[Block]]:
    """Yields the rows of each table, its header first."""
    table: list[Block] = []
    for block in outline.blocks:
        if block.kind == "row" and (not table or (block.line - table[-1].line <= 2 and block.level > 0)):
            table.append(block)
            continue
        if len(table) > 1:
            yield table
        table = [block] if block.kind == "row" else []
    if len(table) > 1:
        yield table


def _by_header(header: Block) -> Columns | None:
    """Returns the columns that a header names: a title, with people or a mark beside it."""
    names = [plain(cell) for cell in header.cells]
    at = {what: next((n for n, name in enumerate(names) if said.match(name)), None) for what, said in _HEADERS.items()}
    columns = Columns(**at)
    return None if columns.title is None or columns.title in (columns.speaker, columns.rating) else columns


def _are_evident(read: Sequence[Row]) -> bool:
    """Tells whether half of some rows name people, or give marks, in their titles."""
    return bool(read) and 2 * sum(bool(row.cast.people or row.rating) for row in read) >= len(read)


def _by_cells(body: Sequence[Block]) -> Columns | None:
    """Returns the columns of a table by what most cells hold, where they hold titles and people or marks."""
    if len(body) < 2:
        return None
    width = max(len(block.cells) for block in body)
    cells = [[plain(block.cells[n]) for block in body if n < len(block.cells)] for n in range(width)]
    names = [_share(column, lambda cell: speakers.people(cell).score >= 1.5) for column in cells]
    marks = [
        _share(column, lambda cell: bool(ratings.stars(cell)) or ratings.on_line(cell) is not None) for column in cells
    ]
    speaker = max(range(width), key=names.__getitem__)
    rating = max(range(width), key=marks.__getitem__)
    people, mark = (speaker if names[speaker] >= 0.6 else None), (rating if marks[rating] >= 0.6 else None)
    if people is None:
        return None
    rest = [n for n in range(width) if n not in (people, mark)]
    title = max(rest, key=lambda n: sum(len(cell) for cell in cells[n]), default=None)
    if title is None or sum(len(cell.split()) for cell in cells[title]) < 2 * len(cells[title]):
        return None
    return Columns(title, people, None, mark)


def _share(cells: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(holds(cell) for cell in cells) / len(cells) if cells else 0.0


def _row(columns: Columns, block: Block, eased: frozenset[titles.Shape]) -> Row | None:
    """Returns the talk that a row is, unless its title is a break, a day or nothing."""

    def cell(at: int | None) -> str:
        return block.cells[at] if at is not None and at < len(block.cells) else ""

    title = plain(cell(columns.title))
    if not title or candidates.role_of(title) != "title":
        return None
    who, company, handle = cell(columns.speaker), plain(cell(columns.company)), plain(cell(columns.handle)).lstrip("@")
    cast = speakers.people(f"Speaker: {who}") if who.strip() else NOBODY
    if company or handle:
        single = len(cast.people) == 1
        cast = cast._replace(
            people=tuple(
                p._replace(
                    affiliation=p.affiliation or company or None,
                    handle=p.handle or (handle if single else None) or None,
                )
                for p in cast.people
            )
        )
    mark = ratings.value_of(plain(cell(columns.rating))) or ratings.value_of(cell(columns.rating).strip())
    marked = ratings.in_heading(title) if mark is None else None
    title = ratings.without(title, marked)
    if not cast.people and columns.speaker is None:
        title, cast, _ = titles.in_title(title, eased)
    rating = Rating(found.value, found.raw, block.line) if (found := mark or marked) else None
    return Row(candidates.clean_title(title), block.line, cast, rating)
