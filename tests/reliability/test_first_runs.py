"""A first ingest that is killed at any of its steps: the next one goes on, and nobody's files are touched."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.counted import counted, times
from tests.test_folder import interrupted, notes

__all__ = ["notes"]  # The fixture.


def test_a_first_run_that_is_killed_anywhere_goes_on(notes: Path, tmp_path: Path) -> None:
    stride = times(2, 1)
    with counted("an interrupted first run") as details:
        kills = details["cases"] = interrupted(notes, tmp_path / "index", tmp_path / "errors", stride)
    assert kills > 30
