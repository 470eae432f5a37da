"""A recogniser apart gives the recogniser's own answers, and notices when its model is replaced."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sentisound.audio.waveform import Origin, Waveform
from sentisound.errors import BundleDamaged, BundleError
from sentisound.recognition import apart
from sentisound.recognition.apart import OPEN, RecognizerApart
from sentisound.recognition.recognizer import Recognizer
from sentisound.recognition.registry import find
from sentisound.results import Scores
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.testing import speech_like
from sentisound.workers import Here, Processes


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(1) as one:
        yield one


def sound(seed: int = 0) -> Waveform:
    samples = speech_like(2.0, 16_000, np.random.default_rng(seed))
    return Waveform(samples, 16_000, Origin("array", "float", 16_000, 1))


def same(one: Scores, other: Scores) -> bool:
    """Return whether the scores are equal but for how a process rounds, which libraries may have set."""
    return one.labels == other.labels and one.probabilities == pytest.approx(other.probabilities, abs=1e-6)


def test_it_gives_the_same_answers(processes: Processes) -> None:
    folder = find("default")
    here, beside = Recognizer.load(folder), RecognizerApart(folder, processes)
    assert beside.card == here.card
    for seed in range(3):
        assert same(beside.recognise(sound(seed)), here.recognise(sound(seed)))


def test_an_analyzer_with_workers_says_the_same(processes: Processes) -> None:
    wave = np.concatenate([sound(1).samples, np.zeros(32_000, np.float32), sound(2).samples])
    found = [Analyzer(Settings(), workers).analyze(wave, rate_hz=16_000) for workers in (None, processes)]
    assert len(found[0].segments) > 1
    assert [(one.start_s, one.end_s) for one in found[0].segments] == [
        (one.start_s, one.end_s) for one in found[1].segments
    ]
    assert all(same(one.scores, other.scores) for one, other in zip(found[0].segments, found[1].segments, strict=True))
    assert same(found[0].scores, found[1].scores)
    assert found[0].reason == found[1].reason


def test_a_bundle_that_cannot_be_trusted_is_an_error_of_this_process(processes: Processes, tiny_bundle: Path) -> None:
    (tiny_bundle / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(BundleError):
        RecognizerApart(tiny_bundle, processes)


def test_a_model_that_is_replaced_while_in_use_is_not_taken_for_the_old_one(tmp_path: Path, tiny_bundle: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_bundle, folder)
    before = RecognizerApart(folder, Here())
    before.recognise(sound())
    shutil.rmtree(folder)
    shutil.copytree(find("default"), folder)
    after = RecognizerApart(folder, Here())
    assert after.card.labels != before.card.labels
    assert after.recognise(sound()).labels == tuple(after.card.labels)
    with pytest.raises(BundleDamaged, match="was replaced while it was in use; start the server again"):
        before.recognise(sound())


def test_a_worker_holds_a_few_models_open(tmp_path: Path, tiny_bundle: Path) -> None:
    for number in range(OPEN + 2):
        folder = tmp_path / f"model{number}"
        shutil.copytree(tiny_bundle, folder)
        RecognizerApart(folder, Here())
    assert len(apart._open) == OPEN
