"""``augment`` on the command line: what it writes, what it says, and that it overwrites nothing unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.learning.augmentation.registry import FRAME_TRANSFORMS, WAVEFORM_TRANSFORMS
from sentisound.testing import speech_like

RATE_HZ = 16_000

RECIPE = """
name = "varied"
version = "1.0.0"
title = "A recipe with augmentation"
seed = 0
[data]
corpora = ["ravdess"]
[features]
set = "logmel"
[model]
name = "cnn"
[evaluation]
protocols = ["ravdess/luna5"]
seeds = [0]
[augmentation]
copies = 2
waveform = [
  { name = "gain", parameters = { min_db = -6, max_db = -6 } },
  { name = "phone", probability = 0.0 },
]
frames = [{ name = "time_mask" }]
"""


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a sound file to the working directory, which is a temporary one."""
    monkeypatch.chdir(tmp_path)
    return write(Path("clip.wav"))


def write(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speech_like(0.4, RATE_HZ, np.random.default_rng(seed)), RATE_HZ)
    return path


def names(folder: str = "out") -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.wav"))


def heard(path: str) -> np.ndarray:
    return soundfile.read(path, dtype="float32")[0]


def test_without_transforms_there_is_a_file_for_each(run: Callable, clip: Path):
    done = run("augment", clip, "out")
    assert done.exit_code == 0, done.stderr
    assert names() == sorted(f"clip-{name}.wav" for name in WAVEFORM_TRANSFORMS)
    assert done.stdout.splitlines() == [f"{Path('out') / f'clip-{name}.wav'}" for name in WAVEFORM_TRANSFORMS]
    assert all(soundfile.info(Path("out") / name).samplerate == RATE_HZ for name in names())


def test_transforms_are_applied_one_after_the_other(run: Callable, clip: Path):
    down = "gain:min_db=-6,max_db=-6"
    done = run("augment", clip, "out", "--transform", down, "--transform", down)
    assert done.exit_code == 0, done.stderr
    assert names() == ["clip-gain+gain.wav"]
    assert heard("out/clip-gain+gain.wav") == pytest.approx(heard("clip.wav") * 10 ** (-12 / 20), abs=1e-4)


def test_copies_differ_and_a_seed_repeats_them(run: Callable, clip: Path):
    for folder, seed in (("one", 0), ("same", 0), ("other", 1)):
        done = run("augment", clip, folder, "--transform", "noise", "--copies", 2, "--seed", seed)
        assert done.exit_code == 0, done.stderr
    first, second = heard("one/clip-noise-1.wav"), heard("one/clip-noise-2.wav")
    assert not np.array_equal(first, second)
    assert np.array_equal(first, heard("same/clip-noise-1.wav"))
    assert not np.array_equal(first, heard("other/clip-noise-1.wav"))


@pytest.mark.usefixtures("clip")
def test_a_directory_keeps_its_folders_and_gives_babble_its_voices(run: Callable):
    write(Path("clips/a.wav"), 1)
    babble = ("--transform", "babble:min_snr_db=0,max_snr_db=0")
    run("augment", "clips", "alone", *babble)
    write(Path("clips/deep/b.wav"), 2)
    done = run("augment", "clips", "out", *babble)
    assert done.exit_code == 0, done.stderr
    assert names() == ["a-babble.wav", str(Path("deep") / "b-babble.wav")]
    assert not np.array_equal(heard("alone/a-babble.wav"), heard("out/a-babble.wav"))


def test_a_recipe_is_heard_as_it_says(run: Callable, clip: Path):
    Path("varied.toml").write_text(RECIPE)
    done = run("augment", clip, "out", "--recipe", "varied.toml")
    assert done.exit_code == 0, done.stderr
    assert names() == ["clip-varied.wav"]
    assert heard("out/clip-varied.wav") == pytest.approx(heard("clip.wav") * 10 ** (-6 / 20), abs=1e-4)


