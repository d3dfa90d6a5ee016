"""Notes in many people's habits, and the talks that stand in them."""

from __future__ import annotations

import unicodedata
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.extract import ratings, speakers
from kb.extract.note import read_note
from kb.records import Reading, Talk
from kb.words import terms


def read(text: str, path: str = "conf-2019/notes.md") -> Reading:
    return read_note(path, dedent(text).lstrip("\n"))


def told(talk: Talk) -> tuple[int, str, list[str], float | None]:
    people = [
        " ".join(filter(None, [p.name, p.affiliation and f"({p.affiliation})", p.handle and f"@{p.handle}"]))
        for p in talk.speakers
    ]
    return talk.source.line, talk.title, people, talk.rating.value if talk.rating else None


HABITS = {
    "stars in the heading, speaker below in bold": (
        """
        # FooConf 2019
        ## Caching at the edge<br>★★★★☆
        **Maria Lopez, Initech**

        ### Notes
        Some.

        ## Queues & how to drain them ★★☆☆☆
        **Tom Becker & Ana Silva, Acme Labs**
        """,
        [
            (2, "Caching at the edge", ["Maria Lopez (Initech)"], 4),
            (8, "Queues & how to drain them", ["Tom Becker (Acme Labs)", "Ana Silva (Acme Labs)"], 2),
        ],
    ),
    "speaker after a dash, days between, breaks": (
        """
        # BarCon
        ## Day 1
        ### Zero to one - Maria Lopez (@mlopez)
        ### Lunch
        ### Deploys on Friday – Tom Becker, Initech
        ## Day 2
        ### Keynote: Why we test | Ana Silva
        Words.
        ### Closing
        """,
        [
            (3, "Zero to one", ["Maria Lopez @mlopez"], None),
            (5, "Deploys on Friday", ["Tom Becker (Initech)"], None),
            (7, "Keynote: Why we test", ["Ana Silva"], None),
        ],
    ),
    "one talk a file, labelled lines": (
        """
        # Draining queues without tears

        Speaker: Tom Becker (@tbecker), Acme
        Rating: 3.5/5

        ## Background
        ## Q&A
        """,
        [(1, "Draining queues without tears", ["Tom Becker (Acme) @tbecker"], 3.5)],
    ),
    "front matter": (
        """
        ---
        title: "Draining queues: a memoir"
        speakers:
          - Tom Becker
          - name: Ana Silva
        company: Acme
        rating: 8/10
        ---
        ## Part one
        Words.
        """,
        [(2, "Draining queues: a memoir", ["Tom Becker (Acme)", "Ana Silva (Acme)"], 4)],
    ),
    "by, in a sub-heading, verdict at the end": (
        """
        # Draining queues
        ### by Tom Becker, Director of Engineering at Acme

        * one
        * two

        ### Verdict
        ★★★ good
        """,
        [(1, "Draining queues", ["Tom Becker (Acme)"], 3)],
    ),
    "a table": (
        """
        # BazCon 2018

        | Talk | Speaker | Rating |
        |---|---|---|
        | Zero to one | Maria Lopez, Initech | 4/5 |
        | Lunch | | |
        | Draining queues | Tom Becker | |
        """,
        [(5, "Zero to one", ["Maria Lopez (Initech)"], 4), (7, "Draining queues", ["Tom Becker"], None)],
    ),
    "a list": (
        """
        BazCon 2018

        - Zero to one
          - Maria Lopez, Initech
          - 4 stars
        - Draining queues
          - Tom Becker
          - 3 stars
        """,
        [(3, "Zero to one", ["Maria Lopez (Initech)"], 4), (6, "Draining queues", ["Tom Becker"], 3)],
    ),
    "speaker first, with a colon, in French": (
        """
        # Journées du Nord 2018
        ## Stéphane Durand (OVH) : Mesurer la latence
        Note : 4/5
        ## Pause déjeuner
        ## Nicolas Petit et Anne Roy (Logilab) : Des files d'attente
        """,
        [
            (2, "Mesurer la latence", ["Stéphane Durand (OVH)"], 4),
            (5, "Des files d'attente", ["Nicolas Petit (Logilab)", "Anne Roy (Logilab)"], None),
        ],
    ),
    "a legend of the scale is no rating": (
        """
        # FooConf 2019
        Legend: ★ meh, ★★★ good, ★★★★★ superb
        ## Zero to one ★★★
        *Maria Lopez*
        ## Draining queues
        *Tom Becker*
        """,
        [(3, "Zero to one", ["Maria Lopez"], 3), (5, "Draining queues", ["Tom Becker"], None)],
    ),
    "stray line above a heading": (
        """
        ## Zero to one ★★★
        **Maria Lopez**
        Words.

        Talk by Initech
        ## Draining queues ★★
        **Tom Becker, Initech**
        """,
        [(1, "Zero to one", ["Maria Lopez"], 3), (6, "Draining queues", ["Tom Becker (Initech)"], 2)],
    ),
}


