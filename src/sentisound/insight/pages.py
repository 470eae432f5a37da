"""What stands on the two pages of a report: the findings, then the evidence and the model's own limits."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.units import inch, mm
from reportlab.platypus import Image, Paragraph, Spacer, Table

from sentisound.card import Metric
from sentisound.insight.charts import draw
from sentisound.insight.exhibit import Exhibit
from sentisound.insight.palette import colour_of
from sentisound.insight.paper import INK, INNER, LINE, MUTED, PANEL, SANS, bars, styles
from sentisound.insight.script import markup
from sentisound.insight.words import clock, percent, verdict
from sentisound.results import Quality

PICTURE_DPI = 170
PICTURES = ("timeline", "waveform", "spectrogram", "mfcc")
NAME_LETTERS, FACT_LETTERS = 62, 34
NO_SOUND = "The recording was not kept, so this report has no pictures of it."
MAX_SEGMENTS = 14
MAX_METRICS = 4
MAX_TEXT = 900
"""Characters of a card's intended use or limits: a stranger's model may have written a novel there."""


def pictures_of(exhibit: Exhibit) -> Mapping[str, bytes]:
    """Draw the pictures of a report that can be drawn, PNG by name."""
    kinds = PICTURES if exhibit.waveform is not None else PICTURES[:1]
    return {kind: draw(kind, exhibit, dpi=PICTURE_DPI) for kind in kinds}


def findings(exhibit: Exhibit, pictures: Mapping[str, bytes]) -> list[Any]:
    """Return the first page: verdict, probabilities, what was analysed, quality, timeline."""
    style = styles()
    columns = [[bars(exhibit.analysis.scores, 0.47 * INNER), _facts(exhibit)]]
    return [
        Paragraph(markup(exhibit.analysis.file, NAME_LETTERS), style.name),
        Spacer(1, 4 * mm),
        _verdict(exhibit),
        Spacer(1, 2 * mm),
        _side_by_side([[_heading("How likely each emotion is"), _heading("What was analysed")]]),
        _side_by_side(columns),
        Paragraph(
            "Probabilities are calibrated on speakers that the model had not heard: of all answers with 70 %, "
            "about 70 % should be right for speech like that of its training.",
            style.small,
        ),
        _heading("Quality of the recording"),
        *_quality(exhibit.analysis.quality),
        Spacer(1, 2 * mm),
        *(_picture(pictures[kind]) for kind in PICTURES[:2] if kind in pictures),
    ]


def evidence(exhibit: Exhibit, pictures: Mapping[str, bytes]) -> list[Any]:
    """Return the second page: the pictures of the sound, the segments, the model and its limits."""
    return [
        *(_picture(pictures[kind]) for kind in PICTURES[2:] if kind in pictures),
        *([] if exhibit.waveform is not None else [Paragraph(NO_SOUND, styles().body)]),
        *_segments(exhibit),
        _heading("The model and its limits"),
        *_model(exhibit),
    ]


def _model(exhibit: Exhibit) -> list[Any]:
    style, card = styles(), exhibit.card
    if card is None:
        gone = f"The model {exhibit.analysis.model} is no longer where this report was written."
        return [Paragraph(_told(gone), style.body)]
    trained = f"{', '.join(card.training.corpora)}; {card.training.clips} clips of {card.training.speakers} speakers"
    return [
        Paragraph(_told(f"{card.title} ({card.id}): {card.training.model}. Trained on {trained}."), style.body),
        *_metrics(card.metrics),
        Spacer(1, 1.5 * mm),
        Paragraph(f"<b>Meant for.</b> {_told(card.intended_use)}", style.body),
        Paragraph(f"<b>Limits.</b> {_told(card.limits)}", style.body),
    ]


def _verdict(exhibit: Exhibit) -> Table:
    style, said = styles(), verdict(exhibit.analysis)
    sure = exhibit.analysis.reason is None
    words = [
        Paragraph(escape(said.kicker), style.kicker),
        Paragraph(escape(said.heading), style.verdict),
        Paragraph(escape(said.trust), style.body),
    ]
    table = Table([["", words]], colWidths=[4 * mm, INNER - 4 * mm])
    stripe = HexColor(colour_of(exhibit.analysis.emotion)) if sure else MUTED
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (0, 0), stripe),
            ("BACKGROUND", (1, 0), (1, 0), PANEL),
            ("LEFTPADDING", (1, 0), (1, 0), 5 * mm),
            ("TOPPADDING", (0, 0), (-1, -1), 8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 10),
        ]
    )
    return table


def _facts(exhibit: Exhibit) -> Table:
    found, digest = exhibit.analysis, exhibit.sha256 or ""
    speech = f"{clock(found.duration_s)}, of which {found.quality.speech_ratio:.0%} is speech"
    feeling = f"{found.scores.valence:+.2f} / {found.scores.arousal:+.2f} (of -1 to 1, derived)"
    rows = {
        "File": markup(found.file, FACT_LETTERS),
        "SHA-256": f"{digest[:32]}<br/>{digest[32:]}" if digest else "not known: there was no file",
        "Duration": speech,
        "Analysed": found.created.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "Model": escape(found.model),
        "Valence, arousal": feeling,
    }
    style = styles()
    cells = [[Paragraph(name, style.small), Paragraph(value, style.small)] for name, value in rows.items()]
    table = Table(cells, colWidths=[0.14 * INNER, 0.35 * INNER])
    table.setStyle([*_TIGHT, ("LINEBELOW", (0, 0), (-1, -2), 0.4, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return table


def _quality(quality: Quality) -> list[Any]:
    style = styles()
    noise = "no pause to measure noise in" if quality.snr_db is None else f"{quality.snr_db:.0f} dB above the noise"
    measured = (
        f"Speech at {quality.level_db:.0f} dB below full scale, {noise}; clipped {quality.clipping:.1%}; "
        f"sound up to {quality.bandwidth_hz / 1000:.1f} kHz."
    ).replace("at -", "at ")
    warnings = [Paragraph(f"\u26a0\u2002{_told(_sentence(words))}", style.body) for words in quality.warnings]
    return [
        *(warnings or [Paragraph("Nothing found that would weaken the result.", style.body)]),
        Paragraph(measured, style.small),
    ]


def _segments(exhibit: Exhibit) -> list[Any]:
    """Return the table of the segments, where there is more than the one that the verdict is about."""
    segments = exhibit.analysis.segments
    if len(segments) < 2:
        return []
    rows = [["from", "to", "emotion", "probability", "second likeliest"]]
    for segment in segments[:MAX_SEGMENTS]:
        (first, share), *others = segment.scores.ranked()
        second = f"{others[0][0]}, {percent(others[0][1])}" if others else ""
        rows.append([f"{segment.start_s:.1f} s", f"{segment.end_s:.1f} s", first, percent(share), second])
    more = len(segments) - MAX_SEGMENTS
    note = [Paragraph(f"and {more} more: the timeline shows all of them", styles().small)] if more > 0 else []
    return [_heading("Segments"), _table(rows, [0.12, 0.12, 0.22, 0.2, 0.34]), *note]


def _metrics(metrics: list[Metric]) -> list[Any]:
    if not metrics:
        return [Paragraph("The model comes without measured figures.", styles().small)]
    rows = [["measured under", "mean recall (UAR)", "accuracy", "calibration error", "answers given / right"]]
    for one in metrics[:MAX_METRICS]:
        protocol = one.protocol if one.speaker_independent else f"{one.protocol} (speaker-dependent)"
        given = f"{one.coverage:.0%} / {one.selective_wa:.0%}"
        spread = f"{100 * one.uar:.1f} \u00b1 {100 * one.uar_std:.1f} %"
        rows.append([protocol, spread, f"{100 * one.wa:.1f} %", f"{100 * one.ece:.1f} %", given])
    return [Spacer(1, 1.5 * mm), _table(rows, [0.26, 0.2, 0.14, 0.18, 0.22])]


def _table(rows: list[list[str]], shares: list[float]) -> Table:
    table = Table(rows, colWidths=[share * INNER for share in shares])
    table.setStyle(
        [
            *_TIGHT,
            ("FONT", (0, 0), (-1, -1), SANS, 7.5),
            ("TEXTCOLOR", (0, 0), (-1, 0), MUTED),
            ("TEXTCOLOR", (0, 1), (-1, -1), INK),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ]
    )
    return table


def _side_by_side(rows: list[list[Any]]) -> Table:
    table = Table(rows, colWidths=[0.51 * INNER, 0.49 * INNER])
    table.setStyle([*_TIGHT, ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return table


def _heading(text: str) -> Paragraph:
    return Paragraph(escape(text), styles().section)


def _picture(png: bytes) -> Image:
    image = Image(BytesIO(png))
    width = image.imageWidth / PICTURE_DPI * inch
    scale = INNER / (8 * inch)  # the pictures are made 8 inches wide
    image.drawWidth, image.drawHeight = width * scale, image.imageHeight / PICTURE_DPI * inch * scale
    return image


def _told(text: str) -> str:
    """Return somebody else's text as markup, not longer than a paragraph."""
    return escape(text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]} \u2026")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


_TIGHT = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]
