"""Titles such as talks have: patterns of each language, filled with its subjects."""

from __future__ import annotations

from random import Random

from msgspec import Struct

# Of each language: subjects, then patterns of each shape.
_SUBJECTS = {
    "en": "latency budgets|the build pipeline|feature flags|a mobile checkout|schema migrations|our paging rota|search relevance|the design system|edge caching|background jobs|memory profiling|incident reviews|type inference|accessible forms",
    "de": "verteilte Protokolle|die Suche im Shop|kleine Teams|langsame Abfragen|der neue Baukasten|alte Schnittstellen|sichere Auslieferung|mobile Kassen|lange Warteschlangen|gute Fehlermeldungen",
    "fr": "les files d'attente|la recherche plein texte|les petits modules|la dette technique|les interfaces accessibles|le cache distribué|les tests lents|la sécurité des formulaires|les journaux d'erreurs|le déploiement continu",
    "es": "las colas de mensajes|la búsqueda de texto|los módulos pequeños|la deuda técnica|los formularios accesibles|la memoria compartida|las pruebas lentas|el despliegue continuo|los registros de errores|la caché distribuida",
    "pt": "as filas de mensagens|a busca textual|os módulos pequenos|a dívida técnica|os formulários acessíveis|a memória partilhada|os testes lentos|a entrega contínua|os registros de erro|o cache distribuído",
    "pl": "kolejki komunikatów|wyszukiwanie tekstu|małe moduły|dług techniczny|dostępne formularze|pamięć współdzielona|powolne testy|ciągłe wdrażanie|dzienniki błędów|rozproszona pamięć",
    "tr": "mesaj kuyrukları|metin araması|küçük modüller|teknik borç|erişilebilir formlar|paylaşılan bellek|yavaş testler|sürekli dağıtım|hata günlükleri|dağıtık önbellek",
    "vi": "hàng đợi thông điệp|tìm kiếm văn bản|các mô-đun nhỏ|nợ kỹ thuật|biểu mẫu dễ dùng|bộ nhớ dùng chung|kiểm thử chậm|triển khai liên tục|nhật ký lỗi|bộ đệm phân tán",
    "zh": "消息队列|全文搜索|微服务架构|技术债务|无障碍表单|共享内存|缓慢的测试|持续部署|错误日志|分布式缓存",
    "ja": "メッセージキュー|全文検索|小さなモジュール|技術的負債|使いやすいフォーム|共有メモリ|遅いテスト|継続的デプロイ|エラーログ|分散キャッシュ",
    "ko": "메시지 큐|전문 검색|작은 모듈|기술 부채|접근 가능한 양식|공유 메모리|느린 테스트|지속적 배포|오류 로그|분산 캐시",
    "ru": "очереди сообщений|полнотекстовый поиск|маленькие модули|технический долг|доступные формы|общая память|медленные тесты|непрерывная поставка|журналы ошибок|распределённый кэш",
    "el": "ουρές μηνυμάτων|αναζήτηση κειμένου|μικρές ενότητες|τεχνικό χρέος|προσβάσιμες φόρμες|κοινή μνήμη|αργές δοκιμές|συνεχής διάθεση|αρχεία σφαλμάτων|κατανεμημένη μνήμη",
}
_PATTERNS = {
    "en": (
        "Lessons from {a} and {b}|Rethinking {a} for small teams|A practical guide to {a}",
        "How we moved {a} out of {b}|How to live with {a}",
        "Who needs {a} anyway?|What can {a} teach us?",
    ),
    "de": (
        "Erfahrungen mit Blick auf {a} und {b}|Was uns niemand sagt über {a}",
        "Wie wir {a} in den Griff bekamen",
        "Wer braucht eigentlich {a}?",
    ),
    "fr": (
        "Retour d'expérience sur {a} et {b}|Mieux comprendre {a}",
        "Comment nous avons repensé {a}",
        "Faut-il abandonner {a} ?",
    ),
    "es": (
        "Lecciones sobre {a} y {b}|Una guía práctica para entender {a}",
        "Cómo domamos {a} en un año",
        "¿Quién necesita {a}?",
    ),
    "pt": (
        "Lições sobre {a} e {b}|Um guia prático para entender {a}",
        "Como domamos {a} em um ano",
        "Quem precisa de tudo isto: {a}?",
    ),
    "pl": (
        "Czego uczą nas {a} oraz {b}|Praktycznie o temacie {a}",
        "Jak ujarzmiliśmy {a} w rok",
        "Komu potrzebne są {a}?",
    ),
    "tr": (
        "Sahadan dersler ve {a}|Küçük ekipler için {a}",
        "Nasıl başardık ve {a} düzene girdi",
        "Kimin işine yarar {a}?",
    ),
    "vi": (
        "Bài học từ {a} và {b}|Hướng dẫn thực tế về {a}",
        "Chúng tôi đã thay đổi {a} như thế nào",
        "Ai cần đến {a}?",
    ),
    "zh": ("{a}与{b}的实践经验|深入理解{a}", "我们如何改造{a}", "谁还需要{a}？"),
    "ja": ("{a}と{b}の実践から学んだこと|はじめての{a}入門", "私たちが{a}を改善した方法", "{a}は本当に必要ですか？"),
    "ko": ("{a}에서 배운 교훈|작은 팀을 위한 {a}", "우리가 {a} 문제를 해결한 방법", "누가 {a} 기술을 쓰는가?"),
    "ru": ("Чему нас научили {a} и {b}|Практика на примере: {a}", "Как мы победили {a} за год", "Кому нужны {a}?"),
    "el": (
        "Μαθήματα από {a} και {b}|Ένας πρακτικός οδηγός για {a}",
        "Πώς αλλάξαμε {a} σε έναν χρόνο",
        "Ποιος χρειάζεται {a};",
    ),
}
_TALL = ("Redis", "Kafka", "Postgres", "Kubernetes", "Django", "Terraform", "Elixir", "Wasm")
_CODE = ("`async def`", "`__init__`", "`git bisect`", "`*args`", "`SELECT 1`", "`kubectl exec`")


