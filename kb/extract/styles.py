"""The style that a note is written in, found in the talks that were read of it, or from one talk put right by hand.

What is found can be pasted into a kb.yaml: templates, the headings that they match and that are no talks, and what they
read otherwise than it was.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from kb.extract import taught
from kb.extract.talks import Division, Found, divide
from kb.outline import GAP, Block, Outline, gapped, plain
from kb.schema import NONE
from kb.settings import Settings
from kb.styles import FIELDS, Field, Parts, Pattern, Place, Style, StyleError, read_style
from kb.words import slug


class Template(Struct, frozen=True):
    """A template, how many talks it reads, and how many lines that are no talks it matches."""

    style: Style
    talks: int
    left_over: int


class Learned(Struct, frozen=True):
    """The style of a note: its templates, the first that a line fits reading it, and what has to be said beside them."""

    templates: tuple[Template, ...] = ()
    not_talks: tuple[str, ...] = ()
    talks: tuple[str, ...] = ()
    fixes: tuple[tuple[str, tuple[tuple[str, str | list[str]], ...]], ...] = ()

    def __str__(self) -> str:
        """Returns it as the lines of a kb.yaml."""
        styles = [json.dumps(str(one.style), ensure_ascii=False) for one in self.templates]
        lines = (
            [f"style: {styles[0]}"]
            if len(styles) == 1
            else ["style:", *(f"  - {style}" for style in styles)]
            if styles
            else []
        )
        told = [("are", self.talks), ("not", self.not_talks)]
        if any(names for _, names in told):
            lines.append("talks:")
            lines += [f"  {key}: {json.dumps(list(names), ensure_ascii=False)}" for key, names in told if names]
        if self.fixes:
            lines.append("fix:")
        for of, fields in self.fixes:
            said = ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields)
            lines.append(f"  {of}: {{{said}}}")
        return "\n".join(lines)


def learned(outline: Outline, path: str, settings: Settings, read: Division | None = None) -> Learned:
    """Returns the style that the talks of a note are written in."""
    read = read or divide(outline, path, settings)
    if not read.talks:
        return Learned()
    templates = Counter(style for talk in read.talks for style in _of(outline, talk, len(read.talks) == 1))
    styles = sorted(
        templates, key=lambda style: (-len(style.head.fields), -_signs(style), -templates[style], str(style))
    )
    return _checked(outline, path, settings, read, styles)


def _signs(style: Style) -> int:
    """Returns how many signs of a line a template states."""
    return sum(len(part.strip()) for parts in style.head.cells for part in parts if isinstance(part, str))


def _checked(outline: Outline, path: str, settings: Settings, read: Division, styles: Sequence[Style]) -> Learned:
    """Returns templates with what has to be said beside them, so that a note is read with them as it was."""
    titles = {slug(talk.title) for talk in read.talks}
    lines = {talk.line: talk for talk in read.talks}
    bare = replace(settings, style=tuple(styles), fix=())
    others = [t for t in divide(outline, path, bare).talks if t.line not in lines and slug(t.title) not in titles]
    not_talks = tuple(dict.fromkeys(talk.title for talk in others))
    bare = replace(bare, no_talks=bare.no_talks | {slug(title) for title in not_talks})
    again = {talk.line: talk for talk in divide(outline, path, bare).talks}
    fixes = tuple(
        (f"line {line}", tuple(said))
        for line, talk in lines.items()
        if line in again and (said := list(_otherwise(talk, again[line])))
    )
    lost = tuple(talk.title for line, talk in lines.items() if line not in again)
    found = []
    taken: set[int] = set()
    for style in styles:
        matched = {block.line for block, _ in taught.titled(outline, style)} - taken
        taken |= matched
        if mine := len(matched & lines.keys()):
            found.append(Template(style, mine, 0 if style.is_whole else len(matched) - mine))
    return Learned(tuple(found), not_talks, lost, fixes)


def _otherwise(was: Found, now: Found) -> Iterator[tuple[str, str | list[str]]]:
    """Yields what a talk is now read to have otherwise than it was."""
    if was.title != now.title:
        yield "title", was.title
    if [p.name for p in was.cast.people] != [p.name for p in now.cast.people]:
        people = [
            p.name + (f" ({p.affiliation})" if p.affiliation else "") + (f" @{p.handle}" if p.handle else "")
            for p in was.cast.people
        ]
        yield "speakers", people or NONE
    if (was.rating and was.rating.value) != (now.rating and now.rating.value):
        yield "rating", f"{was.rating.value:g}" if was.rating else NONE


def _of(outline: Outline, talk: Found, is_alone: bool) -> Iterator[Style]:
    """Yields the template that a talk's line is written by."""
    is_whole = is_alone and talk.end_line >= len(outline.lines)
    if talk.line <= outline.front.end_line:
        key, colon, _ = outline.lines[talk.line - 1].partition(":")
        if colon:
            yield _sound(Style(Pattern("line", 0, ((f"{key}: ", Field("title")),)), (), True))
        return
    block = _block(outline, talk.line)
    if block is None:
        return
    people = [p.name for p in talk.cast.people] if talk.cast_line == talk.line else []
    mark = talk.rating.raw if talk.rating and talk.rating.line == talk.line else None
    if block.kind == "row":
        cells = [_cell(cell, talk, people, mark) for cell in block.cells]
        while cells and cells[-1] == (Field("_"),):
            cells.pop()
        yield _sound(Style(Pattern("row", 0, tuple(cells or [(Field("title"),)]))))
        return
    place, level, text = _placed(outline, block, talk.line)
    yield _sound(Style(Pattern(place, level, (_parts(text, talk.title, people, mark),)), (), is_whole))


