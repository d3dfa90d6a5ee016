"""Which candidates of a note are its talks: the level at which most evidence stands decides for one or several."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple

from msgspec.structs import replace
from rapidfuzz import fuzz

from kb.extract import candidates, events, opening, ratings, speakers, tables, taught, titles, vocabulary
from kb.extract.candidates import BOLD, ITEM, Candidate
from kb.extract.speakers import NOBODY, Cast, Person
from kb.outline import Outline, plain
from kb.records import Decision, Rating
from kb.settings import NONE, Settings
from kb.words import slug

_EVIDENT = 1.0
_STRAY = re.compile(r"^\W*(?:next\s+)?(?:talk|session|keynote|presentation)\s+(?:by|from)\b.{0,80}$", re.IGNORECASE)
_CLOSING = re.compile(
    r"\b(?:random|misc(?:ellaneous)?|remarks|take[- ]?aways?|impressions?|thoughts|overall|general|todos?|to[- ]dos?|things to|links|resources|conclusions?)\b",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """A talk before it is a record: its title, where it stands, who speaks, and the mark it gets."""

    title: str
    line: int
    end_line: int
    cast: Cast
    cast_line: int
    rating: Rating | None
    body: int
    event: str | None = None
    date: str | None = None


class Division(NamedTuple):
    """A note divided into talks, why, and the heading above them that is none."""

    talks: tuple[Found, ...]
    decisions: tuple[Decision, ...]
    top: str | None


def divide(outline: Outline, path: str, settings: Settings = NONE) -> Division:
    """Divides a note into its talks; what the user says of a heading is so."""
    heads = [_told(head, settings) for head in candidates.headings(outline)]
    if settings.style:
        return _taught(outline, heads, settings)
    if whole := _front_talk(outline):
        return Division((whole,), (), None)
    rows = [row for row in table_talks(outline) if slug(row.title) not in settings.no_talks]
    told = {slug(head.title) for head in heads}
    if rows and sum(slug(row.title) in told for row in rows) < 0.5 * len(rows):
        return Division(tuple(rows), (), _top(heads, {row.line for row in rows}))
    heads = _with_scheduled(heads, rows)  # Notes below repeat what a schedule has: they are the talks.
    # Where the user says that the only talk is none, the event above it does not take its place.
    denied = any(_is_said(head, settings.no_talks) for head in heads)
    chosen = [c for c in _choose(outline, heads, path) if slug(c.title) not in settings.no_talks]
    chosen = [c for c in chosen if not (denied and events.is_event(c.title))]
    chosen += [h for h in heads if _is_said(h, settings.talks) and h not in chosen]
    chosen.sort(key=lambda c: c.line)
    one = _whole_file(outline, heads, path) if not chosen else None
    if one and not (denied and events.is_event(one.title)):
        return Division((_with_front(outline, one),), _decided(heads, frozenset({one.line})), None)
    if len(chosen) == 1 and chosen[0].level <= 2:
        chosen = [_with_listed(outline, chosen[0])]
    lines = frozenset(c.line for c in chosen)
    talks = tuple(_bounded(outline, chosen, heads))
    if len(talks) == 1:
        talks = (_with_front(outline, talks[0]),)
    return Division(talks, _decided([*heads, *(c for c in chosen if c.level == ITEM)], lines), _top(heads, set(lines)))


def _taught(outline: Outline, heads: list[Candidate], settings: Settings) -> Division:
    """Divides a note into the talks that the user's templates match, and the headings that the user says are talks."""
    chosen = [c for c in taught.talks(outline, settings.style, heads) if slug(c.title) not in settings.no_talks]
    taken = {c.line for c in chosen}
    chosen = sorted([*chosen, *(h for h in heads if _is_said(h, settings.talks) and h.line not in taken)], key=_line_of)
    lines = frozenset(c.line for c in chosen)
    others = [replace(h, reasons=("no style of kb.yaml is so",)) for h in heads if h.line not in lines]
    # Bold lines in a talk are its own, whatever they say, unless they say when.
    closing = sorted([h for h in others if h.level < BOLD or h.role in ("when", "break")] + chosen, key=_line_of)
    found = tuple(
        talk._replace(date=of.date, end_line=max(talk.end_line, of.end_line if of.level == taught.WHOLE else 0))
        for talk, of in zip(_bounded(outline, chosen, closing), chosen, strict=True)
    )
    if len(found) == 1 and not any("speaker" in style.fields for style in settings.style):
        found = (_with_front(outline, found[0]),)
    return Division(found, _decided([*others, *chosen], lines), _top(others, set(lines)))


