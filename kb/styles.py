"""How somebody writes their notes, as a template that they could have written: `## {title} - {speaker}`.

The first line says where titles stand and what else the line says; further lines stand below the title, in any order:

    ## {title}                a heading of this level
    - {title}                 an outermost list item; two spaces more before it, one that is nested
    1. {title}                a numbered item
    | {time} | {title} |      a row of a table, cell by cell
    **{title}**               a bold line
    Talk: {title}             a line with these words
    {title} - {speaker}       the first line of a paragraph
    file: # {title}           one talk a file; `file: title: {title}` where its front matter says so

`{_}` is anything that is not read, `{tab}` a tab, and two spaces are two or more. Signs stand for themselves, but any dash
with a space at its side for every other such dash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec import Struct

from kb.outline import GAP

FIELDS = ("title", "speaker", "company", "handle", "rating", "time", "number", "tag", "date", "_")
_WHOLE = "file:"
_MOST = 1_000  # Characters of a line that is compared with a template.

Place = Literal["heading", "item", "number", "row", "line"]


class StyleError(ValueError):
    """A template that cannot be read; the message says what was expected."""


class Field(Struct, frozen=True):
    """What stands at a place of a line: a title, a speaker …; `_` is not read."""

    name: str

    def __str__(self) -> str:
        return f"{{{self.name}}}"


Parts: TypeAlias = tuple[Field | str, ...]


class Pattern(Struct, frozen=True):
    """One line of a template: where it stands, and its fields with the signs between them; a row has cells of those."""

    place: Place
    level: int
    cells: tuple[Parts, ...]

    def __str__(self) -> str:
        said = ["".join(str(p).replace("\t", "{tab}") for p in parts) for parts in self.cells]
        if self.place == "row":
            return f"| {' | '.join(said)} |"
        indent = "  " * self.level
        marker = {"heading": "#" * self.level + " ", "item": f"{indent}- ", "number": f"{indent}1. "}
        return marker.get(self.place, "") + said[0]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields, in order."""
        return tuple(part.name for parts in self.cells for part in parts if isinstance(part, Field))

    @property
    def is_worded(self) -> bool:
        """Whether it begins with a word or sign that tells the line from others."""
        first = self.cells[0][0]
        return isinstance(first, str) and bool(first.strip())

    def read(self, *forms: str) -> dict[str, str] | None:
        """Returns the fields of a line by name, by the first of its forms that is so; None where none is."""
        return next(
            (found for form in dict.fromkeys(forms) if (found := _matched(self.cells[0], form)) is not None), None
        )

    def read_row(self, cells: tuple[str, ...]) -> dict[str, str] | None:
        """Returns the fields of a row by name; only the title has to be there."""
        if len(cells) < len(self.cells):
            return None
        found: dict[str, str] = {}
        for parts, cell in zip(self.cells, cells, strict=False):
            read = _matched(parts, cell)
            if read is None and (cell.strip() or Field("title") in parts):
                return None
            found |= read or {}
        return found


class Style(Struct, frozen=True):
    """A template: the line that titles a talk, the lines below it, and whether a file is one talk."""

    head: Pattern
    below: tuple[Pattern, ...] = ()
    is_whole: bool = False

    def __str__(self) -> str:
        head = f"{_WHOLE} {self.head}" if self.is_whole else str(self.head)
        return "\n".join([head, *map(str, self.below)])

    @property
    def fields(self) -> frozenset[str]:
        """The names of all that it says where to find."""
        return frozenset(name for pattern in (self.head, *self.below) for name in pattern.fields)


def read_style(text: str) -> Style:
    """Reads a template; raises StyleError for what is none."""
    first, *rest = [line.rstrip() for line in text.strip("\r\n").split("\n")]
    is_whole = first.startswith(_WHOLE)
    head = _pattern(first.removeprefix(_WHOLE).lstrip() if is_whole else first)
    style = Style(head, tuple(_pattern(line) for line in rest if line.strip()), is_whole)
    names = [name for pattern in (style.head, *style.below) for name in pattern.fields if name != "_"]
    if "title" not in style.head.fields:
        raise StyleError("its first line has no {title}")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise StyleError(f"it has {{{twice}}} twice")
    return style


_MARKERS: tuple[tuple[Place, re.Pattern[str]], ...] = (
    ("heading", re.compile(r"(#{1,6})\s+(.*)")),
    ("item", re.compile(r"(\s*)[-*+•]\s+(.*)")),
    ("number", re.compile(r"(\s*)\d+[.)]\s+(.*)")),
)


