"""Encodings of tables: marks and UTF-8 leave no doubt, the rest is ranked, and what somebody names is taken."""

from __future__ import annotations

import pytest

from sentisound.corpora.table_text import ENCODINGS, decoded_as, decodings
from sentisound.errors import BadManifest

TEXTS = {
    "gb18030": "语音/王芳_愤怒.wav,angry,王芳,今天天气很好\n语音/李明_悲伤.wav,sad,李明,我们去公园吧\n",
    "cp950": "語音/張偉_生氣.wav,angry,張偉\n語音/陳美_難過.wav,sad,陳美\n",
    "cp932": "音声/田中_怒り.wav,angry,田中\n音声/鈴木_悲しい.wav,sad,鈴木ソ能\n",
    "cp949": "음성/김철수_화남.wav,angry,김철수\n음성/이영희_슬픔.wav,sad,이영희\n",
    "cp1250": "nagrania/Łukasz_złość.wav,angry,Łukasz\nnagrania/Świętosława_smutek.wav,sad,Świętosława\n",
    "cp1251": "звук/Иванов_гнев.wav,angry,Иванов\nзвук/Петрова_грусть.wav,sad,Петрова\n",
    "cp1252": "aufnahmen/Jürgen_ärger.wav,angry,Jürgen\naufnahmen/Zoë_glück.wav,happy,Zoë\n",
    "cp1253": "ήχος/Γιώργος_θυμός.wav,angry,Γιώργος\nήχος/Ελένη_χαρά.wav,happy,Ελένη\n",
}
HEADER = "path,label,speaker\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_unicode_leaves_no_doubt(encoding: str, text: str):
    (found,) = decodings((HEADER + text).encode(encoding), "t.csv")
    assert found.text.removeprefix("\ufeff") == HEADER + text
    assert not found.guessed
    assert found.encoding == encoding[:6].replace("utf", "UTF").rstrip("-")


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_code_page_is_among_the_likeliest_and_called_as_people_do(encoding: str):
    text = HEADER + TEXTS[encoding]
    found = list(decodings(text.encode(encoding), "t.csv"))
    places = [i for i, one in enumerate(found) if one.text == text]
    assert places[0] < 3
    assert all(one.guessed for one in found)
    assert len({one.text for one in found}) == len(found), "each text once"


def test_western_european_is_taken_before_others_that_read_the_same():
    first = next(decodings("path,label\nJürgen.wav,sad\nZoë.wav,happy\n".encode("cp1252"), "t.csv"))
    assert first.encoding == "Windows-1252"


def test_an_encoding_that_somebody_names_is_taken_or_refused():
    content = (HEADER + TEXTS["cp932"]).encode("cp932")
    assert decoded_as(content, "shift_jis", "t.csv").text == HEADER + TEXTS["cp932"]
    with pytest.raises(BadManifest, match=r"t\.csv is not text in utf-8 at byte 19: leave --encoding out"):
        decoded_as(content, "utf-8", "t.csv")
    with pytest.raises(BadManifest, match="there is no encoding 'klingon'; tables have utf-8, utf-16, cp1252"):
        decoded_as(content, "klingon", "t.csv")
    with pytest.raises(BadManifest, match=r"^there is no encoding 'rot13'"):
        decoded_as(content, "rot13", "t.csv")


def test_every_encoding_is_one_of_pythons():
    for name in ENCODINGS:
        assert "path,label".encode(name) == b"path,label", "and holds ASCII, so that a header reads the same"
