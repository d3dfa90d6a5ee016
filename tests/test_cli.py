"""What the golden sessions cannot show: pipes that close, arguments that are no text, terminals."""

from __future__ import annotations

import json
import os
import pty
import random
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from kb.printable import one_line
from kb.show.tables import aligned, broken, stars

NOTES = Path(__file__).parent / "golden" / "notes"


@pytest.fixture
def kb(tmp_path: Path) -> list[str]:
    command = [sys.executable, "-m", "kb", "--index", str(tmp_path / "index")]
    subprocess.run([*command, "ingest", str(NOTES)], check=True, capture_output=True)
    return command


def test_a_closed_pipe_ends_quietly(kb: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run([*kb, "export"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("word", [b"\xff\xfe", b"\xed\xa0\x80", b"caf\xc3\xa9", b"\x1b[31m"])
def test_arguments_that_are_no_text(kb: list[str], word: bytes) -> None:
    ended = subprocess.run([*[os.fsencode(part) for part in kb], b"search", word], capture_output=True, check=False)
    assert ended.returncode in (0, 1)
    assert b"Traceback" not in ended.stderr
    assert b"\x1b" not in ended.stdout


def test_a_terminal_gets_colours_and_a_bar_and_a_pipe_does_not(kb: list[str]) -> None:
    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    subprocess.run([*kb, "search", "five-star talks"], stdout=terminal, check=True, env=environment)
    os.close(terminal)
    shown = os.read(controller, 65536)
    os.close(controller)
    assert b"\x1b[" in shown
    assert b"\x1b[" not in subprocess.run([*kb, "search", "five-star talks"], capture_output=True, check=True).stdout


def test_a_port_that_is_taken(kb: list[str]) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run([*kb, "serve", "--port", port], capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "choose another with --port" in ended.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0", "::ffff:0.0.0.0"])
def test_beyond_loopback_the_notes_are_served_only_where_that_is_said(kb: list[str], host: str) -> None:
    command = [*kb, "serve", "--port", "0", "--host", host]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "--public-read" in ended.stderr


@pytest.mark.parametrize(("host", "asked"), [("0.0.0.0", "127.0.0.1"), ("localhost", "localhost"), ("::", "[::1]")])
def test_the_questions_to_try_are_answered(kb: list[str], host: str, asked: str) -> None:
    environment = {**os.environ, "KB_PUBLIC_READ": "1"}
    command = [*kb, "serve", "--port", "0", "--host", host]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            lines = [server.stderr.readline() for _ in range(4 if asked == host else 5)]
            urls = [line.split("'")[1] for line in lines if "curl" in line]
            assert len(urls) == 3
            assert asked == host or "can read the notes" in lines[0]
            for url in urls:
                assert url.startswith(f"http://{asked}:")
                with urllib.request.urlopen(url, timeout=60) as reply:
                    assert json.load(reply)["total"] > 0
        finally:
            server.terminate()


def test_only_what_a_command_needs_is_imported(kb: list[str]) -> None:
    script = "import sys; from kb.cli import cli; print(sorted({'whoosh', 'falcon', 'numpy', 'rich', 'markdown'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_a_table_that_fits_is_what_rich_makes_of_it() -> None:
    draw = random.Random(3)
    parts = [
        "a",
        "b ",
        "é",
        "日本",
        "😀",
        "★",
        "½",
        " ",
        "\u0301",
        "👩\u200d💻",
        "🇩🇪",
        "한",
        "\ufffd",
        "[b]",
        ":smile:",
        "2\u20e3",
    ]
    for _ in range(300):
        names = draw.sample(["rating", "title", "speakers", "where", "date", "mean rating"], draw.randint(1, 5))
        rows = [[one_line("".join(draw.choices(parts, k=draw.randint(0, 12)))) for _ in names] for _ in range(3)]
        assert aligned(names, rows) == broken(names, rows, 120)


def test_ratings_as_stars() -> None:
    assert [stars(v) for v in (None, 0, 1, 3.5, 4.2, 5)] == ["", "", "★", "★★★½", "★★★★", "★★★★★"]
