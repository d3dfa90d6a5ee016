"""What a terminal, and who reads JSON in one, is given of the text of notes."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import answers
from kb.printable import one_line, printable


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻 at work",
        "می\u200cخواهم",
        "क्\u200dष",
        "soft\u00adhyphen",
        "no\u00a0break",
        "\u3000全角",
        "🏴\U000e0067\U000e007f",
        "\ue0b0",
        "\u200f",
    ],
)
def test_joiners_marks_and_spaces_of_scripts_are_printed(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\r", "\x9b31m", "\x7f", "\u202egnp.exe", "\u2066", "\ud800", "\x00", "\u2028"]
)
def test_what_drives_a_terminal_is_shown_as_what_it_is(text: str) -> None:
    for shown in (one_line(text), printable(f"a\n{text}")):
        assert text[0] not in shown
        assert shown.endswith(text[1:])
        assert "\\x" in shown or "\\u" in shown


def test_a_line_stays_a_line() -> None:
    assert one_line("a\tb\nc") == "a b c"


@given(st.text())
def test_json_has_no_control_character_as_it_is(text: str) -> None:
    data = answers.encode({"text": text + "\x9b\x7f\x1b£"})
    assert not any(unicodedata.category(c) == "Cc" for c in data.decode())
    assert json.loads(data) == {"text": text + "\x9b\x7f\x1b£"}
