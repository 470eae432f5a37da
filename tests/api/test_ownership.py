"""Whose is what: every route of the server, asked by everybody, for what is one owner's.

The table below names every route. One that is new and not in it fails the first test: whoever adds it says here what it
gives whom.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from doorway import PASSWORD, key_of, user_of
from sentisound.api import routes
from sentisound.api.app import create_app
from sentisound.cli.keys import database
from sentisound.service import Analyzer
from sentisound.settings import Settings

OPEN = "nobody's: the same for all, asked for or not"
MODELS = "nobody's: the same for all who may analyse"
MAKES = "makes something of one's own"
ONE = "one thing by its id: its owner's, for all others there is none"
LIST = "a list of what is one's own"
ADMIN = "for administrators only"

ANALYSIS, JOB = "/v1/analyses/{identity}", "/v1/jobs/{identity}"
PICTURE, REPORT = "/visualizations/{name:path}", "/download-report/{filename:path}"

TABLE = {
    ("GET", "/"): OPEN,
    ("GET", "/health"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/samples/{name}.wav"): OPEN,
    ("GET", "/v1/openapi.json"): OPEN,
    ("POST", "/v1/tokens"): OPEN,
    ("POST", "/v1/tokens/revoke"): OPEN,
    ("GET", "/models/info"): MODELS,
    ("GET", "/v1/models"): MODELS,
    ("GET", "/v1/models/{identity}"): MODELS,
    ("POST", "/predict"): MAKES,
    ("POST", "/record"): MAKES,
    ("POST", "/upload"): MAKES,
    ("POST", "/process_audio"): MAKES,
    ("POST", "/v1/analyses"): MAKES,
    ("GET", "/history"): LIST,
    ("GET", "/history.csv"): LIST,
    ("GET", "/v1/analyses"): LIST,
    ("GET", "/v1/jobs"): LIST,
    ("GET", "/v1/analytics/emotions"): LIST,
    ("GET", ANALYSIS): ONE,
    ("DELETE", ANALYSIS): ONE,
    **{
        ("GET", f"{ANALYSIS}/{name}"): ONE
        for name in (
            "report.pdf",
            "chart.png",
            "chart.svg",
            "peaks",
            "audio",
            "export.json",
            "export.csv",
            "export.srt",
            "export.vtt",
        )
    },
    ("GET", JOB): ONE,
    ("DELETE", JOB): ONE,
    ("GET", f"{JOB}/events"): ONE,
    ("GET", PICTURE): ONE,
    ("GET", REPORT): ONE,
    ("GET", "/metrics"): ADMIN,
    ("GET", "/v1/keys"): ADMIN,
    ("POST", "/v1/keys"): ADMIN,
    ("DELETE", "/v1/keys/{id}"): ADMIN,
    ("GET", "/v1/webhooks"): ADMIN,
    ("POST", "/v1/webhooks"): ADMIN,
    ("DELETE", "/v1/webhooks/{id}"): ADMIN,
}
OWN = ("analyze", "history:read", "history:write")
OWNERS = ("anna", "annas-key", "admin")
"""Who sees what Anna has made: she, signed in; a key that shares her history; an administrator."""
OTHERS = ("bert", "stranger", "key-of-local", "key-of-anonymous", "key-of-nothing", "key-of-lookalike")
"""Who does not: another key, who has none, and keys that an older version let be made for a name."""
OLD_NAMES = {
    "key-of-local": "local",
    "key-of-anonymous": "anonymous",
    "key-of-nothing": "",
    "key-of-lookalike": "user:\N{CYRILLIC SMALL LETTER A}nna",
}


@dataclass
class House:
    """A server that lets strangers in, who asks it, and what Anna has there."""

    client: httpx.Client
    wav: bytes
    credentials: dict[str, str | None] = field(default_factory=dict)

    def ask(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        credential = self.credentials[who]
        headers = {**({"Authorization": f"Bearer {credential}"} if credential else {}), **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def analysis(self, who: str = "anna", name: str = "annas-secret.wav") -> str:
        """Return the id of a new analysis of somebody's."""
        answer = self.ask(who, "POST", "/v1/analyses", files={"file": (name, self.wav)})
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def job(self, who: str = "anna", name: str = "annas-secret.wav") -> str:
        """Return the id of a new job of somebody's that has ended."""
        ask = {"files": {"file": (name, self.wav)}, "headers": {"Prefer": "respond-async"}}
        answer = self.ask(who, "POST", "/v1/analyses", **ask)
        assert answer.status_code == 202, answer.text
        deadline = time.monotonic() + 30
        while self.ask(who, "GET", f"/v1/jobs/{answer.json()['id']}").json()["status"] != "succeeded":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return answer.json()["id"]

    def picture(self, who: str = "anna", name: str = "annas-secret.wav") -> str:
        """Return the name of the picture of a new analysis of somebody's."""
        answer = self.ask(who, "POST", "/predict", files={"file": (name, self.wav)})
        return answer.json()["visualization"].removeprefix("visualizations/")

    def paths(self, route: str) -> list[str]:
        """Return the paths of a route, filled with what is Anna's."""
        if route.startswith(ANALYSIS):
            return [route.replace("{identity}", self.analysis())]
        if route.startswith(JOB):
            return [route.replace("{identity}", self.job())]
        if route == PICTURE:
            return [route.replace("{name:path}", self.picture())]
        return [route.replace("{filename:path}", name) for name in ("annas-secret.wav", self.picture())]