def _sound(style: Style) -> Style:
    """Returns a template that can be written down: one of the title alone, where its signs cannot."""
    try:
        if (read := read_style(str(style))) == style:
            return read
    except StyleError:
        pass
    return replace(style, head=replace(style.head, cells=((Field("title"),),)))


def _block(outline: Outline, line: int) -> Block | None:
    at = bisect_right(outline.blocks, line, key=attrgetter("line")) - 1
    block = outline.blocks[at] if at >= 0 else None
    kinds = ("heading", "item", "paragraph", "row")
    return block if block and block.kind in kinds and line <= block.end_line else None


def _placed(outline: Outline, block: Block, line: int) -> tuple[Place, int, str]:
    """Returns where a title stands, and its line."""
    if block.kind == "heading":
        return "heading", block.level, " ".join(block.text.split("\n"))
    text = block.text.split("\n")[min(line - block.line, block.text.count("\n"))]
    if block.kind == "item" and line == block.line:
        is_number = outline.lines[line - 1].lstrip()[:1].isdigit()
        return "number" if is_number else "item", block.level, text
    return "line", 0, text


_BOLD = re.compile(r"\s*(\*\*|__)(?=\S)([^*_]+)\1\s*(.*)$")
_LABEL = re.compile(r"\W*([^\W\d_]+(?: [^\W\d_]+)?\s*[:=])\W*")


def _parts(text: str, title: str, people: Sequence[str], mark: str | None) -> Parts:
    """Returns a line with fields for what was read of it: the title, and the people and the mark that follow or lead it."""
    said = " ".join(plain(gapped(text)).split())
    at = said.find(title)
    if people and at >= 0 and (parts := _with_people(said, at, title, people, mark)):
        return parts
    if (bold := _BOLD.match(text)) and title in plain(bold[2]):
        return (bold[1], Field("title"), bold[1]) + ((" ", Field("_")) if bold[3] else ())
    if at > 0 and (label := _LABEL.fullmatch(said[:at])):
        return f"{label[1]} ", Field("title")
    return (Field("title"),)


def _with_people(said: str, at: int, title: str, people: Sequence[str], mark: str | None) -> Parts | None:
    """Returns a line that names people before or behind its title as parts, the sign between them as it stands."""
    end = at + len(title)
    spans = [(found, found + len(name)) for name in people if (found := said.find(name)) >= 0]
    if len(spans) < len(people):
        return None
    first, last = min(start for start, _ in spans), max(stop for _, stop in spans)
    if first >= end:
        between = _sign(said[end:first])
        tail: Parts = ()
        if mark and (where := said.find(mark, last)) >= 0:
            # What stands between the people and the mark is theirs, but for the sign that sets off the mark.
            sign = re.search(r"[\s\ue000|,–—(\[-]*$", said[last:where])
            tail = (_sign(sign[0] if sign else "") or " ", Field("rating"))
            rest = said[where + len(mark) :].strip()
            tail += (rest,) if rest else ()
        elif said.endswith(")") and between.endswith("("):
            tail = (")",)
        elif said.endswith("]") and between.endswith("["):
            tail = ("]",)
        return (Field("title"), between, Field("speaker"), *tail) if between else None
    if last <= at:
        lead = re.search(r"[\s:：|,\ue000\"“«)\]–—-]*$", said[:at])
        between = _sign(lead[0] if lead else "")
        return (Field("speaker"), between, Field("title")) if between.strip() or between == "  " else None
    return None


