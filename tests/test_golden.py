"""Golden sessions of the command line: tests/golden/*.txt, executed over tests/golden/notes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.sessions import runner, session

FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.txt")))
def test_session(name: str, tmp_path: Path, refresh: bool) -> None:
    shutil.copytree(FOLDER / "notes", tmp_path / "notes")
    text = (FOLDER / name).read_text(encoding="utf-8")
    made = timeless(session(text, runner(tmp_path)))
    if refresh:
        (FOLDER / name).write_text(made, encoding="utf-8")
    assert made == text


def timeless(text: str) -> str:
    """Returns a session without what differs from run to run: times, sizes, ages."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"\(\d+ s ago\), [\d,]+ bytes", "(AGE), BYTES bytes", text)
    text = re.sub(r"--cursor [\w-]{27}\b", "--cursor CURSOR", text)
    return re.sub(r'"(age_seconds|bytes)":\d+', r'"\1":0', text)
