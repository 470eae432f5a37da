"""The PDF: two pages that one would hand to a client, and a third where words were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from io import BytesIO
from threading import Lock
from typing import Any

from sentisound.insight.exhibit import Exhibit
from sentisound.insight.fonts import drawable
from sentisound.insight.script import characters_of
from sentisound.insight.words import verdict

_ONE_AT_A_TIME = Lock()
"""ReportLab knows fonts by name, for all reports; the one for Chinese holds this report's characters only."""


def report(exhibit: Exhibit) -> bytes:
    """Write the report of an analysis; the same exhibit gives the same bytes.

    Parameters
    ----------
    exhibit
        What the report is about.

    Returns
    -------
    bytes
        A PDF of two pages of A4, of three where words were asked for.

    Raises
    ------
    MissingExtra
        When ReportLab or matplotlib is not installed.
    """
    from sentisound.insight import pages, spoken
    from sentisound.insight.paper import styles, use_cjk

    styles()
    pictures = pages.pictures_of(exhibit)  # half of the work, and it needs no lock
    with _ONE_AT_A_TIME:
        if wide := characters_of(f"{exhibit.analysis.file} {spoken.letters(exhibit.analysis)}"):
            use_cjk(wide)
        stories = [pages.findings(exhibit, pictures), pages.evidence(exhibit, pictures)]
        if spoken.has_words(exhibit.analysis):
            stories.append(spoken.words_page(exhibit.analysis))
        return _written(exhibit, stories)


def _written(exhibit: Exhibit, stories: Sequence[list[Any]]) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    from sentisound.insight.paper import frame

    out = BytesIO()
    canvas = Canvas(out, pagesize=_a4(), invariant=1, pageCompression=1, lang="en")
    _describe(canvas, exhibit)
    when = exhibit.analysis.created.strftime("%Y-%m-%d %H:%M UTC")
    mark = f"SentiSound {version('sentisound')}, analysis {exhibit.analysis.id}"
    for page, story in enumerate(stories, 1):
        frame(canvas, page, len(stories), when, mark)
        _set(canvas, story)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _set(canvas: Any, story: list[Any]) -> None:
    """Draw a page's story; what is too long for the page is made smaller, not cut."""
    from reportlab.platypus import KeepInFrame

    from sentisound.insight.paper import BOTTOM, HEIGHT, INNER, MARGIN, TOP

    body = KeepInFrame(INNER, HEIGHT - TOP - BOTTOM, story, mode="shrink")
    _, height = body.wrapOn(canvas, INNER, HEIGHT - TOP - BOTTOM)
    body.drawOn(canvas, MARGIN, HEIGHT - TOP - height)


def _describe(canvas: Any, exhibit: Exhibit) -> None:
    canvas.setTitle(f"Speech emotion report: {drawable(exhibit.analysis.file)}")
    canvas.setAuthor("SentiSound")
    canvas.setCreator(f"SentiSound {version('sentisound')}")
    canvas.setSubject(verdict(exhibit.analysis).heading)
    canvas.setKeywords(["speech emotion recognition", exhibit.analysis.model])


def _a4() -> tuple[float, float]:
    from reportlab.lib.pagesizes import A4

    width, height = A4
    return width, height
