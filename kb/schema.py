"""What may stand in a `kb.yaml`: one table of keys, which files are checked against and docs/notes.md is written from.

A new key is a line of `KEYS`; a new shape is a function of `_SHAPES` that yields what is said and what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

from kb.dates import whole_date
from kb.plainyaml import Fault, Node
from kb.styles import StyleError, read_style
from kb.words import fold, slug

Shape = Literal["text", "date", "names", "pairs", "groups", "styles", "fixes"]
Kind = Literal["", "tool", "person", "heading", "style", "talk"]


class Key(Struct, frozen=True):
    """A key: how its value is written, an example and what it means, and which of its words notes have to have."""

    name: str
    shape: Shape
    example: str
    says: str
    kind: Kind = ""
    sought: tuple[int, int | None] = (0, None)


KEYS = {
    key.name: key
    for key in (
        Key("event", "text", "FooConf 2019", "the event of the notes"),
        Key("date", "date", "2019-05-03", "their date"),
        Key("tools.add", "names", "[frobnicator]", "names that are tools", "tool"),
        Key("tools.ignore", "names", "[storm]", "names that are none", "tool"),
        Key("tools.alias", "pairs", "{frob: frobnicator}", "other spellings", "tool", (0, 1)),
        # The first one is how the person is called, which no note needs to do.
        Key(
            "people.same",
            "groups",
            "[[Jane Doe, J. Dough]]",
            "spellings of one person, the first counts",
            "person",
            (1, None),
        ),
        Key("people.different", "groups", "[[J. Doe, Jane Doe]]", "people who are not one", "person"),
        Key("talks.are", "names", "[Hallway notes]", "headings that are talks", "heading"),
        Key("talks.not", "names", "[Random remarks]", "headings that are none", "heading"),
        Key("style", "styles", '"## {title} - {speaker}"', "how talks are written", "style"),
        Key("fix", "fixes", "{Cahces: {title: Caches}}", "single talks put right", "talk", (0, 1)),
    )
}


class Entry(Struct, frozen=True):
    """One thing that a kb.yaml says: under which key, and the words of it, each with its 1-based line."""

    key: str
    words: tuple[str, ...]
    lines: tuple[int, ...]

    @property
    def line(self) -> int:
        """The first line of it."""
        return self.lines[0]

    @property
    def sought(self) -> Iterator[tuple[str, str, int]]:
        """What notes have to have for the entry to mean anything: what it is compared by, the word, and its line."""
        key = KEYS[self.key]
        if key.kind:
            for word, line in list(zip(self.words, self.lines, strict=True))[slice(*key.sought)]:
                yield subject(key.kind, word), word, line


def subject(kind: Kind, name: str) -> str:
    """Returns what tells names of a kind apart, however they are spelt: `tool redis`, `person jane-doe`."""
    if kind == "style":
        return f"{kind} {name}"
    return f"{kind} {fold(' '.join(name.split())) if kind == 'tool' else slug(name)}"


def read_entries(values: dict[str, Node]) -> tuple[list[Entry], list[Fault]]:
    """Reads what a kb.yaml says, and what is wrong with it; what is right counts all the same."""
    entries: list[Entry] = []
    faults: list[Fault] = []
    for found in _entries(values):
        if isinstance(found, Entry):
            entries.append(found)
        else:
            faults.append(found)
    return entries, faults


def _entries(values: dict[str, Node]) -> Iterator[Entry | Fault]:
    tops = list(dict.fromkeys(name.partition(".")[0] for name in KEYS))
    for top, node in values.items():
        inner = [name.partition(".")[2] for name in KEYS if name.startswith(f"{top}.")]
        if top in KEYS:
            yield from _SHAPES[KEYS[top].shape](top, node)
        elif not inner:
            yield Fault(node.line, f"{top!r} is no setting; there are: {', '.join(tops)}")
        elif not isinstance(node.value, dict):
            yield Fault(node.line, f"{top} needs {', '.join(inner)} below it")
        else:
            for name, under in node.value.items():
                if name in inner:
                    yield from _SHAPES[KEYS[f"{top}.{name}"].shape](f"{top}.{name}", under)
                else:
                    yield Fault(under.line, f"{top} has no {name!r}; there are: {', '.join(inner)}")


def _said(node: Node) -> str | None:
    """Returns the name that a value is: a text with a letter or digit in it."""
    text = " ".join(node.value.split()) if isinstance(node.value, str) else ""
    return text if any(c.isalnum() for c in text) and text.casefold() != "null" else None


def _text(key: str, node: Node) -> Iterator[Entry | Fault]:
    if text := _said(node):
        yield Entry(key, (text,), (node.line + 1,))
    else:
        yield Fault(node.line, f"{key} needs a text")


def _date(key: str, node: Node) -> Iterator[Entry | Fault]:
    text = _said(node)
    date, is_whole = whole_date(text or "")
    if date:
        yield Entry(key, (date,), (node.line + 1,))
    if text is None or date is None:
        yield Fault(node.line, f"{key} needs a date such as 2019-05-03, 3 May 2019, 2019-05 or 2019")
    elif not is_whole:
        yield Fault(node.line, f"of the {key} {text!r} just {date} is read; write it like 2019-05-03")


def _names(key: str, node: Node) -> Iterator[Entry | Fault]:
    items = node.value if isinstance(node.value, list) else [node] if isinstance(node.value, str) else []
    for item in items:
        if name := _said(item):
            yield Entry(key, (name,), (item.line + 1,))
        else:
            yield Fault(item.line, f"{key} needs a list of names")
    if not items:
        yield Fault(node.line, f"{key} needs a list of names")


def _pairs(key: str, node: Node) -> Iterator[Entry | Fault]:
    pairs = node.value.items() if isinstance(node.value, dict) else ()
    for spelling, of in pairs:
        known, name = _said(Node(of.line, spelling)), _said(of)
        if known and name:
            yield Entry(key, (known, name), (of.line + 1,) * 2)
        else:
            yield Fault(of.line, f"{key} needs `spelling: name` lines")
    if not pairs:
        yield Fault(node.line, f"{key} needs `spelling: name` lines")


def _groups(key: str, node: Node) -> Iterator[Entry | Fault]:
    groups = node.value if isinstance(node.value, list) else []
    for group in groups or [node]:
        items = group.value if isinstance(group.value, list) else []
        names = [(name, item.line + 1) for item in items if (name := _said(item))]
        if len(names) > 1 and len(names) == len(items):
            yield Entry(key, tuple(name for name, _ in names), tuple(line for _, line in names))
        else:
            yield Fault(group.line, f"{key} needs lists of two names or more, such as [[Jane Doe, J. Doe]]")


def _styles(key: str, node: Node) -> Iterator[Entry | Fault]:
    for item in node.value if isinstance(node.value, list) else [node]:
        if not isinstance(item.value, str) or not item.value:
            yield Fault(
                item.line, f'{key} needs a template in quotes, such as "## {{title}} - {{speaker}}", or a list of them'
            )
            continue
        try:
            yield Entry(key, (str(read_style(item.raw)),), (item.line + 1,))
        except StyleError as error:
            yield Fault(item.line, f"{key} {item.value!r} is no template: {error}")


FIXES = ("title", "speakers", "rating", "event", "date")
_OUT_OF = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)(?:\s*/\s*(5|10))?")
NONE = "none"


def _fixes(key: str, node: Node) -> Iterator[Entry | Fault]:
    talks = node.value if isinstance(node.value, dict) else {}
    for of, said in talks.items():
        fields = said.value if isinstance(said.value, dict) else {}
        for name, value in fields.items():
            if name not in FIXES:
                yield Fault(value.line, f"{key} has no {name!r}; there are: {', '.join(FIXES)}")
            else:
                yield _fixed(key, said.key or of, name, value)
        if not fields:
            yield Fault(said.line, f"{key} needs {', '.join(FIXES)} below {said.key!r}")
    if not talks:
        yield Fault(node.line, f"{key} needs titles, or `line 12`, with {', '.join(FIXES)} below each")


def _fixed(key: str, of: str, name: str, node: Node) -> Entry | Fault:
    """Returns one field of a correction: the talk, the field and its values."""
    line = node.line + 1
    items = node.value if isinstance(node.value, list) and name == "speakers" else [node]
    said = [text for item in items if (text := _said(item))]
    if name == "rating":
        said = [value for text in said if (value := _mark(text))]
    elif name == "date":
        said = [date for text in said if (date := whole_date(text)[0])]
    elif name == "speakers" and [text.casefold() for text in said] == [NONE]:
        return Entry(key, (of, name), (line, line))
    if len(said) < len(items) or not items:
        needs = {"rating": "a number out of 5, such as 3.5, or none", "date": "a date such as 2019-05-03"}
        return Fault(node.line, f"{key} {name} needs {needs.get(name, 'a text')}")
    return Entry(key, (of, name, *said), (line,) * (2 + len(said)))


def _mark(text: str) -> str | None:
    """Returns a rating out of 5 that is written as `4`, `4/5` or `8/10`, and `none` for none."""
    if text.casefold() == NONE:
        return NONE
    match = _OUT_OF.fullmatch(text)
    value = float(match[1]) * 5 / float(match[2] or 5) if match else 6.0
    return f"{value:g}" if value <= 5 else None


_SHAPES: dict[Shape, Callable[[str, Node], Iterator[Entry | Fault]]] = {
    "text": _text,
    "date": _date,
    "names": _names,
    "pairs": _pairs,
    "groups": _groups,
    "styles": _styles,
    "fixes": _fixes,
}


def example() -> str:
    """Returns a kb.yaml with every key and what it means, as the documentation shows it."""
    lines = []
    above = ""
    for key in KEYS.values():
        top, _, inner = key.name.rpartition(".")
        if top and top != above:
            lines.append(f"{top}:")
        above = top
        said = f"  {inner}: {key.example}" if top else f"{key.name}: {key.example}"
        lines.append(f"{said:<36} # {key.says}")
    return "\n".join(lines)
