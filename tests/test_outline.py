from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from kb.outline import Outline, cells_of, plain, read_outline, references
from kb.plainyaml import MAX_BYTES, MAX_DEPTH


def outline(text: str) -> Outline:
    return read_outline("note.md", text)


def shape(text: str) -> list[tuple[str, int, int, int]]:
    return [(b.kind, b.line, b.end_line, b.level) for b in outline(text).blocks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n## B ##\n###C", [("heading", 1, 1, 1), ("heading", 2, 2, 2), ("heading", 3, 3, 3)]),
        ("A\n=\nB\n---\n", [("heading", 1, 2, 1), ("heading", 3, 4, 2)]),
        ("####### no\n#!sh", [("paragraph", 1, 2, 0)]),
        ("```\n# no\n```\n# yes", [("code", 1, 3, 0), ("heading", 4, 4, 1)]),
        ("~~~~\n~~~\n# no\n~~~~", [("code", 1, 4, 0)]),
        ("<pre>\n# no\n\n- no\n</pre>\n# yes", [("html", 1, 5, 0), ("heading", 6, 6, 1)]),
        ("<!-- a\n# no\n-->\n# yes", [("html", 1, 3, 0), ("heading", 4, 4, 1)]),
        ("- a\n  - b\n- c", [("item", 1, 1, 0), ("item", 2, 2, 1), ("item", 3, 3, 0)]),
        ("a\n\n    code\n\n    more\n\nb", [("paragraph", 1, 1, 0), ("code", 3, 5, 0), ("paragraph", 7, 7, 0)]),
        ("a | b\n--|--\n1 | 2", [("row", 1, 1, 0), ("row", 3, 3, 1)]),
        ("text\n\n***\n[x]: http://a.b", [("paragraph", 1, 1, 0), ("rule", 3, 3, 0), ("definition", 4, 4, 0)]),
    ],
)
def test_blocks(text: str, expected: list[tuple[str, int, int, int]]) -> None:
    assert shape(text) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_alike(end: str) -> None:
    text = "# A\n\nsome\ntext \u2028 here\x0b\n\n- item\n"
    assert outline(text.replace("\n", end)) == outline(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Ada** _Lovelace_<br>★", "Ada Lovelace\n★"),
        ("[`kb`](http://a.b/c_(d)) and ![pic](x.png)", "kb and pic"),
        ("a\\*b &amp; <span id='x'>c</span> {#id}", "a*b & c"),
        ("snake_case_word *x*", "snake_case_word x"),
        ("[text][ref]", "text"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_cells() -> None:
    assert cells_of("| a | `b|c` | d\\|e | |") == ("a", "`b|c`", "d\\|e", "")


def test_references() -> None:
    text = "see [slides](http://a.b/s), [code][1] and https://c.d/e.\n\n[1]: http://f.g"
    found = [(r.line, r.column, r.text, r.url) for r in references(outline(text), 1, 3)]
    assert found == [
        (1, 5, "slides", "http://a.b/s"),
        (1, 29, "code", "http://f.g"),
        (1, 43, "", "https://c.d/e"),
        (3, 6, "", "http://f.g"),
    ]


def test_front_matter_is_text_throughout() -> None:
    front = outline("---\ntitle: no\nversion: 1.10\nat: 1:59:59\nSpeakers: [A, {name: B}]\n---\n# T").front
    assert front.values["title"] == "no"
    assert front.values["version"] == "1.10"
    assert front.values["at"] == "1:59:59"
    assert front.texts("speakers") == ["A", "B"]
    assert front.lines["speakers"] == 5
    assert not front.problems


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        ("a: &x 1\nb: *x", 2),
        ("a: 1\nb: !!python/object:os.system x", 3),
        ("a: 1\na: 2", 3),
        ("a: {<<: {b: 1}}", 2),
        ("a: " + "[" * (MAX_DEPTH + 1), 2),
        ("a: b: c", 2),
        ("a: '" + "x" * MAX_BYTES + "'", 2),
        ("a: [" + "1," * 10_001 + "]", 2),
        ("? [a]\n: b", 2),
        ("- a: 1", 2),
    ],
)
def test_bad_front_matter_is_a_problem_with_its_line(yaml: str, line: int) -> None:
    front = outline(f"---\n{yaml}\n---\n# T").front
    assert [(p.line, p.code) for p in front.problems] == [(line, "front_matter")]
    assert front.end_line == yaml.count("\n") + 3


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert shape("---\n# A\n---")[0] == ("rule", 1, 1, 0)


# Held against markdown-it-py on CommonMark: the same headings, fences and code at the same lines.

pieces = st.sampled_from(
    [
        "# A",
        "## B ##",
        "text",
        "",
        "",
        "* item",
        "- item",
        "1. one",
        "```",
        "~~~",
        "    code",
        "***",
        "<pre>\n# A\n</pre>",
        "> q",
        "A\n===",
        "B\n---",
        "`x`",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(pieces, max_size=8))
def test_headings_and_fences_are_commonmarks(lines: list[str]) -> None:
    # Within lists and quotes CommonMark nests blocks, which an outline of a note does not follow.
    if any(line[:1] in "*-1>" and line for line in lines):
        lines = [line for line in lines if line[:1] not in "*-1>" or not line]
    text = "\n".join(lines)
    expected = [
        (t.tag if t.type == "heading_open" else "code", t.map[0] + 1, t.map[1])
        for t in MarkdownIt("commonmark").parse(text)
        if t.map and t.level == 0 and t.type in ("heading_open", "fence")
    ]
    read = outline(text)
    if read.unclosed:  # Such a fence ends before the next heading here, so that it swallows no talk.
        return
    found = [
        (f"h{b.level}" if b.kind == "heading" else "code", b.line, b.end_line)
        for b in read.blocks
        if b.kind == "heading" or (b.kind == "code" and b.text.lstrip()[:3] in ("```", "~~~"))
    ]
    assert found == expected


@settings(deadline=None, max_examples=100)
@given(st.text() | st.text(alphabet="#-*_`~>|[]()<!=: \n\r\t1.ab", max_size=80))
def test_any_text_has_an_outline_whose_lines_lie_in_it(text: str) -> None:
    read = outline(text)
    end = 0
    for block in read.blocks:
        assert end < block.line <= block.end_line <= len(read.lines)
        end = block.end_line if block.kind != "heading" else block.line
        plain(block.text)
    list(references(read, 1, len(read.lines)))
