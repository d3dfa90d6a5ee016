"""What might be a talk: headings, bold lines, list items and table rows, each with the evidence for and against."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kb.extract import opening, ratings, speakers, titles, vocabulary
from kb.extract.speakers import NOBODY, Cast
from kb.outline import GAP, Block, Outline, gapped, plain, without_icons
from kb.records import Rating

Role = Literal["title", "when", "break", "section", "people"]
BOLD = 7  # The level of a bold line that stands for a heading, below all six of Markdown's.
ITEM = 8
TRIED = 12  # Items that are read before it is decided whether the others are.
MOST = 5_000  # Headings, items or rows of a note that are looked at.

_ENUMERATOR = re.compile(
    r"^(?:(?:talk|session|keynote|presentation|pr[eé]sentation)\s*(?:#\s*)?\d+\s*[:.)–—-]\s*|(?:\d{1,2}|[A-Z])[.)]\s+|#\d+\s*[:.-]?\s+)",
    re.IGNORECASE,
)
_TIME = r"\d{1,2}(?:[:.h]\d{2})(?:\s*[ap]\.?m\.?)?|\d{1,2}\s*[ap]m"
_CLOCK = re.compile(rf"^[(\[]?(?:{_TIME})(?:\s*(?:[-–—]|to|until)\s*(?:{_TIME}))?[)\]]?\s*[:|,–—-]?\s*", re.IGNORECASE)
_CLOCK_AFTER = re.compile(rf"\s*[:|,–—(\[-]?\s*(?:{_TIME})\s*(?:[-–—]|to|until)\s*(?:{_TIME})[)\]]?$", re.IGNORECASE)
_CLOCK_ASIDE = re.compile(rf"\s*[(\[](?:{_TIME})[)\]]$", re.IGNORECASE)
# Links that stand in a title beside what it says.
_ASIDE_LINK = re.compile(
    r"\s*[(\[]?!?\[(?:link|slides?|video|recording|deck|pdf|youtube|repo|code|abstract|website|schedule|programme?|fahrplan|folien|aufzeichnung|diapos?|vid[eé]o)\]\([^()\s]*\)[)\]]?",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"\s#[^\W\d_][\w/-]*(?=\s*$|\s+(?:[-–—|:]|[★⭐☆#(\[]))")
# `[Talk] …`, `(Keynote) …`: what kind of session it is, set off from its title.
_TAG = re.compile(
    r"^[\[(【（](?:talks?|keynote|session|workshop|tutorial|panel|demo|lightning(?:\s+talk)?|vortrag|conf[eé]rence|charla|ponencia)[\])】）]\s*[-:–—]?\s*(?=\S)",
    re.IGNORECASE,
)
_QUOTES = ('""', "''", "“”", "‘’", "«»", "„“", "``", "「」", "『』", "【】", "《》", "„”", "›‹", "‹›")


class Candidate(Struct, frozen=True):
    """A line that may title a talk, read as one; `end_line` is where the lines that could be its own end."""

    block: Block
    level: int
    text: str
    role: Role
    title: str
    cast: Cast
    cast_line: int
    rating: Rating | None
    score: float
    reasons: tuple[str, ...]
    end_line: int
    in_slot: bool = False
    date: str | None = None

    @property
    def numbered(self) -> bool:
        """Whether the title has an enumerator, such as `A.` or `Talk 3:`."""
        return _ENUMERATOR.match(self.text) is not None

    @property
    def line(self) -> int:
        return self.block.line

    @property
    def body(self) -> int:
        """The first line below the title."""
        return self.block.end_line + 1


def clean_title(text: str) -> str:
    """Returns a title without enumerator, clock time, quotes round the whole, and trailing colon."""
    title = without_icons(" ".join(text.replace(GAP, " ").split()))
    title = _TAG.sub("", title, count=1)
    for pattern in (_CLOCK, _ENUMERATOR, _CLOCK, _CLOCK_AFTER, _CLOCK_ASIDE):
        shorter = pattern.sub("", title, count=1)
        title = shorter if re.search(r"\w", shorter) else title
    title = title.strip(" \t|–—").removesuffix(":").rstrip()
    title = re.sub(r"^[-*]+\s+|\s+[-–—|]+$", "", title)
    for pair in _QUOTES:
        if len(title) > 2 and title[0] == pair[0] and title[-1] == pair[1] and pair[0] not in title[1:-1]:
            title = title[1:-1].strip()
    return title


_TITLE_LABEL = re.compile(
    r"^\W*(?:(?:talk|session|presentation)(?:\s+title)?|title|titre|titel|vortrag|n[aá]zev|tittel)[*_\s]*[:=]\s*+[*_]*\s*+(?=\S)",
    re.IGNORECASE,
)


def _titles(outline: Outline) -> list[Block]:
    """Returns the headings, and the lines that stand for headings: bold ones, and `Talk: …` above a record's other lines."""
    found = []
    for block in outline.blocks:
        if block.kind == "heading" or _is_bold_line(block):
            found.append(block)
        elif block.kind == "row":
            if titled := _titled_property(outline, block):
                found.append(titled)
        elif block.kind == "paragraph":
            first, *rest = block.text.split("\n", 1)
            if (label := _TITLE_LABEL.match(first)) and (rest or label.end() < len(first)):
                found.append(replace(block, end_line=block.line, text=first[label.end() :]))
    return found[:MOST]


