"""A query in words that a person would write: "talks by Brendan Gregg rated at least 4 of 5"."""

from __future__ import annotations

from collections.abc import Sequence

from kb.query.tree import (
    All,
    And,
    Fuzzy,
    Has,
    Leaf,
    Most,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Range,
    SortKey,
    Term,
    conjunction,
    disjunction,
)
from kb.records import Kind

PLURALS: dict[Kind, str] = {
    "talk": "talks",
    "speaker": "speakers",
    "rating": "ratings",
    "mention": "mentions",
    "tool": "tools",
    "note": "notes",
}
_ORDERS = {
    ("rating", True): "best rated first",
    ("rating", False): "worst rated first",
    ("date", True): "latest first",
    ("date", False): "earliest first",
}


def explain(query: Query) -> str:
    """Returns a query as a sentence without its full stop."""
    said = _conditions(query)
    order = "".join(f", {_order(key)}" for key in query.sort)
    return f"{'all ' if not said else ''}{PLURALS[query.kind]}{f' {said}' if said else ''}{order}"


def _order(key: SortKey) -> str:
    return _ORDERS.get((key.field, key.descending), f"by {key.field}{', descending' if key.descending else ''}")


def _conditions(query: Query) -> str:
    if isinstance(query.where, All):
        return ""
    if query.kind in ("talk", "speaker"):
        return _said(query.where, query.kind)
    # What a talk is or has cannot be said of a tool or a rating: there it is of the talks they stand in.
    own = {"tool": ("tool",), "mention": ("tool",), "rating": ("rating",), "note": ()}[query.kind]
    nodes = query.where.nodes if isinstance(query.where, And) else (query.where,)
    mine = [n for n in nodes if getattr(n, "field", None) in own]
    rest = [n for n in nodes if n not in mine]
    parts = []
    if mine:
        parts.append(" and ".join(_own(n) for n in mine))
    if rest:
        parts.append("of talks " + _joined(rest, "talk"))
    return " ".join(parts)


def _own(node: Node) -> str:
    if isinstance(node, Range) or (isinstance(node, Term) and node.field == "rating"):
        return _number(node, "") if isinstance(node, Term) else _range(node, "")
    return f"of {_value(node)}"


def _said(node: Node, kind: Kind) -> str:
    if isinstance(node, And):
        return _joined(node.nodes, kind)
    if isinstance(node, Or):
        return "either " + " or ".join(_said(n, kind) for n in node.nodes)
    if isinstance(node, Not):
        return _negated(node.node, kind)
    if isinstance(node, Most):
        return _said(conjunction(node.among, disjunction(*node.words)), kind)
    return _leaf(node, kind)


def _joined(nodes: Sequence[Node], kind: Kind) -> str:
    """Joins conditions: plain words together, a negation after the rest with "but"."""
    bare = [n for n in nodes if isinstance(n, Term | Phrase | Prefix | Fuzzy) and n.field is None]
    if len(bare) > 1:
        rest = [n for n in nodes if n not in bare] if len(bare) < len(nodes) else ()
        return " ".join(["with " + " and ".join(map(_value, bare)), *(_said(n, kind) for n in rest)])
    positive = [_said(n, kind) for n in nodes if not _is_negative(n)]
    negative = [_said(n, kind) for n in nodes if _is_negative(n)]
    return " ".join(
        filter(None, [" ".join(positive), ("but " if positive else "") + " and ".join(negative) if negative else ""])
    )


def _is_negative(node: Node) -> bool:
    return isinstance(node, Not) and not isinstance(node.node, Has)


def _negated(node: Node, kind: Kind) -> str:
    if isinstance(node, Has):
        return "without a rating" if node.field == "rating" else f"without {_article(node.field)}"
    if isinstance(node, Term | Phrase | Prefix | Fuzzy) and node.field in ("tool", None):
        verb = "that do not mention" if node.field else "without"
        return f"{verb} {_value(node)}"
    return f"not {_said(node, kind)}" if not isinstance(node, And | Or) else f"not ({_said(node, kind)})"


def _leaf(leaf: Leaf, kind: Kind) -> str:
    if isinstance(leaf, All):
        return "of any kind"
    if isinstance(leaf, Has):
        return "with a rating" if leaf.field == "rating" else f"with {_article(leaf.field)}"
    if isinstance(leaf, Range):
        return _range(leaf, "rated ")
    if leaf.field in ("rating", "year", "date"):
        return _number(leaf, "rated ")
    said = (_OF_SPEAKERS if kind == "speaker" else _OF_TALKS)[leaf.field] if leaf.field else "with {}"
    return said.replace("{}", _value(leaf), 1)


_OF_TALKS = {
    "speaker": "by {}",
    "affiliation": "by people from {}",
    "tool": "that mention {}",
    "event": "at {}",
    "handle": "by @{}",
    "path": "in notes called {}",
    "title": "with {} in the title",
    "text": "with {} in the notes",
}
_OF_SPEAKERS = _OF_TALKS | {"speaker": "named {}", "affiliation": "from {}", "tool": "who mention {}"}


def _value(node: Node) -> str:
    if isinstance(node, Prefix):
        return f"words beginning with “{node.text}”" if not node.field else f"{node.text}…"
    if isinstance(node, Fuzzy):
        return f"words like “{node.text}”" if not node.field else f"something like {node.text}"
    text = getattr(node, "text", str(node))
    if getattr(node, "field", None) in ("speaker", "affiliation", "event"):
        return " ".join(w if w != w.lower() else w[:1].upper() + w[1:] for w in text.split())
    return text if getattr(node, "field", None) == "tool" else f"“{text}”"


def _number(leaf: Leaf, lead: str) -> str:
    text = getattr(leaf, "text", "")
    return f"{lead}{text} of 5" if getattr(leaf, "field", "") == "rating" else f"from {text}"


def _range(leaf: Range, lead: str) -> str:
    if leaf.field == "rating":
        if leaf.low and leaf.high:
            return f"{lead}between {leaf.low} and {leaf.high} of 5"
        return f"{lead}at least {leaf.low} of 5" if leaf.low else f"{lead}at most {leaf.high} of 5"
    if leaf.low and leaf.high:
        return f"from {leaf.low} to {leaf.high}"
    return f"since {leaf.low}" if leaf.low else f"until {leaf.high}"


def _article(field: str) -> str:
    return f"{'an' if field[0] in 'aeiou' else 'a'} {field}"
