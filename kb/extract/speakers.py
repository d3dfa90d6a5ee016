"""People in a line of a note: names with affiliation and handle, roles dropped, weighed by how much they look like it.

A line is read left to right: what looks like a name opens a person, what follows `,`, `(`, `at` or a dash is the
affiliation of the people before it, a role is dropped. The evidence adds up, and its reader asks for more of it
where the place says less.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from kb.extract import vocabulary
from kb.extract.names import PLACEHOLDER, bare, name_score
from kb.outline import GAP, LINK, plain, without_icons
from kb.words import fold

_HANDLE_URL = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter\.com|x\.com)/(?:#!/)?@?(\w{1,20})/?(?:\?\S*)?$", re.IGNORECASE
)
_PROFILE = re.compile(r"https?://(?:www\.)?(?:twitter|x)\.com/@?(\w{1,20})\b")
HANDLE = re.compile(r"(?<![\w.@/])@(\w{1,20})\b(?!\.\w)")
_EMAIL = re.compile(r"<?\b[\w.+-]{1,64}@[\w-]+\.[\w.]+>?")
_LABEL = re.compile(
    r"^\W*(?:(?:the\s+)?(?:speakers?|presenters?|panel(?:l?ists?)?|authors?|lecturers?|who|orat(?:eur|rice)s?|intervenant(?:e?s)?|conf[eé]rencier\w*"
    r"|ponente?s?|oradore?s?|conferencistas?|palestrantes?|relator[ei]|prelegen(?:t|ci|tka)|prowadz[aą]c[ya]|spreker|talare|puhujat?|el[oő]ad[oó]k?|konu[sş]mac[ıi](?:lar)?|diễn giả"
    r"|докладчики?|спикеры?|ομιλητ[ήέ]ς|ομιλήτρια|講演者|登壇者|発表者|スピーカー|讲者|演讲者|主讲人|講者|발표자|연사"
    r"|vortragende[rn]?|referent(?:en|in|innen)?|sprecher(?:in)?|p[rř]edn[aá][sš]ej[ií]c[ií]|[rř]e[cč]n[ií]k|foredragsholder|taler)(?:\(s\)|\(en\))?\s*[:：=–—-]"
    r"|(?:talk|session|keynote|presentation|pr[eé]sent[eé]e?|presented|given|delivered|held|lecture|notes?\s+from\s+\w+)\s+(?:by|par|von)\s*:?"
    r"|(?:by|with|par|avec|von|mit|av|med|por|przez|mluv[ií])\s*[:,]?(?=\s))\s*",
    re.IGNORECASE,
)
_PERSON_ICON = re.compile(r"^\W*[👤👥🗣🎙🧑👩👨]")
_SPLIT = re.compile(
    rf"(\s*[,;|()\[\]\n•·{GAP}]|"
    r"\s+/\s+|\s*/(?=\s*(?-i:[^\W\d_a-z]))|\s+(?:&|\+|and|et|und|og|och|y|a)\s+|\s+(?:-|–|—)\s+|\s*:\s+|\s+(?:at|from|of|@|chez|bei)\s+(?=[^\W_]))",
    re.IGNORECASE,
)
_JOINS = {"),", "&", "+", "and", "et", "und", "og", "och", "y", "a", ";", "/", "\n", "•", "·"}
_BELONGS = {"at", "from", "@", "chez", "bei", "of", "(", "["}


def is_labelled(text: str) -> bool:
    """Tells whether a line says that it names people: `Speaker: …`, `by …`."""
    return _LABEL.match(text) is not None or _PERSON_ICON.match(text) is not None


class Person(NamedTuple):
    """A person as a line names them."""

    name: str
    affiliation: str | None = None
    handle: str | None = None


class Cast(NamedTuple):
    """The people of a line, how sure it is that they are, and whether the line says so itself (`Speaker:`)."""

    people: tuple[Person, ...]
    score: float
    labelled: bool = False


NOBODY = Cast((), 0.0)


# Unlabelled, a line opens with a name: a capital, and no ordinary small word before or behind the first.
_OPENS = re.compile(
    r"^\W*[^\W\d_a-z][\w'’.\u0300-\u036f-]*(?:\W*$|\s*[^\w\s]|\s*\n|\s+(?:[^\W\d_a-z]|(?i:"
    rf"(?:and|et|und|og|och|y|a|at|from|of|chez|bei|by|{'|'.join(sorted(vocabulary.PARTICLES))})\b)))"
)
# A name begins with a capital; letters without case begin one too.
_CAPITAL = re.compile(r"[^\W\d_a-z]")


def with_handles(text: str) -> str:
    """Returns a line's text without mark-up, with the handle of a linked profile written after its name."""

    def handle(match: re.Match[str]) -> str:
        profile = _HANDLE_URL.match(match[2])
        if profile is None or f"@{profile[1]}".casefold() in match[1].casefold():
            return match[0]
        return f"{match[1]} (@{profile[1]})"

    if "](" in text or "://" in text:
        text = _PROFILE.sub(r"@\1", LINK.sub(handle, text))
    return plain(text)


