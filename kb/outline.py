"""Markdown text to an outline: front matter, blocks and inline marks, each with the lines it stands on.

The structure is CommonMark's, read line by line without recursion, so its cost is linear in the text; beyond
it, `##A` is a heading as in Python-Markdown, and tables are read. Nothing is rendered here.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Literal, NamedTuple

from msgspec import Struct

from kb.frontmatter import FrontMatter, split_front_matter
from kb.words import normalized

MAX_LINES = 100_000  # Lines of a note that are read.
GAP = "\ue000"  # Stands in a title for a tab or several spaces, which may divide it.

BlockKind = Literal["heading", "paragraph", "item", "row", "code", "html", "rule", "definition"]

# What would drive a terminal, and what ends a line elsewhere, is read as a space: columns stay as they are.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_ATX = re.compile(r"^ {0,3}(#{1,6})(?!#)(?:[ \t]+|(?=[^\s!]))(.*)$")
# AsciiDoc's and MediaWiki's headings: `== Title`, `== Title ==`.
_EQUALS = re.compile(r"^(={1,6})[ \t]+(?=\S)([^=].*)$")
# Tags of a note, as Obsidian has them: `#conference #python`. One alone may be a heading without its space.
_TAGS = re.compile(r"^ {0,3}#[^\W\d_][\w/-]*+(?:[ \t,]++#[^\W\d_][\w/-]*+)*+[ \t]*$")
_SPACELESS = re.compile(r"^ {0,3}(?:#{2,6}[^\s#!]|#[^\W_][\w-]*+[ \t]+[^\s#])")
# An underline of reStructuredText, which looks like a fence.
_UNDERLINE = re.compile(r"^[ \t]*(~{4,})[ \t]*$")
_EMPTY_ATX = re.compile(r"^ {0,3}#{1,6}[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"^([ \t]*)(`{3,}(?=[^`]*$)|~{3,})")
_RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_ITEM = re.compile(r"^([ \t]*)([-*+•]|\*{2,4}|\d{1,9}[.)])(?:[ \t]+(?:\[[ xX]\][ \t]+)?(.*)|$)")
# A `+` between columns is org-mode's.
_DELIMITER = re.compile(r"^[ \t]*+(?:\|[ \t]*+)?:?-++:?[ \t]*+(?:[|+][ \t]*+:?-++:?[ \t]*+)*+(?:\|[ \t]*+)?$")
_DEFINITION = re.compile(r"^ {0,3}\[([^\]]+)\]:[ \t]*(\S+)")
_RAW_HTML = re.compile(r"^[ \t]*<(pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
_QUOTE = re.compile(r"^ {0,3}>[ \t]?")
_CELL = re.compile(r"(?:\\.|`[^`]*`|[^|\\])+|\\")

# What ends a link is looked for in so many characters: a text may begin any number of links that never end.
LINK = re.compile(
    r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]"
    r"\(\s{0,20}<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s{1,20}[\"'(][^\"')]{0,200}[\"')])?\s{0,20}\)"
)
REFERENCE = re.compile(r"\[([^\[\]]+)\](?:\[([^\[\]]*)\])?")
URL = re.compile(r"(?:https?://|www\.)[^\s<>\"`\])]*[^\s<>\"`\]).,;:!?'*_]")
_TICKS = re.compile(r"`+|\n")
# HTML's own tags; `Vec<u8>` and `List<T>` are words.
_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|big|blockquote|br|center|cite|code|dd|del|details|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|iframe|img"
    r"|input|ins|kbd|li|main|mark|nav|ol|p|pre|q|s|samp|script|section|small|source|span|strike|strong|style|sub|summary|sup|table|tbody|td|tfoot|th|thead|time"
    r"|tr|tt|u|ul|var|video|wbr)(?=[\s/>])[^<>]{0,500}>|<!--",
    re.IGNORECASE,
)
_LONGEST_COMMENT = 2_000


class Block(Struct, frozen=True):
    """A piece of structure on the lines it covers.

    `level` is a heading's level, an item's depth (0 is outermost), or a row's number in its table (0 is the
    header); `text` is the source without the marker, lines joined by LF; `cells` are a row's.
    """

    kind: BlockKind
    line: int
    end_line: int
    text: str
    level: int = 0
    cells: tuple[str, ...] = ()


_line_of = attrgetter("line")


class Reference(NamedTuple):
    """A link as it stands in a line: 1-based column, text and target."""

    line: int
    column: int
    text: str
    url: str


class Line(NamedTuple):
    """A line of prose, without its marker, and the block that it is part of."""

    line: int
    text: str
    block: Block


class Outline(Struct, frozen=True):
    """One note's structure; `lines[n - 1]` is line n as stored, without its end, and `prose` what is no code or table."""

    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    prose: tuple[Line, ...]
    front: FrontMatter
    definitions: dict[str, str]
    unclosed: tuple[int, ...] = ()  # Lines on which a block of code opens that nothing closes.

    def between(self, line: int, end_line: int) -> list[Block]:
        """Returns the blocks that begin on lines from `line` to `end_line`."""
        start = bisect_left(self.blocks, line, key=_line_of)
        return list(self.blocks[start : bisect_right(self.blocks, end_line, start, key=_line_of)])

    def said(self, line: int, end_line: int) -> tuple[Line, ...]:
        """Returns the lines of paragraphs, items and headings from `line` to `end_line`."""
        start = bisect_left(self.prose, line, key=_line_of)
        return self.prose[start : bisect_right(self.prose, end_line, start, key=_line_of)]

    @property
    def headings(self) -> list[Block]:
        """The headings in order."""
        return [block for block in self.blocks if block.kind == "heading"]


