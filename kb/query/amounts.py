"""Rules for what is counted: ratings and dates, exact, compared or between, and the order that is asked for."""

from __future__ import annotations

import datetime
import re

from kb.fields import SORTS
from kb.query import vocabulary as v
from kb.query.clause import Clause, Pattern, Rule, Taken, count
from kb.query.language import span
from kb.query.tree import Has, Node, Not, SortKey, Term, conjunction, disjunction
from kb.records import Kind


def _number(text: str) -> str:
    half = re.fullmatch(r"(\S+)\s+and\s+a\s+half", text)
    if half:
        return _number(half[1]).removesuffix(".0") + ".5"
    value = float(v.NUMBERS[text]) if text in v.NUMBERS else float(text.replace(",", "."))
    return f"{value:.2f}".rstrip("0").rstrip(".")


_OF = r"(?:\s*(?:/|out\s+of|of)\s*(?P<scale>5|10|five|ten))?"
_N = rf"(?P<n>{v.NUMBER})"
_UNIT = rf"(?:[\s-]*{v.STAR})"
_RATED = r"(?:(?:i\s+|you\s+|that\s+(?:i\s+)?|which\s+(?:i\s+)?|are\s+|were\s+|is\s+|was\s+)*(?:rated|rating|ratings?\s+of|scored|scoring|with(?:\s+a)?\s+ratings?(?:\s+of)?|with(?:\s+a)?\s+scores?(?:\s+of)?|graded|marked|given|gave|(?:(?:did|do)\s+(?:i|you)\s+)?rate)(?:\s+(?:at|as|of|is|are|with|by\s+me))*\s+)"
_LOWER = r"(?P<low>at\s+least|(?:no|not)\s+(?:less|fewer|lower)\s+than|minimum(?:\s+of)?|min|>=)"
_ABOVE = r"(?P<above>more\s+than|over|above|better\s+than|higher\s+than|greater\s+than|>)"
_UPPER = r"(?P<high>at\s+most|no\s+more\s+than|not\s+more\s+than|maximum(?:\s+of)?|max|up\s+to|<=)"
_UNDER = r"(?P<below>less\s+than|fewer\s+than|under|below|worse\s+than|lower\s+than|<)"
_AFTER = r"(?:\s*(?P<up>\+|at\s+least|or\s+(?:more|better|higher|above|up)|and\s+(?:more|up|above|better|higher)|plus|upwards)|\s*(?P<down>at\s+most|max(?:imum)?|tops|or\s+(?:less|lower|fewer|worse|below|under)|and\s+(?:below|under|lower|less)))?"
_END = r"(?![\w+.])"
_RATING_PATTERNS = tuple(
    Pattern(pattern)
    for pattern in (
        # Between two numbers, with the word or the unit that says what they count.
        rf"(?P<rated>{_RATED})?(?:between\s+|from\s+)?{_N}{_UNIT}?\s*(?:and|to|-|–)\s*(?P<m>{v.NUMBER})(?P<unit>{_UNIT})?{_END}",
        rf"(?P<rated>{_RATED})?(?:with\s+)?(?:(?:exactly|only|precisely)\s+)?(?:{_LOWER}|{_ABOVE}|{_UPPER}|{_UNDER})?\s*(?:an?\s+)?{_N}(?P<plus>\+)?{_OF}(?P<unit>{_UNIT})?(?:\s+(?:talks?|sessions?)(?=\s+(?:or|and)\s+(?:better|more|higher|above|up|less|lower|worse|fewer|below)))?{_AFTER}(?P<tail>[\s-]+(?:rated|ratings?|reviews?))?{_END}",
    )
)
_EITHER = Pattern(rf"(?P<n>{v.NUMBER})\s+or\s+(?P<m>{v.NUMBER})[\s-]*{v.STAR}{_END}")
_STARS = re.compile(r"^(?P<full>[★⭐]\ufe0f?)*(?:[☆✩]*)(?P<plus>\+)?$")


