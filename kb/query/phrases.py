"""Plain English to the query language, by rules and offline.

    run       = { filler | "and" | "or" | negation | condition }
    condition = kind | rating | date | order | "by" people | "from" company | "mentioning" tools | "about" subject | words
    people    = object { ("and" | "or" | ",") object }        likewise companies and tools
    object    = the longest name that the index knows, else the words up to the next rule

Each rule looks at the words from one place on and says how many it takes. "or" joins the conditions beside it,
"but not" turns the next one round. Words that no rule takes are searched for as words. What a question is read
as, canonical, is read as itself: a word left over that would be read otherwise alone is put in quotes.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from kb.query import vocabulary as v
from kb.query.explanation import explain
from kb.query.language import Run, read, span, word_of
from kb.query.names import Names
from kb.query.tree import (
    And,
    Has,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    SortKey,
    Term,
    conjunction,
    disjunction,
)
from kb.records import Kind
from kb.words import terms

MAX_NAME = 6  # Words of a name.


class Part(Struct, frozen=True):
    """Which words of a question a rule took, and what for."""

    words: str
    rule: str
    meaning: str


class Question(Struct, frozen=True):
    """A question as it is understood: the query, in words, what was not understood, and what may have been meant."""

    text: str
    query: Query
    explanation: str
    suggestion: str | None = None
    warnings: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def canonical(self) -> str:
        """The question in the query language."""
        return str(self.query)


class _Taken(NamedTuple):
    """What a rule took: how many words, the condition they make, and what they say beside it."""

    words: int
    rule: str
    node: Node | None = None
    kind: Kind | None = None
    sort: tuple[SortKey, ...] = ()


def read_question(text: str, names: Names | None = None, today: datetime.date | None = None) -> Question:
    """Reads a question in plain English, the query language, or both mixed."""
    reader = _English(names, today or datetime.date.today())
    understood = read(text, reader.run)
    query = understood.query
    again = read(str(query), _English(names, reader.today).run).query
    if again != query:
        query = query.__class__(_quoted(query.where), query.kind, query.sort)
    warnings = understood.warnings
    if query == Query() and not warnings and not terms(text) and text.strip(" *"):
        warnings = ("there is nothing to search for in the question, so everything is shown",)
    return Question(text, query, explain(query), reader.suggestion(text), warnings, tuple(reader.parts))


def _quoted(node: Node) -> Node:
    """Puts the bare words of a tree in quotes."""
    if isinstance(node, And):
        return conjunction(*(_quoted(n) for n in node.nodes))
    if isinstance(node, Or):
        return disjunction(*(_quoted(n) for n in node.nodes))
    if isinstance(node, Not):
        return Not(_quoted(node.node))
    return Phrase(node.text) if isinstance(node, Term) and node.field is None else node


class _English:
    """Reads the runs of plain words in one question."""

    def __init__(self, names: Names | None, today: datetime.date) -> None:
        self.names, self.today = names, today
        self.parts: list[Part] = []
        self.unknown: list[tuple[str, tuple[str, ...]]] = []

    def run(self, words: list[str]) -> Run:
        """Reads one run of plain words."""
        run = _Run(self, [w for word in words for w in _split(word)])
        return run.read()

    def find(self, said: list[str], fields: tuple[str, ...], whole: bool = False) -> Node | None:
        """Returns the condition that some words name something known: one name, or what the names share."""
        if not self.names:
            return None
        found = self.names.find(" ".join(said), fields)
        found = [n for n in found if n.whole] or ([] if whole else found)
        if not found:
            return None
        best = found[0]
        same = [n for n in found if n.field == best.field]
        text = best.value if len(same) == 1 or best.whole else " ".join(said).lower()
        return word_of(text, best.field)

    def suggestion(self, text: str) -> str | None:
        """Returns the question with its first unknown word as something known that is near."""
        if not self.names:
            return None
        for said, fields in self.unknown:
            near = self.names.near(said, fields)
            if near:
                return re.sub(re.escape(said), near[0].replace("\\", r"\\"), text, count=1, flags=re.IGNORECASE)
        return None


def _split(word: str) -> list[str]:
    """Cuts signs off a word that plain English sets beside it: commas, question marks, possessives stay apart."""
    stripped = word.strip(",;?!")
    comma = [","] if word.endswith((",", ";")) and stripped else []
    return [stripped, *comma] if stripped else []


class _Run:
    """One run of plain words on its way to a condition."""

    def __init__(self, english: _English, words: list[str]) -> None:
        self.english, self.words = english, words
        self.lower = [w.lower().rstrip(".:") if len(w) > 1 else w.lower() for w in words]
        self.kind: Kind | None = None
        self.sort: tuple[SortKey, ...] = ()
        self.items: list[Node | str] = []
        self.left: list[str] = []

    def read(self) -> Run:
        """Reads the words from left to right by the first rule that takes some."""
        at = 0
        while at < len(self.words):
            taken = next((t for rule in _RULES if (t := rule(self, at))), None)
            if taken is None:
                self.left.append(self.words[at])
                at += 1
                continue
            self.flush()
            if taken.node is not None:
                self.items.append(taken.node)
            if taken.kind and not self.kind:
                self.kind = taken.kind
            self.sort = self.sort or taken.sort
            meaning = str(taken.node) if taken.node else ",".join(map(str, taken.sort)) or (taken.kind or "")
            if taken.rule not in ("filler", "and", "or", "not"):
                self.english.parts.append(Part(" ".join(self.words[at : at + taken.words]), taken.rule, meaning))
            if taken.rule in ("or", "not"):
                self.items.append(taken.rule)
            at += taken.words
        self.flush()
        return Run(self.combined(), self.kind, self.sort)

    def flush(self) -> None:
        """Turns the words that no rule took into conditions: stop words go, unless nothing else was said."""
        said = [w for w in self.left if terms(w)]
        kept = [w for w in said if w.lower() not in v.STOP] or (said if not self.items else [])
        self.left = []
        for word in kept:
            if self.english.names and not self.english.names.has_word(word):
                self.english.unknown.append((word, ()))
            self.items.append(word_of(word))
            self.english.parts.append(Part(word, "word", str(self.items[-1])))

    def combined(self) -> Node | None:
        """Joins the conditions: "or" the two beside it, "not" turns the next one round, the others must all hold."""
        nodes: list[Node] = []
        joining = negative = False
        for item in self.items:
            if isinstance(item, str):
                joining, negative = joining or (item == "or" and bool(nodes)), negative or item == "not"
                continue
            node = (item.node if isinstance(item, Not) else Not(item)) if negative else item
            nodes = [*nodes[:-1], disjunction(nodes[-1], node)] if joining else [*nodes, node]
            joining = negative = False
        return conjunction(*nodes) if nodes else None

    def text(self, at: int, count: int = 12) -> str:
        """Returns the words from a place on, in lower case, for patterns over several."""
        return " ".join(self.lower[at : at + count])

    def word(self, at: int) -> str:
        return self.lower[at] if 0 <= at < len(self.lower) else ""


Rule = Callable[[_Run, int], "_Taken | None"]


def _count(text: str) -> int:
    return len(text.split())


def _number(text: str) -> str:
    half = re.fullmatch(r"(\S+)\s+and\s+a\s+half", text)
    if half:
        return _number(half[1]).removesuffix(".0") + ".5"
    value = float(v.NUMBERS[text]) if text in v.NUMBERS else float(text.replace(",", "."))
    return f"{value:.2f}".rstrip("0").rstrip(".")


_OF = r"(?:\s*(?:/|out\s+of|of)\s*(?P<scale>5|10|five|ten))?"
_N = rf"(?P<n>{v.NUMBER})"
_UNIT = rf"(?:[\s-]*{v.STAR})"
_RATED = r"(?:(?:i\s+|you\s+|that\s+(?:i\s+)?|which\s+(?:i\s+)?|are\s+|were\s+|is\s+|was\s+)*(?:rated|rating|ratings?\s+of|scored|scoring|with(?:\s+a)?\s+ratings?(?:\s+of)?|with(?:\s+a)?\s+scores?(?:\s+of)?|graded|marked|given|gave)(?:\s+(?:at|as|of|is|are|with|by\s+me))*\s+)"
_LOWER = r"(?P<low>at\s+least|no\s+less\s+than|not\s+less\s+than|minimum(?:\s+of)?|min|>=)"
_ABOVE = r"(?P<above>more\s+than|over|above|better\s+than|higher\s+than|greater\s+than|>)"
_UPPER = r"(?P<high>at\s+most|no\s+more\s+than|not\s+more\s+than|maximum(?:\s+of)?|max|up\s+to|<=)"
_UNDER = r"(?P<below>less\s+than|fewer\s+than|under|below|worse\s+than|lower\s+than|<)"
_AFTER = r"(?:\s*(?P<up>\+|or\s+(?:more|better|higher|above|up)|and\s+(?:more|up|above|better|higher)|plus|upwards)|\s*(?P<down>or\s+(?:less|lower|fewer|worse|below|under)|and\s+(?:below|under|lower|less)))?"
_END = r"(?![\w+.])"
_RATING_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # Between two numbers, with the word or the unit that says what they count.
        rf"(?P<rated>{_RATED})?(?:between\s+|from\s+)?{_N}{_UNIT}?\s*(?:and|to|-|–)\s*(?P<m>{v.NUMBER})(?P<unit>{_UNIT})?{_END}",
        rf"(?P<rated>{_RATED})?(?:with\s+)?(?:(?:exactly|only|precisely)\s+)?(?:{_LOWER}|{_ABOVE}|{_UPPER}|{_UNDER})?\s*(?:an?\s+)?{_N}(?P<plus>\+)?{_OF}(?P<unit>{_UNIT})?{_AFTER}(?P<tail>[\s-]+(?:rated|ratings?|reviews?))?{_END}",
    )
)
_STARS = re.compile(r"^(?P<full>[★⭐]\ufe0f?)*(?:[☆✩]*)(?P<plus>\+)?$")


def _rating(run: _Run, at: int) -> _Taken | None:
    """Takes a rating: in words, digits, stars; exact, at least, at most, between."""
    if run.words[at][0] in "★⭐☆" and _STARS.match(run.words[at]):
        count = sum(c in "★⭐" for c in run.words[at])
        plus = run.words[at].endswith("+") or run.text(at + 1).startswith(("or more", "or better", "and up"))
        words = 1 + (2 if plus and not run.words[at].endswith("+") else 0)
        return _Taken(words, "rating", span("rating", str(count), None if plus else str(count)))
    text = run.text(at)
    between, single = _RATING_PATTERNS
    if (match := between.match(text)) and (match["rated"] or match["unit"]):
        low, high = sorted((_number(match["n"]), _number(match["m"])), key=float)
        return _Taken(_count(match[0]), "rating", span("rating", low, high))
    match = single.match(text)
    if match is None or not (match["rated"] or match["unit"] or match["scale"] or match["tail"]):
        return None
    if (
        match["scale"] is None
        and match["unit"] is None
        and match["rated"]
        and match["rated"].split()[0] in ("given", "gave")
    ):
        return None
    return _Taken(_count(match[0]), "rating", _compared(match))


def _compared(match: re.Match[str]) -> Node:
    """Returns the condition that a rating pattern states."""
    value = _number(match["n"])
    if match["scale"] in ("10", "ten"):
        value = _number(str(float(value) / 2))
    if match["low"] or match["up"] or match["plus"]:
        return span("rating", value, None)
    if match["high"] or match["down"]:
        return span("rating", None, value)
    if match["above"]:
        return conjunction(span("rating", value, None), Not(Term(value, "rating")))
    if match["below"]:
        return conjunction(span("rating", None, value), Not(Term(value, "rating")))
    return Term(value, "rating")


def _unrated(run: _Run, at: int) -> _Taken | None:
    """Takes what says that there is no rating, or that there is one."""
    text = run.text(at, 4)
    match = re.match(
        r"(?:unrated|not\s+(?:yet\s+)?rated|without\s+(?:an?\s+|any\s+)?(?:ratings?|scores?|stars)|with\s+no\s+(?:ratings?|stars)|no\s+ratings?"
        r"|(?:i\s+)?(?:have\s+not|haven't|never|didn't|did\s+not)\s+rated?)\b",
        text,
    )
    if match:
        return _Taken(_count(match[0]), "unrated", Not(Has("rating")))
    match = re.match(
        r"(?:with\s+(?:an?\s+)?(?:ratings?|stars)|rated)(?=$|\s+(?:talks|sessions|by|from|about|in|at)\b)", text
    )
    return _Taken(_count(match[0]), "rated", Has("rating")) if match else None


def _order(run: _Run, at: int) -> _Taken | None:
    """Takes what asks for an order: best, worst, latest, oldest; a number after "top" is how many one would read."""
    text = run.text(at, 5)
    best = re.match(
        r"(?:(?:the\s+)?top(?:\s+(?:\d+|five|ten|three))?(?:[\s-]+rated)?(?=$|\s+(?:talks|sessions|presentations))|(?:highest|best)[\s-]+rated|highest\s+ratings?)",
        text,
    )
    if best:
        return _Taken(_count(best[0]), "best", sort=(SortKey("rating", True),))
    if re.match(r"lowest[\s-]+rated", text):
        return _Taken(_count(re.match(r"lowest[\s-]+rated", text)[0]), "worst", sort=(SortKey("rating"),))  # type: ignore[index]
    for words, key in ((v.BEST, SortKey("rating", True)), (v.WORST, SortKey("rating"))):
        # "best practices" is what a talk is about: an order stands before a kind, a preposition, or the end.
        nxt = run.word(at + 1)
        if run.word(at) in words and (
            not nxt or nxt in v.KIND_NOUNS or nxt in v.KIND_SINGULARS or nxt in v.BY | v.FROM | v.ABOUT | {"in", "ones"}
        ):
            return _Taken(1, "best" if key.descending else "worst", sort=(key,))
    match = re.match(
        r"(?:the\s+)?(?:most\s+recent|latest|newest|recent)(?=$|\s+(?:talks|sessions|notes|presentations))", text
    )
    if match:
        return _Taken(_count(match[0]), "newest", sort=(SortKey("date", True),))
    if run.word(at) in v.OLDEST and run.word(at + 1) in ("", *v.KIND_NOUNS):
        return _Taken(1, "oldest", sort=(SortKey("date"),))
    return None


_MONTH = r"(?P<month>" + "|".join(sorted(v.MONTHS, key=len, reverse=True)) + r")"
_WHEN = rf"(?:{_MONTH}\s+)?(?P<year>(?:19[89]|20[0-4])\d)(?:-(?P<mm>0[1-9]|1[0-2])(?:-(?P<dd>[0-3]\d))?)?(?!\w)"
_SINCE = re.compile(
    rf"(?:since|after|before|until|till|through|up\s+to|prior\s+to|older\s+than|newer\s+than|later\s+than|earlier\s+than|in|from|of|during|on|at|for)?\s*(?:the\s+)?(?:years?\s+)?{_WHEN}(?P<onwards>\s+(?:onwards?|or\s+later|and\s+later))?(?P<before>\s+or\s+earlier)?"
)
_BETWEEN = re.compile(
    r"(?:between|from)\s+(?P<low>(?:19[89]|20[0-4])\d)\s*(?:and|to|-|–|through|until)\s*(?P<high>(?:19[89]|20[0-4])\d)(?!\w)|(?:in\s+)?(?P<low2>(?:19[89]|20[0-4])\d)\s*(?:-|–|to|\.\.)\s*(?P<high2>(?:19[89]|20[0-4])\d)(?!\w)"
)
_RELATIVE = re.compile(
    r"(?:from\s+|in\s+|of\s+|during\s+|since\s+)?(?P<which>last|this|previous|past|current)\s+(?P<unit>year|month)\b"
)


def _date(run: _Run, at: int) -> _Taken | None:
    """Takes a date, or what lies before, after or between dates."""
    text = run.text(at)
    if match := _BETWEEN.match(text):
        low, high = sorted((match["low"] or match["low2"], match["high"] or match["high2"]))
        return _Taken(_count(match[0]), "date", span("date", low, high))
    if match := _RELATIVE.match(text):
        return _Taken(_count(match[0]), "date", _relative(match, run.english.today))
    match = _SINCE.match(text)
    if match is None:
        return None
    head = match[0].split()[0]
    if head in ("of", "at", "for") and match["year"] is None:
        return None
    return _Taken(
        _count(match[0]), "date", _dated(match, f"{head} {match[0].split()[1] if len(match[0].split()) > 1 else ''}")
    )


def _dated(match: re.Match[str], head: str) -> Node:
    month = v.MONTHS[match["month"]] if match["month"] else int(match["mm"]) if match["mm"] else None
    date = match["year"] + (f"-{month:02}" if month else "") + (f"-{match['dd']}" if match["dd"] else "")
    this = Term(date, "date")
    if re.match(r"since\b", head) or match["onwards"]:
        return span("date", date, None)
    if re.match(r"after|newer|later", head):
        return conjunction(span("date", date, None), Not(this))
    if re.match(r"before|prior|older|earlier", head):
        return conjunction(span("date", None, date), Not(this))
    if re.match(r"until|till|through|up", head) or match["before"]:
        return span("date", None, date)
    return this


def _relative(match: re.Match[str], today: datetime.date) -> Node:
    earlier = match["which"] in ("last", "previous", "past")
    if match["unit"] == "year":
        return Term(str(today.year - earlier), "date")
    months = today.year * 12 + today.month - 1 - earlier
    return Term(f"{months // 12}-{months % 12 + 1:02}", "date")


def _kind(run: _Run, at: int) -> _Taken | None:
    """Takes the kind of record that is asked for; the first one said counts."""
    word, following = run.word(at), run.word(at + 1)
    goes_on = (
        v.BY | v.FROM | v.ABOUT | v.MENTION | {"that", "who", "which", "with", "in", "rated", "without", "did", "has"}
    )
    if word == "who" or re.match(r"who\b", word):
        return _Taken(1, "kind", kind="speaker")
    if word in ("what", "which") and following in ("did", "does", "do", "was", "were", "has", "have"):
        return _Taken(1, "filler")
    kind = v.KIND_NOUNS.get(word) or (v.KIND_SINGULARS.get(word) if following in goes_on else None)
    if kind is None or (word in v.SPEAK and _is_verb(run, at)):
        return None
    return _Taken(1, "kind", kind=kind)


def _is_verb(run: _Run, at: int) -> bool:
    """Tells whether "talks" or "talk" is what somebody does: after "who", or "did X"."""
    return (
        run.word(at - 1) in ("who", "that")
        or "did" in run.lower[max(0, at - 5) : at]
        or "does" in run.lower[max(0, at - 5) : at]
    )


def _did(run: _Run, at: int) -> _Taken | None:
    """Takes "did X talk about": X is the speaker, whatever else is asked."""
    if run.word(at) not in ("did", "does", "has", "have", "do"):
        return None
    for end in range(at + 2, min(at + 2 + MAX_NAME, len(run.words))):
        if run.word(end) in v.SPEAK | v.MENTION | v.ABOUT | {"recommend", "recommended", "demo", "like"}:
            said = run.words[at + 1 : end]
            if said and said[0].lower() not in v.FILLER:
                node = run.english.find(said, ("speaker", "affiliation")) or word_of(" ".join(said).lower(), "speaker")
                tail = 1 + (run.word(end + 1) in v.ABOUT)
                return _Taken(end + tail - at, "speaker", node)
    return None


_STOPS = (
    v.MENTION | v.ABOUT | v.BY | v.FROM | v.WITHOUT | v.NEGATIONS | set(v.KIND_NOUNS)
    | {"and", "or", "but", "in", "with", "that", "which", "who", "rated", "since", "before", "after", "between", ",", "sort", "sorted", "ordered", "during", "until", "please"}
)  # fmt: skip


def _objects(
    run: _Run, at: int, fields: tuple[str, ...], otherwise: Callable[[list[str]], Node | None]
) -> tuple[int, Node | None]:
    """Takes a list of objects: the longest known name at each place, else the words up to the next rule."""
    nodes: list[Node] = []
    joins: list[str] = []
    here = at
    while here < len(run.words):
        while run.word(here) in ("the", "a", "an", "both", "either", "any"):
            here += 1
        end, node = _object(run, here, fields, otherwise)
        if node is None:
            break
        nodes.append(node)
        here = end
        join = re.match(
            r"(?:, )?(?:and not|but not|or not|nor|and|or|&|,|as well as|but never|and neither)(?= )",
            run.text(here) + " ",
        )
        if not join or not _continues(run, here + _count(join[0]), fields):
            break
        joins.append(join[0])
        here += _count(join[0])
    return here, _listed(nodes, joins)


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


def _continues(run: _Run, at: int, fields: tuple[str, ...]) -> bool:
    """Tells whether a list goes on here with another object, rather than with another condition."""
    if at >= len(run.words) or run.word(at) in _STOPS or _rating(run, at) or _date(run, at) or _unrated(run, at):
        return False
    return run.word(at) not in v.KIND_NOUNS or bool(run.english.find([run.words[at]], fields, whole=True))


def _object(
    run: _Run, at: int, fields: tuple[str, ...], otherwise: Callable[[list[str]], Node | None]
) -> tuple[int, Node | None]:
    limit = at
    while (
        limit < len(run.words)
        and limit - at < MAX_NAME
        and run.word(limit) not in _STOPS - {"and", "of", "for", "in", "on"}
    ):
        limit += 1
    for whole in (True, False):
        for end in range(limit, at, -1):
            said = _bare(run.words[at:end])
            if node := run.english.find(said, fields, whole=whole):
                return end, node
    end = at
    while end < limit and run.word(end) not in _STOPS and not (end > at and (_rating(run, end) or _date(run, end))):
        end += 1
    said = _bare(run.words[at:end])
    return (end, otherwise(said)) if said else (at, None)


def _bare(words: list[str]) -> list[str]:
    """Returns words without the possessive of the last."""
    return [*words[:-1], re.sub(r"['’]s?$", "", words[-1])] if words else []


def _by(run: _Run, at: int) -> _Taken | None:
    """Takes "by X": a speaker, or a company when that is what the index knows."""
    word, nxt = run.word(at), run.word(at + 1)
    if word not in v.BY or not nxt or (nxt in v.KIND_NOUNS and run.word(at + 2) in v.FROM | {"who", "that", "at"}):
        return _Taken(2, "filler") if word in v.BY and nxt in v.KIND_NOUNS else None
    if word == "of" and run.word(at - 1) not in ("talks", "sessions", "presentations", "talk", "mentions", "ratings"):
        return None
    fields = ("tool",) if run.word(at - 1) == "mentions" else ("speaker", "affiliation")
    return _listing(run, at, "speaker", fields)


def _from(run: _Run, at: int) -> _Taken | None:
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
                return _Taken(end - at, "event" if run.word(at) == "in" else "affiliation", node)
        return None
    fields = ("affiliation", "event", "speaker") if run.word(at) == "from" else ("event", "affiliation")
    return _listing(run, at, "affiliation" if run.word(at) == "from" else "event", fields)


def _listing(run: _Run, at: int, rule: str, fields: tuple[str, ...]) -> _Taken | None:
    def unknown(said: list[str]) -> Node | None:
        text = " ".join(said)
        if not terms(text):
            return None
        run.english.unknown.append((text, fields))
        return word_of(text.lower(), fields[0] if rule != "event" else "event")

    end, node = _objects(run, at + 1, fields, unknown)
    return _Taken(end - at, rule, node) if node is not None else None


def _mentioning(run: _Run, at: int) -> _Taken | None:
    """Takes "mentioning X and Y but not Z": tools, or words where no tool is called so."""
    word = run.word(at)
    if word not in v.MENTION | {"with"}:
        return None
    begin = at + 1 + (run.word(at + 1) in ("of", "the", "about") or False)
    if run.word(begin) in ("by", "in", "at", "from"):
        return _Taken(1, "filler")
    if word == "with":
        end, node = _objects(run, begin, ("tool", "speaker"), lambda said: None)
        return _Taken(end - at, "with", node) if node is not None else None
    end, node = _objects(run, begin, ("tool",), lambda said: _tool_or_words(run, said))
    return _Taken(end - at, "tool", node) if node is not None else None


def _tool_or_words(run: _Run, said: list[str]) -> Node | None:
    """Returns a tool that the index does not know, or words that it does."""
    text = " ".join(said)
    if not terms(text):
        return None
    names = run.english.names
    if names and all(names.has_word(word) for word in said if terms(word)):
        return conjunction(
            *(word_of(word) for word in said if terms(word) and (len(said) == 1 or word.lower() not in v.STOP))
        )
    run.english.unknown.append((text, ("tool",)))
    return word_of(text.lower(), "tool")


def _about(run: _Run, at: int) -> _Taken | None:
    """Takes "about X" where X is, whole, a tool; other subjects are words."""
    if run.word(at) not in v.ABOUT:
        return None
    for end in range(min(at + 1 + MAX_NAME, len(run.words)), at + 1, -1):
        if run.english.find(run.words[at + 1 : end], ("tool",), whole=True):
            end, node = _objects(run, at + 1, ("tool",), lambda said: _tool_or_words(run, said))
            return _Taken(end - at, "tool", node)
    return _Taken(1, "filler")


def _without(run: _Run, at: int) -> _Taken | None:
    """Takes "without X": not mentioning it."""
    if run.word(at) not in v.WITHOUT:
        return None
    end, node = _objects(run, at + 1, ("tool", "speaker", "affiliation"), lambda said: _tool_or_words(run, said))
    return _Taken(end - at, "without", Not(node)) if node is not None else None


def _named(run: _Run, at: int) -> _Taken | None:
    """Takes a name directly before what is asked for: "google talks", "Brendan Gregg's talks", "strace mentions"."""
    for end in range(min(at + MAX_NAME, len(run.words)), at, -1):
        said = _bare(run.words[at:end])
        possessive = run.words[end - 1] != said[-1]
        before_kind = run.word(end) in v.KIND_NOUNS or (run.word(end) in ("talk", "session", "speakers") and possessive)
        if before_kind and (node := run.english.find(said, (), whole=not possessive)):
            return _Taken(end - at, "name", node)
    return None


def _alone(run: _Run, at: int) -> _Taken | None:
    """Takes a whole name of several words, or one that is all that is asked: "Patrick Meenan", "google"."""
    for end in range(min(at + MAX_NAME, len(run.words)), at, -1):
        said = _bare(run.words[at:end])
        rest = [w for w in (*run.lower[:at], *run.lower[end:]) if w not in v.FILLER and w not in v.KIND_NOUNS]
        if len(said) == 1 and (rest or said[0].lower() in v.FILLER):
            continue
        fields = ("speaker", "affiliation", "event") if len(said) == 1 else ("speaker", "event", "affiliation")
        if node := run.english.find(said, fields, whole=True):
            return _Taken(end - at, "name", node)
    return None


def _joint(run: _Run, at: int) -> _Taken | None:
    """Takes the small words that join conditions or turn one round."""
    word, nxt = run.word(at), run.word(at + 1)
    if word == "or":
        return _Taken(1, "or")
    if word in ("and", "but", ",", "&"):
        return _Taken(1, "and")
    if word in v.NEGATIONS and nxt:
        return _Taken(1, "not")
    return None


def _speaking(run: _Run, at: int) -> _Taken | None:
    """Takes what speakers do, where speakers are asked for."""
    if run.kind == "speaker" and run.word(at) in v.SPEAK:
        return _Taken(1, "filler")
    return None


def _filler(run: _Run, at: int) -> _Taken | None:
    """Takes words of politeness and grammar, unless they are all that is left to search for."""
    word = run.word(at)
    others = [w for w in run.lower if w not in v.FILLER]
    if word == "by" and run.word(at + 1) in v.KIND_NOUNS:
        return _Taken(2, "filler")
    if word in v.FILLER and (others or run.items or run.kind):
        # Within words that are searched for ("state of the art") small words are left to `flush`.
        return None if run.left and run.word(at + 1) and word in v.STOP else _Taken(1, "filler")
    return None


_RULES: tuple[Rule, ...] = (
    _rating, _unrated, _order, _did, _date, _named, _kind, _speaking, _by, _from, _mentioning, _about, _without, _alone, _joint, _filler,
)  # fmt: skip
