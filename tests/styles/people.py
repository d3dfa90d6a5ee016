"""People such as speak at conferences: names of many languages and shapes, companies, handles and roles."""

from __future__ import annotations

import unicodedata
from random import Random

from msgspec import Struct


class Person(Struct, frozen=True):
    """A speaker with all that a note may say of one."""

    name: str
    company: str
    role: str
    handle: str


class People(Struct, frozen=True):
    """A kind of names: given names and surnames, and what stands between them."""

    name: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    pattern: str = "{g} {f}"
    script: str = "latin"


def _people(name: str, given: str, family: str, pattern: str = "{g} {f}", script: str = "latin") -> People:
    return People(
        name, tuple(given.split()), tuple(family.split("|") if "|" in family else family.split()), pattern, script
    )


_EN = (
    "Hannah Marcus Priya Gareth Louise Owen Tessa Colin Naomi Derek Imogen Rufus",
    "Whitlock Ferris Okafor Pemberton Ashdown Carver Holloway Lindgren Mercer Thackeray Bright Quill",
)
_JA = ("太郎 花子 健一 由美 大輔 美咲 翔太 恵子", "田中 佐藤 鈴木 高橋 渡辺 伊藤 山本 中村 小林")
PEOPLE = (
    _people("english", *_EN),
    _people("initial", *_EN, pattern="{g} {j}. {f}"),
    _people("initials", *_EN, pattern="{i}.{j}. {f}"),
    _people("hyphenated", "Jean-Luc Anne-Marie Karl-Heinz Mary-Ann Lise-Lotte", "Smith-Jones Lloyd-Webber Meyer-Lüth Garcia-Ruiz Roux-Blanc"),
    _people("apostrophe", "Sinéad Conor Aoife Liam", "O'Brien|O'Connell|D'Angelo|O’Sullivan|D’Arcy"),
    _people("particle", "Guido Marieke Pieter Femke Lucía Ludwig Leonor", "van der Berg|de la Fuente|von Neumark|van den Bosch|de Vries|dos Anjos|al-Rashid"),
    _people("three-words", *_EN, pattern="{g} {h} {f}"),
    _people("mononym", "Ximena Yaakov Björk Teller Zuleika Prashanth", "x", "{g}"),
    _people("doctor", *_EN, pattern="Dr. {g} {f}"),
    _people("camel", "Allison Ewan Fiona Ronan", "McKnight MacLeod DeShawn McGregor FitzGerald"),
    _people("german", "Jürgen Käthe Sören Anneliese Matthias Bärbel Uwe", "Müller Großmann Schäfer Kühn Weißenfels Jäger Lötzsch"),
    _people("french", "Élodie François Gaëlle Benoît Chloé Rémi Océane", "Lefèvre Béranger Châtelain Moreau Garçon Noël Duchêne"),
    _people("spanish", "Íñigo Begoña Andrés Nuria Joaquín Ángela Raúl", "Núñez|Ibáñez Soler|Peñalver|Rodríguez Vega|Zúñiga|Muñoz Rey"),
    _people("polish", "Łukasz Małgorzata Paweł Agnieszka Grzegorz Wojciech Żaneta", "Wiśniewski Dąbrowska Śliwiński Kowalczyk Żółkiewski Błaszczyk Gałązka"),
    _people("turkish", "Çağla Şükrü İpek Oğuz Gülşah Emre Işıl", "Yıldırım Öztürk Şahin Güneş Çelik Aydın Karagöz"),
    _people("vietnamese", "Văn Thị Đức Minh Hữu Ngọc", "Nguyễn|Trần|Phạm|Đặng|Huỳnh|Vũ|Bùi", "{f} {g} {h}"),
    _people("chinese", "小明 丽华 建国 雪梅 志强 文静 浩然 思远", "王 李 张 刘 陈 欧阳 赵 周", "{f}{g}", "han"),
    _people("japanese", *_JA, pattern="{f}{g}", script="kana"),
    _people("japanese-spaced", *_JA, pattern="{f} {g}", script="kana"),
    _people("korean", "민수 지영 서준 하은 도윤 수빈 현우 예린", "김 이 박 최 정 강 조 윤", "{f}{g}", "hangul"),
    _people("russian", "Иван Ольга Дмитрий Екатерина Сергей Анна Фёдор", "Петров Соколова Морозов Лебедева Воронцов Ильина Ёлкин", script="cyrillic"),
    _people("greek", "Γιώργος Ελένη Νίκος Σοφία Δημήτρης Κατερίνα", "Παπαδόπουλος Νικολάου Γεωργίου Αλεξίου Μακρής Οικονόμου", script="greek"),
)  # fmt: skip


