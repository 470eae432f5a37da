"""Pictures over a real socket: at the address that the answer names, made once, for a while, and never a path."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import httpx
import pytest

from sentisound.api.gallery import Gallery, place_of
from sentisound.identity.owner import Owner
from sentisound.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n"


def analysed(client: httpx.Client, wav: bytes, name: str = "clip.wav") -> dict:
    return client.post("/predict", files={"file": (name, wav)}).json()


def test_the_address_in_the_answer_serves_the_picture(client: httpx.Client, wav: bytes):
    answer = client.get("/" + analysed(client, wav)["visualization"])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(PNG)


def test_a_recording_has_a_picture_too(client: httpx.Client):
    place = client.post("/record", json={"audio": "UklGRg=="}).json()["visualization"]
    assert place.startswith("visualizations/recording_")
    assert client.get("/" + place).content.startswith(PNG)


def test_it_is_made_once(client: httpx.Client, wav: bytes, monkeypatch: pytest.MonkeyPatch):
    drawn = []
    monkeypatch.setattr("sentisound.api.gallery.draw", lambda kind, _: drawn.append(kind) or b"picture")
    place = "/" + analysed(client, wav)["visualization"]
    assert [client.get(place).content for _ in range(3)] == [b"picture"] * 3
    assert drawn == ["analysis"]


def test_those_who_ask_at_the_same_time_share_one_drawing(client: httpx.Client, wav: bytes, monkeypatch):
    drawn = []

    def slow(kind: str, _: object) -> bytes:
        drawn.append(kind)
        time.sleep(0.3)
        return b"picture"

    monkeypatch.setattr("sentisound.api.gallery.draw", slow)
    place = "/" + analysed(client, wav)["visualization"]
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(client.get(place).content)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [b"picture"] * 5
    assert drawn == ["analysis"]


def test_drawing_does_not_hold_up_analyses(client: httpx.Client, wav: bytes, monkeypatch):
    hold = threading.Event()
    monkeypatch.setattr("sentisound.api.gallery.draw", lambda *_: hold.wait(5) and b"picture")
    place = "/" + analysed(client, wav)["visualization"]
    waiting = threading.Thread(target=client.get, args=(place,))
    waiting.start()
    try:
        start = time.perf_counter()
        analysed(client, wav)
        assert client.get("/health").status_code == 200
        assert time.perf_counter() - start < 2
    finally:
        hold.set()
        waiting.join()


def test_monitors_may_ask_with_head(client: httpx.Client, wav: bytes):
    place = "/" + analysed(client, wav)["visualization"]
    answer = client.head(place)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(client.get(place).content))


@pytest.mark.parametrize(
    "path",
    ["nothing_analysis.png", "x_" + "0" * 32 + "_analysis.png", "..%2f..%2fetc%2fpasswd", "%00", "a/b/c", "", "%ff"],
)
def test_what_is_not_there_is_not_found(client: httpx.Client, path: str):
    answer = client.get("/visualizations/" + path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>.wav", "x" * 300 + ".wav", "تسجيل.wav", "录音.wav", "a b#?%.wav"]
)
def test_any_name_makes_an_address_that_works(client: httpx.Client, wav: bytes, name: str):
    place = analysed(client, wav, name)["visualization"]
    assert place.isascii()
    assert not set(place) & set("<>\"' #?")
    assert client.get("/" + place).status_code == 200


def test_two_of_one_name_have_pictures_of_their_own(client: httpx.Client, wav: bytes):
    assert analysed(client, wav)["visualization"] != analysed(client, wav)["visualization"]


def test_off_there_is_no_picture_and_nothing_is_kept(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), picture_minutes=0, cache_dir=tmp_path / "cache") as client:
        assert analysed(client, wav)["visualization"] is None
        assert client.get("/download-report/clip.wav").status_code == 404
    assert not (tmp_path / "cache").exists()


def test_after_its_time_the_sound_is_gone_without_anybody_asking(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), picture_minutes=0.005, cache_dir=tmp_path) as client:
        place = analysed(client, wav)["visualization"]
        deadline = time.monotonic() + 8
        while list((tmp_path / "pictures").iterdir()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not list((tmp_path / "pictures").iterdir())
        assert client.get("/" + place).status_code == 404


def test_a_server_that_stops_takes_its_sounds_along(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), cache_dir=tmp_path) as client:
        analysed(client, wav)
        assert len(list((tmp_path / "pictures").iterdir())) == 1
    assert not list((tmp_path / "pictures").iterdir())


def test_a_cache_that_cannot_be_written_costs_nobody_the_answer(serving, fake, wav: bytes, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with serving(fake(), cache_dir=tmp_path / "file") as client:
        answer = analysed(client, wav)
    assert answer["emotion"] == "happy"
    assert answer["visualization"] is None


def test_without_matplotlib_there_are_no_pictures(monkeypatch, tmp_path: Path):
    monkeypatch.setattr("sentisound.api.gallery.find_spec", lambda _: None)
    assert not Gallery(Settings.load(cache_dir=tmp_path)).on


def test_a_drawing_that_fails_is_a_failure_once_and_tried_again(tmp_path: Path, monkeypatch):
    async def ask() -> None:
        gallery = Gallery(Settings.load(cache_dir=tmp_path))
        monkeypatch.setattr(gallery.album, "made", lambda *_: None)
        monkeypatch.setattr(gallery.album, "make", lambda *_: 1 / 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await gallery.picture("x_" + "0" * 32 + "_analysis.png", Owner("key:1", frozenset({"admin"})))

    asyncio.run(ask())


def test_a_place_shows_the_name_and_hides_the_rest():
    assert place_of("uploaded_file.wav", "k" * 32) == f"visualizations/uploaded_file_{'k' * 32}_analysis.png"
    assert len(place_of("x" * 300, "k" * 32)) < 150