def _with_scheduled(heads: list[Candidate], rows: list[Found]) -> list[Candidate]:
    """Returns headings with the people and marks that a schedule above has for the same titles, as evidence."""
    of = {slug(row.title): row for row in rows}
    found = []
    for head in heads:
        if head.role == "title" and (row := of.get(slug(head.title))):
            told = replace(head, score=head.score + 2.0, reasons=(*head.reasons, "a schedule has it"))
            if not head.cast.people:
                told = replace(told, cast=row.cast, cast_line=row.cast_line)
            head = told if told.rating else replace(told, rating=row.rating)
        found.append(head)
    return found


def _is_said(head: Candidate, titles: frozenset[str]) -> bool:
    return bool(titles) and not titles.isdisjoint((slug(head.title), slug(head.text)))


def _told(head: Candidate, settings: Settings) -> Candidate:
    """Returns a heading with what the user says of it as evidence that decides."""
    if _is_said(head, settings.no_talks):
        return replace(head, role="section", score=-9.0, reasons=("kb.yaml says that it is none",))
    if _is_said(head, settings.talks):
        return replace(head, role="title", score=9.0, reasons=("kb.yaml says so",))
    return head


def _front_talk(outline: Outline) -> Found | None:
    """Returns the one talk of a note whose front matter names its speaker."""
    front = outline.front
    names = front.texts(*_PEOPLE_KEYS)
    title = front.text("title", "talk", "session")
    if not names or not title:
        return None
    line = next(front.lines[k] for k in ("title", "talk", "session") if k in front.lines)
    cast, where = _front_cast(outline)
    rating = _front_rating(outline) or opening.rating_below(outline, front.end_line + 1, len(outline.lines))
    mark = ratings.in_heading(title)
    title = candidates.clean_title(plain(ratings.without(title, mark))) or plain(title)
    return Found(title, line, len(outline.lines), cast, where, rating, front.end_line + 1)


_PEOPLE_KEYS = (
    *("speakers", "speaker", "presenters", "presenter", "presented by", "presented_by", "intervenant", "intervenants"),
    *("orateur", "orateurs", "sprecher", "referent", "vortragende", "ponente", "ponentes", "orador", "palestrante"),
    *(
        "relatore",
        "relatori",
        "prelegent",
        "spreker",
        "foredragsholder",
        "taler",
        "спикер",
        "докладчик",
        "講演者",
        "发言人",
    ),
    *("演讲者", "발표자", "스피커"),
)


def _front_cast(outline: Outline) -> tuple[Cast, int]:
    """Returns the people that the front matter names, and its line that does."""
    front = outline.front
    said = "; ".join(_introduced(person) for person in front.members(*_PEOPLE_KEYS))
    if not said:
        return NOBODY, 1
    cast = speakers.people("Speaker: " + said)
    if company := front.text("affiliation", "affiliations", "company", "organization", "organisation", "employer"):
        cast = cast._replace(people=tuple(p._replace(affiliation=p.affiliation or company) for p in cast.people))
    if (handle := front.text("handle", "twitter")) and len(cast.people) == 1:
        cast = cast._replace(people=(cast.people[0]._replace(handle=handle.rsplit("/", 1)[-1].lstrip("@")),))
    return cast, next((front.lines[k] for k in _PEOPLE_KEYS if k in front.lines), 1)


def _with_front(outline: Outline, talk: Found) -> Found:
    """Returns the one talk of a note with the people and the mark that the front matter gives, where it has none."""
    cast, where = _front_cast(outline)
    if cast.people and not talk.cast.people:
        talk = talk._replace(cast=cast, cast_line=where)
    return talk if talk.rating else talk._replace(rating=_front_rating(outline))


