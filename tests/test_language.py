"""The query language: what is read, what it prints, and that nothing breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.query import language
from kb.query.phrases import read_question
from kb.query.tree import Query
from tests.names import FixedNames
from tests.strategies import queries


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", "kind:talk"),
        ("*", "kind:talk"),
        ("a b", "kind:talk a b"),
        ("a AND b OR c", "kind:talk ((a b) OR c)"),
        ("a OR b c", "kind:talk (a OR (b c))"),
        ("NOT a -b", "kind:talk -a -b"),
        ("NOT NOT a", "kind:talk a"),
        ("-(a OR b)", "kind:talk -(a OR b)"),
        ('"tail latency" perf* strce~ strce~2', 'kind:talk "tail latency" perf* strce~ strce~2'),
        ("speaker:gregg tool:strace", "kind:talk speaker:gregg tool:strace"),
        ('title:"service workers"', 'kind:talk title:"service workers"'),
        ("tool:(strace OR perf)", "kind:talk (tool:strace OR tool:perf)"),
        ("speaker:(ada -kay)", "kind:talk speaker:ada -speaker:kay"),
        ("rating:5", "kind:talk rating:5"),
        ("rating:4.0..5", "kind:talk rating:4..5"),
        ("rating:>=4", "kind:talk rating:4.."),
        ("rating:<=2,5", "kind:talk rating:..2.5"),
        ("rating:>4", "kind:talk rating:4.. -rating:4"),
        ("rating:3..3", "kind:talk rating:3"),
        ("rating:..", "kind:talk has:rating"),
        ("rating:(4 OR 5)", "kind:talk (rating:4 OR rating:5)"),
        ("date:2014..2016", "kind:talk date:2014..2016"),
        ("date:2015-05-28 year:2015", "kind:talk date:2015-05-28 year:2015"),
        ("has:rating -has:affiliation", "kind:talk has:rating -has:affiliation"),
        ("kind:speakers affiliation:google", "kind:speaker affiliation:google"),
        ("sort:-rating,date a", "kind:talk a sort:-rating,date"),
        ("a a a", "kind:talk a"),
        ("c++ c# node.js", "kind:talk c++ c# node.js"),
        ("TOOL:strace", "kind:talk tool:strace"),
    ],
)
def test_reading(text: str, canonical: str) -> None:
    understood = language.read(text)
    assert (str(understood.query), understood.warnings) == (canonical, ())


@pytest.mark.parametrize(
    ("text", "canonical", "warning"),
    [
        ("rating:>=", 'kind:talk "rating:>="', "rating: needs a number"),
        ("rating:high", 'kind:talk "rating:high"', "rating: needs a number"),
        ("date:tomorrow", 'kind:talk "date:tomorrow"', "date: needs a date"),
        ("ratng:5", 'kind:talk "ratng:5"', "did you mean rating?"),
        ("has:ratings", 'kind:talk "has:ratings"', "did you mean rating?"),
        ("kind:speeker a", "kind:talk a", "did you mean speaker?"),
        ("kind:tool kind:talk", "kind:tool", "one kind"),
        ("sort:stars", "kind:talk", "cannot be sorted"),
        ("(a", "kind:talk a", "opening parenthesis"),
        ("a)", "kind:talk a", "closing parenthesis"),
        ("*e*", 'kind:talk "*e*"', "only a last"),
        ("a " + "(" * 5_000, "kind:talk a", "cut to its first"),
        ("(" * 40 + "a" + ")" * 40, "kind:talk a", "nested deeper"),
        ("a " * 3_000, "kind:talk a", "cut to its first"),
    ],
)
def test_what_is_not_understood_is_said(text: str, canonical: str, warning: str) -> None:
    understood = language.read(text)
    assert str(understood.query) == canonical
    assert any(warning in said for said in understood.warnings), understood.warnings


@settings(deadline=None, max_examples=300)
@given(queries)
def test_a_printed_query_reads_as_itself(query: Query) -> None:
    assert language.read(str(query)).query == query
    assert read_question(str(query), FixedNames()).query == query


texts = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["talks", "by", "gregg", "(", ")", '"', "-", "OR", "AND", "NOT", "rating:", ">=4", "..", "*", "~2", "five", "star", "or", "not", "from",
         "2015", "★★", "mentioning", "strace", "speaker:", "sort:-", ",", "\ud800", "\u200f", "best", "unrated", "a", "the", "kind:", "who"]
    ),
    max_size=12,
).map(" ".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(texts)
def test_any_text_is_a_question_whose_canonical_form_is_its_own(text: str) -> None:
    question = read_question(text, FixedNames())
    assert question.explanation
    again = read_question(question.canonical, FixedNames())
    assert again.query == question.query
    assert again.canonical == question.canonical


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "(" * 5_000,
        "a OR " * 10_000,
        "-" * 10_000,
        "rating:" * 5_000,
        '"' * 9_999,
        "~" * 5_000,
        "\u200b\u202e" * 3_000,
        "NOT " * 9_000,
    ],
    ids=lambda text: f"{text[:6]!r}…{len(text)}",
)
def test_abuse_is_answered(text: str) -> None:
    question = read_question(text, FixedNames())
    assert len(question.canonical) <= 2 * language.MAX_LENGTH + 100
