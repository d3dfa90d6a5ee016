"""The words that questions are made of: which kind is asked for, what compares, what is only politeness."""

from __future__ import annotations

import re

from kb.records import Kind

KIND_NOUNS: dict[str, Kind] = {
    **dict.fromkeys(("talks", "sessions", "presentations", "lectures", "keynotes"), "talk"),
    **dict.fromkeys(("speakers", "people", "presenters", "persons", "folks", "lecturers"), "speaker"),
    **dict.fromkeys(("tools", "software", "programs", "technologies", "libraries", "products"), "tool"),
    **dict.fromkeys(("ratings", "scores", "marks"), "rating"),
    **dict.fromkeys(("mentions",), "mention"),
    **dict.fromkeys(("notes", "conferences", "events", "files"), "note"),
}
# In the singular they are also words that talks are about: they count only where a question goes on from them.
KIND_SINGULARS: dict[str, Kind] = {
    **dict.fromkeys(("talk", "session", "presentation", "lecture"), "talk"),
    **dict.fromkeys(("speaker", "person", "presenter", "anyone", "anybody", "someone", "somebody"), "speaker"),
    **dict.fromkeys(("tool", "program"), "tool"),
    **dict.fromkeys(("conference", "note"), "note"),
    "mention": "mention",
    "rating": "rating",
}
# Who works somewhere: "Google engineers" are speakers of Google.
STAFF = frozenset(
    "engineers developers employees folks people staff staffers guys researchers scientists devs sres architects".split()
)
# In the plural these too are words that talks are about: they count where a question begins with them and goes on.
LOOSE_KINDS = frozenset(
    "tools software programs libraries products technologies people folks persons files events notes marks scores keynotes"
    " lectures".split()
)
# Behind a name all of them say what is asked for: "Ada Lovelace's talk".
ASKED = STAFF | set(KIND_NOUNS) | {"talk", "session"}
NUMBERS = {w: n for n, w in enumerate("zero one two three four five six seven eight nine ten".split())} | {"a": 1}
MONTHS = {
    name: n
    for n, names in enumerate(
        [
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ],
        1,
    )
    for name in names.split()
}
MENTION = frozenset(
    [
        "mention",
        "mentions",
        "mentioning",
        "mentioned",
        "use",
        "uses",
        "using",
        "used",
        "featuring",
        "feature",
        "features",
        "cite",
        "cites",
        "citing",
        "refer",
        "refers",
        "referring",
        "reference",
        "references",
        "referencing",
        "contain",
        "contains",
        "containing",
        "include",
        "includes",
        "including",
    ]
)
ABOUT = frozenset(
    [
        "about",
        "on",
        "regarding",
        "concerning",
        "covering",
        "cover",
        "covers",
        "covered",
        "discussing",
        "discuss",
        "discusses",
        "discussed",
        "explaining",
        "dealing",
    ]
)
BY = frozenset(["by", "of"])
FROM = frozenset(["from", "at", "for"])
WITHOUT = frozenset(["without", "except", "excluding", "lacking", "minus"])
NEGATIONS = frozenset(
    ["not", "no", "never", "don't", "dont", "doesn't", "doesnt", "didn't", "didnt", "isn't", "aren't", "nor", "neither"]
)
SPEAK = frozenset(
    [
        "spoke",
        "speak",
        "speaks",
        "speaking",
        "talked",
        "talk",
        "talks",
        "talking",
        "presented",
        "present",
        "presents",
        "presenting",
        "gave",
        "give",
        "gives",
        "given",
        "giving",
        "said",
        "say",
        "says",
        "held",
        "did",
        "do",
        "does",
    ]
)
BEST = frozenset(
    ["best", "favourite", "favorite", "favourites", "favorites", "greatest", "finest", "top-rated", "highest-rated"]
)
WORST = frozenset(["worst", "lowest-rated", "poorest"])
NEWEST = frozenset(["latest", "newest", "recent"])
OLDEST = frozenset(["oldest", "earliest"])
# What a question may hold without meaning more by it.
FILLER = frozenset(
    [
        "show",
        "got",
        "anything",
        "something",
        "everything",
        "works",
        "work",
        "working",
        "ones",
        "me",
        "please",
        "find",
        "list",
        "give",
        "get",
        "display",
        "search",
        "fetch",
        "tell",
        "all",
        "any",
        "every",
        "each",
        "the",
        "a",
        "an",
        "i",
        "i'd",
        "want",
        "to",
        "see",
        "would",
        "like",
        "could",
        "can",
        "you",
        "we",
        "us",
        "my",
        "our",
        "your",
        "which",
        "what",
        "that",
        "those",
        "these",
        "there",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "have",
        "has",
        "had",
        "having",
        "do",
        "does",
        "did",
        "it",
        "its",
        "they",
        "them",
        "who's",
        "just",
        "only",
        "some",
        "of",
        "in",
        "with",
        "by",
        "from",
        "at",
        "on",
        "for",
        "as",
        "and",
        "also",
        "both",
        "either",
        "how",
        "many",
        "much",
        "number",
        "count",
        "total",
        "up",
        "out",
        "so",
        "then",
        "hi",
        "hey",
        "thanks",
        "thank",
        "mentioned",
        "used",
        "recommended",
        "named",
        "were's",
        "whose",
        "where",
        "when",
        "who",
        "did's",
        "kind",
        "sort",
        "given",
        "were",
        "about",
        "i'm",
        "looking",
        "searching",
        "now",
        "ok",
        "okay",
        "hello",
        "need",
        "should",
        "those",
        "what's",
        "where's",
        "there's",
        "it's",
        "thing",
        "things",
        "stuff",
        "together",
        "actually",
        "really",
        "kindly",
        "um",
        "uh",
        "wondering",
        "if",
        "yet",
        "perhaps",
        "maybe",
        "i've",
        "ever",
    ]
)
# What a question or a request begins with; words alone that do not are searched for as they stand.
REQUESTS = frozenset(
    "i i'd we any anything something everything all every has have got please hi hey hello thanks ok okay my the"
    " i'm looking searching we're need what's who's where's there's um uh so".split()
)
# What goes on like one: "show me", "how many", "what is"; "get going", "how modern" are words like others.
IMPERATIVES = frozenset("show find list give get display search fetch tell".split())
INTERROGATIVES = frozenset("what which who whose when where how can could would is are was were do does did".split())
GOING_ON = frozenset(
    "me us all any the every each some a an my our your for out everything anything i we you he she they it is are was were"
    " did do does has have had can could should would to about many much often there if kind kinds of in on at by with from".split()
)
POLITE = frozenset(["please", "thanks", "thank", "hi", "hey", "hello"])
STOP = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "and",
        "is",
        "are",
        "was",
        "were",
        "be",
        "by",
        "with",
        "from",
        "that",
        "this",
        "it",
        "its",
        "as",
        "or",
        "not",
    ]
)
STAR = r"(?:stars?|★|⭐|:star:)"
NUMBER = r"(?:(?:\d+(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|zero)(?:\s+and\s+a\s+half)?)"
YEAR = re.compile(r"(?:19[89]|20[0-4])\d")
