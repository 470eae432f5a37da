"""Sounds made on the spot: a tone in every format, speech-like bursts, and whoever writes them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sentisound.audio import Origin, Span, Waveform

Signal = NDArray[np.float32]
TONE_HZ, TONE_LEVEL, TONE_S = 440.0, 0.5, 1.5

# name: (libsndfile format, subtype)
SOUNDFILE = {
    "wav8": ("WAV", "PCM_U8"),
    "wav16": ("WAV", "PCM_16"),
    "wav24": ("WAV", "PCM_24"),
    "wav32": ("WAV", "PCM_32"),
    "wavfloat": ("WAV", "FLOAT"),
    "wavdouble": ("WAV", "DOUBLE"),
    "alaw": ("WAV", "ALAW"),
    "ulaw": ("WAV", "ULAW"),
    "adpcm": ("WAV", "IMA_ADPCM"),
    "wavex": ("WAVEX", "PCM_16"),
    "rf64": ("RF64", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "au": ("AU", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "flac24": ("FLAC", "PCM_24"),
    "vorbis": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
# name: (libav muxer, encoder, options of the muxer)
PYAV = {
    "m4a": ("mp4", "aac", {}),
    "m4a_faststart": ("mp4", "aac", {"movflags": "faststart"}),
    "mov": ("mov", "aac", {}),
    "aac": ("adts", "aac", {}),
    "webm": ("webm", "libopus", {}),
    "mkv": ("matroska", "aac", {}),
    "wma": ("asf", "wmav2", {}),
    "mpegts": ("mpegts", "mp2", {}),
}


class _Pipe(io.BytesIO):
    """What a recorder writes to: it cannot go back to fill in the length."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise OSError("a pipe cannot seek")


def write_soundfile(samples: Signal, rate_hz: int, format_: str, subtype: str) -> bytes:
    file = io.BytesIO()
    channels = samples.shape[1] if samples.ndim == 2 else 1
    with soundfile.SoundFile(file, "w", rate_hz, channels, subtype, format=format_) as sound:
        for start in range(0, len(samples), 8_192):  # libvorbis overflows its stack on minutes at once
            sound.write(samples[start : start + 8_192])
    return file.getvalue()


def write_pyav(
    samples: Signal,
    rate_hz: int,
    muxer: str,
    encoder: str,
    options: dict[str, str] | None = None,
    *,
    pipe: bool = False,
    pictures: bool = False,
    layout: str = "mono",
) -> bytes:
    """Write a file by libav; every channel of the layout holds the samples."""
    if pipe:
        file = _Pipe()
        _mux(file, samples, rate_hz, muxer, encoder, options or {}, pictures, layout)
        return file.getvalue()
    with tempfile.TemporaryDirectory() as folder:  # on disk: `faststart` opens what it wrote a second time
        path = Path(folder, "sound")
        _mux(str(path), samples, rate_hz, muxer, encoder, options or {}, pictures, layout)
        return path.read_bytes()


def _mux(
    file: str | io.BytesIO,
    samples: Signal,
    rate_hz: int,
    muxer: str,
    encoder: str,
    options: dict[str, str],
    pictures: bool,
    layout: str,
) -> None:
    with av.open(file, "w", format=muxer, options=options) as container:
        stream = container.add_stream(encoder, rate=rate_hz, layout=layout, bit_rate=96_000)
        if pictures:
            _add_pictures(container)
        packed = np.repeat(samples, av.AudioLayout(layout).nb_channels)[np.newaxis]
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = rate_hz
        size = stream.codec_context.frame_size or 1024
        to_encoder = av.AudioResampler(stream.codec_context.format.name, layout, rate_hz, frame_size=size)
        for piece in [*to_encoder.resample(frame), *to_encoder.resample(None), None]:
            container.mux(stream.encode(piece))


