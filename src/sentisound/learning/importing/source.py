"""Where a checkpoint is: a folder, or a repository of the Hugging Face Hub; of it no more than is read is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import huggingface_hub

from sentisound.errors import CheckpointInvalid
from sentisound.learning.importing.documents import CONFIG_FILE, PREPROCESSOR_FILE, README_FILE

PREFIX = "hf:"
WEIGHTS_FILE = "model.safetensors"
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")

NO_SAFETENSORS = (
    f"there is no {WEIGHTS_FILE}. Pickled weights (pytorch_model.bin) can run code when they are read, so they are "
    "not. If you trust them, convert them with transformers: `AutoModelForAudioClassification.from_pretrained(OLD)"
    ".save_pretrained(NEW, max_shard_size='50GB')` writes one file of safetensors"
)


class Source(Protocol):
    """A place that holds one checkpoint."""

    @property
    def name(self) -> str:
        """The checkpoint's own name, without a path."""

    @property
    def origin(self) -> str:
        """Where the checkpoint comes from, for its card."""

    def documents(self) -> Path:
        """Return the folder that holds its JSON documents and README."""

    def weights(self) -> Path:
        """Return the file with its weights; CheckpointInvalid where they are not safetensors."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A checkpoint on this machine."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @property
    def origin(self) -> str:
        """The folder's name: its path is nobody else's business."""
        return f"the folder {self.name}"

    def documents(self) -> Path:
        """Return the folder."""
        return self.path

    def weights(self) -> Path:
        """Return the file with its weights."""
        if not (self.path / WEIGHTS_FILE).is_file():
            raise CheckpointInvalid(NO_SAFETENSORS)
        return self.path / WEIGHTS_FILE


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of the Hub at one commit."""

    repository: str
    commit: str

    @property
    def name(self) -> str:
        """The repository's name without its owner."""
        return self.repository.partition("/")[2]

    @property
    def origin(self) -> str:
        """The repository and its commit."""
        return f"{PREFIX}{self.repository} at {self.commit}"

    def documents(self) -> Path:
        """Fetch the documents only."""
        return self._fetched(CONFIG_FILE, PREPROCESSOR_FILE, README_FILE)

    def weights(self) -> Path:
        """Fetch the weights."""
        path = self._fetched(WEIGHTS_FILE) / WEIGHTS_FILE
        if not path.is_file():
            raise CheckpointInvalid(NO_SAFETENSORS)
        return path

    def _fetched(self, *names: str) -> Path:
        with _told(self.repository):
            return Path(
                huggingface_hub.snapshot_download(self.repository, revision=self.commit, allow_patterns=list(names))
            )


def source(place: str) -> Source:
    """Return the checkpoint at ``hf:FOLDER`` or ``hf:OWNER/NAME``; a folder goes first.

    Raises
    ------
    CheckpointInvalid
        When it is neither, or the Hub has no such repository for this user.
    """
    if not place.startswith(PREFIX):
        raise CheckpointInvalid(f"say where the checkpoint is: {PREFIX}FOLDER or {PREFIX}OWNER/NAME, not {place!r}")
    named = place.removeprefix(PREFIX)
    folder = Path(named).expanduser()
    if named and folder.is_dir():
        return Folder(folder)
    if not REPOSITORY.fullmatch(named):
        raise CheckpointInvalid(f"there is no folder {named!r}, and OWNER/NAME of the Hugging Face Hub it is not")
    with _told(named):
        return Repository(named, str(huggingface_hub.HfApi().model_info(named).sha))


@contextmanager
def _told(repository: str) -> Iterator[None]:
    """Turn what goes wrong on the way into our error: the exceptions of the Hub and the network share no base."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        reason = str(error).strip().partition("\n")[0][:300]
        raise CheckpointInvalid(f"{repository} could not be fetched from the Hugging Face Hub: {reason!r}") from None
