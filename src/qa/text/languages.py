"""Questions in another language than English, which is the only one that is read: who asks is told so, in that language."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LEAST_SURE = 0.9
"""None of 10,258 English questions (../shared/data/asked) is taken for another language with this probability."""
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset("the is are what which who how when where why does did of to my we you your".split())
"""Words of nearly all English questions. The model takes half a second to load, which those need not wait for."""
_ONLY_ENGLISH = {
    "ar": "أنا لا أقرأ سوى الإنجليزية. من فضلك اطرح سؤالك بالإنجليزية.",
    "de": "Ich lese nur Englisch. Bitte stellen Sie die Frage auf Englisch.",
    "es": "Solo leo inglés. Por favor, haga la pregunta en inglés.",
    "fr": "Je ne lis que l’anglais. Veuillez poser la question en anglais.",
    "it": "Leggo solo l’inglese. Per favore, faccia la domanda in inglese.",
    "ja": "英語しか読めません。質問は英語でお願いします。",
    "nl": "Ik lees alleen Engels. Stel uw vraag in het Engels, alstublieft.",
    "pl": "Czytam tylko po angielsku. Proszę zadać pytanie po angielsku.",
    "pt": "Só leio inglês. Por favor, faça a pergunta em inglês.",
    "ru": "Я читаю только по-английски. Пожалуйста, задайте вопрос на английском.",
    "tr": "Yalnızca İngilizce okuyabiliyorum. Lütfen sorunuzu İngilizce sorun.",
    "zh": "我只能阅读英文。请用英文提问。",
}


def only_english(question: str) -> str:
    """What is said to a `question` that surely is in one of twelve other languages; "" to any other."""
    words = {word.casefold() for word in _WORD.findall(question)}
    if not words or words & _ENGLISH:
        return ""
    language, sure = _identifier().classify(question)
    return _ONLY_ENGLISH.get(language, "") if sure >= _LEAST_SURE else ""


@cache
def _identifier() -> LanguageIdentifier:
    """py3langid's (Lui and Baldwin 2012, langid.py), for these languages alone."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(["en", *_ONLY_ENGLISH])
    return found
