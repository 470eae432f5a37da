"""``whisper``: OpenAI's Whisper on this machine through faster-whisper, in 8-bit integers on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from sentisound.audio.waveform import Span, Waveform
from sentisound.engine_errors import EngineFailed, EngineMissing, LanguageUnsupported
from sentisound.errors import SettingsError
from sentisound.settings import Settings
from sentisound.transcription import whisper_models
from sentisound.transcription.transcriber import Fetched, Progress, primary
from sentisound.words import Transcript, Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

GUESS = 0.5
"""Below this probability of the language that was detected, it is called a guess."""
FOLDER = "whisper"


class Whisper:
    """Transcribes some hundred languages; the model is loaded, and downloaded where need be, at first use."""

    def __init__(self, model: str, cache_dir: Path, hub: str | None = None) -> None:
        self.model = model
        self._cache_dir = cache_dir
        self._hub = hub
        self._lock = Lock()
        self._loaded: WhisperModel | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the engine with the model that the settings name.

        Raises
        ------
        EngineMissing
            When faster-whisper is not installed, or there is no folder for the models that it downloads.
        """
        if find_spec("faster_whisper") is None:
            raise EngineMissing("whisper needs faster-whisper: pip install '.[whisper]' in a clone")
        try:
            return cls(settings.whisper_model, settings.cache_folder / FOLDER)
        except SettingsError as error:
            raise EngineMissing(str(error)) from None

    @property
    def name(self) -> str:
        """What the model is called; never a path."""
        return Path(self.model).name if Path(self.model).is_dir() else self.model

    def prepare(self, fetched: Fetched) -> None:
        """Download the model where it is not here, and load it; see ``Transcriber``."""
        with self._lock:
            if self._loaded is None:
                folder = whisper_models.find(self.model, self._cache_dir, fetched, self._hub)
                self._loaded = _load(folder)

    def transcribe(
        self, waveform: Waveform, spans: Sequence[Span], language: str | None, progress: Progress
    ) -> Transcript:
        """Write down what is said; see ``Transcriber``."""
        self.prepare(whisper_models.logged(self.model))
        model = self._loaded
        assert model is not None  # noqa: S101 - prepared
        spoken = None if language is None else primary(language)
        if spoken and spoken not in model.supported_languages:
            raise LanguageUnsupported(f"whisper's model {self.name!r} does not know {language!r}")
        if not spans:
            return self._transcript([], spoken, None)
        parts, info = model.transcribe(
            waveform.samples,
            language=spoken,
            word_timestamps=True,
            condition_on_previous_text=False,  # else one mistake is repeated to the end
            clip_timestamps=[second for span in spans for second in (span.start_s, span.end_s)],
        )
        return self._transcript(_followed(parts, waveform.duration_s, progress), spoken, info)

    def _transcript(self, parts: list[Any], language: str | None, info: Any) -> Transcript:
        detected = None if language or info is None else float(info.language_probability)
        guess = detected is not None and detected < GUESS
        warning = f"the language is a guess: {info.language}, with a probability of {detected:.0%}" if guess else ""
        words = [word for part in parts for word in part.words or ()]
        return Transcript(
            text=" ".join(part.text.strip() for part in parts).strip(),
            engine=f"whisper ({self.name})",
            language=language or (info and info.language),
            language_source="set" if language else "detected",
            words=tuple(Word(w.word.strip(), float(w.start), float(w.end), float(w.probability)) for w in words),
            warnings=(warning,) if warning else (),
        )


def _load(folder: Path) -> WhisperModel:
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
    except (RuntimeError, ValueError, OSError) as error:
        raise EngineMissing(f"whisper's model in {folder.name} cannot be loaded ({error})") from None


def _followed(parts: Any, duration_s: float, progress: Progress) -> list[Any]:
    """Return all parts, of which each is made when it is asked for, and tell how far they are."""
    found = []
    try:
        for part in parts:
            found.append(part)
            progress(min(part.end / duration_s, 1.0))
    except (RuntimeError, ValueError) as error:
        raise EngineFailed(f"whisper broke down at its work ({error})") from None
    return found
