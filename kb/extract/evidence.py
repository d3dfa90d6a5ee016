"""How surely a name of the gazetteer means the software where it stands."""

from __future__ import annotations

import re

from kb.extract import vocabulary
from kb.extract.gazetteer import Entry

_TRIGGER = re.compile(
    r"\b(?:about|us(?:e|es|ed|ing)|by|with|via|through|run(?:s|ning)?|on|in|like|tools?|called|named|install(?:ed|ing)?|try|tried|look (?:at|into)|adopt\w*|to|from"
    r"|on top of|based on|built (?:on|with)|written in|powered by|instead of|vs\.?|versus|and|or|e\.g\.|i\.e\.|such as|replaced?|deploy\w*|mit|avec|de|sur)\W*$",
    re.IGNORECASE,
)
_FOLLOWER = re.compile(
    r"^\W?\s*(?:cluster|server|database|db|plugin|plug-in|library|framework|api|cli|client|dashboards?|alerts?|jobs?|queries|query|operator|agent|sdk|container"
    r"|replication|extension|toolkit|engine|service|pipelines?|runtime|driver|exporter|browsers?|codegen|routes?|users?|\d+(?:\.\d+)*\b|v\d)",
    re.IGNORECASE,
)
# What is done with software and hardly with anything else, and what only software is, right before and after a name.
_HANDLED = re.compile(
    r"\b(?:using|uses|used|via|powered by|built (?:on|with)|on top of|install(?:ed|ing)?|called|named|switched to|migrat(?:ed|ing) to|tools?"
    r"|librar(?:y|ies)|frameworks?|packages?)\s+[\"'“*_\[]*$",
    re.IGNORECASE,
)
_PROGRAM = re.compile(
    r"^[\"'”*_\]]*\s+(?:tool(?:kit)?|library|framework|plug-?in|package|gem|crate|database|browser|compiler|debugger|profiler|linter|cli|sdk|orm)\b",
    re.IGNORECASE,
)
# What an ordinary word in lower case is not followed by, and the name of software is: `a react application`.
_PART = re.compile(
    r"^\s+(?:applications?|apps?|components?|gems?|plug-?ins?|clusters?|modules?|channels?)\b", re.IGNORECASE
)
_MIXED = re.compile(r"^[A-Z]?[a-z]+[A-Z]|^[A-Z]{2,}[a-z]")
IS_A = re.compile(
    r"^\W{0,3}\s*(?:\(|is (?:an? |the )?|was (?:an? |the )?|[-–—:] (?:an? |the )?|, (?:an?|the) )[^.()]{0,60}?\b(?:tool(?:kit)?|librar(?:y|ies)|frameworks?|platform|engine|database|service|program|package"
    r"|plug-?in|extension|server|client|daemon|broker|proxy|scheduler|compiler|linter|editor|browser|wrapper|profiler|debugger|orm|dsl|sdk)\b",
    re.IGNORECASE,
)
# The last word of a longer name stands before.
CAPITALISED = re.compile(r"[A-Z][\w.]+\s+$")
# Who makes software, before its name: `Google's Borg`.
_MAKER = re.compile(
    r"\b(?:Apache|Amazon|AWS|Azure|Google(?: Cloud)?|Microsoft|IBM|Oracle|HashiCorp|Netflix|Facebook|Twitter|LinkedIn|Uber|Airbnb|Adobe|VMware|Red Hat|JetBrains|Mozilla|Atlassian|Elastic)(?:['’]s?)?\s+$"
)
_NAME_AFTER = re.compile(r"\s+[A-Z][a-z]+")
_LETTER = re.compile(r"\w")
_BULLET = re.compile(r"\s*[-*+•]\s+")
_RELEASE = re.compile(r"\s+v?\d+(?:\.\d+)*(?![\w%:])")
# What follows the subject or the object of a sentence, and no noun with an article left out.
_VERB = re.compile(
    r"\s+(?:for|is|was|are|has|had|does|did|can|will|would|supports?|uses?|runs?|came|comes|had|in|on|vs|and|or|as|to|with|by|plus)\b|\s*(?:→|->|=>|,|\+|/|\()"
)
_CALLED = re.compile(r"[(=_]|[:.]\w")
_OPENING = re.compile(r"[.!?:]\s+[*_\"'(]*$")


