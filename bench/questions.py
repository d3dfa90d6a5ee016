"""The questions of the rows, drawn by a fixed seed from the vocabulary of the talks that are indexed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from bench.peers import Plain, Record
from kb.query.vocabulary import STOP
from kb.words import stem, tokens

SEED = 20_261_123
QUESTIONS = 60  # Distinct ones a row, where it has so many.
TRIES = 50  # For each question, before a row does with fewer.

Arguments = tuple[Any, ...]


class Row(NamedTuple):
    """A row of the table: the verb of an engine, and what it is asked."""

    name: str
    verb: str
    asked: list[Arguments]


class Vocabulary:
    """The words of the talks by how many talks have them, and runs of words to draw phrases from."""

    def __init__(self, all_records: Iterable[Record]) -> None:
        self.records = list(all_records)
        self.frequency: Counter[str] = Counter()  # Of stems, as the engines index them.
        self.spelling: dict[str, str] = {}
        self.said: list[list[str]] = []
        for record in self.records:
            words = _words(f"{record.title}\n{record.text}")
            self.said.append(words)
            stems = {stem(word): word for word in reversed(words) if word}
            self.frequency.update(stems.keys())
            self.spelling |= stems
        known = (s for s, word in self.spelling.items() if _says(word))
        self.words = sorted(known, key=lambda s: (-self.frequency[s], s))

    def between(self, low: float, high: float) -> list[str]:
        """Returns the words that at least and at most so many talks have, as they are spelt somewhere."""
        return [self.spelling[s] for s in self.words if low <= self.frequency[s] <= high]

    def is_usual(self, word: str) -> bool:
        """Tells whether a word is in one of a hundred talks or more, and says something."""
        return _says(word) and self.frequency[stem(word)] * 100 >= len(self.records)


def _words(text: str) -> list[str]:
    """Returns the words of a text in order; those that engines split or fold in different ways are empty."""
    spelt = ((token.term, text[token.start : token.end]) for token in tokens(text))
    return [term if said.isascii() and said.isalnum() else "" for term, said in spelt]


def _says(word: str) -> bool:
    return word.isascii() and word.isalpha() and len(word) > 2 and word not in STOP


def rows(vocabulary: Vocabulary) -> list[Row]:
    """Returns the rows, each with its questions."""
    draw = random.Random(SEED)
    count = len(vocabulary.records)
    common = vocabulary.between(0.05 * count, 0.3 * count)
    rare = vocabulary.between(2, 10)
    usual = vocabulary.between(0.01 * count, 0.3 * count)
    some = _distinct(lambda: draw.choice(common))
    together = _distinct(lambda: _together(vocabulary, draw))
    return [
        Row("rare term", "words", [((w,), "all") for w in _distinct(lambda: draw.choice(rare))]),
        Row("common term", "words", [((w,), "all") for w in some]),
        Row("common term and its total", "counted", [(w,) for w in some]),
        Row("three terms, OR", "words", [(ws, "any") for ws in _distinct(lambda: tuple(draw.sample(usual, 3)))]),
        Row("three terms, AND", "words", [(ws, "all") for ws in together]),
        Row("phrase", "words", [(ws, "phrase") for ws in _distinct(lambda: _phrase(vocabulary, draw))]),
        Row("prefix", "prefix", [(p,) for p in _distinct(lambda: _beginning(draw.choice(rare + usual), draw))]),
        Row("fuzzy", "fuzzy", [(w,) for w in _distinct(lambda: _misspelt(draw.choice(usual), draw))]),
        Row("one rating, by date", "rated", [(5.0,), (4.0,), (3.0,), (2.0,), (1.0,)]),
        Row("term, filter, facets", "faceted", [(w, 4.0) for w in some]),
        Row("snippets of ten hits", "snippets", [(w,) for w in some]),
        Row("question in English, whole", "question", [(p,) for p in plain_questions(vocabulary, draw)]),
    ]


def _distinct(make: Callable[[], Any]) -> list[Any]:
    """Returns distinct things that are made, as many as a row asks or as there are."""
    made: dict[Any, None] = {}
    for _ in range(QUESTIONS * TRIES):
        one = make()
        if one is not None:
            made[one] = None
        if len(made) == QUESTIONS:
            break
    return list(made)


def _together(vocabulary: Vocabulary, draw: random.Random) -> tuple[str, ...] | None:
    """Returns three usual words of one talk."""
    usual = sorted({word for word in draw.choice(vocabulary.said) if vocabulary.is_usual(word)})
    by_stem = {stem(word): word for word in usual}
    return tuple(draw.sample(list(by_stem.values()), 3)) if len(by_stem) > 2 else None


def _phrase(vocabulary: Vocabulary, draw: random.Random) -> tuple[str, ...] | None:
    """Returns two words that stand side by side in some text."""
    said = draw.choice(vocabulary.said)
    if len(said) < 2:
        return None
    at = draw.randrange(len(said) - 1)
    pair = tuple(said[at : at + 2])
    return pair if all(map(_says, pair)) else None


def _beginning(word: str, draw: random.Random) -> str | None:
    letters = draw.randint(3, 5)
    return word[:letters] if len(word) > letters else None


def _misspelt(word: str, draw: random.Random) -> str | None:
    """Returns a word with one letter replaced; the word is its own stem, as engines compare with stems."""
    if len(word) < 5 or stem(word) != word:
        return None
    at = draw.randrange(1, len(word))
    return word[:at] + draw.choice("abcdefghijklmnopqrstuvwxyz".replace(word[at], "")) + word[at + 1 :]


def plain_questions(vocabulary: Vocabulary, draw: random.Random) -> list[Plain]:
    """Returns questions in plain English of five shapes, each with what it means."""
    count = len(vocabulary.records)
    words = vocabulary.between(0.005 * count, 0.1 * count)
    speakers = sorted({name for r in vocabulary.records for name in r.speakers if _is_name(name)})
    tools = sorted({name for r in vocabulary.records for name in r.tools if name.isascii() and name.isalpha()})
    shapes: list[Callable[[str, int], Plain]] = [
        lambda w, y: Plain(f"five-star talks about {w} since {y}", (w,), least=5.0, since=y * 10_000),
        lambda w, y: Plain(f"best talks about {w}", (w,), best=True),
        lambda w, y: Plain(f"talks about {w} with at least four stars", (w,), least=4.0),
    ]
    if speakers:
        shapes.append(lambda w, y: (lambda name: Plain(f"talks by {name}", speaker=name))(draw.choice(speakers)))
    if tools:
        shapes.append(lambda w, y: (lambda t: Plain(f"talks mentioning {t}", tool=t))(draw.choice(tools)))
    return _distinct(lambda: draw.choice(shapes)(draw.choice(words), draw.randint(2011, 2016)))


def _is_name(name: str) -> bool:
    parts = name.split()
    return len(parts) == 2 and all(part.isascii() and part.isalpha() and len(part) > 2 for part in parts)