def handles(text: str) -> list[str]:
    """Returns the handles in a line, without @."""
    return [h for h in HANDLE.findall(_EMAIL.sub(" ", text)) if not h.isdigit()]


@lru_cache(maxsize=8192)
def people(text: str) -> Cast:
    """Reads the people of a line that may name them, or NOBODY."""
    if len(text) > 600 or not (_CAPITAL.search(text[:120]) or _SURE_LABEL.match(text)):
        return NOBODY
    line = with_handles(text)
    if "@" in line:
        line = _EMAIL.sub("", line)
    line = without_icons(line.strip(" \t*_.–—")).translate(_FULL_WIDTH)
    label = _LABEL.match(line) or _PERSON_ICON.match(text)
    if label is None and (len(line) > 200 or not _OPENS.match(line)):
        return NOBODY
    if line.startswith("(") and line.endswith(")") and "(" not in line[1:]:
        line = line[1:-1]
    rest = line[label.end() :] if label and label.re is _LABEL else line
    if not rest or len(rest) > 300:
        return NOBODY
    if PLACEHOLDER.match(rest):
        return NOBODY
    found, score = _read(rest, strict=label is None)
    if label and _SURE_LABEL.match(line) and (not found or _leaves_out(rest, found)):
        found, score = _as_they_stand(rest) or found, max(score, 0.0)
    if not found and label and (tagged := ONLY_HANDLES.fullmatch(rest)):  # Somebody whose name nobody gives.
        found = [Person(f"@{tag}", tagged[2], tag) for tag in HANDLE.findall(tagged[1])]
    if not found:
        return NOBODY
    marked = ("*" in text or "_" in text) and _MARKED.match(text) is not None
    score += (2.5 if label else 0.0) + (0.6 if marked else 0.0)
    return Cast(tuple(found), score, label is not None)


# What says for sure that people follow: `Speaker: …`, not `by …`.
_SURE_LABEL = re.compile(r"^\W*[^\W\d_][^:：=]{2,30}[:：=]")
_AND = re.compile(r"\s*(?:[;&+/、，]|\s(?:and|und|et|og|och|y|e|i|a|и|и|と|및)(?=\s))\s*", re.IGNORECASE)


def _leaves_out(text: str, found: list[Person]) -> bool:
    """Tells whether the words of a line that begins with a surname, `Doe, Jane`, were read as a person and a company."""
    return (
        len(found) == 1
        and found[0].handle is None
        and found[0].affiliation is not None
        and _SURNAME_FIRST.fullmatch(text.strip()) is not None
        and vocabulary.is_given_name(found[0].affiliation.split()[0], alone=True)
        and not vocabulary.is_given_name(found[0].name, alone=True)
    )


_SURNAME_FIRST = re.compile(r"(?P<surname>[^\W\d_][\w'’-]+),\s+(?P<given>[^\W\d_][\w.'’-]+(?:\s[^\W\d_]\.?)?)")


def _as_they_stand(text: str) -> list[Person]:
    """Returns the people that a line says to follow, as they stand there: in small letters, or in any script."""
    if surname := _SURNAME_FIRST.fullmatch(text.strip()):
        return [Person(f"{surname['given']} {surname['surname']}")]
    found: list[Person] = []
    for part in _AND.split(re.sub(r"(?<=[)\]])\s*,", ";", text)):
        within = _BRACKETED.search(part)
        said = _BRACKETED.sub(" ", part)
        name, _, company = said.partition(",")
        tags = HANDLE.findall(part)
        name = bare(HANDLE.sub("", name).strip(" \t\"'“”.*_-–—"))
        if (
            not name
            or len(name.split()) > 4
            or len(name) > 60
            or PLACEHOLDER.match(name)
            or re.search(r"[\d:;!?]", name)
        ):
            continue
        if name[0].islower() and all(vocabulary.is_common(word) for word in name.split()[:2]):
            continue  # `the one from before`
        employer = _employer(within[1]) if within else None
        found.append(Person(name, employer or HANDLE.sub("", company).strip() or None, tags[0] if tags else None))
    return found


