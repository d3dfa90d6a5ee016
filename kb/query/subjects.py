"""Rules for who and what is asked for: kinds, people, companies, tools, events, and the small words between."""

from __future__ import annotations

import re
from collections.abc import Callable

from kb.fields import FIELDS
from kb.query import amounts
from kb.query import vocabulary as v
from kb.query.clause import Clause, Pattern, Rule, Taken, count
from kb.query.language import word_of
from kb.query.tree import Has, Node, Not, conjunction, disjunction
from kb.records import Kind
from kb.words import terms

MAX_NAME = 6  # Words of a name.
# What a question goes on with behind what is asked for.
_GOING_ON = (
    v.BY
    | v.FROM
    | v.ABOUT
    | v.MENTION
    | v.WITHOUT
    | frozenset("other presented given held delivered that who which with in rated without did has".split())
)


def kind(run: Clause, at: int) -> Taken | None:
    """Takes the kind of record that is asked for; the first one said counts."""
    word, following = run.word(at), run.word(at + 1)
    if word == "who" or _WHO.match(word):
        return Taken(1, "kind", kind="speaker")
    if word in ("what", "which") and following in ("did", "does", "do", "was", "were", "has", "have"):
        return Taken(1, "filler")
    ends = not following and at > 0 and (run.items or run.sort)
    if word in ("speaker", "speakers", "presenter") and run.word(at - 1) == "whose":
        return Taken(1, "filler")
    if v.KIND_NOUNS.get(word) == "speaker" and following in v.SPEAK:
        return Taken(1, "kind", kind="speaker")
    if word in v.STAFF and run.items and getattr(run.items[-1], "field", None) == "affiliation":
        return Taken(1, "kind", kind="speaker")
    kind = v.KIND_NOUNS.get(word) or (v.KIND_SINGULARS.get(word) if following in _GOING_ON or ends else None)
    if kind is None or (word in v.SPEAK and _is_verb(run, at)):
        return None
    if run.word(at - 1) in ("lightning", "ignite"):
        return None  # `lightning talks` are talks of a sort.
    if run.left and following and following not in _GOING_ON and not _is_known(run, at + 1):
        return None
    if (
        word in v.LOOSE_KINDS
        and following not in _GOING_ON
        and (run.left or (following and not _is_known(run, at + 1)))
    ):
        return None
    return Taken(1, "kind", kind=kind)


_WHO = Pattern(r"who\b")
KIND = Rule(kind, v.STAFF | set(v.KIND_NOUNS) | set(v.KIND_SINGULARS) | {"what", "which"}, r"who\b")


def _is_known(run: Clause, at: int) -> bool:
    """Tells whether a condition, politeness, or a name that the index knows begins at a word."""
    if run.word(at) in v.FILLER or amounts.rating(run, at) or amounts.date(run, at) or amounts.order(run, at):
        return True
    return bool(run.english.find([run.words[at]], (), whole=True))


def _is_verb(run: Clause, at: int) -> bool:
    """Tells whether "talks" or "talk" is what somebody does: after "who", or "did X"."""
    if run.word(at - 1) in ("any", "a", "which", "what", "every", "each", "some", "one"):
        return False
    return (
        run.word(at - 1) in ("who", "that")
        or "did" in run.lower[max(0, at - 5) : at]
        or "does" in run.lower[max(0, at - 5) : at]
    )


