"""What a generated note tells: its talks with their people and marks, and the words that a style writes them in."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from msgspec import Struct

from tests.styles.habits import Style
from tests.styles.people import Person, person
from tests.styles.titles import title

_EVENTS = (
    "HarborConf",
    "QueueCon",
    "Northern Dev Days",
    "PyHarbor",
    "DevFest Kranich",
    "LambdaWorld North",
    "RustBridge Conf",
    "Web Summit Vela",
)
_SLOT = re.compile(r"\{(\w*)\}")
_TIMES = ("09:00", "09:45", "10:30", "11:15", "13:00", "13:45", "14:30", "15:15")


class Speaker(Struct, frozen=True):
    """A speaker as the note says it: what is not written is None."""

    name: str
    company: str | None = None
    handle: str | None = None


class Scene(Struct, frozen=True):
    """A talk of a note that is to be written; what it leaves out is empty."""

    number: int
    title: str
    people: tuple[Person, ...]
    value: float | None
    date: str
    bodied: bool = True
    unmarked: bool = False
    announced: bool = False


class Setting(Struct, frozen=True):
    """The conference: its name, and its day as year, month and day of the month."""

    event: str
    year: int
    month: int
    day: int

    def iso(self, later: int = 0) -> str:
        return f"{self.year}-{self.month:02}-{self.day + later:02}"


def fill(pattern: str, only: str = "", **values: object) -> str:
    """Returns a pattern with its slots filled: `{}` by `only`, `{name}` by the value of that name."""
    return _SLOT.sub(lambda slot: str(values[slot[1]]) if slot[1] else only, pattern)


def words(style: Style, label: str = "") -> dict[str, str]:
    """Returns the words of the style's language that patterns name; `lower` is a label in lower case."""
    tongue = style.tongue
    return {
        "talk": tongue.talk, "title": tongue.title, "speaker": tongue.speaker, "company": tongue.company,
        "rating": tongue.rating, "by": tongue.by, "By": tongue.by[:1].upper() + tongue.by[1:], "and": tongue.both,
        "day": tongue.day, "lower": label.lower(),
    }  # fmt: skip


def setting(random: Random) -> Setting:
    return Setting(random.choice(_EVENTS), random.randint(2014, 2025), random.randint(1, 12), random.randint(13, 25))


def scenes(style: Style, where: Setting, random: Random) -> tuple[Scene, ...]:
    """Returns the talks of a note, the gaps of its style in them."""
    count = int(style.count.pattern)
    titles = _different(count, lambda: title(style.topic, style.tongue.name, random))
    needed = sum(style.join.count for _ in range(count)) if style.seat.place != "none" else 0
    made = iter(_cast(style, needed, random))
    told = []
    for n in range(count):
        people = tuple(next(made) for _ in range(style.join.count)) if needed else ()
        value = random.choice(style.stars.values) if style.stars.values else None
        later = n * 2 // count if style.occasion.place == "days" else 0
        told.append(Scene(n + 1, _joined(titles[n], style), people, value, where.iso(later)))
    return tuple(_gap(scene, style, count) for scene in told)


def _cast(style: Style, count: int, random: Random) -> list[Person]:
    """Returns different people; one company where the style says it once for all of a talk."""
    names: dict[str, Person] = {}
    for _ in range(count * 30):
        if len(names) == count:
            break
        one = person(style.people, style.firms, random)
        names.setdefault(one.name, one)
    people = list(names.values())
    people += [person(style.people, style.firms, random) for _ in range(count - len(people))]
    return [Person(_joined(p.name, style), p.company, p.role, p.handle) for p in people]


def _joined(text: str, style: Style) -> str:
    """Returns a text as it is typed: the last words are kept together by some."""
    return "\u00a0".join(text.rsplit(" ", 1)) if style.file.name == "no-break-spaces" else text


def _different(count: int, make: object) -> list[str]:
    assert callable(make)
    found: dict[str, None] = {}
    while len(found) < count:
        found.setdefault(make())
    return list(found)


