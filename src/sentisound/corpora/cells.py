"""The cells of a table of clips: what stands for nothing, and what sexes, languages and times are written as."""

from __future__ import annotations

import re

_MISSING = frozenset({"", "-", "?", "na", "n/a", "<na>", "nan", "nat", "none", "null", "unknown", "#n/a"})
_SEXES = {"f": "female", "female": "female", "w": "female", "m": "male", "male": "male"}
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(?P<d>\d+) days?,? *)?(?:\+?(?P<h>\d+):)?(?P<m>\d+):(?P<s>\d+(?:[.,]\d+)?)", re.IGNORECASE)
_DAYS = re.compile(r"(?P<d>\d+) days?", re.IGNORECASE)
_SECONDS = re.compile(r"\d+(?:[.,]\d*)?(?:e-?\d+)?|[.,]\d+", re.IGNORECASE)
_UNITS_S = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}


def told(cell: str) -> str:
    """Return what a cell says; empty for the many ways to write that nothing is known, as pandas' ``nan``."""
    return "" if cell.strip().lower() in _MISSING else cell.strip()


def sex(cell: str) -> str | None:
    """Return ``female`` or ``male``, empty where nothing is told, and None for what is neither."""
    return _SEXES.get(told(cell).lower()) if told(cell) else ""


def language(cell: str) -> str | None:
    """Return the ISO 639 code of a language (of ``en-GB``: ``en``), empty where none is told, None for what is none."""
    if not told(cell):
        return ""
    match = _LANGUAGE.fullmatch(told(cell))
    return match[1].lower() if match else None


def time_s(cell: str) -> float | None:
    """Return a time in seconds; None where none is told.

    Taken are seconds (``1.2``, ``1,2``), a clock's hours, minutes and seconds (``00:16:16,059``), and what pandas and
    audformat write (``0 days 00:00:01.200000``).

    Raises
    ------
    ValueError
        When it is no time.
    """
    text = told(cell)
    if not text:
        return None
    if _SECONDS.fullmatch(text):
        return float(text.replace(",", "."))
    match = _CLOCK.fullmatch(text) or _DAYS.fullmatch(text)
    if match is None:
        raise ValueError(f"{cell!r} is no time: write seconds, as 1.2, or 00:00:01.2")
    return sum(_UNITS_S[unit] * float(value.replace(",", ".")) for unit, value in match.groupdict().items() if value)