_FULL_WIDTH = str.maketrans(
    {
        "（": " (",
        "）": ") ",
        "【": " [",
        "】": "] ",
        "：": ": ",
        "，": ", ",
        "、": ", ",
        "；": "; ",
        "／": " / ",
        "＆": "&",
    }
)


ONLY_HANDLES = re.compile(r"((?:@\w+(?:\s*(?:,|&|and|und|et)\s*)?)+)\s*(?:[(\[,]\s*([^()\[\]@]+?)[)\]]?)?\W*")
_MARKED = re.compile(r"\W*(\*\*|__|\*|_).+\1\W*$")
_BRACKETED = re.compile(r"[(\[]((?:[^()\[\]]|\([^()]*\))*)[)\]]")
_SUFFIX = re.compile(r",\s*(?=(?:Inc|LLC|Ltd|GmbH|Corp|S\.A|AG|BV|LLP|Co)(?![\w-]))", re.IGNORECASE)
_AT = re.compile(r"\b(?:at|in|from|chez|bei|of|@)\s+(?=[^\W_])", re.IGNORECASE)
_BY_TAG = re.compile(r"\s+by\s+(?=@|$)")
_JOINED = "\x01"  # Stands for a comma that divides nothing.
_ANDS = {"&": "\x03", "and": "\x04", "und": "\x05"}  # And these for an `and` within a company.
# `Johnson & Johnson`, `Acme GmbH & Co. KG`, `Marks and Spencer` behind a person.
_COMPANY_OF_TWO = re.compile(
    r"(?P<before>[,(\[|]\s*|\s[–—-]\s+|\bat\s+|\s(?:GmbH|AG|Inc\.?|Ltd\.?|SE)\s+(?=&))(?P<one>[A-Z][\w.'’-]*)?\s?(?P<and>&|and|und)\s(?P<two>[A-Z][\w.'’-]*(?:\s+(?:KG|Co\.?|Sons|Company|Partners?|Associates|Group)\.?)*)(?=$|[,;)\]|(])",
)


def _as_one(match: re.Match[str]) -> str:
    """Returns two words that are a company's name with their `and` hidden; two given names are two people."""
    one, two = match["one"] or "", match["two"]
    if one and one != two and all(vocabulary.is_given_name(word, alone=True) for word in (one, two)):
        return match[0]
    return f"{match['before']}{one}{_ANDS[match['and']]}{two}"


def _rejoined(text: str) -> str:
    """Returns text with the signs that were hidden in it."""
    text = text.replace(_JOINED, ", ")
    for said, sign in _ANDS.items():
        text = text.replace(sign, f" {said} ")
    return " ".join(text.split())


_ASIDES = re.compile(
    r"(?:cancel+ed|remote(?:ly)?|online|virtual(?:ly)?|in person|live|recorded|moderator|host|mod|solo|tbd|tba|n/a|he/him|she/her|they/them|absent|sick|no[- ]show)$|(?:he|she|they)/\w+|(?:videos?|slides?|slide deck|deck|links?|recording|pdf|youtube|website|blog(?:\s?post)?|abstract|code|repo)$"
    r"|(?:he|she|they|him|her|his|the|from|also|and|via|see|by|no|not|yes|ex|former(?:ly)?|previously|now|was|this|that|it|i|we)\b",
    re.IGNORECASE,
)


# `K.1.105`, `H.1301`, `B2`: where a talk is held.
_ROOM = re.compile(r"(?:room|hall|stage|track)\b.*|[A-Z]{1,3}[. -]?\d[\d.]*", re.IGNORECASE)


def _employer(text: str) -> str | None:
    """Returns the company in what stands in brackets behind a name, with a comma before `Inc` put back."""
    found = _company_in(text)
    return _rejoined(found) if found else None


