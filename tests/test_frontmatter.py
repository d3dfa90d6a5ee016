"""Front matter: YAML as plain text, and what is read of it where it is no YAML; nothing that cannot be encoded."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.frontmatter import FrontMatter, split_front_matter
from kb.plainyaml import Fault, Node, RefusedError, read_mapping


def front(yaml: str) -> FrontMatter:
    return split_front_matter("a.md", ["---", *yaml.split("\n"), "---", "Notes."])[0]


def test_a_pair_of_surrogates_is_one_character() -> None:
    found = front(r'title: "\ud83d\ude80 Launching"')
    assert (found.text("title"), found.problems) == ("🚀 Launching", ())


@pytest.mark.parametrize("escape", [r"\ud800", r"\ude80\ud83d", r"\udfff\udfff", r"x\ud83d"])
def test_half_a_pair_of_surrogates_is_a_problem_with_its_line(escape: str) -> None:
    found = front(f'speaker: Jane\ntitle: "{escape} Launching"')
    title = found.text("title") or ""
    assert "Launching" in title
    assert title.encode()
    assert [(p.line, p.code) for p in found.problems] == [(3, "front_matter")]


@pytest.mark.parametrize("escape", [r"\e[2J", r"\x07", r"\0", r"\N", r"\x9b31m", r"\L"])
def test_an_escaped_control_character_is_a_space_and_a_problem(escape: str) -> None:
    found = front(f'title: "Caches{escape} and queues"')
    assert (found.text("title") or "").isprintable()
    assert [p.line for p in found.problems] == [2]


def test_an_escape_that_is_no_character_has_its_line() -> None:
    found = front('speaker: Jane\ntitle: "\\U00110000"')
    assert [p.line for p in found.problems] == [3]
    assert found.text("speaker") == "Jane"


def test_a_tab_after_a_colon_is_yaml() -> None:
    found = front("title:\tCaches\nspeaker:\t\tJane Doe\nurl: http://a:1")
    assert (found.values, found.problems) == (
        {"title": "Caches", "speaker": "Jane Doe", "url": "http://a:1"},
        (),
    )


def test_of_a_repeated_key_the_first_value_counts() -> None:
    found = front("title: Caches\ntags: a\ntags: {b: [c]}\nspeaker: Jane Doe")
    assert found.values == {"title": "Caches", "tags": "a", "speaker": "Jane Doe"}
    assert [(p.line, "'tags' is repeated" in p.message) for p in found.problems] == [(4, True)]


@pytest.mark.parametrize(
    ("bad", "key", "value"),
    [
        ("title: Caches: the hard parts", "title", "Caches: the hard parts"),
        ("handle: @jdoe", "handle", "@jdoe"),
        ("title: [WIP] Caches", "title", "[WIP] Caches"),
        ("title: 'Caches", "title", "'Caches"),
        ("title: `caches`", "title", "`caches`"),
        ("x: *y", "rating", "4"),
        ("x: &y 1\ny: *y", "rating", "4"),
        ("x: !!python/name:os.system ''", "rating", "4"),
        ("x: {a: [", "rating", "4"),
        ("x: \x1b[2J", "x", "[2J"),
    ],
)
def test_where_yaml_refuses_a_line_the_others_are_read(bad: str, key: str, value: str) -> None:
    found = front(f"speakers:\n- Jane Doe\n  - 'Tom Becker'\n{bad}\nrating: 4\ntags: [a, \"b c\"]\nrating: 1")
    assert found.texts("speakers") == ["Jane Doe", "Tom Becker"]
    assert found.texts("tags") == ["a", "b c"]
    assert found.text("rating") == "4"
    assert found.text(key) == value
    assert found.lines["speakers"] == 2
    assert [p.code for p in found.problems] == ["front_matter"]
    assert "only its `key: value` lines are read" in found.problems[0].message


escapes = st.sampled_from([r"\ud83d", r"\ude80", r"\0", r"\e", r"\x9b", r"\U00110000", r"\L", r"\uD800", "\\", r"\n"])
pieces = st.one_of(
    escapes,
    st.sampled_from(
        ["title: ", "date: ", '"', "'", "\n", "\t", "[", "]", "{", "}", ": ", "- ", "&a ", "*a", "|", "<<: "]
    ),
    st.text(string.printable, max_size=3),
    st.text(max_size=2),
)
sources = st.lists(pieces, max_size=30).map("".join)


def texts(node: Node) -> list[str]:
    if isinstance(node.value, str):
        return [node.value]
    inner = node.value if isinstance(node.value, list) else node.value.values()
    keys = list(node.value) if isinstance(node.value, dict) else []
    return keys + [text for one in inner for text in texts(one)]


@given(sources)
def test_any_yaml_is_refused_or_gives_texts_that_can_be_encoded(source: str) -> None:
    try:
        nodes, faults = read_mapping(source)
    except RefusedError as error:
        nodes, faults = {}, (Fault(error.line, error.why),)
    for text in texts(Node(0, nodes)):
        text.encode()
        assert not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) < 0xA0 for c in text)
    assert all(0 <= fault.line <= source.count("\n") + source.count("\r") for fault in faults)


@given(sources)
def test_any_front_matter_is_read(source: str) -> None:
    found = front(source.replace("\r", "\n"))
    for value in found.values.values():
        str(value).encode()
    assert all(2 <= p.line <= found.end_line for p in found.problems)
