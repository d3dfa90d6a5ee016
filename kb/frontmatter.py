"""The YAML between `---` lines at the head of a note: bounded, plain text throughout, never executed.

It is read off `yaml.parse` events, so that no tag, anchor, alias or merge key is ever followed (24 lines of merge
keys take the loader 19 s) and nesting ends before the parser's stack does. A title `no`, a version `1.10` and a time
`1:59:59` stay text, as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import yaml
from msgspec import Struct

from kb.records import Problem

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_NODES = 10_000

Value: TypeAlias = "str | list[Value] | dict[str, Value]"


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


class RefusedError(Exception):
    """YAML that is not read: why, and the 0-based line of it."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why, self.line = why, line


def split_front_matter(path: str, lines: list[str]) -> tuple[FrontMatter, int]:
    """Returns the front matter of a note and the index of the first line after it."""
    if not lines or lines[0].rstrip() != "---":
        return FrontMatter(), 0
    end = next((n for n in range(1, len(lines)) if lines[n].rstrip() in ("---", "...")), None)
    # A rule at the top of a note is no front matter: its first line would be `key: value`.
    if end is None or not any(":" in line for line in lines[1:end]):
        return FrontMatter(), 0
    source = "\n".join(lines[1:end])
    values: dict[str, Value] = {}
    where: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()
    try:
        values, where = read_mapping(source)
    except RefusedError as error:
        hint = "put quotes around a value that has a colon or other YAML sign in it"
        problems = (Problem(path, error.line + 2, f"front matter is not read: {error.why}", hint, "front_matter"),)
    lined = {key: line + 2 for key, line in where.items()}
    return FrontMatter(values, lined, end + 1, problems), end + 1


def read_mapping(source: str) -> tuple[dict[str, Value], dict[str, int]]:
    """Reads a YAML mapping as text values and the 0-based line of each key at its top."""
    if len(source.encode("utf-8", "replace")) > MAX_BYTES:
        raise RefusedError(f"more than {MAX_BYTES // 1024} KiB", 0)
    try:
        return _built(_events(source))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RefusedError(error.problem or "not YAML", mark.line if mark else 0) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RefusedError(str(error).split("\n")[0] or "not YAML", 0) from None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _events(source: str) -> Iterator[yaml.Event]:
    """Yields the events of a document as long as it stays within its bounds."""
    depth = nodes = 0
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise RefusedError("anchors and aliases are not followed", line)
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            raise RefusedError("tags are not followed", line)
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise RefusedError("too much nesting or too many values", line)
        yield event


def _built(events: Iterator[yaml.Event]) -> tuple[dict[str, Value], dict[str, int]]:
    """Builds the mapping that a stream of events describes, without recursion."""
    stack: list[list[Value] | dict[str, Value]] = []
    keys: list[str | None] = []
    root: dict[str, Value] = {}
    where: dict[str, int] = {}
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
            keys.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        line = _line(event)
        value: Value = (
            event.value.strip() if isinstance(event, yaml.ScalarEvent)
            else root if not stack and isinstance(event, yaml.MappingStartEvent)
            else {} if isinstance(event, yaml.MappingStartEvent)
            else []
        )  # fmt: skip
        if not stack and value is not root:
            raise RefusedError("it is not a list of `key: value` lines", line)
        if stack and isinstance(top := stack[-1], dict) and keys[-1] is None:
            if not isinstance(value, str):
                raise RefusedError("a key must be a word", line)
            name = value.casefold()
            if name in top or name == "<<":
                raise RefusedError(f"the key {value!r} is repeated or merged", line)
            top[name], keys[-1] = "", name
            if len(stack) == 1:
                where[name] = line
            continue
        if stack:
            _put(stack[-1], keys, value)
        if isinstance(value, list | dict):
            stack.append(value)
            keys.append(None)
    return root, where


def _put(top: list[Value] | dict[str, Value], keys: list[str | None], value: Value) -> None:
    if isinstance(top, list):
        top.append(value)
    elif (key := keys[-1]) is not None:
        top[key], keys[-1] = value, None


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