def did(run: Clause, at: int) -> Taken | None:
    """Takes "did X talk about": X is the speaker, whatever else is asked."""
    if run.word(at) not in ("did", "does", "has", "have", "do"):
        return None
    for end in range(at + 2, min(at + 2 + MAX_NAME, len(run.words))):
        if run.word(end) in v.SPEAK | v.MENTION | v.ABOUT | {"recommend", "recommended", "demo", "like"}:
            said = run.words[at + 1 : end]
            while len(said) > 1 and said[-1].lower() in v.FILLER:
                said = said[:-1]
            if len(said) > 2 and said[0].lower() in v.KIND_NOUNS and said[1].lower() in v.FROM | {"of"}:
                said = said[2:]
            if said and said[0].lower() not in v.FILLER | v.NEGATIONS | set(v.KIND_NOUNS) | set(v.KIND_SINGULARS):
                fields = ("speaker", "affiliation")
                node = run.english.find(said, fields) or run.english.nearly(said, fields)
                node = node or word_of(" ".join(said).lower(), "speaker")
                tail = 1 + (run.word(end + 1) in v.ABOUT)
                return Taken(end + tail - at, "speaker", node)
    return None


DID = Rule(did, frozenset({"did", "does", "has", "have", "do"}))
_STOPS = (
    v.MENTION | v.ABOUT | v.BY | v.FROM | v.WITHOUT | v.NEGATIONS | set(v.KIND_NOUNS)
    | {"and", "or", "but", "in", "with", "that", "which", "who", "rated", "since", "before", "after", "between", ",", "sort", "sorted", "ordered", "during", "until", "please"}
)  # fmt: skip
_ENDS = _STOPS - {"and", "of", "for", "in", "on"}  # What no name has in it.
_JOIN = Pattern(r"(?:, )?(?:and not|but not|or not|nor|and|or|&|,|as well as|but never|and neither)(?= )")


def _objects(
    run: Clause, at: int, fields: tuple[str, ...], otherwise: Callable[[list[str]], Node | None], neither: bool = False
) -> tuple[int, Node | None]:
    """Takes a list of objects: the longest known name at each place, else the words up to the next rule."""
    nodes: list[Node] = []
    joins: list[str] = []
    here, both = at, False
    while here < len(run.words):
        while run.word(here) in ("the", "a", "an", "both", "either", "any"):
            both = both or run.word(here) == "both"
            here += 1
        end, node = _object(run, here, fields, otherwise)
        if node is None:
            break
        nodes.append(node)
        here = end
        join = _JOIN.match(run.text(here) + " ")
        if not join or not _continues(run, here + count(join[0]), fields):
            break
        joins.append(join[0])
        here += count(join[0])
    if neither and nodes:
        return here, conjunction(*(Not(node) for node in nodes))
    # Nobody is from two companies at once as a rule: "from Google and Netflix" is from either.
    either = fields[0] in ("affiliation", "event") and not both and not any("not" in join for join in joins)
    return here, disjunction(*nodes) if either and nodes else _listed(nodes, joins)


def _listed(nodes: list[Node], joins: list[str]) -> Node | None:
    """Joins listed objects as the words between them say; commas join as the last word does."""
    if not nodes:
        return None
    last = next((j.removeprefix(", ") for j in reversed(joins) if j != ","), "and")
    result: Node = nodes[0]
    for join, node in zip(joins, nodes[1:], strict=False):
        word = last if join == "," else join.removeprefix(", ")
        if "not" in word or word in ("nor", "but never"):
            result = conjunction(result, Not(node))
        else:
            result = disjunction(result, node) if word == "or" else conjunction(result, node)
    return result


def _continues(run: Clause, at: int, fields: tuple[str, ...]) -> bool:
    """Tells whether a list goes on here with another object, rather than with another condition."""
    if (
        at >= len(run.words)
        or run.word(at) in _STOPS
        or amounts.rating(run, at)
        or amounts.date(run, at)
        or amounts.unrated(run, at)
    ):
        return False
    return run.word(at) not in v.KIND_NOUNS or bool(run.english.find([run.words[at]], fields, whole=True))


