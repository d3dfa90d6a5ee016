"""The bank of questions in plain English: tests/questions.yaml, in families, with their canonical forms."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb.config import Config
from kb.query import vocabulary
from kb.query.clause import Clause, English
from kb.query.phrases import RULES, read_question
from kb.query.tree import Term
from kb.service import KnowledgeBase, Request
from tests.names import FixedNames

BANK = {
    f"{name} {family}": questions
    for name in ("questions", "questions_aside")
    for family, questions in yaml.safe_load(
        (Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8")
    ).items()
}
TODAY = datetime.date(2016, 3, 15)


@pytest.mark.parametrize(("text", "canonical"), [(t, c) for family in BANK.values() for t, c in family.items()])
def test_the_bank(text: str, canonical: str) -> None:
    assert read_question(text, FixedNames(), TODAY).canonical == canonical


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        ("five-star talks", "talks rated 5 of 5"),
        ("talks mentioning strace but not perf", "talks that mention strace but that do not mention perf"),
        ("speakers from Twitter", "speakers from Twitter"),
        ("tools mentioned in five-star talks", "tools of talks rated 5 of 5"),
        ("best talks by Google", "talks by people from Google, best rated first"),
        ("unrated talks from 2015", "talks without a rating from 2015"),
        ("*", "all talks"),
    ],
)
def test_explanations(text: str, explanation: str) -> None:
    assert read_question(text, FixedNames(), TODAY).explanation == explanation


SAID = {word.strip(",?") for family in BANK.values() for text in family for word in text.split()}
SAID |= (
    vocabulary.FILLER | vocabulary.MENTION | vocabulary.SPEAK | vocabulary.MONTHS.keys() | vocabulary.KIND_NOUNS.keys()
)
GLUED = ("", "", "", "-", "5", "2014", "or", ".", "'s")


@given(
    st.lists(st.tuples(st.sampled_from(sorted(SAID)), st.sampled_from(GLUED)).map("".join), min_size=1, max_size=6),
    st.booleans(),
)
def test_a_rule_takes_nothing_where_it_is_not_looked_at(words: list[str], going_on: bool) -> None:
    clause = Clause(English(FixedNames(), TODAY, RULES), words)
    if going_on:
        clause.items, clause.kind = [Term("gregg", "speaker")], "speaker"
    for at, word in enumerate(clause.lower):
        left_out = [rule for rule in RULES.every if rule not in RULES.at(word)]
        assert not [rule for rule in left_out if rule(clause, at)]


def test_near_misses_are_suggested() -> None:
    assert read_question("talks mentioning starce", FixedNames()).suggestion == "talks mentioning strace"
    assert read_question("talks mentioning strace", FixedNames()).suggestion is None


def test_a_word_that_more_talks_mention_as_a_tool_is_not_taken_for_a_company(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "a.md").write_text("# Shipping boxes\n**Ada Lovelace, Docker**\n\nHow `docker run` came about.\n")
    (notes / "b.md").write_text("# Building pages\n**Tom Becker, Acme**\n\nWe build with docker.\n")
    base = KnowledgeBase(Config(index=tmp_path / "index", notes=str(notes)))
    base.ingest()
    assert base.reader().question("docker").canonical == "kind:talk docker"
    assert base.reader().question("acme").canonical == "kind:talk affiliation:Acme"
    assert {hit.id for hit in base.reader().search(Request("docker")).hits} == {"a/shipping-boxes", "b/building-pages"}
