"""The query language: text to a tree, and never an error.

    question   = alternative { "OR" alternative }
    alternative = { ["AND"] factor }
    factor     = ( "-" | "NOT" ) factor | "(" question ")" | condition | plain
    condition  = field ":" ( value | "(" question ")" ) | "has:" field | "kind:" kind | "sort:" key { "," key }
               | '"' phrase '"' | word "*" | word "~" [ "1" | "2" ] | "*"
    value      = word | '"' phrase '"' | word "*" | word "~" | low ".." high | ( ">" | ">=" | "<" | "<=" | "=" ) bound
    key        = [ "-" ] field
    plain      = word { word }

Conditions side by side must all hold; "OR" binds weakest and NOT strongest. A run of plain words is handed to a reader:
`words_only` takes each for a word, `kb.query.phrases` reads English. What is not understood becomes words, and
a warning says so. Limits are stated below; beyond them a question is cut, never refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

from kb.fields import FIELDS, SORTS
from kb.query.tree import (
    All,
    And,
    Fuzzy,
    Has,
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
    is_plain,
    leaves,
    mapped,
)
from kb.records import KINDS, Kind
from kb.words import terms

MAX_LENGTH = 4_096  # Characters of a question.
MAX_TOKENS = 512  # Words, signs and conditions of a question.
MAX_DEPTH = 32  # Parentheses within parentheses.
MAX_EXPANDED = 8  # Words with `*` or `~`, each of which stands for many.
MAX_WARNINGS = 10

_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,4})?")
_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\()|(?P<close>\))
    | (?P<minus>-)(?=[^\s)])
    | (?P<field>[A-Za-z]+):(?=[^\s])
    | "(?P<quoted>(?:[^"\\]|\\.)*)(?:"|\\?$)
    | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
# What makes more of a question than one run of plain words.
_SIGN = re.compile(r"""[()"*~:]|(?<!\S)(?:-|(?:AND|OR|NOT)(?!\S))""")
_ENDING = re.compile(r"\*$|~[12]?$")
_COLON = re.compile(r"([A-Za-z]+):.")
_FUZZY = re.compile(r"^(?P<word>[^~*]+)~(?P<edits>[12]?)$")


class Run(NamedTuple):
    """What a run of plain words means: a condition (None for nothing), and what it says of kind and order."""

    node: Node | None
    kind: Kind | None = None
    sort: tuple[SortKey, ...] = ()
    warnings: tuple[str, ...] = ()


Reader = Callable[[list[str]], Run]


class Understood(Struct, frozen=True):
    """A question as it was understood, and what was not."""

    query: Query
    warnings: tuple[str, ...] = ()


class _Token(NamedTuple):
    sign: str  # open, close, minus, field, quoted or word
    text: str
    joined: bool  # Nothing stands between it and the token before.


def words_only(words: list[str]) -> Run:
    """Takes each word of a run for a word."""
    nodes = [word_of(word) for word in words if terms(word)]
    return Run(conjunction(*nodes) if nodes else None)


def read(text: str, reader: Reader = words_only) -> Understood:
    """Reads a question; the runs of plain words in it are left to the reader."""
    if len(text) <= MAX_LENGTH and not _SIGN.search(text) and len(words := text.split()) <= MAX_TOKENS:
        return _of_run(reader(words)) if words else Understood(Query())
    warnings: list[str] = []
    if len(text) > MAX_LENGTH:
        text = text[:MAX_LENGTH]
        warnings.append(f"the question was cut to its first {MAX_LENGTH:,} characters")
    tokens = list(_tokens(text))
    if len(tokens) > MAX_TOKENS:
        tokens = tokens[:MAX_TOKENS]
        warnings.append(f"the question was cut to its first {MAX_TOKENS} words and signs")
    parser = _Parser(_balanced(tokens, warnings), reader, warnings)
    where = parser.question()
    if where is not None and sum(isinstance(leaf, Prefix | Fuzzy) for leaf in leaves(where)) > MAX_EXPANDED:
        where = _expanding(where, MAX_EXPANDED)
        warnings.append(
            f"only the first {MAX_EXPANDED} words with * or ~ stand for others; the rest are taken as they are"
        )
    query = Query(
        where or All(), parser.kind or parser.run_kind or "talk", tuple(parser.sort) or tuple(parser.run_sort)
    )
    return Understood(query, tuple(dict.fromkeys(warnings))[:MAX_WARNINGS])


