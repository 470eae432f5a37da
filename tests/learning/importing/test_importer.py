"""A checkpoint and the bundle made of it give the same answers, through transformers' own feature extractor."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from checkpoints import OUTPUTS, VARIANTS, extractor, silent
from sentisound.audio.waveform import Origin, Waveform
from sentisound.bundle import CARD_FILE, MODEL_FILE, Bundle
from sentisound.errors import CheckpointInvalid
from sentisound.learning.importing import importer
from sentisound.learning.importing.importer import ImportOptions, import_checkpoint
from sentisound.recognition.recognizer import Inputs, Recognizer
from sentisound.recognition.verify import verify
from sentisound.testing import speech_like

RATE_HZ = 16_000
DURATIONS_S = (0.04, 0.7, 2.13, 6.0)


def speech(duration_s: float, seed: int = 1) -> Waveform:
    samples = speech_like(duration_s, RATE_HZ, np.random.default_rng(seed), f0_hz=110 + 40 * seed)
    return Waveform(samples, RATE_HZ, Origin("array", "float32", RATE_HZ, 1))


def original(folder: Path) -> torch.nn.Module:
    """Return the checkpoint as its authors would open it."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    return transformers.AutoModelForAudioClassification.from_pretrained(folder).eval()


def original_logits(model: torch.nn.Module, name: str, sound: Waveform) -> np.ndarray:
    inputs = extractor(name)(sound.samples.copy(), sampling_rate=RATE_HZ, return_tensors="pt")
    with torch.no_grad():
        return model(next(iter(inputs.values()))).logits.numpy()[0]


@pytest.mark.parametrize("name", VARIANTS)
def test_a_bundle_answers_as_its_checkpoint(name: str, checkpoints: Path, imported: Callable[[str], Bundle]):
    recognizer = Recognizer.load(imported(name).path)
    model = original(checkpoints / name)
    answers = []
    for seed, duration_s in enumerate(DURATIONS_S):
        sound = speech(duration_s, seed)
        expected = original_logits(model, name, sound)
        found = recognizer.logits(recognizer.extract(sound))[0]
        assert np.abs(found - expected).max() < 1e-3, duration_s
        answers.append(found)
    # otherwise a network that hears nothing would pass
    assert np.ptp(answers, axis=0).max() > 0.05


@pytest.mark.parametrize("name", VARIANTS)
def test_a_bundle_verifies_and_names_our_emotions(name: str, imported: Callable[[str], Bundle]):
    recognizer = Recognizer.load(imported(name).path)
    assert verify(recognizer).ok
    scores = recognizer.recognise(speech(1.0))
    assert scores.labels == ("angry", "happy", "neutral", "sad")
    assert sum(scores.probabilities) == pytest.approx(1)


@pytest.mark.parametrize("name", ["wavlm", "whisper"])
def test_rows_of_a_batch_do_not_hear_each_other(name: str, imported: Callable[[str], Bundle]):
    recognizer = Recognizer.load(imported(name).path)
    rows = np.concatenate([recognizer.extract(speech(1.0, seed)).features for seed in range(3)])
    together = recognizer.logits(Inputs(rows))
    for row, expected in zip(rows, together, strict=True):
        assert recognizer.logits(Inputs(row[np.newaxis]))[0] == pytest.approx(expected, abs=1e-4)


def test_the_shortest_sound_is_heard(imported: Callable[[str], Bundle]):
    """A single sample is filled to the 25 ms of the first frame."""
    sound = Waveform(np.float32([0.5]), RATE_HZ, Origin("array", "float32", RATE_HZ, 1))
    for name in ("wav2vec2", "whisper"):
        assert len(Recognizer.load(imported(name).path).recognise(sound).probabilities) == len(OUTPUTS)


def test_the_card_says_what_is_known_and_what_is_not(imported: Callable[[str], Bundle]):
    card = imported("wavlm").card
    assert (card.name, card.version) == ("wavlm", "1.0.0")
    assert (card.features.set, card.features.parameters) == ("waveform", {"normalise": False})
    assert card.training.corpora == card.training.languages == ["unknown"]
    assert card.training.recipe == "imported from the folder wavlm"
    assert card.training.model.startswith("WavLMForSequenceClassification (transformers ")
    assert card.licence == "unknown: see the model's page"
    assert (card.calibration.temperature, card.calibration.threshold) == (1.0, 0.0)
    assert card.calibration.fitted_on == "not calibrated"
    assert card.metrics == []
    assert "not calibrated" in card.limits


