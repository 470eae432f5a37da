"""Access over a real socket: who has no key, the wrong one, or one that does not reach, and what each is told."""

from __future__ import annotations

import base64
import logging
import re
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from doorway import PASSWORD, Doorway, asking, key_of, user_of
from sentisound.api.app import create_app
from sentisound.api.logs import JsonFormatter
from sentisound.api.server import listen
from sentisound.cli.keys import database
from sentisound.errors import SettingsError
from sentisound.identity.keyring import Keyring
from sentisound.identity.users import Users
from sentisound.settings import Settings

OPEN = ["/", "/health", "/healthz", "/readyz", "/static/app.js"]
ASKING = [
    ("POST", "/predict", "analyze"),
    ("POST", "/record", "analyze"),
    ("POST", "/upload", "analyze"),
    ("GET", "/models/info", "analyze"),
    ("GET", "/visualizations/a.png", "analyze"),
    ("GET", "/download-report/a.wav", "analyze"),
    ("HEAD", "/models/info", "analyze"),
    ("GET", "/history", "history:read"),
    ("GET", "/history.csv", "history:read"),
    ("HEAD", "/history", "history:read"),
    ("HEAD", "/history.csv", "history:read"),
    ("GET", "/metrics", "admin"),
    ("GET", "/v1/keys", "admin"),
    ("POST", "/v1/keys", "admin"),
    ("DELETE", "/v1/keys/1", "admin"),
    ("GET", "/v1/webhooks", "admin"),
    ("POST", "/v1/webhooks", "admin"),
    ("DELETE", "/v1/webhooks/1", "admin"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def door(serving, fake, folder: Path) -> Iterator[Doorway]:
    key_of("admin")
    with asking(serving, fake(), folder, history=True) as doorway:
        yield doorway


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104
def test_without_a_key_an_address_that_others_reach_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="sentisound keys create"):
        listen(Settings.load(host=host, port=0))


@pytest.mark.usefixtures("folder")
def test_with_a_key_or_a_user_it_is_bound() -> None:
    user_of("anna", "analyze")
    listen(Settings.load(host="0.0.0.0", port=0)).close()  # noqa: S104


def test_asking_for_keys_on_loopback_needs_one_too() -> None:
    with pytest.raises(SettingsError, match="there is none"):
        listen(Settings.load(require_keys=True, port=0))


def test_every_door_is_closed_without_a_key_and_without_the_scope(door: Doorway) -> None:
    keys = {scope: key_of(scope) for scope in ("analyze", "history:read", "history:write", "admin")}
    for path in OPEN:
        assert door.ask(None, "GET", path).status_code == 200, path
    for method, path, scope in ASKING:
        none = door.ask(None, method, path)
        assert none.status_code == 401, path
        assert none.headers["WWW-Authenticate"] == 'Bearer realm="sentisound"'
        wrong = door.ask(keys["admin"][:-1] + "_", method, path)
        assert wrong.status_code == 401, path
        assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
        for held, key in keys.items():
            answer = door.ask(key, method, path)
            if held in {scope, "admin"}:
                assert answer.status_code not in {401, 403}, (path, held)
            else:
                assert answer.status_code == 403, (path, held)
                assert f'error="insufficient_scope", scope="{scope}"' in answer.headers["WWW-Authenticate"]
        if method != "HEAD":
            shape = {"error"} if not path.startswith("/v1") else {"code", "request_id"}
            assert shape <= set(none.json())


def test_every_route_is_open_on_purpose_or_asks_for_a_scope(door: Doorway) -> None:
    """A route that forgets to ask would be found here, also one that is new."""
    app = create_app(Settings.load(history=False))
    exempt = {"/", "/health", "/healthz", "/readyz", "/v1/tokens", "/v1/tokens/revoke", "/v1/openapi.json"}
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            if path not in exempt:
                concrete = re.sub(r"\{[^}]+\}", "x", path)
                assert door.ask(None, method.upper(), concrete).status_code == 401, (method, path)


def test_a_key_goes_in_either_header(door: Doorway) -> None:
    key = key_of("analyze")
    assert door.client.get("/models/info", headers={"X-API-Key": key}).status_code == 200
    assert door.client.get("/models/info", headers={"Authorization": f"bearer {key}"}).status_code == 200
    assert door.client.get("/models/info", headers={"Authorization": f"Basic {key}"}).status_code == 401
    assert door.client.get(f"/models/info?key={key}").status_code == 401


def test_nothing_of_a_body_is_read_for_a_stranger(serving, fake, folder: Path, wav: bytes) -> None:
    heard: list[bytes] = []
    key_of("admin")
    with asking(serving, fake(work=heard.append), folder) as door:
        assert door.ask(None, "POST", "/predict", files={"file": ("a.wav", wav)}).status_code == 401
    assert heard == []


def test_owners_see_their_own_and_an_administrator_everything(door: Doorway, wav: bytes) -> None:
    anna, bert = key_of("analyze", "history:read"), key_of("analyze", "history:read")
    for key, name in ((anna, "anna.wav"), (bert, "bert.wav")):
        assert door.ask(key, "POST", "/predict", files={"file": (name, wav)}).headers["X-SentiSound-History"] == "kept"
    names = [row["filename"] for row in door.ask(anna, "GET", "/history").json()["history"]]
    assert names == ["anna.wav"]
    assert "anna.wav" not in door.ask(bert, "GET", "/history.csv").text
    everything = door.ask(key_of("admin"), "GET", "/history").json()["history"]
    assert {row["filename"] for row in everything} == {"anna.wav", "bert.wav"}
    assert door.ask(bert, "GET", "/download-report/anna.wav").status_code == 404


def test_an_administrator_makes_lists_and_revokes_keys(door: Doorway) -> None:
    admin = key_of("admin")
    made = door.ask(admin, "POST", "/v1/keys", json={"name": "phone", "scopes": ["analyze"], "expires_in_days": 7})
    assert made.status_code == 201
    key, about = made.json()["key"], made.json()["about"]
    assert door.ask(key, "GET", "/models/info").status_code == 200
    listed = door.ask(admin, "GET", "/v1/keys")
    assert about["id"] in [one["id"] for one in listed.json()["keys"]]
    assert key not in listed.text
    assert "hash" not in listed.text
    assert door.ask(admin, "DELETE", f"/v1/keys/{about['id']}").status_code == 204
    assert door.ask(key, "GET", "/models/info").status_code == 401
    assert door.ask(admin, "DELETE", f"/v1/keys/{about['id']}").json()["code"] == "key_not_found"
    bad = door.ask(admin, "POST", "/v1/keys", json={"name": "x", "scopes": ["all"]})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_access")


def test_a_key_that_the_command_line_revokes_is_refused_at_once(door: Doorway) -> None:
    key = key_of("analyze")
    assert door.ask(key, "GET", "/models/info").status_code == 200
    with database() as held:  # as `sentisound keys revoke` does, in another process
        Keyring(held).revoke(key.split("_")[1])
    assert door.ask(key, "GET", "/models/info").status_code == 401


def test_a_user_signs_in_renews_and_a_stolen_token_ends_it(door: Doorway) -> None:
    user_of("anna", "analyze")

    def tokens(**credentials: str) -> httpx.Response:
        return door.client.post("/v1/tokens", json=credentials)

    first = tokens(username="anna", password=PASSWORD)
    assert first.status_code == 200
    assert (first.json()["token_type"], first.json()["expires_in"]) == ("Bearer", 900)
    assert door.ask(first.json()["access_token"], "GET", "/models/info").status_code == 200
    assert door.ask(first.json()["access_token"], "GET", "/v1/keys").status_code == 403
    second = tokens(refresh_token=first.json()["refresh_token"]).json()
    assert door.ask(second["access_token"], "GET", "/models/info").status_code == 200
    again = tokens(refresh_token=first.json()["refresh_token"])
    assert again.status_code == 401
    assert again.headers["WWW-Authenticate"].startswith("Bearer")
    assert tokens(refresh_token=second["refresh_token"]).status_code == 401
    third = tokens(username="anna", password=PASSWORD).json()["refresh_token"]
    assert door.client.post("/v1/tokens/revoke", json={"refresh_token": third}).status_code == 204
    assert tokens(refresh_token=third).status_code == 401


def test_what_ends_a_session_ends_its_access_tokens_at_once(door: Doorway) -> None:
    user_of("anna", "analyze")

    def tokens(**credentials: str) -> dict:
        return door.client.post("/v1/tokens", json=credentials).json()

    def status(pair: dict) -> int:
        return door.ask(pair["access_token"], "GET", "/models/info").status_code

    out, reused, changed = (tokens(username="anna", password=PASSWORD) for _ in range(3))
    assert [status(pair) for pair in (out, reused, changed)] == [200] * 3
    door.client.post("/v1/tokens/revoke", json={"refresh_token": out["refresh_token"]})
    assert [status(pair) for pair in (out, reused, changed)] == [401, 200, 200]
    renewed = tokens(refresh_token=reused["refresh_token"])
    assert [status(pair) for pair in (reused, renewed)] == [200, 200]
    tokens(refresh_token=reused["refresh_token"])
    assert [status(pair) for pair in (reused, renewed, changed)] == [401, 401, 200]
    with database() as held:  # as `sentisound users password` does, in another process
        Users(held).set_password("anna", "another good one")
    assert status(changed) == 401
    last = tokens(username="anna", password="another good one")  # noqa: S106
    assert status(last) == 200
    with database() as held:
        Users(held).remove("anna")
    assert status(last) == 401


@pytest.mark.parametrize(
    "token",
    [
        base64.urlsafe_b64encode(b"[" * 20_000).decode() + ".e30.AAAA",
        "." * 30_000,
        "a.b.c",
        "ey\xe9.\xff.\x80",
    ],
    ids=["nested", "dots", "letters", "latin"],
)
def test_a_token_of_any_shape_is_refused_in_one_line(door: Doorway, token: str) -> None:
    answer = door.client.get("/v1/keys", headers={"Authorization": b"Bearer " + token.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_of_a_burst_of_passwords_only_ten_are_checked(door: Doorway) -> None:
    """They are counted before they are checked: none slips through while another is looked at."""
    user_of("anna", "analyze")

    def guess(number: int) -> int:
        answer = httpx.post(
            f"{door.client.base_url}/v1/tokens",
            json={"username": "anna", "password": f"wrong number {number}"},
            timeout=60,
            trust_env=False,
        )
        return answer.status_code

    with ThreadPoolExecutor(18) as pool:
        answers = list(pool.map(guess, range(18)))
    assert sorted(answers) == [401] * 10 + [429] * 8


def test_a_name_waits_after_fifty_wherever_they_come_from(door: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    user_of("anna", "analyze")
    monkeypatch.setattr(
        Users, "checked", lambda *_: None
    )  # 50 times 64 MiB and 50 ms: what they cost is tested elsewhere

    def guess(name: str, address: int) -> httpx.Response:
        body = {"username": name, "password": "wrong password"}
        return door.client.post("/v1/tokens", json=body, headers={"X-Forwarded-For": f"198.51.100.{address}"})

    answers = [guess("anna", number // 10 + 1) for number in range(51)]
    assert [answer.status_code for answer in answers] == [401] * 50 + [429]
    assert 800 < int(answers[-1].headers["Retry-After"]) <= 900
    assert guess("bert", 9).status_code == 401


def test_a_right_password_costs_no_try(door: Doorway) -> None:
    user_of("anna", "analyze")
    right = {"username": "anna", "password": PASSWORD}
    wrong = {"username": "anna", "password": "wrong password"}
    answers = [
        door.client.post("/v1/tokens", json=body).status_code for body in [wrong] * 9 + [right] * 3 + [wrong] * 2
    ]
    assert answers == [401] * 9 + [200] * 3 + [401, 429]


def test_addresses_of_one_customer_guess_together(door: Doorway) -> None:
    user_of("anna", "analyze")

    def guess(address: str) -> int:
        body = {"username": "anna", "password": "wrong password"}
        return door.client.post("/v1/tokens", json=body, headers={"X-Forwarded-For": address}).status_code

    assert [guess(f"2001:db8:1:2::{n:x}") for n in range(1, 12)] == [401] * 10 + [429]
    assert guess("2001:db8:1:3::1") == 401


@pytest.mark.parametrize("owner", ["local", "anonymous", "Local", "user:", "l\u043ecal", "", "a b"])
def test_a_key_for_those_who_have_none_cannot_be_made_over_http(door: Doorway, owner: str) -> None:
    body = {"name": "phone", "scopes": ["history:read"], "owner": owner}
    answer = door.ask(key_of("admin"), "POST", "/v1/keys", json=body)
    assert (answer.status_code, answer.json()["code"]) in {(422, "bad_access"), (422, "invalid")}


@pytest.mark.parametrize("days", ["NaN", "Infinity", "-Infinity", "1e300", "-1e300", "0", "1e-320", "36501", '"x"'])
def test_an_end_that_is_none_is_refused(door: Doorway, days: str) -> None:
    body = f'{{"name": "phone", "scopes": ["analyze"], "expires_in_days": {days}}}'
    answer = door.ask(key_of("admin"), "POST", "/v1/keys", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("body", [{}, {"username": "anna"}, {"username": "a", "password": "b", "refresh_token": "c"}])
def test_half_a_credential_is_invalid_and_not_repeated(door: Doorway, body: dict[str, str]) -> None:
    answer = door.client.post("/v1/tokens", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_who_guesses_passwords_has_to_wait(door: Doorway) -> None:
    user_of("anna", "analyze")
    answers = [
        door.client.post("/v1/tokens", json={"username": "anna", "password": f"wrong number {n}"}) for n in range(11)
    ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 800
    assert door.client.post("/v1/tokens", json={"username": "anna", "password": PASSWORD}).status_code == 429


def test_strangers_who_are_let_in_do_not_administer(serving, fake, tmp_path: Path) -> None:
    chosen = {"host": "0.0.0.0", "allow_anonymous": True, "data_dir": tmp_path}  # noqa: S104
    with serving(fake(), **chosen) as client:
        assert client.get("/models/info").status_code == 200
        assert client.get("/v1/keys").status_code == 403
        assert client.get("/metrics").status_code == 403


def test_a_database_that_is_gone_is_503_and_lets_nobody_in(door: Doorway) -> None:
    key = key_of("admin")
    assert door.ask(key, "GET", "/v1/keys").status_code == 200
    shutil.rmtree(door.folder)
    door.folder.write_text("in the way")
    refused = door.ask(key, "GET", "/v1/keys")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert door.ask(None, "GET", "/v1/keys").status_code == 401
    assert door.client.get("/readyz").status_code == 503
    assert door.client.get("/healthz").status_code == 200
    door.folder.unlink()


def test_no_secret_is_in_any_log(serving, fake, folder: Path, wav: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """All that the doors can be given, in all the ways that fail: grep everything that was logged."""
    caplog.set_level(logging.DEBUG)
    key = key_of("admin")
    user_of("anna", "analyze")
    with asking(serving, fake(), folder, history=True, log_level="debug") as door:
        pair = door.client.post("/v1/tokens", json={"username": "anna", "password": PASSWORD}).json()
        secrets = [key, key.split("_", 2)[2], PASSWORD, pair["access_token"], pair["refresh_token"]]
        for one in (*secrets, key[:-1] + "_"):
            door.ask(one, "GET", "/v1/keys")
            door.client.get("/v1/keys", headers={"X-API-Key": one.encode("latin-1", "replace")})
            door.ask(None, "POST", "/v1/tokens", json={"username": "anna", "password": one})
            door.ask(None, "POST", "/v1/tokens", json={"refresh_token": one})
            door.ask(key, "DELETE", f"/v1/keys/{one}")
            door.ask(key, "GET", f"/nowhere/{one}")
        made = door.ask(key, "POST", "/v1/keys", json={"name": "x", "scopes": ["analyze"]}).json()["key"]
        hook = door.ask(key, "POST", "/v1/webhooks", json={"url": "https://a.example.org/"}).json()["secret"]
        door.ask(key, "POST", "/predict", files={"file": ("Herr Müller privat.wav", wav)}, headers={"Cookie": "s3cr3t"})
    secrets += [made, hook, (folder / "signing-secret").read_text(), "Müller privat", "s3cr3t"]
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]  # the client's
    logged = "\n".join(f"{record.getMessage()} {vars(record)} {JsonFormatter().format(record)}" for record in ours)
    assert "POST /predict 200" in logged
    for secret in secrets:
        assert secret not in logged


def test_a_slow_answer_does_not_keep_others_from_the_door(serving, fake, folder: Path, wav: bytes) -> None:
    release = threading.Event()
    key = key_of("admin")
    with asking(serving, fake(work=lambda _: release.wait(10)), folder) as door:
        thread = threading.Thread(target=door.ask, args=(key, "POST", "/predict"), kwargs={"files": {"file": wav}})
        thread.start()
        began = time.monotonic()
        assert door.ask(key, "GET", "/v1/keys").status_code == 200
        assert time.monotonic() - began < 5
        release.set()
        thread.join()
