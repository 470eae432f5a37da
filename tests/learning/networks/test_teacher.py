"""The teacher computes what torch's layers compute, and takes nothing from a file but arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from sentisound.audio.waveform import Origin, Waveform
from sentisound.errors import RecipeError
from sentisound.learning.networks import teacher
from sentisound.learning.networks.teacher import Teacher, convolved, halved, log_mel, read_teacher, standardised
from sentisound.testing import speech_like


class Reference(nn.Module):
    """The published encoder, in torch's own layers and with their names."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs in (1, 64, 64):
            layers += [nn.Conv2d(inputs, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        self.fc = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.3), nn.Linear(512, 512), nn.ReLU())

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        maps = self.features(frames[None, None])
        steps = self.fc(maps.permute(0, 2, 3, 1).reshape(1, maps.shape[2], -1))
        return (steps.max(dim=1).values + steps.mean(dim=1))[0]


@pytest.fixture(scope="module")
def reference() -> Reference:
    torch.manual_seed(0)
    encoder = Reference().eval()
    for layer in encoder.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_mean, -0.2, 0.2)
            nn.init.uniform_(layer.running_var, 0.5, 2)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.3, 0.3)
    return encoder


@pytest.fixture
def file(reference: Reference, tmp_path: Path) -> Path:
    path = tmp_path / "teacher.npz"
    np.savez(path, **{name: value.numpy() for name, value in reference.state_dict().items()})
    return path


def sound(seconds: float = 0.6, rate_hz: int = 16_000) -> Waveform:
    samples = speech_like(seconds, rate_hz, np.random.default_rng(0))
    return Waveform(samples, rate_hz, Origin("array", "float32", rate_hz, 1))


@torch.no_grad()
def test_an_embedding_is_that_of_torchs_layers(file: Path, reference: Reference):
    frames = standardised(log_mel(sound().samples))
    expected = reference(torch.from_numpy(frames)).numpy()
    found = read_teacher(file).embedding(sound())
    assert found.shape == (teacher.DIMENSIONS,)
    assert found == pytest.approx(expected, abs=1e-4)


def test_sound_comes_at_any_rate_and_of_any_length(file: Path):
    encoder = read_teacher(file)
    assert encoder.embedding(sound(rate_hz=48_000)) == pytest.approx(encoder.embedding(sound()), abs=0.3)
    tiny = Waveform(np.zeros(1, dtype=np.float32), 16_000, Origin("array", "float32", 16_000, 1))
    assert np.isfinite(encoder.embedding(tiny)).all()


def test_a_louder_clip_has_the_same_embedding(file: Path):
    quiet = sound()
    loud = Waveform(quiet.samples * np.float32(4), 16_000, quiet.origin)
    assert read_teacher(file).embedding(loud) == pytest.approx(read_teacher(file).embedding(quiet), abs=0.05)


def test_pooling_leaves_an_odd_last_row_out():
    maps = np.arange(15, dtype=np.float32).reshape(1, 3, 5)
    assert halved(maps).tolist() == [[[6, 8]]]


def test_a_kernel_of_one_middle_weight_changes_nothing():
    maps = np.random.default_rng(0).standard_normal((1, 4, 5)).astype(np.float32)
    kernel = np.zeros((1, 1, 3, 3), dtype=np.float32)
    kernel[0, 0, 1, 1] = 1
    assert np.array_equal(convolved(maps, kernel), maps)


def test_silence_is_standardised_to_nothing():
    assert not standardised(np.full((4, 64), -16, dtype=np.float32)).any()


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(RecipeError, match="there is no teacher"):
        read_teacher(tmp_path / "none.npz")


@pytest.mark.parametrize("kind", ["text", "lacking", "shape", "array"])
def test_a_file_of_another_kind_is_refused(kind: str, tmp_path: Path, reference: Reference):
    path = tmp_path / "wrong.npz"
    weights = {name: value.numpy() for name, value in reference.state_dict().items()}
    if kind == "text":
        path.write_text("hello")
    elif kind == "lacking":
        np.savez(path, **{name: value for name, value in weights.items() if name != "fc.3.bias"})
    elif kind == "shape":
        np.savez(path, **weights | {"fc.0.weight": np.zeros((512, 3))})
    else:
        np.save(path.with_suffix(""), np.zeros(3))
        path.with_suffix(".npy").rename(path)
    with pytest.raises(RecipeError, match="is not a BYOL-S encoder"):
        read_teacher(path)


def test_weights_are_float32(file: Path):
    assert isinstance(read_teacher(file), Teacher)
    assert {value.dtype for value in read_teacher(file).weights.values()} == {np.dtype(np.float32)}
