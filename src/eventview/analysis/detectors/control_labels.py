"""Labels of steppers and paging, where many fast clicks are no trouble.

The words are English and those of the larger languages of Europe and Asia. Labels are matched word
by word, so that `Next picture` and `Image suivante` need no entries of their own.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from eventview.session.folding import fold_label


class ControlUse(Enum):
    """The usual ways to click a label."""

    ONCE = auto()
    STEPPING = auto()
    """Again and again, on one page: a number, a sign, `Volume up`, `Next picture`."""
    PAGING = auto()
    """Several times, from page to page: `Next`, `Zurück`."""


def _fold(text: str) -> str:
    """Remove case, accents and width, because capitals are often written without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def _split_words(text: str) -> frozenset[str]:
    return frozenset(_fold(text).split())


_PAGING: Final = _split_words(
    """
    next previous prev back forward forwards newer older earlier later
    weiter nächste nächster nächstes vor vorwärts zurück vorherige vorheriger vorheriges
    suivant suivante précédent précédente retour avancer
    siguiente anterior atrás adelante próximo próxima volver
    avanti successivo successiva prossimo prossima precedente indietro
    seguinte voltar avançar
    volgende vorige verder terug
    dalej następny następna następne poprzedni poprzednia poprzednie wstecz
    nästa föregående tillbaka framåt næste neste forrige tilbage tilbake seuraava edellinen takaisin
    další předchozí zpět ďalší späť
    következő előző vissza tovább
    următorul următoarea următor înapoi
    επόμενο επόμενη προηγούμενο προηγούμενη πίσω
    далее вперёд вперед следующий следующая следующее предыдущий предыдущая предыдущее назад
    далі наступна наступний попередня попередній
    sonraki ileri önceki geri sljedeće prethodno naprej nazaj напред назад kitas atgal edasi tagasi
    次へ 次 次に 前へ 前 戻る 進む 次ページ 前ページ
    次のページ 前のページ 次のページへ 前のページへ
    下一页 上一页 下一頁 上一頁 下页 上页 下一步 上一步
    下一个 上一个 下一個 上一個 返回 后退 前进 後退 前進
    다음 이전 다음으로 이전으로 뒤로 앞으로
    التالي السابق بعدی قبلی הבא הקודם अगला पिछला ถัดไป ก่อนหน้า tiếp theo trước
    berikutnya selanjutnya sebelumnya seterusnya
    """
)
"""Next and previous, forward and back."""

_STEPS: Final = _split_words(
    """
    plus minus more less up down increase decrease increment decrement undo redo zoom louder quieter
    faster slower rewind backspace higher lower bigger smaller left right
    mehr weniger erhöhen verringern lauter leiser größer kleiner hoch runter rauf vergrößern
    verkleinern rückgängig schneller langsamer links rechts
    gauche droite izquierda derecha sinistra destra esquerda direita rechtsaf linksaf lewo prawo
    moins augmenter diminuer réduire agrandir zoomer dézoomer haut bas rétablir
    más menos aumentar disminuir reducir subir bajar arriba abajo deshacer rehacer acercar alejar
    più meno aumenta diminuisci riduci ingrandisci su giù
    mais diminuir desfazer refazer ampliar reduzir cima baixo
    meer minder omhoog omlaag verhogen verlagen harder zachter groter kleiner
    więcej mniej zwiększ zmniejsz cofnij ponów góra dół głośniej ciszej
    mer mera mindre öka minska upp ned ner øk øg opp op större ångra fortryd angre lisää vähennä
    více méně zvýšit snížit nahoru dolů přiblížit oddálit
    növelés csökkentés fel le mărește micșorează
    περισσότερα λιγότερα αύξηση μείωση πάνω κάτω
    ещё еще больше меньше увеличить уменьшить вверх вниз выше ниже плюс минус громче тише
    більше менше збільшити зменшити вгору вниз
    artır azalt yukarı aşağı
    増やす 減らす 数量を増やす 数量を減らす
    拡大 縮小 上へ 下へ 上 下 元に戻す やり直し 音量を上げる 音量を下げる
    次の画像 前の画像 次の写真 前の写真 次の写真へ 前の写真へ 次の月 前の月 翌月 前月 先月 来月
    次の週 前の週
    增加 减少 減少 增加数量 减少数量 減少數量
    放大 缩小 縮小 加 减 減 向上 向下 撤销 重做 音量加 音量减 提高音量 降低音量
    下一题 上一题 下一章 上一章 下一篇 上一篇 下一集 上一集 下一条 上一条
    次の問題 前の問題
    下一张 上一张 下一張 上一張 下一张图片 上一张图片 下个月 上个月 下一首 上一首 下一曲 上一曲
    زيادة تقليل تكبير تصغير बढ़ाएं घटाएं เพิ่ม ลด tăng giảm tambah kurangi
    증가 감소 확대 축소 위로 아래로
    """
)
"""More and less of something, and steps that stay on the page."""