def _sign(text: str) -> str:
    """Returns what divides a title from its people, as a template writes it."""
    text = re.sub(rf"\s*{GAP}\s*", "  ", text)
    return re.sub(r"[\"“”«»„]", "", text) if re.search(r"\S", re.sub(r"[\"“”«»„]", "", text)) else text


def _cell(cell: str, talk: Found, people: Sequence[str], mark: str | None) -> Parts:
    """Returns what a cell of a row holds."""
    said = plain(cell)
    if talk.title in said:
        return _parts(cell, talk.title, [name for name in people if name in said], None)
    if people and any(name in said for name in people):
        return (Field("speaker"),)
    if mark and mark in said:
        return (Field("rating"),)
    if said and any(p.affiliation == said for p in talk.cast.people):
        return (Field("company"),)
    return (Field("_"),)


def by_example(outline: Outline, line: int, values: Mapping[str, str]) -> Style:
    """Returns the template of which one line, and those below it, are an example; raises StyleError where there is none."""
    if unknown := next((name for name in values if name not in FIELDS), None):
        raise StyleError(f"there is no field {unknown!r}; there are: {', '.join(FIELDS[:-1])}")
    if "title" not in values:
        raise StyleError("it needs the title: 'title=…'")
    block = _block(outline, line)
    if block is None:
        raise StyleError(f"line {line} is no heading, item, row or text")
    left = dict(values)
    if block.kind == "row":
        cells = tuple(_replaced(cell, left) or (Field("_"),) for cell in block.cells)
        style = Style(Pattern("row", 0, cells))
        return _complete(style, left, line)
    place, level, text = _placed(outline, block, line)
    head = _replaced(text, left)
    head = _generalised(head, values) if head else None
    if head is None or "title" in left:
        raise StyleError(f"line {line} does not have the title {values['title']!r}")
    below = []
    for said in outline.said(line + 1, line + 12):
        if left and (parts := _replaced(said.text, left)):
            where = ("heading", said.block.level) if said.block.kind == "heading" else ("line", 0)
            below.append(Pattern(where[0], where[1], (parts,)))  # type: ignore[arg-type]
    return _complete(Style(Pattern(place, level, (head,)), tuple(below)), left, line)


def unlike(outline: Outline, style: Style) -> list[Block]:
    """Returns the lines that stand where a template says, and are not so."""
    matched = {block.line for block, _ in taught.titled(outline, style)}
    if style.is_whole or style.head.place == "line":
        return []
    return [
        line
        for block in outline.blocks
        for line in taught.standing(outline, block, style.head)
        if line.line not in matched
    ]


_LEADS = (
    ("tag", re.compile(r"(?P<before>[\[(])\w[^\[\](){}]*(?P<after>[\])].*)", re.DOTALL)),
    ("time", re.compile(r"(?P<before>[\[(]?)\d{1,2}[:.h]\d{2}(?:\s*[-–—]\s*\d{1,2}[:.h]\d{2})?(?P<after>\D*)")),
    ("number", re.compile(r"(?P<before>(?:[^\W\d_]+ |#)?)\d{1,3}(?P<after>\W.*)", re.DOTALL)),
    ("number", re.compile(r"(?P<before>)[A-Z](?P<after>[.)]\s+)")),
)


def _generalised(parts: Parts, values: Mapping[str, str]) -> Parts:
    """Returns a line that leads with a tag, a time or a number as one that has any: the next talk's is another."""
    first, *rest = parts
    if not isinstance(first, str):
        return parts
    for name, lead in _LEADS:
        if name not in values and (match := lead.fullmatch(first)):
            sides = (match["before"], Field(name), match["after"])
            return (*(part for part in sides if part), *rest)
    return parts


def _complete(style: Style, left: Mapping[str, str], line: int) -> Style:
    if left:
        name, value = next(iter(left.items()))
        raise StyleError(f"neither line {line} nor the lines below it have the {name} {value!r}")
    return read_style(str(style))


def _replaced(text: str, left: dict[str, str]) -> Parts | None:
    """Returns a line with fields in the place of values, which are taken; None where it has none of them."""
    for form in (plain(gapped(text)).replace(f" {GAP} ", "\t"), text):
        spans = sorted((form.find(value), name) for name, value in left.items() if value in form)
        if not spans or (("title" in left) and not any(name == "title" for _, name in spans)):
            continue
        parts: list[Field | str] = []
        at = 0
        for start, name in spans:
            if start < at:
                continue
            if form[at:start]:
                parts.append(form[at:start])
            parts.append(Field(name))
            at = start + len(left.pop(name))
        tail = form[at:].rstrip()
        parts += [tail] if tail else []
        return tuple(parts)
    return None
