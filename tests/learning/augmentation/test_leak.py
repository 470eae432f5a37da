"""Augmented copies never leave their original's side unseen: the audit names them and refuses the split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.audio.waveform import RATE_HZ
from sentisound.corpora.audit import audit
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.folds import Split
from sentisound.errors import LeakFound
from sentisound.learning.augmentation.chain import Step, waveform_chain
from sentisound.testing import speech_like

NOISE = Step("noise", parameters={"min_snr_db": 20, "max_snr_db": 20, "colour": "white"})
LOUDER = Step("gain", parameters={"min_db": 6, "max_db": 6})
SOFTER = Step("gain", parameters={"min_db": -10, "max_db": -10})
MP3 = Step("codec", parameters={"kind": "mp3", "min_compression": 0.0, "max_compression": 0.0})
"""Some 50 kbit/s; the audit promises 64. At 25, with noise and 10 dB less gain, it misses one of twelve such clips."""
PROMISED = {"noise": [NOISE], "louder": [LOUDER], "softer": [SOFTER], "mp3": [MP3], "all": [SOFTER, NOISE, MP3]}
CLIPS = 4


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[Utterance]:
    folder = tmp_path_factory.mktemp("originals")
    return [written(folder, f"clip{n}", voice(n), speaker=f"s{n}") for n in range(CLIPS)]


def voice(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return speech_like(1.5, RATE_HZ, rng, f0_hz=100 + 23 * seed, syllables_per_s=3 + seed / 3, level_db=-26)


def written(folder: Path, name: str, samples: np.ndarray, speaker: str) -> Utterance:
    """Write a clip; the speaker of a copy is hidden by another name, so that only its sound can give it away."""
    path = folder / f"{name}.wav"
    soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
    return Utterance(path, "mine", speaker, "happy", "", "", "en", name)


def copies_of(originals: list[Utterance], steps: list[Step], folder: Path) -> list[Utterance]:
    chain = waveform_chain(steps)
    made = []
    for seed, clip in enumerate(originals):
        samples = soundfile.read(clip.path, dtype="float32")[0]
        heard = chain.apply(samples, RATE_HZ, np.random.default_rng(seed))
        made.append(written(folder, f"{clip.name}-copy", heard, speaker=f"copy of {clip.speaker}"))
    return made


@pytest.mark.parametrize("steps", PROMISED.values(), ids=PROMISED)
def test_a_copy_on_the_other_side_is_named_and_refused(originals: list[Utterance], steps: list[Step], tmp_path: Path):
    copies = copies_of(originals, steps, tmp_path)
    across = Split("across", tuple(range(CLIPS)), tuple(range(CLIPS, 2 * CLIPS)))
    report = audit([*originals, *copies], [across])
    named = {(leak.first.name, leak.second.name) for leak in report.leaks}
    assert named == {(f"mine/clip{n}", f"mine/clip{n}-copy") for n in range(CLIPS)}
    assert {leak.kind for leak in report.leaks} == {"near_duplicate"}
    assert {(leak.first.side, leak.second.side) for leak in report.leaks} == {("train", "test")}
    with pytest.raises(LeakFound, match="4 pairs of copies"):
        report.refuse()


def test_one_copy_gone_astray_is_enough(originals: list[Utterance], tmp_path: Path):
    copies = copies_of(originals, [NOISE], tmp_path)
    astray = Split("astray", (0, 1, CLIPS), (2, 3, CLIPS + 1))
    report = audit([*originals, *copies], [astray])
    assert [leak.second.name for leak in report.leaks] == ["mine/clip1-copy"]
    with pytest.raises(LeakFound, match="1 pair of copies"):
        report.refuse()


@pytest.mark.parametrize("steps", PROMISED.values(), ids=PROMISED)
def test_copies_made_after_the_split_stay_with_their_originals(
    originals: list[Utterance], steps: list[Step], tmp_path: Path
):
    """As the learning wing makes them: of the training side alone."""
    train, test = originals[:2], originals[2:]
    copies = copies_of(train, steps, tmp_path)
    report = audit([*train, *test, *copies], [Split("fold", (0, 1, 4, 5), (2, 3))])
    assert report.clean
    report.refuse()
    told = [finding for finding in report.findings if finding.kind == "near_duplicate"]
    assert len(told) == 2  # they are seen, on one side
    assert {finding.severity for finding in told} == {"information"}
