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

from kb.fields import FIELDS
from kb.query import amounts, subjects
from kb.query.clause import English, Part, Rules, Taken
from kb.query.explanation import explain
from kb.query.language import MAX_LENGTH, MAX_TOKENS, ranged_or_value, read
from kb.query.names import Names
from kb.query.tree import All, And, Has, Node, Not, Phrase, Query, Range, Term, conjunction, mapped
from kb.words import terms

# Tried in this order at each word: what is plainest first, what would take anything last.
RULES = Rules(
    (
        amounts.RATING,
        amounts.UNRATED,
        amounts.ORDER,
        subjects.DID,
        subjects.HAVING,
        subjects.PASSIVE,
        amounts.DATE,
        subjects.NAMED,
        subjects.KIND,
        subjects.SPEAKING,
        subjects.BY,
        subjects.FROM,
        subjects.MENTIONING,
        subjects.ABOUT,
        subjects.WITHOUT,
        subjects.ALONE,
        subjects.JOINT,
        subjects.FILLER,
    )
)


class Question(Struct, frozen=True):
    """A question as it is understood: the query, as text and in words, what was not understood, what may have been meant."""

    text: str
    query: Query
    canonical: str
    explanation: str
    suggestion: str | None = None
    warnings: tuple[str, ...] = ()
    taken: tuple[tuple[str, Taken], ...] = ()

    @property
    def parts(self) -> list[Part]:
        """What each rule took the words for."""
        return [taken.part(words) for words, taken in self.taken]


def read_question(text: str, names: Names | None = None, today: datetime.date | None = None) -> Question:
    """Reads a question in plain English, the query language, or both mixed."""
    reader = English(names, today or datetime.date.today(), RULES)
    understood = read(text, reader.run)
    query = understood.query
    canonical = str(query)
    if not _is_itself(query, canonical, reader) and read(canonical, reader.again()).query != query:
        query = Query(mapped(query.where, _quoted), query.kind, query.sort)
        canonical = str(query)
    warnings = (*understood.warnings, *reader.mended)
    if query == Query() and not warnings and not terms(text) and text.strip(" *"):
        warnings = ("there is nothing to search for in the question, so everything is shown",)
    suggestion = reader.suggestion(text) if reader.unknown else None
    return Question(text, query, canonical, explain(query), suggestion, warnings, tuple(reader.taken))


def _is_itself(query: Query, canonical: str, reader: English) -> bool:
    """Tells whether the text of a query is sure to be read as the query; if not, it has to be tried."""
    nodes = query.where.nodes if isinstance(query.where, And) else (query.where,)
    if len(canonical) > MAX_LENGTH or len(nodes) * 4 > MAX_TOKENS:
        return False
    again = reader.again()
    said: list[Node] = []  # Words that stand side by side: they can be read as something else.
    for node in (*nodes, None):
        if isinstance(node, Term) and node.field is None:
            said.append(node)
            continue
        if said:
            run = again([str(word) for word in said])
            if run.node != conjunction(*said) or (run.sort and not query.sort):
                return False
            said = []
        if node and not _is_condition(node.node if isinstance(node, Not) else node):
            return False
    return True


def _is_condition(node: Node) -> bool:
    """Tells whether the text of a leaf is sure to be read as the leaf."""
    if isinstance(node, Range | Term) and node.field and FIELDS[node.field].type in ("number", "date"):
        return ranged_or_value(node.field, str(node).partition(":")[2]) == node
    return isinstance(node, Has | All) or (isinstance(node, Term | Phrase) and bool(terms(node.text)))


def _quoted(leaf: Node) -> Node:
    """Puts a bare word in quotes."""
    return Phrase(leaf.text) if isinstance(leaf, Term) and leaf.field is None else leaf
