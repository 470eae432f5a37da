"""The borders of each naming rule: the last name it takes, the first one it refuses, and what the lists sum up to."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path, PurePath

import pytest

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.emotale import Rating, ratings
from sentisound.corpora.protocols import LOCO_CLASSES
from sentisound.corpora.registry import CORPORA, corpus
from sentisound.errors import BadUtteranceName, CorpusError

BORDERS = [  # the last one taken, the first one refused
    ("ravdess", "03-01-08-02-02-02-24", "03-01-08-02-02-02-25"),
    ("ravdess", "03-01-01-01-01-01-01", "03-01-00-01-01-01-01"),
    ("ravdess", "03-02-01-01-01-01-01", "03-03-01-01-01-01-01"),
    ("savee", "DC/n30", "DC/n31"),
    ("savee", "DC/a15", "DC/a16"),
    ("savee", "DC/su01", "DC/su00"),
    ("emodb", "16b10Lf", "16b10Lg"),
    ("emodb", "03a07Fa", "03a06Fa"),
    ("emodb", "03b03Fa", "03b04Fa"),
    ("cremad", "1001_IEO_ANG_HI", "1000_IEO_ANG_HI"),
    ("cremad", "1091_WSI_DIS_LO", "1092_WSI_DIS_LO"),
    ("cremad", "1001_IEO_ANG_XX", "1001_IEO_ANG_XXX"),
    ("esd", "0020_001750", "0020_001751"),
    ("esd", "0001_000001", "0001_000000"),
    ("esd", "0020_000001", "0021_000001"),
    ("nemo", "WR0_fear_90", "WR0_fear_91"),
    ("nemo", "WR0_fear_1", "WR0_fear_01"),
    ("emotale", "EN_019_N_5", "EN_020_N_5"),
    ("emotale", "DK_001_N_1", "DK_001_N_0"),
    ("ased", "a5-07-01-02-65", "a5-07-01-02-66"),
    ("ased", "S4-04-02-01-29", "S5-04-02-01-29"),
    ("javanese", "10-04-06_07", "10-04-06_08"),
    ("javanese", "01-01-01_01", "00-01-01_01"),
    ("tess", "YAF_youth_ps", "YAF_youths_ps"),
    ("iemocap", "Ses05M_script03_2_M099", "Ses06M_script03_2_M099"),
    ("iemocap", "Ses01F_impro01_F000", "Ses00F_impro01_F000"),
    ("msp-podcast", "MSP-PODCAST_0001_0008_0001", "MSP-PODCAST_0001_0008_001"),
    ("meld", "train/dia1038_utt13", "train/dia1038"),
    ("emovo", "tri-m3-n5", "tri-m3-n6"),
    ("emovo", "neu-f3-d2", "neu-f4-d2"),
    ("cafe", "12-T-2-6", "13-T-2-6"),
    ("cafe", "01-N-1-1", "01-N-2-1"),
    ("aesdd", "s20 (6)", "s21 (6)"),
    ("shemo", "M56F99", "M56F100"),
]


@cache
def _listed(name: str) -> list[Utterance]:
    return [corpus(name).parse(PurePath(clip)) for clip in sorted(corpus(name).expected_names(Path("absent")))]


@pytest.mark.parametrize(("name", "taken", "refused"), BORDERS)
def test_the_rule_ends_where_the_corpus_ends(name: str, taken: str, refused: str):
    parse = corpus(name).parse
    parse(PurePath(f"{taken}.wav"))
    with pytest.raises(BadUtteranceName) as caught:
        parse(PurePath(f"{refused}.wav"))
    assert PurePath(refused).name in str(caught.value)
    assert caught.value.code == "bad_utterance_name"
    assert isinstance(caught.value, CorpusError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(("name", "taken", "_"), BORDERS)
@pytest.mark.parametrize("wrap", ["{} (1)", " {}", "copy of {}", "{}\n", "{}.bak"])
def test_a_copy_that_a_desktop_has_renamed_is_refused(name: str, taken: str, _: str, wrap: str):
    folder, stem = PurePath(taken).parent, PurePath(taken).name
    with pytest.raises(BadUtteranceName):
        corpus(name).parse(folder / f"{wrap.format(stem)}.wav")


@pytest.mark.parametrize(
    ("name", "stem"), [("emodb", "03A01fA"), ("nemo", "wr0_FEAR_90"), ("cremad", "1001_ieo_ang_hi")]
)
def test_case_matters_where_the_corpus_keeps_it(name: str, stem: str):
    with pytest.raises(BadUtteranceName):
        corpus(name).parse(PurePath(f"{stem}.wav"))


def test_every_corpus_has_the_four_classes_that_leave_one_corpus_out_needs():
    for entry in CORPORA.values():
        assert set(LOCO_CLASSES) - set(entry.labels) == ({"neutral"} if entry.name == "aesdd" else set()), entry.name


def test_ravdess_has_half_as_many_neutral_clips_as_of_any_other_label():
    labels = Counter(clip.label for clip in _listed("ravdess"))
    assert labels.pop("neutral") == 24 * 2 * 2  # actors, statements, repetitions; one intensity
    assert set(labels.values()) == {24 * 2 * 2 * 2}
    assert Counter(clip.sex for clip in _listed("ravdess")) == {"female": 720, "male": 720}


def test_savee_says_neutral_twice_as_often():
    assert Counter(clip.label for clip in _listed("savee")) == {
        "neutral": 4 * 30,
        **dict.fromkeys(("happy", "sad", "angry", "fearful", "disgust", "surprised"), 4 * 15),
    }
    assert len({clip.text for clip in _listed("savee")}) == 30 + 6 * 15


def test_the_grids_of_tess_and_esd_are_even():
    assert set(Counter((clip.speaker, clip.label) for clip in _listed("tess")).values()) == {200}
    assert set(Counter((clip.speaker, clip.label) for clip in _listed("esd")).values()) == {350}


def test_esd_has_as_many_speakers_and_sentences_in_each_language():
    for language, speakers in (("zh", range(1, 11)), ("en", range(11, 21))):
        clips = [clip for clip in _listed("esd") if clip.language == language]
        assert {clip.speaker for clip in clips} == {f"{number:04d}" for number in speakers}
        assert len({clip.text for clip in clips}) == 350


def test_four_danes_speak_no_english():
    spoken = {language: {c.speaker for c in _listed("emotale") if c.language == language} for language in ("da", "en")}
    assert spoken["da"] - spoken["en"] == {"014", "015", "018", "019"}
    assert "002" not in spoken["da"]


def test_emodb_has_five_women_and_five_men_in_the_papers_numbers():
    sexes = {clip.speaker: clip.sex for clip in _listed("emodb")}
    assert sorted(sexes.values()) == ["female"] * 5 + ["male"] * 5
    # Burkhardt et al. 2005, as kept: 127 angry, 81 bored, 46 disgusted, 69 afraid, 71 happy, 62 sad, 79 neutral
    assert Counter(clip.label for clip in _listed("emodb")) == {
        "angry": 127, "bored": 81, "disgust": 46, "fearful": 69, "happy": 71, "sad": 62, "neutral": 79,
    }  # fmt: skip


def test_the_table_of_nemo_names_clips_with_or_without_suffix(tmp_path: Path):
    (tmp_path / "data.tsv").write_text("file_id\temotion\nKD0_anger_1.wav\tanger\nKD0_fear_2\tfear\n\tsad\n")
    assert corpus("nemo").expected_names(tmp_path) == {"KD0_anger_1", "KD0_fear_2"}


def test_ratings_are_by_name_for_every_row_also_behind_a_byte_order_mark(tmp_path: Path):
    columns = [f"a{rater}_{axis}" for rater in (1, 2, 3) for axis in "AVD"]
    rows = [["wav/DK_001_A_1.wav", *"123456789"], ["EN_007_N_4.wav", *"111222333"]]
    text = "\n".join(",".join(row) for row in (["file", *columns], *rows))
    (tmp_path / "annotations.csv").write_text(text, encoding="utf-8-sig")
    # the first: arousal (1+4+7)/3, valence (2+5+8)/3, dominance (3+6+9)/3
    assert ratings(tmp_path) == {"DK_001_A_1": Rating(4, 5, 6), "EN_007_N_4": Rating(2, 2, 2)}
