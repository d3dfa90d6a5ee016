"""Which talk comes first, what is answered when nothing matches whole, similar talks, completions, reasons."""

from __future__ import annotations

from typing import Any

import pytest
from falcon import testing

from kb.config import Config
from kb.errors import BadParameterError
from kb.query import language
from kb.rest.app import create_app
from kb.service import KnowledgeBase, Request

NOTES = """
# WidgetConf 2019

## Testing in layers ★★★★
**Ada Lovelace, Acme Labs**
Tests, test doubles and testing pyramids, with strace to look below.

## Tests of patience ★★
**Grace Hopper, Initech**
Waiting for latency tests. Testing takes patience.

## Tail latency at scale ★★★★★
**Grace Hopper, Initech**
Latency has a long tail: caches, queues, hedged requests.

## Queues and caches
**Alan Kay**
Caches hide latency until they do not. Queues hide nothing.

## Drawing with widgets
**Barbara Liskov, Acme Labs**
Colours and canvases.
"""


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    folder = tmp_path_factory.mktemp("relevance")
    (folder / "notes").mkdir()
    (folder / "notes" / "widgetconf-2019.md").write_text(NOTES.lstrip(), encoding="utf-8")
    made = KnowledgeBase(Config(index=folder / "index"))
    made.ingest([str(folder / "notes")])
    return made


def titles(kb: KnowledgeBase, question: str) -> list[str]:
    return [hit.title for hit in kb.reader().search(Request(question)).hits]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("testing", "Testing in layers"),  # The word as it is spelt before its other forms.
        ("tests", "Tests of patience"),
        ("tail latency", "Tail latency at scale"),
        ("hopper latency", "Tail latency at scale"),
        ("queues caches", "Queues and caches"),
    ],
)
def test_the_right_talk_comes_first(kb: KnowledgeBase, question: str, first: str) -> None:
    assert titles(kb, question)[0] == first


@pytest.mark.parametrize(
    ("question", "found", "said"),
    [
        ("tail lateny", "Tail latency at scale", "no talk has 'lateny'; words like it are latency"),
        ("hoppr latency", "Tail latency at scale", "no talk has 'hoppr'; words like it are hopper"),
        ("canvases latency widgets", "Drawing with widgets", "those with the most of them are shown"),
    ],
)
def test_what_no_talk_answers_whole_is_answered_nearly(kb: KnowledgeBase, question: str, found: str, said: str) -> None:
    answer = kb.reader().search(Request(question))
    assert answer.hits[0].title == found
    assert any(said in warning for warning in answer.query.warnings)
    again = kb.reader().search(Request(answer.query.canonical))
    assert [hit.id for hit in again.hits] == [hit.id for hit in answer.hits]
    assert again.query.canonical == answer.query.canonical


def test_conditions_are_never_let_go(kb: KnowledgeBase) -> None:
    assert {hit.title for hit in kb.reader().search(Request("rating:2.. canvases lateny")).hits} <= {
        "Testing in layers",
        "Tests of patience",
        "Tail latency at scale",
    }
    assert kb.reader().search(Request("rating:5 tool:nothing")).total == 0
    assert kb.reader().search(Request("zzzzzz qqqqqq")).total == 0


def test_nearly_answers_go_on_page_by_page(kb: KnowledgeBase) -> None:
    whole = [hit.id for hit in kb.reader().search(Request("lateny")).hits]
    assert len(whole) > 1
    pages, cursor = [], None
    while True:
        answer = kb.reader().search(Request("lateny", limit=1, cursor=cursor))
        pages += [hit.id for hit in answer.hits]
        cursor = answer.next
        if cursor is None:
            break
    assert pages == whole
    cursor = kb.reader().search(Request("lateny", limit=1)).next
    with pytest.raises(BadParameterError):
        kb.reader().search(Request("widgets", limit=1, cursor=cursor))


