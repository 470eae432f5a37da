"""Finding a corpus: by name, by the names of a folder's files, or as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sentisound.corpora.locate import locate, recognise
from sentisound.corpora.registry import CORPORA
from sentisound.errors import BadManifest, CorpusNotFound, UnknownCorpus

Touched = Callable[[Iterable[str]], Path]

LAYOUTS = {
    "ravdess": ["Actor_07/03-01-05-02-01-02-07.wav", "Actor_08/03-02-05-02-01-02-08.wav"],
    "tess": ["OAF_angry/OAF_bite_angry.wav", "YAF_Sad/YAF_bar_sad.wav"],
    "savee": ["AudioData/DC/a01.wav", "AudioData/KL/su03.wav"],
    "emodb": ["wav/03a01Fa.wav"],
    "cremad": ["AudioWAV/1001_DFA_ANG_XX.wav"],
    "esd": ["0011/Angry/0011_000351.wav", "0001/Sad/0001_001051.wav"],
    "nemo": ["samples/KD0_anger_1.wav"],
    "emotale": ["wav/EN_007_N_4.wav"],
    "ased": ["01Neutral/n1-01-01-01-01.wav"],
    "javanese": ["dataset/01-01-01_01.wav"],
    "iemocap": ["Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav"],
    "msp-podcast": ["Audios/MSP-PODCAST_0001_0008.wav"],
    "meld": ["train_splits/dia0_utt0.mp4", "train_splits/dia0_utt1.mp4"],
    "emovo": ["f1/dis-f1-b1.wav"],
    "cafe": ["Joie/Fort/01-J-2-1.wav"],
    "aesdd": ["anger/a03 (4).wav"],
    "shemo": ["male/M01A01.wav"],
}


@pytest.mark.parametrize("name", CORPORA)
def test_a_folder_is_recognised_by_its_names(name: str, touched: Touched):
    root = touched([*LAYOUTS[name], "notes/strange.wav"])
    assert recognise(root).name == name
    found = locate(str(root), None)
    assert (found.corpus.name, found.root) == (name, root)


def test_the_rule_that_fits_most_wins(touched: Touched):
    assert recognise(touched([*LAYOUTS["esd"], *LAYOUTS["nemo"]])).name == "esd"


def test_a_name_is_looked_for_below_the_corpora(tmp_path: Path):
    found = locate("emodb", tmp_path)
    assert (found.corpus.name, found.root) == ("emodb", tmp_path / "emodb")


def test_a_name_without_a_folder_of_corpora_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CorpusNotFound, match="SENTISOUND_CORPORA"):
        locate("emodb", None)


def test_a_folder_that_bears_the_name_is_the_path(touched: Touched, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(touched(["emodb/wav/03a01Fa.wav"]))
    assert locate("emodb", None).root == Path("emodb")


def test_a_folder_whose_files_are_renamed_is_known_by_its_own_name(touched: Touched):
    root = touched(["savee/one.wav", "other/one.wav"])
    assert recognise(root / "savee").name == "savee"
    with pytest.raises(UnknownCorpus, match="--as"):
        recognise(root / "other")


def test_a_table_is_a_corpus(touched: Touched):
    root = touched(["a.wav"])
    (root / "own.csv").write_text("path,label\na.wav,sad\n")
    found = locate(str(root / "own.csv"), None)
    assert (found.corpus.name, found.root) == ("own", root)
    with pytest.raises(BadManifest):
        locate(str(root / "none.csv"), None)


def test_a_workbook_says_what_to_do_and_a_table_may_have_any_name(touched: Touched):
    root = touched(["a.wav"])
    (root / "own.xlsx").write_bytes(b"PK\x03\x04" + bytes(20))
    with pytest.raises(BadManifest, match=r"own\.xlsx is an Excel or OpenDocument workbook: save it as CSV"):
        locate(str(root / "own.xlsx"), None)
    (root / "own.txt").write_text("path\tlabel\na.wav\tsad\n")
    assert locate(str(root / "own.txt"), None).corpus.expected_clips == 1


def test_what_is_nothing_lists_the_names(tmp_path: Path):
    with pytest.raises(UnknownCorpus, match="ravdess, tess, savee"):
        locate(str(tmp_path / "nowhere"), None)
    with pytest.raises(CorpusNotFound, match="no audio file"):
        locate(str(tmp_path), None)


@pytest.mark.corpora
def test_the_real_folders_are_recognised(corpora: Path):
    for name in ("ravdess", "tess", "savee", "emodb", "nemo", "emotale", "ased", "javanese"):
        assert recognise(corpora / name).name == name
