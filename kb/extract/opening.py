"""The lines below a title: who speaks, what mark the talk gets, whose handles stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from kb.extract import ratings, speakers, titles, vocabulary
from kb.extract.ratings import Mark
from kb.extract.speakers import NOBODY, Cast, Person
from kb.outline import Line, Outline, plain
from kb.records import Appearance, Rating

# A name directly below a title needs less evidence than one in running text.
_POSITION = 0.8
ENOUGH = 1.5
_KEY = re.compile(
    r"^\W*(?:company|companies|affiliation|organi[sz]ation|org|employer|firma|entreprise)\W*[:=]\s*(.+)$",
    re.IGNORECASE,
)
_MARKED_START = re.compile(r"\s*(\*\*|__|\*|_)(?P<marked>[^*_]+)\1")
_BARE_LABEL = re.compile(r"^\W*(?:speakers?|presenters?|panel(?:l?ists?)?)\W*$", re.IGNORECASE)
# A directive of DocC or the like: `@Metadata {`, `@TitleHeading("Talk")`.
_LETTER = re.compile(r"[^\W\d_]")
_ADDRESS = re.compile(r"^\W*+https?://\S++\W*+$")
_ONLY_HANDLES = re.compile(r"\W*(?:(?:twitter|handles?)\W*)?(?:@\w++[\s,;&|/]*+(?:and\s++)?+)++\W*+", re.IGNORECASE)
_HANDLES = 100  # Handles of a talk that are looked at.
_LONGEST_COMPANY = 500  # Characters of a line that states one.
_DIRECTIVE = re.compile(r"^\s*@\w+\s*[({]")
_ASIDE = re.compile(
    r"^\W*(?:slides?|videos?|links?|recording|code|repo|date|time|when|where|room|location|track|tags?|url|website|abstract|level|event|conference)\b[^.]{0,40}(?::|$)",
    re.IGNORECASE,
)


def cast_below(outline: Outline, line: int, end_line: int, level: int) -> tuple[Cast, int]:
    """Returns the people that the first lines below a title name, and the line; a later one must say `Speaker:`."""
    best, where, seen, expected = NOBODY, line, 0, False
    for at in outline.said(line, min(end_line, line + 40)):
        if seen > 12 or (at.block.kind == "heading" and at.block.level <= level):
            break
        text = plain(at.text)
        if best.people and not _goes_on(best, at, where):
            break
        if _BARE_LABEL.match(text):
            expected = True
            continue
        if _is_aside(text, at.text):
            continue
        if seen > 1 and not (expected or best.people or speakers.is_labelled(text)):
            if at.block.kind == "heading":
                break
            seen += 1  # Here a line must say itself that it names people.
            continue
        bonus = 2.0 if expected else _POSITION if seen == 0 else 0.0
        cast = max((speakers.people(part) for part in _variants(at.text)), key=lambda c: c.score)
        enough = cast.labelled or (cast.score + bonus >= ENOUGH and (seen <= 1 or expected or bool(best.people)))
        if at.block.kind == "heading" and not _is_heading_of_people(text, cast, seen):
            if level == 0 or best.people or not is_about_it(text):
                break
            expected = True  # Who speaks may stand alone in the first lines of an abstract.
            continue
        if cast.people and enough and len(text) <= 200:
            best, where = _joined(best, cast, bonus), at.line
        elif best.people:
            break
        seen += 1
    return best, where


_ABOUT = re.compile(
    r"\W*(?:abstract|description|about|info|details|speakers?|résumé|kurzfassung|resumen)\W*", re.IGNORECASE
)


def is_about_it(text: str) -> bool:
    """Tells whether a heading is that of what the programme says of a talk."""
    return _ABOUT.fullmatch(text) is not None


def _is_heading_of_people(text: str, cast: Cast, seen: int) -> bool:
    """Tells whether a sub-heading says who speaks, and titles nothing itself."""
    return cast.labelled or (seen == 0 and cast.score >= ENOUGH and not titles.in_title(text).cast.people)


def _variants(text: str) -> list[str]:
    """Returns the ways to read a line for people: whole, or what stands in bold or italics at its start."""
    match = _MARKED_START.match(text)
    return [text, f"**{match['marked']}**"] if match and len(match["marked"].split()) >= 2 else [text]


def _is_aside(text: str, source: str) -> bool:
    """Tells whether a line says something else than who speaks: a link, a date, a mark."""
    if not _LETTER.search(text) or _DIRECTIVE.match(text) or ratings.on_line(text) or vocabulary.WHEN.match(text):
        return True
    return _ASIDE.match(text) is not None or ("://" in source and _ADDRESS.match(source) is not None)


def _goes_on(best: Cast, at: Line, where: int) -> bool:
    return at.line - where <= 1 or (at.block.kind == "item" and at.line - where <= 2)


def _joined(best: Cast, more: Cast, bonus: float) -> Cast:
    known = {p.name for p in best.people}
    people = (*best.people, *(p for p in more.people if p.name not in known))
    return Cast(people, max(best.score, more.score + bonus), best.labelled or more.labelled)


def company_below(outline: Outline, line: int, end_line: int) -> str | None:
    """Returns the company that a line of its own states: `Company: Acme`."""
    for at in outline.said(line, min(end_line, line + 12)):
        text = plain(at.text)
        if len(text) <= _LONGEST_COMPANY and (match := _KEY.match(text)):
            return match[1].strip()
    return None


def appearances(outline: Outline, cast: Cast, at: int, line: int, end_line: int) -> tuple[Appearance, ...]:
    """Returns the people of a talk, with handles that lines of it give them."""
    people = list(cast.people)
    company = company_below(outline, line, end_line)
    if company and all(p.affiliation is None for p in people):
        people = [p._replace(affiliation=company) for p in people]
    for near, text in _tagged(outline, line, end_line):
        alone = _ONLY_HANDLES.fullmatch(text) is not None
        for tag in islice(speakers.handles(text), _HANDLES):
            if all(p.handle is None or p.handle.casefold() != tag.casefold() for p in people):
                _give(people, tag, near and (alone or (len(people) == 1 and _is_called_a_profile(text, tag))))
    said = [outline.lines[n - 1] for n in (line, at)] if people else []
    linked = [speakers.with_handles(text) for text in said if "](" in text]
    people = [p if p.handle else p._replace(handle=_profile(p.name, linked)) for p in people]
    return tuple(Appearance(p.name, at, p.affiliation, p.handle) for p in people)


def _is_called_a_profile(text: str, tag: str) -> bool:
    """Tells whether a line calls a handle somebody's Twitter: `Su twitter @jdoe, …`."""
    return re.match(rf"\W*+(?:\w++\W+){{0,2}}twitter\W{{1,5}}{re.escape(tag)}\b", text, re.IGNORECASE) is not None


