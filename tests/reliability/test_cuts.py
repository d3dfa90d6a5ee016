"""Power cuts: what has reached the disk at any moment is a whole index, with all that was acknowledged before."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.counted import counted, times
from tests.reliability.rounds import child, opened, round_of, write

CUTS = times(60, 2_000)
SIZE = 24  # MiB of the disk.


PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # Where mkfs.ext4 and mount are, though few have them in PATH.


def run(command: str, *arguments: str) -> bool:
    """Returns whether a command is there and did what it was asked."""
    found = shutil.which(command, path=PLACES)
    return found is not None and subprocess.run([found, *arguments], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """Mounts the image of a disk."""
    folder.mkdir(exist_ok=True)
    if not run("mount", "-o", "loop", str(image), str(folder)):
        pytest.skip("no image of a disk can be mounted here")
    try:
        yield folder
    finally:
        for _ in range(20):
            if run("umount", str(folder)):
                break
            time.sleep(0.1)


def test_a_power_cut_breaks_nothing_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    image, notes, told, draw = tmp_path / "disk", tmp_path / "notes", tmp_path / "told", random.Random(11)
    with open(image, "wb") as file:
        file.truncate(SIZE * 2**20)
    if not run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image)):
        pytest.skip("there is no mkfs.ext4 here")
    with mounted(image, tmp_path / "here") as here, counted("a power cut", CUTS) as details:
        index = here / "index"
        write(notes, 0)
        opened(index, notes).ingest()
        told.write_text("0")
        number = child(lambda: go_on(index, notes, told), tmp_path / "errors")
        try:
            ahead = last = 0
            for _ in range(CUTS):
                time.sleep(draw.uniform(0, 0.3))
                os.kill(number, signal.SIGSTOP)  # The disk stands still while it is copied, as when power goes.
                acknowledged = int(told.read_text() or -1)
                shutil.copyfile(image, tmp_path / "copy")
                os.kill(number, signal.SIGCONT)
                if acknowledged < 0:  # It was just being said.
                    continue
                last = acknowledged
                with mounted(tmp_path / "copy", tmp_path / "there") as there:
                    base = opened(there / "index", notes)
                    base.index.verify()
                    found = round_of(base.index.snapshot())
                    assert found >= acknowledged
                    ahead += found - acknowledged
                    del base
        finally:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
        details |= {
            "rounds ingested meanwhile": last,
            "found before they were acknowledged": ahead,
        }
    assert not (tmp_path / "errors").read_text()


def go_on(index: Path, notes: Path, told: Path) -> None:
    """Ingests round after round, and says in a file which have been acknowledged."""
    base = opened(index, notes)
    for round_ in range(1, 1_000_000):
        write(notes, round_)
        base.ingest()
        told.write_text(str(round_))
