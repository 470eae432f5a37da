"""The root of every error that SentiSound raises on purpose."""

from __future__ import annotations

from typing import ClassVar


class SentiSoundError(Exception):
    """Root of the tree: catch this to catch everything that SentiSound raises on purpose."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "SentiSound could not do this"