@pytest.mark.parametrize("habit", HABITS)
def test_habits(habit: str) -> None:
    text, expected = HABITS[habit]
    assert [told(talk) for talk in read(text).talks] == expected


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("change", ["crlf", "cr", "nfd"])
def test_the_same_records_from_other_line_ends_and_forms(habit: str, change: str) -> None:
    text = dedent(HABITS[habit][0]).lstrip("\n")
    other = {
        "crlf": text.replace("\n", "\r\n"),
        "cr": text.replace("\n", "\r"),
        "nfd": unicodedata.normalize("NFD", text),
    }[change]
    expected = [told(talk) for talk in read_note("a.md", text).talks]
    found = [told(talk) for talk in read_note("a.md", other).talks]
    folded = [
        (a, unicodedata.normalize("NFC", b), [unicodedata.normalize("NFC", p) for p in c], d) for a, b, c, d in found
    ]
    assert folded == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "# My notes\n\nSee the folders.\n\n## License\nMIT\n"),
        ("glossary.md", "# Glossary\n\n- SLO: a promise\n"),
        ("empty.md", ""),
        ("blank.md", "\n \n"),
    ],
)
def test_no_notes_of_talks(path: str, text: str) -> None:
    reading = read_note(path, text)
    assert reading.talks == ()
    assert [p.code for p in reading.problems] == ["no_talks" if text.strip() else "empty_note"]


def test_talks_end_where_the_next_heading_that_is_not_theirs_begins() -> None:
    reading = read("# C 2019\n## A ★★\n**Maria Lopez**\nx\n\n## Lunch\nsoup\n## B ★★★\n**Tom Becker**\n")
    assert [(t.source.line, t.source.end_line) for t in reading.talks] == [(2, 5), (8, 9)]


def test_repeated_titles_get_numbers() -> None:
    reading = read("# C 2019\n## A ★★\n## A ★\n## A ★★★\n", "c.md")
    assert [t.id for t in reading.talks] == ["c/a", "c/a-2", "c/a-3"]