def split_lines(text: str) -> list[str]:
    """Splits text at LF, CRLF and lone CR, and nowhere else; line ends are dropped."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n")


def read_outline(path: str, text: str) -> Outline:
    """Reads the structure of a note's text; whatever stands in it, there is an outline."""
    lines = split_lines(_CONTROL.sub(" ", text))[:MAX_LINES]
    front, start = split_front_matter(path, lines)
    reading = _Blocks(lines, start)
    blocks = list(reading.read())
    definitions: dict[str, str] = {}
    for block in blocks:
        if block.kind == "definition" and (match := _DEFINITION.match(block.text)):
            definitions.setdefault(match[1].casefold(), match[2])
    return Outline(tuple(lines), tuple(blocks), tuple(_prose(blocks)), front, definitions, tuple(reading.unclosed))


# What a property of a talk is called, in a table of two columns as Notion and GitHub write front matter.
_PROPERTY = re.compile(
    r"^\W*(?:speakers?|presenters?|rating|score|stars|date|event|conference|company|affiliation|handle|twitter)\W*$",
    re.IGNORECASE,
)


def _is_property(row: Block) -> bool:
    """Tells whether a row is a property: `| Speaker | Jane Doe |`."""
    return len(row.cells) == 2 and _PROPERTY.match(row.cells[0]) is not None and bool(row.cells[1])


def _prose(blocks: list[Block]) -> Iterator[Line]:
    for block in blocks:
        if block.kind == "row" and _is_property(block):
            yield Line(block.line, f"{block.cells[0]}: {block.cells[1]}", block)
        if block.kind not in ("paragraph", "item", "heading"):
            continue
        if "\n" in block.text:
            for n, text in enumerate(block.text.split("\n")):
                if text.strip():
                    yield Line(block.line + n, text, block)
        elif block.text:
            yield Line(block.line, block.text, block)


