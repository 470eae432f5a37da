"""Names and tables that no corpus has: look-alike letters and digits, damaged tables, a folder for a table."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from sentisound.corpora.check import check
from sentisound.corpora.emotale import ratings
from sentisound.corpora.registry import corpus
from sentisound.errors import BadUtteranceName, CorpusNotFound


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("ravdess", "03-01-05-02-01-02-0٧"),  # an Arabic-Indic 7: it would be a 25th actor
        ("esd", "00١١_000351"),
        ("cremad", "10٠1_DFA_ANG_XX"),
        ("savee", "DC_a٠1"),
        ("emodb", "٠3a01Fa"),
        ("nemo", "WR0_surprised_6٤"),
        ("emotale", "EN_٠07_N_4"),
        ("iemocap", "Ses01F_impro0١_F000"),
        ("msp-podcast", "MSP-PODCAST_000١_0008"),
        ("meld", "train_dia١_utt0"),
        ("emovo", "dis-f١-b1"),
        ("cafe", "0١-C-1-1"),
        ("aesdd", "a0٣ (4)"),
        ("shemo", "M0١A01"),
        ("tess", "OAF_bite_pſ"),  # a long s, which is an s where case does not matter
    ],
)
def test_digits_and_letters_of_other_scripts_are_no_names(name: str, stem: str):
    with pytest.raises(BadUtteranceName):
        corpus(name).parse(PurePath(f"{stem}.wav"))


def test_a_damaged_row_of_nemos_table_does_not_stop_the_check(tmp_path: Path):
    (tmp_path / "data.tsv").write_text("file_id\temotion\nnonsense.wav\tanger\nWR0_anger_1.wav\tanger\n")
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "WR0_anger_2.wav").write_bytes(b"no sound")
    report = check(corpus("nemo"), tmp_path)
    kinds = {finding.kind for finding in report.findings}
    assert "missing" in kinds
    assert not report.complete


def test_a_table_that_is_no_table_counts_as_none(tmp_path: Path):
    (tmp_path / "data.tsv").write_text("file_id\n" + "x" * 200_000)
    assert corpus("nemo").expected_names(tmp_path) == frozenset()
    (tmp_path / "other").mkdir()
    assert corpus("nemo").expected_names(tmp_path / "other") == frozenset()


def test_a_folder_where_emotales_table_should_be_is_told(tmp_path: Path):
    (tmp_path / "annotations.csv").mkdir()
    with pytest.raises(CorpusNotFound, match=r"annotations\.csv"):
        ratings(tmp_path)
