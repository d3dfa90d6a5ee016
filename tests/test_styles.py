"""The law of reading: what a note's writer wrote in is read out, whatever their habits.

What falls short today is recorded in tests/styles/short.tsv, and may neither grow nor be out of date (`make styles`).
"""

from __future__ import annotations

import os

from tests.styles import judge, mixes, record, writer
from tests.styles.habits import AXES

FULL = os.environ.get("KB_SCALE") == "full"


def test_every_habit_by_itself_is_read_as_recorded() -> None:
    assert record.changed(record.alone(), record.recorded()) == []


def test_two_habits_together_are_read_as_recorded() -> None:
    some: record.Short = {(one, other): record.lost(style) for one, other, style in mixes.sampled(0 if FULL else 400)}
    assert record.changed(record.measured() if FULL else some, record.recorded()) == []


def test_every_habit_is_written_in_some_style() -> None:
    named = [habit for habit, _ in mixes.alone()]
    assert named == [(axis, habit.name) for axis, habits in AXES.items() for habit in habits]
    assert len(named) == len(set(named))


def test_a_mixed_note_says_where_its_talks_stand_and_is_read_without_an_error() -> None:
    for seed, style in enumerate(mixes.mixed(60)):
        note = writer.note(style, seed)
        assert note == writer.note(style, seed)
        lines = note.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for talk in note.talks:
            assert lines[talk.line - 1].strip()
        reading = judge.read(note)
        assert reading.note.source.path == note.path
