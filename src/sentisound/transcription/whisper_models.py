"""Whisper's models: a folder, or a name whose files are downloaded once into the cache."""

from __future__ import annotations

import io
import logging
import os
import re
from pathlib import Path
from typing import Any

from sentisound.engine_errors import EngineMissing, EngineUnavailable
from sentisound.transcription.transcriber import Fetched

log = logging.getLogger(__name__)

WEIGHTS = "model.bin"
FILES = ["config.json", "preprocessor_config.json", WEIGHTS, "tokenizer.json", "vocabulary.*"]
LOG_STEPS = 10
"""So many times a log tells of a download."""
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def find(model: str, cache_dir: Path, fetched: Fetched, hub: str | None = None) -> Path:
    """Return the folder of a model; only one that is not here is asked for over the network.

    Parameters
    ----------
    model : str
        A folder with ``model.bin``, a name such as ``base``, or ``owner/repository`` on the Hugging Face Hub.
    cache_dir : Path
        Where downloads are kept; one that was cut short goes on where it stopped.
    fetched : callable
        Is told how many bytes of how many are here.
    hub : str, optional
        Address of another hub.

    Raises
    ------
    EngineMissing
        When there is no such model.
    EngineUnavailable
        When it cannot be downloaded now.
    """
    if Path(model).is_dir():
        if not (Path(model) / WEIGHTS).is_file():
            raise EngineMissing(f"there is no {WEIGHTS} in the folder {Path(model).name!r}: no model of faster-whisper")
        return Path(model)
    repository = _repository(model)
    os.environ.setdefault("HF_XET_CACHE", str(cache_dir / "xet"))  # where the hub's transfers keep their log
    return _cached(repository, cache_dir) or _downloaded(repository, cache_dir, fetched, hub)


def logged(model: str) -> Fetched:
    """Return what tells a log of a download, now and then."""
    told = 0

    def fetched(done: int, total: int) -> None:
        nonlocal told
        if total and LOG_STEPS * done // total > told:
            told = LOG_STEPS * done // total
            log.warning("whisper's model %s: %.0f of %.0f MB downloaded", model, done / 1e6, total / 1e6)

    return fetched


def _repository(model: str) -> str:
    from faster_whisper.utils import _MODELS  # what `available_models` lists, with where each is

    if model in _MODELS:
        return str(_MODELS[model])
    if _REPOSITORY.fullmatch(model):
        return model
    raise EngineMissing(f"there is no whisper model {model!r}; there are {', '.join(_MODELS)}, or give a folder")


def _cached(repository: str, cache_dir: Path) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = snapshot_download(repository, cache_dir=cache_dir, allow_patterns=FILES, local_files_only=True)
    except (LocalEntryNotFoundError, OSError):
        return None
    return Path(folder) if (Path(folder) / WEIGHTS).is_file() else None


def _downloaded(repository: str, cache_dir: Path, fetched: Fetched, hub: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        folder = snapshot_download(
            repository, cache_dir=cache_dir, allow_patterns=FILES, endpoint=hub, tqdm_class=_bar(fetched)
        )
    except RepositoryNotFoundError:
        raise EngineMissing(f"there is no whisper model at {repository} on the hub") from None
    except (OSError, RuntimeError, ValueError) as error:  # no network, no space, a transfer that was cut
        reason = getattr(error, "strerror", None) or type(error).__name__  # the whole of it names paths and addresses
        raise EngineUnavailable(
            f"whisper's model {repository} cannot be downloaded ({reason}); the next try goes on from there, "
            "or set SENTISOUND_WHISPER_MODEL to a folder"
        ) from None
    return Path(folder)


def _bar(fetched: Fetched) -> Any:
    """Return a class of progress bars that show nothing and tell how many bytes are here."""
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # no thread that looks after bars nobody sees

        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **{**options, "file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            if self.unit == "B" and self.total:
                fetched(int(self.n), int(self.total))
            return shown

    return Bar
