"""What the texts and numbers of a card may be: the card may come from anybody, and is shown in terminals and pages."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import Field

LONGEST_TEXT = 5_000
LARGEST = 2**53
"""Whole numbers up to here are exact in every reader of JSON."""

_PLAIN = r"[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]"
"""No character that controls a terminal, breaks a line or turns the direction of writing."""

ModelName = Annotated[str, Field(pattern=r"^\w[\w .+()-]{0,99}$")]
"""Begins with a letter or digit, so that no path but a name can be made of it."""
Version = Annotated[str, Field(pattern=r"^\w[\w.+-]{0,49}$")]
Line = Annotated[str, Field(pattern=rf"^{_PLAIN}{{0,300}}$")]
Text = Annotated[str, Field(pattern=rf"^{_PLAIN}{{0,{LONGEST_TEXT}}}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}([T ][0-9:.]{1,20}(Z|[+-][0-9:]{2,6})?)?$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]

Number = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Key = Annotated[str, Field(pattern=r"^\w{1,64}$")]
Scalar = float | Number | Line | bool | None
Parameter = Scalar | list[Scalar] | list[list[Scalar]]

_TEXT = re.compile(f"{_PLAIN}{{0,{LONGEST_TEXT}}}")


_CONTROL = re.compile(_PLAIN.replace("[^", "[", 1))


def plain(text: str) -> str:
    """Return a text from elsewhere as a card can hold it: without control characters, and of its length."""
    return _CONTROL.sub("_", text)[:LONGEST_TEXT]


def wrong_value(document: Any) -> str | None:
    """Return what is wrong with the first value, wherever in a document, that no card may have; None for none.

    Texts and keys are plain and short, numbers finite and exact.
    """
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple):
            pending += value
        elif isinstance(value, str) and not _TEXT.fullmatch(value):
            return f"a text has control characters or more than {LONGEST_TEXT} characters"
        elif isinstance(value, float) and not math.isfinite(value):
            return "a number is not finite"
        elif isinstance(value, int) and abs(value) > LARGEST:
            return f"a whole number is beyond {LARGEST}"
    return None
