"""The chain: order, probability, and the voices that babble gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from sentisound.errors import RecipeError
from sentisound.learning.augmentation.chain import Chain, Step, frame_chain, waveform_chain
from sentisound.learning.augmentation.step import parse_step
from sentisound.learning.recipe import read_recipe

RATE_HZ = 16_000
LOUDER = Step("gain", parameters={"min_db": 20, "max_db": 20})


def test_no_steps_change_nothing(voice: np.ndarray, rng: np.random.Generator):
    assert waveform_chain([]).apply(voice, RATE_HZ, rng) is voice


def test_steps_are_applied_one_after_the_other(voice: np.ndarray, rng: np.random.Generator):
    made = waveform_chain([LOUDER, LOUDER]).apply(voice, RATE_HZ, rng)
    assert made == pytest.approx(100 * voice, rel=1e-5)


def test_their_order_is_that_of_the_recipe(voice: np.ndarray):
    to_mu_law = Step("codec", parameters={"kind": "mu_law"})
    clipped = waveform_chain([LOUDER, to_mu_law]).apply(voice, RATE_HZ, np.random.default_rng(0))
    whole = waveform_chain([to_mu_law, LOUDER]).apply(voice, RATE_HZ, np.random.default_rng(0))
    assert np.abs(clipped).max() == pytest.approx(1, abs=1e-6)  # only what is coded after the gain is cut
    assert np.abs(whole).max() > 1


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_a_step_is_applied_to_its_share_of_the_clips(probability: float):
    chain = waveform_chain([Step("gain", probability, {"min_db": 20, "max_db": 20})])
    rng = np.random.default_rng(0)
    one = np.ones(1, np.float32)
    share = np.mean([chain.apply(one, RATE_HZ, rng)[0] > 1 for _ in range(2000)])
    assert share == pytest.approx(probability, abs=0.03)


def test_the_whole_chain_is_that_of_its_seed(voice: np.ndarray):
    chain = waveform_chain([Step("noise", 0.5), Step("pitch_shift", 0.5), Step("reverb", 0.5)])
    first, same, other = (chain.apply(voice, RATE_HZ, np.random.default_rng(seed)) for seed in (1, 1, 3))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_babble_is_mixed_from_the_clips_given(rng: np.random.Generator):
    silent = np.zeros(8000, np.float32)
    silent[::2] = 0.1  # an 8 kHz tone and an offset
    other = np.sin(np.arange(4000) * 2 * np.pi * 1000 / RATE_HZ).astype(np.float32)
    steps = [Step("babble", parameters={"min_snr_db": 0, "max_snr_db": 0})]
    heard = waveform_chain(steps, [other, np.zeros(0, np.float32)]).apply(silent, RATE_HZ, rng) - silent
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.fft.rfftfreq(8000, 1 / RATE_HZ)[spectrum.argmax()] == 1000


def test_frames_have_a_chain_of_their_own(rng: np.random.Generator):
    frames = rng.standard_normal((50, 8), dtype=np.float32)
    chain = frame_chain([Step("time_mask"), Step("band_shift", parameters={"max_bands": 2})])
    assert isinstance(chain, Chain)
    assert chain.apply(frames, 100.0, rng).shape == (50, 8)


@pytest.mark.parametrize(("make", "name"), [(waveform_chain, "band_shift"), (frame_chain, "reverb")])
def test_a_step_of_the_other_kind_is_refused_before_anything_is_applied(make, name: str):
    with pytest.raises(RecipeError, match=name):
        make([Step(name)])


def test_a_recipe_validates_steps():
    adapter = TypeAdapter(list[Step])
    made = adapter.validate_python([{"name": "noise", "probability": 0.5, "parameters": {"colour": "pink"}}])
    assert made == [Step("noise", 0.5, {"colour": "pink"})]
    for wrong in ({"probability": 0.5}, {"name": "noise", "often": 1}, {"name": "noise", "probability": 1.5}):
        with pytest.raises(ValidationError):
            adapter.validate_python([wrong])


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_is_from_0_to_1(probability: float):
    with pytest.raises(RecipeError, match="noise: probability must be from 0 to 1"):
        Step("noise", probability)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("noise", Step("noise")),
        ("gain:min_db=-3,max_db=2.5", Step("gain", parameters={"min_db": -3, "max_db": 2.5})),
        ("phone:companding=false", Step("phone", parameters={"companding": False})),
        ("codec:kind=mp3", Step("codec", parameters={"kind": "mp3"})),
    ],
)
def test_a_step_can_be_written_on_one_line(text: str, step: Step):
    assert parse_step(text) == step


@pytest.mark.parametrize("text", ["", ":", ":a=1", "gain:", "gain:min_db", "gain:=3", "gain:min_db=", "gain:a=1,,b=2"])
def test_what_is_no_step_is_told_how_to_write_one(text: str):
    if text == "gain:":
        assert parse_step(text) == Step("gain")
        return
    with pytest.raises(RecipeError, match="write NAME or NAME:key=value"):
        parse_step(text)


def test_the_example_recipe_of_the_document_is_one(tmp_path: Path):
    document = (Path(__file__).resolve().parents[3] / "docs" / "augmentation.md").read_text(encoding="utf-8")
    example = document.split("```toml\n")[1].split("```")[0]
    head = """
name = "a"
version = "1.0.0"
title = "A recipe"
seed = 0
data = { corpora = ["ravdess"] }
features = { set = "logmel" }
model = { name = "cnn" }
evaluation = { protocols = ["ravdess/luna5"], seeds = [0] }
"""
    (tmp_path / "a.toml").write_text(head + example)
    augmentation = read_recipe(tmp_path / "a.toml").augmentation
    assert len(waveform_chain(augmentation.waveform).steps) >= 4
    assert len(frame_chain(augmentation.frames).steps) == 3
    assert augmentation.copies > 0
    assert augmentation.mixup > 0
