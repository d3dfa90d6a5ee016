"""Text to terms: folding, slugs, tokens and stems, one rule for notes and questions alike."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

import Stemmer

SLUG_LENGTH = 80

# Letters that Unicode does not decompose, folded to the letters that people type for them.
_UNDECOMPOSED = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "’": "'",
        "ʼ": "'",
    }
)
# A Han or kana character is a word of its own: such scripts put no spaces, and a phrase finds a run of them.
IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Letters and digits with their combining marks; `c++`, `g++`, `c#` and `f#` keep their signs.
_WORD = re.compile(
    rf"[{IDEOGRAPHS}]"
    rf"|(?:(?![{IDEOGRAPHS}])[^\W_][\u0300-\u036f]*)+"
    rf"(?:['’ʼ](?:(?![{IDEOGRAPHS}])[^\W_][\u0300-\u036f]*)+)*"
    r"(?:(?<=[A-Za-z])(?:\+\+|#)(?!\w))?"
)
_UNPARTED = 500  # Characters that are normalized together.
_PART = re.compile(rf"[\x00-\x7f]*[^\x00-\x7f]{{0,{_UNPARTED}}}")
_stemmer = Stemmer.Stemmer("english")


class Token(NamedTuple):
    """A folded word and where it stands: offsets in code points of the text."""

    term: str
    start: int
    end: int


def fold(text: str) -> str:
    """Folds case, diacritics and compatibility forms, so that `Börg` and `borg` are one."""
    if text.isascii():
        return text.lower()
    plain = normalized("NFKD", text).casefold().translate(_UNDECOMPOSED)
    return "".join(c for c in normalized("NFKD", plain) if not unicodedata.combining(c))


def normalized(form: Literal["NFC", "NFKD"], text: str) -> str:
    """Returns a text in a normal form of Unicode.

    To order the marks of one letter takes Python their number squared, so that a long text is taken in parts, each of
    which ends before an ASCII character or with as many others as nobody writes.
    """
    if len(text) <= _UNPARTED:
        return unicodedata.normalize(form, text)
    return "".join(unicodedata.normalize(form, part) for part in _PART.findall(text))


_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")


def is_ideograph(word: str) -> bool:
    """Tells whether a word is one Han or kana character."""
    return bool(_IDEOGRAPH.fullmatch(word))


def tokens(text: str) -> Iterator[Token]:
    """Yields the words of a text in order, folded and not stemmed; a possessive `'s` is dropped."""
    for match in _WORD.finditer(text):
        term = fold(match[0])
        if "'" in term:
            term = term.removesuffix("'s").replace("'", "")
        if term:
            yield Token(term, match.start(), match.end())


# Texts in which words are runs of letters and digits, and nothing else is to be looked at: most names.
_SIMPLE = re.compile(r"[A-Za-z0-9 .,:;/()\n-]*")
_SIMPLE_WORD = re.compile(r"[a-z0-9]+")
_BETWEEN = re.compile(r"[\W_]+")


def terms(text: str) -> list[str]:
    """Returns the folded words of a text."""
    if _SIMPLE.fullmatch(text):
        return _SIMPLE_WORD.findall(text.lower())
    return [token.term for token in tokens(text)]


@lru_cache(maxsize=200_000)
def stem(term: str) -> str:
    """Returns the stem of a folded word (Snowball English); names with digits or signs are their own."""
    return str(_stemmer.stemWord(term)) if term.isalpha() else term


def stems(text: str) -> list[str]:
    """Returns the stemmed words of a text."""
    return [stem(token.term) for token in tokens(text)]


def slug(text: str) -> str:
    """Returns the text as part of an id, by the rule of the interface: lower case, folded, joined by `-`."""
    if _SIMPLE.fullmatch(text):
        joined = "-".join(_SIMPLE_WORD.findall(text.lower()))
    else:
        joined = _BETWEEN.sub("-", fold(text).replace("+", "plus").replace("#", "sharp")).strip("-")
    return joined[:SLUG_LENGTH].strip("-") or "x"


def distinct(id: str, taken: Container[str], source: str) -> str:
    """Returns an id that nobody has yet: a later one adds a short hash of what it is made from, hashed anew while
    somebody else made from the same has it.
    """
    if id not in taken:
        return id
    hashed = source.encode()
    while (found := f"{id}-{(hashed := hashlib.blake2b(hashed, digest_size=4).digest()).hex()}") in taken:
        pass
    return found
