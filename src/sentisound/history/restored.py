"""An analysis restored from the document that the history keeps, to the digits that were kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sentisound.results import Analysis, Quality, Scores, Segment
from sentisound.words import Interpretation, Missing, Statement, Transcript, Word


def restored(document: str) -> Analysis:
    """Return the analysis of which ``Analysis.to_dict()`` made this JSON.

    Raises
    ------
    ValueError
        When it is not a whole one: a row of an imported CSV knows the three likeliest emotions only.
    """
    try:
        return _analysis(json.loads(document))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"this is not a whole analysis ({error})") from None


def _analysis(said: Mapping[str, Any]) -> Analysis:
    return Analysis(
        model=str(said["model"]),
        file=said["file"],
        duration_s=float(said["duration"]),
        scores=_scores(said["scores"]),
        segments=tuple(Segment(one["start"], one["end"], _scores(one["scores"])) for one in said["segments"]),
        quality=Quality(**{**said["quality"], "warnings": tuple(said["quality"]["warnings"])}),
        reason=said["reason"],
        timings_s=said["timings"],
        transcript=_transcript(said["transcript"]) if said["transcript"] else None,
        interpretation=_interpretation(said["interpretation"]) if said["interpretation"] else None,
        missing=tuple(Missing(**one) for one in said.get("missing", ())),  # older documents do not say it
        id=said["id"],
        created=datetime.fromisoformat(said["created"]),
    )


def _scores(said: Mapping[str, float]) -> Scores:
    return Scores(tuple(said), tuple(said.values()))


def _transcript(said: Mapping[str, Any]) -> Transcript:
    words = tuple(Word(one["word"], one["start"], one["end"], one["probability"]) for one in said["words"])
    plain = {name: said[name] for name in ("text", "engine", "language", "language_source", "draft")}
    return Transcript(**plain, words=words, warnings=tuple(said["warnings"]))


def _interpretation(said: Mapping[str, Any]) -> Interpretation:
    statements = tuple(Statement(one["text"], tuple(one["segments"])) for one in said["statements"])
    return Interpretation(statements, said["uncertainty"], said["engine"], said["language_model"])