class _Blocks:
    """The state of one reading: the line reached, and the paragraph and list that are open."""

    def __init__(self, lines: list[str], start: int) -> None:
        self.lines, self.at = lines, start
        self.paragraph: list[str] = []
        self.open: Block | None = None  # The item whose text goes on.
        self.indents: list[int] = []
        self.unclosed: list[int] = []  # Lines on which a block of code opens that nothing closes.
        # Who writes `##Title` may write `#Title`, too; for all others that is a tag.
        self.is_spaceless = any(_SPACELESS.match(line) for line in lines)

    def read(self) -> Iterator[Block]:
        while self.at < len(self.lines):
            yield from self.step(self.lines[self.at])
            self.at += 1
        yield from self.close()

    def close(self) -> Iterator[Block]:
        """Ends the paragraph or item that is open."""
        if self.paragraph:
            begin = self.at - len(self.paragraph) + 1
            text = "\n".join(self.paragraph)
            if self.open is not None:
                yield Block("item", begin, self.at, text, self.open.level)
            else:
                yield Block("paragraph", begin, self.at, text)
        self.paragraph, self.open = [], None

    def step(self, line: str) -> Iterator[Block]:
        """Reads one line, or the lines of a block that it opens."""
        if not line.strip():
            yield from self.close()
            return
        indent = _width(line)
        if line.lstrip()[0].isalpha() and "|" not in line:  # Most lines: no mark opens anything.
            if indent == 0 and not self.paragraph:
                self.indents = []
            if indent >= 4 and not self.paragraph and not self.indents:
                yield self.indented()
            else:
                self.paragraph.append(line)
            return
        if not self.paragraph and indent == 0 and not _ITEM.match(line):
            self.indents = []
        if self.is_underline(line):
            yield self.underlined(3)
        elif (fence := _FENCE.match(line)) and (indent < 4 or self.indents):
            yield from self.close()
            yield self.fenced(fence[2], indent)
        elif (raw := _RAW_HTML.match(line)) and (indent < 4 or self.indents):
            yield from self.close()
            yield self.until("html", re.compile(rf"</{raw[1]}\s*>", re.IGNORECASE))
        elif line.lstrip().startswith("<!--") and indent < 4:
            yield from self.close()
            yield self.until("html", re.compile("-->"))
        elif line.strip() == "%%" and any(at.strip() == "%%" for at in self.lines[self.at + 1 : self.at + 500]):
            yield from self.close()
            self.at += 1
            yield self.until("html", re.compile("^\\s*%%\\s*$"))
        elif indent >= 4 and not self.paragraph and not self.indents:
            yield self.indented()
        else:
            yield from self.flow(line)

    def flow(self, line: str) -> Iterator[Block]:
        """Reads a line that is no code: a heading, rule, row, definition, item, or a line of a paragraph."""
        here = self.at + 1
        setext = _SETEXT.match(line)
        if _TAGS.match(line) and (line.count("#") > 1 or not self.is_spaceless):
            yield from self.close()
            yield Block("definition", here, here, line)
        elif setext and self.paragraph and self.open is None:
            begin = here - len(self.paragraph)
            text = "\n".join(part.strip() for part in self.paragraph)
            self.paragraph = []
            yield Block("heading", begin, here, text, 1 if setext[1][0] == "=" else 2)
        elif match := (_ATX.match(line) or _EMPTY_ATX.match(line) or _EQUALS.match(line)):
            yield from self.close()
            self.indents = []
            hashes = line.strip()
            level = len(hashes) - len(hashes.lstrip(hashes[0]))
            yield Block("heading", here, here, _titled(match), level)
        elif _RULE.match(line):
            yield from self.close()
            yield Block("rule", here, here, line)
        elif "|" in line and self.at + 1 < len(self.lines) and _is_delimiter(self.lines[self.at + 1]):
            yield from self.close()
            yield from self.table()
        elif not self.paragraph and _DEFINITION.match(line):
            yield Block("definition", here, here, line)
        elif (item := _ITEM.match(line)) and self.is_item(item):
            yield from self.close()
            # Some write `**` for an item in an item, as wikis do.
            self.open = Block(
                "item",
                here,
                here,
                "",
                self.depth(_width(item[1]) + 2 * (item[2].count("*") - 1 if item[2][0] == "*" else 0)),
            )
            self.paragraph = [item[3] or ""]
        else:
            self.paragraph.append(_QUOTE.sub("", line))

    def is_item(self, item: re.Match[str]) -> bool:
        """Tells whether a marker opens an item: an ordered one not starting at 1 cannot cut a paragraph."""
        return not self.paragraph or self.open is not None or item[2][0] in "-*+•" or item[2] in ("1.", "1)")

    def depth(self, indent: int) -> int:
        """Returns how deep an item with this indent is nested, and remembers its indent."""
        while self.indents and indent < self.indents[-1]:
            self.indents.pop()
        if not self.indents or indent > self.indents[-1] + 1:
            self.indents.append(indent)
        return len(self.indents) - 1

    def is_underline(self, line: str) -> bool:
        """Tells whether a line of tildes underlines the one line of text above it, as reStructuredText does."""
        if not (match := _UNDERLINE.match(line)) or len(self.paragraph) != 1 or self.open is not None:
            return False
        return abs(len(match[1]) - len(self.paragraph[0].strip())) <= 2

    def underlined(self, level: int) -> Block:
        """Returns the heading that the paragraph is."""
        text, self.paragraph = self.paragraph[0].strip(), []
        return Block("heading", self.at, self.at + 1, text, level)

    def fenced(self, mark: str, indent: int) -> Block:
        """Reads a block of code to its fence, or to the end of the item that it stands in.

        One that nothing closes ends before the next heading, so that it swallows no talk.
        """
        begin, item = self.at, self.indents[-1] if self.indents and indent else 0
        end = re.compile(rf"^[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
        heading = 0
        while self.at + 1 < len(self.lines):
            self.at += 1
            line = self.lines[self.at]
            if end.match(line):
                break
            if item and line.strip() and _width(line) < item:
                self.at -= 1
                break
            if not heading and _ATX.match(line) and not self.lines[self.at - 1].strip() and line[0] == "#":
                heading = self.at
        else:
            self.unclosed.append(begin + 1)
            self.at = heading - 1 if heading else self.at
        return Block("code", begin + 1, self.at + 1, "\n".join(self.lines[begin : self.at + 1]), indent)

    def until(self, kind: BlockKind, end: re.Pattern[str]) -> Block:
        begin = self.at
        while not end.search(self.lines[self.at]) and self.at + 1 < len(self.lines):
            self.at += 1
        return Block(kind, begin + 1, self.at + 1, "\n".join(self.lines[begin : self.at + 1]))

    def indented(self) -> Block:
        begin = last = self.at
        for at in range(begin, len(self.lines)):
            if self.lines[at].strip():
                if _width(self.lines[at]) < 4:
                    break
                last = at
        self.at = last
        return Block("code", begin + 1, last + 1, "\n".join(self.lines[begin : last + 1]))

    def table(self) -> Iterator[Block]:
        row = 0
        while self.at < len(self.lines) and "|" in self.lines[self.at]:
            line = self.lines[self.at]
            if not _is_delimiter(line) or row != 1:
                yield Block("row", self.at + 1, self.at + 1, line, max(row - 1, 0), cells_of(line))
            row += 1
            self.at += 1
        self.at -= 1


def _titled(match: re.Match[str]) -> str:
    """Returns the text of a heading by its match, without the marks that close it."""
    if match.re is _EQUALS:
        return match[2].rstrip().rstrip("=").rstrip() or match[2].strip()
    return _unclosed(match[2]).strip() if match.re is _ATX else ""


def _unclosed(heading: str) -> str:
    """Returns a heading's text without the `#` that may close it."""
    text = heading.rstrip(" \t")
    bare = text.rstrip("#")
    return bare if bare and (bare[-1] in " \t_" or bare[-1].isalnum()) else text


def _width(line: str) -> int:
    """Returns the columns of white space that a line begins with; a tab goes to the next multiple of four."""
    width = 0
    for char in line:
        if char == "\t":
            width += 4 - width % 4
        elif char == " ":
            width += 1
        else:
            break
    return width


def _is_delimiter(line: str) -> bool:
    return "-" in line and "|" in line and _DELIMITER.match(line) is not None


def cells_of(row: str) -> tuple[str, ...]:
    """Returns the cells of a table's row, stripped."""
    inner = row.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return tuple("".join(_CELL.findall(cell)).strip() for cell in _split_cells(inner))


def _split_cells(row: str) -> list[str]:
    """Splits a row at the pipes that are neither escaped nor inside of a code span."""
    cells, start = [], 0
    hidden = code_spans(row)
    span = next(hidden, None)
    for match in _PIPE.finditer(row):
        while span and span.end <= match.start():
            span = next(hidden, None)
        if not (span and span.start < match.start()):
            cells.append(row[start : match.start()])
            start = match.end()
    return [*cells, row[start:]]


_PIPE = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# What may open emphasis, and what closes that of a mark; where a word goes on behind it, only asterisks do. A run of
# marks closes one as long: `2**8` closes no `*`.
_OPENS = re.compile(r"(?<!\*)\*{1,3}(?=[^\s*])|(?<![\w\\])(?:_{1,3}|~~)(?=\S)")
_AFTER_WORD = re.compile(r"[\w\\]")
_CLOSES = {
    mark: re.compile(rf"(?<=[^\s\\{mark[0]}]){re.escape(mark)}(?![\w{mark[0]}])")
    for mark in ("*", "**", "***", "_", "__", "___", "~~")
}
_CLOSES_WITHIN = {mark: re.compile(rf"(?<=[^\s\\*]){re.escape(mark)}(?!\*)") for mark in ("*", "**", "***")}
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_REFERRED = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")


_MARKED = re.compile(r"[*_`\[<&\\{~%]")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]")  # Signs that show nothing.
_WIKILINK = re.compile(r"!?\[\[(?:[^\[\]|\n]*+\|)?([^\[\]|\n]++)\]\]")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]++)>")
_STOOD = re.compile(r"\0(\d{1,6})\0")
_HIDDEN = re.compile(r"%%[^\n]*?(?:%%|$)", re.MULTILINE)
_ICONS = re.compile(r"[\u2190-\u2bff\u3030\ufe0f\u200d\U0001f000-\U0001faff]+\s*")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Returns text without mark-up: links and images as their text, tags and emphasis gone, `<br>` as LF, NFC."""
    if _MARKED.search(text):
        text = _unmarked(text)
    if not text.isascii():
        text = normalized("NFC", _INVISIBLE.sub("", text))
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


_GAPS = re.compile(r"(?<=\S)(?:[ ]*\t[ \t]*| {2,}|\u3000)(?=[^\s#\\])")


# Words at the end that are set off by emphasis alone: `Title *Jane Doe*`.
_SET_OFF = re.compile(r"(?<=[\w?!)])\s(\*{1,2}|_{1,2})(?=\S)([^*_]+)(?<=\S)\1(?=[^\w*_]*$)")


def gapped(text: str) -> str:
    """Returns text with GAP for each tab, or run of spaces, between words, and before words set off by emphasis."""
    if "\t" in text or "  " in text or "\u3000" in text:
        text = _GAPS.sub(f" {GAP} ", text)
    return _SET_OFF.sub(rf" {GAP} \2", text) if "*" in text or "_" in text else text


def without_icons(text: str) -> str:
    """Returns plain text without the emoji and other signs that decorate its start and end."""
    if text.isascii():
        return text
    if before := _ICONS.match(text):
        text = text[before.end() :]
    behind = _ICONS.match(text[::-1])  # From the end on, where they end at once.
    return text[: len(text) - behind.end()] if behind else text


def _unmarked(text: str) -> str:
    if "{" in text:
        text = _without_anchor(text)
    if "<" in text:
        text = _BREAK.sub("\n", text)
    if "%%" in text:
        text = _HIDDEN.sub("", text)
    code: list[str] = []  # What stands in code is no mark-up, whatever signs it has.
    if "`" in text:
        text, code = _without_code(text)
    if "[[" in text:
        text = _WIKILINK.sub(r"\1", text)
    if "](" in text:
        text = LINK.sub(lambda m: m[1], text)
    if "<" in text:
        text = _AUTOLINK.sub(r"\1", text)
        text = _kept(text, [(start, end, end, end) for start, end in tags(text)])
    for _ in range(3):
        stripped = "\n".join(_kept(line, _emphases(line)) for line in text.split("\n"))
        if stripped == text:
            break
        text = stripped
    if "][" in text:
        text = _REFERRED.sub(r"\1", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    if "&" in text:
        text = html.unescape(_ENDLESS.sub("\ufffd", text))
    return _STOOD.sub(lambda m: code[int(m[1])], text) if code else text


_ENDLESS = re.compile(r"&#[0-9]{10,};?")  # A number of a character that nobody has, and that is no number to Python.


def _without_code(text: str) -> tuple[str, list[str]]:
    """Returns a text with a number in place of each code span, and what the spans hold."""
    parts: list[str] = []
    code: list[str] = []
    at = 0
    for span in code_spans(text):
        parts += [text[at : span.start], f"\0{len(code)}\0"]
        code.append(text[span.inner : span.inner_end])
        at = span.end
    return "".join(parts) + text[at:], code


def _without_anchor(text: str) -> str:
    """Returns a heading's text without the `{#id}` at its end."""
    bare = text.rstrip()
    if not bare.endswith("}"):
        return text
    at = bare.find("{#", bare.rfind("}", 0, -1) + 1, -1)
    return text if at < 0 else bare[:at].rstrip()


