"""Generated notes, questions and trees that several tests share."""

from __future__ import annotations

from hypothesis import strategies as st

from kb.index import Changes, Put, Stored
from kb.query.tree import (
    All,
    Fuzzy,
    Has,
    Like,
    Most,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    Range,
    SortKey,
    Term,
    conjunction,
    disjunction,
)
from kb.records import KINDS, Appearance, Mention, Note, Rating, Reading, Source, Talk
from kb.roots import Root
from kb.words import slug

# Few words, so that generated questions meet generated notes.
WORDS = ("latency", "cache", "caches", "tail", "linux", "perform", "queue", "café", "c++", "node.js")
PEOPLE = ("Ada Lovelace", "Grace Hopper", "Alan Kay", "Ada Kay", "Čeněk Říha")
COMPANIES = ("Acme", "Acme Labs", "Initech")
TOOLS = ("strace", "perf", "kubernetes", "c++", "percona toolkit")
EVENTS = ("Velocity 2015", "Strange Loop", "PyCon 2014")
DATES = ("2014", "2015", "2015-05", "2015-05-28", "2016-01-02")

words = st.sampled_from(WORDS)
texts = st.lists(words, min_size=1, max_size=5).map(" ".join)
appearances = st.builds(
    Appearance,
    name=st.sampled_from(PEOPLE),
    line=st.just(1),
    affiliation=st.none() | st.sampled_from(COMPANIES),
    handle=st.none() | st.sampled_from(("ada", "hopper")),
)


@st.composite
def talks(draw: st.DrawFn, note: str, path: str, line: int) -> Talk:
    title = draw(texts)
    lines = [title, *draw(st.lists(texts, max_size=3))]
    people = draw(st.lists(appearances, max_size=2, unique_by=lambda p: p.name))
    names = draw(st.lists(st.sampled_from(TOOLS), max_size=3))
    return Talk(
        id=f"{note}/{slug(title)}-{line}",
        title=title,
        source=Source(path, line, line + len(lines) - 1),
        speakers=tuple(people),
        rating=draw(st.none() | st.sampled_from((1.0, 2.5, 4.0, 5.0)).map(lambda v: Rating(v, f"{v}/5", line))),
        mentions=tuple(Mention(name, name, line, n + 1) for n, name in enumerate(names)),
        event=draw(st.none() | st.sampled_from(EVENTS)),
        date=draw(st.none() | st.sampled_from(DATES)),
        text="\n".join(lines),
    )


@st.composite
def readings(draw: st.DrawFn, name: str) -> Reading:
    path = f"{name}.md"
    found = tuple(draw(talks(name, path, 1 + 10 * n)) for n in range(draw(st.integers(0, 3))))
    event, date = draw(st.none() | st.sampled_from(EVENTS)), draw(st.none() | st.sampled_from(DATES))
    return Reading(Note(name, draw(texts), Source(path, 1, 40), event, date), found)


collections = st.integers(1, 4).flatmap(lambda n: st.tuples(*(readings(f"note-{i}") for i in range(n))))


def changes(found: tuple[Reading, ...], remove: tuple[str, ...] = ()) -> Changes:
    """Returns a commit of some readings."""
    puts = tuple(Put(Stored(r.note.source.path, repr(hash(r)), 1, 1, r.note.id), r, r.problems) for r in found)
    return Changes(puts, remove, (Root("/notes"),))


def _leaf(field: str | None, values: tuple[str, ...]) -> st.SearchStrategy[Node]:
    plain = st.sampled_from(tuple(v for v in values if " " not in v))
    return st.one_of(
        st.builds(Term, plain, st.just(field)),
        st.builds(Phrase, st.sampled_from(values), st.just(field)),
        st.builds(Prefix, st.sampled_from(("la", "ca", "p", "k8", "ac", "ad", "2")), st.just(field)),
        st.builds(
            Fuzzy,
            st.sampled_from(("latencu", "caxhe", "strcae", "ame", "adq")),
            st.sampled_from((1, 2)),
            st.just(field),
        ),
    )


numbers = st.sampled_from(("1", "2.5", "3", "4", "5"))
years = st.sampled_from(("2014", "2015", "2016"))
dates = st.sampled_from(DATES)


def _range(field: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Term, values, st.just(field)),
        st.builds(Range, st.just(field), values, st.none()),
        st.builds(Range, st.just(field), st.none(), values),
        st.tuples(values, values).filter(lambda p: p[0] != p[1]).map(lambda p: Range(field, *sorted(p))),
    )


leaves: st.SearchStrategy[Node] = st.one_of(
    _leaf(None, (*WORDS, "tail latency", "ada lovelace")),
    _leaf("title", (*WORDS, "tail latency")),
    _leaf("text", (*WORDS, "cache queue")),
    _leaf("speaker", ("ada", "kay", "ada lovelace", "cenek", "riha")),
    _leaf("affiliation", ("acme", "acme labs", "labs")),
    _leaf("event", ("velocity", "velocity 2015", "loop")),
    _leaf("tool", ("strace", "perf", "k8s", "c++", "percona toolkit", "percona")),
    _leaf("handle", ("ada", "hopper")),
    _leaf("path", ("note", "md")),
    _range("rating", numbers),
    _range("year", years),
    _range("date", dates),
    st.builds(
        Has, st.sampled_from(("rating", "speaker", "affiliation", "handle", "event", "date", "year", "tool", "text"))
    ),
)


def _negated(node: Node) -> Node:
    return node.node if isinstance(node, Not) else Not(node)


nodes: st.SearchStrategy[Node] = st.recursive(
    leaves | st.builds(All),
    lambda children: st.one_of(
        st.lists(children, min_size=2, max_size=3).map(lambda ns: conjunction(*ns)),
        st.lists(children, min_size=2, max_size=3).map(lambda ns: disjunction(*ns)),
        children.map(_negated),
    ),
    max_leaves=6,
)
mosts = st.builds(
    Most,
    nodes,
    st.lists(
        st.builds(Term, st.sampled_from(WORDS))
        | st.builds(Like, st.sampled_from(("latencu", "cahce", "linxu", "qeueus", "tial"))),
        min_size=1,
        max_size=3,
        unique=True,
    ).map(tuple),
)


def _queries(where: st.SearchStrategy[Node]) -> st.SearchStrategy[Query]:
    return st.builds(
        Query,
        where,
        st.sampled_from(KINDS),
        st.lists(
            st.builds(
                SortKey, st.sampled_from(("rating", "date", "title", "event", "year", "path", "speaker")), st.booleans()
            ),
            max_size=2,
            unique_by=lambda key: key.field,
        ).map(tuple),
    )


queries = _queries(nodes)
asked = _queries(nodes | mosts)  # Beyond the language, what a question without an answer is turned into.
