"""What nobody should write or ask costs little more than its length."""

from __future__ import annotations

import sys
import time
import unicodedata
from pathlib import Path
from types import FrameType

import pytest

from kb.extract import tools
from kb.extract.note import read_note
from kb.index import Changes, Put, Snapshot, Stored, open_index
from kb.notes import MAX_LINE
from kb.outline import code_spans, plain, tags
from kb.query.language import read
from kb.roots import Root
from kb.words import fold, normalized

CONTEXTS = {
    "line": "# T\n\n{}\n",
    "heading": "# DemoConf 2021\n\n## {}\n\nRating: 4/5\n",
    "item": "# T\n\n- {}\n",
    "row": "| Talk | Speaker |\n|---|---|\n| {} | Jane Doe |\n",
    "link": "# T\n\n[{}](http://example.org/)\n",
}
UNITS = [
    *("*a _b ", "_a", "*", "***", "__x~~", "{#", "[[", "[a](b (", "<!--", "<!-- -->", "`a``b", "`@a`|"),
    *("a", "Spark ", "strace, perf ", "a.b@", "@a and ", "1/5 a ", "★ ", "★x", "- ", ". ", " ", "e\u0301\u0327", "A+"),
]  # fmt: skip


def _seconds(text: str) -> float:
    plain.cache_clear()
    began = time.process_time()
    read_note("n.md", text)
    return time.process_time() - began


@pytest.mark.parametrize("unit", UNITS)
def test_reading_a_long_line_takes_time_in_proportion_to_its_length(unit: str) -> None:
    for context in CONTEXTS.values():
        few, many = (context.format((unit * size)[:size] + "x") for size in (MAX_LINE // 32, MAX_LINE // 4))
        cost = _seconds(many)
        # Eight times as long: a square would take 64 times as long.
        assert cost < 0.1 or cost < 24 * max(_seconds(few) for _ in range(2)), context


def test_lines_that_a_pattern_could_read_in_many_ways_are_read_at_once() -> None:
    read_note("n.md", f"# T\n\n## {'.' * 80}x\n")
    read_note("n.md", f"# T ★★★\nSpeaker: Jane Doe\n\n{'@aand ' * 40}x\n")


def test_marks_of_one_letter_are_bounded_and_others_are_in_normal_form() -> None:
    text = "Caf\u0065\u0301 " * 300
    assert normalized("NFC", text) == unicodedata.normalize("NFC", text)
    assert fold(text).split() == ["cafe"] * 300
    normalized("NFC", "a" + "\u0301\u0327" * 100_000)


def test_a_character_of_an_endless_number_is_read() -> None:
    assert plain(f"a &#{'1' * 5000}; b &amp; c") == "a \ufffd b & c"


def test_emphasis_code_and_tags_are_told_as_before() -> None:
    assert plain("**a *b* c** _d_e f_ 2*3*4 ~~g~~ **i") == "a b c d_e f 234 g **i"
    assert [t[s.inner : s.inner_end] for t in ["`a` ``b`c`` ``d`e`"] for s in code_spans(t)] == ["a", "b`c", "e"]
    assert list(tags("a <b> <!-- <i> --> <!-- c")) == [(2, 5), (6, 18)]


def _mentioning(folder: Path, notes: int) -> Snapshot:
    index = open_index(folder)
    puts = []
    for n in range(notes):
        text = f"# Talk {n}\nSpeaker: Jane Doe{n % 40} (Acme)\n\nwith `strace` and `perf` and `nginx`\n"
        reading = read_note(f"n{n}.md", text)
        puts.append(Put(Stored(f"n{n}.md", "", len(text), 1, reading.note.id), reading))
    with index.writing():
        index.commit(Changes(tuple(puts), (), (Root("/notes"),)), rebuild=True)
    return index.snapshot()


@pytest.mark.parametrize(
    "question", ["kind:tool tool:p*", "kind:tool -tool:perf", "kind:mention tool:p*", "kind:speaker speaker:jane"]
)
def test_conditions_on_tools_and_people_cost_in_proportion_to_the_talks(tmp_path: Path, question: str) -> None:
    calls = [_calls(_mentioning(tmp_path / str(size), size), question) for size in (50, 400)]
    assert calls[1] < 12 * calls[0], calls


def _calls(snapshot: Snapshot, question: str) -> int:
    """Returns how many calls a question takes."""
    query = read(question).query
    snapshot.search(query)
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        snapshot.search(query)
    finally:
        sys.setprofile(None)
    return count


def test_tools_behind_the_beginning_of_an_endless_line_are_not_looked_for_and_the_line_is_named() -> None:
    line = "`strace` " + "x " * tools.LOOKED + "`perf`"
    reading = read_note("a.md", f"# Talk\nSpeaker: Jane Doe\n\n{line}\n")
    assert [m.name for m in reading.talks[0].mentions] == ["strace"]
    assert [(p.line, p.code) for p in reading.problems] == [(4, "long_line")]
