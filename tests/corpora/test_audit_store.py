"""The cache of fingerprints: what is kept comes back as it was; damage costs time and nothing else."""

from __future__ import annotations

import pickle
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from sentisound.audio.waveform import RATE_HZ
from sentisound.corpora.audit_store import read_prints, write_prints
from sentisound.corpora.fingerprint import VERSION, Fingerprint, fingerprint
from sentisound.testing import speech_like

FIELDS = ("frames", "words", "sure", "weak")


def made(seed: int) -> Fingerprint:
    return fingerprint(speech_like(0.8, RATE_HZ, np.random.default_rng(seed)))


def rewrite(folder: Path, key: str, blob: bytes) -> None:
    with closing(sqlite3.connect(folder / f"fingerprints-{VERSION}.sqlite")) as store, store:
        store.execute("UPDATE prints SET arrays = ? WHERE key = ?", (blob, key))


def test_what_is_kept_comes_back_bit_by_bit(tmp_path: Path):
    one = made(0)
    write_prints(tmp_path / "new" / "folder", {"k": one})
    kept = read_prints(tmp_path / "new" / "folder", ["k"])["k"]
    assert kept.content == one.content
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(kept, field), getattr(one, field), strict=True)


def test_silence_is_kept_too(tmp_path: Path):
    write_prints(tmp_path, {"silence": fingerprint(np.zeros(RATE_HZ, np.float32))})
    kept = read_prints(tmp_path, ["silence"])["silence"]
    assert kept.content == ""
    assert kept.weak.shape == (0, 3)


def test_only_what_is_asked_for_comes_back(tmp_path: Path):
    write_prints(tmp_path, {"a": made(0), "b": made(1)})
    assert set(read_prints(tmp_path, ["b", "c"])) == {"b"}
    assert read_prints(tmp_path, []) == {}


def test_a_later_print_replaces_an_earlier_one_and_leaves_the_others(tmp_path: Path):
    write_prints(tmp_path, {"a": made(0), "b": made(1)})
    write_prints(tmp_path, {"a": made(2)})
    kept = read_prints(tmp_path, ["a", "b"])
    assert kept["a"].content == made(2).content
    assert kept["b"].content == made(1).content


def test_a_store_of_another_version_is_not_read(tmp_path: Path):
    write_prints(tmp_path, {"a": made(0)})
    (tmp_path / f"fingerprints-{VERSION}.sqlite").rename(tmp_path / f"fingerprints-{VERSION + 1}.sqlite")
    assert read_prints(tmp_path, ["a"]) == {}


@pytest.mark.parametrize("blob", [b"", b"no arrays", b"\x93NUMPY\x01\x00"])
def test_a_damaged_entry_is_passed_over_and_written_anew(tmp_path: Path, blob: bytes):
    write_prints(tmp_path, {"a": made(0)})
    rewrite(tmp_path, "a", blob)
    assert read_prints(tmp_path, ["a"]) == {}
    write_prints(tmp_path, {"a": made(0)})
    assert read_prints(tmp_path, ["a"])["a"].content == made(0).content


def test_code_in_an_entry_is_not_run(tmp_path: Path):
    class Planted:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "it ran",)  # type: ignore[return-value]

    write_prints(tmp_path, {"a": made(0)})
    rewrite(tmp_path, "a", pickle.dumps(Planted()))
    assert read_prints(tmp_path, ["a"]) == {}
    assert not (tmp_path / "it ran").exists()


def test_a_folder_that_is_a_file_keeps_nothing_and_says_nothing(tmp_path: Path):
    taken = tmp_path / "file"
    taken.write_text("mine", encoding="utf-8")
    write_prints(taken, {"a": made(0)})
    assert read_prints(taken, ["a"]) == {}
    assert taken.read_text(encoding="utf-8") == "mine"
