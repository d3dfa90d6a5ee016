"""A server whose index is damaged under it, or whose notes are edited: right answers or 503, and right ones again."""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from kb.index.generations import LOOKS
from tests.reliability.counted import counted, times
from tests.reliability.notes import edit, note
from tests.reliability.rounds import opened, write
from tests.reliability.served import Reply, Served, until
from tests.reliability.test_damage import drawn
from tests.reliability.test_edits import QUESTIONS

CODES = {"index_damaged", "index_missing", "index_unreadable"}


def in_place(path: Path, draw: random.Random) -> str:
    """Damages a file that may be mapped where it lies, as `cp` does, which cuts a file before it writes it.

    Returns what it did, or nothing where that is no change.
    """
    kind = draw.choice(("flip", "cut", "empty", "zero"))
    whole = path.read_bytes()
    at = draw.randrange(len(whole))
    with open(path, "r+b") as file:
        if kind in ("cut", "empty"):
            file.truncate(at if kind == "cut" else 0)
        else:
            file.seek(at)
            file.write(bytes([whole[at] ^ 1 << draw.randrange(8)]) if kind == "flip" else bytes(4096))
    return "" if path.read_bytes() == whole else f"{kind} of {path.name}"


def generation(server: Served) -> int:
    """Returns the generation that a server answers of, or 0 where it does not."""
    status = server.ask("/v1/status")
    return int(status.body["generation"]) if status.status == 200 else 0


def answered(reply: Reply) -> object:
    """Returns an answer but for its generation and when that was made."""
    # A cursor names the generation, too.
    return {name: part for name, part in reply.body.items() if name not in ("index", "next", "next_url")}


@pytest.mark.parametrize(
    ("law", "options", "little", "much"),
    [
        ("damage under a server", (), 15, 300),
        ("damage under workers", ("--workers", "2"), 6, 100),
        ("damage under a server that watches", ("--watch",), 6, 100),
    ],
)
def test_damage_under_a_server(tmp_path: Path, law: str, options: tuple[str, ...], little: int, much: int) -> None:
    """Answers are right or 503 once it has had time to look, and right again after an ingest, if it is not its own."""
    draw, index, notes, cases = random.Random(5), tmp_path / "index", tmp_path / "notes", times(little, much)
    notes.mkdir()
    base = opened(index, notes)
    for n in range(12):
        (notes / f"{n}.md").write_text(note(draw), encoding="utf-8")
    base.ingest()
    for _ in range(4):
        edit(notes, draw)
        base.ingest()
    seen: Counter[str] = Counter()
    with Served(index, notes, *options) as server, counted(law, cases) as details:
        right = {question: answered(server.search(question)) for question in QUESTIONS}

        def is_right() -> bool:
            return all(
                (r := server.search(q)).status == 200 and answered(r) == right[q] for q in draw.sample(QUESTIONS, 3)
            )

        for _ in range(cases):
            asking = _Asking(server)
            time.sleep(draw.uniform(0, 0.2))
            before = opened(index, notes).index.snapshot().generation
            what = in_place(drawn(index, draw), draw)
            time.sleep(2 * LOOKS)
            for question in draw.sample(QUESTIONS, 5):
                reply = server.search(question)
                if reply.status == 200:
                    assert answered(reply) == right[question], f"{what}: {question}"
                    seen["right answers"] += 1
                else:
                    assert reply.status in (0, 503), (what, reply)
                    assert reply.body is None or reply.body["code"] in CODES, (what, reply)
                    seen["503" if reply.status else "lost connections"] += 1
            asking.stop()
            assert asking.seen <= {0, 200, 503}, (what, asking.seen)
            if "--watch" not in options:
                base.ingest()
            if what:
                until(lambda: generation(server) > before)  # noqa: B023
            until(is_right)
        seen["starts anew"] = sum("starting it anew" in line for line in server.said)
        assert not [line for line in server.said if "Traceback" in line], "".join(server.said)[-4000:]
        details.update(seen)


