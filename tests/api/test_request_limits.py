"""What is refused before a body is read: who may not ask, what is too long, and what two readers read differently."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sentisound.api.app import create_app
from sentisound.api.request_limits import MAX_BODY_BYTES, MAX_HEADERS, SOUNDS
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.identity.keyring import Keyring
from sentisound.settings import Settings
from sockets import answered, connected, read_until_closed

JSON = b"Host: localhost\r\nContent-Type: application/json\r\n"
POSTS = ("/v1/keys", "/v1/webhooks", "/predict", "/record", "/process_audio", "/upload", "/v1/analyses")


def said(client: httpx.Client, head: bytes, body: bytes = b"") -> tuple[int, bytes]:
    with connected(client) as connection:
        connection.sendall(head + b"\r\n" + body)
        return answered(connection)


@pytest.fixture
def closed(serving: Any, fake: Any, tmp_path: Any) -> Any:
    """Give a client of a server that asks for keys."""
    settings = Settings.load(data_dir=tmp_path / "data")
    database: Holder[Database] = Holder(Database, place_of(settings))
    Keyring(database).create("somebody", ["admin"])
    database.close()
    with serving(fake(), require_keys=True, data_dir=settings.data_dir) as client:
        yield client


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("length", [b"10", b"99999999"])
def test_who_has_no_key_is_told_so_before_the_body_comes(closed: httpx.Client, path: str, length: bytes) -> None:
    status, _ = said(
        closed, b"POST " + path.encode() + b" HTTP/1.1\r\n" + JSON + b"Content-Length: " + length + b"\r\n"
    )
    assert status == 401


def test_every_route_with_a_body_says_so_first(closed: httpx.Client) -> None:
    """Nothing of a body is sent, so that a route that wants to read it first would let the client wait."""
    contract = closed.get("/v1/openapi.json").json()
    posts = [path for path, methods in contract["paths"].items() if "requestBody" in methods.get("post", {})]
    assert set(posts) - {"/v1/tokens", "/v1/tokens/revoke"} == set(POSTS)


def test_every_route_that_reads_a_sound_limits_it_itself() -> None:
    routes = create_app(Settings.load(history=False)).openapi()["paths"]
    bodies = {path: one["post"]["requestBody"] for path, one in routes.items() if "requestBody" in one.get("post", {})}
    assert {path for path in bodies if not path.startswith("/v1/") or path == "/v1/analyses"} == SOUNDS


@pytest.mark.parametrize("path", ["/v1/keys", "/v1/tokens", "/v1/tokens/revoke", "/v1/webhooks"])
def test_a_body_that_brings_no_sound_is_short(client: httpx.Client, path: str) -> None:
    announced = said(client, b"POST " + path.encode() + b" HTTP/1.1\r\n" + JSON + b"Content-Length: 25000000\r\n")
    assert announced[0] in {401, 413}
    head = b"POST " + path.encode() + b" HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n"
    chunk = b"10000\r\n" + b"[" * 0x10000 + b"\r\n"
    assert said(client, head, chunk)[0] in {401, 413}


@pytest.mark.parametrize("path", ["/v1/tokens", "/v1/tokens/revoke"])
@pytest.mark.parametrize(
    "text", ["[" * 60_000, "[" + "[],[]," * 10_000 + "[]]", '{"a":' * 12_000, "\ufeff[]", "1" * 60_000]
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-32-be"])
def test_json_that_is_hostile_is_refused_in_words(client: httpx.Client, path: str, text: str, charset: str) -> None:
    answer = client.post(
        path, content=text.encode(charset)[:MAX_BODY_BYTES], headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}


def test_other_routes_read_no_long_body_either(client: httpx.Client) -> None:
    answer = client.post("/nowhere", content=b"x" * 1_000_000, headers={"Idempotency-Key": "k1"})
    assert answer.status_code in {404, 413}


TWICE = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n"


@pytest.mark.parametrize(
    "head", [TWICE, TWICE.replace(b"HTTP/1.1", b"HTTP/1.0"), TWICE.replace(b"/predict", b"/health")]
)
def test_a_body_that_ends_in_two_ways_is_refused_and_the_connection_closed(client: httpx.Client, head: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(head + b"\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answered(connection)[0] == 400
        connection.settimeout(10)
        assert read_until_closed(connection) == b""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({f"X-{number}": "1" for number in range(MAX_HEADERS + 1)}, 431),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Encoding": "identity"}, 200),
    ],
)
def test_heads_have_limits(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    assert client.get("/health", headers=headers).status_code == status


def test_queries_have_limits(client: httpx.Client) -> None:
    answer = client.get("/v1/analyses?" + "a=1&" * 2500)
    assert (answer.status_code, answer.json()["code"]) == (414, "query_too_long")
