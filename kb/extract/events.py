"""What a note is of: its event and date, from front matter, top heading and path, the plainest word first."""

from __future__ import annotations

import re
from typing import NamedTuple

from kb.dates import date_in
from kb.extract import vocabulary
from kb.outline import Outline, plain, without_icons
from kb.records import Problem


class Occasion(NamedTuple):
    """The event and date of a note, and what was contradictory about them."""

    event: str | None
    date: str | None
    problems: tuple[Problem, ...] = ()


def is_event(text: str) -> bool:
    """Tells whether a heading reads like a conference's name: it has a year, or a word such events have."""
    return len(text) <= 100 and vocabulary.EVENT.search(text) is not None


def occasion(outline: Outline, path: str, top: str | None) -> Occasion:
    """Reads the event and date of a note; `top` is its top heading, where that is no talk."""
    front = outline.front
    said = front.text("event", "conference", "conf", "meetup", "venue")
    title = front.text("title")
    event = said or (top if top and is_event(top) else None)
    event = event or (title if title and is_event(title) and not front.text("speaker", "speakers") else None)
    event = event or top or _opening_line(outline) or _event_of(path)
    event = _named(event) if event and not said else event
    explicit = date_in(front.text("date", "day", "when", "year") or "")
    date = explicit or date_in(top or "") or _date_near_top(outline) or date_in(path)
    longer = [
        d for d in (date_in(event or ""), date_in(path)) if d and date and len(d) > len(date) and d.startswith(date)
    ]
    date = longer[0] if longer else date or date_in(event or "")
    return Occasion(event, date, tuple(_conflict(outline, path, event, explicit)))


_NOTES_OF = re.compile(
    r"^(?:my\s+)?notes\s+(?:from|on|of|for|about)\s+(?:the\s+)?|(?<![\s:–—-])[\s:–—-]+(?:(?:my|conference|talk|session|personal)\s+)*notes$",
    re.IGNORECASE,
)


def _named(event: str) -> str:
    """Returns an event's name without decoration and without the word that says that these are notes of it."""
    bare = without_icons(event)
    return _NOTES_OF.sub("", bare).strip() or bare


def _opening_line(outline: Outline) -> str | None:
    """Returns the first line of a note, above all headings, where it reads like an event's name."""
    first = outline.prose[0] if outline.prose else None
    if first is None or first.block.kind != "paragraph" or first.block.line != first.block.end_line:
        return None
    text = plain(first.text).rstrip(":")
    return text if is_event(text) and len(text.split()) <= 8 and not text.endswith(".") else None


def _date_near_top(outline: Outline) -> str | None:
    """Returns a whole date in a short line before the second heading."""
    headings = outline.headings
    end = headings[1].line if len(headings) > 1 else headings[0].line + 6 if headings else 6
    for block in outline.between(1, min(end, 12)):
        if block.kind in ("paragraph", "heading", "item") and len(block.text) <= 160:
            found = date_in(plain(block.text))
            if found and len(found) > 4:
                return found
    return None


def _conflict(outline: Outline, path: str, event: str | None, date: str | None) -> list[Problem]:
    years = re.findall(r"\b(?:19|20)\d\d\b", event or "")
    if not date or not years or date[:4] in years:
        return []
    line = next((outline.front.lines[key] for key in ("date", "day", "when", "year") if key in outline.front.lines), 1)
    message = f"the event says {years[0]} and the date {date}"
    return [Problem(path, line, message, "the date is used; correct one of the two", "event_date_conflict")]


def names_event(path: str) -> bool:
    """Tells whether a file itself is called like an event: `2015-scaladays.md`."""
    name = re.sub(r"[-_]+", " ", path.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    return (
        re.search(r"(?:19|20)\d\d|\b\w*(?:conf|con|days|keynotes|talks|sessions|vortraege)\b", name, re.IGNORECASE)
        is not None
        and len(name.split()) <= 5
    )


def _event_of(path: str) -> str | None:
    """Returns the event that a folder or file is named after, the innermost that names one."""
    folders = [part for part in path.split("/") if part not in (".", "..")]
    folders[-1] = folders[-1].rsplit(".", 1)[0]
    for n in reversed(range(len(folders))):
        name = re.sub(r"^\d{1,2}[-_. ]+(?=\D)", "", folders[n])
        name = re.sub(
            r"\b(?:notes?|talks?|sessions?|all)\b", "", re.sub(r"[-_]+", " ", name), flags=re.IGNORECASE
        ).strip()
        if not name or (vocabulary.WHEN.match(name) and not re.fullmatch(r"(?:19|20)\d\d", name)):
            continue
        if re.fullmatch(r"(?:19|20)\d\d", name) and n > 0:
            return f"{_cased(re.sub(r'[-_]+', ' ', folders[n - 1]))} {name}"
        if n < len(folders) - 1 and vocabulary.EVENT.search(name):
            return _cased(name)
        if n == len(folders) - 1 and re.search(r"(?:19|20)\d\d|\b\w*(?:conf|con)\b", name) and len(name.split()) <= 5:
            return _cased(re.sub(r"^(?:19|20)\d\d \d\d \d\d ", "", name))
    return None


def _cased(name: str) -> str:
    return " ".join(w if not w.islower() else w.upper() if len(w) <= 2 else w.capitalize() for w in name.split())
