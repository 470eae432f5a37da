"""Failures: one shape, the right status, no word of how it looks inside."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from sentisound import errors
from sentisound.api.app import create_app
from sentisound.settings import Settings


@pytest.fixture
def failing(fake) -> FastAPI:
    """Return the application with routes that fail in every way."""
    app = create_app(Settings.load(), fake())

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret inside")

    @app.get("/damaged")
    def damaged() -> None:
        raise errors.BundleDamaged("/home/somebody/model.onnx is damaged")

    @app.get("/number")
    def number(n: int) -> int:
        return n

    @app.get("/teapot")
    def teapot() -> None:
        raise HTTPException(418, "short and stout", headers={"X-Handle": "here"})

    @app.get("/half")
    def half() -> StreamingResponse:
        def body() -> Iterator[bytes]:
            yield b"x" * 100
            raise RuntimeError("secret inside")

        return StreamingResponse(body())

    return app


@pytest.fixture
def ask(failing: FastAPI):
    """Ask the application in-process; the middleware is within, uvicorn is not."""

    async def get(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(failing, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    import anyio

    return lambda path: anyio.run(get, path)


@pytest.mark.parametrize(
    "error",
    [
        errors.EmptyAudio,
        errors.UndecodableAudio,
        errors.MissingCodec,
        errors.AudioTooLarge,
        errors.AudioTooLong,
        errors.AudioTooShort,
        errors.NoSpeech,
    ],
)
def test_what_is_wrong_with_a_sound_is_said_with_its_status(serving, fake, error: type[errors.AudioError]) -> None:
    def work(_: bytes) -> None:
        raise error("the reason, in words")

    with serving(fake(work=work)) as client:
        answer = client.post("/predict", files={"file": ("clip.wav", b"RIFF")})
    assert answer.status_code == error.status
    assert error.status in {400, 413, 415, 422}
    assert answer.json() == {"error": "the reason, in words"}


def test_an_unknown_address_is_404_in_the_same_shape(client: httpx.Client) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.json()) == (404, {"error": "there is nothing at this address"})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/predict", "POST"), ("DELETE", "/health", "GET"), ("POST", "/", "GET")],
)
def test_another_method_is_405_and_names_the_right_one(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == set(allowed.split(" or "))
    assert answer.json() == {"error": f"{method} is not possible here; use {allowed}"}


def test_a_bug_is_logged_with_the_requests_identity_and_not_told(ask, caplog: pytest.LogCaptureFixture) -> None:
    answer = ask("/bug")
    assert answer.status_code == 500
    assert answer.json() == {"error": "the server failed at this; its log tells more"}
    assert "secret" not in answer.text
    assert answer.headers["X-Request-ID"] in caplog.text
    assert "RuntimeError: secret inside" in caplog.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"  # a failure keeps the headers of security


def test_a_failure_of_the_servers_own_keeps_paths_to_itself(ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    answer = ask("/damaged")
    assert (answer.status_code, answer.json()) == (500, {"error": "The model is not what was published"})
    assert "/home/somebody" in caplog.text


def test_a_wrong_parameter_is_named(ask) -> None:
    answer = ask("/number?n=three")
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("query.n: Input should be a valid integer")


def test_what_a_route_refuses_keeps_its_words_and_headers(ask) -> None:
    answer = ask("/teapot")
    assert (answer.status_code, answer.json()) == (418, {"error": "short and stout"})
    assert answer.headers["X-Handle"] == "here"


def test_half_an_answer_is_not_followed_by_another(ask) -> None:
    answer = ask("/half")
    assert answer.status_code == 200
    assert b"error" not in answer.content


def test_the_engines_bug_is_500_over_the_wire_too(serving, fake, caplog: pytest.LogCaptureFixture) -> None:
    def work(_: bytes) -> None:
        raise ZeroDivisionError("deep inside")

    with serving(fake(work=work)) as client:
        answer = client.post("/predict", files={"file": ("clip.wav", b"RIFF")})
        assert client.get("/health").status_code == 200
    assert answer.status_code == 500
    assert "deep inside" not in answer.text
    assert "deep inside" in caplog.text
