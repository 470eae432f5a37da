"""``remote``: any server that speaks OpenAI's ``/audio/transcriptions``; the sound leaves this machine."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Annotated, Any, Self

import soundfile
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sentisound.audio.waveform import Span, Waveform, pcm16
from sentisound.endpoint import Endpoint
from sentisound.engine_errors import EngineAnswerInvalid, EngineMissing, EngineRefused
from sentisound.settings import Settings
from sentisound.transcription.transcriber import Fetched, Progress, primary
from sentisound.words import Transcript, Word

PATH = "audio/transcriptions"
CODES = {
    "arabic": "ar", "chinese": "zh", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "finnish": "fi",
    "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "italian": "it",
    "japanese": "ja", "korean": "ko", "norwegian": "no", "polish": "pl", "portuguese": "pt", "romanian": "ro",
    "russian": "ru", "spanish": "es", "swedish": "sv", "turkish": "tr", "ukrainian": "uk",
}  # fmt: skip
"""Servers answer with English names of languages; one that is not listed stays as it came."""

Seconds = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class _HeardWord(BaseModel):
    model_config = ConfigDict(strict=True)

    word: str
    start: Seconds
    end: Seconds


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)

    text: Annotated[str, Field(max_length=1_000_000)]
    language: str | None = None
    words: list[_HeardWord] | None = None


class Remote:
    """Sends the sound to an endpoint and takes its words."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self._endpoint = endpoint
        self._model = model

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the engine for the endpoint that the settings name.

        Raises
        ------
        EngineMissing
            When they name none.
        """
        if settings.transcription_url is None:
            raise EngineMissing("the transcriber `remote` needs SENTISOUND_TRANSCRIPTION_URL, such as https://host/v1")
        endpoint = Endpoint(
            name="the transcription endpoint",
            url=settings.transcription_url,
            key=settings.transcription_key,
            key_setting="SENTISOUND_TRANSCRIPTION_KEY",
            timeout_s=settings.engine_timeout_s,
            retries=settings.engine_retries,
        )
        return cls(endpoint, settings.transcription_model)

    def prepare(self, fetched: Fetched) -> None:
        """Do nothing: the model is elsewhere."""

    def transcribe(
        self, waveform: Waveform, spans: Sequence[Span], language: str | None, progress: Progress
    ) -> Transcript:
        """Write down what is said; see ``Transcriber``. Without speech nothing is sent."""
        answer = self._asked(waveform, language) if spans else _Answer(text="")
        progress(1.0)
        heard = answer.language.strip().lower() if answer.language else None
        return Transcript(
            text=answer.text.strip(),
            engine=f"remote ({self._model})",
            language=primary(language) if language else CODES.get(heard or "", heard),
            language_source="set" if language else "detected",
            words=tuple(Word(one.word.strip(), one.start, one.end) for one in answer.words or ()),
        )

    def _asked(self, waveform: Waveform, language: str | None) -> _Answer:
        fields: dict[str, Any] = {"model": self._model}
        if language:
            fields["language"] = primary(language)
        timed = {"response_format": "verbose_json", "timestamp_granularities[]": ["word"]}
        sound = _flac(waveform)
        try:
            answer = self._endpoint.ask(PATH, data=fields | timed, file=sound)
        except EngineRefused as error:
            if error.http_status != 400:
                raise
            answer = self._endpoint.ask(PATH, data=fields, file=sound)  # some models know no times
        try:
            return _Answer.model_validate(answer)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise EngineAnswerInvalid(
                f"{self._endpoint.name} answered in another form ({where}: {first['msg']})"
            ) from None


def _flac(waveform: Waveform) -> bytes:
    """Return the sound as a FLAC file, half of what WAV takes; most endpoints cap a file at 25 MB."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", waveform.rate_hz, 1, "PCM_16", format="FLAC") as file:
        for samples in pcm16(waveform):
            file.write(samples)
    return buffer.getvalue()