class Span(NamedTuple):
    """A place in a text that is marked, and the text that the marks are around."""

    start: int
    inner: int
    inner_end: int
    end: int


def code_spans(text: str) -> Iterator[Span]:
    """Yields the code spans of a text: from some backticks to as many of them in the same line."""
    runs = list(_TICKS.finditer(text))
    closing: list[int] = []
    ahead: dict[str, int] = {}
    for n in reversed(range(len(runs))):
        mark = runs[n][0]
        closing.append(ahead.get(mark, 0))
        if mark == "\n":
            ahead = {}
        else:
            ahead[mark] = n
    closing.reverse()
    at = 0
    while at < len(runs):
        if last := closing[at]:
            yield Span(runs[at].start(), runs[at].end(), runs[last].start(), runs[last].end())
        at = max(at, last) + 1


def tags(text: str) -> Iterator[tuple[int, int]]:
    """Yields where the HTML tags and comments of a text begin and end."""
    at = close = 0
    for match in _TAG.finditer(text):
        start, end = match.span()
        if start < at:
            continue
        if match[0] == "<!--":
            if 0 <= close < end:
                close = text.find("-->", end)
            if close < 0 or close - end > _LONGEST_COMMENT or "\n" in text[end:close]:
                continue
            end = close + 3
        at = end
        yield start, end


