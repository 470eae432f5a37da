"""Origins: a page of another site cannot use a server that asks for no key; one that a setting names can."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from doorway import asking, key_of
from sentisound.api.app import create_app
from sentisound.errors import SettingsError
from sentisound.settings import Settings

APP = "https://app.example.org"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:80", "a.localhost"])
def test_names_of_this_machine_are_answered(client: httpx.Client, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.2", "[::2]", "x:y"],
)
def test_a_name_that_only_leads_here_is_refused(client: httpx.Client, host: str) -> None:
    for path in ("/health", "/", "/history", "/static/app.js"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert "X-Request-ID" in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},  # another server on this machine
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_cannot_send_anything(client: httpx.Client, wav: bytes, headers: dict[str, str]) -> None:
    answer = client.post("/predict", files={"file": ("a.wav", wav)}, headers=headers)
    assert answer.status_code == 403
    assert client.request("DELETE", "/v1/keys/1", headers=headers).json()["code"] == "foreign_origin"
    assert client.get("/health", headers=headers).status_code == 200  # it can ask, and may not read the answer
    assert "Access-Control-Allow-Origin" not in client.get("/health", headers=headers).headers


def test_our_own_page_can(client: httpx.Client, wav: bytes) -> None:
    own = str(client.base_url).rstrip("/")
    for headers in ({"Origin": own}, {"Origin": own, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert client.post("/predict", files={"file": ("a.wav", wav)}, headers=headers).status_code == 200


def test_a_site_that_a_setting_names_can(serving, fake, wav: bytes) -> None:
    with serving(fake(), cors_origins=f"{APP}, https://other.example.org") as client:
        answer = client.post("/predict", files={"file": ("a.wav", wav)}, headers={"Origin": APP})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, APP)
        assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        preflight = client.options("/predict", headers={"Origin": APP, **asked})
        assert preflight.status_code == 200
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
        evil = client.options("/predict", headers={"Origin": "https://evil.example", **asked})
        assert "Access-Control-Allow-Origin" not in evil.headers
        assert client.post("/predict", headers={"Origin": "https://evil.example"}).status_code == 403


def test_an_app_that_a_setting_names_can_and_no_other(serving, fake, wav: bytes) -> None:
    apps = ("capacitor://localhost", "ionic://localhost", "tauri://localhost", "app://obsidian.md")
    with serving(fake(), cors_origins=",".join(apps[:3])) as client:
        for app in apps:
            answer = client.post("/predict", files={"file": ("a.wav", wav)}, headers={"Origin": app})
            assert answer.status_code == (200 if app in apps[:3] else 403), app
    with serving(fake()) as client:
        host = client.base_url.netloc.decode()
        answer = client.post("/predict", files={"file": ("a.wav", wav)}, headers={"Origin": f"capacitor://{host}"})
        assert answer.status_code == 403


def test_a_preflight_of_an_upload_widget_or_into_a_private_network_is_answered(serving, fake) -> None:
    asked = {
        "Origin": APP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "cache-control,x-requested-with",
        "Access-Control-Request-Private-Network": "true",
    }
    with serving(fake(), cors_origins=APP) as client:
        answer = client.options("/predict", headers=asked)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Private-Network"] == "true"
        assert client.options("/predict", headers=asked | {"Origin": "https://evil.example"}).status_code == 400


def test_by_default_no_preflight_is_answered(client: httpx.Client) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Method": "POST"}
    assert client.options("/predict", headers=asked).status_code == 405


def test_a_name_behind_a_proxy_can_be_allowed(serving, fake, wav: bytes) -> None:
    with serving(fake(), allowed_hosts="voice.example.org") as client:
        headers = {"Host": "voice.example.org", "Origin": "https://voice.example.org"}
        assert client.post("/predict", files={"file": ("a.wav", wav)}, headers=headers).status_code == 200
        assert client.get("/health", headers={"Host": "other.example.org"}).status_code == 421
        assert client.get("/health").status_code == 200  # a probe on this machine


ANYBODY = {"host": "0.0.0.0", "allow_anonymous": True}  # noqa: S104


@pytest.fixture
def public(serving, fake) -> Iterator[httpx.Client]:
    with serving(fake(), **ANYBODY) as client:
        yield client


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:5000", "192.168.1.2.evil.example", "localhost.evil.example", "1.2.3", "x:y", "[::1"],
)
def test_strangers_who_are_let_in_do_not_come_by_a_foreign_name(public: httpx.Client, host: str, wav: bytes) -> None:
    """A page could let its own name lead into the network where the server stands, and read what it answers."""
    own = {"Host": host, "Origin": f"http://{host}"}
    for path in ("/health", "/", "/history", "/v1/analyses", "/static/app.js"):
        assert public.get(path, headers=own).status_code == 421, path
    assert public.post("/predict", files={"file": ("a.wav", wav)}, headers=own).status_code == 421
    assert public.delete("/v1/analyses/an_1", headers=own).status_code == 421


@pytest.mark.parametrize(
    "host",
    ["192.168.1.2:5000", "203.0.113.7", "[2001:db8::1]:5000", "localhost", "127.0.0.1", socket.gethostname()],
)
def test_strangers_come_by_a_number_or_the_machines_own_name(public: httpx.Client, host: str, wav: bytes) -> None:
    assert public.get("/health", headers={"Host": host}).status_code == 200
    own = {"Host": host, "Origin": f"http://{host}"}
    assert public.post("/predict", files={"file": ("a.wav", wav)}, headers=own).status_code == 200
    foreign = {"Host": host, "Origin": "http://evil.example"}
    assert public.post("/predict", files={"file": ("a.wav", wav)}, headers=foreign).status_code == 403


def test_where_names_are_set_strangers_come_by_those(serving, fake) -> None:
    with serving(fake(), **ANYBODY, allowed_hosts="voice.example.org") as client:
        assert client.get("/health", headers={"Host": "voice.example.org"}).status_code == 200
        for host in ("evil.example", "192.168.1.2", "localhost"):
            assert client.get("/health", headers={"Host": host}).status_code == 421


def test_where_keys_are_asked_for_any_name_and_any_page_will_do(serving, fake, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path))
    key = key_of("analyze")
    with asking(serving, fake(), tmp_path) as door:
        headers = {"Host": "voice.example.org", "Origin": "https://elsewhere.example"}
        assert door.ask(key, "GET", "/models/info", headers=headers).status_code == 200
        assert door.ask(None, "POST", "/predict", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "origins", ["*", "app.example.org", "https://app.example.org/", "https://a.example/b", "capacitor:", "null"]
)
def test_an_origin_that_is_none_is_told(origins: str) -> None:
    with pytest.raises(SettingsError, match="SENTISOUND_CORS_ORIGINS"):
        create_app(Settings.load(cors_origins=origins, history=False))
