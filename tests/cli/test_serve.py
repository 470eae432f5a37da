"""`sentisound serve`: options become settings, and what is missing is said before anything starts."""

from __future__ import annotations

import sys
from contextlib import nullcontext

import pytest

from sentisound.settings import Settings


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Put a server in the real one's place that only remembers what it was given."""
    seen: list[Settings] = []
    monkeypatch.setattr("sentisound.api.server.serve", lambda settings, workers: seen.append(settings))  # noqa: ARG005
    monkeypatch.setattr("sentisound.api.workforce.workforce", lambda _: nullcontext())
    return seen


def test_options_become_settings(served: list[Settings], run):
    binding = ["--host", "10.0.0.7", "--port", "0", "--allow-anonymous"]
    assert run("serve", *binding, "--model", "french", "--max-upload-mb", "2.5").exit_code == 0
    (settings,) = served
    assert (settings.host, settings.port, settings.model) == ("10.0.0.7", 0, "french")
    assert (settings.max_upload_mb, settings.allow_anonymous) == (2.5, True)


def test_without_options_the_environment_counts(served: list[Settings], run):
    run("serve", env={"SENTISOUND_PORT": "8080", "SENTISOUND_ALLOW_ANONYMOUS": "1"})
    (settings,) = served
    assert (settings.host, settings.port, settings.allow_anonymous) == ("127.0.0.1", 8080, True)


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--port", "http"], ["--max-upload-mb", "0"], ["extra"]])
def test_wrong_usage_is_exit_2_and_nothing_is_served(arguments: list[str], served: list[Settings], run):
    assert run("serve", *arguments).exit_code == 2
    assert served == []


@pytest.mark.parametrize(
    "name", ["fastapi", "uvicorn", "python_multipart", "sqlalchemy", "alembic", "argon2", "jwt", "prometheus_client"]
)
def test_a_missing_extra_says_what_to_install(name: str, run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, name, None)
    result = run("serve")
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: An optional part is not installed: the server needs {name}: pip install '.[serve]' in a clone\n"
    )
