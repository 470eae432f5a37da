"""A small TrueType font with the few characters that a report needs of a large font.

ReportLab embeds TrueType outlines (quadratic curves); Noto Sans CJK has PostScript ones (cubic), for 65,000 characters.
So the outlines of the characters at hand are drawn again as quadratic curves, within a thousandth of the letter's
size, in a font of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

MAX_ERROR_EM = 0.001


def truetype(path: Path, characters: Collection[str], name: str) -> BytesIO:
    """Return a TrueType font file with those characters of a font; ones that it does not have are left out.

    Parameters
    ----------
    path
        An OpenType font with outlines of any kind.
    characters
        Single characters.
    name
        What the new font calls itself.
    """
    from fontTools.fontBuilder import FontBuilder

    with _font(path) as font:
        wanted = {ord(c): glyph for c in sorted(characters) if (glyph := font.getBestCmap().get(ord(c)))}
        order = list(dict.fromkeys([".notdef", *wanted.values()]))
        glyphs = font.getGlyphSet()
        builder = FontBuilder(font["head"].unitsPerEm, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap(wanted)
        outlines = {glyph: _quadratic(glyphs[glyph], font["head"].unitsPerEm) for glyph in order}
        builder.setupGlyf(outlines)
        builder.setupHorizontalMetrics({glyph: font["hmtx"][glyph] for glyph in order})
        builder.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
        builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name.replace(" ", "")})
        builder.setupOS2(sTypoAscender=font["hhea"].ascent, sTypoDescender=font["hhea"].descent)
        builder.setupPost()
        builder.updateHead(created=0, modified=0)  # the same characters give the same file
        builder.font.recalcTimestamp = False
    out = BytesIO()
    builder.save(out)
    out.seek(0)
    return out


def _quadratic(glyph: Any, units_per_em: int) -> Any:
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    glyph.draw(Cu2QuPen(pen, MAX_ERROR_EM * units_per_em, reverse_direction=True))
    return pen.glyph()


@contextmanager
def _font(path: Path) -> Iterator[TTFont]:
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True, fontNumber=0) as font:
        yield font
