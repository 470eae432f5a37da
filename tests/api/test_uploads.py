"""Uploads: hostile names, wrong forms, and sizes that nobody wants in memory."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Iterator
from http.client import HTTPResponse
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
from starlette.requests import Request

from sentisound.api.uploads import ENVELOPE_BYTES, Upload, capped, uploaded
from sentisound.errors import AudioTooLarge, BadRequest, UndecodableAudio
from sentisound.settings import Settings

BOUNDARY = "cut-here"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def multipart(content: bytes, disposition: bytes = b'form-data; name="file"; filename="clip.wav"') -> bytes:
    """Return a body of one part, byte for byte as a hostile client may write it."""
    return b"--cut-here\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n--cut-here--\r\n"


def request(chunks: list[bytes], headers: dict[str, str], max_upload_mb: float = 0.01) -> tuple[Request, list[int]]:
    """Return a request whose body comes in these chunks, and a list that grows by one for each chunk taken."""
    taken: list[int] = []

    async def receive() -> dict[str, Any]:
        taken.append(1)
        return {"type": "http.request", "body": chunks[len(taken) - 1], "more_body": len(taken) < len(chunks)}

    app = SimpleNamespace(state=SimpleNamespace(settings=Settings.load(max_upload_mb=max_upload_mb)))
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "app": app, "headers": raw}, receive), taken


async def first_of(uploads: AsyncIterator[Upload]) -> Upload:
    return await anext(uploads)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../x.wav", "x.wav"),
        ("C:\\Users\\me\\clip.wav", "clip.wav"),
        ("/etc/passwd", "passwd"),
        ("..", "audio"),
        ("", "audio"),
        ("añb 日本語.wav", "añb 日本語.wav"),
        ("a\tb\x7f.wav", "a_b_.wav"),
        ("evil\u202egpj.wav", "evil_gpj.wav"),
        ("<img src=x onerror=alert(1)>.wav", "<img src=x onerror=alert(1)>.wav"),
    ],
)
def test_a_name_is_never_a_path(client: httpx.Client, sent: str, shown: str) -> None:
    body = multipart(b"RIFF", f'form-data; name="file"; filename="{sent}"'.replace("\\", "\\\\").encode())
    assert client.post("/predict", content=body, headers=FORM).json()["audio_file"] == shown


def test_a_long_name_keeps_its_end(client: httpx.Client) -> None:
    body = multipart(b"RIFF", b'form-data; name="file"; filename="' + b"x" * 2000 + b'.wav"')
    name = client.post("/predict", content=body, headers=FORM).json()["audio_file"]
    assert len(name) == 400
    assert name.endswith("x.wav")


def test_a_line_break_in_a_name_breaks_no_header(client: httpx.Client) -> None:
    escaped = client.post("/predict", files={"file": ("a\r\nX-Evil: 1\r\n.wav", b"RIFF")})
    assert escaped.status_code == 200
    assert "X-Evil" not in escaped.headers
    assert "\n" not in escaped.json()["audio_file"]
    raw = multipart(b"RIFF", b'form-data; name="file"; filename="a\nb.wav"')
    assert client.post("/predict", content=raw, headers=FORM).status_code in {200, 400}


def test_a_name_that_is_not_utf8_is_shown_all_the_same(client: httpx.Client) -> None:
    body = multipart(b"RIFF", b'form-data; name="file"; filename="caf\xe9.wav"')
    assert client.post("/predict", content=body, headers=FORM).json()["audio_file"] == "café.wav"


@pytest.mark.parametrize(
    ("disposition", "shown"),
    [
        ("filename*=utf-8''%D1%84%D0%B0%D0%B9%D0%BB.wav", "файл.wav"),
        ("filename*=UTF-8'ru'%D1%84.wav", "ф.wav"),
        ("filename*=\"utf-8''%D1%84.wav\"", "ф.wav"),
        ("filename*=iso-8859-1''caf%E9.wav", "café.wav"),
        ("filename=\"f.wav\"; filename*=utf-8''%D1%84.wav", "ф.wav"),
        ("filename*=utf-8''..%2F%22a%5C.wav", ".wav"),
        ("filename*=utf-8''%22%3B%20x%0D%0A.wav", '"; x__.wav'),
        ("filename*=utf-8''%FF.wav", "\ufffd.wav"),
        ("filename*=punycode''%FF.wav", "audio"),
        ("filename*=utf-8", "audio"),
    ],
)
def test_a_name_in_the_extended_form_is_read(client: httpx.Client, disposition: str, shown: str) -> None:
    body = multipart(b"RIFF", f'form-data; name="file"; {disposition}\r\nContent-Type: audio/wav'.encode())
    assert client.post("/predict", content=body, headers=FORM).json()["audio_file"] == shown


def test_a_sound_without_a_name_is_a_sound(client: httpx.Client) -> None:
    body = multipart(b"RIFF", b'form-data; name="file"\r\nContent-Type: audio/wav')
    answer = client.post("/predict", content=body, headers=FORM)
    assert (answer.status_code, answer.json()["audio_file"]) == (200, "audio")
    for kind in (b"", b"\r\nContent-Type: text/plain; charset=utf-8"):
        body = multipart(b"RIFF", b'form-data; name="file"' + kind)
        assert "holds text" in client.post("/predict", content=body, headers=FORM).text


def test_messages_call_the_file_by_its_name(serving, fake) -> None:
    def work(_: bytes) -> None:
        raise UndecodableAudio("'notes.wav' is text")

    with serving(fake(work=work)) as client:
        answer = client.post("/predict", files={"file": ("notes.wav", b"Dear all")})
    assert (answer.status_code, answer.json()) == (415, {"error": "'notes.wav' is text"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "curl -F file=@clip.wav"),
        ({"json": {"file": "clip.wav"}}, "curl -F file=@clip.wav"),
        ({"content": b"RIFF", "headers": {"Content-Type": "audio/wav"}}, "curl -F file=@clip.wav"),
        ({"files": {"audio": ("clip.wav", b"RIFF")}}, "there is no field 'file'"),
        ({"files": {"file": (None, "clip.wav")}}, "holds text"),
        ({"content": b"RIFF", "headers": {"Content-Type": "multipart/form-data"}}, "boundary"),
        ({"content": b"", "headers": FORM}, "file"),
        ({"content": b"no boundary at all", "headers": FORM}, "cannot be read"),
        ({"content": multipart(b"RIFF", b"form-data"), "headers": FORM}, "cannot be read"),
        ({"files": [("file", ("a.wav", b"R")), ("file", ("b.wav", b"R"))]}, "Too many files"),
    ],
)
def test_a_request_without_one_file_is_told_how_to_send_it(client: httpx.Client, arguments: dict, said: str) -> None:
    answer = client.post("/predict", **arguments)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert "curl -F file=@clip.wav" in answer.json()["error"]


def test_a_file_at_the_cap_is_taken_and_one_byte_more_is_not(client: httpx.Client) -> None:
    assert client.post("/predict", files={"file": ("a.wav", b"x" * 200_000)}).status_code == 200
    refused = client.post("/predict", files={"file": ("a.wav", b"x" * 200_001)})
    assert refused.status_code == 413
    assert refused.json() == {"error": "the sound is larger than the 0.2 MB that this server takes"}


def test_too_much_is_refused_by_its_announcement(client: httpx.Client) -> None:
    """The answer comes although not one byte of the body was sent."""
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n"
            b"Content-Type: multipart/form-data; boundary=cut-here\r\n\r\n"
        )
        answer = HTTPResponse(connection)
        answer.begin()
        body = answer.read()
        answer.close()
    assert answer.status == 413
    assert "0.2 MB" in json.loads(body)["error"]


@pytest.mark.parametrize("path", ["/predict", "/record"])
def test_too_much_is_refused_while_it_streams(client: httpx.Client, path: str) -> None:
    def stream() -> Iterator[bytes]:
        yield multipart(b"").partition(b"\r\n--cut-here--")[0]
        for _ in range(100):
            yield b"x" * 65_536

    answer = client.post(path, content=stream(), headers=FORM)
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert answer.status_code == 413


def test_the_server_goes_on_after_it_refused(client: httpx.Client, wav: bytes) -> None:
    for _ in range(3):
        client.post("/predict", files={"file": ("a.wav", b"x" * 3_000_000)})
    assert client.post("/predict", files={"file": ("clip.wav", wav)}).status_code == 200


def test_an_announcement_is_enough_to_refuse() -> None:
    asked, taken = request([b"x" * 100], {"Content-Length": "100"})

    async def read() -> None:
        async for _ in capped(asked, 99):
            pass

    with pytest.raises(AudioTooLarge):
        anyio.run(read)
    assert taken == []


def test_reading_stops_at_the_first_chunk_too_many() -> None:
    asked, taken = request([b"x" * 1000] * 1000, {})
    seen = bytearray()

    async def read() -> None:
        async for chunk in capped(asked, 3500):
            seen.extend(chunk)

    with pytest.raises(AudioTooLarge):
        anyio.run(read)
    assert len(seen) == 3000
    assert len(taken) == 4


def test_nonsense_in_content_length_does_not_decide() -> None:
    asked, _ = request([b"abc"], {"Content-Length": "²"})

    async def read() -> bytes:
        return b"".join([chunk async for chunk in capped(asked, 3)])

    assert anyio.run(read) == b"abc"


def test_the_file_is_closed_once_the_request_is_answered() -> None:
    asked, _ = request([multipart(b"RIFF")], FORM)

    async def use() -> Upload:
        uploads = uploaded(asked)
        upload = await first_of(uploads)
        assert upload.read() == b"RIFF"
        await uploads.aclose()
        return upload

    assert anyio.run(use).file.closed


def test_the_file_is_closed_when_the_route_fails() -> None:
    asked, _ = request([multipart(b"RIFF")], FORM)

    async def use() -> Upload:
        uploads = uploaded(asked)
        upload = await first_of(uploads)
        with pytest.raises(UndecodableAudio):
            await uploads.athrow(UndecodableAudio("no sound"))
        return upload

    assert anyio.run(use).file.closed


def test_a_file_that_is_too_large_by_itself_is_closed() -> None:
    """Within the envelope, but over the cap: only the parsed file tells."""
    content = b"x" * (10_000 + ENVELOPE_BYTES // 2)
    asked, _ = request([multipart(content)], FORM)
    with pytest.raises(AudioTooLarge, match=r"0\.01 MB"):
        anyio.run(first_of, uploaded(asked))


def test_a_client_that_leaves_halfway_is_no_failure_of_ours(client: httpx.Client, caplog: Any) -> None:
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
            b"Content-Type: multipart/form-data; boundary=cut-here\r\n\r\n" + multipart(b"RIFF")[:50]
        )
    assert client.get("/health").status_code == 200
    assert caplog.records == []


def test_many_small_fields_are_refused(client: httpx.Client) -> None:
    fields = {f"field{number}": "x" for number in range(40)}
    answer = client.post("/predict", files={"file": ("a.wav", b"RIFF")}, data=fields)
    assert answer.status_code == 400
    assert "Too many fields" in answer.json()["error"]


def test_text_in_place_of_a_form_raises_before_it_is_read() -> None:
    asked, taken = request([b"x"], {"Content-Type": "text/plain"})
    with pytest.raises(BadRequest):
        anyio.run(first_of, uploaded(asked))
    assert taken == []


@pytest.mark.parametrize("charset", ["punycode", "utf-16", "nothing"])
def test_a_form_is_utf8_whatever_it_names(client: httpx.Client, charset: str) -> None:
    headers = {"Content-Type": f"{FORM['Content-Type']}; charset={charset}"}
    body = multipart(b"RIFF", 'form-data; name="file"; filename="añb-kva.wav"'.encode())
    assert client.post("/predict", content=body, headers=headers).json()["audio_file"] == "añb-kva.wav"


def test_two_files_are_refused_where_options_may_be_a_file_too(client: httpx.Client) -> None:
    answer = client.post("/v1/analyses", files=[("file", ("a.wav", b"R")), ("file", ("b.wav", b"R"))])
    assert answer.status_code == 400
    assert "more than once" in answer.json()["detail"]
