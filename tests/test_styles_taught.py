"""Styles that the user teaches kb: templates, how notes are read by them, and single talks put right."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb import answers
from kb.catalogue import catalogue
from kb.extract.note import read_note
from kb.extract.styles import by_example, learned, unlike
from kb.index import open_index
from kb.ingest import ingest
from kb.notes import File
from kb.notes import read as read_file
from kb.outline import read_outline
from kb.records import Reading
from kb.roots import roots_of
from kb.service import checked
from kb.settings import Settings
from kb.settings import read as read_settings
from kb.styles import FIELDS, StyleError, read_style


def settings(folder: Path, text: str) -> Settings:
    (folder / "kb.yaml").write_text(text, encoding="utf-8")
    return read_settings(str(folder / "kb.yaml"), "kb.yaml")


def taught(*styles: str) -> Settings:
    return Settings(style=tuple(map(read_style, styles)))


def talks(text: str, *styles: str) -> list[tuple[object, ...]]:
    """Returns line, title, speakers and mark of the talks that templates read."""
    return _told(read_note("a.md", text, settings=taught(*styles)))


def _told(reading: Reading) -> list[tuple[object, ...]]:
    return [
        (t.source.line, t.title, [p.name for p in t.speakers], t.rating.value if t.rating else None)
        for t in reading.talks
    ]


NOTHING: list[str] = []
READ = [
    ("# Day\n\n## One\n\nx\n\n## Two ★★★\n", "## {title}", [(3, "One", NOTHING, None), (7, "Two", NOTHING, 3.0)]),
    ("One\n---\n\nx\n\nTwo\n---\n", "## {title}", [(1, "One", NOTHING, None), (6, "Two", NOTHING, None)]),
    ("## A - b – jane doe\n", "## {title} - {speaker}", [(1, "A - b", ["jane doe"], None)]),
    ("## jane - A - b\n", "## {speaker} - {title}", [(1, "A - b", ["jane"], None)]),
    ("## A (Jane Doe (Acme))\n", "## {title} ({speaker})", [(1, "A", ["Jane Doe"], None)]),
    ("## A\tJane Doe\n", "## {title}{tab}{speaker}", [(1, "A", ["Jane Doe"], None)]),
    ("## A b   Jane Doe\n", "## {title}  {speaker}", [(1, "A b", ["Jane Doe"], None)]),
    ("**One**\n\nx\n\nTwo\n", "**{title}**", [(1, "One", NOTHING, None)]),
    ("- One: x\n  - Two\n- Three\n", "- {title}", [(1, "One: x", NOTHING, None), (3, "Three", NOTHING, None)]),
    ("- Day\n  - Two\n  - Three\n", "  - {title}", [(2, "Two", NOTHING, None), (3, "Three", NOTHING, None)]),
    ("1. One\n2. Two\n\n- x\n", "1. {title}", [(1, "One", NOTHING, None), (2, "Two", NOTHING, None)]),
    (
        "| a | b | c |\n|-|-|-|\n| One | Jane Doe | 4 |\n| Two | | |\n",
        "| {title} | {speaker} | {rating} |",
        [(3, "One", ["Jane Doe"], 4.0), (4, "Two", NOTHING, None)],
    ),
    ("Talk: One\nnotes\n\nRemark: none\n", "Talk: {title}", [(1, "One", NOTHING, None)]),
    ("One, jane\nx, y\n\nrest\n", "{title}, {speaker}", [(1, "One", ["jane"], None)]),
    ("# One\n\n# Two\n\nx\n", "file: # {title}", [(1, "One", NOTHING, None)]),
    ("---\ntitle: One\nby: jane\n---\n# Two\n", "file: title: {title}", [(2, "One", NOTHING, None)]),
    ("## 09:30 A. One [4/5]\n", "## {time} {number}. {title} [{rating}]", [(1, "One", NOTHING, 4.0)]),
    (
        "## One\n\nScore 4/5\n*jane doe*\n\n## Two\n\n*joe*\n",
        "## {title}\nScore {rating}\n*{speaker}*",
        [(1, "One", ["jane doe"], 4.0), (6, "Two", ["joe"], None)],
    ),
    ("```\n## None\n```\n\n## One\n", "## {title}", [(5, "One", NOTHING, None)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "style", "expected"), READ)
def test_a_template_reads_the_lines_that_it_shows_and_no_others(
    text: str, style: str, expected: list[tuple[object, ...]]
) -> None:
    assert talks(text, style) == expected


def test_the_first_template_that_a_line_fits_reads_it() -> None:
    text = "## One - Jane Doe\n\n## Two\n\n## Lunch\n"
    both = [(1, "One", ["Jane Doe"], None), (3, "Two", NOTHING, None), (5, "Lunch", NOTHING, None)]
    assert talks(text, "## {title} - {speaker}", "## {title}") == both
    assert talks(text, "## {title} - {speaker}") == both[:1]


def test_a_note_without_any_such_line_has_no_talk() -> None:
    read = read_note("a.md", "## One ★★★\n", settings=taught("- {title}", "file: # {title}"))
    assert read.talks == ()
    assert [p.code for p in read.problems] == ["no_talks"]


def test_what_a_template_does_not_say_is_read_below_by_the_ordinary_rules() -> None:
    text = "## One - two\n\nSpeaker: Jane Doe (@jdoe), Acme\n\nRating: 4/5\n"
    assert talks(text, "## {title}") == [(1, "One - two", ["Jane Doe"], 4.0)]


def test_company_handle_and_date_are_the_talks_own() -> None:
    said = taught("## {title} - {speaker}, {company} (@{handle}), {date}")
    (talk,) = read_note("a.md", "## One - jane doe, Acme (@jd), 3 May 2019\n", settings=said).talks
    assert [(p.name, p.affiliation, p.handle) for p in talk.speakers] == [("jane doe", "Acme", "jd")]
    assert talk.date == "2019-05-03"


def test_a_taught_talk_ends_at_the_next_one_or_a_heading_as_high_but_not_at_its_sections() -> None:
    text = "# Day\n## One\n**Bold**\n### Notes\nx\n## Q&A\nx\n## Other\n\n## Two\nx\n# Day 2\nx\n"
    read = read_note("a.md", text, settings=taught("## {title}"))
    assert [(t.title, t.source.line, t.source.end_line) for t in read.talks][-1] == ("Two", 10, 11)
    one = read_note("a.md", text, settings=taught("## {title}ne", "## {title}o"))
    assert [(t.source.line, t.source.end_line) for t in one.talks] == [(2, 7), (10, 11)]
    assert [d.reasons for d in one.decisions if d.is_talk] == [("by the style of kb.yaml",)] * 2


def test_a_heading_that_is_said_to_be_a_talk_is_one_beside_the_style(tmp_path: Path) -> None:
    said = settings(tmp_path, 'style: "## {title}"\ntalks: {are: [Hallway], not: [Lunch]}\n')
    read = read_note("a.md", "# Hallway\n\n## One\n\n## Lunch\n", settings=said)
    assert [t.title for t in read.talks] == ["Hallway", "One"]


part = st.one_of(st.sampled_from([" - ", ": ", " (", ") ", ", ", "  ", "{tab}", " by ", "|", "**"]))


@given(st.permutations([f for f in FIELDS if f not in ("title", "_")]), st.lists(part, min_size=4, max_size=4),
       st.sampled_from(["# ", "### ", "- ", "  - ", "1. ", "| ", "", "file: # "]))  # fmt: skip
def test_a_template_prints_itself_back(names: list[str], signs: list[str], marker: str) -> None:
    text = marker + "{title}" + "".join(f"{sign}{{{name}}}" for sign, name in zip(signs, names, strict=False))
    try:
        style = read_style(text)
    except StyleError:
        return
    assert read_style(str(style)) == style
    assert str(read_style(str(style))) == str(style)


@pytest.mark.parametrize(
    ("style", "why"),
    [
        ('"## {titel}"', "there is no field {titel}; there are: {title}"),
        ('"## {speaker}"', "its first line has no {title}"),
        ('"## {title}, {title}"', "it has {title} twice"),
        ('"## {title}\\n{title}"', "it has {title} twice"),
        ('"## {title}{speaker}"', "nothing stands between {title} and {speaker}"),
        ("## {title}", "needs a template in quotes"),
        ("[{title: x}]", "needs a template in quotes"),
    ],
)
def test_what_is_no_template_is_a_problem_at_its_line(tmp_path: Path, style: str, why: str) -> None:
    said = settings(tmp_path, f"event: FooConf\nstyle: {style}\n")
    assert [(p.line, why in p.message) for p in said.problems] == [(2, True)], said.problems
    assert said.style == ()


def test_the_deeper_style_counts_and_one_that_no_line_has_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for folder in ("", "sub/"):
        (tmp_path / folder / "a.md").write_text("## One\n\n### Two\n")
    (tmp_path / "kb.yaml").write_text('style: ["## {title}", "## {title} by {speaker}"]\n')
    (tmp_path / "sub" / "kb.yaml").write_text('style: "### {title}"\n')
    (problem,) = checked(roots_of([str(tmp_path)]))
    assert str(problem) == "kb.yaml:1: style: no line of the notes below is like '## {title} by {speaker}'"
    index = open_index(tmp_path.parent / f"{tmp_path.name}-index")
    ingest(index, [str(tmp_path)])
    assert [t.title for r in index.snapshot().readings() for t in r.talks] == ["One", "Two"]
    (tmp_path / "sub" / "kb.yaml").unlink()
    ingest(index)
    assert [t.title for r in index.snapshot().readings() for t in r.talks] == ["One", "One"]


FIX = """fix:
  Cahces:
    title: Caches
    speakers: ["Jane Doe (Acme) @jdoe", Joe Roe]
    rating: 8/10
    event: FooConf
    date: 3 May 2019
  line 5: {speakers: none, rating: none}