def test_a_bundle_says_nothing_of_the_machine_it_was_made_on(imported: Callable[[str], Bundle], checkpoints: Path):
    folder = imported("wav2vec2").path
    for name in (MODEL_FILE, CARD_FILE):
        content = (folder / name).read_bytes()
        assert str(checkpoints).encode() not in content
        assert b"site-packages" not in content


def test_a_readme_states_the_licence_and_the_user_goes_first(changed, tmp_path: Path):
    folder = changed()
    (folder / "README.md").write_text("---\nlanguage: de\nlicense: cc-by-nc-4.0\n---\n# A model\nlicense: mit\n")
    card = import_checkpoint(f"hf:{folder}", tmp_path / "stated", ImportOptions(), silent).card
    assert card.licence == "cc-by-nc-4.0"
    options = ImportOptions(name="mine", licence="MIT, by letter", labels=("happy", "sad", "fear", "bored"))
    card = import_checkpoint(f"hf:{folder}", tmp_path / "given", options, silent).card
    assert (card.id, card.licence) == ("mine@1.0.0", "MIT, by letter")
    assert card.labels == ["happy", "sad", "fearful", "bored"]


def test_eight_bits_are_a_fraction_of_the_size_and_say_what_they_cost(
    checkpoints: Path, tmp_path: Path, imported: Callable[[str], Bundle]
):
    bundle = import_checkpoint(f"hf:{checkpoints / 'hubert'}", tmp_path / "small", ImportOptions(int8=True), silent)
    assert len(bundle.model) != len(imported("hubert").model)
    assert "Quantised to 8 bits: on 6 generated sounds" in bundle.card.limits
    small, full = (Recognizer.load(one.path) for one in (bundle, imported("hubert")))
    sound = speech(1.5)
    difference = np.abs(small.logits(small.extract(sound)) - full.logits(full.extract(sound))).max()
    assert 0 < difference < 1


def test_a_checkpoint_too_large_is_refused_before_its_weights_are_read(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importer, "MAX_MODEL_BYTES", 20_000)
    monkeypatch.setattr(importer, "load_network", lambda *_: pytest.fail("the weights were read"))
    place = f"hf:{checkpoints / 'wav2vec2'}"
    with pytest.raises(CheckpointInvalid, match=r"at most 0 MB are read: take a smaller encoder, or --int8"):
        import_checkpoint(place, tmp_path / "out", ImportOptions(), silent)
    monkeypatch.setattr(importer, "MAX_MODEL_BYTES", 5_000)
    with pytest.raises(CheckpointInvalid, match=r"take a smaller encoder$"):
        import_checkpoint(place, tmp_path / "out", ImportOptions(int8=True), silent)
    assert not (tmp_path / "out").exists()


def test_only_a_bundle_is_replaced_and_only_on_demand(checkpoints: Path, tmp_path: Path):
    place, out = f"hf:{checkpoints / 'wav2vec2'}", tmp_path / "out"
    import_checkpoint(place, out, ImportOptions(), silent)
    with pytest.raises(CheckpointInvalid, match="--force"):
        import_checkpoint(place, out, ImportOptions(), silent)
    options = ImportOptions(name="second", replace=True)
    assert import_checkpoint(place, out, options, silent).card.name == "second"
    (out / CARD_FILE).unlink()
    with pytest.raises(CheckpointInvalid, match="is no bundle"):
        import_checkpoint(place, out, options, silent)
    assert (out / MODEL_FILE).is_file()


@pytest.mark.parametrize("name", ["", "A B", "../up", "x" * 65])
def test_a_name_that_is_none_is_refused(name: str, checkpoints: Path, tmp_path: Path):
    options = replace(ImportOptions(), name=name or "-")
    with pytest.raises(CheckpointInvalid, match="a model's name has"):
        import_checkpoint(f"hf:{checkpoints / 'wav2vec2'}", tmp_path / "out", options, silent)


def test_a_hostile_folder_name_becomes_a_plain_one(changed, tmp_path: Path):
    folder = changed().rename(tmp_path / "Evil\x1b[2J <b>Nam\u00e9 v1.5")
    card = import_checkpoint(f"hf:{folder}", tmp_path / "out", ImportOptions(), silent).card
    assert card.name == "evil-2j-b-nam-v1-5"
    assert json.loads((tmp_path / "out" / CARD_FILE).read_text())["title"] == "evil-2j-b-nam-v1-5, imported"


def test_progress_is_told_step_by_step(checkpoints: Path, tmp_path: Path):
    told = []
    import_checkpoint(
        f"hf:{checkpoints / 'wav2vec2'}", tmp_path / "out", ImportOptions(), lambda *step: told.append(step)
    )
    assert list(dict.fromkeys(step for step, _, _ in told)) == ["documents", "weights", "export", "comparison"]
    assert ("comparison", 4, 4) in told