_TITLE_KEY = re.compile(
    r"^\W*(?:talk|session|title|titre|titel|t[ií]tulo|vortrag|n[aá]zev|tytuł|название|タイトル|标题|제목)\W*$",
    re.IGNORECASE,
)


def _titled_property(outline: Outline, row: Block) -> Block | None:
    """Returns the title that a row of properties gives its talk: `| Title | … |` beside `| Speaker | … |`."""
    if len(row.cells) != 2 or not row.cells[1] or not _TITLE_KEY.match(plain(row.cells[0])):
        return None
    near = outline.said(row.line - 2, row.line + 4)
    return (
        replace(row, text=row.cells[1]) if any(at.block.kind == "row" and at.block is not row for at in near) else None
    )


def headings(outline: Outline) -> list[Candidate]:
    """Returns the headings and the lines that stand like headings, each read as a title."""
    blocks = _titles(outline)
    eased = titles.shapes(text for block in blocks if role_of(text := _said(block)) == "title")
    last = len(outline.lines)
    ends, following = _ends([_level(b) for b in blocks], [b.line for b in blocks], last), _next_headings(blocks)
    found = [
        _read(outline, block, _level(block), end, _first_break(outline, block, after), eased)
        for block, end, after in zip(blocks, ends, following, strict=True)
    ]
    found = _with_people_below(outline, _with_people_above(outline, found), following)
    # A title directly below a time of the day is in its slot.
    slots = [False, *(h.role == "when" and _CLOCK.match(h.text) is not None for h in found)]
    return [replace(h, in_slot=True) if slot else h for h, slot in zip(found, slots, strict=False)]


def _with_people_above(outline: Outline, heads: list[Candidate]) -> list[Candidate]:
    """Returns headings with the person that the one directly above is, where several pairs of headings are so."""
    pairs = {}
    for n, (above, head) in enumerate(pairwise(heads), 1):
        if above.level < head.level <= 6 and head.role == "title" and not head.cast.people and above.role != "when":
            cast = speakers.people(plain(above.block.text))
            if (
                cast.score >= 1.0
                and not above.cast.people
                and not outline.between(above.body, head.line - 1)
                and not speakers.people(head.text).score >= cast.score
            ):
                pairs[n] = cast
    if len(pairs) < 2:
        return heads
    found = list(heads)
    for n, cast in pairs.items():
        above, head = heads[n - 1], heads[n]
        found[n - 1] = replace(above, role="people", score=-1.0, rating=None, reasons=("names people only",))
        reasons = (*head.reasons, "its speakers stand above")
        found[n] = replace(
            head, level=above.level, cast=cast, cast_line=above.line, score=head.score + 2.0, reasons=reasons
        )
    return found