def _of_run(run: Run) -> Understood:
    """Returns how a question is understood that is one run of plain words."""
    query = Query(run.node or All(), run.kind or "talk", run.sort)
    return Understood(query, tuple(dict.fromkeys(run.warnings))[:MAX_WARNINGS])


def _expanding(node: Node, most: int) -> Node:
    """Returns a tree in which only the first words with `*` or `~` stand for others."""
    left = iter(range(most))

    def limited(leaf: Node) -> Node:
        if isinstance(leaf, Prefix | Fuzzy) and next(left, None) is None:
            return word_of(leaf.text, leaf.field)
        return leaf

    return mapped(node, limited)


def _tokens(text: str) -> Iterator[_Token]:
    """Cuts a question into tokens; whatever stands in it, the cost is linear."""
    at = 0
    while match := _TOKEN.match(text, at):
        sign = str(match.lastgroup)
        content = match[sign]
        joined = match.start(sign) - (sign == "quoted") == at and at > 0
        if sign == "quoted":
            content = re.sub(r"\\(.)", r"\1", content, flags=re.DOTALL)
        if sign == "field" and (content.lower() not in FIELDS and content.lower() not in ("has", "sort")):
            # No field: an address, a time, a word with a colon in it, to be taken whole.
            word = re.compile(r"[^\s()\"]+").match(text, match.start(sign))
            assert word is not None
            yield _Token("word", word[0], joined)
            at = word.end()
            continue
        yield _Token(sign, content, joined)
        at = match.end()


def _balanced(tokens: list[_Token], warnings: list[str]) -> list[_Token]:
    """Drops the parentheses that close nothing, are never closed, or are nested too deep."""
    opened: list[int] = []
    dropped: set[int] = set()
    deep: list[int] = []
    for n, token in enumerate(tokens):
        if token.sign == "open":
            if len(opened) >= MAX_DEPTH:
                deep.append(n)
                dropped.add(n)
                warnings.append(f"parentheses nested deeper than {MAX_DEPTH} were left out")
            else:
                opened.append(n)
        elif token.sign == "close":
            if deep:
                deep.pop()
                dropped.add(n)
            elif opened:
                opened.pop()
            else:
                dropped.add(n)
                warnings.append("a closing parenthesis without an opening one was left out")
    if opened:
        dropped.update(opened)
        warnings.append("an opening parenthesis without a closing one was left out")
    return [token for n, token in enumerate(tokens) if n not in dropped]


