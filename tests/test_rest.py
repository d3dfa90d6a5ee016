"""Every resource and every way to ask it wrongly, through the application and through the real server."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from falcon import testing

from kb.config import Config
from kb.rest.app import create_app
from kb.service import KnowledgeBase, Reader

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    made = KnowledgeBase(Config(index=tmp_path_factory.mktemp("rest") / "index"))
    made.ingest([str(ROOT / "tests" / "golden" / "notes")])
    return made


@pytest.fixture(scope="module")
def client(kb: KnowledgeBase) -> testing.TestClient:
    return testing.TestClient(create_app(kb, ("notes.example",)), headers={"Host": "localhost:8000"})


def get(client: testing.TestClient, url: str) -> Any:
    result = client.simulate_get(url)
    assert result.status_code == 200, result.text
    return result.json


def titles(answer: Any) -> list[str]:
    return [hit.get("title") or hit.get("name") or hit["id"] for hit in answer["hits"]]


def test_an_answer_to_the_letter(client: testing.TestClient) -> None:
    answer = get(client, "/v1/search?q=five-star+talks&facet=rating&limit=2")
    assert list(answer) == ["format", "kind", "hits", "total", "limit", "next", "next_url", "query", "facets", "index"]
    assert (answer["format"], answer["kind"], answer["total"], answer["limit"]) == (1, "talk", 2, 2)
    assert answer["query"] == {
        "text": "five-star talks",
        "canonical": "kind:talk rating:5",
        "explanation": "talks rated 5 of 5",
        "suggestion": None,
        "warnings": [],
    }
    assert answer["facets"] == {"rating": [{"value": 5, "label": "5 stars", "count": 2}]}
    assert list(answer["index"]) == ["generation", "updated_at"]
    hit = answer["hits"][1]
    assert list(hit) == [
        "kind",
        "id",
        "score",
        "url",
        "source",
        "matches",
        "title",
        "speakers",
        "rating",
        "event",
        "date",
        "tools",
        "snippets",
    ]
    assert hit["source"] == {"path": "fooconf-2019.md", "line": 5, "end_line": 11}
    assert hit["rating"] == {"value": 5, "raw": "★★★★★"}
    assert hit["speakers"] == [
        {"id": "maria-lopez", "name": "Maria López", "affiliation": "Initech", "handle": "mlopez"}
    ]
    assert hit["tools"][0] == {"id": "strace", "name": "strace", "line": 8}


def test_the_next_page_is_where_next_url_says(client: testing.TestClient) -> None:
    seen, url = [], "/v1/talks?limit=2&sort=title&q=*"
    while url:
        answer = get(client, url)
        seen += titles(answer)
        url = answer["next_url"]
    assert seen == sorted(seen, key=str.casefold)
    assert len(seen) == answer["total"] == 6


@pytest.mark.parametrize("kind", ["ratings", "mentions"])
@pytest.mark.parametrize("asked", ["", "q=strace+or+redis", "sort=-rating", "sort=title,-date", "q=rating:4.."])
def test_parts_of_talks_come_page_by_page(client: testing.TestClient, kind: str, asked: str) -> None:
    whole = get(client, f"/v1/{kind}?limit=100&facet=tool&{asked}")
    seen, url = [], f"/v1/{kind}?limit=1&facet=tool&{asked}"
    while url:
        answer = get(client, url)
        assert (answer["total"], answer["facets"]) == (whole["total"], whole["facets"])
        seen += [hit["id"] for hit in answer["hits"]]
        url = answer["next_url"]
    assert seen == [hit["id"] for hit in whole["hits"]]
    assert len(seen) == whole["total"] > 1


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/v1/talks?rating=5", ["Tracing system calls", "Queues without tears"]),
        ("/v1/talks?rating=4..", ["Tracing system calls", "Queues without tears", "Caches & how to fill them"]),
        ("/v1/talks?rating=4&rating=5&speaker=lopez", ["Tracing system calls"]),
        ("/v1/talks?speaker=becker&date=2018", ["Queues without tears"]),
        ("/v1/talks?tool=k8s", ["Deploys on Friday"]),
        ("/v1/search?q=talks+mentioning+strace", ["Tracing system calls"]),
        ("/v1/search?q=speakers+from+Initech", ["Maria López"]),
        ("/v1/speakers?q=affiliation:acme&sort=title", ["Ana Silva", "Tom Becker"]),
        ("/v1/tools?q=rating:5", ["strace", "perf", "redis"]),
        ("/v1/notes?sort=title", ["FooConf 2019", "Queues without tears", "Work in progress"]),
        ("/v1/search?q=talks&kind=note&sort=title", ["FooConf 2019", "Queues without tears", "Work in progress"]),
        ("/v1/search?q=no+such+words+anywhere", []),
    ],
)
def test_listings(client: testing.TestClient, url: str, found: list[str]) -> None:
    assert sorted(titles(get(client, url))) == sorted(found)


def test_ratings_and_mentions_point_at_their_talk(client: testing.TestClient) -> None:
    rating = get(client, "/v1/ratings?q=tool:strace")["hits"][0]
    assert (rating["value"], rating["raw"], rating["url"]) == (
        5,
        "★★★★★",
        "/v1/talks/fooconf-2019/tracing-system-calls",
    )
    mention = get(client, "/v1/mentions?tool=strace")["hits"][0]
    assert mention["talk"] == {"id": "fooconf-2019/tracing-system-calls", "title": "Tracing system calls"}
    assert mention["source"] == {"path": "fooconf-2019.md", "line": 8, "end_line": 8}
    assert "`strace -f`" in mention["text"]


def test_snippets_mark_what_matches_and_escape_the_rest(client: testing.TestClient) -> None:
    snippet = get(client, "/v1/search?q=dangerous")["hits"][0]["snippets"][0]
    assert snippet == {"line": 9, "column": 1, "text": "It is &lt;b&gt;<mark>dangerous</mark>&lt;/b&gt; &amp; slow."}
    assert (
        get(client, "/v1/search?q=dangerous&highlight=false")["hits"][0]["snippets"][0]["text"]
        == "It is <b>dangerous</b> & slow."
    )


def test_a_whole_talk(client: testing.TestClient) -> None:
    talk = get(client, "/v1/talks/fooconf-2019/tracing-system-calls")
    assert [s["title"] for s in talk["sections"]] == ["Notes"]
    assert [link["role"] for link in talk["links"]] == ["slides"]
    assert {m["tool"]["name"] for m in talk["mentions"]} == {"strace", "perf"}
    assert talk["text"].startswith("## Tracing system calls ★★★★★\n")
    assert "<h2>Tracing system calls ★★★★★</h2>" in talk["html"]
    assert "script" not in talk["html"]


@pytest.mark.parametrize(
    ("url", "name", "talks"),
    [
        ("/v1/speakers/tom-becker", "Tom Becker", 2),
        ("/v1/tools/kubernetes", "kubernetes", 1),
        ("/v1/notes/fooconf-2019", None, 5),
    ],
)
def test_whole_records(client: testing.TestClient, url: str, name: str | None, talks: int) -> None:
    record = get(client, url)
    assert record.get("name") == name
    assert len(record["talks"]) == record["talk_count"] == talks


def test_the_other_resources(client: testing.TestClient, kb: KnowledgeBase) -> None:
    assert get(client, "/v1/explain?q=4%2B+stars")["canonical"] == "kind:talk rating:4.."
    fields = {f["name"]: f for f in get(client, "/v1/fields")["fields"]}
    assert list(fields) == "kind title speaker affiliation handle event date year rating tool path text".split()
    assert fields["rating"]["values"] == [
        {"value": 5, "count": 2},
        {"value": 4, "count": 1},
        {"value": 2.5, "count": 1},
    ]
    problems = get(client, "/v1/problems")
    assert (problems["total"], list(problems["problems"][0])) == (1, ["path", "line", "message", "hint", "code"])
    status = get(client, "/v1/status")
    assert list(status) == "generation updated_at age_seconds roots counts bytes stale_files problems".split()
    assert status["counts"]["talk"] == 6
    assert get(client, "/health") == {"status": "ok"}


@pytest.mark.parametrize(
    ("url", "status", "code", "said"),
    [
        ("/", 404, "not_found", "/v1/search"),
        ("/v1/nothing", 404, "not_found", "/v1/nothing"),
        ("/v1/talks/fooconf-2019/tracing", 404, "unknown_record", "did you mean 'fooconf-2019/tracing-system-calls'"),
        ("/v1/speakers/tom-beker", 404, "unknown_record", "tom-becker"),
        ("/v1/talks/a/b/c", 404, "not_found", "/v1/talks/a/b/c"),
        ("/v1/talks?limt=3", 400, "unknown_parameter", "limit"),
        ("/v1/search?rating=5", 400, "unknown_parameter", "rating"),
        ("/v1/explain?q=a&limit=2", 400, "unknown_parameter", "limit"),
        ("/v1/status?x=1", 400, "unknown_parameter", "takes none"),
        ("/v1/search?limit=0", 400, "bad_limit", "from 1 to 100"),
        ("/v1/search?limit=101", 400, "bad_limit", "from 1 to 100"),
        ("/v1/search?limit=٣", 400, "bad_limit", "from 1 to 100"),
        ("/v1/search?limit=", 400, "bad_limit", "from 1 to 100"),
        ("/v1/search?q=a&q=b", 400, "repeated_parameter", "2 times"),
        ("/v1/search?kind=tols", 400, "unknown_kind", "tool"),
        ("/v1/search?sort=-ratng", 400, "unknown_sort", "rating"),
        ("/v1/search?facet=colour", 400, "unknown_facet", "there are"),
        ("/v1/search?highlight=maybe", 400, "bad_value", "true or false"),
        ("/v1/search?cursor=abc", 400, "bad_cursor", "not one that kb gave"),
        ("/v1/search?cursor=%ff%00", 400, "bad_cursor", "not one that kb gave"),
        ("/v1/talks?rating=high", 400, "bad_value", "rating:4.."),
        ("/v1/talks?date=2019-13", 400, "bad_value", "date:2014..2016"),
        ("/v1/talks?speaker=", 400, "bad_value", "speaker:gregg"),
    ],
)
def test_what_is_wrong_is_a_problem_that_helps(
    client: testing.TestClient, url: str, status: int, code: str, said: str
) -> None:
    path, _, query = url.partition("?")
    result = client.simulate_get(path, query_string=query)
    assert result.status_code == status
    assert result.headers["Content-Type"] == "application/problem+json"
    assert (result.json["status"], result.json["code"]) == (status, code)
    assert said in result.json["detail"] + result.json.get("suggestion", "")


def test_a_cursor_of_another_question_is_refused(client: testing.TestClient) -> None:
    cursor = get(client, "/v1/talks?limit=1")["next"]
    assert client.simulate_get("/v1/talks", query_string=f"q=linux&cursor={cursor}").json["code"] == "bad_cursor"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(client: testing.TestClient, method: str) -> None:
    result = client.simulate_request(method, "/v1/search")
    assert (result.status_code, result.json["code"]) == (405, "method_not_allowed")
    assert "GET" in result.headers["Allow"]


def test_head_is_get_without_its_body(client: testing.TestClient) -> None:
    result = client.simulate_head("/v1/search?q=linux")
    assert (result.status_code, result.content) == (200, b"")


def test_the_same_question_has_the_same_bytes_and_a_tag(client: testing.TestClient) -> None:
    first, second = (client.simulate_get("/v1/search?q=linux+perf*") for _ in range(2))
    assert first.content == second.content
    assert first.headers["Server-Timing"].startswith("total;dur=")
    again = client.simulate_get("/v1/search?q=linux+perf*", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_answer_that_is_ready_is_sent_as_it_was_at_first(client: testing.TestClient) -> None:
    first, second = (client.simulate_get("/v1/search?q=ready&limit=3") for _ in range(2))
    assert (first.status, first.content) == (second.status, second.content)
    unlike = {"server-timing"}
    told = [{k: v for k, v in one.headers.items() if k not in unlike} for one in (first, second)]
    assert told[0] == told[1]
    assert second.headers["Server-Timing"].startswith("total;dur=")
    assert client.simulate_head("/v1/search?q=ready&limit=3").headers["ETag"] == first.headers["ETag"]
    refused = client.simulate_get("/v1/search?q=ready&limit=3", headers={"Host": "evil.example"})
    assert refused.status_code == 421
    assert client.simulate_post("/v1/search?q=ready&limit=3").status_code == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST.:8000", 200),
        ("127.0.0.1:8000", 200),
        ("127.1.2.3", 200),
        ("[::1]:8000", 200),
        ("notes.example", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("10.0.0.1", 421),
        ("localhost@evil.example", 421),
        ("", 421),
    ],
)
def test_only_known_hosts_are_answered(kb: KnowledgeBase, host: str, status: int) -> None:
    client = testing.TestClient(create_app(kb, ("notes.example",)))
    result = client.simulate_get("/health", headers={"Host": host})
    assert result.status_code == status
    assert "Access-Control-Allow-Origin" not in result.headers


def test_without_an_index_the_answer_is_503(tmp_path: Path) -> None:
    client = testing.TestClient(
        create_app(KnowledgeBase(Config(index=tmp_path / "none"))), headers={"Host": "localhost"}
    )
    for path in ("/health", "/v1/search", "/v1/status"):
        result = client.simulate_get(path)
        assert (result.status_code, result.json["code"]) == (503, "index_missing")
        assert "kb ingest" in result.json["detail"]


def test_an_index_that_cannot_be_read_is_503(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").mkdir()
    client = testing.TestClient(create_app(KnowledgeBase(Config(index=tmp_path))), headers={"Host": "localhost"})
    for path in ("/health", "/v1/search", "/v1/status", "/v1/talks/a/b"):
        result = client.simulate_get(path)
        assert (result.status_code, result.json["code"]) == (503, "index_unreadable")
        assert "Is a directory" in result.json["detail"]


def test_what_nobody_expected_is_no_500(
    kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Reader, "fields", broken)
    result = testing.TestClient(create_app(kb), headers={"Host": "localhost"}).simulate_get("/v1/fields")
    assert (result.status_code, result.json["code"]) == (503, "internal")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "query",
    [
        "%00",
        "%ff%fe",
        "(" * 3000,
        "%ED%A0%80",
        "a" * 20_000,
        "rating%3A",
        "%22",
        "*",
        "sort%3A",
        "-",
        "%F0%9F%A6%80",
        "kind%3Anote+*",
        "AND+OR+NOT",
    ],
)
def test_any_question_is_answered(client: testing.TestClient, query: str) -> None:
    assert client.simulate_get("/v1/search", query_string=f"q={query}&facet=kind").status_code == 200


# The real server.


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running(tmp_path_factory.mktemp("server") / "index") as port:
        yield port


@contextmanager
def running(index: Path) -> Iterator[int]:
    """Runs a server and returns its port."""
    notes = ROOT / "tests" / "golden" / "notes"
    command = [sys.executable, "-m", "kb", "--index", str(index)]
    subprocess.run([*command, "ingest", str(notes)], check=True, capture_output=True)
    process = subprocess.Popen([*command, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    assert process.stderr
    line = process.stderr.readline()
    try:
        yield int(line.split(";")[0].rsplit(":", 1)[1])
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        process.stderr.close()


def ask(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as reply:
        return json.load(reply)


def test_slow_clients_starve_nobody(server: int) -> None:
    """Three hundred clients that never finish their request, and one that asks."""
    slow = []
    for n in range(300):
        client = socket.create_connection(("127.0.0.1", server))
        client.sendall(b"GET /v1/search HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + str(n).encode())
        slow.append(client)
    try:
        for _ in range(5):
            assert ask(server, "/v1/search?q=strace")["total"] == 1
            for client in slow[:20]:
                client.sendall(b"x")
    finally:
        for client in slow:
            client.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /health HTTP/1.1\r\n\r\n", b"421"),
        (b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n", b"413"),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", b"431"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /v1/talks/%ff/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    ],
)
def test_what_the_server_refuses_is_a_problem(server: int, request_: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server), timeout=20) as client:
        client.sendall(request_)
        head, _, body = client.recv(4096).partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == status
    assert b"Content-Type: application/problem+json" in head
    problem = json.loads(body)
    assert problem["status"] == int(status)
    assert set(problem) >= {"type", "title", "detail", "code"}


def test_a_running_server_sees_the_next_generation(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text("# Only this one ★\n**Maria López**\n")
    command = [sys.executable, "-m", "kb", "--index", str(tmp_path / "index"), "ingest"]
    command += ["--replace", str(tmp_path / "n.md")]
    with running(tmp_path / "index") as server:
        subprocess.run(command, check=True, capture_output=True)
        deadline = time.monotonic() + 20
        while titles(ask(server, "/v1/talks")) != ["Only this one"]:
            assert time.monotonic() < deadline
