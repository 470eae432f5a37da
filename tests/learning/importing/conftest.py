"""Every checkpoint made and imported once, and copies of them with something changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from checkpoints import VARIANTS, save_checkpoint, silent
from sentisound.bundle import Bundle
from sentisound.learning.importing.importer import ImportOptions, import_checkpoint

Changed = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def one_thread_in_torch() -> None:
    """Keep torch to one thread: the networks are tiny."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of all checkpoints, by name."""
    root = tmp_path_factory.mktemp("checkpoints")
    for name in VARIANTS:
        save_checkpoint(root / name, name)
    return root


@pytest.fixture(scope="session")
def imported(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Bundle]:
    """Return the importer of a checkpoint by name; each is imported once."""
    root, done = tmp_path_factory.mktemp("bundles"), {}

    def run(name: str) -> Bundle:
        if name not in done:
            done[name] = import_checkpoint(f"hf:{checkpoints / name}", root / name, ImportOptions(), silent)
        return done[name]

    return run


@pytest.fixture
def changed(checkpoints: Path, tmp_path: Path) -> Changed:
    """Return the maker of a copy of a checkpoint with entries of one of its JSON documents changed (None removes)."""

    def change(document: str = "config.json", name: str = "wav2vec2", **entries) -> Path:
        folder = tmp_path / "checkpoint"
        folder.mkdir(exist_ok=True)
        for path in (checkpoints / name).iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        stated = json.loads((folder / document).read_text()) | entries
        (folder / document).write_text(json.dumps({key: value for key, value in stated.items() if value is not None}))
        return folder

    return change
