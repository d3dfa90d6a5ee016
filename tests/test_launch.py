"""Whatever lies in the working folder, no process of kb imports it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.reliability.served import KB, Served, until

SCRIPT = (str(Path(sys.executable).with_name("kb")),)
INSTALLED = (
    "click",
    "falcon",
    "markdown",
    "msgspec",
    "nh3",
    "numpy",
    "rapidfuzz",
    "rich",
    "waitress",
    "whoosh",
    "yaml",
)


def trapped(folder: Path, names: Iterable[str]) -> Path:
    """Makes a working folder of modules each of which tells when it is imported; returns where they tell it."""
    told = folder / "imported"
    for name in names:
        (folder / f"{name}.py").write_text(f"open({str(told)!r}, 'a').write({name!r})\nraise SystemExit(9)\n")
    return told


def test_a_server_imports_nothing_of_the_working_folder(tmp_path: Path) -> None:
    """Neither do its workers, what watches the notes, and what makes a talk's HTML."""
    folder, notes = tmp_path / "folder", tmp_path / "notes"
    folder.mkdir()
    told = trapped(folder, {*sys.stdlib_module_names, *INSTALLED, "kb"})
    serves_and_watches(tmp_path, notes, "--workers", "2", kb=SCRIPT, folder=folder)
    assert not told.exists(), told.read_text()


def serves_and_watches(
    tmp_path: Path, notes: Path, *options: str, kb: Sequence[str] = KB, folder: Path | None = None
) -> None:
    """Has a server answer, with HTML, and see a note that is written meanwhile."""
    notes.mkdir()
    (notes / "a.md").write_text("# A talk\nSpeaker: Ada Lovelace\n\n★★★\n\n*good*\n")
    with Served(tmp_path / "index", notes, "--watch", *options, kb=kb, folder=folder) as server:
        assert "<em>good</em>" in server.ask("/v1/talks/a/a-talk").body["html"]
        (notes / "b.md").write_text("# Another talk\nSpeaker: Ada Lovelace\n\n★★★\n")
        until(lambda: bool(server.ask("/v1/talks").body["total"] == 2))


@pytest.mark.parametrize("named", ["", "lib", "lib:", ":/absolute", "/absolute:.:lib"])
def test_relative_entries_of_the_path_reach_no_process(tmp_path: Path, named: str) -> None:
    code = "import os, sys; from kb.launch import *; prepare(); print(sys.path, os.environ['PYTHONPATH'])"
    (tmp_path / "lib").mkdir()
    environment = {**os.environ, "PYTHONPATH": named}
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert str(tmp_path) not in ended.stdout
    assert "'lib'" not in ended.stdout
    assert "''" not in ended.stdout
    assert ("/absolute" in ended.stdout) == ("/absolute" in named)
