"""The best passages of a talk for a question: whole lines, with what matches marked just as the index matches it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

from kb.query.tree import And, Fuzzy, Leaf, Most, Node, Not, Or, Phrase, Prefix, Term
from kb.records import Talk
from kb.words import Token, fold, slug, stem, terms, tokens

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
    scored: list[tuple[int, int, int, list[Span]]] = []
    named, wanted = _named(leaves, talk), _wanted(leaves)
    for n, text in enumerate(talk.text.split("\n")):
        number = talk.source.line + n
        found = list(_matches(wanted, text)) + [(0, span) for span in named.get(number, ())]
        if found:
            distinct = len({which for which, _ in found})
            # The heading shows as the title of the hit already: other lines say more.
            scored.append(
                (-(distinct * 10 + min(len(found), 9)) + (5 if n == 0 else 0), number, n, [s for _, s in found])
            )
    lines = talk.text.split("\n")
    best = sorted(sorted(scored, key=lambda s: s[:2])[:count], key=lambda s: s[1])
    return tuple(_cut(number, lines[n], _merged(spans)) for _, number, n, spans in best)


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
    for mention in talk.mentions:
        if asked & {slug(mention.name), slug(mention.text)}:
            start = mention.column - 1
            found.setdefault(mention.line, []).append((start, start + len(mention.text)))
    return found


class _Wanted(NamedTuple):
    """A leaf with its words and stems, and letters that stand in every line that it matches, where that is known."""

    which: int
    leaf: Term | Phrase | Prefix | Fuzzy
    said: list[str]
    stems: list[str]
    hint: str | None


# Stems that are no beginnings of all their words: dying, lying, tying.
_IRREGULAR = frozenset({"die", "lie", "tie"})


def _wanted(leaves: list[Leaf]) -> list[_Wanted]:
    found = []
    for which, leaf in enumerate(leaves, 1):
        if isinstance(leaf, Term | Phrase | Prefix | Fuzzy) and leaf.field != "tool" and (said := terms(leaf.text)):
            stems = [stem(word) for word in said]
            begun = said[0] if isinstance(leaf, Prefix) and len(said) == 1 else stems[0][:-1]
            known = not isinstance(leaf, Fuzzy) and stems[0] not in _IRREGULAR
            found.append(_Wanted(which, leaf, said, stems, begun if known else None))
    return found


def _matches(wanted: list[_Wanted], text: str) -> Iterator[tuple[int, Span]]:
    """Yields which leaf matches where in a line."""
    plain = text.isascii()
    letters = text.lower() if plain else fold(text)
    words: list[Token] | None = None
    for one in wanted:
        if one.hint and plain and len(one.said) == 1 and "'" not in letters:
            for word in _words_with(one.hint, letters, text):
                for span in _runs(one, [word]):
                    yield one.which, span
        elif one.hint is None or one.hint in letters.replace("'", ""):
            words = list(tokens(text)) if words is None else words
            for span in _runs(one, words):
                yield one.which, span


def _words_with(hint: str, letters: str, text: str) -> Iterator[Token]:
    """Yields the words of a plain line that hold some letters, without cutting the others."""
    at = letters.find(hint)
    while at >= 0:
        start, end = at, at + len(hint)
        while start and letters[start - 1].isalnum():
            start -= 1
        while end < len(letters) and (letters[end].isalnum() or letters[end] in "+#"):
            end += 1
        for token in tokens(text[start:end]):
            yield Token(token.term, token.start + start, token.end + start)
        at = letters.find(hint, end)


def _runs(one: _Wanted, words: list[Token]) -> Iterator[Span]:
    for n in range(len(words) - len(one.said) + 1):
        run = words[n : n + len(one.said)]
        if all(stem(w.term) == s for w, s in zip(run[:-1], one.stems, strict=False)) and _last(
            one.leaf, run[-1].term, one.said[-1]
        ):
            yield run[0].start, run[-1].end


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
