"""What is made of an analysis: pictures, reports, timelines, and the sound, while there is one and later."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pypdfium2
import pytest

from sentisound.insight.charts import CHARTS
from sentisound.service import Analyzer
from sentisound.settings import Settings

OF_SOUND = {"analysis", "waveform", "spectrogram", "mfcc"}


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(Settings(model="default"))


@pytest.fixture(scope="module")
def served(serving, analyzer: Analyzer, tmp_path_factory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("artefacts")
    with serving(analyzer, history=True, data_dir=folder / "data", cache_dir=folder / "cache") as client:
        yield client


def place(client: httpx.Client, wav: bytes, name: str = "clip.wav") -> str:
    return f"/v1/analyses/{client.post('/v1/analyses', files={'file': (name, wav)}).json()['id']}"


@pytest.mark.parametrize("kind", CHARTS)
def test_every_picture_as_png_and_svg(served: httpx.Client, wav: bytes, kind: str):
    at = place(served, wav)
    png = served.get(f"{at}/chart.png", params={"kind": kind})
    assert png.headers["Content-Type"] == "image/png"
    assert png.content.startswith(b"\x89PNG")
    svg = served.get(f"{at}/chart.svg", params={"kind": kind, "theme": "dark"})
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in svg.content
    assert served.get(f"{at}/chart.png", params={"kind": kind}).content == png.content


def test_an_unknown_picture_is_refused(served: httpx.Client, wav: bytes):
    assert served.get(f"{place(served, wav)}/chart.png", params={"kind": "hologram"}).status_code == 422


def test_the_report_is_named_after_the_file(served: httpx.Client, wav: bytes):
    at = place(served, wav, "G\u00e4ste.wav")
    answer = served.get(f"{at}/report.pdf")
    assert len(pypdfium2.PdfDocument(answer.content)) == 2
    assert "filename*=UTF-8''G%C3%A4ste_report.pdf" in answer.headers["Content-Disposition"]


def test_timelines(served: httpx.Client, wav: bytes):
    at = place(served, wav)
    body = served.get(at).json()
    rows = list(csv.DictReader(io.StringIO(served.get(f"{at}/export.csv").text)))
    assert len(rows) == len(body["segments"]) > 0
    first, said = rows[0], body["segments"][0]
    assert (float(first["start"]), first["emotion"]) == (said["start"], said["emotion"])
    assert {label: float(first[label]) for label in body["scores"]} == said["scores"]
    srt = served.get(f"{at}/export.srt").text
    assert re.match(r"1\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\n[a-z]+ \d+%\n", srt)
    vtt = served.get(f"{at}/export.vtt").text
    assert re.match(r"WEBVTT\n\n00:00:0\d\.\d{3} --> 00:00:0\d\.\d{3}\n[a-z]+ \d+%\n", vtt)


def test_without_the_sound_there_is_what_needs_none(serving, analyzer: Analyzer, wav: bytes, tmp_path: Path):
    settings = {"history": True, "data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache"}
    with serving(analyzer, **settings) as client:
        at = place(client, wav)
    with serving(analyzer, **settings) as client:  # the copy went with the server before
        for kind in CHARTS:
            status = client.get(f"{at}/chart.png", params={"kind": kind}).status_code
            assert status == (404 if kind in OF_SOUND else 200), kind
        report = pypdfium2.PdfDocument(client.get(f"{at}/report.pdf").content)
        assert "recording was not kept" in report[1].get_textpage().get_text_range().replace("\r\n", " ")
        assert client.get(f"{at}/audio").status_code == 404


def test_with_the_sound_kept_everything_can_be_had_later(serving, analyzer: Analyzer, wav: bytes, tmp_path: Path):
    settings = {"history": True, "data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache", "store_audio": True}
    with serving(analyzer, **settings) as client:
        at = place(client, wav)
    for further in ({}, {"picture_minutes": 0}):
        with serving(analyzer, **settings, **further) as client:
            assert client.get(f"{at}/chart.png", params={"kind": "spectrogram"}).status_code == 200
            audio = client.get(f"{at}/audio", headers={"Range": "bytes=0-3"})
            assert (audio.status_code, audio.content) == (206, b"RIFF")
            assert audio.headers["Content-Type"] == "audio/wav"


def test_an_analysis_of_a_model_that_is_gone_has_its_pictures(serving, fake, analyzer, wav: bytes, tmp_path: Path):
    with serving(fake(), history=True, data_dir=tmp_path, store_audio=True) as client:
        at = place(client, wav)
    with serving(analyzer, history=True, data_dir=tmp_path) as client:
        assert client.get(f"{at}/chart.png").status_code == 200
        report = pypdfium2.PdfDocument(client.get(f"{at}/report.pdf").content)
        assert "fake@1.0.0 is no longer" in report[1].get_textpage().get_text_range().replace("\r\n", " ")


@pytest.mark.parametrize("path", ["report.pdf", "chart.png", "chart.svg", "audio", "export.csv", "export.json"])
@pytest.mark.parametrize("identity", ["an_none", "..%2f..%2fetc", "%00"])
def test_of_nothing_nothing_can_be_had(served: httpx.Client, path: str, identity: str):
    assert served.get(f"/v1/analyses/{identity}/{path}").status_code == 404


def test_an_imported_row_is_listed_and_has_no_pictures(serving, fake, tmp_path: Path):
    from sentisound.history.exchange import import_csv
    from sentisound.history.store import History

    rows = ["timestamp,filename,predicted_emotion,confidence,top_3_probabilities\r\n"]
    rows.append('2024-01-15 14:30:25,a.wav,happy,0.85,"{""happy"": 0.85}"\r\n')
    with History.open(Settings.load(data_dir=tmp_path)) as history:
        import_csv(history, rows)
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        (one,) = client.get("/v1/analyses").json()["analyses"]
        assert (one["emotion"], one["model"]) == ("happy", None)
        assert client.get(f"/v1/analyses/{one['id']}").status_code == 200
        assert client.get(f"/v1/analyses/{one['id']}/chart.png").status_code == 404