"""


def test_single_talks_are_put_right_by_title_or_line(tmp_path: Path) -> None:
    text = "## Cahces ★\n\nx\n\n## Other - Max Poe ★★\n\nx\n"
    one, other = read_note("a.md", text, settings=settings(tmp_path, FIX)).talks
    assert [(p.name, p.affiliation, p.handle) for p in one.speakers] == [
        ("Jane Doe", "Acme", "jdoe"),
        ("Joe Roe", None, None),
    ]
    assert (one.title, one.rating and one.rating.value, one.event, one.date) == ("Caches", 4.0, "FooConf", "2019-05-03")
    assert (one.id, other.title, other.speakers, other.rating) == ("a/caches", "Other", (), None)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("fix: x", 1, "needs titles"),
        ("fix:\n  One:\n    tilte: x", 3, "has no 'tilte'; there are: title, speakers, rating, event, date"),
        ("fix:\n  One: x", 2, "needs title, speakers, rating, event, date below 'One'"),
        ("fix:\n  One: {rating: 7}", 2, "rating needs a number out of 5"),
        ("fix:\n  One: {date: soon}", 2, "date needs a date"),
        ("fix:\n  One: {title: [x]}", 2, "title needs a text"),
    ],
)
def test_a_correction_that_cannot_be_read_is_a_problem(tmp_path: Path, text: str, line: int, why: str) -> None:
    assert [(p.line, why in p.message) for p in settings(tmp_path, text).problems] == [(line, True)]


def test_a_correction_of_no_talk_is_a_problem_and_one_that_changes_the_title_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("## One ★★\n\n## Two ★\n")
    (tmp_path / "kb.yaml").write_text("fix:\n  one: {title: Eins}\n  Three: {rating: 3}\n  line 3: {rating: 3}\n")
    (problem,) = checked(roots_of([str(tmp_path)]))
    assert str(problem) == "kb.yaml:3: fix: no note below has the talk 'Three'"


TAUGHT: dict[str, str] = yaml.safe_load((Path(__file__).parent / "taught.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(TAUGHT))
def test_real_notes_that_are_misread_are_handled_once_taught(real_notes: Path, tmp_path: Path, name: str) -> None:
    spec = importlib.util.spec_from_file_location("score", real_notes / "score.py")
    assert spec
    assert spec.loader
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    label = yaml.safe_load((real_notes / "gold" / f"{name}.yaml").read_text(encoding="utf-8"))
    said = settings(tmp_path, TAUGHT[name])
    assert said.problems == ()
    text = read_file(File("a.md", str(real_notes / label["file"]), 0, 0)).text
    reading = read_note(label["file"], text or "", settings=said)
    read = json.loads(answers.encode(answers.parsed(reading, catalogue(reading.talks), ())))
    count, misses = score.score_note(read, label)
    assert score.handled(count), misses


def found(folder: Path, text: str) -> Settings:
    """Returns the settings that the style found in a note comes to, read back from a kb.yaml."""
    outline = read_outline("a.md", text)
    return settings(folder, str(learned(outline, "a.md", Settings())))


NOTES = [
    "# FooConf\n\n## One - Jane Doe, Acme\n\nx\n\n## Two - Joe Roe\n\nx\n\n## Lunch\n\n## Q&A\n",
    "## One ★★★\n**Jane Doe**\n\nx\n\n## Two ★★\n**Joe Roe**\n\n### Notes\n",
    "## One (Jane Doe, Acme) ★★★\n\nx\n\n## Two (Joe Roe) ★★\n",
    "# Jane Doe: One thing\n\nx\n\n# Joe Roe: Two things\n\n# Mary Major: Three\n",
    "---\ntitle: One\nspeaker: Jane Doe\n---\n\n## Notes\n\nx\n",
    "# One\n\nSpeaker: Jane Doe\n\nx\n\n## Questions\n",
    "- One - Jane Doe, Acme\n  - x\n- Two - Joe Roe, Initech\n- Three - Mary Major, Acme\n",
    "| Talk | Speaker | Rating |\n|-|-|-|\n| One | Jane Doe | 4 |\n| Two | Joe Roe | 3 |\n| Lunch | | |\n",
    "## One {with} braces - Jane Doe\n\n## Two {title} - Joe Roe\n",
]


@pytest.mark.parametrize("text", NOTES)
def test_the_style_found_in_a_note_reads_it_as_it_was(tmp_path: Path, text: str) -> None:
    said = found(tmp_path, text)
    assert said.problems == ()
    assert said.style
    was, now = read_note("a.md", text), read_note("a.md", text, settings=said)
    assert len(was.talks) >= 1
    assert _told(now) == _told(was)


def test_the_style_found_in_a_real_note_reads_it_as_it_was(real_notes: Path, tmp_path: Path) -> None:
    labels = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((real_notes / "gold").glob("*.yaml"))]
    held = 0
    for label in labels:
        text = read_file(File("a.md", str(real_notes / label["file"]), 0, 0)).text or ""
        was, now = read_note("a.md", text), read_note("a.md", text, settings=found(tmp_path, text))
        held += _told(now) == _told(was)
    assert held >= 0.95 * len(labels)


def test_one_line_put_right_gives_the_style_of_all() -> None:
    text = "### [Keynote] A - b - Jane Doe - 2 of 3:\n\nx\n\n### [Talk] C - joe - 3 of 3:\n\n### [Other]:\n"
    outline = read_outline("a.md", text)
    style = by_example(outline, 1, {"title": "A - b", "speaker": "Jane Doe"})
    assert str(style) == "### [{tag}] {title} - {speaker} - 2 of 3:"
    style = by_example(outline, 1, {"title": "A - b", "speaker": "Jane Doe", "rating": "2"})
    assert talks(text, str(style)) == [(1, "A - b", ["Jane Doe"], 2.0), (5, "C", ["joe"], 3.0)]
    assert [block.line for block in unlike(outline, style)] == [7]


def test_an_example_may_say_what_stands_below_the_title() -> None:
    text = "## One\n\nmark: 4\n*jane*\n\n## Two\n\nmark: 3\n*joe*\n"
    style = by_example(read_outline("a.md", text), 1, {"title": "One", "speaker": "jane", "rating": "4"})
    assert talks(text, str(style)) == [(1, "One", ["jane"], 4.0), (6, "Two", ["joe"], 3.0)]


@pytest.mark.parametrize(
    ("line", "values", "why"),
    [
        (1, {"titel": "One"}, "there is no field 'titel'"),
        (1, {"speaker": "jane"}, "it needs the title"),
        (1, {"title": "Two"}, "line 1 does not have the title 'Two'"),
        (2, {"title": "One"}, "line 2 is no heading, item, row or text"),
        (1, {"title": "One", "speaker": "Max"}, "neither line 1 nor the lines below it have the speaker 'Max'"),
    ],
)
def test_an_example_that_the_note_does_not_have_is_told(line: int, values: dict[str, str], why: str) -> None:
    with pytest.raises(StyleError, match=re.escape(why)):
        by_example(read_outline("a.md", "## One\n\n*jane*\n"), line, values)
