"""Where a word means the software, and where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.extract import gazetteer, tools
from kb.outline import read_outline
from kb.words import fold


def found(text: str, names: tuple[str, ...] = ()) -> list[str]:
    outline = read_outline("a.md", text)
    return [m.name for m in tools.mentions(outline, [tools.Part(1, len(outline.lines), names)])[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- `top`/`htop`", ["top", "htop"]),
        ("`strace -tttT -p <pid>` is slow, `ps -ef f` is not", ["strace", "ps"]),
        ("```\n$ sudo tcpdump -i eth0 | grep -v ssh\n```", ["tcpdump", "grep"]),
        ("<pre>\n    perf record -F 99 -- sleep 30\n</pre>", ["perf"]),
        ("We moved from MySQL to PostgreSQL 9.6 and k8s.", ["mysql", "postgresql", "kubernetes"]),
        ("unixbench, lmbench, sysbench", ["unixbench", "lmbench", "sysbench"]),
        ("fio --name=seqwrite --rw=write", ["fio"]),
        ("See [Bazqux](https://github.com/acme/bazqux).", ["bazqux"]),
        ("`frobnicate --all -v` mends it", ["frobnicate"]),
        ("written with react.js and d3.js", ["react", "d3"]),
        ("we use Storm on top of Kafka", ["storm", "kafka"]),
        ("Puppet, Chef and Ansible", ["puppet", "chef", "ansible"]),
    ],
)
def test_tools(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "At the top of the list, feel free to go there with less.",
        "It was a storm of alerts. Make sure that you rest.",
        "We take a stylus and draw; this may spark interest.",
        "Express yourself swiftly, the chef said to the puppet.",
        "Use `navigator.online`, `innodb_log_file_size` and `/etc/hosts`.",
        "The vault was locked, the consul had no notion of it, and we zoom in with a dash of slack.",
        "In a word, teams excel at access.",
        "```js\nself.addEventListener('fetch', function(e) { top() });\n```",
        "http://redis.io/docs and mailto nginx@example.com",
    ],
)
def test_ordinary_words_are_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It breaks in IE and in Fire Fox.", ["internet explorer", "firefox"]),
        ("We moved to code deploy, CodeDeploy.", ["codedeploy"]),
        ("Data lands in Amazon S3 and AWS Kinesis.", ["s3", "kinesis"]),
        ("a Kafka-based, AWS-centric design", ["kafka", "aws"]),
        ("written in Redux.js", ["redux"]),
    ],
)
def test_other_spellings_lead_to_one_name(text: str, expected: list[str]) -> None:
    assert sorted(set(found(text))) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bazqux writes to FrobDB.", ["frobdb"]),
        ("We render it using FrobMeister now.", ["frobmeister"]),
        ("the FrobMeister library", ["frobmeister"]),
        ("- frobnicate-cli", ["frobnicate-cli"]),
        ("FrobMeister came on stage, NoSQL was named, McGuffin and PyConBaz too.", []),
        ("An outline of the tables, the stack and a golden gate", []),
    ],
)
def test_unknown_names_count_by_shape_and_by_company(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_a_word_besides_counts_beside_what_only_software_has() -> None:
    assert found("how to test a react application") == ["react"]
    assert found("how they react when an application fails") == []


def test_speakers_and_companies_are_none() -> None:
    assert found("**Kate Hudson, MongoDB**\nHudson said so.", ("Kate Hudson", "MongoDB")) == []


def test_places_are_exact() -> None:
    outline = read_outline("a.md", "# T\nÄh: `strace -f` and nginx")
    places = [(m.line, m.column, m.text) for m in tools.mentions(outline, [tools.Part(1, 2)])[0]]
    assert places == [(2, 6, "strace"), (2, 21, "nginx")]


def test_spellings() -> None:
    assert gazetteer.canonical("K8S") == "kubernetes"
    assert gazetteer.canonical("no such tool") is None
    assert "k8s" in gazetteer.aliases("kubernetes")


def test_every_entry_is_reachable_by_its_name() -> None:
    rows = [
        line.split("\t") for line in (Path(gazetteer.__file__).parent / "gazetteer.tsv").read_text().splitlines()[1:]
    ]
    for spelling, name, _, needs in rows:
        assert fold(spelling) == spelling
        assert gazetteer.canonical(spelling) == (name or spelling)
        assert gazetteer.canonical(name or spelling) == (name or spelling)
        assert needs in ("-", "capital", "word", "code")


@settings(deadline=None, max_examples=100)
@given(
    st.text()
    | st.lists(st.sampled_from(["`", "strace", "[", "](", ")", "http://", "-x", "|", "$", "Go", ","]), max_size=30).map(
        " ".join
    )
)
def test_any_text_is_read(text: str) -> None:
    found(text)
