"""Makes kb/extract/gazetteer.tsv and not_tools.txt:
`python -m scripts.gazetteer ../shared/gazetteer /usr/share/dict/words ../shared/corpus/pyvideo-talks.jsonl.gz`.

The names come from scripts/gazetteer_known.txt and scripts/gazetteer_families.txt, and from lists of commands (tldr),
packages (Debian), brands, cloud-native projects (CNCF), topics and languages. A listed name is taken when it is
specific: two lists agree on it, or it cannot be an ordinary word. How much evidence a name asks for in a note (`needs`)
follows from what it is besides: an ordinary word (scripts/ordinary.py), a short one, a given name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from kb.extract.vocabulary import is_common, is_given_name
from kb.words import fold
from scripts import ordinary
from scripts.ordinary import is_ambiguous, is_word

HERE = Path(__file__).parent
TARGET = HERE.parent / "kb" / "extract" / "gazetteer.tsv"
NOT_TOOLS = TARGET.with_name("not_tools.txt")
# Debian's sections of programs that one names; libraries, documents, games and fonts are left out.
SECTIONS = {
    "admin",
    "net",
    "utils",
    "database",
    "web",
    "httpd",
    "editors",
    "shells",
    "vcs",
    "devel",
    "mail",
    "text",
}

# Words of the shell's own grammar, and commands that prose cannot be told from even when it marks them as code.
GRAMMAR = {
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "case",
    "esac",
    "for",
    "select",
    "while",
    "until",
    "do",
    "done",
    "in",
    "function",
    "time",
    "is",
    "at",
    "as",
    "who",
    "what",
    "which",
    "hello",
    "history",
    "regex",
    "talk",
    "nice",
    "where",
    "when",
    "type",
    "test",
    "true",
    "false",
    "yes",
    "no",
    "set",
    "unset",
    "let",
    "read",
    "return",
    "break",
    "continue",
    "exit",
    "export",
    "import",
    "eval",
    "exec",
    "local",
    "command",
    "script",
    "jobs",
    "wait",
    "trap",
    "shift",
    "source",
    "del",
    "end",
    "start",
    "open",
    "view",
    "edit",
    "more",
    "code",
    "print",
    "write",
    "help",
    "info",
    "link",
    "look",
    "last",
    "first",
}

Entries = dict[str, tuple[set[str], str, str]]


def needs(name: str, listed: bool) -> str:
    """Returns what a mention of a name must have: nothing more, a capital, or to stand in code."""
    bare = name.replace(" ", "")
    if " " in name and not all(is_common(w) for w in name.split()):
        return "-"
    if not listed:  # Known by hand, where a `!` marks those that are words besides.
        return "capital" if len(bare) <= 2 else "-"
    if is_word(name) or is_given_name(name) or len(bare) <= 2:
        return "code"
    return "code" if len(bare) <= 3 else "-"


def _specs(text: str) -> Iterator[tuple[str, str]]:
    """Yields the entries of a list in sections, `[kind]` and then entries parted by `;`."""
    kind = ""
    for line in text.splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif not line.startswith("#"):
            yield from ((kind, spec.strip()) for spec in line.split(";") if spec.strip())


def known() -> tuple[Entries, set[str]]:
    """Returns the tools known by hand, and the names that are none."""
    entries: Entries = {}
    refused: set[str] = set()
    for kind, spec in _specs((HERE / "gazetteer_known.txt").read_text(encoding="utf-8")):
        if kind == "not":
            refused.add(fold(spec))
            continue
        spellings = [s.strip() for s in spec.split(" = ")]
        guarded = {s.rstrip("!") for s in spellings if s.endswith("!") and is_ambiguous(s.rstrip("!"))}
        name, *aliases = [s.rstrip("!") for s in spellings]
        need = "code" if spellings[0].endswith("!!") else "capital" if name in guarded else needs(name, listed=False)
        entries[name] = ({f"{a}!" if a in guarded else a for a in aliases}, kind, need)
    return entries, refused


def family_needs(name: str) -> str | None:
    """Returns what a mention of a name of a family must have; None where prose hardly ever means it."""
    words = re.split(r"[ -]", fold(name))
    if len(words) > 1:
        return "word" if all(ordinary.is_plain(w) for w in words) else "-"
    if re.search(r"[^a-z]", fold(name)):
        return "-"
    if ordinary.is_everyday(name) or is_given_name(name) or name in ordinary.PROPER:
        return None
    if ordinary.is_phrase(name):
        return "word"
    if ordinary.is_known(name) or len(name) <= 3:
        rare = name in ordinary.DICTIONARY and max(ordinary.english(name), ordinary.elsewhere(name)) < 2.8
        return "capital" if rare else "word"
    return "-"


# What stands before the names of their makers' software: `Amazon S3` is S3, `Apache Kafka` is Kafka.
VENDOR = re.compile(r"^(?:amazon|aws|apache|google cloud|hashicorp) (?=.)")


def families(entries: Entries) -> None:
    """Adds the families: new names, and further spellings of those known."""
    called = {fold(s).rstrip("!"): name for name, (aliases, _, _) in entries.items() for s in (name, *aliases)}
    for kind, spec in _specs((HERE / "gazetteer_families.txt").read_text(encoding="utf-8")):
        first, *others = [s.strip() for s in spec.split(" = ")]
        bare = first.rstrip("!")
        maker = called.get(VENDOR.sub("", bare))
        if maker and bare not in called and entries[maker][1] != "ai":
            others.append(bare)
        name = called.get(fold(bare)) or maker or bare
        if name not in entries:
            need = family_needs(name)
            if need is None and not others:
                continue
            entries[name] = (set(), kind, "word" if first.endswith("!") and need == "-" else need or "code")
            called[fold(name)] = name
        for other in others:
            said = other.rstrip("!")
            need = "capital" if said != other else family_needs(said)  # A `!` vouches for a short spelling.
            if fold(said) not in called and need:
                called[fold(said)] = name
                entries[name][0].add(said if need == "-" else said + "!")


def parted(entries: Entries) -> None:
    """Adds the spelling in two words of names that are made of two: `code deploy` is CodeDeploy."""
    spelt = {fold(s).rstrip("!") for name, (aliases, _, _) in entries.items() for s in (name, *aliases)}
    for name, (aliases, _, _) in entries.items():
        for spelling in [name, *sorted(aliases)]:
            written = ordinary.parts(spelling)
            if written and written not in spelt:
                aliases.add(written + "!")


def looser(alias: str, need: str) -> str:
    """Returns what another spelling needs: nothing more where it is plainly no ordinary word."""
    if alias.endswith("!"):
        return "word" if " " in alias else "capital"
    return "-" if " " in alias or "." in alias or need == "-" else "capital" if len(alias) > 2 else "code"


def column(path: Path, number: int = 0) -> dict[str, str]:
    """Returns the folded names of a list, and another column beside each."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {row[0].strip(): (row[number].strip() if number < len(row) else "") for row in rows}


