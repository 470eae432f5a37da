"""The paper of a report: fonts, styles, header and footer, and the bars that are drawn as lines, not as a picture."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sentisound.errors import MissingExtra
from sentisound.insight.fonts import CJK, dejavu, font_files
from sentisound.insight.palette import THEMES, colour_of
from sentisound.insight.subset import truetype
from sentisound.insight.words import percent
from sentisound.results import Scores

try:
    from reportlab.graphics.shapes import Drawing, Line, Rect, String
    from reportlab.lib.colors import HexColor
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas
except ImportError as _error:
    raise MissingExtra(f"reports need {_error.name}: pip install '.[reports]' in a clone") from None

SANS, BOLD = "SentiSound Sans", "SentiSound Sans Bold"
THEME = THEMES["light"]
INK, MUTED, LINE, PANEL = (HexColor(colour) for colour in (THEME.ink, THEME.muted, THEME.line, "#f4f6f8"))
WIDTH, HEIGHT = A4
MARGIN = 16 * mm
INNER = WIDTH - 2 * MARGIN
TOP, BOTTOM = 24 * mm, 18 * mm
"""Space for the header and the footer."""


@dataclass(frozen=True, slots=True)
class Styles:
    """The paragraph styles of a report."""

    body: Any
    small: Any
    name: Any
    kicker: Any
    verdict: Any
    section: Any


@cache
def styles() -> Styles:
    """Return the styles; their fonts are then known to ReportLab."""
    pdfmetrics.registerFont(TTFont(SANS, str(dejavu("DejaVuSans.ttf"))))
    pdfmetrics.registerFont(TTFont(BOLD, str(dejavu("DejaVuSans-Bold.ttf"))))
    pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=BOLD, italic=SANS, boldItalic=BOLD)
    body = ParagraphStyle("body", fontName=SANS, fontSize=8.5, leading=12, textColor=INK)
    return Styles(
        body=body,
        small=ParagraphStyle("small", body, fontSize=7.2, leading=10, textColor=MUTED),
        name=ParagraphStyle("name", body, fontSize=12, leading=16),
        kicker=ParagraphStyle("kicker", body, textColor=MUTED),
        verdict=ParagraphStyle("verdict", body, fontName=BOLD, fontSize=20, leading=26),
        section=ParagraphStyle("section", body, fontName=BOLD, fontSize=10, leading=14, spaceBefore=9, spaceAfter=3),
    )


def use_cjk(characters: Collection[str]) -> None:
    """Make a font with those characters known to ReportLab, in place of the one of the report before."""
    pdfmetrics.registerFont(TTFont(CJK, truetype(font_files()[CJK], characters, CJK)))


def bars(scores: Scores, width: float) -> Drawing:
    """Return the calibrated probabilities as bars with names and percentages, the likeliest on top; points."""
    ranked = scores.ranked()
    step, left, right = 15.5, 58.0, 40.0
    full = width - left - right
    height = step * len(ranked)
    drawing = Drawing(width, height)
    for share in (0, 0.5, 1):
        at = left + share * full
        drawing.add(Line(at, 0, at, height, strokeColor=LINE, strokeWidth=0.5))
    for row, (emotion, probability) in enumerate(ranked):
        bottom = height - step * (row + 1)
        bar = Rect(left, bottom + 3, max(0.6, probability * full), step - 5.5)
        bar.fillColor, bar.strokeColor, bar.strokeWidth = HexColor(colour_of(emotion)), INK, 0.4
        drawing.add(bar)
        face = BOLD if row == 0 else SANS
        drawing.add(_text(left - 5, bottom + 5, emotion, face, "end"))
        drawing.add(_text(left + probability * full + 5, bottom + 5, percent(probability), face, "start"))
    return drawing


def frame(canvas: Canvas, page: int, pages: int, when: str, mark: str) -> None:
    """Draw what every page has: the header with the time, the footer with number and mark of the file."""
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 11)
    canvas.drawString(MARGIN, HEIGHT - 15 * mm, "Speech emotion report")
    canvas.setFont(SANS, 8)
    canvas.setFillColor(MUTED)
    canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 15 * mm, when)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.7)
    canvas.line(MARGIN, HEIGHT - 18 * mm, WIDTH - MARGIN, HEIGHT - 18 * mm)
    canvas.line(MARGIN, 13 * mm, WIDTH - MARGIN, 13 * mm)
    canvas.setFont(SANS, 7)
    canvas.drawString(MARGIN, 9 * mm, mark)
    canvas.drawRightString(WIDTH - MARGIN, 9 * mm, f"Page {page} of {pages}")


def _text(x: float, y: float, text: str, face: str, anchor: str) -> String:
    return String(x, y, text, fontName=face, fontSize=8, fillColor=INK, textAnchor=anchor)
