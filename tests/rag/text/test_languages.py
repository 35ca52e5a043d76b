"""Questions in other languages, and English ones that only look so."""

from __future__ import annotations

import pytest

from rag.text.languages import foreign_language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wer leitet den Hafen von Fennmouth?", "German"),
        ("Pourquoi l’avion a-t-il fait demi-tour ?", "French"),
        ("Combien d'avions la ville a-t-elle commandés ?", "French"),
        ("¿Quién ganó el premio en Aldwater?", "Spanish"),
        ("Chi ha vinto il premio?", "Italian"),
        ("Quem é o prefeito de Aldwater?", "Portuguese"),
        ("Wie heeft de haven gekocht?", "Dutch"),
        ("Vem är borgmästare i Aldwater och varför?", "Swedish"),
        ("Kto jest burmistrzem w Aldwater?", "Polish"),
        ("Liman için yeni müdür kim oldu?", "Turkish"),
        ("من هو رئيس البلدية؟", "Arabic"),
        ("昨日何がありましたか", "Japanese"),
        ("谁赢得了选举?", "Chinese or Japanese"),
        ("Кто новый мэр?", "a language in Cyrillic letters"),
    ],
)
def test_a_question_in_another_language(question: str, language: str) -> None:
    assert foreign_language(question) == language


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?!",
        "hi",
        "Oscar de la Hoya",
        "Rue de la Paix",
        "Who was die Mannschaft's coach?",
        "What did Marine Le Pen say in Les Halles?",
        "Who is Анна Reyes?",
        "What does “der Hafen ist zu” mean to the dockers who were there?",
        "van der Sar",
    ],
)
def test_what_is_english_or_cannot_be_told(question: str) -> None:
    assert foreign_language(question) is None
