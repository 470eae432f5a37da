"""Temporary files: where there is no room for them, and where there is no folder."""

from __future__ import annotations

import base64
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from sentisound.api.temporary import choose_folder
from sentisound.settings import Settings

PLACES = ["/predict", "/v1/analyses", "/record", "/upload", "/process_audio"]


@pytest.fixture
def full() -> Any:
    """Let no file of this process grow beyond 64 kB, as a full disk does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def sent(client: Any, path: str, sound: bytes, headers: dict[str, str]) -> Any:
    if path == "/record":
        return client.post(path, json={"audio": base64.b64encode(sound).decode()}, headers=headers)
    return client.post(path, files={"file": ("a.wav", sound)}, headers=headers)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k1"}])
@pytest.mark.usefixtures("full")
def test_a_full_folder_is_507(serving, fake, path: str, headers: dict[str, str], caplog: Any) -> None:
    with serving(fake()) as client:
        answer = sent(client, path, b"x" * 3_000_000, headers)
        assert answer.status_code == 507
        assert "room" in answer.text
        assert sent(client, path, b"x" * 1000, headers={}).status_code == 200
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("path", PLACES)
def test_without_a_folder_small_uploads_are_taken_and_large_ones_refused(
    serving, fake, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    with serving(fake()) as client:
        monkeypatch.setattr(tempfile, "gettempdir", none)
        monkeypatch.setattr(tempfile, "tempdir", None)
        monkeypatch.setattr(tempfile, "_get_default_tempdir", none)
        assert sent(client, path, b"x" * 1000, {}).status_code == 200
        assert sent(client, path, b"x" * 3_000_000, {}).status_code == 507


def test_the_folder_of_the_system_is_taken_where_there_is_one(tmp_path: Path) -> None:
    assert choose_folder(Settings.load(data_dir=tmp_path)) == tempfile.gettempdir()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_writable", [True, False])
def test_without_one_the_data_folder_has_it(tmp_path: Path, is_writable: bool) -> None:
    """In a process of its own, whose every folder for temporary files is taken from it."""
    data = tmp_path / "data"
    if not is_writable:
        data.write_text("a file where the folder should be")
    code = (
        "import os, tempfile\n"
        "tempfile._candidate_tempdir_list = lambda: ['/nowhere']\n"
        "from sentisound.api.temporary import choose_folder\n"
        "from sentisound.settings import Settings\n"
        f"print(choose_folder(Settings.load(data_dir={str(data)!r})), os.environ.get('TMPDIR'))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    folder = str(data / "temporary")
    assert said.stdout.split() == ([folder, folder] if is_writable else ["None", "None"])
    assert ("uploads above 1 MB are refused" in said.stderr) is not is_writable