AROUND = 100  # Characters on each side of a name that tell what it means.


def evidence(text: str, start: int, end: int, entry: Entry, shouted: bool) -> float:
    """Returns how surely a name means the software here; 1 is enough."""
    said, before, after = text[start:end], text[max(0, start - AROUND) : start], text[end : end + AROUND]
    if _CALLED.match(after) or before.endswith((".", "\\", "_", "$", "<", "{")) or _is_path(text, start, end):
        return -1.0  # A call, a path, a key.
    if entry.needs == "-":
        return 1.0
    if entry.needs == "camel":  # Unknown, and written like a program's name: beside a known one it is one.
        return 1.0 if _HANDLED.search(before) or _PROGRAM.match(after) or IS_A.match(after) else 0.0
    if entry.needs == "code":
        return -0.2 if said.islower() else -1.0
    if " " in said and not all(word[0].isupper() or word in _SMALL for word in said.split()):
        return 0.2 + _marked(said, before, after)  # Of a phrase, each word has a capital where it is a name.
    if not said[0].isupper() or (said.isupper() and len(said) > 3 and entry.name != said.casefold()):
        return _in_lower_case(said, before, after, entry.needs == "word")
    return _capitalised(said, before, after, shouted, entry.needs == "word")


# The small words within names: Ruby on Rails.
_SMALL = frozenset("a an and by for from in of on or the to with".split())


def _in_lower_case(said: str, before: str, after: str, frequent: bool) -> float:
    """Returns the evidence for a name that may be a word besides and has no capital of its own."""
    score = -0.4 if len(said) < 5 or vocabulary.is_common(said) else 0.2
    if len(said) > 3 and _BULLET.fullmatch(before) and not after.strip(" .,;:*`"):
        score += 1.5  # It is all that an item says: one of a list of names.
    elif _PART.match(after) and not frequent:
        score += 1.0 if len(said) > 4 else 0.0
    return score + _marked(said, before, after)


def _marked(said: str, before: str, after: str) -> float:
    return 0.5 if _MIXED.match(said) or (before.endswith("[") and after.startswith("](")) else 0.0


def _capitalised(said: str, before: str, after: str, shouted: bool, frequent: bool) -> float:
    """Returns the evidence for a capitalised name that may be a word, a person or a place besides."""
    first = not _LETTER.search(before)
    opens = first or _OPENING.search(before) is not None
    common = frequent or vocabulary.is_common(said)
    score = 0.3 if shouted else (0.3 if common else 0.7) if opens else 0.8 if common else 1.0
    if not shouted and score < 1.0:
        score += 0.7 if _RELEASE.match(after) else 0.3 if not common and _VERB.match(after) else 0.0
    if _TRIGGER.search(before):
        score += 0.3
    if _FOLLOWER.match(after):
        score += 0.3
    if first and not _LETTER.search(after.split("(")[0].split(":")[0]):
        score += 0.7  # The name is all that the line, or its part before a colon, says.
    if IS_A.match(after):
        score += 0.7  # The text itself says that it is a program.
    if not shouted and ((opens and vocabulary.is_given_name(said)) or _NAME_AFTER.match(after)):
        score -= 0.3  # A first name, or the first word of a longer name.
    if _MAKER.search(before):
        score += 0.5
    elif not (opens or shouted) and (name := CAPITALISED.search(before)):
        starts = not _LETTER.search(before[: name.start()])
        score -= 0.3 if not starts or vocabulary.is_given_name(name[0].strip()) else 0.0  # A longer name's last word.
    return score + _marked(said, before, after)


def _is_path(text: str, start: int, end: int) -> bool:
    """Tells whether a word is part of a path; one slash between two words, as in `Spark/Cassandra`, makes none."""
    if "/" not in text:
        return False
    before, after = text[max(0, start - AROUND) : start].split(), text[end : end + AROUND].split()
    chunk = text[start:end]
    if before and not text[start - 1].isspace():
        chunk = before[-1] + chunk
    if after and not text[end].isspace():
        chunk += after[0]
    bare = chunk.strip("()[],;:.?!*_\"'")
    return "/" in bare and (bare[0] in "/.~" or bare.count("/") > 2 or re.search(r"\.\w{1,4}$", bare) is not None)
