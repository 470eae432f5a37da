"""Cursors: where the next page of a list starts, as a text that means nothing to a client.

A page goes on after the last entry that was shown, not after a number of them, so that what is added meanwhile shifts
nothing: no entry comes twice, and none that was there is left out.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from sentisound.errors import BadCursor
from sentisound.history.entry import Entry, to_us

_FORM = re.compile(r"(-?\d{1,18}):([A-Za-z0-9_]{1,64})")


class Mark(NamedTuple):
    """The last entry that was shown; the next page starts below it."""

    created_us: int
    id: str


def mark_of(entry: Entry) -> Mark:
    """Return the mark of an entry."""
    return Mark(to_us(entry.created), entry.id)


def written(mark: Mark) -> str:
    """Return a cursor."""
    return base64.urlsafe_b64encode(f"{mark.created_us}:{mark.id}".encode()).decode().rstrip("=")


def read(cursor: str) -> Mark:
    """Return the mark in a cursor.

    Raises
    ------
    BadCursor
        When it is not one of ours.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise _bad() from None
    form = _FORM.fullmatch(text)
    if form is None:
        raise _bad()
    return Mark(int(form[1]), form[2])


def _bad() -> BadCursor:
    return BadCursor("take the cursor from the page before, or begin without one")