def _object(
    run: Clause, at: int, fields: tuple[str, ...], otherwise: Callable[[list[str]], Node | None]
) -> tuple[int, Node | None]:
    limit = at
    while limit < len(run.words) and limit - at < MAX_NAME and run.word(limit) not in _ENDS:
        limit += 1
    ends = range(limit, at, -1)
    for look in (run.english.find_whole, run.english.nearly_several, run.english.find):
        for end in ends:
            if node := look(_bare(run.words[at:end]), fields):
                return end, node
    end = at
    while (
        end < limit
        and run.word(end) not in _STOPS
        and not (end > at and (amounts.rating(run, end) or amounts.date(run, end)))
    ):
        end += 1
    said = _bare(run.words[at:end])
    return (end, otherwise(said)) if said else (at, None)


def _bare(words: list[str]) -> list[str]:
    """Returns words without the possessive of the last."""
    if words and ("'" in words[-1] or "’" in words[-1]):
        return [*words[:-1], _POSSESSIVE.sub("", words[-1])]
    return words


_POSSESSIVE = re.compile(r"['’]s?$")


_ANYBODY = frozenset({"anyone", "anybody", "everyone", "everybody", "someone", "people", "speakers"})


def by(run: Clause, at: int) -> Taken | None:
    """Takes "by X": a speaker, or a company when that is what the index knows."""
    word, nxt = run.word(at), run.word(at + 1)
    if word in v.BY and nxt in ("speaker", "speakers") and run.word(at + 2) not in ("", "from", "who", "that", "at"):
        taken = _listing(run, at + 1, "speaker", ("speaker", "affiliation"))
        return taken._replace(words=taken.words + 1) if taken else None
    if word in v.BY and nxt in v.KIND_SINGULARS and run.word(at + 2) in v.FROM | {"who", "that"}:
        return Taken(2, "filler")
    if word not in v.BY or not nxt or (nxt in v.KIND_NOUNS and run.word(at + 2) in v.FROM | {"who", "that", "at"}):
        return Taken(2, "filler") if word in v.BY and nxt in v.KIND_NOUNS else None
    if word == "of" and run.word(at - 1) not in (
        "mention",
        "talks",
        "sessions",
        "presentations",
        "talk",
        "mentions",
        "ratings",
    ):
        return None
    if word == "by" and nxt in _ANYBODY and (butted := re.match(r"(?:but|except|other than|not)\b", run.text(at + 2))):
        end, node = _objects(
            run,
            at + 2 + count(butted[0]),
            ("speaker", "affiliation"),
            lambda said: word_of(" ".join(said).lower(), "speaker"),
        )
        return Taken(end - at, "without", Not(node)) if node is not None else None
    fields = ("tool",) if run.word(at - 1) in ("mentions", "mention") else ("speaker", "affiliation")
    return _listing(run, at, "speaker", fields)


BY = Rule(by, v.BY)


def from_(run: Clause, at: int) -> Taken | None:
    """Takes "from X" or "at X": a company or an event."""
    if run.word(at) not in v.FROM | {"in"}:
        return None
    if run.word(at) in ("in", "for"):
        node = None
        for end in range(min(at + 1 + MAX_NAME, len(run.words)), at + 1, -1):
            if node := run.english.find(
                run.words[at + 1 : end],
                ("event",) if run.word(at) == "in" else ("affiliation",),
                whole=run.word(at) == "for",
            ):
                return Taken(end - at, "event" if run.word(at) == "in" else "affiliation", node)
        return None
    fields = ("affiliation", "event", "speaker") if run.word(at) == "from" else ("event", "affiliation")
    if run.word(at) == "at" and _object(run, at + 1, fields, lambda said: None)[1] is None:
        return None  # "at scale" is nowhere: it is what a talk is about.
    return _listing(run, at, "affiliation" if run.word(at) == "from" else "event", fields)


FROM = Rule(from_, v.FROM | {"in"})


def _listing(run: Clause, at: int, rule: str, fields: tuple[str, ...]) -> Taken | None:
    def unknown(said: list[str]) -> Node | None:
        text = " ".join(said)
        if not terms(text):
            return None
        return run.english.nearly(said, fields) or word_of(text.lower(), fields[0] if rule != "event" else "event")

    end, node = _objects(run, at + 1, fields, unknown)
    return Taken(end - at, rule, node) if node is not None else None