def listed(folder: Path) -> Entries:
    commands = {n for n in column(folder / "commands.txt") if re.fullmatch(r"[a-z][a-z0-9+._-]+", n)}
    packages = {
        n for n, section in column(folder / "debian-packages.tsv", 1).items()
        if section in SECTIONS and not re.search(r"^lib|-(?:doc|dev|common|data|dbg|bin|core|utils|tools|client|server)$", n)
    }  # fmt: skip
    brands = {n.casefold() for n in column(folder / "brands.tsv")}
    cncf = {n.casefold() for n in column(folder / "cncf.txt") if not n.endswith(")")}
    topics = {fold(n) for n, software in column(folder / "topics.tsv", 3).items() if software}
    titles = {n.casefold() for t, n in column(folder / "topics.tsv", 1).items() if n and fold(t) in topics}
    entries: Entries = {}
    for name in sorted(commands | packages | ((cncf | titles) - {""})):
        lists = sum(name in found for found in (commands, packages, brands, cncf, topics | titles))
        word = len(name) < 4 or is_word(name) or is_given_name(name)
        if " " in name and all(is_word(w) for w in name.split()):  # `data science` is a subject, not a tool.
            continue
        if (
            name in GRAMMAR
            or len(name) > 40
            or re.search(r"[\"',:;]", name)
            or re.fullmatch(r"[\d.]+", name)
            or (word and name not in commands)
        ):
            continue
        if lists == 1 and name in packages:  # Ten thousand packages, and nobody but Debian speaks of most.
            continue
        kind = "command" if name in commands | packages else "project"
        # A package or project that only one list knows may be any word of any language: it must stand in code.
        need = needs(name, listed=True) if lists > 1 or (name in commands and len(name) > 4) else "code"
        if need == "code" and kind == "project":
            need = "capital" if " " not in name else "-"
        entries[name] = (set(), kind, need)
    return entries


def main(folder: str, dictionary: str, talks: str) -> None:
    """Writes the gazetteer, and the names that are no tools however they are written."""
    ordinary.read_dictionary(Path(dictionary))
    ordinary.read_phrases(Path(talks))
    entries, refused = known()
    families(entries)
    parted(entries)
    spelt = {fold(s).rstrip("!") for name, (aliases, _, _) in entries.items() for s in (name, *aliases)}
    entries |= {n: e for n, e in listed(Path(folder)).items() if fold(n) not in spelt}
    entries = {n: e for n, e in entries.items() if fold(n) not in refused}
    rows: dict[str, str] = {}
    for name, (aliases, kind, need) in entries.items():
        rows |= {fold(a.rstrip("!")): f"{name}\t{kind}\t{looser(a, need)}" for a in aliases}
    rows |= {
        fold(name): f"{'' if fold(name) == name else name}\t{kind}\t{need}" for name, (_, kind, need) in entries.items()
    }
    head = "# spelling\tcanonical name, where it is another\tkind\tneeds: nothing (-), a capital, more than that (word), or code"
    TARGET.write_text(
        "\n".join([head, *sorted(f"{spelling}\t{row}" for spelling, row in rows.items())]) + "\n", encoding="utf-8"
    )
    NOT_TOOLS.write_text("\n".join(sorted(name for name in refused if name not in rows)) + "\n", encoding="utf-8")
    print(f"{len(entries)} tools in {TARGET}, {TARGET.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main(*sys.argv[1:4])