def rating(run: Clause, at: int) -> Taken | None:
    """Takes a rating: in words, digits, stars; exact, at least, at most, between."""
    if run.words[at][0] in "★⭐☆" and _STARS.match(run.words[at]):
        stars = sum(c in "★⭐" for c in run.words[at])
        plus = run.words[at].endswith("+") or run.text(at + 1).startswith(("or more", "or better", "and up"))
        words = 1 + (2 if plus and not run.words[at].endswith("+") else 0)
        return Taken(words, "rating", span("rating", str(stars), None if plus else str(stars)))
    text = run.text(at)
    if match := _EITHER.match(text):
        both = [Term(_number(match[name]), "rating") for name in ("n", "m")]
        return Taken(count(match[0]), "rating", disjunction(*both))
    between, single = _RATING_PATTERNS
    if (match := between.match(text)) and (match["rated"] or match["unit"]):
        low, high = sorted((_number(match["n"]), _number(match["m"])), key=float)
        return Taken(count(match[0]), "rating", span("rating", low, high))
    match = single.match(text)
    counts = run.word(at - 1) in ("ratings", "scores", "marks")  # "ratings over 4" needs no unit.
    if match is None or not (match["rated"] or match["unit"] or match["scale"] or match["tail"] or counts):
        return None
    if (
        match["scale"] is None
        and match["unit"] is None
        and match["rated"]
        and match["rated"].split()[0] in ("given", "gave")
    ):
        return None
    kind: Kind | None = "rating" if text.startswith("ratings ") or match[0].endswith("ratings") else None
    return Taken(count(match[0]), "rating", _compared(match), kind)


_NUMBERED = r"\d|one|two|three|four|five|six|seven|eight|nine|ten|zero"
RATING = Rule(
    rating,
    frozenset(
        "i you that which are were is was rated rating ratings scored scoring with graded marked given gave did do rate between"
        " from exactly only precisely at no not minimum min more over above better higher greater maximum max up less fewer under"
        " below worse lower a an".split()
    ),
    rf"[★⭐☆<>]|(?:min(?:imum)?|over|above|max(?:imum)?|under|below)?(?:{_NUMBERED})|(?:min(?:imum)?|over|above|max(?:imum)?|under|below)an?\Z",
)


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


def unrated(run: Clause, at: int) -> Taken | None:
    """Takes what says that there is no rating, or that there is one."""
    text = run.text(at, 4)
    if match := _UNRATED.match(text):
        return Taken(count(match[0]), "unrated", Not(Has("rating")))
    match = _RATED_AT_ALL.match(text)
    return Taken(count(match[0]), "rated", Has("rating")) if match else None


_UNRATED = Pattern(
    r"(?:unrated|not\s+(?:yet\s+)?rated(?!\s+(?:\d|one|two|three|four|five|at|above|below|over|under|more|less|higher|lower))|without\s+(?:an?\s+|any\s+)?(?:ratings?|scores?|stars)|(?:(?:that|which|who)\s+)?(?:with|have|has|had|got)\s+no\s+(?:ratings?|stars)(?:\s+(?:yet|so\s+far))?|no\s+ratings?"
    r"|(?:i\s+)?(?:have\s+not|haven't|never|didn't|did\s+not)\s+rated?)\b"
)
_RATED_AT_ALL = Pattern(
    r"(?:(?:with|(?:that|which|who)\s+(?:have|has))\s+(?:an?\s+|any\s+)?(?:ratings?|stars)|rated)(?=$|\s+(?:talks|sessions|by|from|about|in|at)\b)"
)
UNRATED = Rule(
    unrated,
    frozenset("not without that which who with have has had got no i haven't never didn't did rated".split()),
    r"unrated\b",
)


def _named_kind(run: Clause, at: int) -> bool:
    """Tells whether a known name and then what is asked for stand at a word: "Google talks"."""
    ends = range(at + 1, min(at + 4, len(run.words)))
    return any(run.word(end) in v.KIND_NOUNS and run.english.find(run.words[at:end], (), whole=True) for end in ends)