_THINGS: Final = _split_words(
    """
    picture image photo slide month year week day hour hours minute minutes second seconds
    track song video volume quantity qty amount number size font brightness speed in out level
    result results item photos images pictures pics card story frame line row column match hit
    episode difference scroll vol
    karte carte tarjeta carta
    bild foto folie monat jahr woche tag stunde stunden minuten titel lied lautstärke menge
    anzahl schrift
    diapositive diapo mois année semaine jour heure piste titre chanson vidéo quantité nombre taille
    son résultat
    imagen diapositiva mes año semana día hora pista canción vídeo volumen cantidad tamaño
    immagine mese anno settimana giorno brano quantità numero
    imagem mês ano dia faixa música quantidade
    afbeelding dia maand jaar week dag uur nummer aantal
    obraz zdjęcie slajd miesiąc rok tydzień dzień głośność ilość
    bilde billede månad måned år vecka uge uke volym volum lydstyrke antal kuva
    obrázek snímek měsíc rok týden den hlasitost množství
    kép hónap év hét nap hangerő imagine lună an zi
    εικόνα μήνας έτος εβδομάδα ένταση
    картинка изображение фото слайд месяц год неделя день громкость количество трек
    зображення місяць рік тиждень гучність
    resim fotoğraf ay yıl hafta gün ses miktar
    画像 写真 月 年 週 日 音量 数量 图片 圖片 照片 月份
    사진 이미지 달 월 주 볼륨 음량 수량
    """
)
"""Things to step through or to change: with these words, `next` stays on the page."""

WORDS: Final = _PAGING | _STEPS
"""The words of paging and steppers, in lower case."""

_BETWEEN: Final = _split_words(
    """
    the a one by of go to skip fast move rotate turn pan arrow button icon btn
    chevron caret angle keyboard navigate ios new
    la le les l’ l' el lo il o de da der die das den het di du des по na v
    """
)
"""Small words that do not affect the use."""

_PAGES: Final = _split_words(
    """
    page seite página pagina strona sida side sivu stránka oldal pagină σελίδα страница страницу
    сторінка sayfa ページ 页 頁 페이지
    """
)
"""Things that paging goes through: paging without effect does not work."""

_LEADING: Final = _split_words(
    """
    increase decrease increment decrement augmenter diminuer réduire aumentar disminuir diminuir
    reducir reduzir aumenta diminuisci riduci verhogen verlagen zwiększ zmniejsz увеличить уменьшить
    """
)
"""Verbs that make a stepper of whatever follows: `Increase quantity of Blue shirt`."""

_SIGN: Final = r"[+\-−–＋±▲▼△▽▴▾▸◂⌃⌄↑↓←→⬆⬇⬅➡‹›«»<>〈〉《》◀▶◁▷⏩⏪⏭⏮⏫⏬⌫★☆*#.\s\ufe0f]+"
_NUMBER: Final = r"[+\-−–±#]?\s?\d{1,4}|\d{1,3}\s?(?:/|of|von|sur|de|di|van|z|из)\s?\d{1,3}"
_AROUND: Final = " .…‹›«»<>→←↑↓▲▼◀▶⟨⟩⏩⏪⏭⏮+-−#:()[]"
_WORD: Final = r"[^\s\-–/,_]+"
_AMOUNT: Final = r"[x×]?\d{1,3}([.,]\d)?(s|sec|secs|min|h|px|pt|%|x|×|°)?"


@lru_cache(maxsize=2048)
def find_use(label: str) -> ControlUse:
    """Return the usual way to click a label, by its words and signs."""
    folded = _fold(fold_label(label))
    if re.fullmatch(_SIGN, folded) or re.fullmatch(_NUMBER, folded):
        return ControlUse.STEPPING
    words = [bare for word in re.findall(_WORD, folded) if (bare := word.strip(_AROUND))]
    if not words or words[0] in _LEADING:
        return ControlUse.STEPPING if words else ControlUse.ONCE
    plain = {word for word in words if not re.fullmatch(_AMOUNT, word)}
    significant = plain - _BETWEEN - _PAGES
    # A sign, or one amount and nothing else, is a step: `Quantity +`, `Skip 10s`.
    amounts = sum(word not in plain for word in words)
    is_step = folded[0] in "+-−–" or folded[-1] in "+-−–" or (not significant and amounts == 1)
    if not significant <= WORDS | _THINGS or (significant.isdisjoint(WORDS) and not is_step):
        return ControlUse.ONCE
    return ControlUse.PAGING if significant and significant <= _PAGING else ControlUse.STEPPING