@pytest.fixture(scope="module")
def house(serving, tmp_path_factory: pytest.TempPathFactory, wav: bytes) -> Iterator[House]:
    analyzer = Analyzer(Settings(model="default", transcriber="off"))
    folder: Path = tmp_path_factory.mktemp("house")
    options = {"history": True, "data_dir": folder / "data", "cache_dir": folder / "cache", "store_audio": True}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SENTISOUND_DATA_DIR", str(folder / "data"))
        with serving(analyzer, **options) as client:  # this machine's own, before strangers were let in
            client.post("/predict", files={"file": ("of-this-machine.wav", wav)})
        with serving(analyzer, host="0.0.0.0", allow_anonymous=True, rate_requests=0, **options) as client:  # noqa: S104
            house = House(client, wav)
            user_of("anna", *OWN)
            sign_in = {"username": "anna", "password": PASSWORD}
            house.credentials = {
                "anna": client.post("/v1/tokens", json=sign_in).json()["access_token"],
                "annas-key": key_of(*OWN, owner="user:anna"),
                "admin": key_of("admin"),
                "bert": key_of(*OWN),
                "reader": key_of("history:read"),
                "stranger": None,
                **{who: old_key(name) for who, name in OLD_NAMES.items()},
            }
            yield house


def old_key(owner: str) -> str:
    """Return a key whose row names an owner that no key can be made for any more."""
    key = key_of(*OWN)
    renamed = text("UPDATE keys SET owner = :owner WHERE id = :id").bindparams(owner=owner, id=key.split("_")[1])
    with database() as held:
        held.write(lambda connection: connection.execute(renamed))
    return key


def of(kind: str) -> list[tuple[str, str]]:
    return [route for route, found in TABLE.items() if found == kind]


def test_every_route_is_in_the_table():
    modules = [
        importlib.import_module(f"{routes.__name__}.{one.name}") for one in pkgutil.iter_modules(routes.__path__)
    ]
    routers = [module.router for module in modules if hasattr(module, "router")]
    found = {(method, route.path) for router in routers for route in router.routes for method in route.methods}
    assert set(TABLE) == found
    described = create_app(Settings.load(history=False)).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert served <= {(method, path.replace(":path}", "}")) for method, path in TABLE}


@pytest.mark.parametrize(("method", "route"), of(ONE), ids=lambda one: one)
def test_what_is_annas_is_hers_and_for_all_others_there_is_none(house: House, method: str, route: str):
    for path in house.paths(route):
        for who in OTHERS:
            answer = house.ask(who, method, path)
            assert answer.status_code == 404, (who, path)
            assert "annas-secret" not in answer.text.replace(path, "")
        mine = [house.ask(who, method, path).status_code for who in ("anna", "annas-key")]
        if (method, route) == ("DELETE", JOB):
            assert mine == [409, 409], path  # it has succeeded
        else:
            assert mine == ([204, 404] if method == "DELETE" else [200, 200]), path


@pytest.mark.parametrize(("method", "route"), of(ONE), ids=lambda one: one)
def test_an_administrator_sees_what_is_annas(house: House, method: str, route: str):
    for path in house.paths(route):
        if path.endswith("/annas-secret.wav"):
            continue  # the last file of this name is one's own
        status = house.ask("admin", method, path).status_code
        assert status == {("DELETE", JOB): 409, ("DELETE", ANALYSIS): 204}.get((method, route), 200), path