def _introduced(person: dict[str, str]) -> str:
    """Returns a person of front matter as a line would have it: `Jane Doe (Acme) @jdoe`."""
    company = next(
        (person[k] for k in ("affiliation", "company", "organization", "org", "employer") if k in person), ""
    )
    handle = next((person[k] for k in ("twitter", "handle", "x") if k in person), "").rsplit("/", 1)[-1].lstrip("@")
    return " ".join(filter(None, [person.get("name", ""), company and f"({company})", handle and f"@{handle}"]))


_RATING_KEYS = (
    *(
        "rating",
        "stars",
        "score",
        "mark",
        "note",
        "bewertung",
        "wertung",
        "sterne",
        "évaluation",
        "calificación",
        "valoración",
    ),
    *(
        "puntuación",
        "nota",
        "voto",
        "ocena",
        "hodnocení",
        "vurdering",
        "betyg",
        "оценка",
        "評価",
        "评分",
        "평점",
        "avaliação",
    ),
)


def _front_rating(outline: Outline) -> Rating | None:
    for key in _RATING_KEYS:
        if (said := outline.front.text(key)) and (mark := ratings.value_of(said)):
            return Rating(mark.value, said, outline.front.lines[key])
    return None


def table_talks(outline: Outline) -> list[Found]:
    """Returns the talks that are rows of tables."""
    return [Found(r.title, r.line, r.line, r.cast, r.line, r.rating, r.line) for r in tables.rows(outline)]


def _choose(outline: Outline, heads: list[Candidate], path: str) -> list[Candidate]:
    """Returns the candidates at the level that the evidence speaks for, and strong ones beside them."""
    heads = _attributed(outline, heads, heads)
    listed: list[Candidate] = []
    if _worth_most(heads) < 6:  # Where several headings plainly are talks, the lists below them are their notes.
        listed = [c for c in candidates.items(outline) if _may_be_listed(c, heads)]
        if sum(c.score >= _EVIDENT for c in listed) >= 2:
            heads = _attributed(outline, heads, listed)
    levels = {level: [h for h in heads if h.level == level and h.role == "title"] for level in range(1, BOLD + 1)}
    worth = {level: _worth(members) for level, members in levels.items()}
    best = max(worth, key=lambda level: (worth[level], -level))
    if _worth(listed) > 2 * worth[best] and sum(c.score >= _EVIDENT for c in listed) >= 2:
        return _members(listed, ITEM)
    if worth[best] <= 0:
        return _by_shape(heads, levels, path) or _by_openings(outline, heads)
    chosen = _members(levels[best], best)
    if best < BOLD and 2 * len(chosen) < len(levels[best]) and not _is_not_notes(path):
        shaped = _Shaped(heads, levels[best], path)
        if shaped.score >= _ENOUGH_SHAPE:
            lines = {*map(_line_of, chosen), *map(_line_of, shaped.talks)}
            chosen = [m for m in levels[best] if m.line in lines]
    for other in heads:
        if other.level == best or other.score < 2 or other.role != "title":
            continue
        if other.score >= 3 + (other.level > BOLD) or not _overlaps(other, chosen):
            insort(chosen, other, key=_line_of)
    return sorted(chosen, key=lambda c: c.line)


def _worth_most(heads: list[Candidate]) -> float:
    return max(_worth([h for h in heads if h.level == level and h.role == "title"]) for level in range(1, BOLD + 1))


# What a list of talks may be called.
_OF_TALKS = re.compile(
    r"\b(?:talks?|sessions?|keynotes?|lectures?|presentations?|vortr[aä]ge?|conf[eé]rences|charlas|ponencias|prelekcje|p[rř]edn[aá][sš]ky)\b",
    re.IGNORECASE,
)


def _attributed(outline: Outline, heads: list[Candidate], deeper: list[Candidate]) -> list[Candidate]:
    """Returns headings without the people and the mark of a deeper title: they are that one's, directly below it."""
    marks = {d.rating.line: d.line for d in deeper if d.rating and d.role == "title" and _is_directly_below(outline, d)}
    casts = {d.cast_line: d.line for d in deeper if d.cast.people and d.role == "title"}
    found = []
    for head in heads:
        lost: list[tuple[float, str]] = []
        if head.rating and marks.get(head.rating.line, 0) > head.line:
            head, lost = replace(head, rating=None), [(1.0, "a rating stands below")]
        if head.cast.people and head.cast_line != head.line and casts.get(head.cast_line, 0) > head.line:
            head = replace(head, cast=NOBODY, cast_line=head.line)
            lost.append((2.0, "speakers stand below"))
        if lost:
            gone = {reason for _, reason in lost}
            score = head.score - sum(weight for weight, _ in lost)
            head = replace(head, score=score, reasons=tuple(r for r in head.reasons if r not in gone))
        found.append(head)
    return found