class Firms(Struct, frozen=True):
    """A kind of company names."""

    name: str
    names: tuple[str, ...]
    script: str = "latin"


def _firms(name: str, names: str, script: str = "latin") -> Firms:
    return Firms(name, tuple(names.split("|")), script)


FIRMS = (
    _firms("word", "Initrode|Vandelay|Hooli|Soylent|Umbrella|Globex|Netflix|Spotify"),
    _firms("two-words", "Northwind Traders|Blue Harbor|Stark Industries|Wayne Enterprises|Pied Piper"),
    _firms("ampersand", "Johnson & Sons|Marks & Fischer|Bell & Howe|Ernst & Grün"),
    _firms("inc", "Vandelay Inc.|Initrode Inc|Hooli Corp.|Globex LLC|Soylent Ltd."),
    _firms("comma-inc", "Vandelay, Inc.|Initrode, Ltd.|Hooli, LLC"),
    _firms("gmbh", "Kranich GmbH|Falkenberg AG|Morgenrot GmbH & Co. KG|Sturmvogel SE"),
    _firms("camel", "DataForge|CloudNine|OpenHarbor|MetricHub|BuildKite"),
    _firms("domain", "harbor.io|kranich.dev|booking.example|vela.ai"),
    _firms("digits", "8th Harbor|37bridges|Studio 54 Labs|N26 Labs"),
    _firms("lower-case", "dbt labs|harborly|nextra"),
    _firms("university", "University of Northport|Technische Universität Kranichfeld|Universidad de Valdeluz"),
    _firms("acronym", "CERN|IBM|ING|BBC|SAP"),
    _firms("kabushiki", "株式会社青空|株式会社ミナト|有限会社みどり", "kana"),
    _firms("han", "星河科技|蓝海网络|云山数据", "han"),
    _firms("hangul", "푸른소프트|한빛네트웍스|별빛연구소", "hangul"),
    _firms("cyrillic", "Яхонт|Вектор Плюс|Северный Мост", "cyrillic"),
    _firms("greek", "Αιγαίο Λογισμικό|Δίκτυο Άλφα", "greek"),
)

ROLES = (
    "CTO",
    "Staff Engineer",
    "Director of Engineering",
    "SRE",
    "Product Manager",
    "Principal Developer",
    "Tech Lead",
)


def person(people: People, firms: Firms, random: Random) -> Person:
    """Returns a person of one kind of names, at a company of one kind."""
    g, h = random.sample(people.given, 2)
    f = random.choice(people.family)
    name = people.pattern.format(g=g, h=h, f=f, i=g[0], j=h[0])
    return Person(name, random.choice(firms.names), random.choice(ROLES), _handle(name, random))


def _handle(name: str, random: Random) -> str:
    """Returns a handle such as the person may have; names of other scripts get one of Latin letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    letters = "".join(c for c in plain if c.isalnum() or c == " ").split()
    if not letters or len("".join(letters)) < 4:
        return random.choice(("midori", "skylark", "hoshi", "baram", "sokol")) + str(random.randint(10, 99))
    return random.choice(("{}", "{}_dev", "{}42")).format("".join(letters)[:14])