def _with_people_below(outline: Outline, heads: list[Candidate], following: list[Block | None]) -> list[Candidate]:
    """Returns headings with the person that the next one is, where the next headings of several others are people."""

    def below(head: Candidate, after: Block) -> bool:
        return after.level > head.level and not outline.between(head.body, after.line - 1)

    people = [h for h, after in zip(heads, following, strict=True) if after and h.cast_line == after.line]
    if len(people) < 2:
        return heads
    found = []
    for head, after in zip(heads, following, strict=True):
        if head.role == "title" and not head.cast.people and after and below(head, after):
            cast = speakers.people(after.text)
            if cast.score >= 1.0 and role_of(plain(after.text)) == "title":
                reasons = (*head.reasons, "speakers stand below")
                head = replace(head, cast=cast, cast_line=after.line, score=head.score + 2.0, reasons=reasons)
        found.append(head)
    return found


def _ends(levels: list[int], lines: list[int], last: int) -> list[int]:
    """Returns for each heading the line before the next one that is as high, by a stack from the end."""
    ends = [last] * len(levels)
    open_: list[int] = []
    for n in reversed(range(len(levels))):
        while open_ and levels[open_[-1]] > levels[n]:
            open_.pop()
        ends[n] = lines[open_[-1]] - 1 if open_ else last
        open_.append(n)
    return ends


def _next_headings(blocks: list[Block]) -> list[Block | None]:
    """Returns for each block the next one that is a heading."""
    found: list[Block | None] = []
    following: Block | None = None
    for block in reversed(blocks):
        found.append(following)
        following = block if block.kind == "heading" else following
    return found[::-1]


def _first_break(outline: Outline, block: Block, following: Block | None) -> int:
    """Returns the last line directly below a title: up to the next heading, or past one that names people only."""
    if following is None:
        return len(outline.lines)
    if following.level > block.level and opening.is_about_it(plain(following.text)):
        return min(following.end_line + 4, len(outline.lines))
    if following.line - block.end_line <= 10 and speakers.people(following.text).score >= opening.ENOUGH:
        between = outline.between(block.end_line + 1, following.line - 1)
        if not any(b.kind == "paragraph" for b in between):
            return following.end_line
    return following.line - 1


def items(outline: Outline) -> list[Candidate]:
    """Returns the outermost list items, each read as a title with the items below it as its body."""
    blocks = [b for b in outline.blocks if b.kind in ("item", "heading", "rule")][:MOST]
    levels = [b.level if b.kind == "item" else 0 for b in blocks]
    ends = _ends(levels, [b.line for b in blocks], len(outline.lines))
    depth = 0 if sum(b.kind == "item" and b.level == 0 for b in blocks) != 1 else 1  # One item may hold all others.
    outer = [(b, end) for b, end in zip(blocks, ends, strict=True) if b.kind == "item" and b.level == depth]
    # A list of talks shows it in what stands at its head: the items of other notes are not read one by one.
    tried = [_read(outline, block, ITEM, end, end, frozenset()) for block, end in outer[:TRIED]]
    if sum(item.score >= 1 for item in tried) < 2:
        return tried
    eased = titles.shapes(_said(block) for block, _ in outer)
    return [_read(outline, block, ITEM, end, end, eased) for block, end in outer]


