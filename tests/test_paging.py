"""Pages of an answer: every hit once while notes change, and no cursor but those that kb gave."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from falcon import testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.config import Config
from kb.records import KINDS
from kb.rest.app import create_app
from kb.service import KnowledgeBase, Reader, Request
from kb.service.cursors import Cursor

TALKS = 30
ORDERS = (None, "title", "-rating", "-date,title")


def surname(n: int) -> str:
    return f"{'BDFGKLMNPR'[n % 10]}{'aeiou'[n // 10]}rson"


def note(n: int, words: str) -> str:
    return f"# Talk {n} about {words} {'★' * (n % 5 + 1)}\n**Ada {surname(n)}**\n\n{words} " + f"and more {words} " * (
        n % 7
    )


def add_unrelated(base: KnowledgeBase, folder: Path, name: str) -> None:
    """Ingests six notes that have none of the words that are asked for, so that all scores move."""
    for n in range(6):
        (folder / f"{name}-{n}.md").write_text(
            f"# Gardening {name} {n} ★★★\n**Grace {surname(n)}**\n\nSeeds and soil.\n"
        )
    base.ingest()


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    notes = tmp_path / "notes"
    notes.mkdir()
    for n in range(TALKS):
        (notes / f"note-{n}.md").write_text(note(n, "latency" if n % 3 else "latency of tails"))
    made = KnowledgeBase(Config(index=tmp_path / "index", notes=str(notes)))
    made.ingest()
    return made


def client_of(base: KnowledgeBase) -> testing.TestClient:
    return testing.TestClient(create_app(base), headers={"Host": "localhost"})


def pages(client: testing.TestClient, url: str | None, between: Callable[[int], None]) -> Iterator[Any]:
    """Yields the pages of an answer; something happens after each."""
    number = 0
    while url:
        answer = client.simulate_get(url).json
        yield answer
        url, number = answer["next_url"], number + 1
        between(number)


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("path", ["search", "talks", "speakers", "ratings", "notes"])
def test_pages_show_every_hit_once_though_notes_were_ingested_meanwhile(
    base: KnowledgeBase, tmp_path: Path, sort: str | None, path: str
) -> None:
    def between(number: int) -> None:
        if number == 2:
            add_unrelated(base, tmp_path / "notes", "spring")

    url = f"/v1/{path}?q=latency+tails+OR+latency&limit=5" + (f"&sort={sort}" if sort else "")
    seen = list(pages(client_of(base), url, between))
    ids = [hit["id"] for page in seen for hit in page["hits"]]
    assert len(ids) == len(set(ids)) == seen[-1]["total"] == TALKS
    assert {page["index"]["generation"] for page in seen} == {1}
    assert client_of(base).simulate_get(url).json["index"]["generation"] == 2


def test_a_page_that_cannot_go_on_in_its_generation_says_so(base: KnowledgeBase, tmp_path: Path) -> None:
    def between(number: int) -> None:
        if number == 2:
            add_unrelated(base, tmp_path / "notes", "spring")
            add_unrelated(base, tmp_path / "notes", "summer")

    seen = list(pages(client_of(base), "/v1/search?q=latency&limit=5", between))
    assert [page["index"]["generation"] for page in seen] == [1, 1, 3, 3, 3, 3]
    assert [page["query"]["warnings"] for page in seen] == [
        [],
        [],
        ["the notes changed since the first page; some talks may be missing or shown twice"],
        [],
        [],
        [],
    ]
    # One word moves all scores alike, so that nothing has in fact been lost.
    assert len({hit["id"] for page in seen for hit in page["hits"]}) == TALKS


def test_a_generation_that_pages_are_read_of_is_read_on_after_it_has_gone(base: KnowledgeBase, tmp_path: Path) -> None:
    def between(number: int) -> None:
        if number in (2, 3, 4):
            add_unrelated(base, tmp_path / "notes", f"month-{number}")

    seen = list(pages(client_of(base), "/v1/search?q=latency&limit=5", between))
    assert {page["index"]["generation"] for page in seen} == {1}
    assert len({hit["id"] for page in seen for hit in page["hits"]}) == TALKS


def test_a_cursor_of_an_index_that_was_replaced_does_not_pass_for_one_of_the_new(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    request = Request("latency", limit=5)
    answer = base.reader().search(request)
    asked = Request("latency", limit=5, cursor=answer.next)
    manifest = next((tmp_path / "index").glob("*/manifest.json"))
    assert answer.index.updated_at in manifest.read_text()
    shutil.rmtree(tmp_path / "index")
    other = KnowledgeBase(base.config)
    while True:  # A generation is known by its number and the second that it was made in.
        other.ingest(rebuild=True)
        if other.reader().snapshot.updated_at != answer.index.updated_at:
            break
        shutil.rmtree(tmp_path / "index")
        other = KnowledgeBase(base.config)
    reader = other.reader().at(asked)
    assert reader.snapshot.generation == 1
    assert "the notes changed" in reader.search(asked).query.warnings[0]


def test_the_command_line_goes_on_in_the_generation_of_the_cursor(base: KnowledgeBase, tmp_path: Path) -> None:
    def asked(*options: str) -> Any:
        command = [
            sys.executable,
            "-m",
            "kb",
            "--index",
            str(tmp_path / "index"),
            "search",
            "latency",
            "--format",
            "json",
        ]
        return json.loads(subprocess.run([*command, *options], check=True, capture_output=True).stdout)

    first = asked("--limit", "16")
    add_unrelated(base, tmp_path / "notes", "spring")
    second = asked("--limit", "16", "--cursor", first["next"])
    assert second["index"] == first["index"]
    assert len({hit["id"] for hit in first["hits"] + second["hits"]}) == TALKS


def test_the_next_page_is_asked_for_as_the_first_was(base: KnowledgeBase) -> None:
    client = client_of(base)
    asked = "/v1/talks?q=latency&limit=4&facet=rating&facet=event&highlight=false&explain=true&title=talk&title=about&sort=title"
    seen = list(pages(client, asked, lambda number: None))
    assert len(seen) == 8
    for page in seen:
        assert list(page["facets"]) == ["rating", "event"]
        assert all("why" in hit and "<mark>" not in str(hit["snippets"]) for hit in page["hits"])


def test_a_reader_answers_of_its_generation_whatever_is_ingested(base: KnowledgeBase, tmp_path: Path) -> None:
    """Whichever verb is asked, and though all that the notes say has changed since."""
    verbs: list[Callable[[Reader], Any]] = [
        lambda reader: reader.search(Request("talks by ada mentioning latency", facets=("speaker", "rating"))),
        lambda reader: reader.search(Request("latncy", explain=True)),
        lambda reader: reader.similar("note-1/talk-1-about-latency"),
        lambda reader: reader.whole("note-1/talk-1-about-latency", html=True),
        lambda reader: reader.whole("ada-darson", "speaker"),
        lambda reader: reader.whole("note-1.md:1"),
        lambda reader: reader.suggest("ada"),
        lambda reader: reader.explain("ada darson"),
        Reader.fields,
        Reader.problems,
        lambda reader: reader.status().counts,
        lambda reader: reader.status().roots,
        lambda reader: list(reader.export()),
        lambda reader: reader.locations(["note-1.md"]),
    ]
    reader = base.reader()
    before = [verb(reader) for verb in verbs]
    other = tmp_path / "others"
    other.mkdir()
    (other / "note-1.md").write_text("# Nothing of it ★\n**Someone Else**\n\n`redis`\n")
    KnowledgeBase(base.config).ingest([str(other)], others="leave")
    assert [verb(reader) for verb in verbs] == before
    assert base.reader().search(Request("latency")).total == 0


def test_a_generation_that_has_gone_is_let_go_when_nobody_asks_for_it(
    base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = base.reader().search(Request("latency", limit=5))
    asked = Request("latency", limit=5, cursor=first.next)
    for season, generation in (("spring", 1), ("summer", 1), ("autumn", 4)):
        monkeypatch.setattr("kb.index.pinned.IDLE", -1.0 if season == "autumn" else 600.0)
        add_unrelated(base, tmp_path / "notes", season)
        assert base.reader().at(asked).search(asked).index.generation == generation


# Cursors.

QUESTION = "/v1/search?q=latency&limit=5"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[testing.TestClient, str]:
    folder = tmp_path_factory.mktemp("cursors")
    (folder / "notes").mkdir()
    for n in range(TALKS):
        (folder / "notes" / f"note-{n}.md").write_text(note(n, "latency"))
    made = KnowledgeBase(Config(index=folder / "index", notes=str(folder / "notes")))
    made.ingest()
    client = client_of(made)
    return client, client.simulate_get(QUESTION).json["next"]


def code_of(client: testing.TestClient, cursor: str, question: str = QUESTION) -> tuple[int, Any]:
    path, _, query = question.partition("?")
    result = client.simulate_get(path, query_string=f"{query}&cursor={quote_plus(cursor, errors='surrogatepass')}")
    return result.status_code, result.json.get("code")


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=4), children, max_size=3),
    max_leaves=8,
)
strange = st.one_of(
    st.text(max_size=60),
    st.text("ABCabc019-_=+/%", max_size=60),
    st.binary(max_size=40).map(encoded),
    st.binary(min_size=20, max_size=20).map(encoded),
    values.map(lambda value: encoded(json.dumps(value).encode())),
    st.tuples(st.just("e20d824bf204"), st.lists(values, max_size=4), values).map(
        lambda v: encoded(json.dumps(v).encode())
    ),
    st.just("A" * 20_000),
    st.just(encoded(b"[" * 9_000)),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=strange)
def test_what_kb_never_gave_is_no_cursor(asked: tuple[testing.TestClient, str], cursor: str) -> None:
    assert code_of(asked[0], cursor) == (400, "bad_cursor")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_altered_cursor_is_refused(asked: tuple[testing.TestClient, str], data: st.DataObject) -> None:
    client, cursor = asked
    at = data.draw(st.integers(0, len(cursor) - 1))
    bytes_ = bytearray(base64.urlsafe_b64decode(cursor + "="))
    bit = data.draw(st.integers(0, len(bytes_) * 8 - 1))
    bytes_[bit // 8] ^= 1 << bit % 8
    altered = data.draw(
        st.sampled_from(
            (encoded(bytes(bytes_)), cursor[:at], cursor + cursor[at:], cursor + "=", f" {cursor}", cursor.lower())
        )
        | st.characters(exclude_characters=cursor[at], exclude_categories=()).map(
            lambda c: cursor[:at] + c + cursor[at + 1 :]
        )
    )
    assert code_of(client, altered) == (400, "bad_cursor")


numbers = st.integers(0, 50) | st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cursor=st.builds(Cursor, numbers, numbers, st.binary(min_size=4, max_size=4)),
    request=st.builds(
        Request, st.sampled_from(("latency", "*", "latncy")), st.sampled_from(KINDS), st.sampled_from((None, "-rating"))
    ),
)
def test_a_cursor_that_somebody_sealed_is_answered(
    asked: tuple[testing.TestClient, str], cursor: Cursor, request: Request
) -> None:
    """The seal keeps accidents out; it is no secret."""
    said = {"q": request.q, "kind": request.kind or "", "cursor": request.cursor_of(cursor)}
    result = asked[0].simulate_get("/v1/search", params=said | ({"sort": request.sort} if request.sort else {}))
    assert result.status_code == 200
    assert "the notes changed" in result.json["query"]["warnings"][-1]
    assert len(result.json["hits"]) == max(0, min(20, result.json["total"] - cursor.start))


@pytest.mark.parametrize(
    "question",
    [
        "/v1/search?q=latency+tails",
        "/v1/search?q=",
        "/v1/search?q=latency&kind=talk",
        "/v1/search?q=latency&sort=title",
        "/v1/talks?q=latency",
        "/v1/talks?q=latency&title=talk",
        "/v1/speakers?q=latency",
    ],
)
def test_a_cursor_goes_on_with_its_own_question_alone(asked: tuple[testing.TestClient, str], question: str) -> None:
    assert code_of(asked[0], asked[1], question) == (400, "bad_cursor")
    assert (
        code_of(asked[0], asked[1], "/v1/search?q=latency&limit=7&facet=rating&highlight=false&explain=true")[0] == 200
    )
