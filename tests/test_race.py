"""Answers while everything that the notes say changes: each is of one generation, whoever asks whatever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from falcon import testing

from kb.config import Config
from kb.rest.app import create_app
from kb.service import KnowledgeBase
from tests.asking import ASKERS, Ask, asked_meanwhile, write

ROUNDS = 6


def in_process(base: KnowledgeBase) -> Ask:
    """Returns what asks the application without a server between."""
    client = testing.TestClient(create_app(base), headers={"Host": "localhost"})

    def ask(path: str) -> tuple[int, Any]:
        result = client.simulate_get(path)
        return result.status_code, result.json

    return ask


def test_answers_are_never_mixed_while_everything_changes(tmp_path: Path) -> None:
    config = Config(index=tmp_path / "index", notes=str(tmp_path / "notes"))
    write(tmp_path / "notes", 0)
    base = KnowledgeBase(config)
    base.ingest()

    def change(round_: int) -> None:
        write(tmp_path / "notes", round_)
        KnowledgeBase(config).ingest()

    for asker in asked_meanwhile([in_process(base)] * ASKERS, change, ROUNDS):
        assert not asker.errors, asker.errors
        assert asker.statuses[200] > ROUNDS