@pytest.mark.parametrize(
    ("text", "value", "raw"),
    [
        ("★★★★☆", 4, "★★★★☆"),
        ("⭐⭐⭐", 3, "⭐⭐⭐"),
        (":star::star:", 2, ":star::star:"),
        ("★★½", 2.5, "★★½"),
        ("Rating: 4", 4, "4"),
        ("My rating: 3.5/5", 3.5, "3.5/5"),
        ("Score: 8/10", 4, "8/10"),
        ("**Rating**: 7 out of 10", 3.5, "7 out of 10"),
        ("4 stars", 4, "4 stars"),
        ("★★★☆☆ Good tour, little depth.", 3, "★★★☆☆"),
        ("Hodnocení: 4/5", 4, "4/5"),
        ("we got 4.6/5 in a survey", None, None),
        ("3/4 of the time", None, None),
        ("a rockstar ★ developer", None, None),
        ("★ bad ★★★ good ★★★★★ great", None, None),
        ("Rating: -", None, None),
        ("On 4/5 we met", None, None),
    ],
)
def test_ratings_on_a_line(text: str, value: float | None, raw: str | None) -> None:
    mark = ratings.on_line(text.replace("**", ""))
    assert (mark.value if mark else None, mark.raw if mark else None) == (value, raw)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("**Patrick Meier, Google**", [("Patrick Meier", "Google", None)]),
        ("Speaker: Gil Tene (@giltene), Azul Systems", [("Gil Tene", "Azul Systems", "giltene")]),
        ("*Josh Berg (PostgreSQL Experts)*", [("Josh Berg", "PostgreSQL Experts", None)]),
        ("Jane Doe (CTO, Acme) and Bob Smith (Initech)", [("Jane Doe", "Acme", None), ("Bob Smith", "Initech", None)]),
        ("by Jane Doe @janedoe and Bob Smith @bobs", [("Jane Doe", None, "janedoe"), ("Bob Smith", None, "bobs")]),
        ("[Jane Doe](https://twitter.com/jdoe), Google", [("Jane Doe", "Google", "jdoe")]),
        ("Dr. Jane van der Berg, University of Ghent", [("Jane van der Berg", "University of Ghent", None)]),
        ("Presenters: Jane Doe; Bob Smith", [("Jane Doe", None, None), ("Bob Smith", None, None)]),
        ("Jane Doe, Senior Engineer", [("Jane Doe", None, None)]),
        ("Jane Doe @Twitter", [("Jane Doe", "Twitter", None)]),
        ("**Set custom timeouts**", []),
        ("First iteration", []),
        ("We saw that the cache was cold.", []),
        ("Machine Learning", []),
    ],
)
def test_people(text: str, people: list[tuple[str, str | None, str | None]]) -> None:
    found = speakers.people(text)
    assert [tuple(p) for p in found.people if found.score >= 0.5] == people


def test_event_and_date() -> None:
    note = read("---\nevent: FooConf 2019\ndate: 2018-05-04\n---\n# A talk\nSpeaker: Jane Doe\n")
    assert (note.note.event, note.note.date) == ("FooConf 2019", "2018-05-04")
    assert [(p.line, p.code) for p in note.problems] == [(3, "event_date_conflict")]
    assert read("# A talk\nSpeaker: Jane Doe\n", "strange-loop-2015/a.md").note.event == "Strange Loop 2015"
    assert read("# FooConf, May 3-4, 2019\n## A ★\n## B ★★\n").note.date == "2019-05-03"


def test_what_says_what_it_is_and_is_not_understood_is_a_problem() -> None:
    reading = read("# Queues\n\nSpeaker: the one from before\nRating: quite good\n\nRating is not all.\n")
    assert [(p.line, p.code) for p in reading.problems] == [(3, "unread_speaker"), (4, "unread_rating")]
    assert all(p.hint for p in reading.problems)


def test_links_know_what_they_are_for() -> None:
    text = "# A talk\nSpeaker: Jane Doe\nSlides: http://x.y/z\n[watch it](http://a.b)\nhttps://github.com/a/b\nhttp://c.d\n"
    assert [link.role for link in read(text).talks[0].links] == ["slides", "video", "code", ""]


MORE_HABITS = {
    "several people in a list, a keynote of many": (
        "# Day 2 Keynote\n\n* Maria Lopez - Staff Dev Advocate, Initech\n  * boring is good\n* Tom Becker - Eng Dir, Acme\n  * words\n",
        [(1, "Day 2 Keynote", ["Maria Lopez (Initech)", "Tom Becker (Acme)"], None)],
    ),
    "no heading, the first line is called like the file": (
        "* Scaling queues by brute force\n** Matt Becker\n\n* As of Dec 2015\n * many\n",
        [(1, "Scaling queues by brute force", ["Matt Becker"], None)],
    ),
    "numbered titles, some without a speaker": (
        "# FooConf 2019\n"
        + "".join(f"### {c}. Draining queue {c}\n* speaker: Maria Lopez, Initech\n" for c in "ABCDE")
        + "### F. Queues of old\n* words\n",
        [(2 * n + 2, f"Draining queue {c}", ["Maria Lopez (Initech)"], None) for n, c in enumerate("ABCDE")]
        + [(12, "Queues of old", [], None)],
    ),
    "days below, talks above, and nothing else": (
        "### Day 1\n## Keynote\n* x\n## Type-safe queues\n### Day 2\n## Hiring for queues\n### Random remarks\n* x\n",
        [(4, "Type-safe queues", [], None), (6, "Hiring for queues", [], None)],
    ),
    "headings that all name their people in one place": (
        "# Ignites\n## Glenn Sartre - Sharing queues\n## Adam Becker - Automate your brain\n## Soo Choix - Why so angry?\n",
        [
            (2, "Sharing queues", ["Glenn Sartre"], None),
            (3, "Automate your brain", ["Adam Becker"], None),
            (4, "Why so angry?", ["Soo Choix"], None),
        ],
    ),
    "known by a handle": (
        "## Queues by @tbecker\nx\n## Caches by @mlopez\n",
        [(1, "Queues", ["@tbecker @tbecker"], None), (3, "Caches", ["@mlopez @mlopez"], None)],
    ),
    "a README that is its folder's note": (
        "Queues at Acme.\n===============\n\n### What to expect\n* x\n### Draining\n* y\n",
        [(1, "Queues at Acme.", [], None)],
    ),
}


