"""The best passages of a talk for a question: whole lines, with what matches marked just as the index matches it."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct

from kb.query.tree import And, Fuzzy, Leaf, Most, Node, Not, Or, Phrase, Prefix, Term
from kb.records import Talk
from kb.words import Token, fold, is_ideograph, slug, stem, terms, tokens

PASSAGES = 3
LENGTH = 240  # Characters of a passage at most.

Span = tuple[int, int]


class Passage(Struct, frozen=True):
    """A piece of a line of a note, from a column on; `marked` is the text as HTML with `<mark>` round matches."""

    line: int
    column: int
    text: str
    marked: str


def passages(where: Node, talk: Talk, count: int = PASSAGES) -> tuple[Passage, ...]:
    """Returns the lines of a talk with most of the different words asked for, in the order they stand."""
    leaves = [leaf for leaf in _positive(where) if _looks_in_text(leaf)]
    if not leaves:
        return ()
    lines = talk.text.split("\n")
    scored = []
    for n, found in _by_line(leaves, talk, lines).items():
        distinct = len({which for which, _ in found})
        # The heading shows as the title of the hit already: other lines say more.
        scored.append((-(distinct * 10 + min(len(found), 9)) + (5 if n == 0 else 0), n, [span for _, span in found]))
    best = sorted(sorted(scored, key=lambda s: s[:2])[:count], key=lambda s: s[1])
    return tuple(_cut(talk.source.line + n, lines[n], _merged(spans)) for _, n, spans in best)


def _by_line(leaves: list[Leaf], talk: Talk, lines: list[str]) -> dict[int, list[tuple[int, Span]]]:
    """Returns which leaf matches where in each line of a talk that any matches; the first line is 0."""
    found: dict[int, list[tuple[int, Span]]] = {}
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    for which, (start, end) in _matches(_wanted(leaves), talk.text):
        n = bisect_right(starts, start) - 1
        found.setdefault(n, []).append((which, (start - starts[n], end - starts[n])))
    for line, spans in _named(leaves, talk).items():
        found.setdefault(line - talk.source.line, []).extend((0, span) for span in spans)
    return found


def _positive(node: Node) -> Iterator[Leaf]:
    """Yields the leaves that a talk matches by, not those that it must not have."""
    if isinstance(node, And | Or):
        for child in node.nodes:
            yield from _positive(child)
    elif isinstance(node, Most):
        yield from (*_positive(node.among), *node.words)
    elif not isinstance(node, Not):
        yield node


def _looks_in_text(leaf: Leaf) -> bool:
    return isinstance(leaf, Term | Phrase | Prefix | Fuzzy) and leaf.field in (None, "text", "title", "tool")


def _named(leaves: Iterable[Leaf], talk: Talk) -> dict[int, list[Span]]:
    """Returns where the tools that are asked for by name are mentioned, by line."""
    found: dict[int, list[Span]] = {}
    asked = {slug(leaf.text) for leaf in leaves if getattr(leaf, "field", None) == "tool" and hasattr(leaf, "text")}
    for mention in talk.mentions if asked else ():
        if asked & {slug(mention.name), slug(mention.text)}:
            start = mention.column - 1
            found.setdefault(mention.line, []).append((start, start + len(mention.text)))
    return found


class _Wanted(NamedTuple):
    """A leaf with its words and stems, and what finds the runs of words in plain text that may be what it asks for."""

    which: int
    leaf: Term | Phrase | Prefix | Fuzzy
    said: list[str]
    stems: list[str]
    likely: re.Pattern[str]


# Stems that are no beginnings of all their words: dying, lying, tying.
_IRREGULAR = frozenset({"die", "lie", "tie"})


def _wanted(leaves: list[Leaf]) -> list[_Wanted]:
    found = []
    for which, leaf in enumerate(leaves, 1):
        if isinstance(leaf, Term | Phrase | Prefix | Fuzzy) and leaf.field != "tool" and (said := terms(leaf.text)):
            stems = [stem(word) for word in said]
            begun = ["" if word in _IRREGULAR else word if is_ideograph(word) else word[:-1] for word in stems]
            if isinstance(leaf, Prefix | Fuzzy):
                begun[-1] = said[-1] if isinstance(leaf, Prefix) else ""
            found.append(_Wanted(which, leaf, said, stems, _likely(tuple(begun))))
    return found


_L = r"[^\W_]"  # A letter or digit.
# Ideographs, which are words of their own, stand in plain text as signs for private use: no pattern takes them for
# letters of a word, and none has to list them, which takes long to compile.
_PRIVATE = 0xF0000
_SIGNS = f"{chr(_PRIVATE)}-{chr(_PRIVATE + 0xFFFD)}"


@lru_cache(maxsize=1_000)
def _likely(begun: tuple[str, ...]) -> re.Pattern[str]:
    """Returns what finds words of plain text side by side in a line that begin so, each as a group.

    Words are cut as `kb.words.tokens` cuts them; all but the first are looked ahead to, since runs may overlap.
    """
    first, *rest = map(_word, begun)
    ahead = "".join(rf"(?>(?:_|[^\w{_SIGNS}\n])*)({word})" for word in rest)
    return re.compile(f"({first})" + (f"(?={ahead})" if rest else ""))


def _word(begun: str) -> str:
    """Returns a pattern for a word that begins so; an apostrophe may stand between any two of its letters."""
    if is_ideograph(begun):
        return _folded(begun)
    letters = re.match(f"{_L}*", begun)
    first, *more = list(letters[0] if letters else "") or [_L]
    # A letter is looked for before what is in front of it, since that is how the engine skips to it.
    is_first = rf"(?<!{_L}{first})(?<!{_L}'{first})"
    rest = "".join(f"'?{letter}" for letter in more)
    word = rf"{first}{is_first}(?>{rest}{_L}*(?:'{_L}+)*(?:(?<=[a-z])(?:\+\+|#)(?![\w{_SIGNS}]))?)"
    return word if begun else f"[{_SIGNS}]|{word}"


def _matches(wanted: list[_Wanted], text: str) -> Iterator[tuple[int, Span]]:
    """Yields which leaf matches where in a text; the words of one stand in one line."""
    if not wanted:
        return
    if (letters := _plain(text)) is not None:
        for one in wanted:
            yield from ((one.which, span) for span in _plain_runs(one, letters))
    elif "\n" in text:
        start = 0
        for line in text.split("\n"):
            for which, (left, right) in _matches(wanted, line):
                yield which, (start + left, start + right)
            start += len(line) + 1
    else:
        words = list(tokens(text))
        for one in wanted:
            yield from ((one.which, span) for span in _runs(one, words))


_OTHER = re.compile(r"[^\x00-\x7f]")
# The signs of c++ and f# belong to words behind a to z only, so not behind letters that are folded to those.
_SIGNED = re.compile(r"[^\x00-\x7f][+#]")


def _plain(text: str) -> str | None:
    """Returns a text folded letter by letter; None where that is not what folding its words comes to."""
    if text.isascii():
        return text.lower()
    plain = _OTHER.sub(lambda found: _folded(found[0]), text)
    return plain.lower() if len(plain) == len(text) and not _SIGNED.search(text) else None


@lru_cache(maxsize=10_000)
def _folded(letter: str) -> str:
    """Returns the one letter, apostrophe or gap that a letter or sign is in plain text; nothing where there is none."""
    if letter in "’ʼ":
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


def _plain_runs(one: _Wanted, letters: str) -> Iterator[Span]:
    """Yields where a leaf matches in plain text."""
    for found in one.likely.finditer(letters):
        words = list(map(_spelt, found.groups()))
        if _is_run(one, words):
            yield found.start(), found.end(len(words))


def _spelt(word: str) -> str:
    """Returns a word of plain text as `kb.words.tokens` gives it."""
    if "'" in word:
        return word.removesuffix("'s").replace("'", "")
    return chr(ord(word) - _PRIVATE) if word[0] >= chr(_PRIVATE) else word


def _runs(one: _Wanted, words: list[Token]) -> Iterator[Span]:
    """Yields where a leaf matches among the words of a line: what `_plain_runs` finds faster."""
    for n in range(len(words) - len(one.said) + 1):
        run = words[n : n + len(one.said)]
        if _is_run(one, [word.term for word in run]):
            yield run[0].start, run[-1].end


def _is_run(one: _Wanted, words: list[str]) -> bool:
    return all(stem(word) == s for word, s in zip(words[:-1], one.stems, strict=False)) and _last(
        one.leaf, words[-1], one.said[-1]
    )


def _last(leaf: Term | Phrase | Prefix | Fuzzy, word: str, said: str) -> bool:
    if isinstance(leaf, Prefix):
        return word.startswith(said)
    if isinstance(leaf, Fuzzy):
        from rapidfuzz.distance import DamerauLevenshtein

        near = (DamerauLevenshtein.distance(said, form, score_cutoff=leaf.edits) for form in (word, stem(word)))
        return any(distance <= leaf.edits for distance in near)
    return stem(word) == stem(said)


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut(number: int, line: str, spans: list[Span]) -> Passage:
    """Cuts a long line to the sentence, or else the words, round its first match."""
    start, end = 0, len(line)
    if end > LENGTH:
        first = spans[0][0]
        ends = [m.end() for m in re.finditer(r"[.!?]\s+", line[:first])]
        start = ends[-1] if ends and first - ends[-1] < LENGTH // 2 else max(0, first - LENGTH // 3)
        while 0 < start < first and not line[start - 1].isspace():
            start += 1
        end = min(len(line), start + LENGTH)
        while end < len(line) and end > spans[0][1] and not line[end].isspace():
            end -= 1
    start += len(line[start:end]) - len(line[start:end].lstrip())
    parts, at = [], start
    for left, right in spans:
        if left >= start and right <= end:
            parts += [html.escape(line[at:left]), f"<mark>{html.escape(line[left:right])}</mark>"]
            at = right
    parts.append(html.escape(line[at:end].rstrip()))
    return Passage(number, start + 1, line[start:end].rstrip(), "".join(parts))
