"""A run of plain words on its way to a condition: what rules may look at, and what they give back."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from kb.query import vocabulary as v
from kb.query.language import Run, word_of
from kb.query.names import Names
from kb.query.tree import Node, Not, SortKey, conjunction, disjunction
from kb.records import Kind
from kb.words import terms

SUGGESTED = 4  # Unknown words that something near is looked for.


class Part(Struct, frozen=True):
    """Which words of a question a rule took, and what for."""

    words: str
    rule: str
    meaning: str


class Taken(NamedTuple):
    """What a rule took: how many words, the condition they make, and what they say beside it."""

    words: int
    rule: str
    node: Node | None = None
    kind: Kind | None = None
    sort: tuple[SortKey, ...] = ()

    def part(self, words: str) -> Part:
        """Returns what was taken as it is shown."""
        meaning = str(self.node) if self.node else ",".join(map(str, self.sort)) or (self.kind or "")
        return Part(words, self.rule, meaning)


Take = Callable[["Clause", int], Taken | None]


class Pattern:
    """A pattern that is compiled when it is first looked for: most processes need few."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def match(self) -> Callable[[str], re.Match[str] | None]:
        """Returns how a text begins, where it begins so."""
        return re.compile(self._text).match


class Rule(NamedTuple):
    """A rule, and the words that it takes something from: one of a few, one that begins so (a pattern), or any."""

    take: Take
    words: frozenset[str] = frozenset()
    beginning: str = ""
    anywhere: bool = False