def test_nothing_is_written_over_unless_asked(run: Callable, clip: Path):
    down, up = ("--transform", "gain:min_db=-6,max_db=-6"), ("--transform", "gain:min_db=3,max_db=3")
    run("augment", clip, "out", *down)
    before = Path("out/clip-gain.wav").read_bytes()
    refused = run("augment", clip, "out", *up)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert Path("out/clip-gain.wav").read_bytes() == before
    assert run("augment", clip, "out", *up, "--force").exit_code == 0
    assert Path("out/clip-gain.wav").read_bytes() != before


def test_one_file_in_the_way_stops_all_before_the_first(run: Callable, clip: Path):
    write(Path("out/clip-phone.wav"))
    done = run("augment", clip, "out")
    assert done.exit_code == 2
    assert names() == ["clip-phone.wav"]


@pytest.mark.usefixtures("clip")
def test_two_sounds_of_one_name_are_told_apart_by_nobody(run: Callable):
    write(Path("clips/a.wav"))
    write(Path("clips/a.flac"))
    done = run("augment", "clips", "out")
    assert done.exit_code == 2
    assert "two sounds" in done.stderr
    assert not Path("out").exists()


@pytest.mark.usefixtures("clip")
@pytest.mark.parametrize("out", [".", "out", "deep/out"])
def test_out_is_not_within_in(run: Callable, out: str):
    done = run("augment", ".", out)
    assert done.exit_code == 2
    assert "OUT is within IN" in done.stderr


@pytest.mark.usefixtures("clip")
def test_a_bad_file_in_a_directory_is_told_and_the_others_are_written(run: Callable):
    write(Path("clips/good.wav"))
    Path("clips/bad.wav").write_text("no sound")
    done = run("augment", "clips", "out", "--transform", "gain")
    assert done.exit_code == 1
    assert "bad.wav" in done.stderr
    assert names() == ["good-gain.wav"]


@pytest.mark.usefixtures("clip")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["missing.wav", "out"], 1, "missing.wav"),
        (["clip.wav", "out", "--transform", "hiss"], 2, "there are noise"),
        (["clip.wav", "out", "--transform", "time_mask"], 2, "there are noise"),
        (["clip.wav", "out", "--transform", "gain:db=3"], 2, "min_db, max_db"),
        (["clip.wav", "out", "--transform", "gain:min_db=99999"], 2, "from -100 to 100"),
        (["clip.wav", "out", "--transform", "gain:3"], 2, "NAME:key=value"),
        (["clip.wav", "out", "--recipe", "none.toml"], 2, "none.toml"),
        (["clip.wav", "out", "--recipe", "none.toml", "--transform", "gain"], 2, "exclude each other"),
        (["clip.wav", "out", "--copies", "0"], 2, "--copies"),
        (["clip.wav", "clip.wav"], 2, "clip.wav"),
        (["clip.wav"], 2, "OUT"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(run: Callable, arguments, code: int, words: str):
    done = run("augment", *arguments)
    assert done.exit_code == code
    assert words in done.stderr
    assert not Path("out").exists()


def test_a_recipe_without_transforms_says_so(run: Callable, clip: Path):
    Path("plain.toml").write_text(RECIPE.split("[augmentation]")[0])
    done = run("augment", clip, "out", "--recipe", "plain.toml")
    assert done.exit_code == 2
    assert "[augmentation]" in done.stderr


def test_the_list_names_all_with_their_parameters(run: Callable):
    done = run("augment", "--list")
    assert done.exit_code == 0
    shown = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert list(shown) == [*WAVEFORM_TRANSFORMS, *FRAME_TRANSFORMS]
    assert "min_snr_db=10.0" in shown["noise"]
    assert "frames" in shown["band_shift"]


@pytest.mark.usefixtures("clip")
def test_hostile_names_are_shown_harmlessly(run: Callable):
    evil = write(Path("clips/a\x1b[31m.wav"))
    done = run("augment", evil, "out", "--transform", "gain")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
