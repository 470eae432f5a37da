"""What programs have as a sound is taken, or refused with the way that works."""

from __future__ import annotations

import io

import numpy as np
import pytest
from starlette.datastructures import UploadFile

from sentisound.audio.given import given
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.testing import speech_like

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def said() -> np.ndarray:
    return speech_like(1.5, RATE_HZ, np.random.default_rng(0))


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(Settings())


def test_samples_of_any_kind_are_the_same_sound(analyzer: Analyzer, said: np.ndarray) -> None:
    expected = analyzer.analyze(said, rate_hz=RATE_HZ).scores
    for pair in ((RATE_HZ, said), (said, RATE_HZ), (said, np.int64(RATE_HZ))):
        assert analyzer.analyze(pair).scores == expected
    assert analyzer.analyze({"array": said, "sampling_rate": RATE_HZ, "path": None}).scores == expected
    assert analyzer.analyze(said.tolist(), rate_hz=RATE_HZ).scores == expected
    whole = (said * 32_767).astype(np.int16)
    assert analyzer.analyze(whole.tolist(), rate_hz=RATE_HZ).scores == analyzer.analyze((RATE_HZ, whole)).scores


def test_a_tensor_is_taken(analyzer: Analyzer, said: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(said.copy())[None].requires_grad_()
    assert analyzer.analyze((tensor, RATE_HZ)).scores == analyzer.analyze(said, rate_hz=RATE_HZ).scores


def test_an_upload_is_taken_by_its_file(analyzer: Analyzer, wav: bytes) -> None:
    found = analyzer.analyze(UploadFile(io.BytesIO(wav), filename="anna.wav"))
    assert found.file == "anna.wav"
    assert found.scores == analyzer.analyze(wav).scores


@pytest.fixture
def wav(said: np.ndarray) -> bytes:
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, said, RATE_HZ, format="WAV")
    return file.getvalue()


def test_an_upload_of_flask_or_django_too(wav: bytes) -> None:
    class Storage:
        filename, stream = "a.wav", io.BytesIO(wav)

        def read(self) -> bytes:
            return self.stream.read()

    assert given(Storage()).source is Storage.stream


@pytest.mark.parametrize("nothing", [None, 5, 5.0, {"a": 1}, {1}, [None], ["a.wav"], [[1], [1, 2]], object()])
def test_what_is_no_sound_is_told_with_the_way_that_works(analyzer: Analyzer, nothing: object) -> None:
    with pytest.raises(TypeError, match=r"is no sound; give a path, bytes, a binary file, or samples with their rate"):
        analyzer.analyze(nothing)


def test_an_array_needs_its_rate(analyzer: Analyzer, said: np.ndarray) -> None:
    with pytest.raises(TypeError, match=r"rate_hz=16000"):
        analyzer.analyze(said.tolist())