def mentioning(run: Clause, at: int) -> Taken | None:
    """Takes "mentioning X and Y but not Z": tools, or words where no tool is called so."""
    word = run.word(at)
    if word not in v.MENTION | {"with"}:
        return None
    begin = at + 1 + (run.word(at + 1) in ("of", "the", "about", "to"))
    if begin < len(run.words) and amounts.rating(run, begin):
        return Taken(1, "filler")
    if run.word(begin) in ("by", "in", "at", "from"):
        return Taken(1, "filler")
    if word == "with":
        end, node = _objects(run, begin, ("tool", "speaker"), lambda said: None)
        return Taken(end - at, "with", node) if node is not None else None
    if run.word(begin) in ("most", "often", "least", "anywhere", "together"):
        return Taken(begin + 1 - at, "filler")
    neither = run.word(begin) == "neither"
    end, node = _objects(run, begin + neither, ("tool",), lambda said: _tool_or_words(run, said), neither)
    return Taken(end - at, "tool", node) if node is not None else None


MENTIONING = Rule(mentioning, v.MENTION | {"with"})


def _tool_or_words(run: Clause, said: list[str]) -> Node | None:
    """Returns a tool that the index does not know, or words that it does."""
    text = " ".join(said)
    if not terms(text):
        return None
    names = run.english.names
    if names and all(names.has_word(word) for word in said if terms(word)):
        return conjunction(
            *(word_of(word) for word in said if terms(word) and (len(said) == 1 or word.lower() not in v.STOP))
        )
    return run.english.nearly(said, ("tool",)) or word_of(text.lower(), "tool")


def _tool(run: Clause, said: list[str]) -> Node | None:
    """Returns a tool that the index knows, or what else the words may mean where a tool is named."""
    return run.english.find(said, ("tool",)) or _tool_or_words(run, said)


def about(run: Clause, at: int) -> Taken | None:
    """Takes "about X" where X is, whole, a tool; other subjects are words."""
    if run.word(at) not in v.ABOUT:
        return None
    for end in range(min(at + 1 + MAX_NAME, len(run.words)), at + 1, -1):
        if run.english.find(run.words[at + 1 : end], ("tool",), whole=True):
            end, node = _objects(run, at + 1, ("tool",), lambda said: _tool_or_words(run, said))
            return Taken(end - at, "tool", node)
    return Taken(1, "filler")


ABOUT = Rule(about, v.ABOUT)


def without(run: Clause, at: int) -> Taken | None:
    """Takes "without X": not mentioning it."""
    other = run.text(at, 2) == "other than"
    if run.word(at) not in v.WITHOUT and not other:
        return None
    after = at + 1 + other
    while run.word(after) in ("for", "those", "ones", "the", "talks", "that", "which", "any"):
        after += 1
    if run.word(after) in v.BY | v.FROM | v.MENTION | v.ABOUT:
        return Taken(after - at, "not")
    lacking = re.match(r"(?:an?\s+|any\s+|the\s+)?(?:speakers?'?s?\s+)?(\w+?)s?(?=$|\s)", run.text(at + 1))
    if lacking and lacking[1] in FIELDS and lacking[1] != "kind":
        return Taken(1 + count(lacking[0]), "without", Not(Has(lacking[1])))
    end, node = _objects(
        run, at + 1 + other, ("tool", "speaker", "affiliation"), lambda said: _tool_or_words(run, said)
    )
    return Taken(end - at, "without", Not(node)) if node is not None else None


WITHOUT = Rule(without, v.WITHOUT | {"other"})


