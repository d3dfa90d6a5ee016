"""What a client asks: one record with its defaults, whatever front end it came by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote_plus

import msgspec

from kb import answers
from kb.errors import BadParameterError
from kb.fields import FACETS, FIELDS, SORTS
from kb.query.explanation import PLURALS, explain
from kb.query.language import ranged_or_value
from kb.query.names import Names
from kb.query.phrases import Question, read_question
from kb.query.tree import Node, Query, SortKey, conjunction, disjunction
from kb.records import KINDS, Kind
from kb.service import cursors

LIMIT = 20
MOST = 100


class Request(msgspec.Struct, frozen=True):
    """A question, what narrows it, and which page of its answer is wanted in which form.

    `fields` are conditions, any of the values of each; `path` is the resource that `next_url` leads to.
    """

    q: str = ""
    kind: str | None = None
    sort: str | None = None
    limit: int | str = LIMIT
    cursor: str | None = None
    facets: Sequence[str] = ()
    highlight: bool = True
    explain: bool = False
    fields: Mapping[str, Sequence[str]] = {}
    path: str = "/v1/search"

    @property
    def size(self) -> int:
        """How many hits a page has; raises BadParameterError."""
        return size_of(self.limit)

    @property
    def known_facets(self) -> tuple[str, ...]:
        """The facets, each once; raises BadParameterError for an unknown one."""
        return tuple(dict.fromkeys(_known("facet", name, FACETS) for name in self.facets))

    @property
    def began(self) -> cursors.Cursor | None:
        """Where the page begins, or None for the first; raises BadParameterError."""
        return None if self.cursor is None else cursors.read(self.cursor, self._asked)

    def cursor_of(self, following: cursors.Cursor) -> str:
        """Returns the cursor of another page of the same answer."""
        return cursors.write(following, self._asked)

    @property
    def _asked(self) -> bytes:
        """What all pages of one answer have in common."""
        return answers.encode([self.q, self.kind, self.sort, self.fields])

    def question(self, names: Names) -> Question:
        """Reads the question with the names of an index, and narrows it: a kind, an order, conditions."""
        question = read_question(self.q, names)
        conditions = [_condition(name, values) for name, values in self.fields.items()]
        if self.kind is None and self.sort is None and not conditions:
            return question
        query = Query(
            where=conjunction(question.query.where, *conditions),
            kind=question.query.kind if self.kind is None else kind_of(self.kind),
            sort=question.query.sort if self.sort is None else _sort(self.sort),
        )
        return msgspec.structs.replace(question, query=query, canonical=str(query), explanation=explain(query))

    def url(self, cursor: str) -> str:
        """Returns the URL, from the root of the server, of another page of the same answer."""
        said = [(name, value) for name, value in (("q", self.q), ("kind", self.kind), ("sort", self.sort)) if value]
        said += [(name, value) for name, values in self.fields.items() for value in values]
        said += [("limit", str(self.size))] if self.size != LIMIT else []
        said += [("facet", name) for name in self.facets]
        said += [] if self.highlight else [("highlight", "false")]
        said += [("explain", "true")] if self.explain else []
        said.append(("cursor", cursor))
        return self.path + "?" + "&".join(f"{name}={quote_plus(value, errors='replace')}" for name, value in said)


def size_of(limit: int | str) -> int:
    """Returns how many are asked for; raises BadParameterError."""
    text = str(limit)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise BadParameterError("limit", f"limit is a number from 1 to {MOST}, not {text!r}", code="bad_limit")
    return int(text)


def kind_of(kind: str) -> Kind:
    """Returns the kind that a word names, singular or plural; raises BadParameterError."""
    name = kind.lower()
    for known in KINDS:
        if name in (known, PLURALS[known]):
            return known
    raise _unknown("kind", name, KINDS)


def likeliest(said: str, known: Iterable[str], least: int) -> str | None:
    """Returns the known name that is most like what was said, where any is at all like it (out of 100)."""
    from rapidfuzz import process

    near = process.extractOne(said, known, score_cutoff=least)
    return near[0] if near else None


def _known(param: str, name: str, known: Sequence[str]) -> str:
    """Returns a name that is known; raises BadParameterError."""
    if name not in known:
        raise _unknown(param, name, known)
    return name


def _unknown(param: str, name: str, known: Sequence[str]) -> BadParameterError:
    """Returns the error that names what was meant."""
    said = f"{name!r} is no {param}; there are: {', '.join(known)}"
    return BadParameterError(param, said, likeliest(name, known, 50), f"unknown_{param}")


def _sort(sort: str) -> tuple[SortKey, ...]:
    keys = [part for part in sort.split(",") if part]
    if not keys:
        raise BadParameterError("sort", f"sort names fields, such as -rating,date, not {sort!r}", code="unknown_sort")
    return tuple(SortKey(_known("sort", key.removeprefix("-"), SORTS), key.startswith("-")) for key in keys)


def _condition(name: str, values: Sequence[str]) -> Node:
    """Returns the condition that a parameter states: any of its values; a bad one raises BadParameterError."""
    nodes = []
    for value in values:
        node = ranged_or_value(name, value)
        if node is None:
            example = FIELDS[name].example
            raise BadParameterError(name, f"{name} has no value {value!r}; an example is {example}", code="bad_value")
        nodes.append(node)
    return disjunction(*nodes)
