"""The PDF: two pages, everything in them, hostile names right, the same bytes for the same analysis."""

from __future__ import annotations

import dataclasses
import sys
import threading

import pypdfium2
import pytest

from sentisound.errors import MissingExtra
from sentisound.insight import paper
from sentisound.insight.report import report


def texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            page.get_textpage().get_text_bounded().replace("\r\n", "\n").replace("\u00a0", " ") for page in document
        ]


@pytest.fixture(autouse=True)
def coarse_pictures(monkeypatch):
    """Draw the pictures with few pixels: they are looked at elsewhere."""
    monkeypatch.setattr("sentisound.insight.pages.PICTURE_DPI", 60)


@pytest.fixture
def pages(exhibit) -> list[str]:
    return texts(report(exhibit))


def test_there_are_two_numbered_pages(pages):
    assert len(pages) == 2
    assert "Page 1 of 2" in pages[0]
    assert "Page 2 of 2" in pages[1]


def test_the_first_page_has_the_verdict_and_how_sure_it_is(pages):
    assert "Happy" in pages[0]
    assert "The model is fairly sure: it gives happy a probability of 64 %." in pages[0]


def test_the_first_page_has_every_probability(exhibit, pages):
    for label in exhibit.analysis.scores.labels:
        assert label in pages[0]
    assert "64 %" in pages[0]


def test_the_first_page_says_what_was_analysed(exhibit, pages):
    assert exhibit.sha256 in pages[0].replace("\n", "")
    for fact in ("clip.wav", "3.00 s, of which 80% is speech", "2026-11-20 13:00:00 UTC", "tiny@0.0.1"):
        assert fact in pages[0]


def test_the_second_page_has_segments_and_the_model_with_figures_and_limits(exhibit, pages):
    assert "angry" in pages[1]
    for words in ("65.7 ± 5.0 %", "demo/folds", exhibit.card.limits, exhibit.card.intended_use):
        assert words in pages[1]


def test_an_abstention_says_so_and_why(changed):
    first = texts(report(changed(reason="no_speech")))[0]
    assert "Not sure: no verdict" in first
    assert "No speech found" in first
    assert "The model only knows voices" in first


def test_warnings_are_told_in_words(exhibit, changed):
    quality = dataclasses.replace(exhibit.analysis.quality, warnings=("the sound is noisy", "it is a <b>bold</b> lie"))
    first = texts(report(changed(quality=quality)))[0]
    assert "The sound is noisy." in first
    assert "It is a <b>bold</b> lie." in first
    assert "Nothing found that would weaken the result." in texts(report(exhibit))[0]


def test_a_speaker_dependent_figure_carries_the_words(exhibit):
    metric = dataclasses.replace(exhibit.card.metrics[0], speaker_independent=False)
    dependent = dataclasses.replace(exhibit, card=dataclasses.replace(exhibit.card, metrics=[metric]))
    assert "demo/folds (speaker-dependent)" in texts(report(dependent))[1]


def test_the_same_exhibit_gives_the_same_bytes(exhibit):
    assert report(exhibit) == report(exhibit)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>.wav",
        "x" * 300 + ".wav",
        "تسجيل" * 60 + ".wav",
        "录音" * 150,
        "😀\u200d👧",
        "&amp;.wav",
    ],
)
def test_any_name_gives_two_pages_and_its_own_title(changed, name):
    pdf = report(changed(file=name))
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 2
        assert document.get_metadata_dict()["Title"].startswith("Speech emotion report: ")


def test_a_script_in_a_name_is_text(changed):
    assert "<script>alert(1)" in texts(report(changed(file="<script>alert(1)<b>.wav")))[0]


def test_an_arabic_name_is_read_from_the_right(changed):
    first = texts(report(changed(file="تسجيل.wav")))[0]
    assert any(
        shape in first for shape in ("\ufe97\ufeb4\ufea0\ufef4\ufede", "تسجيل", "\ufede\ufef4\ufea0\ufeb4\ufe97")
    )


def test_every_font_is_embedded(changed):
    pdf = report(changed(file="录音 تسجيل Ж.wav"))
    assert pdf.count(b"/FontFile2") >= 2
    assert b"/Helvetica" not in pdf.replace(b"/BaseFont /Helvetica /Encoding /WinAnsiEncoding /Name /F1", b"")


def test_many_segments_and_a_novel_of_a_card_still_fit(exhibit, changed):
    many = tuple(dataclasses.replace(exhibit.analysis.segments[i % 3], start_s=i, end_s=i + 0.9) for i in range(300))
    card = dataclasses.replace(exhibit.card, limits="word " * 5000, metrics=exhibit.card.metrics * 20)
    pdf = report(dataclasses.replace(changed(segments=many), card=card))
    second = texts(pdf)[1]
    assert "and 286 more" in second
    assert len(texts(pdf)) == 2


def test_a_single_segment_needs_no_table(exhibit, changed):
    assert "Segments" not in texts(report(changed(segments=exhibit.analysis.segments[:1])))[1].split("The model")[0]


def test_without_a_file_there_is_no_hash(exhibit):
    assert "there was no file" in texts(report(dataclasses.replace(exhibit, sha256=None)))[0]


def test_reports_in_several_threads_do_not_mix_their_names(changed):
    names = ["录音一.wav", "ファイル.wav", "한국어.wav"]
    expected = {name: report(changed(file=name)) for name in names}
    found: dict[str, bytes] = {}
    threads = [
        threading.Thread(target=lambda name=name: found.update({name: report(changed(file=name))})) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_without_reportlab_the_error_says_what_to_install(exhibit, monkeypatch):
    monkeypatch.setitem(sys.modules, "reportlab.graphics.shapes", None)
    monkeypatch.delitem(sys.modules, paper.__name__)
    monkeypatch.delattr("sentisound.insight.paper")
    monkeypatch.delitem(sys.modules, "sentisound.insight.pages")
    monkeypatch.delattr("sentisound.insight.pages")
    with pytest.raises(MissingExtra, match=r"\.\[reports\]"):
        report(exhibit)
