"""A language model's answer: the schema it is asked to keep, and everything that is checked before it is shown."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sentisound.engine_errors import EngineAnswerInvalid
from sentisound.interpretation.question import citable
from sentisound.results import Analysis
from sentisound.words import Statement

MAX_STATEMENTS = 8
Sentence = Annotated[str, Field(min_length=1, max_length=500)]

_LINK = re.compile(r"https?:|www\.|\]\(|<[a-z!/]", re.IGNORECASE)
"""Nothing that a page could load or a reader be led away by."""
_CONDITION = re.compile(
    r"\b(?:depressi(?:on|ve)|bipolar|schizo\w+|psychos[ie]s|psychotic|ptsd|adhd|autis\w+|dementia|alzheimer\w*"
    r"|parkinson\w*|narcissis\w+|borderline|psychopath\w*|sociopath\w*|anorexi\w+|bulimi\w+|addict\w*|suicid\w+"
    r"|\w+ (?:disorder|syndrome)|diagnosed)\b",
    re.IGNORECASE,
)
"""Names of conditions; the prompt forbids them, and this holds where a model does not."""


class _Statement(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: Sentence
    segments: list[int]


class Answer(BaseModel):
    """What a language model answers."""

    model_config = ConfigDict(extra="forbid", strict=True)

    emotion: str
    statements: Annotated[list[_Statement], Field(min_length=1, max_length=MAX_STATEMENTS)]
    uncertainty: Sentence


def schema() -> dict[str, Any]:
    """Return the JSON schema of an answer, for endpoints that hold a model to it."""
    return Answer.model_json_schema()


def checked(content: str, analysis: Analysis) -> tuple[tuple[Statement, ...], str]:
    """Return the statements and the uncertainty of an answer.

    Raises
    ------
    EngineAnswerInvalid
        When it is not of the schema, changes the verdict, cites what is not there or nothing at all, names a condition
        that was not spoken of, or holds a link or markup.
    """
    answer = _parsed(content)
    if answer.emotion != analysis.emotion:
        raise _invalid("it names another emotion than was measured")
    known = range(citable(analysis))
    for statement in answer.statements:
        _check_citations(statement.segments, known)
    _check_text(" ".join([*(one.text for one in answer.statements), answer.uncertainty]), analysis)
    statements = tuple(Statement(_plain(one.text), tuple(sorted(set(one.segments)))) for one in answer.statements)
    return statements, _plain(answer.uncertainty)


def _parsed(content: str) -> Answer:
    try:
        return Answer.model_validate(json.loads(content))
    except (json.JSONDecodeError, RecursionError):
        raise _invalid("it is not JSON") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise _invalid(f"{where}: {first['msg']}") from None


def _check_citations(segments: list[int], known: range) -> None:
    strange = [number for number in segments if number not in known]
    if strange:
        raise _invalid(f"it cites segment {strange[0]}, which does not exist")
    if known and not segments:
        raise _invalid("it says something without naming the segments that it rests on")


def _check_text(text: str, analysis: Analysis) -> None:
    if _LINK.search(text):
        raise _invalid("it holds a link or markup")
    spoken = analysis.transcript.text.lower() if analysis.transcript else ""
    for found in _CONDITION.finditer(text):
        if found[0].lower() not in spoken:
            raise _invalid("it names a medical or psychological condition")


def _plain(text: str) -> str:
    """Return a text on one line, without characters that are not for reading."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _invalid(reason: str) -> EngineAnswerInvalid:
    return EngineAnswerInvalid(f"the language model's answer was refused: {reason}")
