"""The habits that notes are written by, in axes that may be combined freely but for the rules."""

from __future__ import annotations

from msgspec import Struct

from tests.styles.kinds import Day, Form, Frame, Join, Mark, Occasion, Plain, Seat, Spot, Stars
from tests.styles.lines import FRAMES, MARKS, SEATS
from tests.styles.parts import FORMS, JOINS, SPOTS, STARS
from tests.styles.people import FIRMS, PEOPLE, Firms, People
from tests.styles.titles import TOPICS, Topic
from tests.styles.tongues import TONGUES, Tongue

OCCASIONS = (
    Occasion("heading", "heading"),
    Occasion("heading-dated", "heading", True),
    Occasion("heading-date-line", "line", True),
    Occasion("front", "front", True),
    Occasion("front-title", "front-title", True),
    Occasion("folder", "folder"),
    Occasion("folder-dated", "folder", True),
    Occasion("file-name", "file"),
    Occasion("file-name-dated", "file", True),
    Occasion("setext", "setext"),
    Occasion("days", "days", True),
)

DAYS = (
    Day("iso", "{y}-{mm}-{dd}"),
    Day("in-language", ""),
    Day("dots", "{dd}.{mm}.{y}"),
    Day("short-dots", "{d}.{m}.{y}"),
    Day("slashes-of-the-world", "{dd}/{mm}/{y}"),
    Day("slashes-year-first", "{y}/{mm}/{dd}"),
    Day("compact", "{y}{mm}{dd}"),
    Day("one-digit-iso", "{y}-{m}-{d}"),
    Day("short-month", "{d} {mon} {y}"),
    Day("short-month-first", "{mon} {d}, {y}"),
    Day("ordinal", "{d}th of {Month} {y}"),
    Day("weekday", "Thursday, {Month} {d}, {y}"),
    Day("month", "{Month} {y}"),
    Day("year-month", "{y}-{mm}"),
    Day("range", "{Month} {d}-{e}, {y}"),
    Day("iso-time", "{y}-{mm}-{dd}T09:30:00Z"),
)

SECTIONS = tuple(
    Plain(name)
    for name in (
        "none",
        "headings",
        "headings-two-levels",
        "headings-numbered",
        "headings-telling",
        "bold-lines",
        "labels",
        "links-section",
        "bold-items",
    )
)
BODIES = tuple(
    Plain(name)
    for name in (
        "bullets", "none", "prose", "numbered", "star-bullets", "nested", "tasks", "fence-with-comment", "tilde-fence", "indented-code",
        "quote", "callout", "image", "data-table", "numbers", "people", "links", "html", "formula", "headings-in-quote", "stars-in-prose",
    )
)  # fmt: skip
NOISES = tuple(
    Plain(name)
    for name in (
        "none", "lunch", "break-timed", "agenda-list", "agenda-table", "day-headings", "impressions", "todo", "legend-line", "legend-list",
        "html-comment", "obsidian-comment", "tags-top", "tags-each", "rules-between", "link-definitions", "introduction", "contents",
        "housekeeping", "code-before",
    )
)  # fmt: skip
FILES = tuple(
    Plain(name)
    for name in ("lf", "crlf", "cr", "bom", "bom-crlf", "decomposed", "no-last-newline", "trailing-spaces", "hard-breaks", "text", "no-break-spaces", "zero-width")
)  # fmt: skip
SPACINGS = (Plain("together"), Plain("loose"), Plain("tight"), Plain("two-blank-lines"))
GAPS = tuple(
    Plain(name)
    for name in (
        "nothing",
        "second-unrated",
        "last-speakerless",
        "first-bodiless",
        "last-bare",
        "empty-rating",
        "to-be-announced",
    )
)
COUNTS = (Plain("three", "3"), Plain("one", "1"), Plain("two", "2"), Plain("seven", "7"))


class Style(Struct, frozen=True):
    """One habit of each axis: a way to write notes."""

    frame: Frame
    seat: Seat
    spot: Spot
    stars: Stars
    form: Form
    join: Join
    mark: Mark
    topic: Topic
    tongue: Tongue
    people: People
    firms: Firms
    occasion: Occasion
    day: Day
    body: Plain
    section: Plain
    noise: Plain
    file: Plain
    spacing: Plain
    gap: Plain
    count: Plain


Habit = Frame | Mark | Seat | Form | Join | Stars | Spot | Occasion | Day | Plain | Topic | Tongue | People | Firms
AXES: dict[str, tuple[Habit, ...]] = {
    "frame": FRAMES, "seat": SEATS, "spot": SPOTS, "stars": STARS, "form": FORMS, "join": JOINS, "mark": MARKS, "topic": TOPICS,
    "tongue": TONGUES, "people": PEOPLE, "firms": FIRMS, "occasion": OCCASIONS, "day": DAYS, "body": BODIES, "section": SECTIONS,
    "noise": NOISES, "file": FILES, "spacing": SPACINGS, "gap": GAPS, "count": COUNTS,
}  # fmt: skip
