"""A talk's HTML: safe whatever it was written as, and bounded."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb import render
from kb.errors import HtmlNotMadeError
from kb.render import MOMENT, MOST_SECONDS, MOST_SLOW, STUCK, rendered
from tests.reliability.served import family


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# A\n\n*b*", "<h1>A</h1>\n<p><em>b</em></p>"),
        ("```\n<x>\n```", "<pre><code>&lt;x&gt;\n</code></pre>"),
        ("<script>alert(1)</script>ok", "<p>ok</p>"),
        ('<a href="javascript:x" onclick="y">z</a>', '<p><a rel="noopener noreferrer">z</a></p>'),
    ],
)
def test_html(text: str, html: str) -> None:
    assert rendered(text).strip() == html


def test_tables() -> None:
    assert "<td>1</td>" in rendered("a | b\n--|--\n1 | 2\n")


@pytest.mark.parametrize(
    "text",
    [
        "<![" * 5_000,
        "*" * 5_000,
        "[" * 5_000,
        "> " * 200 + "x",
        "_a" * 40_000,
        "x" * 200_000,
        "- " * 100 + "y",
        "`" * 3_000 + "z",
    ],
    ids=lambda text: f"{text[:3]}…{len(text)}",
)
def test_hostile_markdown_is_rendered_or_shown_as_written(text: str) -> None:
    made = rendered(text)
    assert made.startswith("<")
    assert rendered("after *it*") == "<p>after <em>it</em></p>"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> render._Renderer:
    """What renders, but for slow texts, which have less time than they would have otherwise."""
    monkeypatch.setattr(render, "MOST_SECONDS", 0.3)
    renderer = render._Renderer()
    monkeypatch.setattr(render, "_renderer", renderer)
    return renderer


def slow(n: int) -> str:
    """Returns a text that Python-Markdown needs half a minute for."""
    return f"{n} " + "<a0 " * 15_000


def used(process: int) -> float:
    """Returns the seconds of processor time that a process has had."""
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def test_slow_texts_cost_themselves_alone(hurried: render._Renderer) -> None:
    """While they are rendered and afterwards, other texts come right, and wait for none of them to the end."""
    rendered("before *it*")
    slowly = [slow(n) for n in range(2)]
    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(rendered, text) for text in (*slowly, slowly[0])]
        for n in range(20):
            assert rendered(f"fine *{n}*") == f"<p>fine <em>{n}</em></p>\n".rstrip()
        assert not all(one.done() for one in asked)
    assert [one.result()[:5] for one in asked] == ["<pre>"] * 3
    assert rendered("after *it*") == "<p>after <em>it</em></p>"


def test_a_text_takes_no_more_processor_time_than_it_may() -> None:
    """Where the time goes to Python-Markdown, and where it goes to code that no signal can stop."""
    for text in (slow(7), "<b>" * 33_000):
        before = {one: used(one) for one in family(os.getpid())[1:]}
        began = time.process_time()
        assert rendered(text).startswith("<pre>")
        taken = sum(used(one) - before.get(one, 0) for one in family(os.getpid())[1:])
        assert time.process_time() - began < 0.5
        assert taken < MOMENT + MOST_SECONDS + 2 * STUCK + 1.5


def test_a_process_that_is_ended_from_outside_spoils_no_text(hurried: render._Renderer) -> None:
    rendered("before *it*")
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(rendered, slow(8))
        for one in family(os.getpid())[1:]:
            if b"multiprocessing.spawn" in Path(f"/proc/{one}/cmdline").read_bytes():
                os.kill(one, signal.SIGKILL)
        assert rendered("meanwhile *it*") == "<p>meanwhile <em>it</em></p>"
        assert asked.result().startswith("<pre>")


def test_what_fails_for_others_sake_is_not_kept(hurried: render._Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "## Rather _long_\n" * 100

    def no_process(most: int, prepare: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr("kb.processes.pool", no_process)
        with pytest.raises(HtmlNotMadeError, match="temporarily unavailable"):
            hurried.html(text)
    for _ in range(MOST_SLOW):
        hurried._slots.acquire()
    with pytest.raises(HtmlNotMadeError, match="other talks"):
        hurried.html(slow(9))
    assert hurried.html(text).startswith("<h2>Rather <em>long</em></h2>")
    for _ in range(MOST_SLOW):
        hurried._slots.release()
    assert hurried.html(slow(9)).startswith("<pre>")
