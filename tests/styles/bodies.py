"""What stands inside a talk: its sections, and bodies of every sort, some of which look like what they are not."""

from __future__ import annotations

from random import Random

from tests.styles.habits import Style
from tests.styles.scenes import Scene

Lines = list[list[str]]

_FIXED: dict[str, Lines] = {
    "fence-with-comment": [["```sh", "# install it first", "pip install frobnicate", "```"]],
    "tilde-fence": [["~~~", "## not a heading", "SELECT * FROM orders;", "~~~"]],
    "indented-code": [["    $ make all", "    # builds everything"]],
    "image": [["![slide 3](img/slide-3.png)"]],
    "data-table": [["| p50 | p99 |", "|-----|-----|", "| 12 ms | 340 ms |", "| 9 ms | 120 ms |"]],
    "links": [["- <https://example.org/slides>", "- [paper](https://example.org/paper.pdf)", "- https://example.org/repo"]],
    "html": [["<details>", "<summary>more</summary>", "", "hidden at first", "", "</details>"]],
    "formula": [["$$ L = \\lambda W $$"]],
    "headings-in-quote": [["> # Rule one", "> Measure first."]],
    "numbers": [["- 3/4 of the time is spent waiting", "- 9/10 requests are cached, 4.6/5 in a survey", "- 10:00 is when the load peaks"]],
    "stars-in-prose": [["- the repo has 12k stars, a rockstar project", "- 5 star reviews are mostly fake"]],
}  # fmt: skip


def body(style: Style, scene: Scene, level: int, random: Random) -> Lines:
    """Returns the body of a talk, divided into sections as the style has them."""
    if style.body.name == "none":
        return []
    sections = style.section.name
    names = random.sample(style.tongue.sections, 2)
    under = "#" * (level + 1)
    first, second = _part(style, scene, random), _part(style, scene, random)
    if sections == "headings":
        return [[f"{under} {names[0]}"], *first, [f"{under} {names[1]}"], *second]
    if sections == "headings-two-levels":
        return [[f"{under} {names[0]}"], *first, [f"{under}# {names[1]}"], *second]
    if sections == "headings-numbered":
        return [[f"{under} 1. {names[0]}"], *first, [f"{under} 2. {names[1]}"], *second]
    if sections == "headings-telling":
        return [
            [f"{under} {style.tongue.prose[0].rstrip('.。')}"],
            *first,
            [f"{under} {style.tongue.prose[2].rstrip('.。')}"],
            *second,
        ]
    if sections == "links-section":
        return [
            *first,
            [f"{under} {style.tongue.sections[3]}"],
            ["- https://example.org/slides", "- [video](https://example.org/video)"],
        ]
    if sections == "bold-lines":
        return [[f"**{names[0]}**"], *first, [f"**{names[1]}**"], *second]
    if sections == "bold-items":
        return [[f"- **{names[0]}**"], *first, [f"- **{names[1]}**"], *second]
    if sections == "labels":
        return [[f"{names[0]}:"], *first, [f"{names[1]}:"], *second]
    return first


def _part(style: Style, scene: Scene, random: Random) -> Lines:
    """Returns one stretch of a body."""
    a, b, c = random.sample(style.tongue.prose, 3)
    kind = style.body.name
    if kind in _FIXED:
        return [[a], *_FIXED[kind]] if kind in ("image", "data-table", "indented-code", "formula") else _FIXED[kind]
    if kind == "prose":
        return [[a, b], [c]]
    if kind == "people":
        who = scene.people[0].name if scene.people else "Pat Winters"
        return [[f"- Robin Castellan (Hexagon): {a}", f"- {who}: {b}", f"- {c}"]]
    marks = {
        "bullets": "- {a}|- {b}|- {c}", "star-bullets": "* {a}|* {b}|* {c}", "numbered": "1. {a}|2. {b}|3. {c}",
        "nested": "- {a}|  - {b}|    - {c}", "tasks": "- [ ] {a}|- [x] {b}|- [ ] {c}", "quote": "> {a}|> {b}", "callout": "> [!note] {a}|> {b}",
    }  # fmt: skip
    return [marks[kind].format(a=a, b=b, c=c).split("|")]
