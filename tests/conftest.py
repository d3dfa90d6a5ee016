"""What several tests share: the `--refresh` option and the folder of real notes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What goes wrong while a note is read would be a problem of that note: here, and in processes started here, it is raised.
os.environ["KB_DEBUG"] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh", action="store_true", help="write expected outputs anew")


@pytest.fixture
def refresh(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--refresh"))


@pytest.fixture(scope="session")
def real_notes() -> Path:
    """The folder of labelled real notes, which is not part of the project."""
    folder = Path(os.environ.get("KB_EVAL", ROOT.parent / "shared" / "eval")).resolve()
    if not (folder / "score.py").exists():
        pytest.skip("no real notes here: set KB_EVAL")
    return folder
