"""What a language model is asked: the prompt of the package, and an analysis as a JSON document that is only data."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from sentisound.results import Analysis

MAX_SEGMENTS = 120
"""The rest of a long recording is left out, and the document says so."""
MAX_LETTERS = 400
"""Of the words of one segment."""
MAX_TEXT = 4000
"""Characters of a transcript without times, which no segment can carry."""


@cache
def prompt() -> str:
    """Return the prompt; it is the same for every analysis, so nothing that was said can alter it."""
    return (files("sentisound.interpretation") / "prompt.md").read_text(encoding="utf-8")


def messages(analysis: Analysis) -> list[dict[str, str]]:
    """Return the two messages of a chat: the prompt, and the document."""
    told = json.dumps(document(analysis), ensure_ascii=False)
    return [{"role": "system", "content": prompt()}, {"role": "user", "content": told}]


def document(analysis: Analysis) -> dict[str, Any]:
    """Return what is told of an analysis; neither the file's name nor anything else that names a person is in it."""
    whole = analysis.to_dict()
    spoken = [segment["text"] for segment in whole["segments"]]
    return {
        **{name: whole[name] for name in ("duration", "emotion", "confidence", "abstained", "reason", "scores")},
        "valence": whole["valence"],
        "arousal": whole["arousal"],
        "segments": [_segment(number, one) for number, one in enumerate(whole["segments"][:MAX_SEGMENTS])],
        "segments_left_out": max(0, len(spoken) - MAX_SEGMENTS),
        "quality_warnings": whole["quality"]["warnings"],
        "transcript": _transcript(analysis, in_segments=any(spoken)),
    }


def citable(analysis: Analysis) -> int:
    """Return how many segments the document shows; an answer may rest on these only."""
    return min(len(analysis.segments), MAX_SEGMENTS)


def _segment(number: int, segment: dict[str, Any]) -> dict[str, Any]:
    words = segment["text"]
    return {"segment": number, **segment, "text": words and words[:MAX_LETTERS]}


def _transcript(analysis: Analysis, *, in_segments: bool) -> dict[str, Any] | None:
    found = analysis.transcript
    if found is None:
        return None
    return {
        "language": found.language,
        "language_source": found.language_source,
        "draft": found.draft,
        "warnings": list(found.warnings),
        "text": "in the segments" if in_segments else found.text[:MAX_TEXT],
    }