def test_names_with_small_errors_are_mended(kb: KnowledgeBase) -> None:
    answer = kb.reader().search(Request("talks by Grace Hoper mentioning starce"))
    assert answer.query.canonical == 'kind:talk speaker:"Grace Hopper" tool:strace'
    assert "nothing is called 'Grace Hoper'; it was read as 'Grace Hopper'" in answer.query.warnings


def test_reasons_add_up_to_the_score(kb: KnowledgeBase) -> None:
    for hit in kb.reader().search(Request("tail latency queues", explain=True)).hits:
        assert sum(reason.score for reason in hit.why) == pytest.approx(hit.score, abs=1e-4)
    assert [r.condition for r in kb.reader().search(Request("tail latency", explain=True)).hits[0].why] == [
        "tail",
        "latency",
        "side by side in the title",
    ]


@pytest.fixture(scope="module")
def client(kb: KnowledgeBase) -> testing.TestClient:
    return testing.TestClient(create_app(kb, ()), headers={"Host": "localhost:8000"})


def get(client: testing.TestClient, url: str) -> Any:
    result = client.simulate_get(url)
    assert result.status_code == 200, result.text
    return result.json


def test_similar_talks(client: testing.TestClient) -> None:
    answer = get(client, "/v1/talks/widgetconf-2019/tail-latency-at-scale/similar?limit=2")
    assert {hit["title"] for hit in answer["hits"]} == {"Queues and caches", "Tests of patience"}
    assert "widgetconf-2019/tail-latency-at-scale" not in [hit["id"] for hit in answer["hits"]]
    assert client.simulate_get("/v1/talks/widgetconf-2019/no-such-talk/similar").status_code == 404
    assert client.simulate_get("/v1/talks/widgetconf-2019/tail-latency-at-scale/similar?limit=0").status_code == 400


@pytest.mark.parametrize(
    ("typed", "text", "kind"),
    [
        ("grace", "Grace Hopper", "speaker"),
        ("hopp", "Grace Hopper", "speaker"),
        ("talks by gra", "talks by Grace Hopper", "speaker"),
        ("speaker:lov", 'speaker:"Ada Lovelace"', "speaker"),
        ("best talks mentioning str", "best talks mentioning strace", "tool"),
        ("acme", "Acme Labs", "affiliation"),
        ("widgetc", "WidgetConf 2019", "event"),
        ("drawing wi", "Drawing with widgets", "talk"),
        ("hoper", "Grace Hopper", "speaker"),
        ("rati", "rating:", "field"),
    ],
)
def test_completions(client: testing.TestClient, typed: str, text: str, kind: str) -> None:
    found = get(client, f"/v1/suggest?q={typed.replace(' ', '%20')}")["suggestions"]
    assert (found[0]["text"], found[0]["kind"]) == (text, kind)
    assert found[0]["count"] >= 1


def test_nothing_completes_nonsense(client: testing.TestClient) -> None:
    assert get(client, "/v1/suggest?q=qqqqqq")["suggestions"] == []
    assert get(client, "/v1/suggest")["suggestions"]
    assert client.simulate_get("/v1/suggest?limit=1000").status_code == 400


def test_how_a_question_is_read(client: testing.TestClient) -> None:
    told = get(client, "/v1/explain?q=five-star%20talks%20by%20Grace%20Hopper")
    assert told["tokens"] == ["five", "star", "talks", "by", "grace", "hopper"]
    assert {"words": "by Grace Hopper", "rule": "speaker", "meaning": 'speaker:"Grace Hopper"'} in told["parts"]


def test_words_that_stand_for_many_are_limited() -> None:
    asked = " ".join(f"wo{chr(97 + n)}*" for n in range(20))
    understood = language.read(asked)
    assert str(understood.query.where).count("*") == language.MAX_EXPANDED
    assert any("stand for others" in warning for warning in understood.warnings)
    assert language.read(str(understood.query)).query == understood.query
