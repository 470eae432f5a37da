"""The timeline of an analysis as a file: CSV for tables, SRT and VTT for video players."""

from __future__ import annotations

from collections.abc import Iterator

from sentisound.csv_cells import Cell, csv_text
from sentisound.results import Analysis, Segment

LABEL = "{emotion} {share:.0%}"


def as_csv(analysis: Analysis) -> str:
    """Return a row for each segment: start and end in seconds, the likeliest emotion, and every probability."""
    labels = analysis.scores.labels
    return csv_text([("start", "end", "emotion", "confidence", *labels), *_rows(analysis)])


def _rows(analysis: Analysis) -> Iterator[tuple[Cell, ...]]:
    for segment in analysis.segments:
        said = segment.to_dict()
        scores = (said["scores"][label] for label in analysis.scores.labels)
        yield (said["start"], said["end"], said["emotion"], said["confidence"], *scores)


def as_srt(analysis: Analysis) -> str:
    """Return SubRip subtitles, one for each segment."""
    cues = [
        f"{number}\n{_span(segment, ',')}\n{cue}\n"
        for number, (segment, cue) in enumerate(zip(analysis.segments, _cues(analysis), strict=True), 1)
    ]
    return "\n".join(cues)


def as_vtt(analysis: Analysis) -> str:
    """Return WebVTT subtitles (W3C), one for each segment."""
    cues = [
        f"{_span(segment, '.')}\n{_escaped(cue)}\n"
        for segment, cue in zip(analysis.segments, _cues(analysis), strict=True)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def clock(seconds: float, point: str = ".") -> str:
    """Return a time as ``00:01:02.345``."""
    total_ms = round(1000 * seconds)
    minutes, ms = divmod(total_ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}{point}{ms % 1000:03}"


def _cues(analysis: Analysis) -> list[str]:
    """Return what stands under each segment: its emotion, and what was said where that is known."""
    return [
        "\n".join([LABEL.format(emotion=one.scores.emotion, share=one.scores.confidence), *filter(None, [words])])
        for one, words in zip(analysis.segments, analysis.spoken, strict=True)
    ]


def _span(segment: Segment, point: str) -> str:
    return f"{clock(segment.start_s, point)} --> {clock(segment.end_s, point)}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
