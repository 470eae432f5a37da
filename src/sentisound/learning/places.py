"""Places: where the learning wing finds what it needs, and how many processes it may run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are and how many processes may run."""

    corpora: Path
    """Folder that holds the corpora, one folder each by its name."""
    cache: Path | None
    """Folder of the feature cache; None for none."""
    jobs: int
    teacher: Path | None = None
    """File of a pre-trained encoder, for recipes that learn from one."""
