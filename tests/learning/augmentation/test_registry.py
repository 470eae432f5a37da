"""What holds for every transform of both registries, whoever adds one; and what a wrong step is told."""

from __future__ import annotations

import inspect
import re
import time
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sentisound.errors import RecipeError
from sentisound.learning.augmentation.registry import FRAME_TRANSFORMS, WAVEFORM_TRANSFORMS, build_transform
from sentisound.learning.augmentation.step import Step
from sentisound.learning.augmentation.transform import parameters_of
from sentisound.testing import speech_like

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "augmentation.md").read_text(encoding="utf-8")
ALL = {**WAVEFORM_TRANSFORMS, **FRAME_TRANSFORMS}
DRAWS_NOTHING = {"phone"}
KEEP_LENGTH = set(WAVEFORM_TRANSFORMS) - {"speed", "time_stretch"}
FRAMES = np.random.default_rng(5).standard_normal((120, 64), dtype=np.float32)
FRAMES.flags.writeable = False

names = pytest.mark.parametrize("name", ALL)
waveform_names = pytest.mark.parametrize("name", WAVEFORM_TRANSFORMS)
frame_names = pytest.mark.parametrize("name", FRAME_TRANSFORMS)


def applied(name: str, values: np.ndarray, seed: int = 0, rate: float = 16_000) -> np.ndarray:
    rate = rate if name in WAVEFORM_TRANSFORMS else 100.0
    return ALL[name]().apply(values, rate, np.random.default_rng(seed))


@pytest.fixture
def values(name: str, voice: np.ndarray) -> np.ndarray:
    return voice if name in WAVEFORM_TRANSFORMS else FRAMES


@names
def test_the_result_is_finite_float32_of_the_same_kind(name: str, values: np.ndarray):
    made = applied(name, values)
    assert made.dtype == np.float32
    assert np.isfinite(made).all()
    assert made.ndim == values.ndim
    if name in KEEP_LENGTH | set(FRAME_TRANSFORMS):
        assert made.shape == values.shape


@names
def test_the_input_stays_as_it_is(name: str, values: np.ndarray):
    before = values.copy()
    assert not np.array_equal(made := applied(name, values), before) or name in FRAME_TRANSFORMS
    assert np.array_equal(values, before)
    assert not np.shares_memory(made, values)


@names
def test_the_same_seed_gives_the_same_and_another_gives_another(name: str, values: np.ndarray):
    assert np.array_equal(applied(name, values, 1), applied(name, values, 1))
    made = [applied(name, values, seed) for seed in range(2, 8)]
    same = all(one.shape == made[0].shape and np.array_equal(one, made[0]) for one in made)
    assert same == (name in DRAWS_NOTHING)


@waveform_names
@pytest.mark.parametrize("length", [1, 2, 100, 5000])
def test_silence_stays_silence_at_any_length(name: str, length: int):
    made = applied(name, np.zeros(length, np.float32))
    assert len(made) >= 1
    assert np.abs(made).max() < 1e-3


@waveform_names
@pytest.mark.parametrize("samples", [[0.5], [0.5, -0.5], [0.1] * 40])
def test_a_few_samples_are_no_error(name: str, samples: list[float]):
    made = applied(name, np.array(samples, np.float32))
    assert np.isfinite(made).all()
    assert made.dtype == np.float32
    assert len(made) == len(samples) or name not in KEEP_LENGTH


@waveform_names
@pytest.mark.parametrize("rate_hz", [8000, 22_050, 44_100])
def test_other_rates_are_fine(name: str, rate_hz: int):
    sound = speech_like(0.4, rate_hz, np.random.default_rng(0))
    made = applied(name, sound, rate=rate_hz)
    assert np.isfinite(made).all()
    assert len(made) == len(sound) or name not in KEEP_LENGTH
    assert made.std() > 0.1 * sound.std()


@waveform_names
@pytest.mark.parametrize("level", [1e-7, 1e3])
def test_extreme_levels_stay_finite(name: str, level: float, voice: np.ndarray):
    assert np.isfinite(applied(name, voice[:4000] * np.float32(level))).all()


@frame_names
@pytest.mark.parametrize("shape", [(1, 64), (5, 1), (1, 1), (300, 3)])
def test_any_shape_of_frames_is_fine(name: str, shape: tuple[int, int]):
    for seed in range(5):
        made = applied(name, np.ones(shape, np.float32), seed)
        assert made.shape == shape
        assert np.isfinite(made).all()


