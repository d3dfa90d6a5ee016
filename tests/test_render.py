"""A talk's HTML: safe whatever it was written as, and bounded."""

from __future__ import annotations

import pytest

from kb.render import rendered


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


def test_what_takes_too_long_is_shown_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python-Markdown itself needs minutes for this; the guard against such text is taken away here."""
    import re

    monkeypatch.setattr("kb.render._RISKY", re.compile("(?!)"))
    monkeypatch.setattr("kb.render.MAX_DEPTH", 10**6)
    text = "<![" * 12_000 + "!"
    assert rendered(text).startswith(("<pre>", "<p>"))
    assert rendered("still *here*") == "<p>still <em>here</em></p>"
