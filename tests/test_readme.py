"""The README is executed: what it shows is what is printed, and its table of fields is the one table of fields."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.cli import cli
from kb.fields import FIELDS
from tests.sessions import in_markdown, runner

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A folder with data/ in it, ingested and served."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    command = [sys.executable, "-m", "kb"]
    subprocess.run([*command, "ingest", "data"], cwd=tmp_path, check=True, capture_output=True)
    server = subprocess.Popen([*command, "serve", "--port", "0"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert server.stderr
    port = int(server.stderr.readline().split(";")[0].rsplit(":", 1)[1])
    yield tmp_path, port
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=20)
    server.stderr.close()


def fields() -> str:
    rows = [f"| `{f.name}` | {f.says} | `{f.example}` |" for f in FIELDS.values()]
    return "\n".join(["| field | is | example |", "|---|---|---|", *rows])


def test_the_readme_prints_what_is_printed(served: tuple[Path, int], refresh: bool) -> None:
    folder, port = served
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = f"<!-- fields -->\n{fields()}\n<!-- /fields -->"
    made = re.sub(r"<!-- fields -->.*?<!-- /fields -->", lambda _: table, text, flags=re.DOTALL)
    made = in_markdown(made, runner(folder, port))
    made = re.sub(r'("updated_at": ?)"[^"]+"', r'\1"2026-01-31T10:00:00Z"', made)
    made = re.sub(r"--cursor [\w-]{27}\b", "--cursor AAAAAQAAAAWgND2zTPkXSVEnJvI", made)
    if refresh:
        (ROOT / "README.md").write_text(made, encoding="utf-8")
    assert made == text


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in cli.commands:
        assert f"`kb {name}" in text
