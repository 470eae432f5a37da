"""The transforms by name, and how one is built from a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sentisound.errors import RecipeError
from sentisound.learning.augmentation.babble import Babble
from sentisound.learning.augmentation.band_shift import BandShift
from sentisound.learning.augmentation.clipping import Clipping
from sentisound.learning.augmentation.codec import Codec
from sentisound.learning.augmentation.echo import Echo
from sentisound.learning.augmentation.frequency_mask import FrequencyMask
from sentisound.learning.augmentation.gain import Gain
from sentisound.learning.augmentation.high_pass import HighPass
from sentisound.learning.augmentation.low_pass import LowPass
from sentisound.learning.augmentation.noise import Noise
from sentisound.learning.augmentation.phone import Phone
from sentisound.learning.augmentation.pitch_shift import PitchShift
from sentisound.learning.augmentation.reverb import Reverb
from sentisound.learning.augmentation.speed import Speed
from sentisound.learning.augmentation.step import Step, Value
from sentisound.learning.augmentation.tilt import Tilt
from sentisound.learning.augmentation.time_mask import TimeMask
from sentisound.learning.augmentation.time_shift import TimeShift
from sentisound.learning.augmentation.time_stretch import TimeStretch
from sentisound.learning.augmentation.tone import Tone
from sentisound.learning.augmentation.transform import FrameTransform, WaveformTransform, parameters_of

Kind = TypeVar("Kind", WaveformTransform, FrameTransform)

WAVEFORM_TRANSFORMS: dict[str, type[WaveformTransform]] = {
    "noise": Noise,
    "babble": Babble,
    "time_stretch": TimeStretch,
    "pitch_shift": PitchShift,
    "speed": Speed,
    "time_shift": TimeShift,
    "echo": Echo,
    "reverb": Reverb,
    "gain": Gain,
    "tilt": Tilt,
    "high_pass": HighPass,
    "low_pass": LowPass,
    "clipping": Clipping,
    "tone": Tone,
    "codec": Codec,
    "phone": Phone,
}
"""On samples."""

FRAME_TRANSFORMS: dict[str, type[FrameTransform]] = {
    "time_mask": TimeMask,
    "frequency_mask": FrequencyMask,
    "band_shift": BandShift,
}
"""On log-mel frames."""


def build_transform(kinds: Mapping[str, type[Kind]], step: Step) -> Kind:
    """Return the transform of a step.

    Parameters
    ----------
    kinds
        ``WAVEFORM_TRANSFORMS`` or ``FRAME_TRANSFORMS``.
    step
        Its name and parameters; what is not said has its default.

    Raises
    ------
    RecipeError
        When there is no such transform or parameter (the message lists those there are), or a value cannot be used.
    """
    if step.name not in kinds:
        domain = "waveforms" if kinds is WAVEFORM_TRANSFORMS else "frames"
        raise RecipeError(f"there is no transform {step.name!r} of {domain}; there are {', '.join(kinds)}")
    kind = kinds[step.name]
    defaults = parameters_of(kind)
    return kind(**{name: _checked(step.name, name, value, defaults) for name, value in step.parameters.items()})


def _checked(transform: str, name: str, value: Value, defaults: Mapping[str, Value]) -> Value:
    if name not in defaults:
        raise RecipeError(f"transform {transform!r} has no parameter {name!r}; it takes {', '.join(defaults)}")
    wanted = type(defaults[name])
    fits = isinstance(value, (int, float) if wanted is float else wanted)
    if not fits or isinstance(value, bool) != (wanted is bool):
        raise RecipeError(f"{transform}: {name} must be {wanted.__name__}, not {value!r}")
    return wanted(value)
