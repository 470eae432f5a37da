"""Interpreters by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sentisound.engine_errors import EngineMissing
from sentisound.interpretation.interpreter import Interpreter
from sentisound.interpretation.llm import LanguageModel
from sentisound.interpretation.rules import Rules
from sentisound.settings import Settings

INTERPRETERS: Mapping[str, Callable[[Settings], Interpreter]] = {
    "rules": lambda _: Rules(),
    "llm": LanguageModel.of,
}
"""How each engine is made from the settings."""


def interpreter(settings: Settings) -> Interpreter:
    """Return the interpreter that the settings name.

    Raises
    ------
    EngineMissing
        When it is off or not set up.
    """
    if settings.interpreter == "off":
        raise EngineMissing("interpretation is switched off (SENTISOUND_INTERPRETER=off)")
    return INTERPRETERS[settings.interpreter](settings)
