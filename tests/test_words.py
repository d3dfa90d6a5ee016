from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import words


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Service Workers, The Practical Bits", "service-workers-the-practical-bits"),
        ("C++ & C#", "cplusplus-csharp"),
        ("Łukasz Börg-Ødegård", "lukasz-borg-odegard"),
        ("Straße №5", "strasse-no5"),
        ("速い検索", "速い検索"),
        ("Привет, мир", "привет-мир"),
        ("  …  ", "x"),
        ("", "x"),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_slug(text: str, slug: str) -> None:
    assert words.slug(text) == slug


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Off-CPU analysis", ["off", "cpu", "analysis"]),
        ("g++, C++ and C#; 3#4", ["g++", "c++", "and", "c#", "3", "4"]),
        ("node.js innodb_log_file", ["node", "js", "innodb", "log", "file"]),
        ("Google's parents' O'Brien’s don’t", ["google", "parents", "obrien", "dont"]),
        ("Cafe\u0301 Caf\u00e9", ["cafe", "cafe"]),
        ("全文検索 kb", ["全", "文", "検", "索", "kb"]),
        ("★★★☆☆ — !", []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert words.terms(text) == terms


@pytest.mark.parametrize(
    ("word", "stem"),
    [("workers", "worker"), ("performance", "perform"), ("perf", "perf"), ("c++", "c++"), ("1080s", "1080s")],
)
def test_stem(word: str, stem: str) -> None:
    assert words.stem(word) == stem


@given(st.text())
def test_tokens_stand_where_they_say(text: str) -> None:
    end = 0
    for token in words.tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert token.term
        end = token.end


@given(st.text())
def test_a_slug_is_its_own_slug(text: str) -> None:
    slug = words.slug(text)
    assert 1 <= len(slug) <= words.SLUG_LENGTH
    assert words.slug(slug) == slug


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert words.fold(words.fold(text)) == words.fold(text)


@given(st.text(st.sampled_from("aB9 .,:;/()-'+#_é\n")) | st.text())
def test_terms_are_the_tokens(text: str) -> None:
    assert words.terms(text) == [token.term for token in words.tokens(text)]
