"""``sentisound analyze --report --chart``: files beside the answer, and clear words where there can be none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import soundfile

from sentisound.testing import speech_like


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.wav"
    soundfile.write(path, speech_like(2.0, 16_000, np.random.default_rng(0)), 16_000)
    return path


def test_both_files_are_written_and_the_answer_is_still_shown(run, clip: Path, tiny_bundle: Path, tmp_path: Path):
    pdf, svg = tmp_path / "out.pdf", tmp_path / "out.SVG"
    result = run("analyze", clip, "--model", tiny_bundle, "--report", pdf, "--chart", svg, "--json")
    assert result.exit_code == 0
    assert '"file"' in result.stdout
    assert b"<svg" in svg.read_bytes()
    with pypdfium2.PdfDocument(pdf) as document:
        assert "clip.wav" in document[0].get_textpage().get_text_bounded()


def test_a_png_is_a_png(run, clip: Path, tiny_bundle: Path, tmp_path: Path):
    run("analyze", clip, "--model", tiny_bundle, "--chart", tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_they_are_for_one_sound(run, clip: Path, opened, tmp_path: Path):
    result = run("analyze", clip, clip, "--report", tmp_path / "x.pdf")
    assert result.exit_code == 2
    assert "for one sound; these are 2" in result.stderr
    assert not opened


def test_another_suffix_is_refused_before_anything_is_done(run, clip: Path, opened, tmp_path: Path):
    result = run("analyze", clip, "--chart", tmp_path / "x.gif")
    assert result.exit_code == 2
    assert ".png or .svg" in result.stderr
    assert not opened


def test_a_sound_that_cannot_be_analysed_gives_no_file(run, tiny_bundle: Path, tmp_path: Path):
    (tmp_path / "bad.wav").write_text("no sound")
    result = run("analyze", tmp_path / "bad.wav", "--model", tiny_bundle, "--report", tmp_path / "x.pdf")
    assert result.exit_code == 1
    assert not (tmp_path / "x.pdf").exists()


def test_a_file_that_cannot_be_written_is_said(run, clip: Path, tiny_bundle: Path, tmp_path: Path):
    result = run("analyze", clip, "--model", tiny_bundle, "--chart", tmp_path / "nowhere" / "x.png")
    assert result.exit_code == 2
    assert "cannot be written: No such file" in result.stderr


def test_without_the_extra_it_says_what_to_install(run, clip: Path, monkeypatch, tmp_path: Path):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = run("analyze", clip, "--report", tmp_path / "x.pdf")
    assert result.exit_code == 2
    assert "'.[reports]'" in result.stderr
