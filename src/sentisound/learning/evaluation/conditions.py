"""The conditions under which a model is asked again about its test clips: noise, rooms, telephones, small changes.

Each is a change of the decoded waveform before speech is looked for, as a user's file would come. It draws from a
generator that the clip's content seeds, so that a clip sounds the same under a condition wherever it is computed. An
utterance carries its condition in its name, ``NAME~under:CONDITION``, for the dataset to find.

The thresholds are those of public behavioural tests for emotion models (Derington et al. 2023, "Testing correctness,
fairness, and robustness of speech emotion recognition models"): how far the UAR may fall, and how many predictions must
stay as they were. Small changes are meant there as changes that one hardly hears; those named ``public_`` are the
public ones, drawn from the same ranges. The others that we judge by the same share are harder, most of all in what they
take: gain of 10 dB in place of 2, 0.1 to 0.2 s cropped in place of 0.06 at most, four times as much clipped, filters of
order 4, a tone amid the voice. Steady noise at 10 dB is harder too.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import soundfile

from sentisound.audio.waveform import Samples, Waveform
from sentisound.corpora.corpus import Utterance
from sentisound.errors import RecipeError
from sentisound.learning.augmentation.babble import Babble
from sentisound.learning.augmentation.clipping import Clipping
from sentisound.learning.augmentation.gain import Gain
from sentisound.learning.augmentation.high_pass import HighPass
from sentisound.learning.augmentation.low_pass import LowPass
from sentisound.learning.augmentation.noise import Noise
from sentisound.learning.augmentation.phone import PHONE_RATE_HZ, Phone
from sentisound.learning.augmentation.reverb import Reverb
from sentisound.learning.augmentation.signals import at_rate, sine
from sentisound.learning.augmentation.tilt import Tilt
from sentisound.learning.augmentation.tone import Tone
from sentisound.testing import speech_like

VERSION = 1
"""Grows by one when a condition gives other samples; features under the old ones are then computed anew."""
MARK = "~under:"

Change = Callable[[Samples, int, np.random.Generator], Samples]
"""From samples at a rate in Hz to changed samples, float32; n >= 1 of each."""

TALKERS = 6
BABBLE_S = 8.0
CROPPED_S = (0.1, 0.2)
ZEROS_S = 0.2
WHINE_HZ, WHINE_BELOW_PEAK_DB = (5000.0, 7000.0), (40.0, 50.0)
MP3_AT_32_KBIT_S = 0.84
"""libsndfile's compression level of a constant bit rate at 16 kHz, on its scale of 160 to 8 kbit/s."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a model has to keep under a condition; None where nothing is asked."""

    max_fall: float | None
    """Of the UAR, 0..1."""
    min_unchanged: float
    """Share of the predictions that are as they were."""


BACKGROUND = Threshold(0.05, 0.90)
PHONE = Threshold(0.05, 0.50)
ROOM = Threshold(None, 0.80)
SMALL = Threshold(None, 0.95)
TILT = Threshold(0.02, 0.80)


@dataclass(frozen=True, slots=True)
class Condition:
    """A change and what a model has to keep under it."""

    words: str
    """What it is, for people."""
    threshold: Threshold
    change: Change


def condition(name: str) -> Condition:
    """Return a condition by name.

    Raises
    ------
    RecipeError
        When there is none of that name; the message lists the names.
    """
    if name not in CONDITIONS:
        raise RecipeError(f"there is no condition {name!r}; there are {', '.join(CONDITIONS)}")
    return CONDITIONS[name]


def under(name: str, clips: Sequence[Utterance]) -> list[Utterance]:
    """Return the clips as they are under a condition."""
    return [replace(clip, name=f"{clip.name}{MARK}{name}") for clip in clips]


def condition_of(clip: Utterance) -> str:
    """Return the name of the condition that a clip is under; empty for none."""
    return clip.name.rpartition(MARK)[2] if MARK in clip.name else ""


def condition_key(clip: Utterance) -> bytes:
    """Return what a condition adds to the key of a clip's features; nothing where there is none."""
    name = condition_of(clip)
    return f"{MARK}{name}.{VERSION}".encode() if name else b""


def as_heard(clip: Utterance, waveform: Waveform, key: bytes) -> Waveform:
    """Return a clip's sound under its condition; the sound itself where there is none.

    ``key`` is the clip's content key with what the condition adds: it seeds all that is drawn.
    """
    if not condition_of(clip):
        return waveform
    rng = np.random.default_rng(list(key))
    changed = condition(condition_of(clip)).change(waveform.samples, waveform.rate_hz, rng)
    return replace(waveform, samples=changed)


@lru_cache(maxsize=2)
def _talkers(rate_hz: int) -> tuple[Samples, ...]:
    """Return six synthetic voices of six pitches: bystanders whom no training side can have heard."""
    pitches_hz = np.geomspace(95, 240, TALKERS)
    rng = np.random.default_rng(0)
    return tuple(speech_like(BABBLE_S, rate_hz, rng, f0_hz=float(f0), noise_db=-np.inf) for f0 in pitches_hz)


