"""Reports in two forms: the same parts, nothing lost, nothing let through."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from sentisound.learning.evaluation.document import Heading, Paragraph, Picture, Table, html, markdown
from sentisound.learning.evaluation.picture import confusion_picture

BLOCKS = (
    Heading(2, "Results"),
    Paragraph("Five < six & more."),
    Table(("class", "recall %"), [("happy", "50.0"), ("a|b", "7.1")]),
    Picture("c.png", b"\x89PNG bytes", "Confusions"),
)


def test_markdown_has_a_table_that_a_bar_cannot_break():
    text = markdown(BLOCKS)
    assert "## Results\n\nFive < six & more.\n\n| class | recall % |\n| --- | --: |\n| happy | 50.0 |\n" in text
    assert r"| a\|b | 7.1 |" in text
    assert "![Confusions](c.png)" in text


def test_html_escapes_what_it_is_told():
    page = html([Paragraph("<script>alert(1)</script>"), Table(("<b>",), [('"x"',)])], "<title>")
    assert "<script>" not in page
    assert "<b>" not in page
    assert page.count("<title>") == 1


def test_html_holds_its_pictures():
    page = html(BLOCKS, "Report")
    assert f'alt="Confusions" src="data:image/png;base64,{base64.b64encode(BLOCKS[3].png).decode()}"' in page
    assert page.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in page


@pytest.mark.parametrize("classes", [2, 9])
def test_a_confusion_picture_is_a_png_also_of_classes_that_never_occur(classes: int):
    counts = np.eye(classes, dtype=np.int64) * 5
    counts[-1] = 0
    names = [f"emotion {n}" for n in range(classes)]
    png = confusion_picture(counts, names, "a protocol, speaker-independent")
    assert png.startswith(b"\x89PNG")
    assert png == confusion_picture(counts, names, "a protocol, speaker-independent")


def test_the_picture_shows_shares_of_rows():
    even = confusion_picture(np.array([[1, 1], [1, 1]]), ["a", "b"], "")
    assert even == confusion_picture(np.array([[5, 5], [70, 70]]), ["a", "b"], "")
    assert even != confusion_picture(np.array([[1, 0], [1, 1]]), ["a", "b"], "")