def _add_pictures(container: av.container.OutputContainer) -> None:
    stream = container.add_stream("mpeg4", rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for _ in range(15):
        container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
    container.mux(stream.encode(None))


@cache
def tone_file(name: str, rate_hz: int, channels: int) -> bytes:
    wave = tone_samples(rate_hz)
    if name in PYAV:
        muxer, encoder, options = PYAV[name]
        return write_pyav(wave, rate_hz, muxer, encoder, options)
    return write_soundfile(np.tile(wave[:, np.newaxis], (1, channels)), rate_hz, *SOUNDFILE[name])


def tone_samples(rate_hz: int, duration_s: float = TONE_S) -> Signal:
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return (TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ * times_s)).astype(np.float32)


@pytest.fixture(scope="session")
def tone() -> Callable[..., Signal]:
    """``tone(rate_hz, duration_s)``: 440 Hz at half of full scale."""
    return tone_samples


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    """``encoded(name, rate_hz, channels)``: a file of the tone, 1.5 s, in any format of SOUNDFILE or PYAV."""
    return lambda name, rate_hz=48_000, channels=1: tone_file(name, rate_hz, channels)


@pytest.fixture(scope="session")
def soundfile_bytes() -> Callable[..., bytes]:
    """``soundfile_bytes(samples, rate_hz, format, subtype)``."""
    return write_soundfile


@pytest.fixture(scope="session")
def pyav_bytes() -> Callable[..., bytes]:
    """``pyav_bytes(samples, rate_hz, muxer, encoder, options, pipe=..., pictures=..., layout=...)``."""
    return write_pyav


@pytest.fixture(scope="session")
def is_tone() -> Callable[..., None]:
    """Assert that a waveform is the tone: its pitch, its level and its length."""

    def check(waveform: Waveform, *, level: float = TONE_LEVEL, tolerance: float = 0.03, slack_s: float = 0.06) -> None:
        assert abs(waveform.duration_s - TONE_S) < slack_s
        middle = waveform.samples[len(waveform.samples) // 4 : 3 * len(waveform.samples) // 4]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
        peak_hz = np.argmax(spectrum) * waveform.rate_hz / len(middle)
        assert abs(peak_hz - TONE_HZ) < 2
        assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(level, rel=tolerance)

    return check


def speech_like(pattern: str, rate_hz: int = 16_000, *, noise: float = 0.001, seed: int = 0) -> Signal:
    """Return bursts of a syllabic buzz: each ``s`` of the pattern is 0.5 s of it, each ``.`` is 0.5 s of pause."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(len(pattern) * rate_hz // 2) / rate_hz
    voice = sum(np.sin(2 * np.pi * 150 * k * times_s) / k for k in range(1, 20))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * times_s - np.pi / 2)
    gate = np.repeat([mark == "s" for mark in pattern], rate_hz // 2)
    return (0.2 * voice * syllables * gate + noise * rng.standard_normal(len(times_s))).astype(np.float32)


@pytest.fixture(scope="session")
def speech() -> Callable[..., Waveform]:
    """``speech("..ss.ss..", rate_hz, noise=...)``: a waveform of speech-like bursts, half a second a mark."""

    def make(pattern: str, rate_hz: int = 16_000, *, noise: float = 0.001, gain: float = 1.0) -> Waveform:
        return waveform_of(gain * speech_like(pattern, rate_hz, noise=noise), rate_hz)

    return make


@pytest.fixture(scope="session")
def wave() -> Callable[..., Waveform]:
    """``wave(samples, rate_hz)``: a waveform of any samples, as they are."""
    return waveform_of


def waveform_of(samples: NDArray[np.floating], rate_hz: int = 16_000, notes: tuple[str, ...] = ()) -> Waveform:
    return Waveform(np.array(samples, np.float32), rate_hz, Origin("array", "float32", rate_hz, 1, notes))


def covered_s(spans: tuple[Span, ...], start_s: float, end_s: float) -> float:
    return sum(max(0.0, min(span.end_s, end_s) - max(span.start_s, start_s)) for span in spans)


@pytest.fixture(scope="session")
def covered() -> Callable[..., float]:
    """``covered(spans, start_s, end_s)``: seconds of that stretch that lie within the spans."""
    return covered_s
