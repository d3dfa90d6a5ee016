"""Words within a few edits are found whatever letters they are of, as by comparing with each."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.index.near import nearest, words_of
from tests.judge import distance

WORDS = st.text(alphabet="abcéßſ中文😀1+", max_size=5)


@settings(deadline=None)
@given(WORDS, st.integers(1, 2), st.sets(WORDS, max_size=30))
def test_nearest_words_are_those_that_comparing_with_each_finds(word: str, edits: int, known: set[str]) -> None:
    slowly = {(other, far) for other in known if (far := distance(word, other)) <= edits}
    assert set(nearest(word, edits, words_of(known))) == slowly
