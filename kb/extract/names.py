"""How much a text looks like a person's name, in the scripts that names are written in."""

from __future__ import annotations

import re
from functools import lru_cache

from kb.extract import gazetteer, vocabulary
from kb.words import fold

_NAME_WORD = re.compile(r"^(?:[^\W\d_][\w'’.\u0300-\u036f]*(?:-[^\W\d_][\w'’.\u0300-\u036f]*)*|&yet)$")
HONORIFIC = re.compile(r"^(?:dr|prof|mr|mrs|ms|sir|ing|dame|d\.\s?h\.\s?c|dipl\.-\w+|mag|drs)\.?\s+", re.IGNORECASE)
_TITLES = re.compile(r",?\s+(?:ph\.?d\.?|m\.?d\.?|msc|b\.?sc|mba|esq|jr\.?|sr\.?|ii|iii)\.?$", re.IGNORECASE)
_NICKNAME = re.compile(r"\s+[\"“„'‘(][^\"“”'’()]{1,20}[\"”“'’)]\s+")
# Who is nobody: `TBD`, `various speakers`.
PLACEHOLDER = re.compile(
    r"^\W*(?:tb[adc]|to be (?:announced|determined|confirmed|defined)|n\.?\s?n\.?|n/?a|unknown|various|several|multiple|anonymous|none|nobody|someone|somebody"
    r"|(?:various|several|multiple|many|different|unknown|all)\s+(?:speakers?|people|presenters?|authors?|folks)|speakers?|unbekannt|verschiedene|inconnu|divers|desconocido|varios|未定|미정"
    r"|\?+|-+|…|\.\.\.)\W*$",
    re.IGNORECASE,
)

_INITIALS = re.compile(r"(?:[^\W\d_]\.-?){2,}[^\W\d_]?|[^\W\d_]\.-?[^\W\d_]\.?")
_DOUBLE_SURNAMES = (
    "欧阳",
    "歐陽",
    "司马",
    "司馬",
    "上官",
    "诸葛",
    "諸葛",
    "皇甫",
    "令狐",
    "夏侯",
    "公孙",
    "慕容",
    "尉迟",
    "端木",
    "남궁",
    "황보",
    "제갈",
    "선우",
)
_HANGUL = re.compile(r"[가-힣]{2,5}|[가-힣]\s[가-힣]{1,3}|[가-힣]{2}\s[가-힣]{1,3}")
_HAN = re.compile(
    r"[\u4e00-\u9fff々〆ヶ]{2,5}|[\u4e00-\u9fff々]{1,3}[\s　][\u4e00-\u9fff々\u3040-\u30ff]{1,4}|[\u4e00-\u9fff々]{1,3}[\u3040-\u309f]{2,3}"
)
_KATAKANA = re.compile(r"[\u30a0-\u30ffー]{2,}(?:[・=＝\s][\u30a0-\u30ffー]{2,}){1,3}")
_JAPANESE_POLITE = re.compile(r"\s*(?:さん|氏|様|先生|教授|博士|老师|先生|女士|님|씨|선생님)$")
_KOREAN_SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유홍전고문양손배백허남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반라왕금옥육인맹제모탁국어은편용"
)
_CHINESE_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許邓鄧冯馮韩韓曹曾彭萧蕭蔡潘田董袁于余叶葉蒋蔣杜苏蘇魏程吕呂丁沈任姚卢盧傅钟鍾姜崔谭譚廖范汪陆陸金石戴贾賈韦韋夏邱方侯邹鄒熊孟秦白江阎薛尹段雷龙龍史陶贺賀毛郝顾顧龚龔邵万萬覃武钱錢严嚴莫孔向常汤湯康易乔喬赖賴龟文欧歐"
)
# The commonest of Japan; most are written with two characters.
_JAPANESE_SURNAMES = frozenset(
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 斉藤 清水 山崎 阿部 森 池田 橋本 山下 石川 中島 前田 藤田 小川 後藤 岡田 長谷川 村上 近藤 石井 斉藤 坂本 遠藤 青木 藤井 西村 福田 太田 三浦 藤原 岡本 松田 中川 中野 原田 小野 田村 竹内 金子 和田 中山 石田 上田 森田 小島 柴田 原 宮崎 酒井 工藤 横山 宮本 内田 高木 安藤 谷口 大野 丸山 今井 高田 藤本 河野 小山 野口 武田 杉山 千葉 増田 上野 村田 平野 大塚 菅原 久保 松井 小松 岩崎 木下 野村 松尾 菊地 佐野 渡部 新井 島田 山内 星野 関 大西 浜田 市川 水野 古川 桜井 高野 吉川 山中 飯田 菊池 小池 西田 北村 安田 川村 西川 荒木 中田 及川".split()
)


