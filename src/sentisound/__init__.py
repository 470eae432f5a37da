"""SentiSound: speech emotion recognition that holds for unseen speakers.

>>> import sentisound
>>> sentisound.analyze("clip.wav").emotion  # doctest: +SKIP
'happy'

``analyze`` uses the model that ships in the package. ``load`` opens a model once, with settings of one's own; its
``analyze`` method takes the same arguments.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sentisound.telemetry import switch_off

if TYPE_CHECKING:
    from sentisound.results import Analysis
    from sentisound.service import Analyzer, Source

__version__ = "0.1.0"
__all__ = ["Analysis", "Quality", "Scores", "Segment", "__version__", "analyze", "load"]

switch_off()


def __getattr__(name: str) -> Any:  # numpy, onnxruntime and the model load at first use, not at import
    if name in {"Analysis", "Scores", "Segment", "Quality"}:
        from sentisound import results

        return getattr(results, name)
    raise AttributeError(f"module 'sentisound' has no attribute {name!r}")


def load(model: str | None = None, **settings: Any) -> Analyzer:
    """Open a model (a name or a bundle's folder); ``settings`` are those of ``sentisound.settings.Settings``."""
    from sentisound.service import Analyzer
    from sentisound.settings import Settings

    return Analyzer(Settings.load(model=model, **settings))


_default = lru_cache(maxsize=1)(load)


def analyze(
    source: Source,
    *,
    rate_hz: int | None = None,
    name: str | None = None,
    track: int | None = None,
    raw: str | None = None,
) -> Analysis:
    """Analyse a path, the bytes of a file, an open file, an upload, or samples taken at ``rate_hz``.

    ``track`` is an audio track counted from 1, ``raw`` what samples without a header are: ``"8000,mulaw,1"``.
    """
    from sentisound.audio.reading import Reading

    return _default().analyze(source, rate_hz=rate_hz, name=name, reading=Reading.of(track, raw))