_FIRST = Pattern(
    r"(?:the\s+)?(best|highest|top|worst|lowest|newest|latest|oldest|earliest)(?:[\s-]+(?:rated|ones))?\s+(?:ones\s+)?first(?!\w)"
)
_TOP = Pattern(
    r"(?:(?:the\s+)?top(?:\s+(?:\d+|five|ten|three))?(?:[\s-]+rated)?(?=$|\s+(?:talks|sessions|presentations))|(?:highest|best)[\s-]+rated|highest\s+ratings?)"
)
_LOWEST = Pattern(r"lowest[\s-]+rated")
_NEWEST = Pattern(
    r"(?:the\s+)?(?:most\s+recent|latest|newest|recent)(?=$|\s+(?:talks?|sessions?|notes?|presentations?)(?!\w))"
)
# Before what "best" asks for an order.
_ORDERED = (
    v.BY
    | v.FROM
    | v.ABOUT
    | set(v.KIND_NOUNS)
    | set(v.KIND_SINGULARS)
    | {"in", "ones", "one", "thing", "things", "stuff"}
)
_SORT_NAMES = {
    "score": "rating",
    "star": "rating",
    "mark": "rating",
    "name": "title",
    "conference": "event",
    "time": "date",
}
_SORTED = Pattern(
    r"(?:sort(?:ed)?|order(?:ed)?|ranked|arranged)\s+by\s+(?:the\s+|their\s+|my\s+)?"
    rf"(?P<by>(?:{'|'.join((*SORTS, *_SORT_NAMES))})s?)(?:,?\s+(?P<way>descending|ascending|desc|asc|highest first|lowest first|newest first|oldest first))?(?!\w)"
)


def order(run: Clause, at: int) -> Taken | None:
    """Takes what asks for an order: best, worst, latest, oldest; a number after "top" is how many one would read."""
    text = run.text(at, 8)
    if sorted_ := _SORTED.match(text):
        field = _SORT_NAMES.get(sorted_["by"].removesuffix("s"), sorted_["by"].removesuffix("s"))
        descending = (
            (field == "rating") if not sorted_["way"] else sorted_["way"].startswith(("desc", "highest", "newest"))
        )
        return Taken(count(sorted_[0]), "order", sort=(SortKey(field, descending),))
    if best := _TOP.match(text):
        return Taken(count(best[0]), "best", sort=(SortKey("rating", True),))
    if first := _FIRST.match(text):
        key = SortKey("rating" if first[1] in ("best", "highest", "top", "worst", "lowest") else "date",
                      first[1] in ("best", "highest", "top", "newest", "latest"))  # fmt: skip
        return Taken(count(first[0]), "order", sort=(key,))
    if run.word(at) == "first" and run.sort:
        return Taken(1, "filler")
    if worst := _LOWEST.match(text):
        return Taken(count(worst[0]), "worst", sort=(SortKey("rating"),))
    for words, key in ((v.BEST, SortKey("rating", True)), (v.WORST, SortKey("rating"))):
        # "best practices" is what a talk is about: an order stands before a kind, a preposition, or the end.
        nxt = run.word(at + 1)
        if run.word(at) in words and ((not nxt and not run.left) or nxt in _ORDERED or _named_kind(run, at + 1)):
            return Taken(1, "best" if key.descending else "worst", sort=(key,))
    if match := _NEWEST.match(text):
        return Taken(count(match[0]), "newest", sort=(SortKey("date", True),))
    if run.word(at) in v.OLDEST and (not run.word(at + 1) or run.word(at + 1) in v.KIND_NOUNS):
        return Taken(1, "oldest", sort=(SortKey("date"),))
    return None


ORDER = Rule(
    order,
    v.BEST
    | v.WORST
    | v.OLDEST
    | frozenset(
        "sort sorted order ordered ranked arranged the top highest lowest newest latest first most recent".split()
    ),
    r"(?:top|highest|best|worst|lowest|newest|latest|oldest|earliest)-",
)


