"""From a style to a note: its text and path, and what is to be read out of it."""

from __future__ import annotations

import unicodedata
from random import Random
from typing import NamedTuple

from msgspec import Struct

from tests.styles import margins
from tests.styles.bodies import body
from tests.styles.habits import AXES, Style
from tests.styles.scenes import (
    Scene,
    Setting,
    Speaker,
    each,
    fill,
    head,
    people,
    scenes,
    setting,
    speakers,
    spelt,
    stars,
    words,
)


class Said(Struct, frozen=True):
    """A talk as it was written in: what is to be read out."""

    title: str
    line: int
    speakers: tuple[Speaker, ...]
    rating: float | None
    dates: tuple[str, ...]
    other: str | None = None


class Written(Struct, frozen=True):
    """A generated note: its text, its path below the notes, and what is to be read out of both."""

    text: str
    path: str
    talks: tuple[Said, ...]
    event: str


class Line(NamedTuple):
    """A line of a note; `talk` is the number of the talk that it is the title of, or 0."""

    text: str
    talk: int = 0


class Chunk(NamedTuple):
    """Lines that stand together; `apart` from what is before where Markdown or a reader needs it."""

    lines: list[Line]
    apart: bool = False
    first: bool = False


def note(style: Style, seed: int) -> Written:
    """Returns the note of a style: the same for the same seed."""
    random = Random(f"{seed} {' '.join(getattr(style, axis).name for axis in AXES)}")
    where = setting(random)
    told = scenes(style, where, random)
    front, chunks = _front(style, where, told), _top(style, where, told)
    if style.frame.kind == "table":
        chunks += _table(style, told)
    else:
        for scene in told:
            chunks += _between(style, scene, len(told), where)
            chunks += _talk(style, scene, random)
    chunks += _plain(margins.end(style))
    lines = front + _lines(style, chunks)
    at = {line.talk: n for n, line in enumerate(lines, 1) if line.talk}
    talks = tuple(
        Said(
            scene.title, at.get(scene.number, 1), speakers(style, scene), scene.value, _dates(style, where, scene),
            style.mark.alt and fill(style.mark.alt, scene.title, n=scene.number),
        )
        for scene in told
    )  # fmt: skip
    return Written(_text(style, [line.text for line in lines]), _path(style, where), talks, where.event)


def _plain(texts: list[list[str]]) -> list[Chunk]:
    return [Chunk([Line(text) for text in lines], _apart(lines)) for lines in texts]


def _apart(lines: list[str]) -> bool:
    """Returns whether Markdown would take the lines for something else right below a paragraph."""
    return lines[0].startswith(("|", "    ", "---", "[", "<")) or (len(lines) > 1 and set(lines[1]) <= set("=-"))


def _front(style: Style, where: Setting, told: tuple[Scene, ...]) -> list[Line]:
    """Returns the lines of the front matter; none where the style has none."""
    found: list[Line] = []
    if style.frame.kind == "front":
        found.append(Line(f"title: {_yaml(told[0].title)}", 1 if not style.frame.level else 0))
    if style.occasion.place == "front-title":
        found.append(Line(f'title: "{where.event} {where.year}"'))
    if style.occasion.place == "front":
        found.append(Line(f"event: {where.event} {where.year}"))
    if style.occasion.place in ("front", "front-title"):
        found.append(Line(f"date: {_yaml(spelt(style, where.iso()))}"))
    if style.seat.place == "front":
        label, _, rest = style.seat.pattern.partition("{p}")
        said = [_yaml(one) for one in each(style, told[0])]
        label = fill(label, **words(style, style.tongue.speaker))
        if style.seat.name == "front-list":
            found += [Line("speakers:"), *(Line(f"  - {one}") for one in said)]
        elif style.seat.name == "front-flow":
            found.append(Line(f"{label}{', '.join(said)}{rest}"))
        else:
            found.append(Line(f"{label}{_yaml(people(style, told[0]))}"))
    if style.spot.place == "front":
        found.append(
            Line(fill(style.spot.pattern, s=_yaml(stars(style, told[0])), **words(style, style.tongue.rating)))
        )
    return [Line("---"), *found, Line("---"), Line("")] if found else []


def _yaml(value: str) -> str:
    """Returns a value as people write it: quoted where it begins with one of YAML's signs, else bare."""
    return f'"{value}"' if value[:1] in "*&@[{!%|>#`⭐" and '"' not in value else value


def _top(style: Style, where: Setting, told: tuple[Scene, ...]) -> list[Chunk]:
    """Returns what stands above the talks: the event, and the style's agenda, legend or the like."""
    occasion, named = style.occasion, f"{where.event} {where.year}"
    event = {
        "heading": [[f"# {where.event}, {spelt(style, where.iso())}" if occasion.dated else f"# {named}"]],
        "line": [[f"# {named}"], [spelt(style, where.iso())]],
        "setext": [[named, "=" * len(named)]],
        "days": [[f"# {named}"]],
    }.get(occasion.place, [])  # fmt: skip
    before, after = margins.top(style, tuple(scene.title for scene in told))
    return _plain(before + event + after)