class _Parser:
    """Reads tokens by the grammar above; its depth is bounded by the parentheses that are left."""

    def __init__(self, tokens: list[_Token], reader: Reader, warnings: list[str]) -> None:
        self.tokens, self.reader, self.warnings = tokens, reader, warnings
        self.at = 0
        self.kind: Kind | None = None
        self.run_kind: Kind | None = None
        self.sort: list[SortKey] = []
        self.run_sort: list[SortKey] = []

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def question(self) -> Node | None:
        """Reads alternatives up to a closing parenthesis or the end."""
        alternatives = [self.alternative()]
        while (token := self.peek()) and token.sign == "word" and token.text == "OR":
            self.at += 1
            alternatives.append(self.alternative())
        nodes = [node for node in alternatives if node is not None]
        return disjunction(*nodes) if nodes else None

    def alternative(self) -> Node | None:
        """Reads the conditions that must all hold."""
        nodes: list[Node] = []
        while (token := self.peek()) and token.sign != "close" and not (token.sign == "word" and token.text == "OR"):
            if token.sign == "word" and token.text == "AND":
                self.at += 1
            elif self.is_plain_word(token):
                nodes += self.run()
            else:
                node = self.factor()
                if node is not None:
                    nodes.append(node)
        return conjunction(*nodes) if nodes else None

    @staticmethod
    def is_plain_word(token: _Token) -> bool:
        return (
            token.sign == "word"
            and token.text not in ("AND", "OR", "NOT")
            and not (("*" in token.text or "~" in token.text) and _ENDING.search(token.text))
        )

    def run(self) -> list[Node]:
        """Reads a run of plain words by the reader."""
        words: list[str] = []
        while (token := self.peek()) and self.is_plain_word(token):
            words.append(token.text)
            self.at += 1
            if ":" in token.text and (colon := _COLON.match(token.text)) and (meant := _meant(colon[1], FIELDS, 75)):
                self.warnings.append(f"{colon[1]!r} is no field{meant}; {token.text!r} was searched for as words")
        run = self.reader(words)
        self.run_kind = self.run_kind or run.kind
        self.run_sort = self.run_sort or list(run.sort)
        self.warnings += run.warnings
        return [run.node] if run.node is not None else []

    def factor(self) -> Node | None:
        """Reads one condition with the NOTs before it."""
        negative = False
        while (token := self.peek()) and (token.sign == "minus" or (token.sign == "word" and token.text == "NOT")):
            negative = not negative
            self.at += 1
        if token is None or token.sign == "close" or (token.sign == "word" and token.text in ("OR", "AND")):
            return None
        node = self.condition(token)
        if node is None or not negative:
            return node
        return node.node if isinstance(node, Not) else Not(node)

    def condition(self, token: _Token) -> Node | None:
        self.at += 1
        if token.sign == "open":
            node = self.question()
            self.at += 1
            return node
        if token.sign == "quoted":
            return Phrase(token.text) if terms(token.text) else None
        if token.sign == "field":
            return self.field(token.text.lower())
        return self.word(token.text)

    def word(self, text: str) -> Node | None:
        if text == "*":
            return All()
        node = expanded(text, None)
        if node is None and terms(text):
            if "*" in text or "~" in text:
                self.warnings.append(f"{text!r} was searched for as words: only a last * or ~ stands for others")
            node = word_of(text)
        return node

    def field(self, name: str) -> Node | None:
        """Reads what stands behind `field:`."""
        token = self.peek()
        if token is None or not token.joined or token.sign in ("close", "minus", "field"):
            value = self.rest(token)
        elif token.sign == "open":
            self.at += 1
            node = self.within(name)
            self.at += 1
            return node
        else:
            self.at += 1
            if token.sign == "quoted":
                return self.value(name, token.text, is_quoted=True)
            value = token.text
        return self.value(name, value, is_quoted=False)

    def rest(self, token: _Token | None) -> str:
        """Returns the value of a field whose text begins with a sign, such as `sort:-rating` or `date:-`."""
        parts = []
        while token is not None and token.joined and token.sign in ("minus", "field", "word"):
            parts.append("-" if token.sign == "minus" else f"{token.text}:" if token.sign == "field" else token.text)
            self.at += 1
            token = self.peek()
        return "".join(parts)

    def within(self, name: str) -> Node | None:
        """Reads `field:( … )`: the field goes to each word in it."""
        outer, self.reader = self.reader, lambda words: Run(conjunction(*self.each(name, words)))
        try:
            return _in_field(self.question(), name)
        finally:
            self.reader = outer

    def each(self, name: str, words: list[str]) -> list[Node]:
        return [node for word in words if (node := self.value(name, word, is_quoted=False)) is not None]

    def value(self, name: str, text: str, is_quoted: bool) -> Node | None:
        """Reads one value of a field by the field's type."""
        if name == "kind":
            self.kind_of(text)
            return None
        if name == "has":
            if text.lower() in FIELDS:
                return Has(text.lower())
            return self.as_words(f"has:{text}", f"{text!r} is no field{_meant(text, FIELDS)}")
        if name == "sort":
            self.sorting(text)
            return None
        field = FIELDS[name]
        if field.type in ("number", "date"):
            node = ranged(name, text, _NUMBER if field.type == "number" else _DATE)
            what = (
                "a number or range, such as 4 or 4.." if field.type == "number" else "a date such as 2015 or 2015-05-28"
            )
            return node or self.as_words(f"{name}:{text}", f"{name}: needs {what}, not {text!r}")
        if not terms(text):
            return self.as_words(f"{name}:{text}", f"{name}: has no word in {text!r}")
        if is_quoted:
            return Phrase(text, name)
        return expanded(text, name) or word_of(text, name)

    def kind_of(self, text: str) -> None:
        kind = next((kind for kind in KINDS if text.lower() in (kind, f"{kind}s")), None)
        if kind is None:
            self.warnings.append(f"{text!r} is no kind of record{_meant(text, KINDS)}")
        elif self.kind not in (None, kind):
            self.warnings.append(f"a question has one kind: {self.kind} is asked for, not {kind}")
        else:
            self.kind = kind

    def sorting(self, text: str) -> None:
        for part in filter(None, text.split(",")):
            name = part.lstrip("-").lower()
            if name in SORTS:
                if name not in {key.field for key in self.sort}:
                    self.sort.append(SortKey(name, part.startswith("-")))
            else:
                self.warnings.append(f"answers cannot be sorted by {name!r}{_meant(name, SORTS)}")

    def as_words(self, text: str, warning: str) -> Node | None:
        self.warnings.append(f"{warning}; it was searched for as words")
        return Phrase(text) if terms(text) else None


