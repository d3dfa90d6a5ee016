"""The words that tell what a line of a note is: breaks, days, sections, roles, names; each list a line of facts."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from kb.dates import MONTHS
from kb.words import fold


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(files("kb.extract").joinpath(name).read_text(encoding="utf-8").split("\n"))


def is_given_name(word: str, alone: bool = False) -> bool:
    """Tells whether people are commonly called so (`scripts/given_names.py`), also where it stands alone."""
    name, names = fold(word).rstrip("."), _listed("given_names.txt")
    return name in names or (not alone and f"{name}!" in names)


def is_common(word: str) -> bool:
    """Tells whether a word is an ordinary English one (`scripts/common_words.py`)."""
    return fold(word) in _listed("common_words.txt")


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\W*(?:{'|'.join(words.split())})\W*$".replace("_", r"[\s-]+"), re.IGNORECASE)


_DAYS = (
    "mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    "|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
    "|pondeli|utery|streda|ctvrtek|patek|sobota|nedele|mandag|tirsdag|onsdag|torsdag|fredag|lordag|sondag"
)
# What only says when: a day, a date, a slot, a track or a room.
WHEN = re.compile(
    rf"^\W*+(?:room|hall|stage|track|venue|saal|raum|salle|sal)\s*:\s*.{{1,40}}$|^\W*+(?:(?:{_DAYS})\b[\s,.]*+)?(?:(?:day|jour|tag|den|dag|track|room|stage|hall|slot|session|block|part|morning|afternoon"
    rf"|evening|week)(?:\s*+(?:\d+|[ivx]+|one|two|three|four|[a-d]\b))?\b)?[\s:,.–—-]*+(?:(?:{_DAYS})\b)?[\s,.:–—-]*+"
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s*+(?:of\s+)?)?(?:{MONTHS})\b\.?\s*+(?:\d{{1,2}}(?:st|nd|rd|th)?)?)?[\s,.]*+(?:\d{{4}})?"
    r"(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4})?\W*+"
    r"(?:\d{1,2}[:.h]\d{2}(?:\s*+[ap]m)?\s*+(?:[–—-]|to)?\s*+(?:\d{1,2}[:.h]\d{2}(?:\s*+[ap]m)?)?)?\W*+$",
    re.IGNORECASE,
)
_MEALS = r"(?:(?:coffee|tea|lunch|morning|afternoon|short|long)\s+)?(?:breaks?|lunch|coffee|dinner|brunch|breakfast|mittagspause|kaffeepause)"
# What nobody speaks at: breaks, housekeeping, and what the writer says of the whole.
BREAK = re.compile(
    r"^\W*(?:(?:coffee|tea|lunch|morning|afternoon|short|long)\s+)?(?:break(?:fast)?|coffee|tea|snacks?|lunch|dinner|brunch|registration|check[- ]?in"
    r"|pause(?:\s+\w+)?|p[rř]est[aá]vka|mittag\w*|kaffee\w*|obed|ob[eě]d|lunsj|social(?:\s+event)?|reception|party|after\s?party|happy hour|networking"
    r"|welcome(?:\s+(?:and|&)\s+\w+)?|opening(?:\s+(?:and|&))?(?:\s+\w+)?|closing(?:\s+(?:and|&))?(?:\s+\w+)?|housekeeping|announcements?|logistics|schedule|agenda"
    r"|programme?|timetable|line[- ]?up|raffle|prizes?|swag|exhibit\w*|sponsors?|hallway(?:\s+track)?|travel|hotel|venue"
    r"|unconference|open\s+spaces?|workshops?|tutorials?|keynotes?|talks?|sessions?|plenary|lightning\s+talks?|ignites?|ignite\s+(?:talks|sessions)"
    r"|(?:sessions?|talks?)\s+(?:i\s+)?(?:attended|visited|missed|skipped)|attended(?:\s+\w+)?|missed(?:\s+\w+)?)\W*$"
    rf"|^\W*{_MEALS}\s*(?:[(&+,–—]|(?:and|with)\b)(?!.*\bby\b).*$|^\W*(?:[\w-]+\s+){{0,2}}track\W*$",
    re.IGNORECASE,
)
SECTION = re.compile(
    r"^\W*(?:\d+(?:\.\d+)*\.?\s+)?(?:(?:my|key|main|general|some|other|random|further|personal|overall|final|the|useful|additional)\s+)*"
    r"(?:notes?|abstract|summary|tl;?dr|overview|introduction|intro|outline|contents?|table of contents|toc|background|motivation|context"
    r"|problems?|solutions?|approach|method(?:s|ology)?|results?|evaluation|discussion|demos?|live demo|questions?(?:\s+(?:and|&)\s+answers?)?"
    r"|q\s*(?:&|and|/|\+)?\s*a|answers?|links?|references?|resources?|reading|see also|slides?|videos?|recordings?|speakers?|about(?:\s+(?:the\s+)?\w+)?"
    r"|bio(?:graphy)?|description|take[- ]?aways?|lessons?(?:\s+learn(?:ed|t))?|learnings?|conclusions?|thoughts?|impressions?|opinions?"
    r"|comments?|feedback|verdict|rating|remarks?|highlights?|ideas?|tips?|(?:my\s+)?todos?(?:\s+list)?|(?:my\s+)?to[- ]dos?(?:\s+(?:list|at\s+\w+|later|next|list\s+.*))?|what\s+i\s+(?:take|took|learn(?:ed|t)?|liked|missed)(?:\s+(?:away|home|today|most|overall|here|from\s+(?:it|this|the\s+\w+)))*|things to (?:google|look up|try|check)\b.*|action items?"
    r"|next steps?|follow[- ]?ups?|misc(?:ellaneous)?|tools?|quotes?|examples?|definitions?|glossary|acknowledge?ments?|credits?|license|contributing"
    r"|installation|usage|getting started|why|what|how|who|when|where|pros?|cons?|pros (?:and|&) cons|benefits?|challenges|limitations|future|history"
    r"|architecture|features|use cases?|best practices|recap|wrap[- ]?up|legend|scale|rating scale|r[eé]sum[eé]|notes? personnelles|liens|感想|まとめ|メモ|概要|质疑|总结|笔记|정리|소감|메모|выводы|заметки|итоги|conclusiones|notas|resumen|preguntas|zusammenfassung|fazit|fragen|odkazy|shrnut[ií]|lenker|oppsummering)\W*$",
    re.IGNORECASE,
)
NOT_NOTES = re.compile(
    r"^(?:readme|license|licence|changelog|contributing|glossary|todo|index|toc|agenda|schedule|programme?|code[-_ ]of[-_ ]conduct"
    r"|about|template)$",
    re.IGNORECASE,
)
EVENT = re.compile(
    r"\b(?:19[89]|20[0-4])\d\b|'\d\d\b|\b\w*(?:conf|con|days?|fest|camp|summit|meet-?up|symposium|congress|world|forum|expo)\b"
    r"|\b(?:conference|konferenc\w+|konferenz|conf[eé]rence|journ[eé]es?|notes)\b",
    re.IGNORECASE,
)
# What somebody does. Words that companies are also called by (security, research, labs) say nothing alone.
ROLE = re.compile(
    r"\b(?:(?:s/w |software |site reliability )?engineer|principal|staff|senior|developers?|dev|sre|architect|manager|director|lead|leader|head|chief|officer|c[teiosmp]o|cso|ciso|cdo"
    r"|vp|svp|evp|president|(?:co-?)?founder|owner|professor|prof|lecturer|researcher|scientist|student|phd|postdoc|consultant"
    r"|advocate|evangelist|advocacy|analyst|designer|author|maintainer|contributor|creator|committer|coordinators?|directors|engineers|specialist|strategist|administrator"
    r"|editor|journalist|writer|coach|trainer|instructor|fellow|member|chair|host|moderator|panelist|freelance(?:r)?|independent|eng|arch|principle eng"
    r"|technologist|practitioner|programmer|expert|representative|ambassador|intern|guru|hacker|blogger|speaker)\b\.?"
    r"|^(?:engineering|product|operations|security|research|marketing|sales|design|technology|infrastructure|platform|data|core team)$",
    re.IGNORECASE,
)
ORGANISATION = re.compile(
    r"\b(?:inc|ltd|llc|gmbh|ag|sa|ab|as|corp(?:oration)?|company|co|labs?|systems?|software|technolog(?:y|ies)|solutions?|university|universit\w+|institute"
    r"|college|school|foundation|group|bank|networks?|media|consulting|studios?|cloud|online|center|centre|agency|museum|ministry|department|council"
    r"|research|enterprises?|traders|industries|holdings?|brothers|associates|works|robotics|partners|ventures|capital|security|health|energy|games|entertainment|services|international|global|digital|io|com|org|net)\b\.?",
    re.IGNORECASE,
)
PARTICLES = frozenset(
    [
        "de",
        "da",
        "di",
        "do",
        "dos",
        "du",
        "del",
        "della",
        "der",
        "den",
        "des",
        "van",
        "von",
        "vom",
        "zu",
        "zur",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "ter",
        "ten",
        "af",
        "av",
        "y",
        "e",
    ]
)
