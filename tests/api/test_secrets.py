"""Keys of engines: set in the environment, sent in one header, and found in nothing that SentiSound writes or says."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from chat_server import KEY, UNAUTHORISED, Shape, answering, chat, failure
from sentisound.cli import main
from sentisound.endpoint import Endpoint
from sentisound.errors import SettingsError
from sentisound.service import Analyzer
from sentisound.settings import Settings

PIECE = 8
SAID = {"emotion": "angry", "statements": [{"text": f"Your key is {KEY}.", "segments": [0]}], "uncertainty": KEY}
REFLECTING = (
    UNAUTHORISED,
    failure(404, f"there is no model for {KEY}"),
    failure(400, f"Bearer {KEY}"),
    failure(500, f"{KEY} {KEY[4:]}"),
    Shape(body=f"{KEY}".encode()),
    chat(json.dumps(SAID)),
)


def found_in(text: str) -> list[str]:
    """Return the pieces of the key that a text holds."""
    pieces = (KEY[start : start + PIECE] for start in range(len(KEY) - PIECE + 1))
    return [piece for piece in pieces if piece in text]


@pytest.fixture
def secretive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Set both engines up with the key, at a server that quotes them back; everything is written below ``tmp_path``."""

    def set_up(url: str) -> Settings:
        variables = {
            "LLM_URL": url, "LLM_MODEL": "m", "LLM_KEY": KEY, "INTERPRETER": "llm", "ENGINE_RETRIES": "0",
            "TRANSCRIPTION_URL": url, "TRANSCRIPTION_KEY": KEY, "TRANSCRIBER": "remote",
            "DATA_DIR": str(tmp_path / "data"), "CACHE_DIR": str(tmp_path / "cache"),
        }  # fmt: skip
        for name, value in variables.items():
            monkeypatch.setenv(f"SENTISOUND_{name}", value)
        return Settings.load()

    return set_up


def test_the_search_finds_what_it_looks_for():
    assert found_in(f"x{KEY}y")
    assert found_in(KEY[3:14])
    assert not found_in("nothing of the kind")


@pytest.mark.parametrize("shape", REFLECTING)
def test_no_key_in_answers_history_report_files_and_logs(shape, serving, secretive, wav, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with answering(shape) as engines:
        settings = secretive(engines.url)
        with serving(
            Analyzer(settings), history=True, data_dir=settings.data_dir, cache_dir=settings.cache_dir
        ) as client:
            answer = client.post("/process_audio", files={"file": ("k.wav", wav)}, timeout=60)
            report = client.get("/download-report/k.wav", timeout=60).content
            said = [answer.text, str(answer.headers), client.get("/history").text, client.get("/history.csv").text]
            files = [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    assert answer.status_code == 200
    assert answer.json()["Missing"]
    assert {asked.headers["Authorization"] for asked in engines.asked} == {f"Bearer {KEY}"}
    assert {asked.path for asked in engines.asked} == {"/v1/audio/transcriptions", "/v1/chat/completions"}
    with pypdfium2.PdfDocument(report) as document:
        said += [page.get_textpage().get_text_bounded() for page in document]
    assert len(files) > 3
    assert not [found for text in (*said, *files, caplog.text) if (found := found_in(text))]


@pytest.mark.parametrize("shape", REFLECTING)
def test_no_key_in_what_the_command_line_says(shape, secretive, wav, tmp_path):
    clip = tmp_path / "k.wav"
    clip.write_bytes(wav)
    said = []
    with answering(shape) as engines:
        secretive(engines.url)
        for form in ([], ["--json"], ["--csv"]):
            result = CliRunner().invoke(main, ["analyze", str(clip), "--transcribe", "--interpret", *form])
            assert result.exit_code == 0, result.output
            said.append(result.output + result.stderr)
    assert len(engines.asked) >= 6
    commands = (["settings"], ["settings", "--json"], ["history", "list", "--json"], ["history", "export"])
    said += [CliRunner().invoke(main, command).output for command in commands]
    assert not [found for text in said if (found := found_in(text))]


def test_no_key_in_exports_of_the_history(serving, secretive, wav):
    with answering(chat(json.dumps(SAID))) as engines:
        settings = secretive(engines.url)
        with serving(Analyzer(settings), history=True, data_dir=settings.data_dir) as client:
            client.post("/process_audio", files={"file": ("k.wav", wav)}, timeout=60)
    for form in ("csv", "json"):
        exported = CliRunner().invoke(main, ["history", "export", "--format", form]).output
        assert "k.wav" in exported
        assert not found_in(exported)


@pytest.mark.parametrize("bad", [f"{KEY}\nX-Evil: 1", f"{KEY}é", f"{KEY}\x00"])
def test_a_key_that_no_header_holds_is_refused_without_being_told(bad: str):
    with pytest.raises(SettingsError, match=r"SENTISOUND_LLM_KEY: .*plain characters") as raised:
        Settings.load(llm_key=bad)
    assert not found_in(f"{raised.value!r}{raised.value.__cause__!r}")


def test_a_key_in_a_url_is_refused_without_being_told(monkeypatch: pytest.MonkeyPatch):
    for url in (f"https://user:{KEY}@host/v1", f"https://host/v1?key={KEY}", f"host/{KEY}"):
        monkeypatch.setenv("SENTISOUND_LLM_URL", url)
        with pytest.raises(SettingsError, match="SENTISOUND_LLM_URL") as raised:
            Settings.load()
        assert not found_in(str(raised.value))


def test_blanks_around_a_key_do_not_matter_and_its_object_does_not_show_it():
    settings = Settings.load(llm_key=f" {KEY}\n", transcription_key="")
    assert settings.llm_key.get_secret_value() == KEY
    assert settings.transcription_key is None
    endpoint = Endpoint("x", "http://h", SecretStr(KEY), "S", 1.0, 0)
    assert not found_in(f"{settings!r} {endpoint!r}")