def bare(text: str) -> str:
    """Returns a name without degrees, forms of address and a nickname within it."""
    name = _TITLES.sub("", HONORIFIC.sub("", text.strip()))
    return _JAPANESE_POLITE.sub("", _NICKNAME.sub(" ", name)).strip()


@lru_cache(maxsize=8192)
def name_score(text: str) -> float:
    """Returns how much a text looks like one person's name: 1 and more is likely, below 0 is not one."""
    name = bare(text)
    if PLACEHOLDER.match(text):
        return -1.0
    if not name.isascii() and (score := _without_case(name, text)) is not None:
        return score
    words = name.split()
    if not 1 <= len(words) <= 5 or any(not _NAME_WORD.match(w) for w in words):
        return -1.0
    if vocabulary.ROLE.fullmatch(text) or any(c.isdigit() for c in text):
        return -1.0
    proper = [w for w in words if w.casefold() not in vocabulary.PARTICLES or w is words[0]]
    if any(not w[0].isupper() for w in proper) or len(proper) > 4:
        return -1.0
    given = vocabulary.is_given_name(words[0].split("-")[0], alone=len(words) == 1)
    given = given or (len(words) > 1 and _INITIALS.fullmatch(words[0]) is not None)
    score = 1.6 if given else 0.0
    score += (0.2 if given else 0.0) if len(words) == 1 else 1.0 if len(proper) in (2, 3) else 0.6
    rest = proper[1:] if given else proper
    score -= sum(0.8 if not given else 0.4 for w in rest if vocabulary.is_common(w.strip(".")))
    score -= 0.5 * sum(len(w) > 2 and w.isupper() for w in proper)
    if len(words) > 1 and vocabulary.ORGANISATION.search(" ".join(words[1:])):
        score -= 2.0
    if gazetteer.entry(fold(" ".join(words))):
        score -= (
            1.5 if len(words) > 1 or not given else 0.8
        )  # `Monte Carlo`, `API Gateway`: software that is called like a person.
    return score


def _without_case(name: str, text: str) -> float | None:
    """Returns the score of a name in a script without capitals, or None where the text is in another."""
    polite = 1.0 if _JAPANESE_POLITE.search(text.strip()) else 0.0
    if _KATAKANA.fullmatch(name):
        return 1.6 + polite if "・" in name or "＝" in name else 1.0 + polite
    if _HANGUL.fullmatch(name):
        return (1.8 if name[0] in _KOREAN_SURNAMES and len(name.replace(" ", "")) == 3 else 0.4) + polite
    if not _HAN.fullmatch(name):
        return None
    joined = re.sub(r"\s", "", name)
    if any(
        joined.startswith(surname) and len(joined) > len(surname)
        for surname in (joined[:3], joined[:2], joined[:1])
        if surname in _JAPANESE_SURNAMES
    ):
        return 2.0 + polite
    if (joined[0] in _CHINESE_SURNAMES and len(joined) in (2, 3)) or joined.startswith(_DOUBLE_SURNAMES):
        return 1.7 + polite
    return (0.8 if len(name) != len(joined) else 0.2) + polite
