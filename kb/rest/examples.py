"""Questions to try: such as the notes that are there answer."""

from __future__ import annotations

from collections.abc import Iterator

from kb.index import Snapshot
from kb.service import KnowledgeBase, Request

MOST = 3


def examples(kb: KnowledgeBase) -> list[str]:
    """Returns a few questions of different kinds, each with an answer."""
    found: list[str] = []
    reader = kb.reader()
    for field, question in _questions(reader.snapshot):
        answer = reader.search(Request(question, limit=1))
        if answer.total and f"{field}:" in answer.query.canonical and not answer.query.warnings:
            found.append(question)
        if len(found) == MOST:
            break
    return found


def _questions(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yields questions with the field that each is about: its best rating, or its most frequent value."""
    ratings = [value.value for value in snapshot.facet("rating") if isinstance(value.value, int | float)]
    if ratings:
        best = max(ratings)
        yield "rating", "five-star talks" if best == 5 else f"{best:g}-star talks"
    for field, question in (
        ("tool", "talks mentioning {}"),
        ("affiliation", "speakers from {}"),
        ("speaker", "talks by {}"),
        ("event", "talks at {}"),
    ):
        for value in snapshot.facet(field)[:1]:
            yield field, question.format(value.label)
