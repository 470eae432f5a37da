"""Sound: decode anything into a mono waveform, find the speech in it, cut it into utterances, judge its quality."""

from sentisound.audio.activity import VADS, EnergyVad, Vad, vad
from sentisound.audio.decode import decode, from_array
from sentisound.audio.limits import Limits
from sentisound.audio.quality import assess
from sentisound.audio.resample import resample
from sentisound.audio.segment import utterances
from sentisound.audio.silero import SileroVad
from sentisound.audio.source import AudioSource
from sentisound.audio.waveform import RATE_HZ, Origin, Samples, Span, Waveform

__all__ = [
    "RATE_HZ",
    "VADS",
    "AudioSource",
    "EnergyVad",
    "Limits",
    "Origin",
    "Samples",
    "SileroVad",
    "Span",
    "Vad",
    "Waveform",
    "assess",
    "decode",
    "from_array",
    "resample",
    "utterances",
    "vad",
]