@settings(max_examples=15, deadline=None)
@given(length=st.integers(1, 3000), seed=st.integers(0, 2**32 - 1))
def test_no_length_and_no_seed_breaks_one(length: int, seed: int):
    sound = np.random.default_rng(seed).standard_normal(length).astype(np.float32) / 4
    for name in set(WAVEFORM_TRANSFORMS) - {"codec"}:  # slow; its lengths are tested by kind
        made = applied(name, sound, seed)
        assert np.isfinite(made).all(), name
        assert len(made) == length or name not in KEEP_LENGTH


@names
def test_a_transform_is_a_frozen_dataclass_with_a_sentence_about_itself(name: str):
    kind = ALL[name]
    assert is_dataclass(kind)
    assert inspect.getdoc(kind).endswith(".")
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        setattr(kind(), fields(kind)[0].name, 1)


@names
def test_a_transform_is_in_the_document_with_its_parameters(name: str):
    row = re.search(rf"^\| `{name}` \| .*$", DOCUMENT, re.MULTILINE)
    assert row, f"{name} is not in docs/augmentation.md"
    for parameter, default in parameters_of(ALL[name]).items():
        shown = str(default).lower() if isinstance(default, bool) else default
        said = f"{shown:g}" if isinstance(shown, float) else shown
        assert f"`{parameter}` {said}" in row[0], (name, parameter)


def test_the_document_has_no_transform_that_is_not_there():
    rows = re.findall(r"^\| `(\w+)` \| ", DOCUMENT, re.MULTILINE)
    assert sorted(rows) == sorted(ALL)


@pytest.mark.parametrize("name", sorted(set(WAVEFORM_TRANSFORMS) - {"codec"}))
def test_a_clip_costs_a_few_milliseconds(name: str):
    sound = speech_like(3.5, 16_000, np.random.default_rng(0))
    taken_s = []
    for seed in range(5):
        start = time.perf_counter()
        applied(name, sound, seed)
        taken_s.append(time.perf_counter() - start)
    assert min(taken_s) < 0.025  # measured: 3 ms at most; the rest is for a busy machine


def test_an_unknown_transform_is_told_which_there_are():
    with pytest.raises(RecipeError, match=r"'hiss' of waveforms; there are noise, babble, .*phone"):
        build_transform(WAVEFORM_TRANSFORMS, Step("hiss"))
    with pytest.raises(RecipeError, match=r"'noise' of frames; there are time_mask, frequency_mask, band_shift"):
        build_transform(FRAME_TRANSFORMS, Step("noise"))


def test_an_unknown_parameter_is_told_which_there_are():
    with pytest.raises(RecipeError, match="'gain' has no parameter 'db'; it takes min_db, max_db"):
        build_transform(WAVEFORM_TRANSFORMS, Step("gain", parameters={"db": 3}))


def test_the_voices_of_babble_are_no_parameter():
    with pytest.raises(RecipeError, match="no parameter 'others'"):
        build_transform(WAVEFORM_TRANSFORMS, Step("babble", parameters={"others": "mine"}))


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("gain", {"min_db": "loud"}, "min_db must be float, not 'loud'"),
        ("gain", {"min_db": True}, "min_db must be float"),
        ("echo", {"repeats": 1.5}, "repeats must be int"),
        ("phone", {"companding": 1}, "companding must be bool"),
        ("noise", {"colour": 3}, "colour must be str"),
        ("noise", {"colour": "brown"}, "colour must be one of white, pink, any, not 'brown'"),
        ("noise", {"min_snr_db": 40}, r"min_snr_db \(40\) is above max_snr_db \(30\)"),
        ("noise", {"min_snr_db": float("nan")}, "min_snr_db must be from -20 to 100, not nan"),
        ("speed", {"min_factor": 0}, "min_factor must be from 0.25 to 4, not 0"),
        ("codec", {"kind": "aac"}, "mp3, opus, vorbis, mu_law, any"),
        ("codec", {"max_compression": 1}, "max_compression must be from 0 to 0.99"),
        ("phone", {"low_hz": 5}, "low_hz must be from 20 to 4000"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, parameters: dict, words: str):
    with pytest.raises(RecipeError, match=words):
        build_transform(WAVEFORM_TRANSFORMS, Step(name, parameters=parameters))


def test_whole_numbers_are_taken_where_fractions_are():
    made = build_transform(WAVEFORM_TRANSFORMS, Step("gain", parameters={"min_db": -3, "max_db": 6}))
    assert isinstance(made.min_db, float)
    assert (made.min_db, made.max_db) == (-3, 6)
