"""Reports over a real socket: by the name of the file, the last one of that name, in any alphabet."""

from __future__ import annotations

from urllib.parse import quote, unquote

import httpx
import pypdfium2
import pytest

from sentisound.api.downloads import download


@pytest.fixture(autouse=True)
def coarse_pictures(monkeypatch):
    monkeypatch.setattr("sentisound.insight.pages.PICTURE_DPI", 60)


def analysed(client: httpx.Client, wav: bytes, name: str) -> dict:
    return client.post("/predict", files={"file": (name, wav)}).json()


def test_the_name_in_the_answer_leads_to_the_report(client: httpx.Client, wav: bytes):
    name = analysed(client, wav, "my talk.wav")["audio_file"]
    answer = client.get(f"/download-report/{quote(name)}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert 'filename="my talk_report.pdf"' in answer.headers["Content-Disposition"]
    with pypdfium2.PdfDocument(answer.content) as document:
        assert len(document) == 2
        assert "my talk.wav" in document[0].get_textpage().get_text_bounded()


def test_the_report_has_the_hash_of_the_upload(client: httpx.Client, wav: bytes):
    from hashlib import sha256

    analysed(client, wav, "hashed.wav")
    with pypdfium2.PdfDocument(client.get("/download-report/hashed.wav").content) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert sha256(wav).hexdigest() in "".join(text.split())


def test_the_name_of_the_picture_leads_to_the_report_of_just_that_analysis(client: httpx.Client, wav: bytes):
    first = analysed(client, wav, "twice.wav")["visualization"]
    analysed(client, wav + b"\0\0", "twice.wav")
    by_picture = client.get("/download-report/" + first.removeprefix("visualizations/"))
    by_name = client.get("/download-report/twice.wav")
    assert by_picture.status_code == by_name.status_code == 200
    assert by_picture.content != by_name.content


@pytest.mark.parametrize("name", ["<script>alert(1)<b>.wav", "x" * 300 + ".wav", "تسجيل.wav", "录音 1.wav"])
def test_any_name_has_its_report(client: httpx.Client, wav: bytes, name: str):
    shown = analysed(client, wav, name)["audio_file"]
    answer = client.get(f"/download-report/{quote(shown, safe='')}")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("name", ["never.wav", "..%2f..%2fetc%2fpasswd", "0" * 32, "%00", ""])
def test_what_is_not_there_is_not_found(client: httpx.Client, name: str):
    answer = client.get(f"/download-report/{name}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


def test_monitors_may_ask_with_head(client: httpx.Client, wav: bytes):
    analysed(client, wav, "head.wav")
    answer = client.head("/download-report/head.wav")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("name", ['a"b.wav', "a\r\nX-Evil: 1.wav", "录音.wav", "x;y=z.wav", "a\\b.wav"])
def test_the_download_has_a_name_that_no_header_breaks_on(name: str):
    header = download(name, "_report.pdf")["Content-Disposition"]
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert unquote(header.split("UTF-8''")[1]).endswith("_report.pdf")
