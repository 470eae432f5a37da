"""A fake engine whose sound files say in words what is heard in them, and two ways to run the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from sentisound.cli import main
from sentisound.errors import NoSpeech, SettingsError, UndecodableAudio
from sentisound.results import Analysis, Quality, Scores, Segment

LABELS = ("neutral", "happy", "sad", "angry")

Run = Callable[..., Result]


def scores(emotion: str, confidence: float) -> Scores:
    """Return scores with ``confidence`` for one label and the rest shared by the others."""
    rest = (1 - confidence) / (len(LABELS) - 1)
    return Scores(LABELS, tuple(confidence if label == emotion else rest for label in LABELS))


class FakeAnalyzer:
    """Hears what is written in the file: ``happy 0.7``, ``sad 0.3`` (not sure), ``bad``, ``silent``, ``bug`` ..."""

    card = SimpleNamespace(labels=list(LABELS))

    def analyze(self, source, *, name, progress):
        words = (source.read() if hasattr(source, "read") else Path(source).read_bytes()).decode().split()
        match words[0]:
            case "bad":
                raise UndecodableAudio("it starts with 'bad'")
            case "silent":
                raise NoSpeech("the sound is silent from start to end")
            case "bug":
                raise ZeroDivisionError("division by zero")
            case "settings":
                raise SettingsError("SENTISOUND_VAD: there is no detector 'x'")
            case "interrupt":
                raise KeyboardInterrupt
        progress(0.5 if "long" in words else 1.0)
        return self.heard(words[0], float(words[1]), name, tuple(words[2:]))

    def heard(self, emotion: str, confidence: float, name: str, warnings: tuple[str, ...] = ()) -> Analysis:
        found = scores(emotion, confidence)
        return Analysis(
            model="fake@1.0.0",
            file=Path(name).name,
            duration_s=3.25,
            scores=found,
            segments=(Segment(0.5, 1.5, found), Segment(61.25, 62.5, scores("sad", 0.55))),
            quality=Quality(-20.0, 24.0, 0.0, 0.0, 8000.0, 0.8, warnings),
            reason="low_confidence" if confidence < 0.4 else None,
        )


@pytest.fixture
def fake() -> FakeAnalyzer:
    """Return the fake engine itself."""
    return FakeAnalyzer()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list:
    """Put the fake engine in the real one's place; return the list of the settings it was opened with."""
    seen: list = []

    def open_fake(settings):
        seen.append(settings)
        return FakeAnalyzer()

    monkeypatch.setattr("sentisound.cli.analyze.open_analyzer", open_fake)
    return seen


@pytest.fixture
def run() -> Run:
    """Run a command within this process: no terminal, output kept apart from errors."""

    def run(*arguments: str | Path, **options) -> Result:
        result = CliRunner().invoke(main, [str(one) for one in arguments], prog_name="sentisound", **options)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def sounds(tmp_path: Path) -> Callable[..., Path]:
    """Write files that hold the words given; return their folder."""

    def write(**contents: str) -> Path:
        folder = tmp_path / "sounds"
        folder.mkdir(exist_ok=True)
        for name, content in contents.items():
            (folder / f"{name}.wav").write_text(content)
        return folder

    return write


FAKE_MAIN = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("fakes", {conftest!r})
fakes = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fakes)
import sentisound.cli.analyze as analyze
analyze.open_analyzer = lambda settings: fakes.FakeAnalyzer()
fakes.main(prog_name="sentisound")
"""


@pytest.fixture
def fake_program() -> list[str]:
    """Return the command line as a program of its own, with the fake engine; arguments go after it."""
    return [sys.executable, "-c", FAKE_MAIN.format(conftest=__file__)]


@pytest.fixture
def program() -> Callable[..., subprocess.CompletedProcess]:
    """Run the real program, as a shell does."""

    def program(*arguments: str | Path, env: dict[str, str] | None = None, **options) -> subprocess.CompletedProcess:
        command: Sequence[str] = [sys.executable, "-m", "sentisound", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, timeout=60, check=False, env=os.environ | (env or {}), **options
        )

    return program