def test_what_others_could_not_delete_is_there(house: House):
    identity, job = house.analysis(), house.job()
    for who in OTHERS:
        house.ask(who, "DELETE", f"/v1/analyses/{identity}")
        house.ask(who, "DELETE", f"/v1/jobs/{job}")
    assert house.ask("anna", "GET", f"/v1/analyses/{identity}").status_code == 200
    assert house.ask("anna", "GET", f"/v1/jobs/{job}").json()["status"] == "succeeded"


@pytest.mark.parametrize("route", sorted({route for _, route in of(LIST)}))
def test_lists_hold_what_is_ones_own(house: House, route: str):
    house.job(name="annas-secret.wav")
    options = {"params": {"group": "file"}} if "analytics" in route else {}
    for who in OWNERS:
        assert "annas-secret" in house.ask(who, "GET", route, **options).text, who
    for who in OTHERS:
        answer = house.ask(who, "GET", route, **options)
        assert answer.status_code == 200
        assert "annas-secret" not in answer.text, who
        assert "of-this-machine" not in answer.text, who


def test_a_list_that_is_asked_for_another_stays_ones_own(house: House):
    """No filter, cursor or header widens it."""
    house.analysis()
    cursor = house.ask("anna", "GET", "/v1/analyses", params={"limit": 1}).json()["cursor"] or ""
    for who in OTHERS:
        for params in ({"q": "annas"}, {"owner": "user:anna"}, {"cursor": cursor}, {"speaker": "anna"}, {"limit": 100}):
            answer = house.ask(who, "GET", "/v1/analyses", params={k: v for k, v in params.items() if v})
            assert "annas-secret" not in answer.text, (who, params)
        forged = {"X-Owner": "user:anna", "X-Forwarded-User": "anna", "X-Remote-User": "anna", "Cookie": "user=anna"}
        assert "annas-secret" not in house.ask(who, "GET", "/history", headers=forged).text


def test_what_one_makes_is_ones_own_whichever_way(house: House):
    ways: dict[str, Callable[[str, str], httpx.Response]] = {
        route: lambda who, name, route=route: house.ask(who, "POST", route, files={"file": (name, house.wav)})
        for route in ("/predict", "/process_audio", "/v1/analyses")
    }
    everybody = ("bert", "stranger", "key-of-local", "annas-key")
    for route, way in ways.items():
        for who in everybody:
            assert way(who, f"{who}{route.replace('/', '-')}.wav").status_code == 200
    for who in everybody:
        told = house.ask(who, "GET", "/v1/analyses", params={"limit": 100}).text
        for route in ways:
            seen = {one for one in everybody if f'"{one}{route.replace("/", "-")}.wav"' in told}
            assert seen == {who}, route


def test_visitors_share_what_visitors_have_analysed(house: House):
    """Without a key nobody can tell one from another: they are one owner, wherever they come from."""
    identity = house.analysis("stranger", "of-a-visitor.wav")
    elsewhere = {"headers": {"X-Forwarded-For": "198.51.100.7"}}
    assert "of-a-visitor" in house.ask("stranger", "GET", "/v1/analyses", **elsewhere).text
    for who in ("anna", "bert", "key-of-local", "key-of-anonymous"):
        assert house.ask(who, "DELETE", f"/v1/analyses/{identity}").status_code == 404
    assert house.ask("stranger", "DELETE", f"/v1/analyses/{identity}", **elsewhere).status_code == 204


@pytest.mark.parametrize(("method", "route"), of(ADMIN), ids=lambda one: one)
def test_only_administrators_administer(house: House, method: str, route: str):
    path = route.replace("{id}", "0" * 16)
    for who in ("anna", "annas-key", *OTHERS):
        assert house.ask(who, method, path).status_code == 403, who
    assert house.ask("admin", method, path).status_code not in {401, 403}


@pytest.mark.parametrize(("method", "route"), [*of(OPEN), *of(MODELS)], ids=lambda one: one)
def test_what_is_nobodys_tells_nothing_of_anybody(house: House, method: str, route: str):
    house.analysis()
    path = route.replace("{name}", "calm").replace("{identity}", "default")
    for who in (*OWNERS, *OTHERS):
        assert "annas-secret" not in house.ask(who, method, path).text


@pytest.mark.parametrize(("method", "route"), of(MAKES), ids=lambda one: one)
def test_what_makes_something_asks_for_the_scope(house: House, method: str, route: str):
    assert house.ask("reader", method, route).status_code == 403
