"""``llm``: any server that speaks OpenAI's ``/chat/completions``; scores and words leave this machine, no sound."""

from __future__ import annotations

from typing import Any, Self

from sentisound.endpoint import Endpoint
from sentisound.engine_errors import EngineAnswerInvalid, EngineMissing, EngineRefused
from sentisound.interpretation.answer import checked, schema
from sentisound.interpretation.question import messages
from sentisound.results import Analysis
from sentisound.settings import Settings
from sentisound.words import Interpretation

PATH = "chat/completions"


class LanguageModel:
    """Asks a language model, and takes its answer where it passes every check."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self._endpoint = endpoint
        self._model = model

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the engine for the endpoint that the settings name.

        Raises
        ------
        EngineMissing
            When they name none, or no model.
        """
        if settings.llm_url is None or settings.llm_model is None:
            raise EngineMissing(
                "the interpreter `llm` needs SENTISOUND_LLM_URL (https://host/v1) and SENTISOUND_LLM_MODEL"
            )
        endpoint = Endpoint(
            name="the language model",
            url=settings.llm_url,
            key=settings.llm_key,
            key_setting="SENTISOUND_LLM_KEY",
            timeout_s=settings.engine_timeout_s,
            retries=settings.engine_retries,
        )
        return cls(endpoint, settings.llm_model)

    def interpret(self, analysis: Analysis) -> Interpretation:
        """Say what an analysis may mean; see ``Interpreter``."""
        statements, uncertainty = checked(_content(self._asked(analysis)), analysis)
        return Interpretation(statements, uncertainty, f"llm ({self._model})", language_model=True)

    def _asked(self, analysis: Analysis) -> Any:
        plain = {"model": self._model, "messages": messages(analysis), "stream": False}
        form = {"type": "json_schema", "json_schema": {"name": "interpretation", "strict": True, "schema": schema()}}
        try:
            return self._endpoint.ask(PATH, json={**plain, "temperature": 0, "response_format": form})
        except EngineRefused as error:
            if error.http_status != 400:
                raise
            return self._endpoint.ask(PATH, json=plain)  # some servers and models take neither of the two


def _content(answer: Any) -> str:
    """Return the text of a chat's answer.

    Raises
    ------
    EngineRefused
        When the model declined.
    EngineAnswerInvalid
        When it was cut off, or there is no text.
    """
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        content, refusal, ended = message.get("content"), message.get("refusal"), choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise EngineAnswerInvalid("the language model's answer is not of the form of a chat") from None
    if refusal or ended == "content_filter":
        raise EngineRefused("the language model declined to interpret this recording")
    if ended == "length":
        raise EngineAnswerInvalid("the language model's answer was cut off")
    if not isinstance(content, str) or not content.strip():
        raise EngineAnswerInvalid("the language model's answer is empty")
    return content.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
