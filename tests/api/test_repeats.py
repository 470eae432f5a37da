"""Idempotency over a real socket: once done, told again; to nobody else; over a restart; never a secret."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from doorway import PASSWORD, asking, key_of, user_of
from sentisound.api import idempotency
from sentisound.api.idempotency import fingerprint
from sentisound.cli.keys import database
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.idempotency import Answers, Bounds
from sentisound.identity.owner import Owner
from sentisound.settings import Settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def heard() -> list[bytes]:
    return []


def predict(client: httpx.Client, content: bytes, repeat: str, name: str = "a.wav", **headers: str) -> httpx.Response:
    return client.post("/predict", files={"file": (name, content)}, headers={"Idempotency-Key": repeat, **headers})


def test_a_repeated_request_gets_the_answer_that_was_given(serving, fake, folder: Path, heard, wav: bytes) -> None:
    with serving(fake(work=heard.append), data_dir=folder, history=True) as client:
        first, again = predict(client, wav, "k1"), predict(client, wav, "k1")  # httpx draws a new boundary
        assert first.request.headers["Content-Type"] != again.request.headers["Content-Type"]
        assert (again.status_code, again.content) == (200, first.content)
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.headers["X-SentiSound-History"] == "kept"
        assert again.headers["Content-Type"] == first.headers["Content-Type"]
        assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
        assert len(client.get("/history").json()["history"]) == 1
    assert len(heard) == 1


def test_it_survives_a_restart(serving, fake, folder: Path, heard, wav: bytes) -> None:
    answers = []
    for _ in range(2):
        with serving(fake(work=heard.append), data_dir=folder) as client:
            answers.append(predict(client, wav, "k1").content)
    assert answers[0] == answers[1]
    assert len(heard) == 1


@pytest.mark.parametrize("other", [b"RIFF", b""])
def test_another_body_is_422(serving, fake, folder: Path, heard, wav: bytes, other: bytes) -> None:
    with serving(fake(work=heard.append), data_dir=folder) as client:
        predict(client, wav, "k1")
        refused = predict(client, other, "k1")
        assert refused.status_code == 422
        assert "was used for another request" in refused.json()["error"]
        assert predict(client, wav, "k1", name="b.wav").status_code == 422
        elsewhere = client.post("/upload", files={"file": ("a.wav", wav)}, headers={"Idempotency-Key": "k1"})
        assert elsewhere.status_code == 422
    assert len(heard) == 1


def test_in_flight_is_409(serving, fake, folder: Path, wav: bytes) -> None:
    begun, release = threading.Event(), threading.Event()

    def work(_: bytes) -> None:
        begun.set()
        release.wait(20)

    with serving(fake(work=work), data_dir=folder) as client:
        first: list[httpx.Response] = []
        thread = threading.Thread(target=lambda: first.append(predict(client, wav, "k1")))
        thread.start()
        assert begun.wait(10)
        second = predict(client, wav, "k1")
        release.set()
        thread.join()
        assert (first[0].status_code, second.status_code) == (200, 409)
        assert second.headers["Retry-After"] == "1"
        assert predict(client, wav, "k1").content == first[0].content


def test_a_key_stolen_from_another_owner_gives_nothing(serving, fake, folder: Path, heard, wav: bytes) -> None:
    anna, bert = key_of("analyze"), key_of("analyze")
    with asking(serving, fake(work=heard.append), folder) as door:

        def ask(key: str | None) -> httpx.Response:
            files = {"file": ("private.wav", wav)}
            return door.ask(key, "POST", "/predict", files=files, headers={"Idempotency-Key": "k1"})

        mine, theirs = ask(anna), ask(bert)
        assert "Idempotency-Replayed" not in theirs.headers
        assert mine.json()["visualization"] != theirs.json()["visualization"]
        assert ask(None).status_code == 401
    assert len(heard) == 2


def test_a_failure_of_the_moment_may_be_tried_again(serving, fake, folder: Path, wav: bytes) -> None:
    failures = [ZeroDivisionError("a bug")]

    def work(_: bytes) -> None:
        if failures:
            raise failures.pop()

    with serving(fake(work=work), data_dir=folder) as client:
        assert predict(client, wav, "k1").status_code == 500
        assert predict(client, wav, "k1").status_code == 200


def test_a_refusal_of_the_request_itself_is_repeated(serving, fake, folder: Path) -> None:
    with serving(fake(), data_dir=folder) as client:
        answers = [client.post("/predict", content=b"x", headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[1].headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("repeat", ["", "x" * 256, "a b", "\x7f"])
def test_a_key_that_is_none_is_400(serving, fake, folder: Path, wav: bytes, repeat: str) -> None:
    with serving(fake(), data_dir=folder) as client:
        assert predict(client, wav, repeat).status_code == 400


def test_quotes_around_a_key_do_not_matter(serving, fake, folder: Path, wav: bytes) -> None:
    with serving(fake(), data_dir=folder) as client:
        predict(client, wav, "k1")
        assert predict(client, wav, '"k1"').headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("status", [200, 201, 202, 400, 404, 413, 415, 422])
def test_an_answer_about_the_request_is_kept(tmp_path: Path, status: int) -> None:
    assert answered_twice(tmp_path, status) == 1


@pytest.mark.parametrize("status", [401, 403, 408, 409, 429, 500, 502, 503, 504, 507])
def test_an_answer_about_the_moment_is_not(tmp_path: Path, status: int) -> None:
    assert answered_twice(tmp_path, status) == 2


def answered_twice(folder: Path, status: int) -> int:
    """Return how often a route was asked that answers so, when a request comes twice."""
    asked: list[str] = []

    async def route(request: Request) -> Response:
        asked.append(request.url.path)
        return Response(f"answer {len(asked)}", status)

    settings = Settings.load(data_dir=folder / "data")
    held = Holder(Database, place_of(settings))
    inner = Starlette(routes=[Route("/predict", route, methods=["POST"])])
    app = idempotency.Idempotency(inner, Answers(held, timedelta(hours=1)), settings)

    async def ask() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(owned), base_url="http://localhost") as client:
            for _ in range(2):
                answer = await client.post("/predict", headers={"Idempotency-Key": "k1"})
                assert answer.status_code == status

    async def owned(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"owner": Owner("key:1", credential="key:1"), "request_id": "req_1"}
        await app(scope, receive, send)

    anyio.run(ask)
    held.close()
    return len(asked)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/tokens", {"username": "anna", "password": PASSWORD}),
        ("/v1/webhooks", {"url": "https://a.example.org/"}),
        ("/v1/keys", {"name": "app", "scopes": ["analyze"]}),
    ],
)
def test_no_answer_with_a_secret_is_kept_or_told_again(serving, fake, folder: Path, path: str, body: dict) -> None:
    user_of("anna", "analyze")
    with serving(fake(), data_dir=folder) as client:
        answers = [client.post(path, json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert all(answer.is_success for answer in answers)
    assert answers[0].content != answers[1].content
    with database() as held:
        count = text("SELECT count(*) FROM answers")
        assert held.read(lambda connection: connection.execute(count).scalar_one()) == 0


def test_what_was_deleted_is_told_by_no_kept_answer(serving, fake, folder: Path, heard, wav: bytes) -> None:
    def analyse() -> httpx.Response:
        files = {"file": ("private.wav", wav)}
        return client.post("/v1/analyses", files=files, headers={"Idempotency-Key": "k1"})

    with serving(fake(work=heard.append), data_dir=folder, history=True) as client:
        first = analyse()
        assert analyse().headers["Idempotency-Replayed"] == "true"
        assert client.delete(f"/v1/analyses/{first.json()['id']}").status_code == 204
        again = analyse()
    assert "Idempotency-Replayed" not in again.headers
    assert again.json()["id"] != first.json()["id"]
    assert len(heard) == 2


def test_an_answer_that_holds_a_secret_is_not_kept(serving, fake, folder: Path) -> None:
    with serving(fake(), data_dir=folder) as client:
        body = {"name": "app", "scopes": ["analyze"]}
        made = [client.post("/v1/keys", json=body, headers={"Idempotency-Key": "k1"}).json()["key"] for _ in range(2)]
    assert made[0] != made[1]
    with database() as held:
        rows = held.read(lambda connection: connection.execute(text("SELECT count(*) FROM answers")).scalar_one())
    assert rows == 0


def test_a_large_upload_is_read_once_and_arrives_whole(serving, fake, folder: Path, heard) -> None:
    content = bytes(range(256)) * 12_000  # 3 MB: beyond what is held in memory
    with serving(fake(work=heard.append), data_dir=folder, max_upload_mb=4) as client:
        assert predict(client, content, "k1").status_code == 200
        assert predict(client, content, "k1").headers["Idempotency-Replayed"] == "true"
        assert predict(client, content + b"x", "k1").status_code == 422
        assert predict(client, content * 3, "k2").status_code == 413
    assert heard == [content]


def test_an_answer_that_is_too_large_is_not_kept_and_says_so(
    serving, fake, folder: Path, heard, wav: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(fake(work=heard.append), data_dir=folder) as client:
        assert "Idempotency-Kept" not in predict(client, wav, "k1").headers
        monkeypatch.setattr(idempotency, "MAX_ANSWER", 100)
        answers = [predict(client, wav, "k2") for _ in range(2)]
    assert [answer.headers["Idempotency-Kept"] for answer in answers] == ["false", "false"]
    assert "Idempotency-Replayed" not in answers[1].headers
    assert len(heard) == 3


def test_the_oldest_answers_of_an_owner_make_room(serving, fake, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, bert = key_of("analyze"), key_of("analyze")
    monkeypatch.setattr(Answers.__init__, "__defaults__", (Bounds(5, 10**6), Bounds(100, 10**6)))
    with asking(serving, fake(), folder) as door:

        def replayed(key: str, repeat: str) -> bool:
            answer = door.ask(key, "POST", "/predict", content=b"x", headers={"Idempotency-Key": repeat})
            return "Idempotency-Replayed" in answer.headers

        replayed(bert, "k0")
        for number in range(8):
            replayed(anna, f"k{number}")
        assert replayed(anna, "k7")
        assert replayed(bert, "k0")
        assert not replayed(anna, "k0")


def test_visitors_do_not_get_in_each_others_way(serving, fake, folder: Path, heard, wav: bytes) -> None:
    """Without a key all are one owner; the keys of their requests are each address's own."""
    options = {"host": "0.0.0.0", "allow_anonymous": True, "data_dir": folder}  # noqa: S104
    with serving(fake(work=heard.append), **options) as client:
        one, other = ({"X-Forwarded-For": f"198.51.100.{n}"} for n in (1, 2))
        first, again = predict(client, wav, "k1", **one), predict(client, wav, "k1", **one)
        theirs = predict(client, b"RIFF", "k1", **other)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (first.status_code, theirs.status_code) == (200, 200)
    assert len(heard) == 2


@pytest.mark.parametrize("size", [10, 255_990, 256_000, 256_011, 600_000])
def test_the_boundary_does_not_matter_wherever_a_piece_ends(tmp_path: Path, size: int) -> None:
    def hashed(boundary: bytes, filling: bytes) -> str:
        file = tmp_path / boundary.decode()
        file.write_bytes(b"--" + boundary + b"\r\n\r\n" + filling * size + b"\r\n--" + boundary + b"--\r\n")
        headers = [(b"content-type", b"multipart/form-data; boundary=" + boundary)]
        scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": headers}
        with file.open("rb") as spool:
            return fingerprint(scope, spool)

    assert hashed(b"abcdef", b"x") == hashed(b"0123456789abcdefg", b"x")
    assert hashed(b"abcdef", b"x") != hashed(b"abcdef", b"y")