MORE_HABITS |= {
    "icons before titles and people": (
        """
        # 🦄 WidgetConf 2018
        ## 🎤 Ten regrets
        👤 Ryan Dahlberg
        ⭐️⭐️⭐️⭐️
        ## ☕️ Coffee
        ## 🎤 Engines of tomorrow
        👤 Sam Goldman / Initech
        ⭐️⭐️
        """,
        [(2, "Ten regrets", ["Ryan Dahlberg"], 4), (6, "Engines of tomorrow", ["Sam Goldman (Initech)"], 2)],
    ),
    "a labelled line for each thing": (
        """
        GadgetCon
        ***
        **Talk:** Breaking the radio
        **Who:** Vivek R. (@vivekr)
        **Score:** 7/10

        Loud.
        ***
        **Talk:** Passwords for fun
        **Who:** Dustin Heywood (@evilmog), Initech Labs
        **Score:** 9/10
        """,
        [
            (3, "Breaking the radio", ["Vivek R @vivekr"], 3.5),
            (9, "Passwords for fun", ["Dustin Heywood (Initech Labs) @evilmog"], 4.5),
        ],
    ),
    "paragraphs without any heading": (
        """
        WidgetConf 2017 Notes

        CON401 - Advanced widgets - Abby Fuller
        Three kinds.

        SRV301 - Optimizing gadgets - Edin Zulich
        One kind.
        """,
        [
            (3, "CON401 - Advanced widgets", ["Abby Fuller"], None),
            (6, "SRV301 - Optimizing gadgets", ["Edin Zulich"], None),
        ],
    ),
    "one item that holds the others": (
        """
        - GadgetCon 2012
          - Why I love vi / Anna Svensson
            - ★★★
          - Operations for dummies / Björn Åkesson, Initech
            - ★★★★★
        """,
        [
            (2, "Why I love vi", ["Anna Svensson"], 3),
            (4, "Operations for dummies", ["Björn Åkesson (Initech)"], 5),
        ],
    ),
    "several shapes in one note, rooms, clocks behind icons": (
        """
        # GadgetCon 2019
        ## Saturday
        ### 10:30 | Disks: past and future | Allan Judson | K.1.105
        ### ⏰ 1:55pm Plan a trip with widgets - Erik Roseburg
        ### Hints in the wild (Bernat Gaborik)
        ### A snake in the bits, by Moses Schwartz & Andy Culler
        """,
        [
            (3, "Disks: past and future", ["Allan Judson"], None),
            (4, "Plan a trip with widgets", ["Erik Roseburg"], None),
            (5, "Hints in the wild", ["Bernat Gaborik"], None),
            (6, "A snake in the bits", ["Moses Schwartz", "Andy Culler"], None),
        ],
    ),
    "links to recordings are no companies, asterisks are stars": (
        """
        # GadgetCon 2018
        ## Optimizing for learning - Logan McDonald ([video](https://example.org/1))
        Rating: ****
        ## Mentoring metrics - Zach Musgrave and Angela Licastro (Initech)
        Rating: **
        """,
        [
            (2, "Optimizing for learning", ["Logan McDonald"], 4),
            (4, "Mentoring metrics", ["Zach Musgrave (Initech)", "Angela Licastro (Initech)"], 2),
        ],
    ),
}


