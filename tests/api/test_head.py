"""HEAD is answered wherever GET is: uptime monitors and balancers probe with it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from sentisound.api.head import Head

MOMENTARY = {"content-length", "x-request-id", "date", "ratelimit", "retry-after"}
"""What may be otherwise the next time: metrics count the first request too."""


@pytest.fixture
def client(serving, fake):
    with serving(fake(), rate_requests=0) as client:
        yield client


def test_every_address_has_the_head_of_its_get(client: httpx.Client) -> None:
    contract = client.get("/v1/openapi.json").json()["paths"]
    paths = {path for path, methods in contract.items() if "get" in methods}
    assert len(paths) > 20
    for path in sorted(
        paths | {"/", "/static/app.js", "/visualizations/none.png", "/download-report/none", "/nowhere"}
    ):
        head, got = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers.keys() - MOMENTARY == got.headers.keys() - MOMENTARY, path
        assert head.headers.get("content-type") == got.headers.get("content-type"), path


def test_an_answer_tells_its_length(client: httpx.Client) -> None:
    assert client.head("/health").headers["Content-Length"] == client.get("/health").headers["Content-Length"]


def test_a_stream_without_an_end_ends() -> None:
    async def stream(scope, _, send) -> None:
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})

    sent = []

    async def keep(message) -> None:
        sent.append(message)

    asyncio.run(Head(stream)({"type": "http", "method": "HEAD"}, None, keep))
    assert [one["type"] for one in sent] == ["http.response.start", "http.response.body"]
    assert not sent[1].get("body")
