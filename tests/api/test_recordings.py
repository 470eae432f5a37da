"""Recordings: base64 as browsers, mail libraries and people write it, and names that differ."""

from __future__ import annotations

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, strategies as st

from sentisound.api.recordings import RecordingNames, from_base64, sound_in
from sentisound.errors import AudioTooLarge, BadRequest

NOON = datetime(2024, 1, 15, 12, 0, 0, tzinfo=UTC)


@given(st.binary(max_size=300))
def test_every_sound_survives_every_way_to_write_it(sound: bytes) -> None:
    bare = base64.b64encode(sound).decode()
    assert from_base64(bare) == sound
    assert from_base64(bare.rstrip("=")) == sound
    assert from_base64(base64.urlsafe_b64encode(sound).decode().rstrip("=")) == sound
    assert from_base64(f"data:audio/wav;base64,{bare}") == sound
    assert from_base64(f"  DATA:audio/webm;codecs=opus;BASE64, {base64.encodebytes(sound).decode()}\r\n") == sound


@pytest.mark.parametrize("text", ["!!!!", "UklGR", "data:audio/wav,UklG", "data:audio/wav;base64", "Ukl=GR==", "Üklg"])
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="audio"):
        from_base64(text)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body"),
        (b"{", "the body"),
        (b"[]", "the body"),
        (b"null", "the body"),
        (b"{}", "audio: Field required"),
        (b'{"audio": null}', "audio: "),
        (b'{"audio": 7}', "audio: "),
        (b'{"audio": ["UklG"]}', "audio: "),
        (b'{"audio": "not base64!"}', "not valid base64"),
        (b'\xff\xfe{"audio": "UklG"}', "the body"),
    ],
)
def test_a_body_of_another_form_is_told_the_form(client: httpx.Client, body: bytes, said: str) -> None:
    answer = client.post("/record", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert 'send JSON: {"audio": "data:audio/wav;base64,..."}' in answer.json()["error"]


def test_a_message_does_not_repeat_the_sound(client: httpx.Client) -> None:
    answer = client.post("/record", json={"audio": ["x" * 50_000]})
    assert len(answer.text) < 300


def test_the_cap_counts_decoded_bytes() -> None:
    def body(size: int) -> io.BytesIO:
        return io.BytesIO(b'{"audio": "' + base64.b64encode(b"x" * size) + b'"}')

    assert len(sound_in(body(1000), 1000)) == 1000
    with pytest.raises(AudioTooLarge):
        sound_in(body(1001), 1000)


def test_a_sound_at_the_cap_fits_with_its_line_breaks(client: httpx.Client) -> None:
    text = base64.encodebytes(b"x" * 200_000).decode().replace("\n", "\r\n")
    assert client.post("/record", json={"audio": f"data:audio/wav;base64,{text}"}).status_code == 200
    over = base64.b64encode(b"x" * 200_001).decode()
    answer = client.post("/record", json={"audio": over})
    assert (answer.status_code, answer.json()["error"][:23]) == (413, "the sound is larger tha")


def test_names_of_one_second_count_up_and_start_again_in_the_next() -> None:
    names = RecordingNames()
    assert [names.next(NOON) for _ in range(3)] == [
        "recording_20240115_120000.wav",
        "recording_20240115_120000_2.wav",
        "recording_20240115_120000_3.wav",
    ]
    assert names.next(NOON + timedelta(seconds=1)) == "recording_20240115_120001.wav"


def test_threads_do_not_share_a_name() -> None:
    names = RecordingNames()
    with ThreadPoolExecutor(8) as pool:
        given_names = list(pool.map(lambda _: names.next(NOON), range(400)))
    assert len(set(given_names)) == 400


@given(st.binary(min_size=3000, max_size=200_000), st.sampled_from(["", "data:audio/wav;base64,"]), st.booleans())
def test_a_long_recording_is_read_in_pieces(sound: bytes, head: str, escapes: bool) -> None:
    text = base64.encodebytes(sound).decode() if escapes else base64.b64encode(sound).decode()
    body = json.dumps({"audio": head + text, "more": '\\ " é'})
    body = body.replace("/", "\\/").replace("QQ", "Q\\u0051") if escapes and not head else body
    assert sound_in(io.BytesIO(body.encode()), len(sound)) == sound
    with pytest.raises(AudioTooLarge):
        sound_in(io.BytesIO(body.encode()), len(sound) - 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"audio":[' + b"[]," * 10_000 + b"[]]}", "beside the sound"),
        (b'{"a":"' + b"A" * 5000 + b'","audio":"' + b"A" * 5000 + b'"}', "more than one long string"),
        (b'{"a":"' + b"A" * 5000 + b'","audio":"AAAA"}', "beside 'audio'"),
        (b'{"audio":"' + b"A" * 5000 + b"\\u00zz" + b"A" * 5000 + b'"}', "escape"),
        (b'{"audio":"' + b"A" * 5000, "the body"),
        (b'{"audio":"' + b"A" * 5000 + b"\\", "the body"),
        (b'{"audio":"' + b"AA==" * 5000 + b'"}', "base64"),
        (b'{"audio":"' + b"\xff" * 5000 + b'"}', "the body"),
        (b'"' * 200_000, "the body"),
    ],
)
def test_a_long_body_of_another_form_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        sound_in(io.BytesIO(body), 1_000_000)