def _between(style: Style, scene: Scene, count: int, where: Setting) -> list[Chunk]:
    """Returns what stands right above a talk that is none."""
    found = margins.between(style, scene.number, count)
    if style.occasion.place == "days":
        before = scene.date if scene.number == 1 else where.iso((scene.number - 2) * 2 // count)
        if scene.number == 1 or scene.date != before:
            number = 1 if scene.number == 1 else 2
            found.append([f"## {style.tongue.day} {number} ({spelt(style, scene.date)})"])
    return [Chunk(chunk.lines, True) for chunk in _plain(found)]


def _level(style: Style, scene: Scene) -> int:
    return style.frame.level + (style.frame.name == "two-levels" and scene.number > 1)


def _talk(style: Style, scene: Scene, random: Random) -> list[Chunk]:
    """Returns a talk as the frame lays it out."""
    line, kind, level = head(style, scene), style.frame.kind, _level(style, scene)
    labels = words(style, style.tongue.speaker)
    bodies = body(style, scene, level, random) if scene.bodied else []
    inner = _plain([*_below(style, scene, level), *bodies, *_last(style, scene, level)])
    first = True
    if kind == "item":
        return _item(style, scene, line, inner)
    if kind == "front" and not level:
        return inner
    if kind == "setext":
        top = [Line(line, scene.number), Line(style.frame.mark * min(len(line), 40))]
    elif kind in ("heading", "front") or (kind == "property" and level):
        top = [Line("#" * level + " " + line, scene.number)]
    elif kind == "line":
        top = [Line(fill(style.frame.mark, line), scene.number)]
    elif kind == "record":
        top = [Line(fill(style.frame.mark, **labels) + line, scene.number)]
    else:
        return [Chunk(_properties(style, scene, line, level), True, first), *inner]
    if kind == "property":
        return [Chunk(top, True, first), Chunk(_properties(style, scene, line, level), True), *inner]
    return [Chunk(top, True, first), *inner]


def _item(style: Style, scene: Scene, line: str, inner: list[Chunk]) -> list[Chunk]:
    mark = (
        fill(style.frame.mark, line, n=scene.number)
        if "{}" in style.frame.mark
        else fill(style.frame.mark, n=scene.number) + line
    )
    width = 3 if style.frame.mark.startswith("{n}") else 2
    inside = [Line(" " * width + text.text if text.text else "") for chunk in inner for text in chunk.lines]
    return [Chunk([Line(mark, scene.number), *inside], False, True)]


def _properties(style: Style, scene: Scene, line: str, level: int) -> list[Line]:
    """Returns the table of a talk's properties."""
    labels = words(style)
    rows = [] if level else [Line(f"| {labels['title']} | {line} |", scene.number)]
    rows += [Line("| Field | Value |")] if level else []
    rows.append(Line("|---|---|"))
    if style.seat.place == "column" and (scene.people or scene.announced):
        rows.append(Line(f"| {labels['speaker']} | {people(style, scene)} |"))
    if style.spot.place == "column" and (scene.value is not None or scene.unmarked):
        rows.append(Line(f"| {labels['rating']} | {stars(style, scene)} |"))
    return (
        rows
        if len(rows) > 1 + bool(level)
        else [row for row in rows if row.talk or ("Field" not in row.text and "---" not in row.text)] or rows
    )


def _below(style: Style, scene: Scene, level: int) -> list[list[str]]:
    """Returns the lines right below the head: rating and speakers, in the style's order."""
    seat, spot = style.seat, style.spot
    mark = stars(style, scene)
    found: list[list[str]] = []
    if spot.place == "first" and mark:
        found.append([fill(spot.pattern, s=mark)])
    if scene.people or scene.announced:
        labels = words(style, style.tongue.speaker)
        label, _, pattern = seat.pattern.rpartition("\n")
        if seat.place == "below":
            found.append([fill(pattern, p=people(style, scene), **labels)])
        elif seat.place == "title":
            found.append(["#" * (level + 1) + " " + fill(pattern, p=people(style, scene), **labels)])
        elif seat.place == "each":
            found.append(
                [
                    *([fill(label, **labels)] if label else []),
                    *(fill(pattern, p=one, **labels) for one in each(style, scene)),
                ]
            )
    if spot.place == "below" and (mark or scene.unmarked):
        found.append([fill(spot.pattern, s=mark, **words(style, style.tongue.rating)).rstrip()])
    if style.spacing.name != "loose" and len(found) > 1 and not found[0][0].startswith("#"):
        found = [[line for lines in found for line in lines]]
    return [*found, *margins.each(style)]


def _last(style: Style, scene: Scene, level: int) -> list[list[str]]:
    """Returns the rating where it stands at the talk's end."""
    mark, labels = stars(style, scene), words(style, style.tongue.rating)
    if not mark or style.spot.place not in ("last", "section"):
        return []
    first, *rest = [fill(line, s=mark, **labels) for line in style.spot.pattern.split("\n")]
    if style.spot.place == "last":
        return [[first]]
    return [["#" * (level + 1) + " " + first], *([line] for line in rest)]


def _table(style: Style, told: tuple[Scene, ...]) -> list[Chunk]:
    """Returns the table of the talks; columns that would be empty are left out."""
    out = {
        "{speaker}": style.seat.place != "column",
        "{company}": style.seat.place != "column",
        "{rating}": style.spot.place != "column",
    }
    columns = [name for name in style.frame.header.split("|") if not out.get(name)]
    if "{talk}" not in columns and "{title}" not in columns:
        columns.insert(0, "{title}")
    own = {"#time": "⏰", "##": "#", "#notes": style.tongue.sections[0]}
    headers = [own.get(name) or fill(name, **words(style)) for name in columns]
    rule = "|" + ("+" if style.frame.mark == "+" else "|").join("---" for _ in columns) + "|"
    rows = [Line("| " + " | ".join(headers) + " |"), Line(rule)]
    for scene in told:
        rows += [
            Line("| " + " | ".join(text for text in lines[0]) + " |")
            for lines in margins.rows(style, scene.number, len(columns))
        ]
        cells = {
            "{title}": head(style, scene), "{talk}": head(style, scene), "{speaker}": people(style, scene), "{rating}": stars(style, scene),
            "{company}": scene.people[-1].company if scene.people else "", "#time": f"{8 + scene.number}:30", "##": str(scene.number),
            "#notes": style.tongue.prose[scene.number % len(style.tongue.prose)] if scene.bodied else "",
        }  # fmt: skip
        rows.append(Line("| " + " | ".join(cells[name] for name in columns) + " |", scene.number))
    return [Chunk(rows, True, True)]


def _lines(style: Style, chunks: list[Chunk]) -> list[Line]:
    """Returns the lines of the chunks, with blank ones between them as the style has it."""
    spacing = style.spacing.name
    found: list[Line] = []
    under = False
    for chunk in chunks:
        blank = Line("")
        if not found:
            pass
        elif chunk.first and spacing == "two-blank-lines":
            found += [blank, blank]
        elif chunk.first and style.frame.kind == "item":
            found += (
                [blank]
                if spacing == "loose"
                or (not found[-1].text.startswith((" ", style.frame.mark[:1])) and spacing != "tight")
                else []
            )
        elif (chunk.apart and (spacing != "tight" or not chunk.lines[0].text.startswith("#"))) or (
            spacing != "tight" and not (under and spacing in ("together", "two-blank-lines"))
        ):
            found.append(blank)
        found += chunk.lines
        under = chunk.first
    return found


def _dates(style: Style, where: Setting, scene: Scene) -> tuple[str, ...]:
    """Returns the dates that may be read: as exact as the note is."""
    month = f"{where.year}-{where.month:02}"
    if not style.occasion.dated:
        return (str(where.year),)
    if style.day.name in ("month", "year-month"):
        return (month,)
    return (scene.date, month) if style.day.name == "range" else (scene.date,)


def _path(style: Style, where: Setting) -> str:
    place, name = style.occasion.place, where.event.lower().replace(" ", "-")
    date = spelt(style, where.iso()) if style.occasion.dated else str(where.year)
    suffix = "txt" if style.file.name == "text" else "md"
    if place == "folder":
        return f"{name}-{date}/notes.{suffix}"
    if place == "file":
        return f"{date}-{name}.{suffix}" if style.occasion.dated else f"{name}-{date}.{suffix}"
    return f"notes.{suffix}"


def _text(style: Style, lines: list[str]) -> str:
    """Returns the lines as the style's file holds them."""
    name = style.file.name
    if name == "trailing-spaces":
        lines = [f"{line} " if line else line for line in lines]
    elif name == "zero-width":
        lines = [f"{line}\u200b" if line and line[-1].isalnum() else line for line in lines]
    elif name == "hard-breaks":
        pairs = zip(lines, [*lines[1:], ""], strict=True)
        lines = [
            f"{line}  " if line and below and line[0].isalpha() and below[0].isalpha() else line
            for line, below in pairs
        ]
    text = "\n".join(lines) + ("" if name == "no-last-newline" else "\n")
    if name == "decomposed":
        text = unicodedata.normalize("NFD", text)
    text = text.replace("\n", {"crlf": "\r\n", "bom-crlf": "\r\n", "cr": "\r"}.get(name, "\n"))
    return "\ufeff" + text if name.startswith("bom") else text