def _is_directly_below(outline: Outline, head: Candidate) -> bool:
    """Tells whether the mark of a talk stands below its title with no more than its people between."""
    assert head.rating is not None
    between = outline.said(head.body, head.rating.line - 1)
    return len(between) <= 3 and all(len(at.text) <= 120 for at in between)


def _may_be_listed(item: Candidate, heads: list[Candidate]) -> bool:
    """Tells whether an item could title a talk: not below a heading such as `Links` or `Todo`."""
    above = bisect_right(heads, item.line, key=_line_of)
    if item.role != "title" or above == 0:
        return item.role == "title"
    head = heads[above - 1]
    return head.role not in ("section", "break") or _OF_TALKS.search(head.text) is not None


def _by_openings(outline: Outline, heads: list[Candidate]) -> list[Candidate]:
    """Returns the paragraphs that open with a title and its speaker, or its mark, below no heading but the event's."""
    if any(head.role == "title" and head is not heads[0] for head in heads):
        return []
    named = [
        c
        for c in candidates.openings(outline)
        if c.role == "title" and ((c.cast.people and c.cast_line == c.line) or (c.rating and c.rating.line == c.line))
    ]
    return named if len(named) >= 2 and 2 * len(named) >= len(outline.prose) / 4 else []


def _worth(members: list[Candidate]) -> float:
    """Returns how much speaks for a level: its evident talks, times their share of all that stand there."""
    evident = [m for m in members if m.score >= _EVIDENT]
    return sum(min(m.score, 4.0) for m in evident) * len(evident) / len(members) if members else 0.0


def _members(members: list[Candidate], level: int) -> list[Candidate]:
    evident = [m for m in members if m.score >= _EVIDENT]
    share = len(evident) / len(members)
    if level == BOLD or (share < 0.4 and not (len(evident) >= 2 and _are_titles(members))):
        return evident
    if share >= 0.8 and len(members) >= 5:
        # Where nearly all name a speaker or give a mark, the rest are none, unless numbered like them or in a slot.
        numbered = sum(m.numbered for m in members) >= 0.8 * len(members)
        return [m for m in members if m.score >= _EVIDENT or (numbered and m.numbered) or m.in_slot]
    return [m for m in members if m.score >= _EVIDENT or not (share >= 0.6 and _is_slight(m))]


def _are_titles(members: list[Candidate]) -> bool:
    """Tells whether headings read like titles of talks: of several words, and none twice."""
    members = [m for m in members if not m.text.endswith(":")] or members
    names = {slug(m.title) for m in members}
    long = sum(len(m.title.split()) >= 3 and not m.title.endswith((".", ",")) for m in members)
    return len(names) == len(members) and long >= 0.75 * len(members)


def _is_slight(candidate: Candidate) -> bool:
    """Tells whether a heading without evidence says no more than an ordinary word or two."""
    words = re.findall(r"[^\W\d_]+", candidate.title)
    return len(words) <= 2 and all(vocabulary.is_common(word) for word in words)


_line_of = attrgetter("line")


def _overlaps(candidate: Candidate, chosen: list[Candidate]) -> bool:
    """Tells whether a candidate holds one of the chosen, or lies in one; they are in order and apart."""
    at = bisect_left(chosen, candidate.line, key=_line_of)
    within = at < len(chosen) and chosen[at].line <= candidate.end_line
    return within or (at > 0 and candidate.line <= chosen[at - 1].end_line)


def _by_shape(heads: list[Candidate], levels: dict[int, list[Candidate]], path: str) -> list[Candidate]:
    """Returns talks that only their place speaks for: among days and slots, below an event's name, or alike titles."""
    if _is_not_notes(path) or len(heads) > 2_000:  # No notes of talks, whatever they are.
        return []
    shaped = [_Shaped(heads, members, path) for level, members in levels.items() if level < BOLD]
    best = max(shaped, key=lambda one: (one.score, len(one.talks)), default=None)
    return best.talks if best and best.score >= _ENOUGH_SHAPE else []


