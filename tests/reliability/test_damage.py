"""Damage to any file of the index is found before what is damaged is used, and the index is made anew of the notes."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

import msgspec

from kb.config import Config
from kb.errors import IndexDamagedError, IndexMissingError
from kb.service import KnowledgeBase, Request
from tests.reliability.counted import counted, times
from tests.reliability.notes import edit, note
from tests.reliability.test_edits import FACETS, QUESTIONS

CASES = times(500, 20_000)
ASKED = 5
NOTES = 12
KINDS = {  # What is done to a file, and how the page says it.
    "flip": "with a bit flipped",
    "truncate": "cut",
    "zero": "zeroed in part",
    "swap": "swapped",
    "older": "put back from an older copy",
    "remove": "removed",
    "append": "lengthened",
}


def answer(base: KnowledgeBase, question: str) -> bytes:
    """Returns what an index answers, but for its generation and when that was made."""
    said = base.reader().search(Request(question, limit=20, facets=FACETS))
    return msgspec.json.encode((said.hits, said.total, said.facets, said.query))


def files(index: Path) -> list[Path]:
    """Returns the files that the newest generation is made of, and what names it."""
    newest = index / (index / "CURRENT").read_text().split()[0]
    return [index / "CURRENT", *sorted(newest.iterdir())]


def sort_of(path: Path) -> str:
    """Returns what sort of file of an index one is."""
    return path.suffix if path.suffix in (".arrays", ".names", ".seg", ".toc") else path.name


def drawn(index: Path, draw: random.Random) -> Path:
    """Returns a file of an index, of each sort as often as of another."""
    sorts: dict[str, list[Path]] = {}
    for path in files(index):
        sorts.setdefault(sort_of(path), []).append(path)
    return draw.choice(sorts[draw.choice(sorted(sorts))])


def damage(kind: str, path: Path, others: list[Path], older: list[Path], draw: random.Random) -> bool:
    """Damages a file, and tells whether it is another one now. It is replaced: earlier generations share it."""
    whole = path.read_bytes()
    at = draw.randrange(len(whole))
    other = draw.choice([one for one in others if one != path])
    olds = [old for old in older if sort_of(old) == sort_of(path)]
    old = draw.choice(olds) if olds else None
    made: dict[str, bytes | None] = {
        "flip": whole[:at] + bytes([whole[at] ^ 1 << draw.randrange(8)]) + whole[at + 1 :],
        "truncate": whole[:at],
        "zero": whole[:at] + bytes(len(whole[at : at + 64])) + whole[at + 64 :],
        "swap": other.read_bytes(),
        "older": old.read_bytes() if old else whole[:-1],
        "append": whole + b"\0",
        "remove": None,
    }
    path.unlink()
    if (data := made[kind]) is not None:
        path.write_bytes(data)
    return data != whole


def test_damage_is_found_before_what_is_damaged_is_used(tmp_path: Path) -> None:
    draw, notes, whole = random.Random(7), tmp_path / "notes", tmp_path / "whole"
    notes.mkdir()
    base = KnowledgeBase(Config(index=whole, notes=str(notes)))
    for n in range(NOTES):
        (notes / f"{n}.md").write_text(note(draw), encoding="utf-8")
    base.ingest()
    shutil.copytree(whole, tmp_path / "older")
    for _ in range(8):
        edit(notes, draw)
        base.ingest()
    before = sorted(path for path in whole.iterdir() if path.name.isdigit())[-2]  # Whose CURRENT would be a right one.
    older = sorted([*(path for path in (tmp_path / "older").rglob("*") if path.is_file()), *before.iterdir()])
    right = {question: answer(base, question) for question in QUESTIONS}
    assert len(set(right.values())) > len(QUESTIONS) / 2
    seen, done = Counter[str](), Counter[str]()
    with counted("damage is found", CASES) as details:
        for case in range(CASES):
            kind, index = tuple(KINDS)[case % len(KINDS)], tmp_path / "index"
            shutil.copytree(whole, index)
            path = drawn(index, draw)
            if damage(kind, path, files(index), older, draw):
                seen[_asked(index, str(notes), right, draw, f"{kind} of {path.name}")] += 1
                done.update([KINDS[kind], f"of {sort_of(path)}"])
            shutil.rmtree(index)
        details.update({**seen, **dict(sorted(done.items()))})
    assert seen["found when asked"] > CASES / 5
    assert seen["found when ingesting"] > 0


def _asked(index: Path, notes: str, right: dict[str, bytes], draw: random.Random, what: str) -> str:
    """Asks a damaged index some questions and ingests; returns where the damage showed."""
    base, found = KnowledgeBase(Config(index=index, notes=notes)), "not found"
    for question in draw.sample(QUESTIONS, ASKED):
        try:
            assert answer(base, question) == right[question], f"{what}: {question}"
        except (IndexDamagedError, IndexMissingError):
            found = "found when asked"
            break
    report = base.ingest()
    assert report.rebuilt, f"{what}: an ingest did not find it"
    question = draw.choice(QUESTIONS)
    assert answer(base, question) == right[question], f"{what}, made anew: {question}"
    return "found when ingesting" if found == "not found" else found