def named(run: Clause, at: int) -> Taken | None:
    """Takes a name directly before what is asked for: "google talks", "Brendan Gregg's talks", "strace mentions"."""
    if not run.asks:
        return None
    for end in range(min(at + MAX_NAME, len(run.words) - 1), at, -1):
        if run.word(end) not in v.ASKED and run.word(end) not in ("or", "and"):
            continue
        said = _bare(run.words[at:end])
        possessive = run.words[end - 1] != said[-1]
        before_kind = _is_kind(run, end, possessive)
        if not before_kind and run.word(end) in ("or", "and") and not run.items:  # "google or netflix talks"
            ends = range(end + 2, min(end + 1 + MAX_NAME, len(run.words)))
            before_kind = any(
                _is_kind(run, e, False) and run.english.find(run.words[end + 1 : e], (), whole=True) for e in ends
            )
        staff = run.word(end) in v.STAFF and run.word(end) not in v.KIND_NOUNS
        fields = ("affiliation",) if staff else ()
        if before_kind and (node := run.english.find(said, fields, whole=not possessive)):
            return Taken(end - at, "name", node)
        if before_kind and not staff and (node := run.english.find(said, ("event",))):
            return Taken(end - at, "name", node)
    return None


NAMED = Rule(named, anywhere=True)


def _is_kind(run: Clause, at: int, possessive: bool) -> bool:
    """Tells whether what is asked for stands at a word."""
    word = run.word(at)
    return word in v.KIND_NOUNS or word in v.STAFF or (word in ("talk", "session", "speakers") and possessive)


def having(run: Clause, at: int) -> Taken | None:
    """Takes "with a handle", "that have an affiliation": any value of a field."""
    if match := _HAVING.match(run.text(at, 6)):
        return Taken(count(match[0]), "having", Has(_FIELD_NAMES.get(match[1], match[1])))
    if match := _HAVING_NO.match(run.text(at, 8)):
        return Taken(count(match[0]), "having", Not(Has(_FIELD_NAMES.get(match[1], match[1]))))
    return None


_FIELD_NAMES = {"company": "affiliation", "employer": "affiliation", "conference": "event", "score": "rating"}
_FIELD = rf"({'|'.join((*(f for f in FIELDS if f not in ('kind', 'title', 'text', 'path')), *_FIELD_NAMES))})s?"
_GOES_ON = r"(?=$|\s+(?:and|but|or|from|in|at|by)\b)"
_HAVING = Pattern(
    rf"(?:with|having|(?:that|which|who)\s+(?:have|has))\s+(?:an?|any|some)\s+(?:known\s+)?{_FIELD}{_GOES_ON}"
)
_HAVING_NO = Pattern(
    rf"(?:with|having|where|(?:(?:that|which|who)\s+)?(?:have|has))\s+no\s+(?:known\s+)?{_FIELD}(?:\s+(?:is|was)\s+(?:given|known|named|set))?{_GOES_ON}"
)

HAVING = Rule(having, frozenset("with having that which who where have has".split()))


_COMES_UP = Pattern(
    r"(?:(?:that|which)\s+)?(?:(?:comes?|came|shows?|showed|turns?|turned|pops?|popped)\s+up|appears?|appeared|occurs?)(?!\w)"
)


def passive(run: Clause, at: int) -> Taken | None:
    """Takes "where strace is mentioned" and "in which strace is used"; asked first, "where is strace mentioned?"."""
    if often := re.match(
        r"how\s+(?:many\s+times|often)\s+(?:is|are|was|were)\s+(.+?)\s+(?:mentioned|used|named|discussed)(?!\w)",
        run.text(at),
    ):
        said = often[1].split()
        node = _tool(run, said)
        return Taken(count(often[0]), "tool", node, "mention") if node is not None else None
    if (run.items or run.kind) and (came := _COMES_UP.match(run.text(at))):
        return Taken(count(came[0]), "filler")
    begin = at + 1 + (run.word(at) == "in")
    if run.word(begin - 1) not in ("where", "which", "that"):
        return None
    begin += run.word(begin) == "the"
    for end in range(begin + 1, min(begin + 1 + MAX_NAME, len(run.words))):
        if came := _COMES_UP.match(run.text(end)):
            said = run.words[begin:end]
            node = _tool(run, said)
            return Taken(end + count(came[0]) - at, "tool", node) if node is not None else None
    asked = run.word(begin) in ("is", "are", "was", "were")
    for end in range(begin + 1 + asked, min(begin + 2 + MAX_NAME, len(run.words))):
        verb = end if asked else end + 1
        if run.word(verb) in v.MENTION | {"discussed", "covered", "named", "recommended"} and (
            asked or run.word(end) in ("is", "are", "was", "were", "gets", "get")
        ):
            said = run.words[begin + asked : end]
            node = _tool(run, said)
            if said[0].lower() in v.KIND_NOUNS or node is None:
                return None
            kind: Kind | None = "mention" if asked and run.word(at) == "where" else None
            return Taken(verb + 1 - at, "tool", node, kind)
    return None