_ENOUGH_SHAPE = 1.5


class _Shaped:
    """How much the shape of a note says that the headings of a level are its talks, where nobody and no mark does."""

    def __init__(self, heads: list[Candidate], members: list[Candidate], path: str) -> None:
        tops = [h for h in heads if h.level <= 2 and h.role == "title" and events.is_event(h.text)]
        rest = [m for m in members if m not in tops]
        self.talks: list[Candidate] = []
        self.score = 0.0
        if len(rest) < 2:
            return
        level = rest[0].level
        whens = [h for h in heads if h.role == "when" and re.search(r"\w", h.text)]
        below = [m for m in rest if any(t.level < level and t.line < m.line <= t.end_line for t in tops)]
        among = [m for m in rest if whens and m.line > whens[0].line]
        sections = sum(h.role == "section" for h in heads if h.level == level)
        top = heads[0] if heads[0].level < level and heads[0].role == "title" and heads[0] not in tops else None
        self.score -= 2.0 * sections / len(rest)
        self.score += 1.5 * bool(below or among)
        self.score += 1.5 * (len(rest) >= 3 and events.names_event(path) and level == heads[0].level)
        # Titles alone say little: one section anywhere, or a file called like a talk, and they are the headings of one.
        of_one = any(h.role == "section" for h in heads) or len(re.findall(r"[^\W\d_]{2,}", _stem(path))) >= 4
        if len(rest) >= 3 and _are_titles(rest) and (not of_one or below or among):
            self.score += 0.75 if top else 1.5
            if top and len(top.title.split()) <= 2:
                self.score += 0.75
        found = max(below, among, key=len) if below or among else rest
        self.talks = [m for m in found if not _is_slight(m)]


def _stem(path: str) -> str:
    """Returns the name of a file, without its suffix."""
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def _is_not_notes(path: str) -> bool:
    return vocabulary.NOT_NOTES.match(path.rsplit("/", 1)[-1].rsplit(".", 1)[0]) is not None


def _whole_file(outline: Outline, heads: list[Candidate], path: str) -> Found | None:
    """Returns the one talk of a note in which nothing speaks for several."""
    first = next((h for h in heads if h.role == "title" and h.level <= 2), None)
    title = outline.front.text("title")
    end = len(outline.lines)
    if _is_not_notes(path) and not (first and first.score >= _EVIDENT) and not _is_folders_note(path, heads):
        return None
    if first is None and title is None:
        return _first_line(outline, path)
    rating = _front_rating(outline) or opening.rating_below(outline, outline.front.end_line + 1, end)
    if title is not None and "title" in outline.front.lines and (first is None or not _similar(first.title, title)):
        name, cast, _ = titles.in_title(plain(title))
        where = outline.front.lines["title"]
        if not cast.people:
            cast, where = opening.cast_below(outline, outline.front.end_line + 1, end, 0)
        return Found(
            candidates.clean_title(name),
            outline.front.lines["title"],
            end,
            cast,
            where,
            rating,
            outline.front.end_line + 1,
        )
    assert first is not None
    first = _with_listed(outline, first)
    if events.is_event(first.text) and first.score < _EVIDENT and len(heads) == 1:
        return None
    return Found(first.title, first.line, end, first.cast, first.cast_line, first.rating or rating, first.body)


def _is_folders_note(path: str, heads: list[Candidate]) -> bool:
    """Tells whether a README is the note of its folder: below the root, and about no project."""
    project = re.compile(
        r"\b(?:install|usage|licen[sc]e|contribut|getting started|table of contents|build|requirements)", re.IGNORECASE
    )
    sections = [h for h in heads if h.level > 1]
    return path.count("/") >= 1 and len(sections) >= 2 and not any(project.search(h.text) for h in heads)


