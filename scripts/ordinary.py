"""Which names are ordinary words besides, by a dictionary, by talks, and by their frequency in forty languages.

Needs the library wordfreq, at build time alone: `pip install wordfreq`.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import wordfreq

from kb.extract.vocabulary import is_common, is_given_name
from kb.words import fold

DICTIONARY: set[str] = set()
PROPER: set[str] = set()  # People and places of the dictionary.
PHRASES: Counter[tuple[str, str]] = Counter()  # Two words side by side, by the number of talks.

# Zipf's scale: the logarithm of how often a word occurs in a billion words.
EVERYDAY = 3.9
PLAIN = 3.6
KNOWN = 3.0
KNOWN_ELSEWHERE = 3.3  # In other languages English names of software are frequent too.


def read_dictionary(path: Path) -> None:
    """Reads a word a line, of which the lower-case ones are ordinary."""
    words = path.read_text(encoding="utf-8").split("\n")
    DICTIONARY.update(w for w in words if w.islower())
    PROPER.update(fold(w) for w in words if w.istitle())


def read_phrases(path: Path) -> None:
    """Reads which two words descriptions of talks put side by side, in lower case."""
    with gzip.open(path, "rt", encoding="utf-8") as talks:
        for line in talks:
            words = re.findall(r"[a-z]+|[^a-z\s]+", json.loads(line)["description"] or "")
            PHRASES.update(set(itertools.pairwise(words)))


def is_word(name: str) -> bool:
    """Tells whether a name is an ordinary English word besides, or the plural of one."""
    forms = [name, *(name.removesuffix(end) for end in ("s", "es") if len(name) > 5)]
    return any(is_common(form) or form in DICTIONARY for form in forms)


def is_ambiguous(name: str) -> bool:
    """Tells whether a name may mean something else: a word, a person, a place, or a few letters."""
    return len(name) <= 3 or " " in name or is_word(name) or is_given_name(name) or name in PROPER


def english(word: str) -> float:
    """Returns how frequent a word is in English, on Zipf's scale."""
    return float(wordfreq.zipf_frequency(word, "en", "best"))


@cache
def _elsewhere() -> dict[str, float]:
    """Returns how frequent a word is in the other language that uses it most."""
    most: dict[str, float] = {}
    for language in wordfreq.available_languages("best"):
        if language == "en":
            continue
        for word, share in wordfreq.get_frequency_dict(language, "best").items():
            if share > 1e-7 and share > most.get(word, 0):  # Below, nothing here asks.
                most[word] = share
    return most


def elsewhere(word: str) -> float:
    """Returns how frequent a word is in the other language that uses it most, on Zipf's scale."""
    share = _elsewhere().get(word, 0.0)
    return float(wordfreq.freq_to_zipf(share)) if share else 0.0


def is_everyday(name: str) -> bool:
    """Tells whether a word is so frequent that prose hardly ever means the software by it."""
    frequent = english(name) >= EVERYDAY or elsewhere(name) >= EVERYDAY + 0.6
    return frequent or (is_common(name) and english(name) >= KNOWN)


def is_known(name: str) -> bool:
    """Tells whether a word is known in any language."""
    forms = {name, *(name.removesuffix(end) for end in ("s", "es") if len(name) > 5)}
    return english(name) >= KNOWN or elsewhere(name) >= KNOWN_ELSEWHERE or not forms.isdisjoint(DICTIONARY)


def is_plain(word: str) -> bool:
    """Tells whether a word within a longer name does not make it one: `time machine`, not `pytest flask`."""
    return english(word) >= PLAIN or word in DICTIONARY or len(word) < 2


def _halves(name: str) -> tuple[float, tuple[str, str]]:
    """Returns the two words that a compound is likeliest made of, and how frequent the rarer of them is."""
    pairs = [(name[:n], name[n:]) for n in range(3, len(name) - 2)]
    return max(((min(map(english, pair)), pair) for pair in pairs), default=(0.0, ("", "")))


def is_phrase(name: str) -> bool:
    """Tells whether a name is an ordinary phrase written as one word: `deepdive`, `dataset`."""
    rank, pair = _halves(name)
    return rank >= 3.9 and PHRASES[pair] > 2


def parts(name: str) -> str | None:
    """Returns a compound written as the two ordinary words that it is made of: `codedeploy` as `code deploy`."""
    if not re.fullmatch(r"[a-z]{6,}", name) or english(name) >= 3.3:
        return None
    rank, pair = _halves(name)
    if rank < 3.9 or max(map(english, pair)) >= 6.3 or PHRASES[pair] > 2:
        return None
    return " ".join(pair)
