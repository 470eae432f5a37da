"""The page as it is served: there, whole, revalidated, and never a way to other files."""

from __future__ import annotations

import httpx
import pytest

from sentisound.api.routes.pages import WEB


def test_the_page_is_served_and_revalidated(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.text == (WEB / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", sorted(path.name for path in WEB.iterdir()))
def test_every_file_is_served_with_its_type(client: httpx.Client, file: str) -> None:
    types = {".js": "javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
    answer = client.get(f"/static/{file}")
    assert answer.status_code == 200
    assert answer.content == (WEB / file).read_bytes()
    assert types["." + file.rpartition(".")[2]] in answer.headers["Content-Type"]
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_copy_that_is_still_right_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/static/app.js")
    again = client.get("/static/app.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["..%2fapi%2fapp.py", "%2e%2e%2fapi%2fapp.py", "/etc/passwd", "a" * 5000, "a%00b", "nothing.js", ""]
)
def test_nothing_else_is_reached(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/static/{path}")
    assert answer.status_code == 404
    assert answer.json() == {"error": "there is nothing at this address"}


def test_files_cannot_be_written(client: httpx.Client) -> None:
    answer = client.put("/static/app.js", content=b"alert(1)")
    assert answer.status_code == 405
    assert answer.json() == {"error": "PUT is not possible here; use GET or HEAD"}
