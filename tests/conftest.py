"""What every test stands on: no test touches what is the user's, and real corpora are found or skipped over."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tiny import linear_graph, write_tiny_bundle

pytest_plugins = ["databases"]

DETECTOR = ("SENTISOUND_VAD", "energy")
"""For fixtures of a module too: most sounds here are made up, and no network takes them for speech."""
os.environ.update([DETECTOR])

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpora"


@pytest.fixture(autouse=True)
def private_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the user's folders to a temporary one and forget the user's settings."""
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))
    for name in [name for name in os.environ if name.startswith("SENTISOUND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(*DETECTOR)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Folder with the real corpora; the test is skipped where there is none."""
    root = Path(os.environ.get("SENTISOUND_CORPORA", BESIDE))
    if not root.is_dir():
        pytest.skip("the speech corpora are not here: set SENTISOUND_CORPORA to their folder")
    return root


@pytest.fixture
def tiny_bundle(tmp_path: Path) -> Path:
    """Folder of a small valid bundle: one linear layer with known weights over the mean MFCC."""
    return write_tiny_bundle(tmp_path / "tiny")


@pytest.fixture
def linear() -> Callable[[np.ndarray, np.ndarray], bytes]:
    """Return the maker of ONNX graphs ``features @ weights + bias``."""
    return linear_graph
