"""The seed among the real notes, which are not part of the project: found through KB_EVAL, skipped without it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from kb import answers
from kb.extract.note import read_note
from kb.notes import File, read
from kb.records import Talk

SEED = "raw/_seed/000_7416192e7f29178d.txt"
KB = f"{shlex.quote(sys.executable)} -m kb"


def test_the_seed_is_read_without_a_mistake(real_notes: Path, tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_bytes(next((real_notes / "gold").glob("000_*.yaml")).read_bytes())
    command = [sys.executable, str(real_notes / "score.py"), "--command", f"{KB} parse --format json", "--json"]
    ended = subprocess.run(
        [*command, "--labels", str(tmp_path), "--notes", str(real_notes)], capture_output=True, text=True, check=True
    )
    score = json.loads(ended.stdout)
    for field in ("talks", "titles", "speakers", "affiliations", "handles", "ratings"):
        assert score[field]["f1"] == 1.0, field
    assert score["tools"]["precision"] >= 0.9
    assert score["tools"]["recall"] >= 0.75


@pytest.mark.parametrize("variant", ["seed_crlf.md", "seed_cr_only.md", "seed_bom_crlf.md"])
def test_other_line_ends_give_the_same_records(real_notes: Path, variant: str) -> None:
    def talks(name: str) -> tuple[Talk, ...]:
        text = read(File("seed.md", str(real_notes / name), 0, 0)).text
        assert text is not None
        return read_note("seed.md", text).talks

    assert answers.encode(talks(f"raw/_derived/{variant}")) == answers.encode(talks(SEED))


def test_every_real_note_reads_alike_in_any_form(real_notes: Path) -> None:
    """LF, CRLF, CR, and NFD give the records of the stored form, columns and forms of letters aside."""

    def told(text: str) -> list[object]:
        nfc = unicodedata.normalize
        return [
            (nfc("NFC", t.title), t.source, t.rating, [(nfc("NFC", p.name), p.affiliation and nfc("NFC", p.affiliation), p.handle) for p in t.speakers],
             [(nfc("NFC", m.name), m.line) for m in t.mentions])
            for t in read_note("a/note-2015.md", text).talks
        ]  # fmt: skip

    paths = [p for p in (real_notes / "raw").rglob("*") if p.is_file() and "_derived" not in p.parts]
    assert len(paths) >= 20
    for path in paths:
        text = read(File("a.md", str(path), 0, 0)).text
        assert text is not None
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        expected = told(text)
        for other in (
            plain,
            plain.replace("\n", "\r\n"),
            plain.replace("\n", "\r"),
            unicodedata.normalize("NFD", plain),
            unicodedata.normalize("NFC", plain),
        ):
            assert told(other) == expected, path


def test_questions_to_the_seed(real_notes: Path, tmp_path: Path) -> None:
    """At least 22 of the sample questions hold of a server that has ingested the seed alone."""
    command = [sys.executable, "-m", "kb", "--index", str(tmp_path / "index")]
    subprocess.run([*command, "ingest", str(real_notes / "raw" / "_seed")], check=True, capture_output=True)
    server = subprocess.Popen([*command, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr
        port = int(server.stderr.readline().split(";")[0].rsplit(":", 1)[1])
        ask = [sys.executable, str(real_notes / "ask.py"), "--json", "--url", f"http://127.0.0.1:{port}"]
        ended = subprocess.run(ask, capture_output=True, text=True, check=True)
        said = json.loads(ended.stdout.splitlines()[-1])
        assert said["held"] >= 22
        assert said["unanswered"] == 0
    finally:
        server.terminate()
        server.communicate()