@pytest.mark.parametrize("habit", MORE_HABITS)
def test_more_habits(habit: str) -> None:
    text, expected = dedent(MORE_HABITS[habit][0]).lstrip("\n"), MORE_HABITS[habit][1]
    path = {
        "no heading, the first line is called like the file": "scaling_queues_by_brute_force.md",
        "a README that is its folder's note": "queues/README.md",
    }.get(habit, "notes.md")
    assert [told(talk) for talk in read_note(path, text).talks] == expected


titles = st.lists(
    st.sampled_from(["Queues", "Caches", "Type systems", "Deploys on Friday"]), min_size=2, max_size=4, unique=True
)


@settings(deadline=None, max_examples=50)
@given(titles, titles)
def test_two_notes_put_together_keep_the_talks_of_both(first: list[str], second: list[str]) -> None:
    """Under one event, the talks of two notes stand in the one that is made of them."""

    def body(names: list[str]) -> str:
        return "".join(f"## {name} ★★★\n**Maria Lopez, Initech**\nWords.\n\n" for name in names)

    def talks(text: str) -> list[tuple[str, list[str], float | None]]:
        return [told(talk)[1:] for talk in read_note("a.md", f"# FooConf 2019\n{text}").talks]

    assert talks(body(first) + body(second)) == talks(body(first)) + talks(body(second))


lines = st.sampled_from(
    ["# Foo 2019", "## A talk ★★★", "**Jane Doe, Acme**", "Speaker: Bob Smith", "Rating: 4/5", "- item", "  - Jane Doe", "", "---", "title: x",
     "speaker: Jane Doe", "| Talk | Speaker |", "|---|---|", "| a | Jane Doe |", "```", "`strace -f`", "@jane", "Talk by X", "★★", "<pre>", "Title\n====="]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(lines, max_size=12).map("\n".join) | st.text())
def test_any_text_gives_records_or_problems(text: str) -> None:
    reading = read_note("any.md", text)
    source = read_note("any.md", text)
    assert reading == source
    assert reading.talks or reading.problems
    stored = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    for talk in reading.talks:
        assert 1 <= talk.source.line <= talk.source.end_line <= len(stored)
        heading = " ".join(stored[talk.source.line - 1 : talk.source.line + 12])
        # Where a talk has no word for a title, it is called as its note is.
        assert talk.title == reading.note.id or set(terms(talk.title)) <= set(terms(heading))
        for mention in talk.mentions:
            assert stored[mention.line - 1][mention.column - 1 :].startswith(mention.text)
    for problem in reading.problems:
        assert 1 <= problem.line <= max(1, len(stored))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: ★★★★\nspeaker: Jane Doe\n---\n", "★★★★"),
        ('---\ntitle: "\\u200b"\nspeaker: Jane Doe\n---\n', "a"),
        ("---\ntitle: 'Talk: '\nspeaker: Jane Doe\n---\n", "Talk"),
        ("---\ntitle: '\\:'\nspeaker: Jane Doe\n---\n", ":"),
        ("# \u00ad\u00ad by Jane Doe ★★★★\n", "by Jane Doe"),
    ],
)
def test_a_talk_always_has_a_title_that_can_be_seen(text: str, title: str) -> None:
    assert [talk.title for talk in read_note("a.md", text).talks] == [title]


def test_control_characters_are_read_as_spaces_and_columns_stay() -> None:
    (talk,) = read_note("a.md", "# Caches\x1b[2J\x9b by Jane\x07Doe ★★★★\nWe\x0ctry Redis.\n").talks
    assert (talk.title, talk.text.isascii()) == ("Caches [2J", False)
    assert not any((c < " " and c != "\n") or "\x7f" <= c < "\xa0" for c in talk.text)
    assert [(m.line, m.column, m.text) for m in talk.mentions] == [(2, 8, "Redis")]