class Topic(Struct, frozen=True):
    """A shape of titles: what it makes of a pattern's number and of the words round it."""

    name: str
    pattern: int = 0
    frame: str = "{}"


# {} is a phrase of the language, {a} one of its subjects, {tool} and {code} a name and code, {n} a number.
TOPICS = (
    Topic("plain"),
    Topic("how-we", 1),
    Topic("question", 2),
    Topic("colon", frame="{A}: {}"),
    Topic("hyphen", frame="{A} - {}"),
    Topic("dash", frame="{A} — {}"),
    Topic("exclamation", frame="{}!"),
    Topic("ellipsis", frame="{}..."),
    Topic("code", frame="{}: {code}"),
    Topic("star-args", frame="*args, **kwargs: {}"),
    Topic("generics", frame="Vec<u8>, List<T>: {}"),
    Topic("version", frame="{tool} 3.12: {}"),
    Topic("counted", frame="{n} x {tool}: {}"),
    Topic("year", frame="{} in 2031"),
    Topic("parenthesis", frame="{} (in {tool})"),
    Topic("quoted-word", frame="“{tool}” – {}"),
    Topic("slash", frame="{tool}/{tool2}: {}"),
    Topic("ampersand", frame="{tool} & {tool2}: {}"),
    Topic("comma", frame="{tool}, {tool2}, {}"),
    Topic("c++", frame="C++ vs. C#: {}"),
    Topic("long", frame="{A}, {a}, {tool}: {} ({tool2}, {n})"),
    Topic("one-word", frame="{tool}"),
    Topic("lower-case", frame="{lower}"),
    Topic("upper-case", frame="{upper}"),
)  # fmt: skip


def title(topic: Topic, tongue: str, random: Random) -> str:
    """Returns a title of a shape in a language."""
    subjects = _SUBJECTS[tongue].split("|")
    a, b, c = random.sample(subjects, 3)
    phrase = random.choice(_PATTERNS[tongue][topic.pattern].split("|")).format(a=a, b=b)
    phrase = phrase[:1].upper() + phrase[1:]
    tool, other = random.sample(_TALL, 2)
    return topic.frame.replace("{}", "{phrase}").format(
        phrase=phrase, A=c[:1].upper() + c[1:], a=c, tool=tool, tool2=other, code=random.choice(_CODE),
        n=random.randint(3, 12), lower=phrase.lower(), upper=phrase.upper(),
    )  # fmt: skip
