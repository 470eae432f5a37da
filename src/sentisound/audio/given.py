"""What programs have as a sound, brought to what decoding takes: uploads of web frameworks, tensors, lists, pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

HOW = "give a path, bytes, a binary file, or samples with their rate: analyze(samples, rate_hz=16000)"


@dataclass(frozen=True, slots=True)
class Given:
    """A sound as decoding takes it."""

    source: Any
    """A path, bytes, a binary file or an array."""
    rate_hz: int | None
    """Rate of an array in Hz."""
    name: str | None = None


def given(source: Any, rate_hz: int | None = None) -> Given:
    """Return a sound in one of the forms that decoding takes.

    Taken are paths, bytes, binary files and arrays as they are; an upload of Starlette, FastAPI, Flask or Django by its
    file; a tensor of torch; a list of samples; a pair of samples and rate in either order, as librosa, torchaudio,
    soundfile and Gradio give it; a mapping of ``array`` and ``sampling_rate``, as of Hugging Face's datasets.

    Raises
    ------
    TypeError
        When it is none of these; the message says what is.
    """
    if isinstance(source, Mapping) and {"array", "sampling_rate"} <= set(source):
        return given(source["array"], int(source["sampling_rate"]))
    if isinstance(source, tuple) and len(source) == 2:
        rates = [isinstance(one, int | np.integer) for one in source]
        if sum(rates) == 1:
            return given(source[rates.index(False)], int(source[rates.index(True)]))
    if hasattr(source, "detach") and hasattr(source, "numpy"):  # a tensor of torch, wherever it lies
        return Given(source.detach().cpu().numpy(), rate_hz)
    if isinstance(source, list | tuple):
        return Given(_array(source), rate_hz)
    file, name = getattr(source, "file", None), getattr(source, "filename", None)
    if hasattr(file, "read") and name is not None:  # its own read may be a coroutine
        return Given(file, rate_hz, str(name) or None)
    stream = getattr(source, "stream", None)
    if hasattr(stream, "read") and name is not None:
        return Given(stream, rate_hz, str(name) or None)
    if source is None or isinstance(source, bool | int | float | complex | Mapping | set):
        raise TypeError(f"{type(source).__name__} is no sound; {HOW}")
    return Given(source, rate_hz)


def _array(samples: list[Any] | tuple[Any, ...]) -> np.ndarray:
    try:
        array = np.asarray(samples)
    except ValueError:
        raise TypeError(f"a {type(samples).__name__} of unlike things is no sound; {HOW}") from None
    if array.dtype.kind not in "fiu":
        raise TypeError(f"a {type(samples).__name__} of {array.dtype} is no sound; {HOW}")
    if array.dtype.kind in "iu" and array.size:  # Python's integers have no size: those of 16 bits are usual
        least, most = int(array.min()), int(array.max())
        return array.astype(np.int16 if least >= -32_768 and most <= 32_767 else np.int32)
    return array