def _babble(snr_db: float) -> Change:
    def change(signal: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
        talk = Babble(snr_db, snr_db, TALKERS, TALKERS).among(_talkers(rate_hz))
        return talk.apply(signal, rate_hz, rng)

    return change


def _mp3(signal: Samples, rate_hz: int, _: np.random.Generator) -> Samples:
    """Return the signal after a round trip; some decoders leave the codec's delay at the start, as users' files do."""
    memory = io.BytesIO()
    options = {"bitrate_mode": "CONSTANT", "compression_level": MP3_AT_32_KBIT_S}
    soundfile.write(memory, np.clip(signal, -1, 1), rate_hz, format="MP3", subtype="MPEG_LAYER_III", **options)
    memory.seek(0)
    return np.asarray(soundfile.read(memory, dtype="float32")[0], dtype=np.float32)


def _narrow(signal: Samples, rate_hz: int, _: np.random.Generator) -> Samples:
    return at_rate(at_rate(signal, rate_hz, PHONE_RATE_HZ), PHONE_RATE_HZ, rate_hz, len(signal))


def _crop(signal: Samples, rate_hz: int, rng: np.random.Generator) -> int:
    """Return how many samples are cropped; of a very short sound at most a quarter."""
    return min(round(rng.uniform(*CROPPED_S) * rate_hz), len(signal) // 4)


def _cropped_start(signal: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
    return signal[_crop(signal, rate_hz, rng) :]


def _cropped_end(signal: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
    return signal[: len(signal) - _crop(signal, rate_hz, rng)]


def _zeros_before(signal: Samples, rate_hz: int, _: np.random.Generator) -> Samples:
    return np.pad(signal, (round(ZEROS_S * rate_hz), 0))


def _zeros_after(signal: Samples, rate_hz: int, _: np.random.Generator) -> Samples:
    return np.pad(signal, (0, round(ZEROS_S * rate_hz)))


def _whine(signal: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
    hz, phase, below_db = rng.uniform(*WHINE_HZ), rng.uniform(0, 2 * np.pi), rng.uniform(*WHINE_BELOW_PEAK_DB)
    amplitude = np.abs(signal).max() * 10 ** (-below_db / 20)
    whine: Samples = (amplitude * sine(hz, phase, len(signal), rate_hz)).astype(np.float32)
    return signal + whine


CONDITIONS: Mapping[str, Condition] = {
    "white_20db": Condition("white noise, 20 dB", BACKGROUND, Noise(20, 20, "white").apply),
    "white_10db": Condition("white noise, 10 dB", BACKGROUND, Noise(10, 10, "white").apply),
    "pink_20db": Condition("pink noise, 20 dB", BACKGROUND, Noise(20, 20, "pink").apply),
    "pink_10db": Condition("pink noise, 10 dB", BACKGROUND, Noise(10, 10, "pink").apply),
    "babble_20db": Condition("six voices, 20 dB", BACKGROUND, _babble(20)),
    "babble_10db": Condition("six voices, 10 dB", BACKGROUND, _babble(10)),
    "phone": Condition("telephone, 300 to 3400 Hz", PHONE, Phone().apply),
    "mp3_32k": Condition("mp3, 32 kbit/s", PHONE, _mp3),
    "rate_8khz": Condition("sampled at 8 kHz", PHONE, _narrow),
    "reverb": Condition("room, RT60 0.5 s", ROOM, Reverb(0.5, 0.5, 5, 5).apply),
    "gain_up": Condition("10 dB louder", SMALL, Gain(10, 10).apply),
    "gain_down": Condition("10 dB softer", SMALL, Gain(-10, -10).apply),
    "clipping": Condition("1 % of the samples clipped", SMALL, Clipping(0.01, 0.01).apply),
    "cropped_start": Condition("first 0.1 to 0.2 s missing", SMALL, _cropped_start),
    "cropped_end": Condition("last 0.1 to 0.2 s missing", SMALL, _cropped_end),
    "zeros_before": Condition("0.2 s of zeros before", SMALL, _zeros_before),
    "zeros_after": Condition("0.2 s of zeros after", SMALL, _zeros_after),
    "high_pass": Condition("high-pass, 150 Hz", SMALL, HighPass(150, 150).apply),
    "low_pass": Condition("low-pass, 6.5 kHz", SMALL, LowPass(6500, 6500).apply),
    "tone": Condition("a tone 40 dB below", SMALL, Tone(200, 4000, 40, 40).apply),
    "white_40db": Condition("white noise, 40 dB", SMALL, Noise(40, 40, "white").apply),
    "public_clipping": Condition("public test: 0.1 to 0.3 % clipped", SMALL, Clipping(0.001, 0.003).apply),
    "public_high_pass": Condition("public test: high-pass of order 1", SMALL, HighPass(50, 150, 1).apply),
    "public_low_pass": Condition("public test: low-pass of order 1", SMALL, LowPass(6500, 7500, 1).apply),
    "public_tone": Condition("public test: a tone of 5 to 7 kHz", SMALL, _whine),
    "public_white": Condition("public test: white noise, 35 to 45 dB", SMALL, Noise(35, 45, "white").apply),
    "tilt_up": Condition("3 dB more an octave", TILT, Tilt(3, 3).apply),
    "tilt_down": Condition("3 dB less an octave", TILT, Tilt(-3, -3).apply),
}