def word_of(text: str, field: str | None = None) -> Node:
    """Returns a word's node; what could not stand there without quotes gets them."""
    return Term(text, field) if is_plain(text) else Phrase(text, field)


def expanded(text: str, field: str | None) -> Node | None:
    """Returns the node of `word*` or `word~`, or None where the text is neither."""
    if text.endswith("*") and is_plain(text[:-1]) and len(terms(text[:-1])) == 1:
        return Prefix(text[:-1], field)
    if (match := _FUZZY.match(text)) and is_plain(match["word"]) and len(terms(match["word"])) == 1:
        return Fuzzy(match["word"], int(match["edits"] or 1), field)
    return None


def ranged(name: str, text: str, bound: re.Pattern[str]) -> Node | None:
    """Returns the node of a value or range of numbers or dates, or None where it is none."""
    text = text.strip()
    if match := re.fullmatch(r"(>=|<=|>|<|=)\s*(.+)", text):
        if not bound.fullmatch(match[2]):
            return None
        value = _bound(match[2])
        low, high = (value, None) if ">" in match[1] else (None, value) if "<" in match[1] else (value, value)
        node = span(name, low, high)
        return node if "=" in match[1] else conjunction(node, Not(Term(value, name)))
    low_text, dots, high_text = text.partition("..")
    if any(part and not bound.fullmatch(part) for part in (low_text, high_text)) or not (low_text or dots):
        return None
    return span(name, _bound(low_text) or None, (_bound(high_text) or None) if dots else _bound(low_text))


def ranged_or_value(name: str, text: str) -> Node | None:
    """Returns the condition that a field has a value, a range or one of `a*`, or None where it cannot be."""
    type = FIELDS[name].type
    if type in ("number", "date"):
        return ranged(name, text, _NUMBER if type == "number" else _DATE)
    if name == "kind" or not terms(text):
        return None
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return expanded(text, name) or word_of(text, name)


def _bound(text: str) -> str:
    """Returns a number or date as it is written canonically: `4` for `4.0` and `04`."""
    if "-" in text or not text:
        return text
    number = text.replace(",", ".")
    return (
        f"{float(number):.2f}".rstrip("0").rstrip(".")
        if "." in number
        else str(int(number)).zfill(len(text) if len(text) == 4 else 1)
    )


def span(name: str, low: str | None, high: str | None) -> Node:
    """Returns a range in its shortest form: one value, any value, or from low to high."""
    if low is None and high is None:
        return Has(name)
    return Term(low, name) if low is not None and low == high else Range(name, low, high)


def _in_field(node: Node | None, name: str) -> Node | None:
    """Gives the field to the bare leaves of a tree."""
    if isinstance(node, And | Or):
        parts = [part for n in node.nodes if (part := _in_field(n, name)) is not None]
        return (conjunction if isinstance(node, And) else disjunction)(*parts)
    if isinstance(node, Not):
        inner = _in_field(node.node, name)
        return Not(inner) if inner is not None else None
    if (
        isinstance(node, Term | Phrase | Prefix | Fuzzy)
        and node.field is None
        and FIELDS[name].type not in ("number", "date")
    ):
        return type(node)(**{**{f: getattr(node, f) for f in node.__struct_fields__}, "field": name})
    return node


def _meant(text: str, known: Iterable[str], least: int = 60) -> str:
    """Returns `; did you mean …?` where something known is near."""
    from rapidfuzz import process

    near = process.extractOne(text.lower(), list(known), score_cutoff=least)
    return f"; did you mean {near[0]}?" if near else ""
