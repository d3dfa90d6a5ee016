"""What stands outside the talks: breaks, days, agendas, legends, comments, tags and the like."""

from __future__ import annotations

from tests.styles.habits import Style

Lines = list[list[str]]


def top(style: Style, titles: tuple[str, ...]) -> tuple[Lines, Lines]:
    """Returns what stands above and below the event's heading, before all talks."""
    agenda, _, _, legend = style.tongue.lists
    lunch, pause, arrival, _ = style.tongue.pauses
    scale = ("★", "★★★", "★★★★★")
    name = style.noise.name
    under: dict[str, Lines] = {
        "agenda-list": [[f"## {agenda}"], [f"- 08:30 {arrival}", *(f"- {9 + n}:00 {title}" for n, title in enumerate(titles)), f"- 12:30 {lunch}"]],
        "agenda-table": [["| ⏰ | " + agenda + " |", "|---|---|", f"| 08:30 | {arrival} |", *(f"| {9 + n}:00 | {t} |" for n, t in enumerate(titles)), f"| 12:30 | {lunch} |"]],
        "legend-line": [[f"{legend}: {scale[0]} = {style.tongue.prose[2]} {scale[2]} = {style.tongue.prose[0]}"]],
        "legend-list": [[f"## {legend}"], [f"- {stars} {said}" for stars, said in zip(scale, style.tongue.prose, strict=False)]],
        "html-comment": [["<!-- draft: names to be checked -->"]],
        "obsidian-comment": [["%% draft: names to be checked %%"]],
        "introduction": [[style.tongue.prose[0], style.tongue.prose[3]]],
        "contents": [[f"- [{title}](#talk-{n})" for n, title in enumerate(titles, 1)]],
        "housekeeping": [[f"## {arrival}"], [f"- {pause}, {lunch}", "- wifi: harbor / 12345678"]],
        "code-before": [["```", "# ssid and password", "wifi harbor", "```"]],
    }  # fmt: skip
    return ([["#conference #notes"]] if name == "tags-top" else []), under.get(name, [])


def between(style: Style, number: int, count: int) -> Lines:
    """Returns what stands above the talk of a number and is none."""
    lunch, pause = style.tongue.pauses[:2]
    name, midway = style.noise.name, number == count // 2 + 1 and number > 1
    found: Lines = []
    if name == "day-headings" and (number == 1 or midway):
        found.append([f"## {style.tongue.day} {1 if number == 1 else 2}"])
    if style.frame.name == "two-levels" and number == 2:
        found.append(["## Track A"])
    if name == "lunch" and midway:
        found.append([_as_talk(style, lunch)])
    elif name == "break-timed" and midway:
        found.append([_as_talk(style, f"10:30-11:00 {pause}")])
    elif name == "rules-between" and number > 1:
        found.append(["---"])
    elif name == "html-comment" and midway:
        found.append(["<!--", _as_talk(style, "Draft of another talk"), "-->"])
    elif name == "obsidian-comment" and midway:
        found.append(["%%", _as_talk(style, "Draft of another talk"), "%%"])
    return found


def _as_talk(style: Style, text: str) -> str:
    """Returns a text as the style writes a talk's head."""
    frame = style.frame
    if frame.kind in ("line", "item"):
        return (
            frame.mark.replace("{n}", "9").replace("{}", text)
            if "{}" in frame.mark
            else frame.mark.replace("{n}", "9") + text
        )
    return "#" * (frame.level or 2) + " " + text if frame.kind != "record" else text


def rows(style: Style, number: int, columns: int) -> list[list[list[str]]]:
    """Returns the rows of a table that stand above a talk's and are none."""
    return [[[style.tongue.pauses[0], *([""] * (columns - 1))]]] if style.noise.name == "lunch" and number == 2 else []


def each(style: Style) -> Lines:
    """Returns what stands below each talk's head besides its people and rating."""
    return [["#conference #databases"]] if style.noise.name == "tags-each" else []


def end(style: Style) -> Lines:
    """Returns what stands below all talks."""
    _, impressions, todo, _ = style.tongue.lists
    prose = style.tongue.prose
    return {
        "impressions": [[f"{'#' * min(style.frame.level or 2, 2)} {impressions}"], [f"- {prose[0]}", f"- {prose[1]}"]],
        "todo": [[f"{'#' * min(style.frame.level or 2, 2)} {todo}"], [f"- [ ] {prose[2]}", f"- [ ] {prose[3]}"]],
        "link-definitions": [["[1]: https://example.org/slides", "[repo]: https://example.org/repo"]],
    }.get(style.noise.name, [])  # fmt: skip
