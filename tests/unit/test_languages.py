from __future__ import annotations

import subprocess
import sys

import pytest

from qa.text.languages import only_english


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("wie lange ist die Garantie des Boilers?", "Englisch"),
        ("quel est le prix du billet ?", "anglais"),
        ("¿cuánto cuesta la entrada?", "inglés"),
        ("Hoe lang duurt de huur?", "Engels"),
        ("Сколько лет длится аренда?", "английском"),
        ("合同期限是多久", "英文"),
    ],
)
def test_a_question_in_another_language_is_told_so_in_that_language(question: str, says: str) -> None:
    assert says in only_english(question)


@pytest.mark.parametrize(
    "question", ["tell me about Bertha", "MOT due?", "Kant lease", "boiler error F28", "?", "🙂", "12"]
)
def test_english_and_what_is_in_no_language_are_not(question: str) -> None:
    assert only_english(question) == ""


def test_an_english_question_does_not_wait_for_the_model() -> None:
    code = "import sys; from qa.text.languages import only_english; only_english('who is Bo'); sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
