"""``sentisound corpora audit``: the table, the verdict, the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from sentisound.cli import exit_code, main
from sentisound.errors import LeakFound
from sentisound.testing import speech_like

RATE_HZ = 16_000


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of ten clips, of which the last is a copy of the first, louder and of another label."""
    rows = ["path,label,speaker"]
    for seed in range(10):
        samples = speech_like(1.0, RATE_HZ, np.random.default_rng(seed % 9), f0_hz=100 + 20 * (seed % 9))
        soundfile.write(tmp_path / f"{seed}.wav", samples * (1 if seed < 9 else 0.3), RATE_HZ)
        rows.append(f"{seed}.wav,{'happy' if seed < 9 else 'sad'},{seed}")
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def audited(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["corpora", "audit", "--jobs", "1", *map(str, arguments)])


def test_a_table_without_a_protocol_is_searched_for_copies(table: Path):
    result = audited("--manifest", table)
    assert result.exit_code == 0
    assert "label conflict: 1" in result.stdout
    assert "near duplicate: 1" in result.stdout
    assert "there is no split that could leak" in result.stdout


def test_a_leak_makes_the_exit_code_1_and_is_named(table: Path):
    result = audited("--manifest", table, "--protocol", "random5")
    assert result.exit_code == 1
    assert "leak: 1 pair of copies on both sides" in result.stdout
    assert "marked speaker-dependent" in result.stdout


def test_json_is_one_object_on_standard_output(table: Path):
    document = json.loads(audited("--manifest", table, "--protocol", "random5", "--json").stdout)
    assert document["protocols"] == ["random5"]
    assert document["clean"] is False
    assert document["findings"][0]["splits"][0].startswith("random5/")


def test_without_audio_nothing_is_decoded(table: Path):
    for path in table.parent.glob("*.wav"):
        path.write_bytes(b"")
    result = audited("--manifest", table, "--no-audio")
    assert result.exit_code == 0
    assert "sound not compared" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [(), ("--corpora", "nowhere"), ("--protocol", "none/such", "--corpora", "."), ("--manifest", "nowhere.csv")],
)
def test_wrong_usage_makes_the_exit_code_2(arguments: tuple[str, ...]):
    result = audited(*arguments)
    assert result.exit_code == 2
    assert "error:" in result.stderr


@pytest.mark.corpora
def test_a_clean_protocol_makes_the_exit_code_0(corpora: Path):
    result = audited("--corpora", corpora, "--protocol", "emodb/loso")
    assert result.exit_code == 0
    assert "clean: no speaker and no recording is on both sides of any of 10 splits" in result.stdout
    assert "sentences are on both sides" in result.stdout


@pytest.mark.corpora
def test_a_random_split_leaks_speakers(corpora: Path):
    result = audited("--corpora", corpora, "--protocol", "tess/emobox", "--no-audio")
    assert result.exit_code == 1
    assert "leak: 2 speakers on both sides; the protocol is marked speaker-dependent" in result.stdout


def test_a_leak_that_refuses_a_training_is_a_failure_and_no_wrong_usage():
    assert exit_code(LeakFound("a speaker is on both sides")) == 1
