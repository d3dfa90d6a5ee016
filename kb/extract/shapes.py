"""Names that the gazetteer lacks: by how they are written, and by what the text says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.extract import gazetteer, vocabulary
from kb.extract.evidence import AROUND, CAPITALISED, IS_A
from kb.extract.gazetteer import Entry, Spot
from kb.words import fold

_DOT_JS = re.compile(r"^[A-Za-z][\w-]*\.js$")
_CAMEL = re.compile(
    r"^(?:[a-z]{1,8}[A-Z][A-Za-z]{2,}|[A-Z][a-z]+(?:[A-Z][a-z]*)+\d?|[A-Z]{2,}[a-z]{2,}[A-Za-z]*|[A-Z][a-z]+[A-Z]{2,4})$"
)
# How the names of databases, queues, libraries of JavaScript, systems and kits end.
_TELLING = re.compile(
    r"^[A-Za-z]*[a-z](?:DB|SQL|MQ|JS|OS|FS|QL|CLI|TK|CMS|UI|ML|Kit|Lint|Mesh|Ctl|Unit|Proxy)$|^[a-z]{3,}ctl$|^kube[a-z]{3,}$"
)
_TAIL = re.compile(r"^([a-z][a-z0-9]+(?:-[a-z0-9]+)*)-(?:cli|js|rs|py|ctl|sdk|lint|webpack-plugin)$")
# What is called in CamelCase and is no software: events, people, companies, types of an interface, abbreviations.
_OTHERWISE = re.compile(
    r"^(?:Mc|Mac|De|La|Le|Di|Van|O)[A-Z][a-z]+$|(?:Con|Conf|Days?|Fest|Camp|Summit|Ladies|Girls|Error|Exception|Ops|Dev|Sec|Group|Media|Inc|GmbH)$"
    r"|^Py(?:Con|Data|Ladies|Day)|^[A-Z]+s$|^[A-Z][a-z]?[A-Z]$|^(?:i|e|m)[A-Z][a-z]+$"
)
# What makes an adjective of a name: `AWS-centric`, `Kafka-based`.
_ADJECTIVE = re.compile(
    r"-(?:based|like|style|backed|centric|powered|native|compatible|only|specific|driven|aware|ready|hosted|managed|related|flavou?red|esque)$",
    re.I,
)


def bare(said: str) -> Iterator[str]:
    """Yields what a word says of a name with something at its end: `Kafka-based`, `Redux.js`."""
    if adjective := _ADJECTIVE.search(said):
        yield said[: adjective.start()]
    if said.endswith((".js", "JS")):
        yield said.removesuffix(".js").removesuffix("JS")


def guess(said: str) -> Entry | None:
    """Returns what an unknown word would be by its shape alone, or None."""
    key = fold(said)
    if gazetteer.is_refused(key):
        return None
    if _DOT_JS.match(said) and len(said) > 5:
        return Entry(key, "library", "-")
    if _TELLING.match(said) and not _OTHERWISE.search(said):
        return Entry(key, "project", "-")
    if _CAMEL.match(said) and not _OTHERWISE.search(said):
        return Entry(key, "project", "camel")
    if (tail := _TAIL.match(said)) and not vocabulary.is_common(tail[1]):
        return Entry(key, "project", "-")
    if (compound := _COMPOUND.match(said)) and _is_plugin(*compound.groups()):
        return Entry(key, "project", "-")
    return None


_COMPOUND = re.compile(r"^([a-z][a-z0-9]+)[-_](?:[a-z0-9]+[-_])*([a-z0-9]+)$")
_FAMILIES = frozenset({"pg", "pt", "mysql", "py"})  # What the names of a family of programs begin with.


def _is_plugin(first: str, last: str) -> bool:
    """Tells whether a compound is called after software, as `pytest-randomly` is, and `kafka-based` is not."""
    known = gazetteer.entry(first)
    named = first in _FAMILIES or (known is not None and known.needs == "-")
    return named and len(last) > 2 and not vocabulary.is_common(last) and not last.isdigit()


# What a text calls a program that it introduces.
KINDS = frozenset(
    "tool tools toolkit library libraries framework frameworks platform engine database databases service services program"
    " programs package packages plugin plug-in plugins plug-ins extension server client daemon broker proxy scheduler compiler"
    " linter editor browser wrapper profiler debugger command commands project projects ORM orm DSL dsl SDK sdk".split()
)
# An unknown name with what may say what it is: `Bazqux (a profiler)`, `Bazqux is a profiler`.
_APPOSED = re.compile(r"(?<![\w.&'’@-])([A-Z](?:[\w+#]|[.&'’@-](?=\w)){1,60}+)(?= \(| [-–—]|: |, | is | was)")


def introduced(text: str, masked: str, people: frozenset[str]) -> Iterator[Spot]:
    """Yields unknown names of which the text itself says that they are programs."""
    names = [match.span(1) for match in _APPOSED.finditer(masked)]
    if "called" in text or "named" in text:
        names += [(match.end(), match.end() + len(match[1])) for match in _INTRODUCED.finditer(text)]
    for start, end in names:
        said = text[start:end]
        if fold(said) not in people and not gazetteer.entry(fold(said)) and _is_introduced(text, start, end):
            yield Spot(start, end, Entry(fold(said), "project", "-"), 1.2)


_INTRODUCED = re.compile(
    r"\b(?:tool|library|framework|program|command|service|package|plug-?in|database|project)s?\s+(?:called|named)\s+[\"'“*_\[]*(?=((?-i:[A-Z])(?:[\w+#]|[.&'’@-](?=\w))+))",
    re.IGNORECASE,
)


def _is_introduced(text: str, start: int, end: int) -> bool:
    """Tells whether the text itself says that an unknown name is a program: `Bazqux (a profiler)`."""
    said = text[start:end]
    if (
        len(said) < 3
        or said.rstrip("s").isupper()
        or vocabulary.is_common(said)
        or vocabulary.is_given_name(said)
        or CAPITALISED.search(text[max(0, start - AROUND) : start])
    ):
        return False
    return (
        IS_A.match(text[end : end + AROUND]) is not None
        or _INTRODUCED.search(text, max(0, start - 40), end) is not None
    )
