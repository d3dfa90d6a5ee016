"""System calls that fail, a full disk, too little memory: the old generation or the new, a line, nothing left behind."""

from __future__ import annotations

import gc
import os
import random
import re
import resource
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import IndexNotWrittenError
from kb.index import Snapshot
from kb.service import KnowledgeBase, Request
from tests.reliability.counted import FULL, counted, times
from tests.reliability.failing import Fault, Ingest, by_functions, by_strace
from tests.reliability.rounds import NOTES, child, opened, round_of, write

ERRORS = ("EIO", "ENOSPC", "EMFILE", "kill")
CASES = times(60, 100_000)


def left(index: Path) -> list[str]:
    """Returns what should not be in the folder of an index."""
    known = {"CURRENT", "lock", "kb-index", "touched"} | set(
        sorted(p.name for p in index.iterdir() if p.name.isdigit())[-2:]
    )
    return sorted(p.name for p in index.iterdir() if p.name not in known)


def whole(snapshot: Snapshot) -> int:
    """Returns the round of a generation; notes that could not be read are problems of it."""
    return round_of(snapshot, fewer=min(NOTES - 1, len(snapshot.problems())))


def faults(made: Counter[str]) -> list[Fault]:
    """Returns which call is to fail how, and at which time it is made: all there are, or some drawn from them."""
    every = [Fault(call, error, n) for call, count in made.items() for error in ERRORS for n in range(1, count + 3)]
    return every if FULL else random.Random(7).sample(every, min(CASES, len(every)))


@pytest.mark.parametrize(
    ("law", "ingest"), [("a system call that fails", by_strace), ("a function that fails", by_functions)]
)
def test_a_system_call_that_fails_costs_only_the_ingest(tmp_path: Path, law: str, ingest: Ingest) -> None:
    index, notes = tmp_path / "index", tmp_path / "notes"
    for round_ in (0, 1):
        write(notes, round_)
        opened(index, notes).ingest()
    write(notes, 2)
    tried = faults(ingest(tmp_path, index, notes, None)[1])
    seen: Counter[str] = Counter()
    with counted(law, len(tried)) as details:
        for round_, fault in enumerate(tried, 3):
            write(notes, round_)
            status, _ = ingest(tmp_path, index, notes, fault)
            said = (tmp_path / "errors").read_text()
            seen[{0: "went on", 3: "gave up", None: "killed"}.get(status, "broke")] += 1
            assert status in (0, 3, None), f"{fault}: {said}"
            assert said.count("\n") == (status == 3), f"{fault}: {said}"
            assert status is not None or fault.error == "kill", fault
            now = whole(opened(index, notes).index.snapshot())
            assert now in ((round_,) if status == 0 else (round_ - 1, round_)), fault
            opened(index, notes).ingest()
            assert round_of(opened(index, notes).index.snapshot()) == round_, fault
            assert not left(index), fault
        details.update(seen)
    assert seen["gave up"]
    assert seen["killed"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that holds little."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def room(folder: Path) -> int:
    """Returns how many bytes may be written to the disk of a folder."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def failure(base: KnowledgeBase) -> str | None:
    """Ingests, and returns what is said where the index cannot be written."""
    try:
        base.ingest()
    except IndexNotWrittenError as error:
        return str(error)
    return None


# Whoosh leaves files that it could not write to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_reads_go_on_when_the_disk_is_full(tmp_path: Path, small_disk: Path) -> None:
    """It is full from the start, or fills at some moment of an ingest, and then has room again."""
    index, notes, draw = small_disk / "index", tmp_path / "notes", random.Random(13)
    write(notes, 0)
    base, tries = opened(index, notes), times(20, 500)
    base.ingest()
    full, files = room(small_disk), len(os.listdir("/proc/self/fd"))
    write(notes, 1)
    base.ingest()
    needed = full - room(small_disk)
    seen: Counter[str] = Counter()
    with counted("a full disk", tries) as details:
        for n in range(2, tries + 2):
            (small_disk / "ballast").write_bytes(bytes(max(0, room(small_disk) - draw.randrange(4 * needed))))
            write(notes, n)
            said = failure(base)
            assert said is None or "No space left on device" in said
            seen["gave up" if said else "went on"] += 1
            assert round_of(base.index.snapshot()) == round_of(opened(index, notes).index.snapshot()) == n - bool(said)
            (small_disk / "ballast").unlink()
            base.ingest()
            assert round_of(base.index.snapshot()) == round_of(opened(index, notes).index.snapshot()) == n
            assert not left(index)
        details.update(seen)
    assert seen["gave up"]
    assert seen["went on"]
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= files + 2


def test_too_little_memory_ends_an_ingest_cleanly(tmp_path: Path) -> None:
    index, notes = tmp_path / "index", tmp_path / "notes"
    write(notes, 0)
    opened(index, notes).ingest()
    (notes / "more.md").write_text("# More\n\n" + " ".join(f"word{n}" for n in range(60_000)))
    now = int(re.findall(r"VmSize:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024
    steps = times(12, 120)
    seen: Counter[str] = Counter()
    with counted("too little memory", steps) as details:
        for step in range(steps):
            more = 24 * 2**20 * step // steps  # From none to what is enough.

            def ingest(room: int = more) -> None:
                resource.setrlimit(resource.RLIMIT_AS, (now + room, now + room))
                opened(index, notes).ingest()

            _, status = os.waitpid(child(ingest, tmp_path / "errors"), 0)
            said = (tmp_path / "errors").read_text()
            assert os.WIFEXITED(status), f"{more}: signal {os.WTERMSIG(status)}"
            assert os.WEXITSTATUS(status) in (0, 3), f"{more}: {said}"
            assert said.count("\n") <= 1, said
            seen["went on" if os.WEXITSTATUS(status) == 0 else "gave up"] += 1
            assert opened(index, notes).index.snapshot().counts().kinds["note"] in (NOTES, NOTES + 1)
        details.update(seen)
    assert seen["gave up"]
    opened(index, notes).ingest()
    assert opened(index, notes).index.snapshot().counts().kinds["note"] == NOTES + 1
    assert not left(index)


def test_soak_memory_and_descriptors_stay_level(tmp_path: Path) -> None:
    """After it has warmed up, following edits and answering takes no more memory and no more open files."""
    index, notes = tmp_path / "index", tmp_path / "notes"
    write(notes, 0)
    base, rounds = opened(index, notes), times(150, 10_000)
    levels = []
    with counted("soak", rounds) as details:
        for n in range(rounds):
            write(notes, n)
            base.ingest()
            for question in ("five-star talks", "lovelace", "tools", f"round {n}", "strce~ OR talk*"):
                base.reader().search(Request(question, facets=("tool", "speaker")))
            base.reader().suggest("ta")
            if n in (rounds // 3, rounds - 1):
                levels.append((_resident(), len(os.listdir("/proc/self/fd"))))
        (memory, files), (memory_then, files_then) = levels
        details |= {"MiB more": (memory_then - memory) // 1024, "files more": files_then - files}
    assert memory_then < memory * 1.25
    assert files_then <= files + 2


def _resident() -> int:
    time.sleep(0)
    return int(re.findall(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[0])
