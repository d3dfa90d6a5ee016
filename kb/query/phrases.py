"""Plain English to the query language, by rules and offline.

    run       = { filler | "and" | "or" | negation | condition }
    condition = kind | rating | date | order | "by" people | "from" company | "mentioning" tools | "about" subject | words
    people    = object { ("and" | "or" | ",") object }        likewise companies and tools
    object    = the longest name that the index knows, else the words up to the next rule

Each rule looks at the words from one place on and says how many it takes. "or" joins the conditions beside it,
"but not" turns the next one round. Words that no rule takes are searched for as words. What a question is read
as, canonical, is read as itself: a word left over that would be read otherwise alone is put in quotes.
"""

from __future__ import annotations

import datetime

from msgspec import Struct

from kb.query import amounts, subjects
from kb.query.clause import English, Part, Rule
from kb.query.explanation import explain
from kb.query.language import read
from kb.query.names import Names
from kb.query.tree import Node, Phrase, Query, Term, mapped
from kb.words import terms

# Tried in this order at each word: what is plainest first, what would take anything last.
RULES: tuple[Rule, ...] = (
    amounts.rating,
    amounts.unrated,
    amounts.order,
    subjects.did,
    subjects.having,
    subjects.passive,
    amounts.date,
    subjects.named,
    subjects.kind,
    subjects.speaking,
    subjects.by,
    subjects.from_,
    subjects.mentioning,
    subjects.about,
    subjects.without,
    subjects.alone,
    subjects.joint,
    subjects.filler,
)


class Question(Struct, frozen=True):
    """A question as it is understood: the query, in words, what was not understood, and what may have been meant."""

    text: str
    query: Query
    explanation: str
    suggestion: str | None = None
    warnings: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def canonical(self) -> str:
        """The question in the query language."""
        return str(self.query)


def read_question(text: str, names: Names | None = None, today: datetime.date | None = None) -> Question:
    """Reads a question in plain English, the query language, or both mixed."""
    reader = English(names, today or datetime.date.today(), RULES)
    understood = read(text, reader.run)
    query = understood.query
    again = read(str(query), English(names, reader.today, RULES).run).query
    if again != query:
        query = Query(mapped(query.where, _quoted), query.kind, query.sort)
    warnings = (*understood.warnings, *reader.mended)
    if query == Query() and not warnings and not terms(text) and text.strip(" *"):
        warnings = ("there is nothing to search for in the question, so everything is shown",)
    return Question(text, query, explain(query), reader.suggestion(text), warnings, tuple(reader.parts))


def _quoted(leaf: Node) -> Node:
    """Puts a bare word in quotes."""
    return Phrase(leaf.text) if isinstance(leaf, Term) and leaf.field is None else leaf
