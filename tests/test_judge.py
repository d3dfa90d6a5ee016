"""The index and the judge agree, on generated notes and queries: hits, scores, totals, order, pages, facets."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.index import Snapshot, open_index, selection
from kb.query.tree import All, Node, Not, Query, conjunction
from kb.records import Appearance, Note, Reading, Source, Talk
from kb.words import fold
from tests import strategies
from tests.judge import Judge

SLOW = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def snapshot_of(readings: tuple[Reading, ...], commits: int = 1) -> Snapshot:
    """Returns the snapshot of an index that the readings were committed to, in one or several commits."""
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(Path(folder))
        with index.writing():
            index.commit(strategies.changes(readings[::commits]), rebuild=True)
            for n in range(1, commits):
                index.commit(strategies.changes(readings[n::commits]))
        return index.snapshot()


@SLOW
@given(strategies.collections, st.lists(strategies.asked, min_size=3, max_size=8), st.integers(1, 2), st.booleans())
def test_the_index_agrees_with_the_judge(
    readings: tuple[Reading, ...], queries: list[Query], commits: int, few_are_many: bool
) -> None:
    snapshot, judge = snapshot_of(readings, commits), Judge(readings)
    with mock.patch.object(selection, "MANY", 1 if few_are_many else selection.MANY):
        for query in queries:
            page = snapshot.search(query, limit=100)
            assert [(f.id, f.score) for f in page.found] == judge.answer(query), str(query)
            assert page.total == len(page.found)


@SLOW
@given(strategies.collections, st.integers(1, 3))
def test_a_hit_has_the_ids_of_its_speakers(readings: tuple[Reading, ...], commits: int) -> None:
    snapshot = snapshot_of(readings, commits)
    for found in snapshot.search(Query(All()), limit=100).found:
        who = getattr(found.record, "speakers", ())
        assert snapshot.speaker_ids(found) == list(map(snapshot.speaker_id, who))


@SLOW
@given(strategies.collections, strategies.asked)
def test_pages_are_the_answer_in_parts(readings: tuple[Reading, ...], query: Query) -> None:
    snapshot = snapshot_of(readings)
    whole = [f.id for f in snapshot.search(query, limit=100).found]
    parts: list[str] = []
    while page := snapshot.search(query, limit=2, start=len(parts)).found:
        parts += [f.id for f in page]
    assert parts == whole


@SLOW
@given(strategies.collections, strategies.nodes)
def test_facets_count_the_talks_of_the_answer(readings: tuple[Reading, ...], where: Node) -> None:
    fields = ("rating", "year", "event", "affiliation", "tool", "speaker")
    query = Query(where)
    page, judge = snapshot_of(readings).search(query, facets=fields), Judge(readings)
    for field in fields:
        assert {v.value: v.count for v in page.facets[field]} == judge.facet(field, query)
        if field not in ("rating", "year"):
            told = page.facets[field]
            assert list(told) == sorted(told, key=lambda v: (-v.count, fold(v.label), v.label))


def test_facets_tell_the_values_that_most_talks_have() -> None:
    """Of those that as many talks have the first in the alphabet, and two people of one name are one value."""
    names = [f"{'Äda' if n % 2 else 'ada'} {chr(97 + n // 10)}{chr(97 + n % 10)}" for n in range(70)]

    def reading(n: int) -> Reading:
        path, name = f"n{n}.md", names[n % 70]
        employer = ("Acme", "Initech")[n // 70]
        people = (Appearance(name, 1, employer), Appearance(name, 1, "Hooli")) if n == 3 else (Appearance(name, 1),)
        talk = Talk(f"n{n}/talk", "Talk", Source(path, 1, 1), speakers=people, text="Talk")
        return Reading(Note(f"n{n}", "Talk", Source(path, 1, 1)), (talk,))

    for commits in (1, 3):
        snapshot = snapshot_of(tuple(reading(n) for n in range(75)), commits)
        told = snapshot.search(Query(All()), facets=("speaker",)).facets["speaker"]
        assert [(v.label, v.count) for v in told] == [(n, 2) for n in names[:5]] + [(n, 1) for n in names[5:50]]


@SLOW
@given(strategies.collections, strategies.nodes)
def test_not_is_the_complement_and_all_changes_nothing(readings: tuple[Reading, ...], node: Node) -> None:
    snapshot = snapshot_of(readings)

    def ids(where: Node) -> set[str]:
        return {f.id for f in snapshot.search(Query(where), limit=100).found}

    assert ids(node) | ids(Not(node)) == ids(All())
    assert not ids(node) & ids(Not(node))
    assert ids(conjunction(node, All())) == ids(node)