def _profile(name: str, texts: Iterable[str]) -> str | None:
    """Returns the handle of the profile that a name is a link to in some texts."""
    for text in texts:
        if match := re.search(rf"{re.escape(name)} \(@(\w+)\)", text):
            return match[1]
    return None


def _tagged(outline: Outline, line: int, end_line: int) -> Iterator[tuple[bool, str]]:
    """Yields the prose lines with handles, and whether each is near the title."""
    for at in outline.said(line, end_line):
        if _DIRECTIVE.match(at.text):
            continue
        if "@" in at.text or "twitter.com" in at.text or "x.com" in at.text:
            yield at.line - line <= 8, speakers.with_handles(at.text)


def _give(people: list[Person], tag: str, freely: bool) -> None:
    """Gives a handle to the person that it is made of; a line of handles alone goes round in order."""
    waits = [n for n, p in enumerate(people) if p.handle is None]
    fits = [n for n in waits if speakers.is_handle_of(tag, people[n].name)]
    taker = fits[0] if fits else waits[0] if waits and freely else None
    if taker is not None:
        people[taker] = people[taker]._replace(handle=tag)


_SAYS_WHO = re.compile(r"^\W*(?:speakers?|presenters?)[^\w:]*+:\W*+\w", re.IGNORECASE)


def says_speaker(outline: Outline, line: int, end_line: int) -> bool:
    """Tells whether one of some lines says `Speaker:`."""
    return any(_SAYS_WHO.match(plain(at.text)) for at in outline.said(line, end_line))


def unread(outline: Outline, line: int, end_line: int) -> Iterator[tuple[int, str, str]]:
    """Yields the lines of a talk that say what they are and could not be read: line, what, and code."""
    for at in outline.said(line, min(end_line, line + 15)):
        text = plain(at.text)
        if ratings.is_unread(text):
            yield at.line, "the rating was not understood", "unread_rating"
        elif _SAYS_WHO.match(text) and not speakers.people(at.text).people:
            yield at.line, "the speaker was not understood", "unread_speaker"


def rating_below(outline: Outline, line: int, end_line: int) -> Rating | None:
    """Returns the mark that a line or sub-heading of a talk gives it; several different ones are a legend."""
    free: list[tuple[Mark, Line]] = []
    expected = False
    for at in outline.said(line, end_line):
        if not (expected or ratings.may_rate(at.text) or at.block.kind == "heading"):
            continue
        text = plain(at.text)
        # Stars may be asterisks, which Markdown takes for emphasis.
        if mark := ratings.labelled(at.text if at.text.endswith("*") else text) or ratings.labelled(text):
            return Rating(mark.value, mark.raw, at.line)
        if ratings.is_labelled(text):
            continue
        if at.block.kind == "heading":
            expected = (
                re.fullmatch(r"\W*(?:my\s+)?(?:rating|verdict|score|mark|note)\W*", text, re.IGNORECASE) is not None
            )
            mark = ratings.in_heading(text) or ratings.on_line(text)
        else:
            mark = (ratings.value_of(text) if expected and len(text) <= 60 else None) or ratings.on_line(text)
            expected = False
        if mark:
            free.append((mark, at))
    if not free or len({mark.raw for mark, _ in free}) > 1:
        return None
    mark, at = free[0]
    return Rating(mark.value, mark.raw, at.line)
