"""Snippets: the lines that match best, marked as the index matches."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.query import passages
from kb.query.language import read
from kb.query.passages import LENGTH, PASSAGES, Match, Passage, Passages
from kb.query.tree import Fuzzy, Leaf, Phrase, Prefix, Term, disjunction
from kb.records import Mention, Source, Talk
from kb.words import tokens

LINES = [
    "## Tail latency",
    "We measured caches & queues.",
    "A cached page is <fast>; a cache miss is not. Linux helps.",
    "Run `strace -f`, or k8s.",
    "word " * 100 + "Then the needle stands here. " + "word " * 100,
    "Čeněk said: die Café.",
]
TALK = Talk(
    "n/t", "Tail latency", Source("n.md", 10, 15),
    mentions=(Mention("strace", "strace", 13, 6), Mention("kubernetes", "k8s", 13, 21)), text="\n".join(LINES),
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "caching",
            [
                (11, "We measured <mark>caches</mark> &amp; queues."),
                (12, "A <mark>cached</mark> page is &lt;fast&gt;; a <mark>cache</mark> miss is not. Linux helps."),
            ],
        ),
        ('"cache miss"', [(12, "A cached page is &lt;fast&gt;; a <mark>cache miss</mark> is not. Linux helps.")]),
        ("tool:strace", [(13, "Run `<mark>strace</mark> -f`, or k8s.")]),
        ("tool:kubernetes", [(13, "Run `strace -f`, or <mark>k8s</mark>.")]),
        ("lin*", [(12, "A cached page is &lt;fast&gt;; a cache miss is not. <mark>Linux</mark> helps.")]),
        ("linus~", [(12, "A cached page is &lt;fast&gt;; a cache miss is not. <mark>Linux</mark> helps.")]),
        ("cenek cafe", [(15, "<mark>Čeněk</mark> said: die <mark>Café</mark>.")]),
        ("rating:5", []),
        ("-cache", []),
        ("speaker:ada", []),
    ],
)
def test_passages(query: str, expected: list[tuple[int, str]]) -> None:
    assert [(p.line, p.text) for p in Passages(read(query).query.where).of(TALK)] == expected


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("word " * 100 + "Ends.  ", "Then the <mark>needle</mark> stands here. word"),
        ("word " * 100, "word " * 14 + "Then the <mark>needle</mark> stands here. word"),
        ("w" * 300 + " ", "Then the <mark>needle</mark> stands here. word"),
    ],
)
def test_a_long_line_is_cut_to_the_sentence_or_else_the_words(before: str, shown: str) -> None:
    text = before + "Then the needle stands here. " + "word " * 100
    talk, where = msgspec.structs.replace(TALK, mentions=(), text=text), read("needle").query.where
    (marked,), (plain,) = Passages(where).of(talk), Passages(where, marked=False).of(talk)
    assert marked.text.startswith(shown)
    assert len(plain.text) <= LENGTH
    assert text[plain.column - 1 :].startswith(plain.text)
    assert plain == msgspec.structs.replace(marked, text=re.sub("</?mark>", "", marked.text))


# Letters that fold to others, to several, to none or to signs; marks, apostrophes and gaps of all kinds; and letters
# of scripts that put no spaces between words.
_LETTERS = "abdgosDO1éïÉåøœßæıİſﬁ½²Ａ" + "дяЯйέσς" + "日語カがｶ한국" + "\u0301\u0308\u20dd" + "'’ʼ"
_GAPS = '  \t.,-—_+#&<>"★☆“”…\u2028\xa0\U000f3042\U000ffffd'
_WORDS = (
    *(
        "strace",
        "c++",
        "c#",
        "a",
        "do",
        "dog",
        "dogs",
        "don't",
        "ab",
        "1",
        "g",
        "bed",
        "dying",
        "die",
        "dda",
        "adds",
        "sad's",
    ),
    *("日", "日語", "語a", "日a語", "が", "яд", "я", "йдд", "дss", "a d", "ab do a", "é", "gåd", "oeb", "o'ad", "한국"),
)
_lines = st.lists(
    st.sampled_from(_WORDS) | st.text(_LETTERS, min_size=1, max_size=4) | st.sampled_from(_GAPS) | st.just(" "),
    max_size=14,
).map("".join)
_texts = st.lists(_lines, min_size=1, max_size=5).map("\n".join)
_said = st.lists(st.sampled_from(_WORDS) | st.text(_LETTERS, min_size=1, max_size=3), min_size=1, max_size=3)
_leaves: st.SearchStrategy[Leaf] = st.one_of(
    st.builds(Term, _said.map(lambda words: words[0])),
    st.builds(Phrase, _said.map(" ".join)),
    st.builds(Prefix, _said.map(lambda words: words[0])),
    st.builds(Fuzzy, _said.map(lambda words: words[0]), st.sampled_from((1, 2))),
    st.builds(Term, st.sampled_from(("strace", "dog")), st.just("tool")),
)


def _slowly(leaves: list[Leaf], text: str) -> list[Match]:
    """Returns what matches, each word of each line looked at as the index reads it."""
    found, at = [], 0
    wanted = passages._wanted(leaf for leaf in leaves if passages._looks_in_text(leaf))
    for line in text.split("\n"):
        words = list(tokens(line))
        found += [(at + left, at + right, one.which) for one in wanted for left, right in passages._runs(one, words)]
        at += len(line) + 1
    return found


_asked = st.lists(_leaves, min_size=1, max_size=3, unique=True)


@given(_texts, _asked)
def test_looking_only_at_likely_words_finds_what_looking_at_all_does(text: str, leaves: list[Leaf]) -> None:
    wanted = passages._wanted(leaf for leaf in leaves if passages._looks_in_text(leaf))
    assert sorted(passages._matches(wanted, text, *passages._plain(text))) == sorted(_slowly(leaves, text))


def _slow_passages(leaves: list[Leaf], talk: Talk) -> list[tuple[Passage, Passage]]:
    """Returns the passages of a talk, marked and plain, as they are defined."""
    lines = talk.text.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    found: dict[int, list[Match]] = {}
    for left, right, which in _slowly(leaves, talk.text):
        n = bisect_right(starts, left) - 1
        found.setdefault(n, []).append((left - starts[n], right - starts[n], which))
    tools = {leaf.text for leaf in leaves if isinstance(leaf, Term) and leaf.field == "tool"}
    for mention in talk.mentions:
        if mention.name in tools:
            at = mention.column - 1
            found.setdefault(mention.line - talk.source.line, []).append((at, at + len(mention.text), 0))

    def rank(n: int) -> tuple[int, int]:
        return -10 * len({which for _, _, which in found[n]}) - min(len(found[n]), 9) + (5 if n == 0 else 0), n

    return [_slow_passage(talk.source.line + n, lines[n], found[n]) for n in sorted(sorted(found, key=rank)[:PASSAGES])]


def _slow_passage(number: int, line: str, found: list[Match]) -> tuple[Passage, Passage]:
    """Cuts a long line to the sentence, or else the words, round its first match, and marks what is in that."""
    spans: list[tuple[int, int]] = []
    for left, right, _ in sorted(found):
        if spans and left <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(right, spans[-1][1]))
        else:
            spans.append((left, right))
    start, end = 0, len(line)
    if end > LENGTH:
        first, whole = spans[0]
        ends = [m.end() for m in re.finditer(r"[.!?]\s+", line[:first])]
        start = ends[-1] if ends and first - ends[-1] < LENGTH // 2 else max(0, first - LENGTH // 3)
        while 0 < start < first and not line[start - 1].isspace():
            start += 1
        end = min(len(line), start + LENGTH)
        while end < len(line) and end > whole and not line[end].isspace():
            end -= 1
    start += len(line[start:end]) - len(line[start:end].lstrip())
    parts, at = [], start
    for left, right in spans:
        if left >= start and right <= end:
            parts += [html.escape(line[at:left]), f"<mark>{html.escape(line[left:right])}</mark>"]
            at = right
    parts.append(html.escape(line[at:end].rstrip()))
    return Passage(number, start + 1, "".join(parts)), Passage(number, start + 1, line[start:end].rstrip())


@given(st.lists(_lines | st.lists(_lines, max_size=60).map("".join), min_size=1, max_size=6), _asked)
def test_passages_are_what_looking_at_every_line_gives(lines: list[str], leaves: list[Leaf]) -> None:
    mentions = tuple(
        Mention(tool, tool, 7 + n, at.start() + 1)
        for n, line in enumerate(lines)
        for tool in ("strace", "dog")
        for at in re.finditer(tool, line)
    )
    talk = Talk("n/t", "", Source("n.md", 7, 6 + len(lines)), mentions=mentions, text="\n".join(lines))
    where = disjunction(*leaves)
    both = list(zip(Passages(where).of(talk), Passages(where, marked=False).of(talk), strict=True))
    assert both == _slow_passages(leaves, talk)


def test_a_letter_that_others_fold_to_folds_to_itself() -> None:
    letters = map(chr, range(0x80, 0x110000))
    folded = {plain for letter in letters if letter.isalnum() and (plain := passages._folded(letter)) < "\U000f0000"}
    assert all(passages._folded(plain) == plain for plain in folded if not plain.isascii())