PASSIVE = Rule(
    passive,
    frozenset("how where which that in comes come came shows show showed turns turn turned pops pop popped".split()),
    "appear|occur",
)


def alone(run: Clause, at: int) -> Taken | None:
    """Takes a whole name of several words, or one that is all that is asked: "Patrick Meenan", "google"."""
    names = run.english.names
    if names is None:
        return None
    if at + 1 < len(run.words) and (run.has_signs or names.begins(run.words[at])):
        for end in range(min(at + MAX_NAME, len(run.words)), at + 1, -1):
            if node := run.english.find(_bare(run.words[at:end]), ("speaker", "event", "affiliation"), whole=True):
                return Taken(end - at, "name", node)
    if run.says_more(at):
        return None
    said = _bare([run.words[at]])
    if said[0].lower() in v.FILLER or _is_rather_tool(run, said[0]):
        return None
    node = run.english.find(said, ("speaker", "affiliation", "event"), whole=True)
    return Taken(1, "name", node) if node else None


ALONE = Rule(alone, anywhere=True)


def _is_rather_tool(run: Clause, word: str) -> bool:
    """Tells whether more talks mention a tool of a name than have a person, company or event of it: it stays a word."""
    found = run.english.names.find(word, whole=True) if run.english.names else []
    return bool(found) and found[0].field == "tool"


def joint(run: Clause, at: int) -> Taken | None:
    """Takes the small words that join conditions or turn one round."""
    word, nxt = run.word(at), run.word(at + 1)
    if word == "or":
        return Taken(1, "or")
    if word in ("and", "but", ",", "&"):
        return Taken(1, "and")
    if word in v.NEGATIONS and nxt:
        return Taken(1, "not")
    return None


JOINT = Rule(joint, v.NEGATIONS | {"or", "and", "but", ",", "&"})


def speaking(run: Clause, at: int) -> Taken | None:
    """Takes what speakers do, where speakers are asked for."""
    asked = run.kind == "speaker" or run.word(at - 1) in ("that", "who", "which")
    if asked and run.word(at) in v.SPEAK:
        return Taken(1, "filler")
    by = run.word(at) in v.SPEAK | {"delivered", "done"} and run.word(at + 1) in ("by", "at", "in")
    named = run.items and getattr(run.items[-1], "field", None) in ("speaker", "affiliation")
    if by or (named and run.word(at) in v.SPEAK and not run.left):
        return Taken(1, "filler")
    return None


SPEAKING = Rule(speaking, v.SPEAK | {"delivered", "done"})


def filler(run: Clause, at: int) -> Taken | None:
    """Takes words of politeness and grammar, unless they are all that is left to search for."""
    word = run.word(at)
    if word == "by" and run.word(at + 1) in v.KIND_NOUNS:
        return Taken(2, "filler")
    if word in v.FILLER and (run.items or run.kind or not run.is_filler()):
        # Within words that are searched for ("state of the art") small words are left to `flush`.
        return None if run.left and run.word(at + 1) and word in v.STOP else Taken(1, "filler")
    return None


FILLER = Rule(filler, v.FILLER | {"by"})
