"""Every alphabet finds a font or a box, right-to-left names read right, and the small CJK font has what was asked."""

from __future__ import annotations

import pytest
from fontTools.ttLib import TTFont

from sentisound.insight import fonts
from sentisound.insight.fonts import BOX, CJK, SANS, drawable, font_files, runs
from sentisound.insight.script import characters_of, lines, markup, visual
from sentisound.insight.subset import truetype

needs_cjk = pytest.mark.skipif(CJK not in font_files(), reason="the extra `cjk` (Noto Sans CJK) is not installed")


@pytest.mark.parametrize("text", ["Grüße", "Жалоба", "Καλημέρα", "تسجيل", "שלום", "Հայ", "ქართ"])
def test_alphabets_of_the_first_font_stay_as_they_are(text):
    assert drawable(text) == text
    assert list(runs(text)) == [(SANS, text)]


def test_a_character_without_a_font_is_a_box():
    assert drawable("a\U00012000b") == f"a{BOX}b"  # cuneiform


def test_what_has_no_shape_is_left_out_and_blanks_become_one():
    assert drawable("a\u200db\u202ec\n\td\ufe0f\u3000e") == "abc d e"


@needs_cjk
def test_chinese_japanese_and_korean_have_their_font():
    assert list(runs(drawable("a录音テスト한국어b"))) == [(SANS, "a"), (CJK, "录音テスト한국어"), (SANS, "b")]
    assert characters_of("a录音b") == {"录", "音"}


def test_without_that_font_they_are_boxes(monkeypatch):
    monkeypatch.setattr(fonts, "_faces", dict)
    fonts.font_with.cache_clear()
    try:
        assert drawable("录音") == 2 * BOX
    finally:
        fonts.font_with.cache_clear()


def test_arabic_is_joined_and_turned_to_the_order_of_the_eye():
    shown = visual("تسجيل.wav", base="R")
    assert shown.startswith("wav.")
    assert shown[-1] == "\ufe97"  # teh in its initial shape, at the right where reading starts
    assert all(ord(c) >= 0xFE70 for c in shown[4:])


def test_vowel_marks_stay():
    assert "\u064e" in visual("كَ", base="R")


def test_a_left_to_right_name_is_not_touched():
    assert visual("clip (1).wav") == "clip (1).wav"


def test_hebrew_within_a_latin_name_keeps_the_name_in_order():
    assert visual("a שלום b") == "a םולש b"


@pytest.mark.parametrize("name", ["x" * 300, "تسجيل" * 60, "录音" * 150, "two words " * 30])
def test_a_long_name_is_broken_into_lines_and_nothing_is_lost(name):
    broken = lines(name, 40)
    assert len(broken) > 6
    assert "".join(broken).replace(" ", "") == name.replace(" ", "")


def test_lines_break_after_a_mark_where_one_is_near():
    assert lines("ab cdefgh ij", 10) == ["ab cdefgh", "ij"]


def test_markup_cannot_be_smuggled_in():
    assert markup("<b>&amp;</b>", 60) == "&lt;b&gt;&amp;amp;&lt;/b&gt;"


@needs_cjk
def test_the_small_font_has_its_characters_and_is_small():
    file = truetype(font_files()[CJK], "录音", "Small")
    with TTFont(file) as font:
        assert set(font.getBestCmap()) == {ord("录"), ord("音")}
        assert font["glyf"][font.getBestCmap()[ord("音")]].numberOfContours > 3
        assert font["hmtx"][font.getBestCmap()[ord("音")]][0] == font["head"].unitsPerEm
    assert file.seek(0, 2) < 5000


@needs_cjk
def test_the_same_characters_give_the_same_font():
    path = font_files()[CJK]
    assert truetype(path, "音录", "S").getvalue() == truetype(path, "录音", "S").getvalue()
