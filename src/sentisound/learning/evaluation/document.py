"""A report's parts, and the two forms in which they are written: Markdown, and one HTML file that needs no other."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th, td { border: 1px solid #c8c8c8; padding: .25rem .6rem; text-align: right }
th:first-child, td:first-child { text-align: left }
th { background: #f2f2f2 }
img { max-width: 100%; height: auto }
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A title of level 1, 2 or 3."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column names the rows."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with the words that stand for it."""

    file: str
    """Its name beside the Markdown."""
    png: bytes
    words: str


Block = Heading | Paragraph | Table | Picture


def markdown(blocks: Sequence[Block]) -> str:
    """Return Markdown; pictures are linked by their file names."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def html(blocks: Sequence[Block], title: str) -> str:
    """Return one HTML document with its style and its pictures inside."""
    body = "\n".join(_html(block) for block in blocks)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {text}"
        case Paragraph(text):
            return text
        case Table(header, rows):
            rule = ["---"] + ["--:"] * (len(header) - 1)
            return "\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in (header, rule, *rows))
        case Picture(file, _, words):
            return f"![{words}]({file})"


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def _html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Table(header, rows):
            lines = "\n".join(_row("td", row) for row in rows)
            return f"<table><thead>{_row('th', header)}</thead>\n<tbody>\n{lines}\n</tbody></table>"
        case Picture(_, png, words):
            data = base64.b64encode(png).decode()
            return f'<img alt="{escape(words)}" src="data:image/png;base64,{data}">'


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
