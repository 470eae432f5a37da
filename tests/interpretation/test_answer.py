"""A language model's answer is trusted in nothing: each way in which it can be wrong is refused by name."""

from __future__ import annotations

import json

import pytest

from sentisound.engine_errors import EngineAnswerInvalid
from sentisound.interpretation.answer import checked, schema
from spoken import analysis

GOOD = {
    "emotion": "angry",
    "statements": [
        {"text": "The voice starts neutral.", "segments": [0]},
        {"text": "It turns angry at 0:10 and stays so.", "segments": [2, 1, 1]},
    ],
    "uncertainty": "A model's impression of a voice; this is not a diagnosis.",
}
FOUND = analysis("good morning", "leave me alone", "please")


def answer(**changed) -> str:
    return json.dumps({**GOOD, **changed})


def statement(text: str = "It is loud.", segments: object = (0,)) -> list[dict]:
    return [{"text": text, "segments": segments if not isinstance(segments, tuple) else list(segments)}]


def test_a_good_answer_is_taken_with_its_citations_in_order():
    statements, uncertainty = checked(answer(), FOUND)
    assert [one.segments for one in statements] == [(0,), (1, 2)]
    assert uncertainty == GOOD["uncertainty"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Sure! Here is the JSON", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "it: "),
        (json.dumps({"statements": []}), "emotion: Field required"),
        (answer(statements=[]), "statements: "),
        (answer(statements=statement() * 9), "statements: "),
        (answer(uncertainty=""), "uncertainty: "),
        (answer(extra="x"), "extra: Extra inputs"),
        (answer(statements=statement("x" * 501)), "statements.0.text"),
        (answer(statements=statement(segments=["0"])), "statements.0.segments.0"),
        (answer(statements=statement(segments="all")), "statements.0.segments"),
        (answer(statements=statement(segments=(3,))), "segment 3, which does not exist"),
        (answer(statements=statement(segments=(-1,))), "segment -1, which does not exist"),
        (answer(statements=statement(segments=())), "without naming the segments"),
        (answer(emotion="happy"), "another emotion"),
        (answer(statements=statement("See https://evil.example/?q=words")), "link"),
        (answer(statements=statement("![x](a.png)")), "link or markup"),
        (answer(statements=statement("<img src=x>")), "link or markup"),
        (answer(statements=statement("The speaker is depressive.")), "condition"),
        (answer(statements=statement("Signs of a bipolar disorder.")), "condition"),
        (answer(uncertainty="Perhaps an anxiety disorder."), "condition"),
    ],
)
def test_what_is_wrong_is_refused_by_name(content: str, words: str):
    with pytest.raises(EngineAnswerInvalid) as raised:
        checked(content, FOUND)
    assert str(raised.value).startswith("the language model's answer was refused: ")
    assert words in str(raised.value)


def test_a_condition_that_was_spoken_of_may_be_reported():
    spoken = analysis("they told me about my depression yesterday")
    statements, _ = checked(answer(statements=statement("The speaker mentions depression.")), spoken)
    assert len(statements) == 1


def test_without_segments_nothing_can_be_cited_and_nothing_needs_to_be():
    silent = analysis(segments=(), reason="no_speech")
    statements, _ = checked(answer(statements=statement(segments=())), silent)
    assert statements[0].segments == ()
    with pytest.raises(EngineAnswerInvalid, match="segment 0"):
        checked(answer(), silent)


def test_characters_that_repaint_a_terminal_are_gone():
    statements, _ = checked(answer(statements=statement("It is\x1b[2J\u202e loud.\n\nReally.")), FOUND)
    assert statements[0].text == "It is [2J loud. Really."


def test_the_schema_that_is_asked_for_is_closed():
    asked = schema()
    assert asked["additionalProperties"] is False
    assert set(asked["required"]) == {"emotion", "statements", "uncertainty"}
