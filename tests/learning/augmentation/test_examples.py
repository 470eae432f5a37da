"""Examples: which files are planned, what is drawn for each, and how they are written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.errors import RecipeError, SettingsError
from sentisound.learning.augmentation.chain import Step
from sentisound.learning.augmentation.examples import augmented, each_alone, examples_of, together, write_wav
from sentisound.learning.augmentation.registry import WAVEFORM_TRANSFORMS

OUT = Path("out")


def test_each_transform_has_a_plan_of_its_own():
    assert [plan.label for plan in each_alone()] == list(WAVEFORM_TRANSFORMS)


def test_a_chain_is_named_by_its_steps_or_as_said():
    steps = [Step("noise"), Step("phone")]
    assert [plan.label for plan in together(steps)] == ["noise+phone"]
    assert [plan.label for plan in together(steps, "mine")] == ["mine"]


def test_a_wrong_step_is_told_before_any_file_is_written():
    with pytest.raises(RecipeError, match="there are noise"):
        together([Step("nose")])


def test_files_are_named_by_sound_and_plan_in_the_same_folders():
    made = examples_of(Path("a/b.flac"), together([Step("gain")]), OUT, 1, 0)
    assert [example.path for example in made] == [OUT / "a" / "b-gain.wav"]
    made = examples_of(Path("b.flac"), each_alone()[:2], OUT, 2, 0)
    assert [example.path.name for example in made] == [
        "b-noise-1.wav",
        "b-noise-2.wav",
        "b-babble-1.wav",
        "b-babble-2.wav",
    ]


def test_seed_name_plan_and_number_each_change_what_is_drawn(voice: np.ndarray):
    base = (Path("a.wav"), each_alone()[:1], OUT, 2, 0)
    first, second = examples_of(*base)
    other_name = examples_of(Path("b.wav"), *base[1:])[0]
    other_seed = examples_of(*base[:-1], 1)[0]
    heard = [augmented(voice, example, []) for example in (first, second, other_name, other_seed)]
    assert len({one.tobytes() for one in heard}) == 4
    assert np.array_equal(augmented(voice, examples_of(*base)[0], []), heard[0])


def test_another_file_beside_it_changes_nothing():
    alone = examples_of(Path("a.wav"), each_alone(), OUT, 1, 0)
    assert [example.seed for example in examples_of(Path("a.wav"), each_alone()[::-1], OUT, 1, 0)][::-1] == [
        example.seed for example in alone
    ]


def test_a_name_that_is_no_text_can_be_planned():
    assert len(examples_of(Path("a\udcff.wav"), each_alone(), OUT, 1, 0)) == len(WAVEFORM_TRANSFORMS)


def test_what_is_too_loud_is_turned_down_and_the_rest_is_left(tmp_path: Path):
    write_wav(tmp_path / "new" / "loud.wav", np.array([0.0, 2.0, -4.0], np.float32))
    write_wav(tmp_path / "soft.wav", np.array([0.0, 0.25, -0.5], np.float32))
    loud, rate_hz = soundfile.read(tmp_path / "new" / "loud.wav")
    assert rate_hz == 16_000
    assert loud == pytest.approx([0, 0.5, -1], abs=1e-4)
    assert soundfile.read(tmp_path / "soft.wav")[0] == pytest.approx([0, 0.25, -0.5], abs=1e-4)
    assert soundfile.info(tmp_path / "soft.wav").subtype == "PCM_16"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SettingsError, match=r"file/a\.wav"):
        write_wav(tmp_path / "file" / "a.wav", np.zeros(3, np.float32))