def _company_in(text: str) -> str | None:
    """Returns the company in what stands in brackets behind a name: `CTO, Acme`, `engineer at Acme`, `Acme`.

    Behind a role the last part is the company: `CTO, Platform, Acme`; otherwise the first one is.
    """
    found: list[str] = []
    after_role = False
    for part in re.split(r"\s*[,;|]\s*(?![^()]*\))", text):
        if HANDLE.fullmatch(part.strip()) or not re.search(r"[^\W\d_]", part):
            continue
        if vocabulary.ROLE.search(part):
            where = _AT.split(part, maxsplit=1)
            if (
                len(where) == 2
                and not vocabulary.ROLE.search(where[1])
                and (where[1][0].isupper() or where[1][0].isdigit())
            ):
                return where[1].strip()
            after_role = after_role or not found
            continue
        bare = HANDLE.sub("", part).strip(" .")
        if bare and len(bare.split()) <= 7 and not _ASIDES.match(bare):
            found.append(bare)
        elif not found:
            return None
    return None if not found else found[-1] if after_role else found[0]


def _read(text: str, strict: bool) -> tuple[list[Person], float]:
    """Walks the parts of a line; returns the people and the evidence, nobody if the first part is no name."""
    if " by " in text:
        text = _BY_TAG.sub(" ", text)
    if "," in text:
        text = _SUFFIX.sub(_JOINED, text)
    if "&" in text or " and " in text or " und " in text:
        text = _COMPANY_OF_TWO.sub(_as_one, text)
    groups: list[str] = []

    def aside(match: re.Match[str]) -> str:
        groups.append(match[1])
        return f" (\x02{len(groups) - 1}) "

    if "(" in text or "[" in text:
        text = _BRACKETED.sub(aside, text)
    pieces = _SPLIT.split(f" {text.strip()}")
    found: list[Person] = []
    given: list[int] = []  # Who got the affiliation before.
    pending = 0  # Where those begin who still wait for an affiliation.
    score, separator, employed = 0.0, "", False
    for n, piece in enumerate(pieces):
        if not piece:
            continue
        if n % 2:
            # `, (` and `) -` come as several separators with nothing between them: the strongest one counts.
            mark = piece.strip(" \t").casefold() or "\n"
            if separator == ")" and mark == ")":
                continue
            if separator == ")" and mark == "," and employed:
                separator = "),"  # What stands in brackets ends with them: the next is a person again.
            elif mark in _BELONGS or not separator or separator in (",", ")"):
                separator = mark
            continue
        if piece.strip().startswith("\x02"):
            within = groups[int(piece.strip()[1:])]
            if not found:
                return [], 0.0
            employer, waits = _employer(within), [n for n in range(pending, len(found)) if not found[n].affiliation]
            for at in waits if employer else ():
                found[at] = found[at]._replace(affiliation=employer)
            pending, given = (len(found), []) if employer else (pending, [])
            employed = employer is not None
            score += 0.6 if employer and waits else 0.0
            for tag in HANDLE.findall(within):
                score += _tag(found, tag)
            separator = ")"
            continue
        tags = HANDLE.findall(piece) if "@" in piece else []
        part = (HANDLE.sub(" ", piece) if tags else piece).strip(" \t\"'“”.*_@")
        part = _rejoined(part)
        if part:
            later = any(p.strip() for p in pieces[n + 2 :: 2])
            joined = separator in _JOINS or not separator
            named = name_score(part)
            is_role = vocabulary.ROLE.search(part) is not None and not _DOMAIN.fullmatch(part)
            if _is_person(found, named, is_role, joined, separator, later, strict):
                found.append(Person(bare(part)))
                score += max(named, 0.3) if len(found) == 1 else 0.3
            elif not found:
                return [], 0.0
            elif separator == "of" and given:
                for at in given:  # `University of Ghent` is one name.
                    found[at] = found[at]._replace(affiliation=f"{found[at].affiliation} of {part}")
            else:
                before = [p.affiliation for p in found]
                pending, score = _affiliate(found, pending, part, separator, is_role, score)
                if score < 0 and not strict:
                    break  # The line says itself that it names people: what else it says of them is let go.
                if score < 0:
                    return [], 0.0
                given = [n for n, p in enumerate(found) if p.affiliation != before[n]]
        for tag in tags:
            score += _tag(found, tag)
        if part or tags:
            separator = ""
    return found, max(score, 0.0) if found and not strict else score


