"""A note on which reading itself fails costs that note only, wherever it is read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as settings_
from hypothesis import strategies as st
from msgspec.structs import replace

from kb import answers
from kb.config import Config
from kb.extract import note, tools
from kb.extract.note import DEBUG, read_note
from kb.index import open_index
from kb.ingest import ingest
from kb.outline import Outline
from kb.records import Problem, Reading, Talk
from kb.roots import roots_of
from kb.service import KnowledgeBase, Request, checked, parse, parsed
from kb.settings import Settings
from kb.watch import watch

GOOD = "# Queues ★★★\n**Jane Doe**\nOn Kafka.\n"
BAD = "# Caches ★★\n**Tom Becker**\nFatal.\n"


def _fails(error: Exception) -> object:
    """Returns extraction that fails on one note, as a fault of it would."""
    mentions = tools.mentions

    def failing(outline: Outline, *args: object) -> object:
        if "Fatal." in outline.lines:
            raise error
        return mentions(outline, *args)  # type: ignore[arg-type]

    return failing


@pytest.fixture(params=[RuntimeError("a\x1b[2J\nb \ud800"), RecursionError("too deep"), KeyError("x")], ids=type)
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "bad.md").write_text(BAD)
    (tmp_path / "notes" / "good.md").write_text(GOOD)
    monkeypatch.setattr(tools, "mentions", _fails(request.param))
    monkeypatch.delenv(DEBUG)
    return tmp_path / "notes"


def is_internal(problems: list[Problem] | tuple[Problem, ...]) -> bool:
    return [(p.path.rpartition("/")[2], p.line, p.code) for p in problems] == [("bad.md", 1, "internal")]


def test_a_note_that_cannot_be_read_is_a_problem_and_the_others_are_read(folder: Path) -> None:
    index = open_index(folder.parent / "index")
    report = ingest(index, [str(folder)])
    assert is_internal(report.problems)
    assert report.problems[0].hint
    assert report.counts["note"] == 2
    assert list(index.snapshot().ids("talk")) == ["good/queues"]
    assert [json.loads(answers.encode(one)) for one in answers.exported(index.snapshot())]
    assert ingest(index).kept == 2
    assert is_internal(checked(roots_of([str(folder)])))
    assert is_internal(parse(str(folder / "bad.md"))[1])
    assert json.loads(answers.encode(parsed(str(folder / "bad.md"))))["talks"] == []


def test_watching_goes_on_with_the_other_notes(folder: Path) -> None:
    kb, titles = KnowledgeBase(Config(index=folder.parent / "index")), list[list[str]]()
    steps = [
        ("good.md", GOOD + "\n# Logs ★\n**Ann Lee**\n"),
        ("kb.yaml", "date: yesterday\n"),
        ("more.md", "# Pods ★\n**Al Roe**\n"),
    ]

    def wait(seconds: float) -> bool:
        wait.looks += 1  # type: ignore[attr-defined]
        if wait.looks % 4 == 0:  # type: ignore[attr-defined]
            titles.append([hit.title for hit in kb.reader().search(Request("*", sort="title")).hits])
            if not steps:
                return True
            name, text = steps.pop(0)
            (folder / name).write_text(text)
        return False

    wait.looks = 0  # type: ignore[attr-defined]
    errors: list[str] = []
    watch(kb, (str(folder),), lambda report: None, lambda error: errors.append(str(error)), wait)
    assert errors == []
    assert titles == [["Queues"], ["Logs", "Queues"], ["Logs", "Queues"], ["Logs", "Pods", "Queues"]]


def test_where_memory_is_short_no_note_is_taken_for_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.errors import NotesUnreadableError

    monkeypatch.setattr(tools, "mentions", _fails(MemoryError()))
    monkeypatch.delenv(DEBUG)
    with pytest.raises(NotesUnreadableError, match="not enough memory"):
        read_note("bad.md", BAD)


def test_records_that_cannot_be_indexed_cost_their_note_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = note._read_note

    def made(path: str, text: str, id: str, settings: Settings) -> Reading:
        found = read(path, text, id, settings)
        wrong = {"title": "\ud800"} if path == "bad.md" else {}
        return replace(found, talks=tuple(replace(talk, **wrong) for talk in found.talks))

    monkeypatch.setattr(note, "_read_note", made)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "bad.md").write_text(BAD)
    (tmp_path / "notes" / "good.md").write_text(GOOD)
    index = open_index(tmp_path / "index")
    with pytest.raises(UnicodeEncodeError):  # In tests it is not hidden.
        ingest(index, [str(tmp_path / "notes")])
    monkeypatch.delenv(DEBUG)
    assert is_internal(ingest(index, [str(tmp_path / "notes")]).problems)
    assert list(index.snapshot().ids("talk")) == ["good/queues"]


def test_with_kb_debug_the_fault_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "mentions", _fails(KeyError("x")))
    with pytest.raises(KeyError):
        read_note("bad.md", BAD)


pieces = st.one_of(
    st.sampled_from(
        [
            b"---\n",
            b"title: ",
            b"date: ",
            b"speaker: ",
            b'"\\ud83d',
            b"\\ude80",
            b'\\e[2J"',
            b'"',
            b"\n",
            b"# ",
            b"## ",
            b"**Jane Doe**\n",
            b"Rating: 4/5\n",
            b"3 May 2019",
            b"20\xd9\xa1\xd9\xa9",
            b"ju\xc4\xb1llet 2019",
            b"event: ",
            b": ",
            b"- ",
            b"`",
            b"```\n",
            b"|",
            b"\x1b[31m",
            b"\0",
            b"\xff",
            b"\xed\xa0\x80",
            b"\xc2\x9b",
            b"\r",
            b"&#x1b;",
            b"http://a.b/%ff",
            b"@jdoe",
            b"[a](b)",
            b"\xe2\x80\xa8",
        ]
    ),
    st.binary(max_size=3),
)
BYTES = st.lists(pieces, max_size=25).map(b"".join)
KB_YAML = st.lists(
    st.sampled_from(
        [
            b"date: ",
            b"event: ",
            b"tools: {add: [",
            b"talks: {not: [",
            b"]}",
            b"\n",
            b'"\\ud800"',
            b"yesterday",
            b"2019",
            b"Doe",
            b"\xe9",
            b": ",
        ]
    ),
    max_size=8,
).map(b"".join)


def _is_sound(talk: Talk) -> bool:
    names = [talk.title, talk.event or "", *(p.name + (p.affiliation or "") + (p.handle or "") for p in talk.speakers)]
    dated = talk.date is None or re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", talk.date) is not None
    return dated and bool(talk.title.strip()) and not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in "".join(names))


@settings_(max_examples=150, deadline=None)
@given(BYTES, BYTES)
def test_whatever_text_there_is_the_records_are_sound(head: bytes, body: bytes) -> None:
    text = (b"---\n" + head + b"\n---\n" + body if head else body).decode("utf-8", "replace")
    reading = read_note("a.md", text)
    answers.encode(reading)
    assert all(_is_sound(talk) for talk in reading.talks), reading.talks


@settings_(max_examples=10, deadline=None)
@given(st.lists(BYTES, min_size=4, max_size=4), KB_YAML)
def test_whatever_bytes_there_are_the_other_notes_are_read(files: list[bytes], said: bytes) -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base, "notes")
        folder.mkdir()
        for n, data in enumerate(files):
            (folder / f"{n}.md").write_bytes(data)
        (folder / "kb.yaml").write_bytes(said)
        (folder / "good.md").write_text(GOOD)
        index = open_index(Path(base, "index"))
        report = ingest(index, [str(folder)])
        readings = list(index.snapshot().readings())
        answers.encode([list(answers.exported(index.snapshot())), report.problems, readings])
        assert list(report.problems) == checked(roots_of([str(folder)]))
    assert [t.title for r in readings if r.note.id == "good" for t in r.talks] == ["Queues"]
    assert all(_is_sound(talk) for reading in readings for talk in reading.talks)


def test_the_command_line_reports_bad_escapes_and_dates_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text('---\ntitle: "\\ud800 Caches"\nspeaker: Jane Doe\n---\n')
    (tmp_path / "notes" / "good.md").write_text(GOOD)
    (tmp_path / "notes" / "kb.yaml").write_text("date: yesterday\n")
    command = [sys.executable, "-m", "kb", "--index", str(tmp_path / "index"), "ingest", str(tmp_path / "notes")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False)
    assert "kb.yaml:1: date needs a date such as" in ended.stderr
    assert "a.md:2: front matter has a fault: an escape stands for half a character" in ended.stderr
