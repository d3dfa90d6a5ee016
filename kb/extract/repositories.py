"""Software behind links: repositories, stores and sites that are called like what links to them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from rapidfuzz.distance import DamerauLevenshtein

from kb.extract import gazetteer, vocabulary
from kb.extract.gazetteer import Entry, Spot
from kb.outline import LINK, REFERENCE
from kb.words import fold

_CODE_HOST = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)/[\w.-]+/([\w.-]+?)(?:\.git)?/?$|https?://(?:chrome\.google\.com/webstore|addons\.mozilla\.org|pypi\.org/project|www\.npmjs\.com/package)/\S+",
    re.I,
)
_ASIDE = re.compile(
    r"\b(?:slides?|talks?|demos?|workshop|presentation|awesome|examples?|samples?|tutorial|notes?|blog|website|paper|course|docs?|conference)\b",
    re.IGNORECASE,
)
_TLD = r"(?:[a-z]{2,4}|network|finance|market|exchange|tools?|cloud|money|party|space|software|systems|online|site|tech|world)"


def link_texts(text: str, definitions: dict[str, str]) -> Iterator[Spot]:
    """Yields links to repositories, stores and sites of software, called by their text."""
    links = [(m.start(1), m[1], m[2]) for m in LINK.finditer(text) if text[m.start()] != "!"]
    links += [
        (m.start(1), m[1], url)
        for m in REFERENCE.finditer(text)
        if (url := definitions.get((m[2] or m[1]).casefold())) and text[m.end() : m.end() + 1] != "("
    ]
    for start, said, url in links:
        name = said.strip(" `*_")
        key = _shorn(name)
        if not 1 <= len(name.split()) <= 3 or "://" in name or _ASIDE.search(name):
            continue
        at = start + said.find(name)
        if entry := gazetteer.entry(key):
            yield Spot(at, at + len(name), entry, 2.0)
        elif _is_called(key, url) and not (vocabulary.is_common(key) and _CODE_HOST.match(url)):
            yield Spot(at, at + len(name), Entry(key, "project", "-"), 1.5)


def _shorn(name: str) -> str:
    """Returns a folded name without the end of an address: `Bazqux.io` is called bazqux."""
    return (
        re.sub(rf"(?<=\w\w\w)\.{_TLD}$", "", fold(name)) if " " not in name and not name.endswith(".js") else fold(name)
    )


def _is_called(key: str, url: str) -> bool:
    """Tells whether a repository or site is called like the text that links to it."""
    bare = re.sub(r"[\W_]", "", key)
    if len(bare) < 2 or vocabulary.is_given_name(bare):
        return False
    host = _CODE_HOST.match(url)
    if host:
        repository = re.sub(r"[\W_]", "", fold(host[1] or ""))
        return (
            not host[1]
            or bare in (repository, repository.removesuffix("js"))
            or (len(bare) > 4 and _alike(bare, repository))
        )
    site = _SITE.match(url.lower())
    return site is not None and bare in (
        site[1],
        site[1].removeprefix("my"),
        site[1].removeprefix("get"),
        _GENERIC.sub("", site[1]),
    )


_SITE = re.compile(rf"https?://(?:www\.|docs\.)?([\w-]+)\.{_TLD}(?:/|$)")
_GENERIC = re.compile(r"(?:protocol|app|hq|lang|db|project)$")


_LONGEST = 100  # Letters of a name that is compared letter by letter.


def _alike(one: str, other: str) -> bool:
    return (
        one.startswith(other)
        or other.startswith(one)
        or (len(one) <= _LONGEST and len(other) <= _LONGEST and DamerauLevenshtein.distance(one, other) <= 2)
    )


_ADDRESS = re.compile(
    r"(?:https?://(?:www\.)?|(?<![\w/.]))(?:github\.com|gitlab\.com)/[\w.-]+/([\w.-]*\w)(?=[/\s)\],;:>]|\.?$|\.\s)"
)


def addresses(text: str) -> Iterator[Spot]:
    """Yields repositories whose address stands in the text itself."""
    if "hub.com/" not in text and "lab.com/" not in text:
        return
    targets = [m.span(2) for m in LINK.finditer(text)]
    for match in _ADDRESS.finditer(text):
        name = match[1].removesuffix(".git")
        before = bisect_right(targets, (match.start(), len(text)))
        inside = before > 0 and match.start() < targets[before - 1][1]
        if inside or _ASIDE.search(name) or vocabulary.is_common(name) or len(name) < 2:
            continue
        entry = gazetteer.entry(fold(name)) or Entry(fold(name), "project", "-")
        yield Spot(match.start(1), match.start(1) + len(name), entry, 1.5)
