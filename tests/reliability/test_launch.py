"""However kb is started and found, and whichever of its processes it is: none imports what lies in the working folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.reliability.served import KB
from tests.test_launch import INSTALLED, SCRIPT, serves_and_watches, trapped

ROOT = Path(__file__).resolve().parent.parent.parent
# What Python, and what installs kb, imports before kb has a say, where the folder is on the path that it is started with.
EARLY = {"__future__", "collections", "contextlib", "functools", "importlib", "pathlib", "types", "typing", "warnings"}
LATE = {*sys.stdlib_module_names - EARLY, *INSTALLED}


class Way(NamedTuple):
    """How kb is started, what lies in the working folder, and what is done there before."""

    kb: Sequence[str]
    names: set[str]
    before: Callable[[Path, pytest.MonkeyPatch], object] = lambda folder, patch: None


WAYS = {
    "script": Way(SCRIPT, {*LATE, *EARLY, "kb", "sitecustomize", "usercustomize"}),
    "module": Way(KB, LATE),
    "module of the working folder": Way(KB, LATE, lambda folder, patch: (folder / "kb").symlink_to(ROOT / "kb")),
    "empty entry of the path": Way(
        SCRIPT,
        {"yaml", "numpy", "markdown", "multiprocessing"},
        lambda _, patch: patch.setenv("PYTHONPATH", os.pathsep),
    ),
    "no environment": Way((sys.executable, "-E", "-m", "kb"), LATE),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way, options: tuple[str, ...]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    told = trapped(folder, way.names)
    way.before(folder, monkeypatch)
    serves_and_watches(tmp_path, tmp_path / "notes", *options, kb=way.kb, folder=folder)
    assert not told.exists(), told.read_text()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_ingest_by_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way) -> None:
    """So many notes that some processes read them and another one writes the index."""
    folder, notes = tmp_path / "folder", tmp_path / "notes"
    folder.mkdir()
    notes.mkdir()
    talk = "## Talk {} about strace\nSpeaker: Ada Lovelace\n\n★★★\n\n" + "Words. " * 60 + "\n"
    for n in range(120):
        (notes / f"{n}.md").write_text("".join(talk.format(f"{n} {m}") for m in range(25)))
    told = trapped(folder, way.names)
    way.before(folder, monkeypatch)
    command = [*way.kb, "--index", str(tmp_path / "index"), "ingest", str(notes)]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "3000 talks" in ended.stderr
    assert not told.exists(), told.read_text()
