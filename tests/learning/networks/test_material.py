"""What a network is given: copies that are its clips' own, ratings where people gave some, a teacher's embeddings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from learning_frames import BANDS
from sentisound.corpora.corpus import Utterance
from sentisound.errors import CorpusNotFound, RecipeError
from sentisound.learning.dataset import Dataset
from sentisound.learning.extraction import clip_features, clip_key
from sentisound.learning.networks import material
from sentisound.learning.networks.material import build_material, clip_ratings
from sentisound.learning.places import Places
from sentisound.learning.recipe import AugmentationOptions, FeatureOptions, Recipe, Step
from sentisound.testing import speech_like

RATE_HZ = 16_000
CLASSES = ("neutral", "happy")
NOISY = AugmentationOptions(copies=2, waveform=[Step("noise"), Step("speed")])


def quiet(*_: object) -> None:
    """Show no progress."""


@pytest.fixture
def clips(tmp_path: Path) -> list[Utterance]:
    found = []
    for number in range(4):
        path = tmp_path / f"{number}.wav"
        samples = speech_like(0.4, RATE_HZ, np.random.default_rng(number), pause_share=0, f0_hz=100 + 20 * number)
        soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
        found.append(Utterance(path, "emotale", f"s{number % 2}", CLASSES[number % 2], "t", "", "da", f"clip{number}"))
    return found


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "corpora", tmp_path / "cache", jobs=1)


def made(recipe: Recipe, clips: list[Utterance], places: Places, told=quiet) -> Dataset:
    return build_material(recipe, clips, CLASSES, places, told)


def same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    assert one is not None
    assert other is not None
    return all(np.array_equal(a, b) for a, b in zip(one.ravel(), other.ravel(), strict=True))


def test_frames_are_kept_in_half_precision_and_of_any_length(small, clips, places):
    data = made(small(), clips, places)
    assert data.has_frames
    assert data.features.shape == (4,)
    assert all(frames.dtype == np.float16 and frames.shape[1] == BANDS for frames in data.features)
    assert data.copies is data.ratings is data.teacher is data.functionals is None


def test_what_is_computed_is_what_the_cache_gives(small, clips, places):
    recipe = replace(small(functionals="mfcc40"), augmentation=NOISY)
    none, first, second = (made(recipe, clips, one) for one in (replace(places, cache=None), places, places))
    assert none.digest() == first.digest() == second.digest()
    assert same(first.copies, second.copies)
    assert first.functionals is not None
    assert first.functionals.shape == (4, 40)


def test_functionals_of_copies_are_of_the_same_sounds_as_their_frames(small, clips, places):
    """The same content and number draw the same noise, whichever set hears it."""
    data = made(replace(small(functionals="mfcc40"), augmentation=NOISY), clips, places)
    assert data.copied_functionals is not None
    assert data.copied_functionals.shape == (4, 2, 40)
    assert made(replace(small(), augmentation=NOISY), clips, places).copied_functionals is None
    key = clip_key(clips[1])
    again = material.rendering(FeatureOptions("mfcc40"), NOISY.waveform, 2, clips[1], key)
    assert np.array_equal(data.copied_functionals[1, 1], again)
    assert np.abs(data.copied_functionals - data.functionals[:, None]).max(axis=(1, 2)).min() > 1
    assert data.as_recorded().copied_functionals is None


def test_a_copy_is_changed_before_speech_is_looked_for(clips, monkeypatch: pytest.MonkeyPatch):
    """Two seconds of silence in front are not part of what a learner hears: the detector takes them off again."""

    class Later:
        def apply(self, samples, rate_hz, _):
            return np.pad(samples, (2 * rate_hz, 0))

    monkeypatch.setattr(material, "waveform_chain", lambda _: Later())
    key = clip_key(clips[0])
    options = FeatureOptions("logmel", {"n_mels": BANDS})
    plain, later = clip_features(options, clips[0], key), material.rendering(options, NOISY.waveform, 1, clips[0], key)
    assert len(later) - len(plain) < 50, "padding of the speech, not 200 frames"


def test_copies_are_made_once(small, clips, places):
    recipe = replace(small(), augmentation=NOISY)
    told: list[tuple[str, int, int]] = []
    made(recipe, clips, places)
    made(recipe, clips, places, lambda *step: told.append(step))
    assert told == [("features", 4, 4), ("copies 1", 4, 4), ("copies 2", 4, 4)]


def test_each_copy_is_another_and_belongs_to_its_clip(small, clips, places):
    data = made(replace(small(), augmentation=NOISY), clips, places)
    assert data.copies is not None
    assert data.copies.shape == (4, 2)
    for row in range(4):
        assert not np.array_equal(data.copies[row, 0], data.copies[row, 1])
        assert not np.array_equal(data.copies[row, 0], data.features[row])
    few = made(replace(small(), augmentation=NOISY), [clips[3], clips[1]], replace(places, cache=None))
    assert same(few.copies, data.part([3, 1]).copies)  # whatever other clips there are


def test_slight_copies_are_the_last_columns_and_drawn_by_their_own_chain(small, clips, places):
    told: list[str] = []
    slight = replace(NOISY, slight_copies=1, slight=[Step("clipping")])
    recipe = replace(small(functionals="mfcc40"), augmentation=slight)
    data = made(recipe, clips, places, lambda step, *_: told.append(step))
    assert data.copies is not None
    assert data.copied_functionals is not None
    assert (data.copies.shape, data.copied_functionals.shape, data.slight_copies) == ((4, 3), (4, 3, 40), 1)
    assert {"slight copies 1", "slight functionals of copies 1"} <= set(told)
    plain = made(replace(recipe, augmentation=NOISY), clips, places)
    assert same(plain.copies, data.copies[:, :2])
    key = clip_key(clips[2])
    again = material.rendering(FeatureOptions("mfcc40"), slight.slight, 1, clips[2], key)
    assert np.array_equal(data.copied_functionals[2, 2], again)
    assert data.digest() != replace(data, slight_copies=0).digest()
    assert data.as_recorded().slight_copies == 0


def test_another_chain_another_place_in_the_cache(small, clips, places, monkeypatch: pytest.MonkeyPatch):
    one = made(replace(small(), augmentation=NOISY), clips, places)
    louder = replace(NOISY, waveform=[Step("noise", 1.0, {"max_snr_db": 11.0}), Step("speed")])
    assert not same(one.copies, made(replace(small(), augmentation=louder), clips, places).copies)
    before = len(list((places.cache or Path()).rglob("*.sqlite")))
    monkeypatch.setattr(material, "AUGMENTATION_VERSION", 99)
    made(replace(small(), augmentation=NOISY), clips, places)
    assert len(list((places.cache or Path()).rglob("*.sqlite"))) == before + 2


def test_a_classical_learner_is_given_no_more_than_features(small, clips, places):
    classical = replace(
        small("logistic_regression", {}), features=FeatureOptions("mfcc40"), augmentation=replace(NOISY, copies=3)
    )
    data = made(classical, clips, places)
    assert data.features.shape == (4, 40)
    assert data.copies is None


@pytest.mark.parametrize("slight", [False, True])
def test_a_step_that_cannot_be_is_told_first(slight: bool, small, clips, places):
    wrong = {"copies": 1, "waveform": [Step("nope")]}, {"slight_copies": 1, "slight": [Step("nope")]}
    recipe = replace(small(), augmentation=AugmentationOptions(**wrong[slight]))
    with pytest.raises(RecipeError, match="no transform 'nope'"):
        made(recipe, clips, places)
    assert not (places.cache or Path()).exists()


def test_ratings_are_brought_to_minus_one_to_one(clips, tmp_path: Path):
    columns = [f"a{rater}_{axis}" for rater in (1, 2, 3) for axis in "AVD"]
    rows = [["clip0.wav", *["5", "3", "1"] * 3], ["clip2.wav", *["4", "3", "3"] * 3]]
    table = "\n".join(",".join(row) for row in [["file", *columns], *rows])
    (tmp_path / "corpora" / "emotale").mkdir(parents=True)
    (tmp_path / "corpora" / "emotale" / "annotations.csv").write_text(table)
    elsewhere = replace(clips[0], corpus="savee")
    found = clip_ratings([*clips, elsewhere], tmp_path / "corpora")
    assert found[0].tolist() == [1, 0, -1]
    assert found[2].tolist() == [0.5, 0, 0]
    assert np.isnan(found[[1, 3, 4]]).all()


def test_ratings_that_are_wanted_and_not_there_are_told(small, clips, places):
    with pytest.raises(CorpusNotFound, match=r"annotations\.csv"):
        made(small(ratings=0.5), clips, places)


def test_a_teacher_that_is_wanted_must_be_named(small, clips, places):
    with pytest.raises(RecipeError, match="--teacher"):
        made(small(teacher=0.5), clips, places)


def test_the_teachers_embeddings_are_cached_by_its_content(small, clips, places, monkeypatch: pytest.MonkeyPatch):
    class Counting:
        def embedding(self, waveform) -> np.ndarray:
            return np.full(512, len(waveform.samples), dtype=np.float32)

    file = places.corpora.parent / "teacher.npz"
    file.write_bytes(b"one")
    monkeypatch.setattr(material, "read_teacher", lambda _: Counting())
    taught = replace(places, teacher=file)
    told: list[tuple[str, int, int]] = []
    first = made(small(teacher=0.5), clips, taught)
    second = made(small(teacher=0.5), clips, taught, lambda *step: told.append(step))
    assert first.teacher is not None
    assert first.teacher.shape == (4, 512)
    assert (first.teacher > 5000).all()
    assert np.array_equal(first.teacher, second.teacher)
    assert told[-1] == ("teacher", 4, 4)
    file.write_bytes(b"two")
    told.clear()
    made(small(teacher=0.5), clips, taught, lambda *step: told.append(step))
    assert ("teacher", 0, 4) in told
