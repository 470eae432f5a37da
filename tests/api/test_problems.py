"""Problems: every failure under /v1 is RFC 9457's, every other is the originals'."""

from __future__ import annotations

from typing import Annotated

import anyio
import httpx
import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sentisound import errors
from sentisound.api.app import create_app
from sentisound.api.problems import CODES, MEDIA_TYPE, TYPE, is_native
from sentisound.settings import Settings

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}


class Thing(BaseModel):
    name: str
    sizes: list[int]


@pytest.fixture
def failing(fake) -> FastAPI:
    app = create_app(Settings.load(history=False), fake())

    @app.get("/v1/bug")
    def bug() -> None:
        raise RuntimeError("secret inside")

    @app.get("/v1/busy")
    def busy() -> None:
        raise HTTPException(503, "the server is busy", headers={"Retry-After": "2"})

    @app.get("/v1/damaged")
    def damaged() -> None:
        raise errors.BundleDamaged("/home/somebody/model.onnx is damaged")

    @app.get("/v1/silent")
    def silent() -> None:
        raise errors.NoSpeech("the sound is silent from start to end")

    @app.get("/v1/number")
    def number(n: Annotated[int, Query(ge=1)]) -> int:
        return n

    @app.post("/v1/things")
    def things(thing: Thing) -> str:
        return thing.name

    return app


@pytest.fixture
def ask(failing: FastAPI):
    async def request(method: str, path: str, **options) -> httpx.Response:
        transport = httpx.ASGITransport(failing, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **options)

    return lambda method, path, **options: anyio.run(lambda: request(method, path, **options))


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/v1/nothing", {}, 404, "not_found"),
        ("GET", "/v1", {}, 404, "not_found"),
        ("PUT", "/v1/keys", {}, 405, "method_not_allowed"),
        ("GET", "/v1/bug", {}, 500, "internal"),
        ("GET", "/v1/busy", {}, 503, "busy"),
        ("GET", "/v1/damaged", {}, 500, "model_damaged"),
        ("GET", "/v1/silent", {}, 422, "no_speech"),
        ("GET", "/v1/number?n=0", {}, 422, "invalid"),
        ("POST", "/v1/things", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "bad_request"),
        ("POST", "/v1/things", {"json": {"name": 1}}, 422, "invalid"),
        ("POST", "/v1/things", {"json": {}, "headers": {"Origin": "https://evil.example"}}, 403, "foreign_origin"),
        ("GET", "/v1/keys", {"headers": {"Host": "evil.example"}}, 421, "wrong_host"),
        ("GET", "/v1/keys", {"headers": {"Authorization": "Bearer no"}}, 401, "unauthenticated"),
    ],
)
def test_every_failure_of_v1_is_a_problem(ask, method: str, path: str, options: dict, status: int, code: str) -> None:
    answer = ask(method, path, **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    told = answer.json()
    assert set(told) == MEMBERS
    assert (told["status"], told["code"], told["type"]) == (status, code, TYPE + code)
    assert told["instance"] == path.partition("?")[0]
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert told["title"]
    assert told["detail"]
    assert "secret" not in answer.text
    assert "/home/somebody" not in answer.text


def test_everything_that_is_wrong_is_pointed_at(ask) -> None:
    told = ask("POST", "/v1/things", json={"name": 1, "sizes": [1, "x"]}).json()
    assert [error["pointer"] for error in told["errors"]] == ["/body/name", "/body/sizes/1"]
    assert all(error["detail"] for error in told["errors"])
    assert ask("GET", "/v1/number?n=x").json()["errors"][0]["pointer"] == "/query/n"


def test_headers_that_a_failure_calls_for_are_there(ask) -> None:
    assert ask("GET", "/v1/busy").headers["Retry-After"] == "2"
    assert set(ask("PUT", "/v1/keys").headers["Allow"].split(", ")) <= {"GET", "POST"}


@pytest.mark.parametrize(("path", "native"), [("/v1", True), ("/v1/x", True), ("/v10", False), ("/", False)])
def test_other_paths_keep_the_originals_shape(ask, path: str, native: bool) -> None:
    assert is_native(path) == native
    if path == "/v10":
        assert ask("GET", path).json() == {"error": "there is nothing at this address"}


def test_the_contract_says_so(failing: FastAPI) -> None:
    for path, methods in failing.openapi()["paths"].items():
        for method, operation in methods.items():
            if path.startswith(("/v1/keys", "/v1/tokens", "/v1/webhooks")):
                for status, told in operation["responses"].items():
                    if int(status) >= 400:
                        assert list(told["content"]) == [MEDIA_TYPE], (method, path, status)
                        assert set(told["content"][MEDIA_TYPE]["schema"]["properties"]) == MEMBERS
                assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"])
                if "tokens" not in path:
                    assert {"bearer": []} in operation["security"]


def test_codes_of_the_protocol_and_of_errors_mean_the_same() -> None:
    """A code has one meaning, whether the protocol or an error gives it."""
    found = [errors.SentiSoundError]
    for kind in found:
        found.extend(kind.__subclasses__())
    statuses = {kind.code: kind.status for kind in found}
    for status, code in CODES.items():
        assert statuses.get(code, status) == status
