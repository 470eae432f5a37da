"""The verdict in words: sure, not very sure, not at all; and numbers that do not round into a lie."""

from __future__ import annotations

from typing import get_args

import pytest

from sentisound.insight.words import ABSTENTIONS, clock, percent, sureness, verdict
from sentisound.results import Reason


def test_a_verdict_names_the_emotion_and_how_sure_it_is(exhibit):
    said = verdict(exhibit.analysis)
    assert said.heading == "Happy"
    assert "fairly sure" in said.trust
    assert "64\u00a0%" in said.trust


@pytest.mark.parametrize("reason", get_args(Reason))
def test_an_abstention_names_no_emotion_in_its_heading_and_says_why(changed, reason):
    said = verdict(changed(reason=reason).analysis)
    assert said.kicker.startswith("Not sure")
    assert "happy" not in said.heading.lower()
    assert said.trust.startswith(ABSTENTIONS[reason][1])
    assert "would be happy" in said.trust


@pytest.mark.parametrize(
    ("probability", "words"),
    [(1.0, "very sure"), (0.7, "fairly sure"), (0.5, "not very sure"), (0.0, "hardly more than guessing")],
)
def test_sureness(probability, words):
    assert sureness(probability) == words


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0, "0\u00a0%"), (0.001, "< 1\u00a0%"), (0.5, "50\u00a0%"), (0.996, "> 99\u00a0%"), (1, "100\u00a0%")],
)
def test_a_percentage_does_not_round_to_certainty(probability, words):
    assert percent(probability) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(3.421, "3.42 s"), (61, "1:01 min"), (3725, "1:02:05 h"), (3599.7, "1:00:00 h")]
)
def test_a_duration_is_told_as_people_do(seconds, words):
    assert clock(seconds) == words
