"""The text of a table, in whatever encoding it was saved.

A byte-order mark or valid UTF-8 leaves no doubt. What is left are the code pages of Windows, of Macs and of East Asia,
which bytes alone do not tell apart: charset-normalizer ranks them by how likely their letters are, and the caller, who
knows which file names the table should lead to, chooses.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from sentisound.errors import BadManifest

ENCODINGS = {
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "cp1258": "Windows-1258",
    "gb18030": "GB18030",
    "cp950": "Big5",
    "big5hkscs": "Big5-HKSCS",
    "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR",
    "cp874": "Windows-874",
    "koi8_r": "KOI8-R",
    "cp866": "DOS 866",
    "mac_roman": "Mac Roman",
    "latin_1": "ISO 8859-1",
}
"""Encodings of tables that do not say theirs: Python's names, and those that people know; the likelier first."""

SAMPLE_BYTES = 1 << 16
"""So much of the lines beyond ASCII is ranked."""

_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # starts as UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
)
_WORKBOOKS = ((b"PK\x03\x04", "an Excel or OpenDocument workbook"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"))


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a table."""

    text: str
    encoding: str
    """As people call it."""
    guessed: bool
    """Whether the bytes would also be text in another encoding."""


def read_bytes(path: Path) -> bytes:
    """Return a table's bytes.

    Raises
    ------
    BadManifest
        When it cannot be read, or is a workbook.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadManifest(f"{str(path)!r} cannot be read: {error.strerror or type(error).__name__}") from None
    for magic, words in _WORKBOOKS:
        if content.startswith(magic):
            raise BadManifest(f"{path.name} is {words}: save it as CSV (UTF-8)")
    return content


def decoded_as(content: bytes, encoding: str, name: str) -> Decoded:
    """Return the text in an encoding that somebody named.

    Raises
    ------
    BadManifest
        When there is no such encoding, or the table is not text in it.
    """
    try:
        text = content.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise BadManifest(
            f"there is no encoding {encoding!r}; tables have utf-8, utf-16, {', '.join(ENCODINGS)}"
        ) from None
    except UnicodeError as error:
        place = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise BadManifest(f"{name} is not text in {encoding}{place}: leave --encoding out, or name another") from None
    return Decoded(text, encoding, guessed=False)


def decodings(content: bytes, name: str) -> Iterator[Decoded]:
    """Yield the texts that a table's bytes may be, the likeliest first; only one where there is no doubt.

    Raises
    ------
    BadManifest
        When a byte-order mark names an encoding in which it is not text.
    """
    if (sure := _marked(content, name) or _as_unicode(content)) is not None:
        yield sure
        return
    told: set[str] = set()
    for encoding in _ranked(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text not in told:
            told.add(text)
            yield Decoded(text, ENCODINGS[encoding], guessed=True)


def _marked(content: bytes, name: str) -> Decoded | None:
    for mark, encoding, called in _MARKED:
        if content.startswith(mark):
            try:
                return Decoded(content.decode(encoding), called, guessed=False)
            except UnicodeDecodeError:
                raise BadManifest(f"{name} starts with the mark of {called} and is not text in it") from None
    return None


def _as_unicode(content: bytes) -> Decoded | None:
    """Return UTF-8, or UTF-16 without its mark, which the zero bytes of an ASCII header give away."""
    encoding, called = "utf-8", "UTF-8"
    if content[1:8:2] == b"\0" * 4 or content[:8:2] == b"\0" * 4:
        encoding, called = ("utf-16-le" if content[0] else "utf-16-be"), "UTF-16"
    try:
        return Decoded(content.decode(encoding), called, guessed=False)
    except UnicodeDecodeError:
        return None


def _ranked(content: bytes) -> list[str]:
    """Return the names of encodings, the likeliest first; those that the ranking leaves out come last."""
    beyond = [line for line in content.splitlines(keepends=True) if not line.isascii()]
    matches = from_bytes(b"".join(beyond)[:SAMPLE_BYTES], cp_isolation=list(ENCODINGS))
    order = list(ENCODINGS)
    likely = [
        name
        for match in matches
        for name in sorted(set(match.could_be_from_charset) & set(order), key=order.index)  # alike on these bytes
    ]
    return list(dict.fromkeys([*likely, *order]))
