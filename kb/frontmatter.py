"""What stands between `---` lines at the head of a note: YAML, or `key: value` lines that are none."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kb.plainyaml import MAX_BYTES, Fault, Node, RefusedError, Value, read_mapping, simple_lines
from kb.records import Problem


class FrontMatter(Struct, frozen=True):
    """What the head of a note says: values by lower-case key, the line of each key, and the last line."""

    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    end_line: int = 0
    problems: tuple[Problem, ...] = ()

    def texts(self, *keys: str) -> list[str]:
        """Returns the texts of the first of these keys that has any; a list gives each of its texts."""
        for key in keys:
            if found := list(_texts(self.values.get(key))):
                return found
        return []

    def members(self, *keys: str) -> list[dict[str, str]]:
        """Returns the mappings in the first of these keys that has some, of their plain texts; a text is its `name`."""
        for key in keys:
            value = self.values.get(key)
            items = value if isinstance(value, list) else [value] if value else []
            if found := [_plain_texts(item) for item in items if item]:
                return found
        return []

    def text(self, *keys: str) -> str | None:
        """Returns the first text of the first of these keys that has any."""
        found = self.texts(*keys)
        return found[0] if found else None


def split_front_matter(path: str, lines: list[str]) -> tuple[FrontMatter, int]:
    """Returns the front matter of a note and the index of the first line after it."""
    if not lines or lines[0].rstrip() != "---":
        return FrontMatter(), 0
    end = next((n for n in range(1, len(lines)) if lines[n].rstrip() in ("---", "...")), None)
    # A rule at the top of a note is no front matter: its first line would be `key: value`.
    if end is None or not any(":" in line for line in lines[1:end]):
        return FrontMatter(), 0
    nodes, problems = _read(path, lines[1:end])
    values = {key: node.plain() for key, node in nodes.items()}
    return FrontMatter(values, {key: node.line + 2 for key, node in nodes.items()}, end + 1, problems), end + 1


_QUOTE = "put quotes around a value that has a colon or other YAML sign in it"


def _read(path: str, lines: list[str]) -> tuple[dict[str, Node], tuple[Problem, ...]]:
    """Returns the values of front matter, and what is wrong with it; what is no YAML is read line by line."""

    def problem(fault: Fault, hint: str = "") -> Problem:
        return Problem(path, fault.line + 2, f"front matter {fault.why}", hint, "front_matter")

    source = "\n".join(lines)
    try:
        nodes, faults = read_mapping(source)
        return nodes, tuple(problem(Fault(fault.line, f"has a fault: {fault.why}")) for fault in faults)
    except RefusedError as error:
        refused = error
    if len(source) > MAX_BYTES:
        return {}, (problem(Fault(refused.line, f"is not read: {refused.why}"), "make it shorter"),)
    simple: dict[str, Node] = {}
    for key, node in simple_lines(lines):
        simple.setdefault(key, node)
    why = f"is no YAML that kb reads ({refused.why}); only its `key: value` lines are read"
    return simple, (problem(Fault(refused.line, why), _QUOTE),)


def _plain_texts(value: Value) -> dict[str, str]:
    if isinstance(value, dict):
        return {key: said for key, said in value.items() if isinstance(said, str) and said}
    return {"name": next(_texts(value), "")}


def _texts(value: Value | None) -> Iterator[str]:
    """Yields the texts in a value: itself, its items', or a mapping's `name`."""
    if isinstance(value, str):
        if value and value.casefold() not in ("null", "~"):
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(value.get("name"))
