"""What a question means: frozen nodes that print themselves in the query language and in words.

A node selects talks. A leaf without a field looks wherever bare words look (`kb.fields.WEIGHTS`).
`str(node)` is canonical: reading it again gives the same node.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from kb.records import Kind


class All(Struct, frozen=True):
    """Every talk: `*`."""

    def __str__(self) -> str:
        return "*"


class Term(Struct, frozen=True):
    """A word, or a value of a field that is matched like one: `strace`, `speaker:gregg`."""

    text: str
    field: str | None = None

    def __str__(self) -> str:
        return prefixed(self.field, bare_or_quoted(self.text))


class Phrase(Struct, frozen=True):
    """Words side by side in this order: `"off-cpu analysis"`; one word in quotes is that word as it is."""

    text: str
    field: str | None = None

    def __str__(self) -> str:
        return prefixed(self.field, quoted(self.text))


class Prefix(Struct, frozen=True):
    """Words that begin so: `perf*`."""

    text: str
    field: str | None = None

    def __str__(self) -> str:
        return prefixed(self.field, f"{self.text}*")


class Fuzzy(Struct, frozen=True):
    """Words within `edits` insertions, deletions, substitutions or swaps: `strce~`, `strce~2`."""

    text: str
    edits: int = 1
    field: str | None = None

    def __str__(self) -> str:
        return prefixed(self.field, f"{self.text}~{self.edits if self.edits != 1 else ''}")


class Range(Struct, frozen=True):
    """Numbers or dates from `low` to `high`, both included, either open: `rating:4..`, `date:2014..2016`."""

    field: str
    low: str | None
    high: str | None

    def __str__(self) -> str:
        return f"{self.field}:{self.low or ''}..{self.high or ''}"


class Has(Struct, frozen=True):
    """Talks that have any value of a field: `has:rating`."""

    field: str

    def __str__(self) -> str:
        return f"has:{self.field}"


class Like(Struct, frozen=True):
    """Words that a misspelt one may stand for: the nearest of the index. It is no part of the language."""

    text: str
    field: None = None

    def __str__(self) -> str:
        return f"{self.text}~"


class Not(Struct, frozen=True):
    """The talks that the node does not select: `-perf`, `-(a OR b)`."""

    node: Node

    def __str__(self) -> str:
        return f"-({self.node})" if isinstance(self.node, And | Or | Not) else f"-{self.node}"


class And(Struct, frozen=True):
    """The talks that all of two or more nodes select: `a b`."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({n})" if isinstance(n, And | Or) else str(n) for n in self.nodes)


class Or(Struct, frozen=True):
    """The talks that any of two or more nodes selects: `a OR b`."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(f"({n})" if isinstance(n, And | Or) else str(n) for n in self.nodes)


class Most(Struct, frozen=True):
    """Of the talks that `among` selects those with the most of some words, and at least one. It is no part of the
    language: a question that no talk answers with all its words is answered so.
    """

    among: Node
    words: tuple[Leaf, ...]

    def __str__(self) -> str:
        return str(conjunction(self.among, disjunction(*self.words)))


Leaf: TypeAlias = All | Term | Phrase | Prefix | Fuzzy | Range | Has | Like
Node: TypeAlias = Leaf | Not | And | Or | Most


class SortKey(Struct, frozen=True):
    """A field to sort by; records without a value come last either way."""

    field: str
    descending: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.field}"


class Query(Struct, frozen=True):
    """A whole question: the kind of record asked for, the talks it is asked of, and the order."""

    where: Node = All()
    kind: Kind = "talk"
    sort: tuple[SortKey, ...] = ()

    def __str__(self) -> str:
        parts = [f"kind:{self.kind}"]
        if not isinstance(self.where, All):
            # An OR at the top stands in parentheses beside the kind, which binds tighter.
            parts.append(f"({self.where})" if isinstance(self.where, Or) else str(self.where))
        if self.sort:
            parts.append("sort:" + ",".join(map(str, self.sort)))
        return " ".join(parts)


# What may stand outside quotes as one value and still be read back as itself.
_PLAIN = re.compile(r"[^\s\"()*~:,\-][^\s\"()*~:]*")
_OPERATORS = {"AND", "OR", "NOT"}


def bare_or_quoted(text: str) -> str:
    """Returns a value as it may stand in a question: in quotes where it would be read as something else."""
    return text if is_plain(text) else quoted(text)


def is_plain(text: str) -> bool:
    """Tells whether a value may stand in a question without quotes."""
    if text.isalnum():
        return text not in _OPERATORS
    return _PLAIN.fullmatch(text) is not None and ".." not in text and text[0] not in "<>=" and text not in _OPERATORS


def quoted(text: str) -> str:
    """Returns a value in quotes; a quote or backslash in it is escaped by a backslash."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def prefixed(field: str | None, value: str) -> str:
    """Returns `field:value`, or the value alone."""
    return f"{field}:{value}" if field else value


def conjunction(*nodes: Node) -> Node:
    """Returns the nodes joined by AND: flat, without `*` and repetitions; none at all is `*`."""
    if len(nodes) == 1:
        return nodes[0]
    flat: dict[Node, None] = {}
    for node in nodes:
        if isinstance(node, And):
            flat.update(dict.fromkeys(node.nodes))
        elif not isinstance(node, All):
            flat[node] = None
    return And(tuple(flat)) if len(flat) > 1 else next(iter(flat), All())


def disjunction(*nodes: Node) -> Node:
    """Returns the nodes joined by OR: flat and without repetitions; at least one is given."""
    flat = tuple(dict.fromkeys(n for node in nodes for n in (node.nodes if isinstance(node, Or) else (node,))))
    return Or(flat) if len(flat) > 1 else flat[0]


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """Returns a tree with each leaf changed, from left to right."""
    if isinstance(node, And):
        return conjunction(*(mapped(n, change) for n in node.nodes))
    if isinstance(node, Or):
        return disjunction(*(mapped(n, change) for n in node.nodes))
    if isinstance(node, Not):
        inner = mapped(node.node, change)
        return inner.node if isinstance(inner, Not) else Not(inner)
    return change(node)


def leaves(node: Node) -> list[Leaf]:
    """Returns the leaves of a tree from left to right."""
    if isinstance(node, And | Or):
        return [leaf for child in node.nodes for leaf in leaves(child)]
    if isinstance(node, Most):
        return [*leaves(node.among), *node.words]
    return leaves(node.node) if isinstance(node, Not) else [node]