class _Asking:
    """Asks a server all the while, for what has not been asked before."""

    def __init__(self, server: Served) -> None:
        self.seen: set[int] = set()
        self._stopped = threading.Event()
        self._server = server
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        while not self._stopped.wait(0.005):
            self.seen.add(self._server.search(f"caches OR {random.random()}").status)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


def test_soak_of_a_server_that_watches(tmp_path: Path) -> None:
    """After it has warmed up, its processes take no more memory, open files and mapped ones."""
    index, notes, rounds = tmp_path / "index", tmp_path / "notes", times(25, 2_000)
    write(notes, 0)
    opened(index, notes).ingest()
    levels, waits = [], []
    with Served(index, notes, "--watch") as server, counted("soak of a server", rounds) as details:
        for n in range(1, rounds + 1):
            write(notes, n)
            waits.append(until(lambda: server.search(f'title:"of round {n}"').body["total"] == 8))  # noqa: B023
            for question in ("five-star talks", "lovelace", "tools", f"round {n}", "strce~ OR talk*"):
                assert server.search(question, facet="tool,speaker").status == 200
            assert server.ask("/v1/status").body["generation"] > n
            if n in (rounds // 3, rounds):
                levels.append(server.held())
        (before, after) = levels
        details |= {
            "MiB more": (after.memory - before.memory) // 1024,
            "files more": after.files - before.files,
            "ms from a save to its answer (median)": round(statistics.median(waits) * 1000),
        }
    assert after.memory < before.memory * 1.25
    assert after.files <= before.files + 2
    assert after.maps <= before.maps * 1.1


def test_what_a_server_that_watches_follows(tmp_path: Path) -> None:
    """A checkout of a thousand files there and back, folders that vanish and come back, a watcher that is killed."""
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    index, notes, count = tmp_path / "index", tmp_path / "notes", 1_000

    def git(*arguments: str) -> None:
        names = ["-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *arguments], cwd=notes, check=True, capture_output=True)

    def noted(word: str) -> None:
        for n in range(count):
            (notes / f"folder-{n % 10}").mkdir(exist_ok=True)
            (notes / f"folder-{n % 10}" / f"{n}.md").write_text(f"# Talk {n} about {word} ★★★★\n**Ada Lovelace**\n")

    notes.mkdir()
    noted("caches")
    git("init", "-q", "-b", "one")
    for branch, word in (("one", "caches"), ("other", "queues")):
        noted(word)
        git("checkout", "-q", "-B", branch)
        git("add", ".")
        git("commit", "-qm", word)
    git("checkout", "-q", "one")
    opened(index, notes).ingest()
    with Served(index, notes, "--watch") as server, counted("edits under a server", 6) as details:

        def total(word: str) -> int:
            reply = server.search(f"title:{word}")
            return int(reply.body["total"]) if reply.status == 200 else -1

        assert total("caches") == count
        git("checkout", "-q", "other")
        took = until(lambda: (total("queues"), total("caches")) == (count, 0))
        git("checkout", "-q", "one")
        until(lambda: (total("caches"), total("queues")) == (count, 0))
        until(lambda: server.ask("/v1/status").body["stale_files"] == [])
        notes.rename(tmp_path / "away")
        time.sleep(3)
        assert total("caches") == count
        assert len(server.ask("/v1/status").body["stale_files"]) == count
        (tmp_path / "away").rename(notes)
        (notes / "folder-3").rename(tmp_path / "away")
        until(lambda: total("caches") == count * 9 // 10)
        (tmp_path / "away").rename(notes / "folder-33")
        until(lambda: total("caches") == count)
        watcher = next(
            one for one in server.family() if b"watch" in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
        )
        subprocess.run(["kill", "-9", str(watcher)], check=True)
        (notes / "one more.md").write_text("# A talk about caches\n")
        until(lambda: total("caches") == count + 1)
        assert sum("what watches the notes has ended by signal 9" in line for line in server.said) == 1
        details["ms until a checkout of 1,000 files was answered"] = round(took * 1000)
