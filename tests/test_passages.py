"""Snippets: the lines that match best, marked as the index matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.query.language import read
from kb.query.passages import LENGTH, _matches, _runs, _wanted, passages
from kb.query.tree import Fuzzy, Leaf, Phrase, Prefix, Term
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
    assert [(p.line, p.marked) for p in passages(read(query).query.where, TALK)] == expected


def test_a_long_line_is_cut_to_the_sentence() -> None:
    (passage,) = passages(read("needle").query.where, TALK)
    assert len(passage.text) <= LENGTH
    assert (
        passage.marked.startswith("Then the <mark>needle</mark> stands here.")
        or "<mark>needle</mark>" in passage.marked
    )
    assert LINES[4][passage.column - 1 :].startswith(passage.text)


_LINES = st.text(alphabet="abé c++#'’-_ DOdg.,1 naïve—\u0301日дяЯß²語カが", max_size=30)
_WORDS = st.sampled_from(
    [
        "c++",
        "c#",
        "a",
        "do",
        "dog",
        "don't",
        "ab",
        "1",
        "g",
        "bed",
        "dying",
        "日",
        "日語",
        "語a",
        "日a語",
        "が",
        "яд",
        "я",
        "дss",
        "a d",
        "ab do a",
    ]
)
_LEAVES = _WORDS.flatmap(lambda w: st.sampled_from([Term(w), Phrase(w), Prefix(w), Fuzzy(w, 1)]))


@given(_LINES, st.lists(_LEAVES, max_size=3))
def test_looking_only_at_likely_words_finds_what_looking_at_all_does(text: str, leaves: list[Leaf]) -> None:
    wanted = _wanted(leaves)
    every = list(tokens(text))
    assert list(_matches(wanted, text)) == [(one.which, span) for one in wanted for span in _runs(one, every)]


@given(st.lists(_LINES, max_size=4), st.lists(_LEAVES, max_size=3))
def test_lines_match_one_by_one(lines: list[str], leaves: list[Leaf]) -> None:
    wanted = _wanted(leaves)
    starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines))]
    one_by_one = [
        (which, (start + left, start + right))
        for start, line in zip(starts, lines, strict=True)
        for which, (left, right) in _matches(wanted, line)
    ]
    assert sorted(_matches(wanted, "\n".join(lines))) == sorted(one_by_one)
