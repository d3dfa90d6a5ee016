"""The best passages of a talk for a question: whole lines, with what matches marked just as the index matches it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias, TypeGuard

from msgspec import Struct

from kb.query.tree import And, Fuzzy, Leaf, Most, Node, Not, Or, Phrase, Prefix, Term
from kb.records import Talk
from kb.words import Token, fold, is_ideograph, slug, stem, terms, tokens

PASSAGES = 3
SPOTS = 10
LENGTH = 240  # Characters of a passage at most.

Span = tuple[int, int]
Match = tuple[int, int, int]  # From where something matches, to where, and which leaf.
Sought: TypeAlias = Term | Phrase | Prefix | Fuzzy


class Passage(Struct, gc=False):
    """A piece of a line of a note, from a column on: plain, or as HTML with `<mark>` round what matches."""

    line: int
    column: int
    text: str


class Spot(Struct, gc=False):
    """A place of a note where something matches, in code points of a line."""

    line: int
    column: int
    length: int


class Passages:
    """Finds the passages of talks that answer one question, marked or plain."""

    def __init__(self, where: Node, marked: bool = True) -> None:
        leaves = [leaf for leaf in _positive(where) if _looks_in_text(leaf)]
        self._wanted, self._marked = _wanted(leaves), marked
        tools = {slug(leaf.text) for leaf in leaves if leaf.field == "tool"}
        self._tools = _Known(lambda spelling: slug(spelling) in tools) if tools else None

    def of(self, talk: Talk, count: int = PASSAGES) -> list[Passage]:
        """Returns the lines of a talk with most of the different words asked for, in the order they stand."""
        return self.with_spots(talk, count)[0]

    def with_spots(self, talk: Talk, count: int = PASSAGES) -> tuple[list[Passage], list[Spot]]:
        """Returns the best lines of a talk, and the first places where it matches."""
        text = talk.text
        letters, odd = _plain(text)
        # Where lines begin and end is told sooner in plain text, which most often is ASCII.
        found = _by_line(_matches(self._wanted, text, letters, odd), letters)
        for start, match in _named(self._tools, talk) if self._tools is not None else ():
            found.setdefault(start, []).append(match)
        every = best = sorted(found)
        if len(best) > count:
            best = sorted(sorted(best, key=lambda start: _rank(start, found[start]))[:count])
        shown, passages = _marked if self._marked else _bare, []
        number, at = talk.source.line, 0
        for start in best:
            number += letters.count("\n", at, start)
            at, end = start, letters.find("\n", start)
            line = text[start:] if end < 0 else text[start:end]
            passages.append(Passage(number, *shown(line, _merged(found[start], start))))
        return passages, _spots(talk.source.line, every, found, letters)


def _spots(number: int, starts: list[int], found: dict[int, list[Match]], text: str) -> list[Spot]:
    """Returns the first places where something matches, by where the lines begin in which anything does."""
    spots: list[Spot] = []
    at = 0
    for start in starts:
        number += text.count("\n", at, start)
        at = start
        spots += [Spot(number, left + 1, right - left) for left, right in _merged(found[start], start)]
        if len(spots) >= SPOTS:
            break
    return spots[:SPOTS]


def _by_line(matches: list[Match], text: str) -> dict[int, list[Match]]:
    """Returns what matches in each line of a text where anything does, by where the line begins."""
    found: dict[int, list[Match]] = {}
    start = end = 0
    for match in matches:
        if not start <= match[0] < end:
            start, end = text.rfind("\n", 0, match[0]) + 1, text.find("\n", match[0])
            end = len(text) if end < 0 else end
            inside = found.setdefault(start, [])
        inside.append(match)
    return found


def _rank(start: int, found: list[Match]) -> int:
    """Returns how late a line is shown; other lines say more than the first, which is the title of the hit already."""
    distinct = len({which for _, _, which in found})
    return (5 if start == 0 else 0) - distinct * 10 - min(len(found), 9)


def _positive(node: Node) -> Iterator[Leaf]:
    """Yields the leaves that a talk matches by, not those that it must not have."""
    if isinstance(node, And | Or):
        for child in node.nodes:
            yield from _positive(child)
    elif isinstance(node, Most):
        yield from (*_positive(node.among), *node.words)
    elif not isinstance(node, Not):
        yield node


def _looks_in_text(leaf: Leaf) -> TypeGuard[Sought]:
    return isinstance(leaf, Sought) and leaf.field in (None, "text", "title", "tool")


class _Known(dict[str, bool]):
    """What is so of words, kept for as long as a question is answered: the same words come again."""

    def __init__(self, tells: Callable[[str], bool]) -> None:
        super().__init__()
        self._tells = tells

    def __missing__(self, word: str) -> bool:
        self[word] = found = self._tells(word)
        return found


def _named(asked: _Known, talk: Talk) -> Iterator[tuple[int, Match]]:
    """Yields where tools that are asked for by name are mentioned, each with where its line begins."""
    mentions = [m for m in talk.mentions if asked[m.name] or asked[m.text]]
    starts = list(accumulate((len(line) + 1 for line in talk.text.split("\n")), initial=0)) if mentions else []
    for mention in mentions:
        start = starts[mention.line - talk.source.line]
        at = start + mention.column - 1
        yield start, (at, at + len(mention.text), 0)


class _Wanted:
    """A leaf with what its words match in a text, and how a word begins that the first of them matches."""

    def __init__(self, which: int, leaf: Sought, said: list[str]) -> None:
        self.which, self.begun = which, _begun(leaf, said)
        self.words = [_Known(_stemmed(stem(word))) for word in said[:-1]]
        self.words.append(_Known(_last(leaf, said[-1])))


def _wanted(leaves: Iterable[Sought]) -> list[_Wanted]:
    said = ((which, leaf, terms(leaf.text)) for which, leaf in enumerate(leaves, 1) if leaf.field != "tool")
    return [_Wanted(which, leaf, words) for which, leaf, words in said if words]


# Stems that are no beginnings of all their words: dying, lying, tying.
_IRREGULAR = frozenset({"die", "lie", "tie"})


def _begun(leaf: Sought, said: list[str]) -> str:
    """Returns how every word of plain text begins that the first word of a leaf matches, apostrophes left out."""
    begun = stem(said[0])
    if len(said) == 1 and isinstance(leaf, Prefix | Fuzzy):
        begun = said[0] if isinstance(leaf, Prefix) else ""
    elif not is_ideograph(begun):
        begun = "" if begun in _IRREGULAR else begun[:-1]
    if is_ideograph(begun):
        return _folded(begun)
    letters = _LETTERS.match(begun)
    return letters[0] if letters else ""


def _stemmed(wanted: str) -> Callable[[str], bool]:
    return lambda word: stem(_spelt(word)) == wanted


def _last(leaf: Sought, said: str) -> Callable[[str], bool]:
    """Returns what tells whether a word matches the last one of a leaf."""
    if isinstance(leaf, Prefix):
        return lambda word: _spelt(word).startswith(said)
    if isinstance(leaf, Fuzzy):
        from rapidfuzz.distance import DamerauLevenshtein

        edits, length = leaf.edits, len(said)

        def is_near(word: str) -> bool:
            return any(
                abs(len(form) - length) <= edits
                and DamerauLevenshtein.distance(said, form, score_cutoff=edits) <= edits
                for form in (_spelt(word), stem(_spelt(word)))
            )

        return is_near
    return _stemmed(stem(said))


def _matches(wanted: list[_Wanted], text: str, letters: str, odd: list[int]) -> list[Match]:
    """Returns what matches where in a text, which is also given as plain text with where it is not plain."""
    elided = _elided(letters)
    found = [match for one in wanted for match in _plain_runs(one, letters, elided)]
    if odd:
        lines = {letters.rfind("\n", 0, at) + 1 for at in odd}
        found = [match for match in found if letters.rfind("\n", 0, match[0]) + 1 not in lines]
        for start in lines:
            found += _slow_matches(wanted, text[start:].partition("\n")[0], start)
    return found


def _slow_matches(wanted: list[_Wanted], line: str, at: int) -> Iterator[Match]:
    """Yields what matches in a line that stands at a place of a text: what is found faster in plain text."""
    words = list(tokens(line))
    for one in wanted:
        for start, end in _runs(one, words):
            yield at + start, at + end, one.which


def _runs(one: _Wanted, words: list[Token]) -> Iterator[Span]:
    """Yields where a leaf matches among the words of a line."""
    for n in range(len(words) - len(one.words) + 1):
        run = words[n : n + len(one.words)]
        if all(known[word.term] for known, word in zip(one.words, run, strict=True)):
            yield run[0].start, run[-1].end


# Plain text: every letter folded, so that words are looked for in all of a text at once.

# The signs of c++ and f# belong to words behind a to z only, so not behind letters that are folded to those.
_OTHER = re.compile(r"[^\x00-\x7f][+#]?")
_USUAL = tuple((sign, "'" if sign == "’" else " ") for sign in "★☆’“”—–…")
FEW = 60  # Different letters up to which each is replaced in the whole text: alphabets have fewer.


def _plain(text: str) -> tuple[str, list[int]]:
    """Returns a text folded letter by letter, and the places where that is not what folding its words comes to."""
    if not text.isascii():
        for sign, plain in _USUAL:
            text = text.replace(sign, plain)
        if not text.isascii():
            return _plainer(text)
    return text.lower(), []


def _plainer(text: str) -> tuple[str, list[int]]:
    """Returns plain text, and where it is not plain, of a text with letters of other alphabets or with accents."""
    plain = {letter: _folded(letter) for letter in set(_OTHER.findall(text))}
    odd = []
    if "" in plain.values():
        odd = [found.start() for found in _OTHER.finditer(text) if not plain[found[0]]]
        plain = {letter: folded or " " * len(letter) for letter, folded in plain.items()}
    if len(plain) > FEW or max(plain.values()) >= _FIRST:
        text = _OTHER.sub(lambda found: plain[found[0]], text)
    else:
        for letter, folded in plain.items():
            if folded != letter:
                text = text.replace(letter, folded)
    return text.lower(), odd


# Ideographs, which are words of their own, stand in plain text as signs for private use: no pattern takes them for
# letters of a word, and none has to list them, which takes long to compile.
_PRIVATE = 0xF0000
_FIRST = chr(_PRIVATE)
_SIGNS = f"{chr(_PRIVATE)}-{chr(_PRIVATE + 0xFFFD)}"


@lru_cache(maxsize=10_000)
def _folded(letter: str) -> str:
    """Returns the one letter, apostrophe or gap that a letter or sign is in plain text; nothing where there is none."""
    if len(letter) > 1:
        return ""
    if letter == "’":
        return "'"
    if letter.isalnum():
        plain = fold(letter)
        if (
            len(plain) != 1
            or not plain.isalnum()
            or plain != plain.lower()
            or is_ideograph(plain) != is_ideograph(letter)
        ):
            return ""
        return chr(_PRIVATE + ord(plain)) if is_ideograph(plain) else plain
    return "" if unicodedata.combining(letter) else " "


# Words of plain text, cut as `kb.words.tokens` cuts them.
_L = r"[^\W_]"  # A letter or digit.
_LETTERS = re.compile(f"{_L}*")
_REST = rf"(?:'{_L}+)*(?:(?<=[a-z])(?:\+\+|#)(?![\w{_SIGNS}]))?"  # Of a word, behind its first letters.
_WORD = re.compile(rf"[{_SIGNS}]|(?<!{_L})(?<!{_L}'){_L}+{_REST}")
_NEXT = re.compile(rf"(?>(?:_|[^\w{_SIGNS}\n])*)([{_SIGNS}]|{_L}+{_REST})")  # In the same line.
_ELIDED = re.compile(rf"'(?<=({_L})')({_L})")


def _elided(letters: str) -> list[str]:
    """Returns the pairs of letters of plain text between which an apostrophe stands."""
    return [before + after for before, after in _ELIDED.findall(letters)] if "'" in letters else []


def _plain_runs(one: _Wanted, letters: str, elided: list[str]) -> list[Match]:
    """Returns where a leaf matches in plain text."""
    found = _firsts(one, letters, elided)
    for known in one.words[1:]:
        longer = ((start, _NEXT.match(letters, end)) for start, end, _ in found)
        found = [(start, word.end(), one.which) for start, word in longer if word and known[word[1]]]
    return found


def _firsts(one: _Wanted, letters: str, elided: list[str]) -> list[Match]:
    """Returns the words of plain text that the first word of a leaf matches."""
    begun, known, which = one.begun, one.words[0], one.which
    # Where words begin so with apostrophes in between, or every other one does, a pattern finds them.
    if (len(begun) < 2 and begun < _FIRST) or any(pair in begun for pair in elided):
        return [(word.start(), word.end(), which) for word in _beginning(begun).finditer(letters) if known[word[0]]]
    found = []
    at = letters.find(begun)
    while at >= 0:
        word = _WORD.match(letters, at)
        at += 1  # Inside a word none begins.
        if word:
            start, at = word.span()
            if known[word[0]]:
                found.append((start, at, which))
        at = letters.find(begun, at)
    return found


@lru_cache(maxsize=1_000)
def _beginning(begun: str) -> re.Pattern[str]:
    """Returns a pattern for the words of plain text that begin so."""
    if not begun:
        return _WORD
    first = begun[0]
    # The first letter is looked for before what is in front of it, since that is how the engine skips to it.
    rest = "".join(f"'?{letter}" for letter in begun[1:])
    return re.compile(rf"{first}(?<!{_L}{first})(?<!{_L}'{first}){rest}{_L}*{_REST}")


def _spelt(word: str) -> str:
    """Returns a word of plain text as `kb.words.tokens` gives it."""
    if "'" in word:
        return word.removesuffix("'s").replace("'", "")
    return chr(ord(word) - _PRIVATE) if word[0] >= _FIRST else word


def _merged(found: list[Match], start: int) -> list[Span]:
    """Returns where something matches in a line that starts so, what overlaps as one."""
    if len(found) == 1:
        left, right, _ = found[0]
        return [(left - start, right - start)]
    merged: list[Span] = []
    for left, right, _ in sorted(found):
        if merged and left - start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right - start, merged[-1][1]))
        else:
            merged.append((left - start, right - start))
    return merged


_SPECIAL = re.compile("[&<>\"']")  # What HTML escapes.


def _marked(line: str, spans: list[Span]) -> tuple[int, str]:
    """Returns a line as HTML with `<mark>` round some parts, cut if it is long, and from which column on it is that."""
    column, text = _bare(line, spans)
    start, end = column - 1, column - 1 + len(text)
    # Most text is HTML as it stands; what is not is escaped piece by piece.
    is_plain = not _SPECIAL.search(text)
    left, right = spans[0]
    if is_plain and len(spans) == 1 and start <= left and right <= end:
        return column, f"{line[start:left]}<mark>{line[left:right]}</mark>{line[right:end]}"
    escaped = str if is_plain else html.escape
    parts: list[str] = []
    at = start
    for left, right in spans:
        if left >= start and right <= end:
            parts += (escaped(line[at:left]), "<mark>", escaped(line[left:right]), "</mark>")
            at = right
    parts.append(escaped(line[at:end]))
    return column, "".join(parts)


def _bare(line: str, spans: list[Span]) -> tuple[int, str]:
    """Returns a line, cut if it is long, and from which column on it is that."""
    start, end = _cut(line, spans) if len(line) > LENGTH else (0, len(line))
    shown = line[start:end].lstrip()
    return end - len(shown) + 1, shown.rstrip()


_SENTENCE = re.compile(r"[.!?]\s+")


def _cut(line: str, spans: list[Span]) -> Span:
    """Returns where a long line is cut: to the sentence, or else the words, round its first match."""
    first, whole = spans[0]
    ends = [m.end() for m in _SENTENCE.finditer(line, 0, first)]
    start = ends[-1] if ends and first - ends[-1] < LENGTH // 2 else max(0, first - LENGTH // 3)
    while 0 < start < first and not line[start - 1].isspace():
        start += 1
    end = min(len(line), start + LENGTH)
    while whole < end < len(line) and not line[end].isspace():
        end -= 1
    return start, end
