"""One person however spelt is one speaker; two people never are."""

from __future__ import annotations

import pytest

from kb.catalogue import catalogue
from kb.records import Appearance, Mention, Rating, Source, Talk


def talk(n: int, *people: Appearance, rating: float | None = None, mentions: tuple[Mention, ...] = ()) -> Talk:
    mark = Rating(rating, "", 1) if rating else None
    return Talk(f"n/{n}", f"T{n}", Source("n.md", n, n), people, mark, mentions)


def who(name: str, handle: str | None = None, affiliation: str | None = None) -> Appearance:
    return Appearance(name, 1, affiliation, handle)


@pytest.mark.parametrize(
    ("people", "speakers"),
    [
        ([who("Jiří Novák"), who("Jiri Novak")], {"jiri-novak": ["Jiří Novák", "Jiri Novak"]}),
        ([who("J. Doe"), who("Jane Doe")], {"jane-doe": ["J. Doe", "Jane Doe"]}),
        (
            [who("J. Doe"), who("Jane Doe"), who("John Doe")],
            {"j-doe": ["J. Doe"], "jane-doe": ["Jane Doe"], "john-doe": ["John Doe"]},
        ),
        ([who("Jane Doe"), who("John Doe")], {"jane-doe": ["Jane Doe"], "john-doe": ["John Doe"]}),
        ([who("Doe"), who("Jane Doe")], {"doe": ["Doe"], "jane-doe": ["Jane Doe"]}),
        ([who("Jane", "jdoe"), who("Jane Doe", "jdoe")], {"jane-doe": ["Jane", "Jane Doe"]}),
        ([who("Ann Lee", "acme"), who("Bob Ray", "acme")], {"ann-lee": ["Ann Lee"], "bob-ray": ["Bob Ray"]}),
    ],
)
def test_people(people: list[Appearance], speakers: dict[str, list[str]]) -> None:
    made = catalogue([talk(n, person) for n, person in enumerate(people)])
    assert {s.id: list(s.spellings) for s in made.speakers.values()} == speakers


def test_two_handles_for_one_name_are_two_people_with_ids_of_their_own() -> None:
    made = catalogue([talk(1, who("Jane Doe", "jdoe")), talk(2, who("Jane Doe", "janedoe2"))])
    first, second = made.speakers
    assert first == "jane-doe"
    assert second.startswith("jane-doe-")


def test_three_of_one_name_first_seen_in_two_talks_are_three_people() -> None:
    plain, kay, handle = who("Ada Lovelace"), who("Ada Kay"), who("Ada Lovelace", "hopper")
    joined = [who("Ada Lovelace", "ada"), who("Ada Kay", "ada")]
    made = catalogue([talk(1, plain), talk(2, kay, handle), talk(3, *joined)])
    assert [s.name for s in made.speakers.values()] == ["Ada Lovelace"] * 3
    assert [s.talks for s in made.speakers.values()] == [("n/1",), ("n/2", "n/3"), ("n/2",)]
    assert {made.speaker_id(who) for who in (plain, kay, handle, *joined)} == set(made.speakers)


def test_what_a_speaker_is_over_all_talks() -> None:
    jane, later = who("Jane Doe", None, "Acme"), who("Jane Doe", "jdoe", "Initech")
    speaker = catalogue([talk(1, jane, rating=5), talk(2, later, rating=2), talk(3, jane)]).speakers["jane-doe"]
    assert speaker.affiliations == ("Acme", "Initech")
    assert speaker.handles == ("jdoe",)
    assert speaker.talks == ("n/1", "n/2", "n/3")
    assert speaker.mean_rating == 3.5


def test_tools() -> None:
    mentions = (
        Mention("kubernetes", "k8s", 1, 1),
        Mention("kubernetes", "Kubernetes", 2, 1),
        Mention("c++", "C++", 3, 1),
    )
    made = catalogue([talk(1, mentions=mentions), talk(2, mentions=mentions[:1])])
    tool = made.tools["kubernetes"]
    assert (tool.aliases, tool.talks, tool.mention_count) == (("k8s",), ("n/1", "n/2"), 3)
    assert "cplusplus" in made.tools
