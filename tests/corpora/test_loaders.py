"""Every corpus: its naming rule in the documented layout, its expected names, and the real folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePath

import numpy as np
import pytest

from sentisound.corpora.check import check
from sentisound.corpora.corpus import Corpus
from sentisound.corpora.emotale import ratings
from sentisound.corpora.locate import locate
from sentisound.corpora.registry import CORPORA, corpus
from sentisound.emotions import EMOTIONS
from sentisound.errors import BadUtteranceName, CorpusNotFound
from sentisound.testing import speech_like

# path, speaker, label, text, sex, language, name
CLIPS = {
    "ravdess": ("Actor_07/03-01-05-02-01-02-07.wav", "07", "angry", "01", "male", "en", "03-01-05-02-01-02-07"),
    "tess": ("OAF_Pleasant_surprise/OAF_bite_ps.wav", "OAF", "surprised", "bite", "female", "en", "OAF_bite_ps"),
    "savee": ("AudioData/DC/sa01.wav", "DC", "sad", "sa01", "male", "en", "DC_sa01"),
    "emodb": ("wav/14b10Lb.wav", "14", "bored", "b10", "female", "de", "14b10Lb"),
    "cremad": ("AudioWAV/1001_DFA_ANG_XX.wav", "1001", "angry", "DFA", "", "en", "1001_DFA_ANG_XX"),
    "esd": ("0011/Angry/0011_000351.wav", "0011", "angry", "en-001", "male", "en", "0011_000351"),
    "nemo": ("samples/KD0_happiness_64.wav", "KD0", "happy", "64", "female", "pl", "KD0_happiness_64"),
    "emotale": ("wav/DK_015_B_4.wav", "015", "bored", "da-4", "male", "da", "DK_015_B_4"),
    "ased": ("02Fearful/f2-06-02-02-63.wav", "63", "fearful", "f2-06", "male", "am", "f2-06-02-02-63"),
    "javanese": ("dataset/03-02-06_05.wav", "03", "angry", "02", "", "jv", "03-02-06_05"),
    "iemocap": (
        "Session2/sentences/wav/Ses02M_script01_1b/Ses02M_script01_1b_F003.wav",
        *("Ses02F", "happy", "", "female", "en", "Ses02M_script01_1b_F003"),
    ),
    "msp-podcast": ("Audios/MSP-PODCAST_0001_0008.wav", "39", "happy", "", "male", "en", "MSP-PODCAST_0001_0008"),
    "meld": ("dev_splits_complete/dia3_utt0.mp4", "Monica", "happy", "", "", "en", "dev_dia3_utt0"),
    "emovo": ("f1/dis-f1-b1.wav", "f1", "disgust", "b1", "female", "it", "dis-f1-b1"),
    "cafe": ("Colère/Fort/01-C-2-3.wav", "01", "angry", "3", "male", "fr", "01-C-2-3"),
    "aesdd": ("anger/a03 (4).wav", "4", "angry", "03", "", "el", "a03 (4)"),
    "shemo": ("female/F03W02.wav", "F03", "surprised", "", "female", "fa", "F03W02"),
}

TABLES = {  # what the labels of those corpora are in whose names tell none
    "iemocap": {
        "Session2/dialog/EmoEvaluation/Ses02M_script01_1b.txt": (
            "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
            "[5.0000 - 7.1100]\tSes02M_script01_1b_F003\texc\t[4.0000, 3.5000, 3.0000]\n"
            "C-E2:\tExcited;\t()\nA-E1:\tval 4; act  3; dom  3;\t()\n\n"
            "[7.2000 - 8.0000]\tSes02M_script01_1b_M004\tfru\t[2.0000, 3.5000, 3.0000]\n"
        ),
    },
    "msp-podcast": {
        "Labels/labels_consensus.csv": (
            "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set\n"
            "MSP-PODCAST_0001_0008.wav,H,2.2,4.0,2.6,39,Male,Test1\n"
            "MSP-PODCAST_0001_0009.wav,X,2.2,4.0,2.6,Unknown,Unknown,Train\n"
        ),
    },
    "meld": {
        f"{part}_sent_emo.csv": (
            "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
            '1,"Well, hello!",Monica,joy,positive,3,0,8,21,"00:16:16,059","00:16:21,731"\n'
        )
        for part in ("train", "dev", "test")
    },
}


def tables_of(name: str, root: Path) -> Path:
    """Write the tables that come with a corpus; return the folder."""
    for path, content in TABLES.get(name, {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    return root


BROKEN = {
    "ravdess": ["03-01-09-02-01-02-07.wav", "clip.wav"],
    "tess": ["OAF_bite_bored.wav", "OAF_zebra_sad.wav", "XAF_bite_sad.wav"],
    "savee": ["AudioData/DC/a16.wav", "AudioData/XX/a01.wav", "AudioData/DC/x01.wav", "n31.wav"],
    "emodb": ["wav/01a01Fa.wav", "wav/03a03Fa.wav", "wav/03a01Xa.wav"],
    "cremad": ["1000_DFA_ANG_XX.wav", "1092_DFA_ANG_XX.wav", "1001_ABC_ANG_XX.wav", "1001_DFA_CAL_XX.wav"],
    "esd": [
        "0011/Angry/0011_001751.wav",
        "0021/Angry/0021_000351.wav",
        "0011/Happy/0011_000351.wav",
        "0011_000000.wav",
    ],
    "nemo": ["samples/KD0_boredom_64.wav", "samples/XX0_anger_1.wav", "samples/KD0_anger_91.wav"],
    "emotale": ["wav/DK_002_B_4.wav", "wav/SE_001_B_4.wav", "wav/DK_001_F_4.wav", "wav/DK_001_B_6.wav"],
    "ased": ["f2-06-02-02-66.wav", "f2-08-02-02-63.wav", "f1-06-02-02-63.wav", "f2-06-02-03-63.wav"],
    "javanese": ["11-02-06_05.wav", "03-05-06_05.wav", "03-02-07_05.wav", "03-02-06_08.wav"],
    "iemocap": ["Ses06F_impro01_F000.wav", "Ses01F_impro01_X000.wav", "Ses02M_script01_1b_F004.wav"],
    "msp-podcast": ["Audios/MSP-PODCAST_1_0008.wav", "MSP_PODCAST_0001_0008.wav"],
    "meld": ["dia3_utt0.mp4", "train_splits/dia_utt0.mp4", "train_splits/dia4_utt0.mp4"],
    "emovo": ["f1/dis-f4-b1.wav", "f1/dis-f1-b4.wav", "f1/ira-f1-b1.wav"],
    "cafe": ["Neutre/01-N-2-1.wav", "13-C-1-1.wav", "01-C-1-7.wav", "01-X-1-1.wav"],
    "aesdd": ["neutral/n03 (4).wav", "anger/a21 (4).wav", "anger/a03.wav", "anger/a03 (0).wav"],
    "shemo": ["male/M01X01.wav", "male/X01A01.wav", "M1A01.wav"],
}


def test_every_corpus_is_tested_here():
    assert set(CLIPS) == set(BROKEN) == set(CORPORA)


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".opus"])
def test_a_path_in_the_documented_layout_tells_all(name: str, suffix: str, tmp_path: Path):
    path, *facts = CLIPS[name]
    clip = corpus(name).parser(tables_of(name, tmp_path))(PurePath(path).with_suffix(suffix))
    assert clip is not None
    assert [clip.speaker, clip.label, clip.text, clip.sex, clip.language, clip.name] == facts
    assert clip.corpus == name
    assert clip.path == Path(path).with_suffix(suffix)


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in BROKEN.items() for path in paths])
def test_a_name_that_breaks_the_rule_is_told(name: str, path: str, tmp_path: Path):
    parse = corpus(name).parser(tables_of(name, tmp_path))
    with pytest.raises(BadUtteranceName, match=corpus(name).title):
        parse(PurePath(path))


@pytest.mark.parametrize("name", TABLES)
def test_without_its_tables_a_corpus_is_not_there_and_says_which(name: str, tmp_path: Path):
    path = tmp_path / PurePath(CLIPS[name][0])
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(CorpusNotFound, match=r"EmoEvaluation|labels_consensus\.csv|train_sent_emo\.csv"):
        corpus(name).read(tmp_path)
    assert corpus(name).expected_names(tmp_path) == frozenset()


@pytest.mark.parametrize("entry", CORPORA.values(), ids=list(CORPORA))
def test_a_small_download_is_read_and_checked(entry: Corpus, tmp_path: Path, sound: Callable[..., None]):
    path = tmp_path / PurePath(CLIPS[entry.name][0]).with_suffix(".wav")
    sound(path)
    tables_of(entry.name, tmp_path)
    (clip,) = entry.read(tmp_path)
    assert (clip.path, clip.label) == (path, CLIPS[entry.name][2])
    assert clip.label in entry.labels
    report = check(entry, tmp_path)
    assert report.clips == 1
    assert {finding.kind for finding in report.findings} <= {"missing"}
    assert locate(str(tmp_path), None).corpus is entry


@pytest.mark.parametrize("entry", CORPORA.values(), ids=list(CORPORA))
def test_the_expected_names_are_clips_in_the_expected_number(entry: Corpus, tmp_path: Path):
    names = entry.expected_names(tmp_path)
    if not names:
        assert entry.name in {"cremad", "ased", "aesdd", "shemo", "nemo", *TABLES}  # no list, or the corpus's own table
        return
    clips = [entry.parse(PurePath(name)) for name in names]
    assert len(names) == entry.expected_clips
    assert {clip.name for clip in clips} == names
    assert {clip.label for clip in clips} == set(entry.labels)
    assert len({clip.speaker for clip in clips}) == entry.expected_speakers
    assert {clip.language for clip in clips} == set(entry.languages)


@pytest.mark.parametrize("entry", CORPORA.values(), ids=list(CORPORA))
def test_no_rule_takes_another_corpus_for_its_own(entry: Corpus):
    for other, (path, *_) in CLIPS.items():
        if other != entry.name:
            with pytest.raises(BadUtteranceName):
                entry.parse(PurePath(path))


@pytest.mark.parametrize("entry", CORPORA.values(), ids=list(CORPORA))
def test_labels_are_canonical_and_in_the_order_of_the_emotions(entry: Corpus):
    assert list(entry.labels) == [label for label in EMOTIONS if label in entry.labels]
    example = PurePath(entry.layout.partition(": ")[0])
    assert example.suffix in {".wav", ".mp4"}
    entry.parse(example)


def test_flat_copies_of_savee_carry_the_speaker_in_the_name():
    flat = corpus("savee").parse(PurePath("ALL/JE_su15.wav"))
    assert (flat.speaker, flat.label, flat.name) == ("JE", "surprised", "JE_su15")


def test_tess_is_read_with_the_odd_name_and_in_any_case():
    tess = corpus("tess")
    assert tess.parse(PurePath("OAF_neutral/OA_bite_neutral.wav")).name == "OAF_bite_neutral"
    assert tess.parse(PurePath("yaf_Bite_Angry.wav")).name == "YAF_bite_angry"


def test_the_clip_of_crema_d_that_ends_in_one_x_is_taken():
    assert corpus("cremad").parse(PurePath("AudioWAV/1040_ITH_SAD_X.wav")).label == "sad"


def test_esd_counts_its_emotions_by_the_clip_number_also_in_parted_downloads():
    parse = corpus("esd").parse
    labels = [parse(PurePath(f"0003_{n:06d}.wav")).label for n in (1, 350, 351, 701, 1051, 1401, 1750)]
    assert labels == ["neutral", "neutral", "angry", "happy", "sad", "surprised", "surprised"]
    parted = parse(PurePath("0016/Neutral/evaluation/0016_000019.wav"))
    assert (parted.label, parted.text, parted.sex) == ("neutral", "en-019", "female")
    same = [parse(PurePath(f"{speaker}_{n:06d}.wav")).text for speaker, n in (("0001", 7), ("0002", 357))]
    assert same == ["zh-007", "zh-007"]


def test_an_emotale_speaker_is_one_in_both_languages():
    both = [corpus("emotale").parse(PurePath(f"{language}_007_N_4.wav")) for language in ("DK", "EN")]
    assert {clip.speaker for clip in both} == {"007"}
    assert len({clip.text for clip in both}) == 2


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("cremad", ["AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1091_IEO_HAP_HI.wav", "VideoDemographics.csv"]),
        ("esd", ["0011/Angry/0011_000351.wav", "0001/Sad/0001_001051.wav", "0001/0001.txt"]),
        ("savee", ["AudioData/DC/a01.wav", "AudioData/JE/a01.wav", "AudioData/Info.txt"]),
    ],
)
def test_a_folder_is_read_sorted_and_only_its_sound(name: str, paths: list[str], touched: Callable[..., Path]):
    clips = corpus(name).read(touched([*paths, "._0011_000351.wav"]))
    assert len(clips) == 2  # the same file name under two speakers is two clips
    assert [clip.name for clip in clips] == sorted(clip.name for clip in clips)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["ravdess", "tess", "savee", "emodb", "nemo", "emotale", "ased", "javanese"])
def test_the_real_folders_are_whole(name: str, corpora: Path):
    entry = corpus(name)
    clips = entry.read(corpora / name)
    assert len(clips) == entry.expected_clips
    assert {clip.name for clip in clips} == (entry.expected_names(corpora / name) or {clip.name for clip in clips})
    assert len({clip.speaker for clip in clips}) == entry.expected_speakers
    assert {clip.label for clip in clips} == set(entry.labels)
    assert {clip.sex for clip in clips} <= ({""} if name == "javanese" else {"female", "male"})


@pytest.mark.corpora
def test_counts_of_real_corpora_are_those_of_their_papers(corpora: Path):
    emodb = Counter(clip.label for clip in corpus("emodb").read(corpora / "emodb"))
    assert (emodb["angry"], emodb["bored"], emodb["disgust"]) == (127, 81, 46)
    emotale = Counter(clip.language for clip in corpus("emotale").read(corpora / "emotale"))
    assert emotale == {"da": 450, "en": 350}
    savee = Counter(clip.label for clip in corpus("savee").read(corpora / "savee"))
    assert (savee["neutral"], savee["sad"], savee["surprised"]) == (120, 60, 60)


@pytest.mark.corpora
def test_nemo_is_read_as_its_own_table_says(corpora: Path):
    rows = (corpora / "nemo" / "data.tsv").read_text(encoding="utf-8").splitlines()[1:]
    table = {row.split("\t")[0].removesuffix(".wav"): [cell.strip() for cell in row.split("\t")] for row in rows}
    texts: dict[str, set[str]] = {}
    for clip in corpus("nemo").read(corpora / "nemo"):
        _, _, _, text, speaker, sex, _ = table[clip.name]
        assert (clip.speaker, clip.sex) == (speaker, sex)
        texts.setdefault(clip.text, set()).add(text)
    assert {len(said) for said in texts.values()} == {1}


def test_nemo_without_its_table_has_no_list_of_names(tmp_path: Path):
    assert corpus("nemo").expected_names(tmp_path) == frozenset()
    (tmp_path / "data.tsv").write_bytes(b"\xff\xfe nonsense\n\x00")
    assert corpus("nemo").expected_names(tmp_path) == frozenset()


def _annotations(root: Path, row: str) -> None:
    header = "file,a1_A,a1_V,a1_D,a1_cat,a2_A,a2_V,a2_D,a2_cat,a3_A,a3_V,a3_D,a3_cat,gt_emotion"
    (root / "annotations.csv").write_text(f"{header}\n{row}\n")


def test_ratings_are_the_mean_of_three_raters(tmp_path: Path):
    _annotations(tmp_path, "DK_001_A_1.wav,4.0,1.5,4.5,A,4.0,2.5,5.0,A,5.0,2.0,4.0,A,A")
    found = ratings(tmp_path)["DK_001_A_1"]
    assert found.arousal == pytest.approx(13 / 3)
    assert (found.valence, found.dominance) == (2.0, 4.5)


@pytest.mark.parametrize("row", ["DK_001_A_1.wav,x", "DK_001_A_1.wav,4.0,1.5"])
def test_a_damaged_table_of_ratings_is_told(row: str, tmp_path: Path):
    _annotations(tmp_path, row)
    with pytest.raises(CorpusNotFound, match=r"annotations\.csv"):
        ratings(tmp_path)


def test_missing_ratings_say_where_to_get_them(tmp_path: Path):
    with pytest.raises(CorpusNotFound, match="https://"):
        ratings(tmp_path)


@pytest.mark.corpora
def test_real_ratings_agree_with_the_labels(corpora: Path):
    rated = ratings(corpora / "emotale")
    assert len(rated) == 800
    means = {
        label: sum(rated[c.name].arousal for c in clips) / len(clips)
        for label in ("angry", "bored")
        if (clips := [c for c in corpus("emotale").read(corpora / "emotale") if c.label == label])
    }
    assert means["angry"] > means["bored"] + 1
    assert all(1 <= value <= 5 for one in rated.values() for value in (one.arousal, one.valence, one.dominance))


def test_iemocaps_excitement_is_happiness_and_what_nobody_agreed_on_is_left_out(tmp_path: Path):
    parse = corpus("iemocap").parser(tables_of("iemocap", tmp_path))
    assert parse(PurePath("Ses02M_script01_1b_F003.wav")).label == "happy"
    assert parse(PurePath("Ses02M_script01_1b_M004.wav")) is None  # frustrated
    assert parse(PurePath("Session2/dialog/wav/Ses02M_script01_1b.wav")) is None
    assert corpus("iemocap").expected_names(tmp_path) == {"Ses02M_script01_1b_F003"}


def test_msp_podcast_is_read_under_both_spellings_and_from_its_old_texts(tmp_path: Path):
    table = tables_of("msp-podcast", tmp_path) / "Labels" / "labels_consensus.csv"
    assert corpus("msp-podcast").parser(tmp_path)(PurePath("MSP-PODCAST_0001_0008.wav")).part == "test1"
    assert corpus("msp-podcast").parser(tmp_path)(PurePath("MSP-PODCAST_0001_0009.wav")) is None
    table.rename(table.with_name("labels_concensus.csv"))
    assert corpus("msp-podcast").expected_names(tmp_path) == {"MSP-PODCAST_0001_0008"}
    old = tmp_path / "old"
    old.mkdir()
    (old / "labels.txt").write_text(
        "MSP-PODCAST_0023_0049.wav; S; A:4.600000; V:5.800000; D:5.200000;\nWORKER03; Sad; Sad; A:4; V:6; D:5;\n\n"
        "MSP-PODCAST_0023_0050.wav; O; A:4.600000; V:5.800000; D:5.200000;\n"
    )
    (old / "Partitions.txt").write_text("Test2; MSP-PODCAST_0023_0049.wav\n\nTrain; MSP-PODCAST_0023_0050.wav\n")
    clip = corpus("msp-podcast").parser(old)(PurePath("MSP-PODCAST_0023_0049.wav"))
    assert (clip.label, clip.part, clip.speaker) == ("sad", "test2", "")


def test_a_table_without_its_columns_is_told(tmp_path: Path):
    (tmp_path / "labels_consensus.csv").write_text("FileName,Emotion\nMSP-PODCAST_0001_0008.wav,H\n")
    with pytest.raises(CorpusNotFound, match=r"labels_consensus\.csv' has no column EmoClass"):
        corpus("msp-podcast").parser(tmp_path)


def test_melds_parts_have_clips_of_the_same_name(tmp_path: Path):
    parse = corpus("meld").parser(tables_of("meld", tmp_path))
    folders = ("train_splits", "dev_splits_complete", "output_repeated_splits_test", "dev_splits_complete_wav")
    clips = [parse(PurePath(folder) / "dia3_utt0.mp4") for folder in folders]
    assert [clip.name for clip in clips] == ["train_dia3_utt0", "dev_dia3_utt0", "test_dia3_utt0", "dev_dia3_utt0"]
    assert [clip.part for clip in clips] == ["train", "development", "test", "development"]
    assert parse(PurePath("any/test_dia3_utt0.wav")).part == "test"
    assert parse(PurePath("output_repeated_splits_test/final_videos_testdia3_utt0.mp4")) is None
    assert parse(PurePath("train_splits/dia125_utt3.mp4")) is None  # damaged as published


def test_melds_clips_are_heard_as_they_are_downloaded(tmp_path: Path):
    """An MP4 in its folder, with the tables beside it, is found, named, decoded."""
    av = pytest.importorskip("av")
    path = tables_of("meld", tmp_path) / "train_splits" / "dia3_utt0.mp4"
    path.parent.mkdir()
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=16_000)
        frame = av.AudioFrame.from_ndarray(
            speech_like(1.0, 16_000, np.random.default_rng(0))[np.newaxis], format="fltp", layout="mono"
        )
        frame.sample_rate = 16_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    report = check(corpus("meld"), tmp_path)
    assert report.clips == 1
    assert {finding.path for finding in report.findings} == {"dev_dia3_utt0", "test_dia3_utt0"}  # missing
    assert locate(str(tmp_path), None).corpus.name == "meld"


def test_second_takes_of_aesdd_are_clips_of_their_own():
    parse = corpus("aesdd").parse
    assert parse(PurePath("disgust/d04 (5)b.wav")).name == "d04 (5)b"
    assert parse(PurePath("disgust/d03 (01).wav")).name == "d03 (1)"
    assert parse(PurePath("disgust/d20 (1).wav")).text == ""  # improvised


def test_the_sexes_of_crema_ds_actors_are_in_a_table_beside(tmp_path: Path):
    rows = "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n"
    (tmp_path / "VideoDemographics.csv").write_text(rows)
    parse = corpus("cremad").parser(tmp_path)
    assert [parse(PurePath(f"{actor}_DFA_ANG_XX.wav")).sex for actor in (1001, 1002)] == ["male", ""]
