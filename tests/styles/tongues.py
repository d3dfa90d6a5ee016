"""The words that a note has besides titles and names, in thirteen languages and six scripts."""

from __future__ import annotations

from msgspec import Struct


class Tongue(Struct, frozen=True):
    """A language of notes: what its writers call the parts of a note, and how they write a day."""

    name: str
    talk: str
    title: str
    speaker: str
    company: str
    by: str
    both: str
    rating: str
    day: str
    sections: tuple[str, ...]
    pauses: tuple[str, ...]
    lists: tuple[str, ...]
    prose: tuple[str, ...]
    months: tuple[str, ...]
    date: str
    script: str = "latin"


def _tongue(
    name: str,
    words: str,
    sections: str,
    pauses: str,
    lists: str,
    prose: str,
    months: str,
    date: str,
    script: str = "latin",
) -> Tongue:
    talk, title, speaker, company, by, both, rating, day = words.split("|")
    inside, pause, listed, said, names = (tuple(part.split("|")) for part in (sections, pauses, lists, prose, months))
    return Tongue(
        name, talk, title, speaker, company, by, both, rating, day, inside, pause, listed, said, names, date, script
    )  # fmt: skip


_NUMBERED = "|".join(str(n) for n in range(1, 13))

# Words: talk, title, speaker, company, by, and, rating, day. Lists: agenda, impressions, to do, legend.
TONGUES = (
    _tongue(
        "en", "Talk|Title|Speaker|Company|by|and|Rating|Day",
        "Notes|Takeaways|Q&A|Links|Demo|Summary", "Lunch|Coffee break|Registration|Afterparty",
        "Agenda|General impressions|TODO|Legend",
        "The slides show how it went.|Questions were answered at length.|Worth reading up on later.|It took them a year to get there.",
        "January|February|March|April|May|June|July|August|September|October|November|December", "{month} {d}, {y}",
    ),
    _tongue(
        "de", "Vortrag|Titel|Sprecher|Firma|von|und|Bewertung|Tag",
        "Notizen|Fazit|Fragen|Links|Demo|Zusammenfassung", "Mittagspause|Kaffeepause|Anmeldung|Ausklang",
        "Programm|Allgemeine Eindrücke|Offene Punkte|Legende",
        "Die Folien zeigen den ganzen Weg.|Am Ende gab es viele Fragen.|Das will ich noch nachlesen.|Es hat ein Jahr gedauert.",
        "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember", "{d}. {month} {y}",
    ),
    _tongue(
        "fr", "Conférence|Titre|Intervenant|Société|par|et|Note|Jour",
        "Notes|À retenir|Questions|Liens|Démo|Résumé", "Déjeuner|Pause café|Accueil|Soirée",
        "Programme|Impressions générales|À faire|Légende",
        "Les exemples étaient clairs.|Beaucoup de questions à la fin.|À relire plus tard.|Cela leur a pris un an.",
        "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre", "{d} {month} {y}",
    ),
    _tongue(
        "es", "Charla|Título|Ponente|Empresa|por|y|Valoración|Día",
        "Apuntes|Conclusiones|Preguntas|Enlaces|Demo|Resumen", "Comida|Pausa para café|Registro|Fiesta",
        "Agenda|Impresiones generales|Pendientes|Leyenda",
        "Los ejemplos fueron muy claros.|Hubo muchas preguntas al final.|Hay que leerlo con calma.|Tardaron un año en llegar.",
        "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre", "{d} de {month} de {y}",
    ),
    _tongue(
        "pt", "Palestra|Título|Palestrante|Empresa|por|e|Avaliação|Dia",
        "Anotações|Conclusões|Perguntas|Links|Demonstração|Resumo", "Almoço|Intervalo|Credenciamento|Festa",
        "Programação|Impressões gerais|Pendências|Legenda",
        "Os exemplos foram bem claros.|Houve muitas perguntas no fim.|Vale ler com calma.|Levou um ano para chegar lá.",
        "janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro", "{d} de {month} de {y}",
    ),
    _tongue(
        "pl", "Prelekcja|Tytuł|Prelegent|Firma|przez|i|Ocena|Dzień",
        "Notatki|Wnioski|Pytania|Linki|Demo|Podsumowanie", "Obiad|Przerwa kawowa|Rejestracja|Impreza",
        "Plan|Ogólne wrażenia|Do zrobienia|Legenda",
        "Przykłady były jasne.|Na końcu było dużo pytań.|Warto doczytać później.|Zajęło im to rok.",
        "stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia", "{d} {month} {y}",
    ),
    _tongue(
        "tr", "Konuşma|Başlık|Konuşmacı|Şirket|sunan|ve|Puan|Gün",
        "Notlar|Çıkarımlar|Sorular|Bağlantılar|Demo|Özet", "Öğle yemeği|Kahve molası|Kayıt|Kapanış partisi",
        "Program|Genel izlenimler|Yapılacaklar|Açıklama",
        "Örnekler çok açıktı.|Sonunda çok soru geldi.|Sonra yeniden okunacak.|Oraya varmak bir yıl sürdü.",
        "Ocak|Şubat|Mart|Nisan|Mayıs|Haziran|Temmuz|Ağustos|Eylül|Ekim|Kasım|Aralık", "{d} {month} {y}",
    ),
    _tongue(
        "vi", "Bài nói|Tiêu đề|Diễn giả|Công ty|bởi|và|Đánh giá|Ngày",
        "Ghi chú|Bài học|Hỏi đáp|Liên kết|Trình diễn|Tóm tắt", "Ăn trưa|Nghỉ giải lao|Đăng ký|Tiệc tối",
        "Lịch trình|Ấn tượng chung|Việc cần làm|Chú giải",
        "Các ví dụ rất rõ ràng.|Cuối buổi có nhiều câu hỏi.|Nên đọc lại sau.|Họ mất một năm để làm được.",
        _NUMBERED, "ngày {d} tháng {month} năm {y}",
    ),
    _tongue(
        "zh", "演讲|标题|讲者|公司|by|和|评分|日期",
        "笔记|收获|问答|链接|演示|总结", "午餐|茶歇|签到|晚宴",
        "议程|总体印象|待办|图例",
        "例子讲得很清楚。|最后有很多提问。|之后值得再读。|他们花了一年时间。",
        _NUMBERED, "{y}年{month}月{d}日", "han",
    ),
    _tongue(
        "ja", "講演|タイトル|講演者|会社|by|と|評価|日付",
        "メモ|学び|質疑応答|リンク|デモ|まとめ", "昼食|休憩|受付|懇親会",
        "アジェンダ|全体の感想|やること|凡例",
        "例がとても分かりやすかった。|最後に質問がたくさん出た。|あとで読み返したい。|一年かかったそうです。",
        _NUMBERED, "{y}年{month}月{d}日", "kana",
    ),
    _tongue(
        "ko", "발표|제목|발표자|회사|by|와|평점|날짜",
        "메모|배운 점|질의응답|링크|데모|요약", "점심|휴식|등록|뒤풀이",
        "일정|전체 소감|할 일|범례",
        "예제가 아주 명확했다.|마지막에 질문이 많았다.|나중에 다시 읽어야겠다.|일 년이 걸렸다고 한다.",
        _NUMBERED, "{y}년 {month}월 {d}일", "hangul",
    ),
    _tongue(
        "ru", "Доклад|Название|Докладчик|Компания|от|и|Оценка|День",
        "Заметки|Выводы|Вопросы|Ссылки|Демо|Итоги", "Обед|Кофе-брейк|Регистрация|Вечеринка",
        "Программа|Общие впечатления|Что сделать|Обозначения",
        "Примеры были понятные.|В конце было много вопросов.|Стоит перечитать позже.|На это ушёл год.",
        "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря", "{d} {month} {y}", "cyrillic",
    ),
    _tongue(
        "el", "Ομιλία|Τίτλος|Ομιλητής|Εταιρεία|από|και|Βαθμολογία|Ημέρα",
        "Σημειώσεις|Συμπεράσματα|Ερωτήσεις|Σύνδεσμοι|Επίδειξη|Περίληψη", "Μεσημεριανό|Διάλειμμα|Εγγραφή|Πάρτι",
        "Πρόγραμμα|Γενικές εντυπώσεις|Εκκρεμότητες|Υπόμνημα",
        "Τα παραδείγματα ήταν σαφή.|Στο τέλος έγιναν πολλές ερωτήσεις.|Αξίζει να το ξαναδιαβάσω.|Τους πήρε έναν χρόνο.",
        "Ιανουαρίου|Φεβρουαρίου|Μαρτίου|Απριλίου|Μαΐου|Ιουνίου|Ιουλίου|Αυγούστου|Σεπτεμβρίου|Οκτωβρίου|Νοεμβρίου|Δεκεμβρίου", "{d} {month} {y}", "greek",
    ),
)  # fmt: skip
