"""Places: where the learning wing finds what it needs, and how many processes it may run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sentisound.corpora.manifest import Reading
from sentisound.errors import BadManifest


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
    manifest: Path | None = None
    """A table of one's own clips, which take the place of all corpora."""
    base: Path | None = None
    """Folder of a bundle whose weights networks start from."""
    reading: Reading | None = None
    """How the table is to be read."""

    @property
    def table(self) -> Path:
        """The table of one's own clips, where there is one.

        Raises
        ------
        BadManifest
            When there is none.
        """
        if self.manifest is None:
            raise BadManifest("there is no table of clips: name one")
        return self.manifest
