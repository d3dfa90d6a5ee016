"""YAML as plain text: bounded, every value with its line, never executed.

It is read off `yaml.parse` events, so that no tag, anchor, alias or merge key is ever followed (24 lines of merge
keys take the loader 19 s) and nesting ends before the parser's stack does. A title `no`, a version `1.10` and a time
`1:59:59` stay text, as they were written. Whatever an escape stands for, a text can be encoded and printed: a pair of
surrogates is joined, as JSON means it, and half a pair or a control character is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

import yaml
from msgspec import Struct

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_NODES = 10_000

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
_SURROGATE = re.compile("[\ud800-\udfff]")
# Line ends stay in a text of several lines; nothing else that moves a cursor does.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_ONLY_YAML_ENDS = re.compile("[\x85\u2028\u2029]")  # They end a line of YAML and none of a note.
_TAB_AFTER_KEY = re.compile(r"(?m)^([^\s:#\"'\[{][^:\n]*:)\t+")  # YAML allows it, PyYAML does not.


class Node(Struct):
    """A value and its 0-based line: a text, a list, or a mapping by lower-case key; a key's value has the key's line.

    `raw` is a text with the white space round it, and a key as it is written.
    """

    line: int
    value: str | list[Node] | dict[str, Node]
    raw: str = ""
    key: str = ""

    def plain(self) -> Value:
        """Returns the value without lines."""
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return self.value


class Fault(Struct, frozen=True):
    """What is wrong at a 0-based line of YAML that is read all the same."""

    line: int
    why: str


class RefusedError(Exception):
    """YAML that is not read: why, and the 0-based line of it."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why, self.line = why, line


def read_mapping(source: str) -> tuple[dict[str, Node], tuple[Fault, ...]]:
    """Reads a YAML mapping, and what is wrong in it; raises RefusedError for what is none."""
    if len(source.encode("utf-8", "replace")) > MAX_BYTES:
        raise RefusedError(f"it is larger than {MAX_BYTES // 1024} KiB", 0)
    source = _TAB_AFTER_KEY.sub(r"\1 ", _ONLY_YAML_ENDS.sub(" ", source))
    building = _Building()
    try:
        for event in yaml.parse(source, Loader=yaml.SafeLoader):
            building.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RefusedError(error.problem or "not YAML", mark.line if mark else building.line) from None
    except yaml.reader.ReaderError as error:
        line = source.count("\n", 0, error.position) if isinstance(error.position, int) else 0
        raise RefusedError("there is a control character", line) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        why = str(error).split("\n")[0] if isinstance(error, yaml.YAMLError) else "it cannot be told what it says"
        raise RefusedError(why, building.line) from None
    return building.root, tuple(building.faults)


class _Building:
    """The mapping that events describe, as far as they have come; there is no recursion."""

    def __init__(self) -> None:
        self.root: dict[str, Node] = {}
        self.faults: list[Fault] = []
        self.line = self._nodes = 0
        self._open: list[Node] = []
        self._keys: list[Node | None] = []  # Of each open mapping the key that waits for its value.

    def take(self, event: yaml.Event) -> None:
        """Takes up one event; raises RefusedError where bounds are passed, or something would have to be followed."""
        self.line = event.start_mark.line if event.start_mark else self.line
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        if not isinstance(event, yaml.NodeEvent):
            return
        self._check(event)
        if isinstance(event, yaml.ScalarEvent):
            raw = self._text(event.value)
            self._put(Node(self.line, raw.strip(), raw))
            return
        node = Node(self.line, {} if isinstance(event, yaml.MappingStartEvent) else [])
        self._put(node)
        self._open.append(node)
        self._keys.append(None)

    def _check(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise RefusedError("anchors and aliases are not followed", self.line)
        if getattr(event, "tag", None) not in (None, "!"):
            raise RefusedError("tags are not followed", self.line)
        self._nodes += 1
        if len(self._open) >= MAX_DEPTH or self._nodes > MAX_NODES:
            raise RefusedError("too much nesting or too many values", self.line)

    def _put(self, node: Node) -> None:
        """Puts a value where it belongs; in a mapping, a first one is the key of the next."""
        if not self._open:
            if not isinstance(node.value, dict):
                raise RefusedError("it is not a list of `key: value` lines", self.line)
            self.root = node.value
            return
        within = self._open[-1].value
        if isinstance(within, list):
            within.append(node)
        elif isinstance(within, dict):
            key = self._keys[-1]
            if key is None:
                self._keys[-1] = self._key(node)
            else:
                self._keys[-1] = None
                self._set(within, key, node)

    def _key(self, node: Node) -> Node:
        if not isinstance(node.value, str):
            raise RefusedError("a key must be a word", self.line)
        if node.value == "<<":
            raise RefusedError("mappings are not merged", self.line)
        return node

    def _set(self, within: dict[str, Node], key: Node, node: Node) -> None:
        name = str(key.value).casefold()
        if name in within:
            self.faults.append(Fault(key.line, f"the key {key.value!r} is repeated; what it says first counts"))
        else:
            node.line, node.key = key.line, str(key.value)
            within[name] = node

    def _text(self, said: str) -> str:
        text = said
        if _SURROGATE.search(text):
            pairs = text.encode("utf-16-le", "surrogatepass")
            try:
                text = pairs.decode("utf-16-le")
            except UnicodeDecodeError:
                self.faults.append(
                    Fault(self.line, "an escape stands for half a character; write the character itself")
                )
                text = pairs.decode("utf-16-le", "replace")
        if _CONTROL.search(text):
            self.faults.append(Fault(self.line, "an escape stands for a control character; it is read as a space"))
            text = _CONTROL.sub(" ", text)
        return text


def simple_lines(lines: list[str]) -> Iterator[tuple[str, Node]]:
    """Yields the `key: value` lines, and the items below a bare key, of what is written like YAML and is none."""
    listed: Node | None = None
    for n, line in enumerate(lines):
        if item := _ITEM.match(line):
            if listed is not None and isinstance(listed.value, list):
                listed.value.append(Node(n, _unquoted(item[1])))
            continue
        pair = _PAIR.match(line)
        if pair is None:
            listed = None if line.strip() else listed
            continue
        value = _simple_value(n, (pair[2] or "").strip())
        listed = value if value.value == [] else None
        yield pair[1].strip().casefold(), value


_PAIR = re.compile(r"([^\W\d_][\w -]{0,40}?)[ \t]*:(?:[ \t]+(.*)|$)")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)")
_FLOW = re.compile(r"\[([^\[\]]*)\]")
_FOLLOWED = re.compile(r"[&*!{|>]")  # What would have to be followed or goes on below.


def _simple_value(line: int, said: str) -> Node:
    if flow := _FLOW.fullmatch(said):
        return Node(line, [Node(line, _unquoted(item)) for item in flow[1].split(",") if item.strip()])
    if not said or _FOLLOWED.match(said):
        return Node(line, [])
    return Node(line, _unquoted(said))


def _unquoted(said: str) -> str:
    text = _CONTROL.sub(" ", said).strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