def openings(outline: Outline) -> list[Candidate]:
    """Returns the short first lines of paragraphs, each read as a title with what follows as its body."""
    blocks = [
        replace(b, end_line=b.line, text=first)
        for b in outline.blocks
        if b.kind == "paragraph" and len(first := b.text.split("\n", 1)[0]) <= 150
    ][:MOST]
    eased = titles.shapes(_said(block) for block in blocks)
    ends = [b.line - 1 for b in blocks[1:]] + [len(outline.lines)]
    return [_read(outline, block, ITEM, end, end, eased) for block, end in zip(blocks, ends, strict=False)]


def _level(block: Block) -> int:
    return block.level if block.kind == "heading" else BOLD


_BOLD_LINE = re.compile(r"^\s*(\*\*\*?|__)(?=\S)([^*_]+)(?<=\S)\1[^.!?]{0,80}$")
_KEYED = re.compile(
    r":\s*(?:\*\*|__)|(?:\*\*|__)\s*:"
)  # `**Who:** Jane Doe` says something of a talk, and titles none.


def _is_bold_line(block: Block) -> bool:
    """Tells whether a paragraph is one bold line with little else: what some people write for a heading."""
    return (
        block.kind == "paragraph"
        and block.line == block.end_line
        and (bold := _BOLD_LINE.match(block.text)) is not None
        and not (_KEYED.search(block.text, 0, bold.end(2) + 4) and role_of(bold[2].rstrip(": ")) != "title")
    )


_LAST_COLON = re.compile(r"(?<=[^\w\s:])\s*[:：]\s*$")  # Behind stars or a bracket, not the end of `:star:`.
_DANGLING = re.compile(r"(?<=\S)\s+(?:--?|[–—|])$")  # What set off the mark that a title had at its end.


def _said(block: Block) -> str:
    """Returns what a block says as a title: without mark-up, rating and clock time."""
    text = block.text.split("\n")[0] if block.kind == "item" else block.text
    if "](" in text and re.search(r"\w", beside := _ASIDE_LINK.sub("", text)):
        text = beside
    text = _LAST_COLON.sub("", plain(gapped(text)))
    if "#" in text:
        text = _TAGGED.sub("", text)
    said = without_icons(ratings.without(text, ratings.in_heading(text)))
    return _DANGLING.sub("", _CLOCK.sub("", re.sub(r"\s*[(\[]\s*[)\]]", "", said).strip()).rstrip(":： "))


def _read(
    outline: Outline, block: Block, level: int, end: int, first: int, eased: frozenset[titles.Shape]
) -> Candidate:
    """Reads a block as the title of a talk whose body ends at `end`; `first` ends what stands directly below."""
    text = plain(block.text.split("\n")[0] if block.kind == "item" else block.text)
    mark = ratings.in_heading(_LAST_COLON.sub("", text))
    said = _said(block)
    role = role_of(said)
    below = block.line + 1 if block.kind == "item" else block.end_line + 1
    title, cast, _ = titles.in_title(said, eased) if role == "title" else titles.Titled(said, NOBODY)
    if level == ITEM and role == "title" and (led := _led(block)):
        title, cast = led
    at = block.line
    says_who = level < ITEM and speakers.is_labelled(said) and speakers.people(said).labelled
    if role == "title" and mark is None and (says_who or _names_only_people(said, title, cast, level)):
        role, title, cast = "people", said, NOBODY
    if role in ("section", "break") and level < ITEM and _has_its_own(outline, block, said, mark, min(first, end)):
        role = "title"
    if not cast.people and role == "title":
        cast, at = opening.cast_below(outline, below, min(first, end), level)
    rating = Rating(mark.value, mark.raw, block.line) if mark else None
    if rating is None and role == "title":
        rating = opening.rating_below(outline, below, end)
    score, reasons = _weigh(role, mark is not None, rating, cast, at == block.line)
    return Candidate(
        block, level, " ".join(text.split()), role, clean_title(title), cast, at, rating, score, reasons, end
    )


