"""The bank of questions in plain English: tests/questions.yaml, in families, with their canonical forms."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from kb.config import Config
from kb.query.phrases import read_question
from kb.service import KnowledgeBase
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
    assert base.question("docker").canonical == "kind:talk docker"
    assert base.question("acme").canonical == "kind:talk affiliation:Acme"
    assert {hit.id for hit in base.search("docker").hits} == {"a/shipping-boxes", "b/building-pages"}
