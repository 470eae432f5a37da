"""Mutated uploads: whatever is sent, the server answers (``benchmarks/fuzz.py`` sends more)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from sentisound.service import Analyzer
from sentisound.settings import Settings

UPLOADS = 100
BENCH = Path(__file__).resolve().parents[2] / "benchmarks" / "fuzz.py"


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz", BENCH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_upload_breaks_the_server(serving, fuzz, tmp_path: Path):
    folders = {"data_dir": tmp_path, "cache_dir": tmp_path / "cache"}
    with serving(Analyzer(Settings(model="default")), history=True, **folders) as client:
        found = fuzz.answers(client, UPLOADS, seed=1)
        assert client.get("/healthz").status_code == 200
    assert sum(found.values()) == UPLOADS
    assert max(found) < 500
    assert found[200] > 0
    assert found[415] > 0