def _emphases(line: str) -> Iterator[Span]:
    """Yields what is emphasised in a line; what closes a mark is looked for once, however many marks open."""
    closes: dict[re.Pattern[str], int] = {}

    def closing(pattern: re.Pattern[str], start: int) -> int:
        """Returns where a mark is closed from somewhere on, or the end of the line."""
        if closes.get(pattern, -1) < start:
            found = pattern.search(line, start)
            closes[pattern] = found.start() if found else len(line)
        return closes[pattern]

    at = 0
    while match := _OPENS.search(line, at):
        start, run = match.start(), match[0]
        marks = [run] if run == "~~" else [run[n:] for n in range(len(run))]
        ways = [] if start and _AFTER_WORD.match(line[start - 1]) else [(mark, _CLOSES[mark]) for mark in marks]
        ways += [(mark, _CLOSES_WITHIN[mark]) for mark in marks if run[0] == "*"]
        at = start + 1
        for mark, pattern in ways:
            inner = start + len(mark)
            if (end := closing(pattern, inner + 1)) < len(line):
                at = end + len(mark)
                yield Span(start, inner, end, at)
                break


def _kept(text: str, spans: Iterable[Span | tuple[int, int, int, int]]) -> str:
    """Returns a text with only what the marks of its spans are around."""
    kept, at = [], 0
    for start, inner, inner_end, end in spans:
        kept += [text[at:start], text[inner:inner_end]]
        at = end
    return "".join(kept) + text[at:] if kept else text


def references(outline: Outline, line: int, end_line: int) -> Iterator[Reference]:
    """Yields the links on some lines: inline, by reference, and bare addresses."""
    for number in range(line, end_line + 1):
        text = outline.lines[number - 1]
        if "[" not in text and "://" not in text and "www." not in text:
            continue
        taken = bytearray(len(text))  # Which characters are part of a link.
        for match in LINK.finditer(text):
            _take(taken, match)
            yield Reference(number, match.start() + 1, plain(match[1]), match[2])
        for match in REFERENCE.finditer(text):
            url = outline.definitions.get((match[2] or match[1]).casefold())
            if url and not taken[match.start()] and not text.startswith(":", match.end()):
                _take(taken, match)
                yield Reference(number, match.start() + 1, plain(match[1]), url)
        for match in URL.finditer(text):
            if not taken[match.start()]:
                yield Reference(number, match.start() + 1, "", match[0])


def _take(taken: bytearray, match: re.Match[str]) -> None:
    taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