def _pattern(line: str) -> Pattern:
    if line.lstrip().startswith("|"):
        inner = line.strip().removeprefix("|").removesuffix("|")
        return Pattern("row", 0, tuple(_parts(cell.strip()) for cell in inner.split("|")))
    for place, marker in _MARKERS:
        if match := marker.fullmatch(line):
            level = len(match[1]) if place == "heading" else len(match[1].replace("\t", "  ")) // 2
            return Pattern(place, level, (_parts(match[2]),))
    return Pattern("line", 0, (_parts(line.strip()),))


def _parts(text: str) -> Parts:
    parts: list[Field | str] = []
    for n, said in enumerate(re.split(r"\{([^{}]*)\}", text)):
        if n % 2 == 0 or said == "tab":
            said = "\t" if n % 2 else said
            if parts and isinstance(parts[-1], str):
                parts[-1] += said
            elif said:
                parts.append(said)
            continue
        if said not in FIELDS:
            raise StyleError(
                f"there is no field {{{said}}}; there are: {', '.join(f'{{{f}}}' for f in FIELDS)}, {{tab}}"
            )
        if parts and isinstance(parts[-1], Field):
            raise StyleError(f"nothing stands between {parts[-1]} and {{{said}}}; write the sign that does")
        parts.append(Field(said))
    return tuple(parts) or ("",)


_S = rf"[\s{GAP}]"
_TOKEN = re.compile(
    r"(?P<dash>\s+(?:--?|[–—])(?:\s+|$)|(?:^|\s+)(?:--?|[–—])\s+)|(?P<gap>\s*\t\s*| {2,})|(?P<space>\s+)|(?P<sign>.)"
)
_CLOSE = '()[]{}【】（）,;|·•"“”«»*_@#'
_OF = {
    "title": ".+",
    "handle": r"@?[\w.-]+(?:@[\w.-]+)?",
    "number": r"(?:\d{1,3}|[A-Z]|[IVX]{1,5})",
    "time": r"(?:\d{1,2}(?:[:.h]\d{2})?\s*(?:[ap]\.?m\.?)?)(?:\s*(?:[-–—]|to|until|bis|à)\s*\d{1,2}(?:[:.h]\d{2})?\s*(?:[ap]\.?m\.?)?)?",
}


@lru_cache(maxsize=512)
def _compiled(parts: Parts) -> re.Pattern[str]:
    said = []
    for n, part in enumerate(parts):
        if isinstance(part, str):
            said.append("".join(_signs(part)))
        else:
            after = parts[n + 1] if n + 1 < len(parts) else None
            before = parts[n - 1] if n else None
            said.append(_field(part.name, before, after))
    return re.compile(rf"{_S}*+{''.join(said)}{_S}*", re.IGNORECASE | re.DOTALL)


def _field(name: str, before: Field | str | None, after: Field | str | None) -> str:
    """Returns the expression of a field: all but a title end at the first sign that may follow them."""
    if name in _OF:
        body = _OF[name]
    elif isinstance(before, str) and before.rstrip().endswith("(") and isinstance(after, str) and after[0] == ")":
        body = r"[^()]*(?:\([^()]*\)[^()]*)*"
    elif isinstance(after, str):
        body = f"(?:(?!{''.join(_signs(after))}).){'*+' if name == '_' else '++'}"
    else:
        body = ".*" if name == "_" else ".+"
    return body if name == "_" else f"(?P<{name}>{body})"


def _signs(text: str) -> Iterator[str]:
    """Yields the expression of each sign and space of what stands between two fields."""
    for match in _TOKEN.finditer(text):
        if match["dash"]:
            yield rf"(?>{_S}+(?:--?|[–—]){_S}*|{_S}*(?:--?|[–—]){_S}+)"
        elif match["gap"]:
            yield rf"(?>\s*[{GAP}\t]{_S}*|\s\s{_S}*)"
        elif match["space"]:
            beside = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
            yield f"{_S}*+" if any(sign in _CLOSE for sign in beside) else f"{_S}++"
        else:
            yield re.escape(match["sign"])


def _matched(parts: Parts, text: str) -> dict[str, str] | None:
    if len(text) > _MOST or not (match := _compiled(parts).fullmatch(text)):
        return None
    return {name: said.replace(GAP, " ").strip() for name, said in match.groupdict().items()}
