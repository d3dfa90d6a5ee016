"""What may reach a terminal: everything but what would drive it."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import answers
from kb.printable import one_line, printable

DRIVING = [chr(n) for n in (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x2070))]
KEPT = [
    "👩‍💻 and 👨‍👩‍👧 are one sign each",
    "می‌خواهم",  # Persian, with a zero-width non-joiner.
    "ශ්‍රී ලංකා",  # Sinhala, with a zero-width joiner.
    "❤️ 1️⃣ 🏴󠁧󠁢󠁳󠁣󠁴󠁿",  # Variation selectors, a keycap, the tags of a flag.
    "e\u0301 \u0e01\u0e33 नमस्ते",
    "100\u00a0000 \u2009thin\u200a \u00adsoft",
    "שלום\u200f (abc)",  # A mark of direction turns nothing but signs between letters.
    "\ue0b0 private",
]


@pytest.mark.parametrize("text", KEPT)
def test_joiners_marks_and_letters_of_all_scripts_stay(text: str) -> None:
    assert printable(text) == one_line(text) == text


def test_what_drives_a_terminal_is_shown_as_an_escape() -> None:
    assert printable("a\x1b[31mb\tc\nd\x07\x9b\u202e\u2066\x7f\r") == (
        "a\\x1b[31mb\tc\nd\\x07\\x9b\\u202e\\u2066\\x7f\\x0d"
    )
    assert one_line("a\tb\nc\x1b") == "a b c\\x1b"


@given(st.text(st.characters() | st.sampled_from(DRIVING)))
def test_no_text_drives_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(c in DRIVING and c not in "\t\n" for c in shown)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n" for c in shown)
    assert printable(shown) == shown
    assert not set("\t\n") & set(one_line(text))


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(DRIVING)))
def test_json_says_the_same_without_a_sign_that_drives_a_terminal(text: str) -> None:
    said = answers.encode({text: [text]})
    assert msgspec.json.decode(said) == {text: [text]}
    assert not set(DRIVING) & set(said.decode())
