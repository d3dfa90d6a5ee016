"""kb.yaml: the user's last word, checked, and re-read with just the notes that it touches."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_
from hypothesis import strategies as st

from kb import answers, settings
from kb.index import open_index
from kb.ingest import ingest
from kb.records import Problem, Talk
from kb.roots import roots_of
from kb.schema import KEYS, example
from kb.service import checked
from kb.settings import Settings

NOTE = "# FooConf 2019\n\n## Queues ★★★\n**J. Doe**\nWe frob with Storm and Bazquxer.\n\n## Caches ★★\n**Jane Doe**\n\n## Remarks of mine ★\n**Tom Becker**\n\n## Swag\nsocks\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes" / "sub").mkdir(parents=True)
    (tmp_path / "notes" / "a.md").write_text(NOTE)
    (tmp_path / "notes" / "sub" / "b.md").write_text(NOTE)
    return tmp_path / "notes"


def talks(folder: Path) -> dict[str, Talk]:
    index = open_index(folder.parent / "index")
    ingest(index, [str(folder)])
    return {talk.id: talk for reading in index.snapshot().readings() for talk in reading.talks}


def tools(talk: Talk) -> list[str]:
    return [m.name for m in talk.mentions]


def test_tools(folder: Path) -> None:
    assert tools(talks(folder)["a/queues"]) == ["storm"]
    (folder / "kb.yaml").write_text("tools:\n  add: [Bazquxer]\n  ignore: [storm]\n  alias: {frob: Frobnicator}\n")
    assert tools(talks(folder)["a/queues"]) == ["frobnicator", "bazquxer"]
    assert tools(talks(folder)["sub-b/queues"]) == ["frobnicator", "bazquxer"]


def test_people(folder: Path) -> None:
    def speakers() -> set[str]:
        talks(folder)
        return set(open_index(folder.parent / "index").snapshot().ids("speaker"))

    assert speakers() == {"jane-doe", "tom-becker"}
    (folder / "kb.yaml").write_text("people:\n  different: [[J. Doe, Jane Doe]]\n")
    assert speakers() == {"j-doe", "jane-doe", "tom-becker"}
    (folder / "kb.yaml").write_text("people:\n  same: [[Thomas Becker, Tom Becker]]\n")
    assert speakers() == {"jane-doe", "thomas-becker"}


def test_event_date_and_talks_of_a_folder(folder: Path) -> None:
    (folder / "kb.yaml").write_text("event: FooConf\n")
    (folder / "sub" / "kb.yaml").write_text("date: 2019-05-03\ntalks:\n  are: [Swag]\n  not: [Remarks of mine]\n")
    found = talks(folder)
    assert [t.rpartition("/")[2] for t in found if t.startswith("sub-b/")] == ["queues", "caches", "swag"]
    assert {(t.event, t.date) for id, t in found.items() if id.startswith("a/")} == {("FooConf", "2019")}
    assert {(t.event, t.date) for id, t in found.items() if id.startswith("sub-b/")} == {("FooConf", "2019-05-03")}


def test_a_change_re_reads_just_the_notes_below(folder: Path) -> None:
    talks(folder)
    (folder / "sub" / "kb.yaml").write_text("event: BarConf\n")
    report = ingest(open_index(folder.parent / "index"))
    assert (report.changed, report.kept) == (("sub/b.md",), 1)
    (folder / "sub" / "kb.yaml").unlink()
    report = ingest(open_index(folder.parent / "index"))
    assert (report.changed, report.kept) == (("sub/b.md",), 1)


def problems_of(folder: Path) -> list[Problem]:
    """Returns the problems of the kb.yaml files, which `kb check` and an index report alike."""
    index = open_index(folder.parent / "index")
    ingest(index, [str(folder)])
    found = [p for p in index.snapshot().problems() if p.path.endswith("kb.yaml")]
    assert found == [p for p in checked(roots_of([str(folder)])) if p.path.endswith("kb.yaml")]
    return found


def said(folder: Path) -> list[tuple[int, str]]:
    found = problems_of(folder)
    assert {(p.path, p.code) for p in found} <= {("kb.yaml", "settings"), ("kb.yaml", "link_outside")}
    return [(p.line, p.message) for p in found]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("evnt: x", 1, "'evnt' is no setting; there are: event, date, tools, people, talks"),
        ("event: x\ntools: [a]", 2, "tools needs add, ignore, alias below it"),
        ("event: [a]", 1, "event needs a text"),
        ("event:", 1, "event needs a text"),
        ("tools:", 1, "tools needs add, ignore, alias below it"),
        ("\ntools:\n  ad: [x]", 3, "tools has no 'ad'; there are: add, ignore, alias"),
        ("tools:\n  add: {a: b}", 2, "tools.add needs a list of names"),
        ("tools:\n  add:\n  - storm\n  - [storm]", 4, "tools.add needs a list of names"),
        ("tools:\n  ignore:\n  - '***'", 3, "tools.ignore needs a list of names"),
        ("tools:\n  alias: [a]", 2, "tools.alias needs `spelling: name` lines"),
        ("tools:\n  alias:\n    '': x\n    storm: y", 3, "tools.alias needs `spelling: name` lines"),
        ("people:\n  same: [Jane]", 2, "people.same needs lists of two names or more"),
        ("people:\n  different:\n  - [J. Doe, Jane Doe]\n  - [Tom Becker]", 4, "people.different needs lists of two"),
        ("event: x\nevent: y", 2, "the key 'event' is repeated; what it says first counts"),
        ("talks: {not: [Swag], NOT: [Swag]}", 1, "the key 'NOT' is repeated"),
        ('event: "\\ud800"', 1, "half a character"),
        ("a: b: c", 1, "it is not read"),
        ("a: &x 1", 1, "anchors"),
        ("- a", 1, "it is not read"),
        ("event: x\ndate: yesterday", 2, "date needs a date such as 2019-05-03"),
        ("date: 20190503", 1, "date needs a date"),
        ("date: 2019-13-01", 1, "of the date '2019-13-01' just 2019 is read"),
        ("date: [2019]", 1, "date needs a date"),
    ],
)
def test_what_is_wrong_is_a_problem_with_its_line(folder: Path, text: str, line: int, message: str) -> None:
    (folder / "kb.yaml").write_text(text)
    found = [(at, what) for at, what in said(folder) if message in what]
    assert [at for at, _ in found] == [line], said(folder)
    assert len(talks(folder)) >= 6


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("talks:\n  are: [Swag]\n  not: [swag!]", 3, "'swag!' stands in talks.not, and on line 2 in talks.are"),
        ("tools:\n  ignore: [storm]\n  add: [Storm]", 3, "'Storm' stands in tools.add, and on line 2 in tools.ignore"),
        ("tools:\n  ignore: [storm]\n  alias:\n    storm: x", 4, "'storm' stands in tools.alias, and on line 2"),
        ("tools:\n  add: [frob]\n  alias: {frob: x}", 3, "'frob' stands in tools.alias, and on line 2 in tools.add"),
        ("tools:\n  alias:\n    storm: Storm", 3, "'storm' stands for 'Storm', which is the same name"),
        ("tools:\n  alias:\n    frob: storm\n    storm: x", 3, "'frob' stands for 'storm', which is another spelling"),
        ("tools:\n  alias:\n    frob: storm\n    storm: frob", 4, "'storm' stands for 'frob', which leads back to it"),
        ("tools:\n  alias: {frob: storm}\n  ignore: [storm]", 2, "'frob' stands for 'storm', which is in tools.ignore"),
        ("tools:\n  alias:\n    frøb: x\n    frob: y", 4, "tools.alias has 'frob' already, on line 3"),
        ("tools:\n  add:\n  - storm\n  - Storm", 4, "tools.add has 'Storm' already, on line 3"),
        ("talks:\n  not: [Swag, swag]", 2, "talks.not has 'swag' already"),
        ("people:\n  same:\n  - [Jane Doe, J. Doe]\n  - [J Doe, Tom Becker]", 4, "people.same has 'J Doe' already"),
        ("people:\n  same: [[Jane Doe, jane doe]]", 2, "people.same has 'jane doe' already"),
        ("people:\n  different: [[Jane Doe, Jané Doe]]", 2, "people.different has 'Jané Doe' twice"),
        (
            "people:\n  same: [[Jane Doe, J. Doe]]\n  different: [[J. Doe, Jane Doe]]",
            3,
            "tells 'J. Doe' from 'Jane Doe'",
        ),
        (
            "people:\n  different:\n  - [Tom Becker, Jane Doe]\n  same: [[Jane Doe, J. Doe], [J. Doe, Tom Becker]]",
            3,
            "people.different tells 'Tom Becker' from 'Jane Doe', people.same says they are one",
        ),
        ("event: FooConf 2019\ndate: 2018-05", 2, "the event says 2019 and the date 2018-05"),
    ],
)
def test_what_one_file_says_against_itself_is_a_problem(folder: Path, text: str, line: int, message: str) -> None:
    (folder / "kb.yaml").write_text(text)
    assert [at for at, what in said(folder) if message in what] == [line], said(folder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tools:\n  add: [frobnicate, Bazquxer]", [(2, "tools.add: no talk below names the tool 'frobnicate'")]),
        ("tools:\n  ignore:\n  - kafka\n  - storm", [(3, "tools.ignore: no talk below names the tool 'kafka'")]),
        ("tools:\n  alias:\n    frob: x\n    frobb: x", [(4, "tools.alias: no talk below names the tool 'frobb'")]),
        (
            "people:\n  same: [[Dr. Tom, Tom Becker, T. Beck]]",
            [(2, "people.same: no talk below names the speaker 'T. Beck'")],
        ),
        (
            "people:\n  different: [[J. Doe, Janet Doe]]",
            [(2, "people.different: no talk below names the speaker 'Janet Doe'")],
        ),
        (
            "talks:\n  are: [Swag]\n  not:\n  - Caches\n  - Cache",
            [(5, "talks.not: no note below has the heading 'Cache'")],
        ),
        (
            "event: FooConf\ndate: 3 May 2019\ntools:\n  add: [Swag, socks, bazquxer]\n  ignore: [Storm]",
            [(4, "Swag"), (4, "socks")],
        ),
    ],
)
def test_what_matches_nothing_below_is_a_problem(folder: Path, text: str, expected: list[tuple[int, str]]) -> None:
    (folder / "kb.yaml").write_text(text)
    found = said(folder)
    assert [line for line, _ in found] == [line for line, _ in expected]
    assert all(message in what for (_, message), (_, what) in zip(expected, found, strict=True)), found


def test_a_tool_that_is_ignored_by_its_name_may_be_spelt_otherwise(folder: Path) -> None:
    (folder / "c.md").write_text("# Pods ★★\n**Ann Lee**\nWe use k8s in production.\n")
    (folder / "kb.yaml").write_text("tools:\n  ignore: [kubernetes]\n")
    assert (said(folder), tools(talks(folder)["c/pods"])) == ([], [])


def test_a_date_is_read_as_in_front_matter(folder: Path) -> None:
    for text in ("3 May 2019", "2019/05/03", "May 3, 2019"):
        (folder / "kb.yaml").write_text(f"date: {text}\n")
        assert {talk.date for talk in talks(folder).values()} == {"2019-05-03"}


def test_what_a_deeper_file_says_counts_against_those_above(folder: Path) -> None:
    (folder / "kb.yaml").write_text(
        "tools: {ignore: [storm], add: [bazquxer], alias: {frob: foo}}\n"
        "people: {same: [[Jane Doe, J. Doe]], different: [[Tom Becker, Jane Doe]]}\ntalks: {not: [Queues]}\n"
    )
    (folder / "sub" / "kb.yaml").write_text(
        "tools: {add: [Storm], ignore: [Bazquxer], alias: {frob: Bar}}\n"
        "people: {different: [[Jane Doe, J. Doe]], same: [[Tom Becker, Jane Doe]]}\ntalks: {are: [Queues]}\n"
    )
    assert problems_of(folder) == []
    found = talks(folder)
    assert "a/queues" not in found
    assert set(tools(found["sub-b/queues"])) == {"storm", "bar"}
    who = {title: found[f"sub-b/{title}"].speakers[0].person for title in ("queues", "caches", "remarks-of-mine")}
    assert who == {"queues": "J. Doe", "caches": "Tom Becker", "remarks-of-mine": "Tom Becker"}


def test_lists_of_one_person_that_share_a_name_are_one(folder: Path) -> None:
    (folder / "kb.yaml").write_text("people:\n  same: [[Jane Doe, J. Doe], [Tom Becker, Jane Doe]]\n")
    assert {talk.speakers[0].person for talk in talks(folder).values()} == {"Tom Becker"}


def test_a_spelling_of_a_spelling_stands_for_what_that_does(folder: Path) -> None:
    (folder / "kb.yaml").write_text("tools: {alias: {storm: heron}}\n")
    (folder / "sub" / "kb.yaml").write_text("tools: {alias: {frob: storm}}\n")
    assert set(tools(talks(folder)["sub-b/queues"])) == {"heron"}


def test_a_link_that_leaves_the_notes_is_a_problem_and_not_read(folder: Path) -> None:
    (folder.parent / "other.yaml").write_text("event: Elsewhere\n")
    (folder / "kb.yaml").symlink_to(folder.parent / "other.yaml")
    assert said(folder) == [(1, "it is a link that leaves the notes folder")]
    assert {talk.event for talk in talks(folder).values()} == {"FooConf 2019"}
    (folder / "kb.yaml").unlink()
    (folder / "real.yaml").write_text("event: Here\n")
    (folder / "sub" / "kb.yaml").symlink_to(folder / "real.yaml")
    assert problems_of(folder) == []
    assert {talk.event for id, talk in talks(folder).items() if id.startswith("sub")} == {"Here"}


@pytest.mark.parametrize(
    ("data", "code"),
    [("event: Café".encode("latin-1"), "not_utf8"), (b"event: a\0b", "binary"), (b"#" * 2**21, "too_large")],
)
def test_a_file_that_is_no_utf8_text_is_a_problem(folder: Path, data: bytes, code: str) -> None:
    (folder / "kb.yaml").write_bytes(data)
    assert [p.code for p in problems_of(folder)] == [code]


def test_a_file_that_is_repaired_or_removed_has_no_problems_left(folder: Path) -> None:
    (folder / "kb.yaml").write_text("tools:\n  ignore: [kafka]\n")
    assert len(said(folder)) == 1
    (folder / "a.md").write_text(NOTE + "\n## Logs ★\n**Ann Lee**\nOn Kafka.\n")
    assert said(folder) == []
    (folder / "a.md").unlink()
    assert len(said(folder)) == 1
    (folder / "kb.yaml").unlink()
    report = ingest(open_index(folder.parent / "index"))
    assert (report.problems, report.removed) == ((), ())


def test_one_file_read_anew_leaves_open_what_the_others_have(folder: Path) -> None:
    (folder / "kb.yaml").write_text("talks:\n  are: [Swag]\n")
    index = open_index(folder.parent / "index")
    ingest(index, [str(folder)])
    (folder / "c.md").write_text(NOTE)
    ingest(index, [str(folder / "c.md")])
    assert index.snapshot().problems() == ()
    (folder / "kb.yaml").write_text("talks:\n  are: [Hats]\n")
    for name in ("c.md", "a.md"):
        (folder / name).write_text(NOTE + "\nMore.\n")
        ingest(index, [str(folder / name)])
        assert index.snapshot().problems() == ()  # The other notes may have such a heading.
    assert len(ingest(index).problems) == 1


notes_ = st.lists(
    st.sampled_from(["## Queues\n**J. Doe**\nOn Storm.\n", "## Caches ★\n**Jane Doe**\n", "## Swag\nfrob\n"])
)
lines_ = st.lists(
    st.sampled_from(
        [
            "event: FooConf 2018",
            "date: 3 May 2019",
            "date: yesterday",
            "tools: {add: [frob], ignore: [storm, kafka]}",
            "tools: {alias: {frob: storm}}",
            "people: {same: [[Jane Doe, J. Doe]]}",
            "people: {different: [[Jane Doe, J. Doe, Tom Becker]]}",
            "talks: {are: [Swag], not: [Queues]}",
            "talks: [",
        ]
    ),
    max_size=3,
)
edits = st.tuples(
    st.sampled_from(["a.md", "sub/b.md", "sub/c.md"]), st.none() | notes_.map("# FooConf 2019\n".join)
) | st.tuples(st.sampled_from(["kb.yaml", "sub/kb.yaml"]), st.none() | lines_.map("\n".join))


@settings_(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(edits, min_size=1, max_size=3), min_size=1, max_size=4), st.data())
def test_problems_are_those_of_a_rebuild_whatever_was_edited(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[str, str | None]]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("property") / "notes"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text(NOTE)
    index = open_index(folder.parent / "index")
    ingest(index, [str(folder)])
    for step in steps:
        for name, text in step:
            (folder / name).write_text(text) if text is not None else (folder / name).unlink(missing_ok=True)
        if len(step) == 1 and step[0][0].endswith(".md"):
            ingest(index, [str(folder / step[0][0])])
        else:
            ingest(index)
        assert list(index.snapshot().problems()) == checked(roots_of([str(folder)]))
    before = index.snapshot().problems()
    assert ingest(index, rebuild=True).problems == before


@settings_(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *KEYS,
                "tools",
                "people",
                "x",
                ":",
                "\n",
                "\n  ",
                " ",
                "- ",
                "[",
                "]",
                "{",
                "}",
                ", ",
                "a",
                "2019",
                "13",
                '"',
                r"\ud800",
            ]
        )
    )
)
def test_any_kb_yaml_is_read(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "kb.yaml").write_text("".join(words))
        found = settings.read(f"{folder}/kb.yaml", "kb.yaml", folder)
    answers.encode(found)
    assert found.date is None or re.fullmatch(r"\d{4}(-\d\d){0,2}", found.date)
    assert all(p.line >= 1 for p in found.problems)
    Settings(event="x", same=(("a", "b"),), alias=(("a", "b"),)).over(found).over(found)


def test_the_documentation_shows_every_key() -> None:
    documented = (Path(__file__).parent.parent / "docs" / "notes.md").read_text()
    assert f"```yaml\n{example()}\n```" in documented


def test_a_note_read_by_itself_has_the_settings_above_it(folder: Path) -> None:
    (folder / "kb.yaml").write_text("event: FooConf\n")
    assert settings.above(str(folder / "sub" / "b.md")).event == "FooConf"
