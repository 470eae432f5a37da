"""Headers that every answer carries, whatever the answer is."""

from __future__ import annotations

import httpx
import pytest

from sentisound.api.security import HEADERS, request_id_of


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/health"),
        ("GET", "/models/info"),
        ("GET", "/static/app.js"),
        ("GET", "/static/nothing.js"),
        ("GET", "/nowhere"),
        ("POST", "/predict"),
        ("POST", "/record"),
        ("PUT", "/health"),
    ],
)
def test_every_answer_carries_them(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    for name in HEADERS:
        assert name in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Request-ID"].startswith("req_")
    assert "set-cookie" not in answer.headers  # nobody is known by one
    assert "server" not in answer.headers  # which software it is helps nobody but an attacker


def test_the_policy_lets_the_page_load_nothing_from_elsewhere(client: httpx.Client) -> None:
    policy = dict(part.split(" ", 1) for part in client.get("/").headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["media-src"] == "'self' blob:"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("unsafe" in sources for sources in policy.values())
    assert "script-src" not in policy  # so default-src holds for scripts and styles: no inline ones
    assert "style-src" not in policy


def test_answers_about_a_voice_are_not_cached(client: httpx.Client, wav: bytes) -> None:
    answer = client.post("/predict", files={"file": ("clip.wav", wav)})
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_sane_request_id_comes_back(client: httpx.Client) -> None:
    assert client.get("/health", headers={"X-Request-ID": "trace-7f.1"}).headers["X-Request-ID"] == "trace-7f.1"


@pytest.mark.parametrize("given", ["", " ", "two words", "x" * 65, "<b>", "a\nb", "a\r\nX-Evil: 1", "ü", None, 'a"b'])
def test_any_other_is_replaced(given: str | None) -> None:
    made = request_id_of(given)
    assert made.startswith("req_")
    assert len(made) == 20


def test_request_ids_differ(client: httpx.Client) -> None:
    assert len({client.get("/health").headers["X-Request-ID"] for _ in range(20)}) == 20