def _first_line(outline: Outline, path: str) -> Found | None:
    """Returns the talk of a note without headings whose first line is its title: named like the file, or by somebody."""
    blocks = [b for b in outline.blocks if b.kind in ("paragraph", "item")]
    if len(blocks) < 3:
        return None
    title = plain(blocks[0].text.split("\n")[0]).strip("* ")
    name, cast, _ = titles.in_title(ratings.without(title, ratings.in_heading(title)))
    where = blocks[0].line
    if not cast.people:
        cast, where = opening.cast_below(outline, where + 1, where + 6, 0)
    stem = re.sub(r"^\d+[-_. ]+|\.\w+$", "", path.rsplit("/", 1)[-1])
    alike = fuzz.ratio(slug(name), slug(stem)) >= 80
    if not (alike or (cast.people and len(title) <= 100)) or events.is_event(title):
        return None
    end = len(outline.lines)
    mark = ratings.in_heading(title)
    rating = opening.rating_below(outline, blocks[0].line + 1, end)
    rating = Rating(mark.value, mark.raw, blocks[0].line) if mark else rating
    return Found(candidates.clean_title(name), blocks[0].line, end, cast, where, rating, blocks[0].line + 1)


def _with_listed(outline: Outline, talk: Candidate) -> Candidate:
    """Returns the one talk of a note with all the people that its items are, where those it has are among them."""
    listed = _listed_people(outline, talk.body)
    if listed and all(p in listed.people for p in talk.cast.people):
        return replace(talk, cast=listed, cast_line=talk.body)
    return talk


def _listed_people(outline: Outline, line: int) -> Cast | None:
    """Returns the people that the outermost items of a note are, each with a role or company: a panel, a keynote of many."""
    found: list[Person] = []
    for block in outline.between(line, len(outline.lines)):
        if block.kind == "item" and block.level == 0:
            cast = speakers.people(block.text.split("\n")[0])
            if cast.score >= 1.0 and len(cast.people) <= 2 and len(block.text) <= 100:
                found += [p for p in cast.people if p.affiliation or cast.score >= 2.0]
    return Cast(tuple(dict.fromkeys(found)), 2.0) if len(found) >= 2 else None


def _similar(one: str, other: str) -> bool:
    return re.sub(r"\W+", "", one).casefold() == re.sub(r"\W+", "", other).casefold()


def _bounded(outline: Outline, chosen: list[Candidate], heads: list[Candidate]) -> Iterable[Found]:
    """Yields the talks with the lines that are their own: up to the next talk, or heading that is no section of theirs."""
    days = {head.level for head in heads if head.role == "when"}
    for n, talk in enumerate(chosen):
        end = chosen[n + 1].line - 1 if n + 1 < len(chosen) else len(outline.lines)
        if talk.level == ITEM:
            end = min(end, talk.end_line)
        for head in (heads[k] for k in range(bisect_right(heads, talk.line, key=_line_of), len(heads))):
            if head.line > end:
                break
            closes = head.level <= talk.level or (
                head.level in days and (head.role == "when" or _CLOSING.search(head.text))
            )
            if closes and not _is_section_of(head, talk):
                end = head.line - 1
                break
        if len(chosen) == 1 and talk.level != ITEM:  # One talk's note: headings as high as its title are its sections.
            end = next(
                (h.line - 1 for h in heads if h.line > talk.line and h.role in ("when", "break")), len(outline.lines)
            )
        end = _without_stray(outline, talk.line, end)
        yield Found(talk.title, talk.line, end, talk.cast, talk.cast_line, talk.rating, talk.body)


def _is_section_of(head: Candidate, talk: Candidate) -> bool:
    """Tells whether a heading as high as a talk's own is still one of the talk's sections."""
    return head.role == "section" and head.level == talk.level and not _CLOSING.search(head.text)


def _without_stray(outline: Outline, line: int, end: int) -> int:
    """Returns the end of a talk without a last line that announces the heading directly below it."""
    if end < len(outline.lines) and end > line and _STRAY.match(outline.lines[end - 1]):
        return end - 1
    return end


def _top(heads: list[Candidate], talks: set[int]) -> str | None:
    first = heads[0] if heads else None
    if first is None or first.line in talks or first.role != "title" or (talks and first.line > min(talks)):
        return None
    return first.text


def _decided(heads: Iterable[Candidate], talks: frozenset[int]) -> tuple[Decision, ...]:
    return tuple(
        Decision(
            h.line,
            h.text,
            h.line in talks,
            round(h.score, 2),
            h.reasons or ("nothing speaks for or against it",),
        )
        for h in sorted(heads, key=lambda h: h.line)
    )