def _gap(scene: Scene, style: Style, count: int) -> Scene:
    """Returns a talk without what the style leaves out of it."""
    gap, last, second = style.gap.name, scene.number == count, scene.number == 2
    people, value = scene.people, scene.value
    if (gap == "last-speakerless" and last) or (gap == "to-be-announced" and second) or (gap == "last-bare" and last):
        people = ()
    if (gap in ("second-unrated", "empty-rating") and second) or (gap == "last-bare" and last):
        value = None
    return Scene(
        scene.number, scene.title, people, value, scene.date,
        bodied=not (gap == "first-bodiless" and scene.number == 1),
        unmarked=gap == "empty-rating" and second,
        announced=gap == "to-be-announced" and second,
    )  # fmt: skip


def one(style: Style, who: Person) -> str:
    """Returns a speaker in the style's form."""
    return fill(style.form.pattern, n=who.name, c=who.company, r=who.role, h=who.handle)


def each(style: Style, scene: Scene) -> list[str]:
    """Returns the speakers of a talk, each in the style's form."""
    if scene.announced:
        return ["TBA"]
    if style.join.shared:
        return [*(who.name for who in scene.people[:-1]), *(one(style, who) for who in scene.people[-1:])]
    return [one(style, who) for who in scene.people]


def people(style: Style, scene: Scene) -> str:
    """Returns the speakers of a talk in one line."""
    said = each(style, scene)
    join = {"and": style.tongue.both}
    sign, last = fill(style.join.sign, **join), fill(style.join.last, **join)
    return last.join([sign.join(said[:-1]), said[-1]]) if len(said) > 1 else "".join(said)


def speakers(style: Style, scene: Scene) -> tuple[Speaker, ...]:
    """Returns the speakers as they are to be read."""
    form, column = style.form.pattern, "{company}" in style.frame.header and style.seat.place == "column"
    companies = "{c}" in form or column
    shared = scene.people[-1].company if scene.people and (style.join.shared or column) else None
    return tuple(
        Speaker(
            who.name if "{n}" in form else who.handle,
            (shared or who.company) if companies else None,
            who.handle
            if "{h}" in form and form != "[{n}](https://example.org/people/{h})" and "[[" not in form
            else None,
        )
        for who in scene.people
    )


def stars(style: Style, scene: Scene) -> str:
    """Returns the rating as it is written; nothing where there is none."""
    value, how = scene.value, style.stars
    if value is None:
        return ""
    whole = int(value)
    drawn = (how.full * whole).rstrip() + how.empty * (5 - whole)
    number = f"{value:g}"
    return drawn + fill(how.pattern, v=number, w=number.replace(".", ","), x=f"{value * 2:g}", i=whole)


def head(style: Style, scene: Scene) -> str:
    """Returns the line of the talk's title, with what the style writes into it."""
    n, mark = scene.number, style.mark
    time = _TIMES[(n - 1) % len(_TIMES)]
    slots = {
        "n": n, "l": "ABCDEFGH"[n - 1], "t": time, "u": _TIMES[n % len(_TIMES)], "h": time[:2].lstrip("0"), "i": time[3:], "talk": style.tongue.talk,
    }  # fmt: skip
    line = scene.title if mark.whole else fill(mark.pattern, scene.title, **slots)
    if style.seat.place == "head" and (scene.people or scene.announced):
        line = fill(style.seat.pattern, t=line, p=people(style, scene), **words(style))
    if style.spot.place == "head" and scene.value is not None and style.spot.name.startswith("head-start"):
        line = fill(style.spot.pattern, line, s=stars(style, scene))
    if mark.whole and not mark.pattern.startswith("{}"):
        line = fill(mark.pattern, line, **slots)
    if style.spot.place == "head" and scene.value is not None and not style.spot.name.startswith("head-start"):
        line = fill(style.spot.pattern, line, s=stars(style, scene))
    return fill(mark.pattern, line, **slots) if mark.whole and mark.pattern.startswith("{}") else line


def spelt(style: Style, iso: str) -> str:
    """Returns a day as the style spells it."""
    y, mm, dd = iso.split("-")
    months = style.tongue.months
    month = months[int(mm) - 1]
    slots: dict[str, Any] = {
        "y": y, "mm": mm, "dd": dd, "m": int(mm), "d": int(dd), "e": int(dd) + 1, "month": month,
        "Month": _ENGLISH[int(mm) - 1], "mon": _ENGLISH[int(mm) - 1][:3],
    }  # fmt: skip
    return fill(style.day.pattern or style.tongue.date, **slots)


_ENGLISH = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
