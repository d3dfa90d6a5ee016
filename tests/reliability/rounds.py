"""Notes that all say which round they are of, so that an answer from two rounds at once shows."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from kb.config import Config
from kb.errors import KbError
from kb.index import Snapshot
from kb.query.tree import All, Query
from kb.records import Talk
from kb.service import KnowledgeBase

NOTES = 8


def write(folder: Path, round_: int) -> None:
    """Writes the notes of a round, each put in place by one rename."""
    folder.mkdir(exist_ok=True)
    for n in range(NOTES):
        aside = folder.parent / "aside"
        aside.write_text(f"# Talk {n} of round {round_} ★★★★\n**Ada Lovelace**\n\nWe use strace.\n", encoding="utf-8")
        os.replace(aside, folder / f"note-{n}.md")


def opened(index: Path, notes: Path) -> KnowledgeBase:
    """Returns a KnowledgeBase of an index folder."""
    return KnowledgeBase(Config(index=index, notes=str(notes)))


def round_of(snapshot: Snapshot, fewer: int = 0) -> int:
    """Returns the round of all talks of a generation; it is a mixed one where they are not of one round."""
    found = [one.record for one in snapshot.search(Query(All()), limit=50).found]
    return one_round([talk.title for talk in found if isinstance(talk, Talk)], fewer)


def one_round(titles: list[str], fewer: int = 0) -> int:
    """Returns the round that all titles say."""
    rounds = {int(title.split()[4]) for title in titles}
    assert len(rounds) == 1, f"mixed: {titles}"
    assert NOTES - fewer <= len(titles) <= NOTES, f"lost: {titles}"
    return rounds.pop()


def child(work: Callable[[], object], errors: Path) -> int:
    """Forks a process that does some work, and returns its number; it exits as `kb` does, and says why in a file."""
    number = os.fork()
    if number:
        return number
    status = 99
    try:
        with open(errors, "w", encoding="utf-8") as file:
            try:
                work()
                status = 0
            except KbError as error:
                print(f"kb: {error}", file=file)
                status = 3
            except MemoryError:
                print("kb: there is not enough memory", file=file)
                status = 3
            except BaseException:
                traceback.print_exc(file=file)
    finally:
        os._exit(status)


def killed(number: int, seconds: float) -> int | None:
    """Kills a process after a while, and returns its exit status where it ended before that."""
    time.sleep(seconds)
    os.kill(number, signal.SIGKILL)
    _, status = os.waitpid(number, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else None


def read_until_told(index: Path) -> NoReturn:
    """Asks an index, or a server, again and again until stdin ends; prints what was seen, as JSON."""
    seen: dict[int, int] = {}
    reads = 0
    errors: list[str] = []
    os.set_blocking(0, False)
    base = opened(index, index)
    while len(errors) < 5:
        try:
            if len(sys.argv) > 2:
                with urllib.request.urlopen(f"{sys.argv[2]}/v1/talks?limit=50&facet=rating", timeout=30) as response:
                    answer = json.load(response)
                generation = answer["index"]["generation"]
                round_ = one_round([hit["title"] for hit in answer["hits"]])
            else:
                snapshot = base.index.snapshot()
                generation, round_ = snapshot.generation, round_of(snapshot)
            reads += 1
            if seen.setdefault(generation, round_) != round_:
                errors.append(f"generation {generation} was round {seen[generation]} and {round_}")
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
        try:
            if os.read(0, 1) == b"":
                break
        except BlockingIOError:
            time.sleep(0.002)  # Readers that never rest would leave a writer little time to be killed in.
    print(json.dumps({"reads": reads, "errors": errors, "seen": seen}))
    sys.exit(0)


if __name__ == "__main__":
    read_until_told(Path(sys.argv[1]))