def _is_person(
    found: list[Person], named: float, is_role: bool, joined: bool, separator: str, later: bool, strict: bool
) -> bool:
    """Tells whether a part opens a person, by its shape and by what stands before it."""
    if is_role and named < 2:
        return False
    if not found:
        return named >= (0.1 if strict else -0.5) and named > -1
    if separator in _BELONGS:
        return False
    if joined:
        return named >= 0.1
    if separator == ",":
        return named >= 1.6 or (later and named >= 1.0 and found[-1].affiliation is None)
    return False


def _affiliate(
    found: list[Person], pending: int, part: str, separator: str, is_role: bool, score: float
) -> tuple[int, float]:
    """Takes a part for the affiliation of those before it, or drops it as a role; a sentence is neither."""
    words = part.split()
    if separator == "|" and _ROOM.fullmatch(part):
        return pending, score
    if is_role and separator not in ("at", "@", "chez", "bei"):
        return pending, score + 0.4
    if separator in ("and", "&") and vocabulary.ROLE.fullmatch(part):
        return pending, score
    if len(words) > 6 or (
        len(words) > 1
        and words[0][0].islower()
        and words[0] != "the"
        and not words[-1][0].isupper()
        and not (len(words) == 2 and vocabulary.ORGANISATION.fullmatch(words[-1]))
    ):
        return pending, -1.0 if separator not in ("(", "[") else score
    if separator in ("-", "–", "—") and not _is_named_like_a_company(words):
        return pending, -1.0
    if separator not in (
        ",",
        "),",
        "(",
        "[",
        "at",
        "from",
        "@",
        "of",
        "chez",
        "bei",
        "|",
        "-",
        "–",
        "—",
        "/",
        "\n",
        GAP,
    ):
        return pending, score - 0.5
    waits = [n for n in range(pending, len(found)) if found[n].affiliation is None]
    if separator in ("of",) and not waits:
        return pending, score
    for n in waits:
        found[n] = found[n]._replace(affiliation=part)
    return len(found), score + (0.6 if waits else 0.0)


_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}")  # `kranich.dev` is a company, and no developer.


def _is_named_like_a_company(words: list[str]) -> bool:
    """Tells whether some words could be a company's name: most begin with a capital, and nothing is asked or cried."""
    capital = sum(not w[0].islower() for w in words if w.casefold() not in vocabulary.PARTICLES)
    return len(words) <= 2 or (2 * capital > len(words) and words[-1][-1] not in "!?")


def _tag(found: list[Person], tag: str) -> float:
    """Takes a handle for the last person's own, or for the company's; returns what it adds as evidence."""
    if not found:
        return 0.0
    last = found[-1]
    fits = [n for n, p in enumerate(found) if is_handle_of(tag, p.name)]
    if fits:
        person = found[fits[0]]
        if person.handle and not is_handle_of(person.handle, person.name) and person.affiliation is None:
            person = person._replace(affiliation=person.handle)  # `Jane Doe @acme (@jdoe)`: the first was a company's.
        found[fits[0]] = person._replace(handle=tag)
    elif last.affiliation is None and (tag[0].isupper() or last.handle):
        found[-1] = last._replace(affiliation=tag)  # `Jane Doe @Acme` names a company.
    elif last.handle is None:
        found[-1] = last._replace(handle=tag)
    return 0.8


def is_handle_of(handle: str, name: str) -> bool:
    """Tells whether a handle is plainly made of a name: its surname, or its given name with more of it."""
    letters = re.sub(r"[\W\d_]+", "", fold(handle))
    words = [re.sub(r"\W+", "", fold(w)) for w in name.split()]
    if not letters or not words:
        return False
    if len(words) == 1:
        return len(words[0]) >= 3 and letters.startswith(words[0])
    given, surname = words[0], words[-1]
    return (
        (len(surname) >= 4 and surname in letters)
        or letters == "".join(words)
        or (
            len(given) >= 3
            and given in letters
            and len(letters) > len(given)
            and letters.replace(given, "", 1)[0] == surname[0]
        )
        or letters == given[0] + surname
        or (len(surname) >= 3 and letters in (surname + given[0], given + surname[0]))
    )