_MONTH = r"(?P<month>" + "|".join(sorted(v.MONTHS, key=len, reverse=True)) + r")"
_WHEN = rf"(?:(?:(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\s+(?:of\s+)?(?={_MONTH.replace('P<month>', ':')}))?{_MONTH}\s+(?:(?P<day2>[0-3]?\d)(?:st|nd|rd|th)?,?\s+)?)?(?P<year>(?:19[89]|20[0-4])\d)(?:-(?P<mm>0[1-9]|1[0-2])(?:-(?P<dd>[0-3]\d))?)?(?!\w)"
_SINCE = Pattern(
    rf"(?:since|after|before|until|till|through|up\s+to|prior\s+to|older\s+than|newer\s+than|later\s+than|earlier\s+than|in|from|of|during|on|at|for)?\s*(?:the\s+)?(?:years?\s+)?{_WHEN}(?P<onwards>\s+(?:onwards?|or\s+later|and\s+later))?(?P<before>\s+or\s+earlier)?"
)
_BETWEEN = Pattern(
    r"(?:between|from)\s+(?P<low>(?:19[89]|20[0-4])\d)\s*(?:and|to|-|–|through|until)\s*(?P<high>(?:19[89]|20[0-4])\d)(?!\w)|(?:in\s+)?(?P<low2>(?:19[89]|20[0-4])\d)\s*(?:-|–|to|\.\.)\s*(?P<high2>(?:19[89]|20[0-4])\d)(?!\w)"
)
_RELATIVE = Pattern(
    r"(?:from\s+|in\s+|of\s+|during\s+|since\s+)?(?P<which>last|this|previous|past|current)\s+(?P<unit>year|month)\b"
)


_LAST = Pattern(
    rf"(?:from\s+|in\s+|of\s+|during\s+|over\s+|within\s+)?(?:the\s+)?(?:last|past)\s+(?P<n>{v.NUMBER})\s+(?P<unit>years|months)\b"
)


def date(run: Clause, at: int) -> Taken | None:
    """Takes a date, or what lies before, after or between dates."""
    text = run.text(at)
    if match := _BETWEEN.match(text):
        low, high = sorted((match["low"] or match["low2"], match["high"] or match["high2"]))
        return Taken(count(match[0]), "date", span("date", low, high))
    if match := _LAST.match(text):
        n = int(float(_number(match["n"])))
        months = run.english.today.year * 12 + run.english.today.month - 1 - n
        since = (
            str(run.english.today.year - n) if match["unit"].startswith("y") else f"{months // 12}-{months % 12 + 1:02}"
        )
        return Taken(count(match[0]), "date", span("date", since, None))
    if match := _RELATIVE.match(text):
        return Taken(count(match[0]), "date", _relative(match, run.english.today))
    match = _SINCE.match(text)
    if match is None:
        return None
    head = match[0].split()[0]
    if head in ("of", "at", "for") and match["year"] is None:
        return None
    return Taken(
        count(match[0]), "date", _dated(match, f"{head} {match[0].split()[1] if len(match[0].split()) > 1 else ''}")
    )


DATE = Rule(
    date,
    frozenset(
        "between from in of during over within the last past this previous current since after before until till through up prior"
        " older newer later earlier on at for year years".split()
    ),
    rf"(?:since|after|before|until|till|through|in|from|of|during|on|at|for)?(?:\d|(?:{'|'.join(v.MONTHS)}|the|years?)\Z)",
)


def _dated(match: re.Match[str], head: str) -> Node:
    month = v.MONTHS[match["month"]] if match["month"] else int(match["mm"]) if match["mm"] else None
    day = match["dd"] or match["day"] or match["day2"]
    date = match["year"] + (f"-{month:02}" if month else "") + (f"-{int(day):02}" if day and month else "")
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
