"""Files of reports: how they are named, and how they are written whole or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path


def slug(protocol: str) -> str:
    """Return a protocol's name as a file's name."""
    return re.sub(r"[^\w+.]+", "-", protocol)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place and move it there, so that a kill leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    draft.replace(path)
