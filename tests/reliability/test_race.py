"""The race of askers with an ingest that changes everything, in one process and over a real server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kb.config import Config
from kb.service import KnowledgeBase
from tests.asking import ASKERS, asked_meanwhile, write
from tests.reliability.counted import counted, times
from tests.reliability.served import Served
from tests.test_race import in_process

ROUNDS = times(25, 300)


def test_answers_are_never_mixed_while_everything_changes(tmp_path: Path) -> None:
    config = Config(index=tmp_path / "index", notes=str(tmp_path / "notes"))
    write(tmp_path / "notes", 0)
    base = KnowledgeBase(config)
    base.ingest()

    def change(round_: int) -> None:
        write(tmp_path / "notes", round_)
        KnowledgeBase(config).ingest()

    statuses: Counter[int] = Counter()
    with (
        Served(tmp_path / "index", tmp_path / "notes") as server,
        counted("answers while everything changes", ROUNDS) as told,
    ):
        asks = [in_process(base)] * ASKERS + [lambda path: tuple(server.ask(path))] * ASKERS
        for asker in asked_meanwhile(asks, change, ROUNDS):
            assert not asker.errors, asker.errors
            statuses += asker.statuses
        told["answers"] = statuses[200]
        assert not [line for line in server.said if "Traceback" in line], server.said