class Rules:
    """The rules by the words that they have to be looked at for, in their order."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.every = tuple(rule.take for rule in rules)
        self._rules, self._patterns = rules, [Pattern(rule.beginning) for rule in rules]
        self._anywhere = tuple(rule.take for rule in rules if rule.anywhere)
        self._beginnings = Pattern("|".join((r"\Z", *(rule.beginning for rule in rules if rule.beginning))))
        self._words = frozenset().union(*(rule.words for rule in rules))
        self._at: dict[str, tuple[Take, ...]] = {}

    def at(self, word: str) -> tuple[Take, ...]:
        """Returns the rules that may take something from a word on."""
        if (known := self._at.get(word)) is not None:
            return known
        if word in self._words:
            return self._at.setdefault(word, self._begun(word))
        return self._begun(word) if self._beginnings.match(word) else self._anywhere

    def _begun(self, word: str) -> tuple[Take, ...]:
        """Returns the rules that name a word, or that begin so; without a word, all of them."""
        return tuple(
            rule.take
            for rule, pattern in zip(self._rules, self._patterns, strict=True)
            if rule.anywhere or not word or word in rule.words or (rule.beginning and pattern.match(word))
        )


class English:
    """Reads the runs of plain words in one question by its rules, and keeps what they took."""

    def __init__(self, names: Names | None, today: datetime.date, rules: Rules) -> None:
        self.names, self.today, self.rules = names, today, rules
        self.taken: list[tuple[str, Taken]] = []
        self.unknown: list[tuple[str, tuple[str, ...]]] = []
        self.mended: list[str] = []
        self._runs: dict[tuple[str, ...], Run] = {}

    def run(self, words: list[str]) -> Run:
        """Reads one run of plain words."""
        clause = Clause(self, _split(words))
        run = self._runs[tuple(clause.words)] = clause.read()
        return run

    def again(self) -> Callable[[list[str]], Run]:
        """Returns what reads the runs of another question as this one would, and keeps nothing of it."""
        other = English(self.names, self.today, self.rules)
        return lambda words: self._runs.get(tuple(_split(words))) or other.run(words)

    def find(self, said: list[str], fields: tuple[str, ...], whole: bool = False) -> Node | None:
        """Returns the condition that some words name something known: one name, or what the names share."""
        if not self.names:
            return None
        found = self.names.find(" ".join(said), fields, whole)
        if not found:
            return None
        best = found[0]  # A whole name comes before those that have it as a part.
        alone = best.whole or sum(name.field == best.field for name in found) == 1
        text = best.value if alone else " ".join(said).lower()
        return word_of(text, best.field)

    def find_whole(self, said: list[str], fields: tuple[str, ...]) -> Node | None:
        """Returns the condition that some words name something known, all of its name."""
        return self.find(said, fields, whole=True)

    def nearly_several(self, said: list[str], fields: tuple[str, ...]) -> Node | None:
        """Returns the condition that several words name with a small error, where they name nothing as they are."""
        if len(said) < 2 or self.find(said, fields):
            return None
        before = len(self.unknown)
        node = self.nearly(said, fields)
        if node is None:
            del self.unknown[before:]
        return node

    def nearly(self, said: list[str], fields: tuple[str, ...]) -> Node | None:
        """Returns the condition that some words name with a small error, and keeps what was mended."""
        text = " ".join(said)
        self.unknown.append((text, fields))
        for label in self.names.near(text, fields) if self.names else ():
            if node := self.find(label.split(), fields, whole=True):
                self.mended.append(f"nothing is called {text!r}; it was read as {label!r}")
                return node
        return None

    def suggestion(self, text: str) -> str | None:
        """Returns the question with its first unknown word as something known that is near."""
        if not self.names:
            return None
        for said, fields in self.unknown[:SUGGESTED]:
            near = self.names.near(said, fields)
            if near:
                return re.sub(re.escape(said), near[0].replace("\\", r"\\"), text, count=1, flags=re.IGNORECASE)
        return None


def _split(words: list[str]) -> list[str]:
    """Cuts signs off words that plain English sets beside them: commas, question marks, possessives stay apart."""
    split = []
    for word in words:
        if stripped := word.strip(",;?!"):
            split.append(stripped)
            if word[-1] in ",;":
                split.append(",")
    return split


class Clause:
    """One run of plain words on its way to a condition."""

    def __init__(self, english: English, words: list[str]) -> None:
        self.english, self.words = english, words
        self.lower = [w.lower().rstrip(".:") if len(w) > 1 else w.lower() for w in words]
        # A name is found whatever signs stand before or behind it.
        self.has_signs = not all((w.isascii() and w.isalnum()) or terms(w) for w in words)
        self.asks = not v.ASKED.isdisjoint(self.lower)  # A word may say what is asked for.
        self.kind: Kind | None = None
        self.sort: tuple[SortKey, ...] = ()
        self.items: list[Node | str] = []
        self.left: list[str] = []
        self.taken_before, self.unknown_before = len(english.taken), len(english.unknown)

    def read(self) -> Run:
        """Reads the words from left to right by the first rule that takes some."""
        at = 0
        plain = True  # No rule has taken anything but politeness.
        while at < len(self.words):
            taken = self.take(at)
            if taken is None:
                self.left.append(self.words[at])
                at += 1
                continue
            plain = plain and taken.rule in ("filler", "and")
            self.flush()
            if taken.node is not None:
                self.items.append(taken.node)
            if taken.kind and not self.kind:
                self.kind = taken.kind
            self.sort = self.sort or taken.sort
            if taken.rule in ("or", "not"):
                self.items.append(taken.rule)
            elif taken.rule not in ("filler", "and"):
                self.english.taken.append((" ".join(self.words[at : at + taken.words]), taken))
            at += taken.words
        if plain and self.words and not self.is_request():
            self.as_keywords()
        self.flush()
        return Run(self.combined(), self.kind, self.sort)

    def take(self, at: int) -> Taken | None:
        """Returns what the first rule that takes some words from one on makes of them."""
        for take in self.english.rules.at(self.lower[at]):
            if taken := take(self, at):
                return taken
        return None

    def is_request(self) -> bool:
        """Tells whether the words begin like a question or a request rather than like a list of words."""
        first, *rest = self.lower
        if first in v.IMPERATIVES:
            return len(rest) < 2 or rest[0] in v.GOING_ON
        if first in v.INTERROGATIVES:
            return bool(rest) and rest[0] in v.GOING_ON
        return first in v.REQUESTS

    def as_keywords(self) -> None:
        """Takes all the words for words to search for: in "more than just" even small ones say something."""
        del self.english.taken[self.taken_before :]
        del self.english.unknown[self.unknown_before :]
        self.items = []
        self.left = [w for w, lower in zip(self.words, self.lower, strict=True) if lower not in v.POLITE]

    def flush(self) -> None:
        """Turns the words that no rule took into conditions: stop words go, unless nothing else was said."""
        if not self.left:
            return
        said = [w for w in self.left if (w.isascii() and w.isalnum()) or terms(w)]
        kept = [w for w in said if w.lower() not in v.STOP] or (said if not self.items else [])
        self.left = []
        english = self.english
        for word in kept:
            if english.names and not english.names.has_word(word):
                english.unknown.append((word, ()))
            node = word_of(word)
            self.items.append(node)
            english.taken.append((word, Taken(1, "word", node)))

    def combined(self) -> Node | None:
        """Joins the conditions: "or" the two beside it, "not" turns the next one round, the others must all hold."""
        nodes: list[Node] = []
        joining = negative = False
        for item in self.items:
            if isinstance(item, str):
                joining, negative = joining or (item == "or" and bool(nodes)), negative or item == "not"
                continue
            node = (item.node if isinstance(item, Not) else Not(item)) if negative else item
            nodes.append(disjunction(nodes.pop(), node) if joining else node)
            joining = negative = False
        return conjunction(*nodes) if nodes else None

    def is_filler(self) -> bool:
        """Tells whether all the words are politeness and grammar."""
        return v.FILLER.issuperset(self.lower)

    def says_more(self, at: int) -> bool:
        """Tells whether anything is said beside one word, politeness and what is asked for."""
        return any(
            word not in v.FILLER and word not in v.KIND_NOUNS and other != at for other, word in enumerate(self.lower)
        )

    def text(self, at: int, count: int = 12) -> str:
        """Returns the words from a place on, in lower case, for patterns over several."""
        return " ".join(self.lower[at : at + count])

    def word(self, at: int) -> str:
        return self.lower[at] if 0 <= at < len(self.lower) else ""


def count(text: str) -> int:
    return len(text.split())
