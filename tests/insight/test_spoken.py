"""The report's page about words: they stand beside their time and emotion, in any alphabet, and a long one is cut."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest

from sentisound.insight.report import report
from sentisound.words import Interpretation, Missing, Statement, Transcript, Word

TRANSCRIPT = Transcript(
    "good morning leave me", "sphinx (x)", "en", "assumed", draft=True,
    words=(Word("good", 0.1, 0.3), Word("morning", 0.4, 0.8), Word("leave", 1.1, 1.3), Word("me", 1.4, 1.6)),
    warnings=("many words are wrong",),
)  # fmt: skip
INTERPRETATION = Interpretation(
    (Statement("It turns angry.", (0, 1)), Statement("All of it.", (0, 1, 2))), "Or so.", "llm (m)", language_model=True
)


@pytest.fixture(autouse=True)
def coarse_pictures(monkeypatch):
    monkeypatch.setattr("sentisound.insight.pages.PICTURE_DPI", 60)


def pages(exhibit) -> list[str]:
    with pypdfium2.PdfDocument(report(exhibit)) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    return [text.replace("\r\n", "\n").replace("\u00a0", " ") for text in texts]


def test_words_stand_beside_their_time_and_emotion(changed):
    found = pages(changed(transcript=TRANSCRIPT, interpretation=INTERPRETATION))
    assert len(found) == 3
    assert "Page 3 of 3" in found[2]
    for line in ("0.0 s", "happy, 60 %", "good morning", "leave me", "many words are wrong", "language en (assumed)"):
        assert line in found[2]


def test_statements_stand_beside_what_they_rest_on_and_their_author(changed):
    found = pages(changed(interpretation=INTERPRETATION))[2]
    for line in ("at 0.00 s, 1.00 s", "It turns angry.", "whole sound", "Or so.", "a language model, llm (m)"):
        assert line in found


def test_what_is_missing_is_told(changed):
    found = pages(changed(missing=(Missing("transcript", "engine_missing", "install <it>"),)))[2]
    assert "No transcript: install <it>" in found


def test_no_words_and_no_times(changed):
    assert "No words were heard." in pages(changed(transcript=replace(TRANSCRIPT, text="", words=())))[2]
    assert "good morning leave me" in pages(changed(transcript=replace(TRANSCRIPT, words=())))[2]


def test_markup_that_was_spoken_is_text(changed):
    spoken = replace(TRANSCRIPT, text="<b>bold</b> & <img src='x'/>", words=())
    assert "<b>bold</b> & <img src='x'/>" in pages(changed(transcript=spoken))[2]


def test_a_long_transcript_stays_on_one_readable_page(changed):
    long = replace(TRANSCRIPT, text="word " * 20_000, words=())
    found = pages(changed(transcript=long))
    assert len(found) == 3
    assert found[2].count("word") < 1000
    timed = replace(TRANSCRIPT, text="word " * 9000, words=tuple(Word("word", 0.1, 0.2) for _ in range(9000)))
    assert pages(changed(transcript=timed))[2].count("word") < 1000


@pytest.mark.parametrize("text", ["早上好世界", "صباح الخير", "Dzień dobry, źdźbło"])
def test_any_alphabet_is_set(changed, text):
    assert len(pages(changed(transcript=replace(TRANSCRIPT, text=text, words=())))) == 3
    assert len(pages(changed(transcript=replace(TRANSCRIPT, text=text, words=(Word(text, 0.1, 0.5),))))) == 3
