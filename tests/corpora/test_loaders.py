"""Every corpus: its naming rule in the documented layout, its expected names, and the real folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePath

import pytest

from sentisound.corpora.corpus import Corpus
from sentisound.corpora.emotale import ratings
from sentisound.corpora.registry import CORPORA, corpus
from sentisound.emotions import EMOTIONS
from sentisound.errors import BadUtteranceName, CorpusNotFound

# path, speaker, label, text, sex, language, name
CLIPS = {
    "ravdess": ("Actor_07/03-01-05-02-01-02-07.wav", "07", "angry", "01", "male", "en", "03-01-05-02-01-02-07"),
    "tess": ("OAF_Pleasant_surprise/OAF_bite_ps.wav", "OAF", "surprised", "bite", "female", "en", "OAF_bite_ps"),
    "savee": ("AudioData/DC/sa01.wav", "DC", "sad", "sa01", "male", "en", "DC_sa01"),
    "emodb": ("wav/14b10La.wav", "14", "bored", "b10", "female", "de", "14b10La"),
    "cremad": ("AudioWAV/1001_DFA_ANG_XX.wav", "1001", "angry", "DFA", "", "en", "1001_DFA_ANG_XX"),
    "esd": ("0011/Angry/0011_000351.wav", "0011", "angry", "en-001", "male", "en", "0011_000351"),
    "nemo": ("samples/KD0_happiness_64.wav", "KD0", "happy", "64", "female", "pl", "KD0_happiness_64"),
    "emotale": ("wav/DK_015_B_4.wav", "015", "bored", "da-4", "male", "da", "DK_015_B_4"),
    "ased": ("02Fearful/f2-06-02-02-63.wav", "63", "fearful", "f2-06", "male", "am", "f2-06-02-02-63"),
    "javanese": ("dataset/03-02-06_05.wav", "03", "angry", "02", "", "jv", "03-02-06_05"),
}

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
}


def test_every_corpus_is_tested_here():
    assert set(CLIPS) == set(BROKEN) == set(CORPORA)


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".opus"])
def test_a_path_in_the_documented_layout_tells_all(name: str, suffix: str):
    path, *facts = CLIPS[name]
    clip = corpus(name).parse(PurePath(path).with_suffix(suffix))
    assert clip is not None
    assert [clip.speaker, clip.label, clip.text, clip.sex, clip.language, clip.name] == facts
    assert clip.corpus == name
    assert clip.path == Path(path).with_suffix(suffix)


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in BROKEN.items() for path in paths])
def test_a_name_that_breaks_the_rule_is_told(name: str, path: str):
    with pytest.raises(BadUtteranceName, match=corpus(name).title):
        corpus(name).parse(PurePath(path))


@pytest.mark.parametrize("entry", CORPORA.values(), ids=list(CORPORA))
def test_the_expected_names_are_clips_in_the_expected_number(entry: Corpus, tmp_path: Path):
    names = entry.expected_names(tmp_path)
    if not names:
        assert entry.name in {"cremad", "nemo", "ased"}  # no list of names is known; nEMO's is its own table
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
    assert entry.layout.startswith(CLIPS[entry.name][0].split("/")[0].rstrip("0123456789")[:3])


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
