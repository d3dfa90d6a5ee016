"""Talks read by the user's templates: every line that one matches is a talk, and nothing else is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, takewhile
from operator import attrgetter

from msgspec.structs import replace

from kb.dates import date_in
from kb.extract import candidates, opening, ratings, speakers
from kb.extract.candidates import BOLD, ITEM, Candidate
from kb.extract.speakers import NOBODY, Cast, Person
from kb.outline import Block, Outline, gapped, plain
from kb.records import Rating
from kb.styles import Pattern, Style

WHOLE = 0  # The level of the one talk of a file, above all headings.
_NEAR = 12  # Lines below a title among which those of a template stand.
_line_of = attrgetter("line")
_READ = frozenset({"speaker", "company", "handle"})

Titled = tuple[Style, Block, dict[str, str]]


def talks(outline: Outline, styles: Sequence[Style], heads: Sequence[Candidate]) -> list[Candidate]:
    """Returns the lines that the templates match, in order, each read by the first one that does."""
    of: dict[int, Titled] = {}
    for style in styles:
        for block, fields in titled(outline, style):
            of.setdefault(block.line, (style, block, fields))
            if style.is_whole:
                break
    found = [of[line] for line in sorted(of)][: candidates.MOST]
    if whole := next((one for one in found if one[0].is_whole), None):
        found = [whole]
    ends = [block.line - 1 for _, block, _ in found[1:]] + [len(outline.lines)]
    return [_read(outline, one, end, heads) for one, end in zip(found, ends, strict=False)]


def is_in(outline: Outline, style: Style) -> bool:
    """Tells whether a note has a line that a template matches."""
    return next(titled(outline, style), None) is not None


def titled(outline: Outline, style: Style) -> Iterator[tuple[Block, dict[str, str]]]:
    """Yields the lines that a template matches, as blocks of their own, with their fields by name."""
    if style.is_whole and style.head.place == "line":
        yield from _front(outline, style.head)
    for block in outline.blocks:
        for line in standing(outline, block, style.head):
            fields = _fields(style.head, line)
            if fields is not None and any(map(str.isalnum, plain(fields["title"]))):
                yield line, fields


def _front(outline: Outline, head: Pattern) -> Iterator[tuple[Block, dict[str, str]]]:
    """Yields the lines of the front matter that a template matches."""
    for number, text in enumerate(outline.lines[: outline.front.end_line], 1):
        if fields := head.read(text.strip()):
            end = outline.front.end_line
            yield Block("paragraph", number, end, text), {k: v.strip("\"'") for k, v in fields.items()}


def standing(outline: Outline, block: Block, head: Pattern) -> Iterator[Block]:
    """Yields what of a block may be a title by its place, each without the lines below it."""
    first, *rest = block.text.split("\n")
    if head.place == "heading":
        if block.kind == "heading" and block.level == head.level:
            yield replace(block, text=" ".join(block.text.split("\n")))
    elif head.place == "row":
        if block.kind == "row" and block.level > 0:
            yield block
    elif head.place in ("item", "number"):
        is_number = outline.lines[block.line - 1].lstrip()[:1].isdigit()
        if (
            block.kind == "item"
            and block.level == head.level
            and is_number == (head.place == "number")
            and first.strip()
        ):
            yield replace(block, text=first, end_line=block.line)
    elif block.kind == "paragraph" or (block.kind == "item" and not first.strip()):
        # An item whose own line is empty holds a paragraph.
        start = 0 if block.kind == "paragraph" else 1
        texts = [first, *rest][start:] if head.is_worded else [first, *rest][start : start + 1]
        for n, text in enumerate(texts, block.line + start):
            yield replace(block, line=n, end_line=n, text=text)


def _fields(pattern: Pattern, block: Block) -> dict[str, str] | None:
    """Returns the fields of a line; None where it is not so, or has no rating where one has to be."""
    if pattern.place == "row":
        return pattern.read_row(tuple(map(plain, block.cells))) or pattern.read_row(block.cells)
    fields = pattern.read(plain(gapped(block.text)), block.text)
    if fields is None or ("rating" in fields and ratings.value_of(plain(fields["rating"])) is None):
        return None
    return fields


def _read(outline: Outline, of: Titled, end: int, heads: Sequence[Candidate]) -> Candidate:
    """Reads a line as the title of a talk: by its template, and by the ordinary rules what that does not say."""
    style, block, fields = of
    below = block.end_line + 1
    level = (
        WHOLE
        if style.is_whole
        else block.level
        if block.kind == "heading"
        else ITEM
        if block.kind in ("item", "row")
        else BOLD
    )
    if style.head.place == "row":
        end = block.line
    elif style.head.place in ("item", "number"):
        end = min(end, _end_of_item(outline, block))
    else:
        later = islice(heads, bisect_right(heads, block.line, key=_line_of), None)
        within = takewhile(lambda head: head.line <= end, later)
        end = next((h.line - 1 for h in within if h.level <= level and h.role != "section"), end)
    at = dict.fromkeys(fields, block.line)
    for line, more in _below(outline, style, below, end):
        at |= dict.fromkeys(more, line)
        fields = fields | more
    title, rating = plain(fields["title"]), None
    if "rating" in style.fields:
        mark = ratings.value_of(plain(fields.get("rating", "")))
        rating = Rating(mark.value, mark.raw, at["rating"]) if mark else None
    else:
        mark = ratings.in_heading(title)
        title = ratings.without(title, mark)
        rating = Rating(mark.value, mark.raw, block.line) if mark else opening.rating_below(outline, below, end)
    cast, where = _cast(fields), at.get("speaker", block.line)
    if not _READ & style.fields:
        cast, where = opening.cast_below(outline, below, end, level)
    return Candidate(
        block, level, " ".join(plain(block.text).split()), "title", candidates.clean_title(title) or title,
        cast, where, rating, 9.0, ("by the style of kb.yaml",), end, date=date_in(fields.get("date", "")),
    )  # fmt: skip


def _end_of_item(outline: Outline, block: Block) -> int:
    """Returns the last line of an item: before the next one that is as high, a heading or a rule."""
    start = bisect_right(outline.blocks, block.line, key=_line_of)
    for other in islice(outline.blocks, start, None):
        if other.kind in ("heading", "rule") or (other.kind == "item" and other.level <= block.level):
            return other.line - 1
    return len(outline.lines)


def _below(outline: Outline, style: Style, line: int, end: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields what the lines below a title say, each of the template once; those that begin with words come first."""
    near = list(outline.said(line, end)[:_NEAR])
    for pattern in sorted(style.below, key=lambda p: not p.is_worded):
        for said in near:
            block = replace(said.block, text=said.text)
            if _stands(block, pattern) and (fields := _fields(pattern, block)) is not None:
                yield said.line, fields
                near.remove(said)
                break


def _stands(block: Block, pattern: Pattern) -> bool:
    """Tells whether a line stands where a template says; a line without a marker stands anywhere."""
    if pattern.place == "heading":
        return block.kind == "heading" and block.level == pattern.level
    return pattern.place == "line" or (pattern.place in ("item", "number") and block.kind == "item")


def _cast(fields: Mapping[str, str]) -> Cast:
    """Returns the people of a talk: as they are named, with the company and the handle beside them."""
    people = named(fields["speaker"]) if fields.get("speaker") else ()
    handle = plain(fields.get("handle", "")).lstrip("@") or None
    if not people and handle:
        people = (Person(f"@{handle}", None, handle),)
    if not people:
        return NOBODY
    company = plain(fields.get("company", "")) or None
    people = tuple(p._replace(affiliation=company or p.affiliation) for p in people)
    if handle and len(people) == 1:
        people = (people[0]._replace(handle=handle),)
    return Cast(people, 9.0, True)


def named(text: str) -> tuple[Person, ...]:
    """Returns the people that a text which is known to name some does; it is the name, where that cannot be told."""
    bare = text.strip(" \t*_,;:")
    return speakers.people(f"Speaker: {text}").people or ((Person(bare),) if any(map(str.isalnum, bare)) else ())