# What opens an item and is set off from what the item says of it: a link or words in bold.
_LEAD = re.compile(
    r"^\s*(?:(?P<sign>\*\*|__)(?P<bold>(?=\S).+?)(?P=sign)|\[(?P<linked>[^\[\]]+)\]\([^()\s]*\))[:.]?(?P<rest>.*)",
    re.DOTALL,
)
_LEAD_SAYS = re.compile(
    r"^(?:\s*\([^()]*\))*\s*(?P<people>(?:by|par|av|von|por|przez|with|w/)\s.+?|[-–—(,]\s*.+?)\s*(?:[:;.!?)–—\n]|$)",
    re.I | re.DOTALL,
)


def _led(block: Block) -> tuple[str, Cast] | None:
    """Returns the title that opens an item, and the people named behind it; None where the item says no more."""
    match = _LEAD.match(block.text)
    if match is None or len(rest := plain(match["rest"])) < 3:
        return None
    title = plain(match["bold"] or match["linked"])
    said = _LEAD_SAYS.match(rest)
    cast = speakers.people(said["people"].strip("-–—(, ")) if said else NOBODY
    if not cast.people and len(rest) <= 150:
        return None  # A short line is read whole.
    return title, cast


# Sections that are about the speakers or the mark, and so have them below.
_ABOUT_ITS_OWN = re.compile(
    r"\b(?:speakers?|bio(?:graphy)?|about|presenters?|rating|verdict|score|who|legend|scale)\b", re.I
)


def _has_its_own(outline: Outline, block: Block, said: str, mark: ratings.Mark | None, end: int) -> bool:
    """Tells whether a heading that is called like a section or break says directly below who speaks, as talks do."""
    cast, _ = opening.cast_below(outline, block.end_line + 1, min(end, block.end_line + 4), block.level)
    if cast.labelled and cast.people:
        return opening.says_speaker(outline, block.end_line + 1, min(end, block.end_line + 4))
    rated = mark or opening.rating_below(outline, block.end_line + 1, min(end, block.end_line + 5))
    return bool(cast.people and rated) and not _ABOUT_ITS_OWN.search(said)


def _names_only_people(said: str, title: str, cast: Cast, level: int) -> bool:
    """Tells whether a line is somebody with a role or company, and titles nothing."""
    if level == ITEM:
        # `Jane Doe - Staff Engineer - Acme`, or somebody's name and nothing else.
        return (
            bool(cast.people)
            and len(said) <= 90
            and vocabulary.ROLE.search(said) is not None
            and speakers.people(said).score >= 1.5
        )
    return not cast.people and speakers.people(said).score >= 2.0


_LONGEST_ROLE = 300  # Characters of a line that says when, or is called like a section.


def role_of(text: str) -> Role:
    """Returns what a line is by what it is called: a title, or what only says when, a break or a section."""
    flat = " ".join(text.split())
    if len(flat) > _LONGEST_ROLE:
        return "title"
    if not re.search(r"[^\W_]", flat) or vocabulary.WHEN.match(flat):
        return "when"
    if vocabulary.BREAK.match(flat):
        return "break"
    return "section" if vocabulary.SECTION.match(flat) else "title"


def _weigh(role: Role, marked: bool, rating: Rating | None, cast: Cast, beside: bool) -> tuple[float, tuple[str, ...]]:
    """Adds up the evidence: what talks have and what other headings are."""
    evidence: list[tuple[float, str]] = []
    if role in ("when", "break"):
        evidence.append((-4.0, "says when" if role == "when" else "is a break or a group"))
    elif role == "section":
        evidence.append((-3.0, "is called like a section"))
    elif role == "people":
        evidence.append((-1.0, "names people only"))
    if marked:
        evidence.append((2.0, "has a rating"))
    elif rating and role == "title":
        evidence.append((1.0, "a rating stands below"))
    if cast.people:
        evidence.append((2.0, "names its speakers" if beside else "speakers stand below"))
    return sum(weight for weight, _ in evidence), tuple(reason for _, reason in evidence)
