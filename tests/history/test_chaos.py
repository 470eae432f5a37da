"""Two servers, five commands and a backup on one database, under load, with kill -9: what was promised holds.

A short run for each database by default; ``SENTISOUND_CHAOS_S=120 pytest -s tests/history/test_chaos.py`` is the long
one, with a kill every ten seconds.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from chaos import BLAMED, Found, Server, Site
from databases import Cluster
from sentisound.history.exchange import TIMESTAMP
from sentisound.settings import Settings
from sentisound.testing import speech_like

RUN_S = float(os.environ.get("SENTISOUND_CHAOS_S", "16"))
KILL_EVERY_S = min(10.0, RUN_S / 3)
PATIENCE_S = 240.0
"""On a busy machine a run goes on for so long until everything has happened once."""
PASSWORD = "correct horse battery"  # noqa: S105
HEADER = "timestamp,filename,predicted_emotion,confidence,top_3_probabilities\n"


class Load:
    """Everything that happens at once; each method is called again and again by a thread of its own."""

    def __init__(self, site: Site, admin: str) -> None:
        self.site, self.admin = site, admin
        self.promises = site.promises
        self.stop = threading.Event()
        self.revoked_keys: list[str] = []
        self._numbers = itertools.count()
        self._sound = clip()

    def analyse(self) -> None:
        for server in self.site.servers:
            answer = self._send(server)
            if answer is not None and answer.headers.get("X-SentiSound-History") == "kept":
                self.promises.kept.add(identity := answer.json()["id"])
                self.site.expect(200, self.admin, f"/v1/analyses/{identity}", "an analysis that was kept")

    def submit(self) -> None:
        for server in self.site.servers:
            answer = self._send(server, Prefer="respond-async")
            if answer is not None and answer.status_code == 202:
                self.promises.jobs.add(answer.json()["id"])
        self.stop.wait(2)

    def _send(self, server: Server, **headers: str) -> httpx.Response | None:
        files = {"file": (f"{next(self._numbers)}.wav", self._sound)}
        answer = self.site.ask(server, self.admin, "POST", "/v1/analyses", files=files, headers=headers)
        if answer is not None and answer.status_code not in {200, 202, 503}:
            self.promises.broken.append(f"an analysis: {answer.status_code} {answer.text[:300]}")
        return answer

    def delete(self) -> None:
        """Delete the oldest analysis, never one that has just been made: somebody may look for that."""
        self.stop.wait(1)
        there = sorted(self.promises.kept - self.promises.deleting)
        if len(there) < 10 or not self.site.up:
            return
        self.promises.deleting.add(there[0])
        for server in self.site.servers:
            answer = self.site.ask(server, self.admin, "DELETE", f"/v1/analyses/{there[0]}")
            if answer is not None and answer.status_code == 204:
                self.promises.deleted.add(there[0])
                self.site.expect(404, self.admin, f"/v1/analyses/{there[0]}", "an analysis that was deleted")
                return

    def list_and_export(self) -> None:
        self.site.command("history", "list", "--limit", "5")
        before = self.promises.copy()
        if (found := exported(self.site)) is not None:
            self.promises.check("export", found, before)

    def import_and_purge(self) -> None:
        """Import old rows and new ones, and purge the old."""
        number = next(self._numbers)
        old, new = ({f"{age}-{number}-{row}.wav" for row in range(5)} for age in ("old", "new"))
        file = self.site.folder / f"rows-{number}.csv"
        file.write_text(
            HEADER + rows("2001-02-03 04:05:06", old) + rows(f"{datetime.now().astimezone():{TIMESTAMP}}", new)
        )
        if (said := self.site.command("history", "import", str(file))) is not None:
            assert said.startswith("10 imported"), said
            self.promises.imported |= new
        if self.site.command("history", "purge", "--older-than", "1y", "--yes") is not None:
            self.promises.purged |= old

    def make_and_revoke_keys(self) -> None:
        made = self.site.command("keys", "create", "--name", "short", "--scope", "history:read", "--json")
        if made is None:
            return
        key, identity = json.loads(made)["key"], json.loads(made)["about"]["id"]
        self.site.expect(200, key, "/v1/analyses?limit=1", "a key that was made")
        if next(self._numbers) % 3 == 0:
            self.promises.keys.add(identity)
        elif self.site.command("keys", "revoke", identity) is not None:
            self.promises.revoked.add(identity)
            self.revoked_keys.append(key)
        self.ask_with_revoked_keys(self.revoked_keys[-5:])

    def ask_with_revoked_keys(self, keys: list[str]) -> None:
        for key in keys:
            self.site.expect(401, key, "/v1/analyses?limit=1", "a key that was revoked")

    def add_and_remove_users(self) -> None:
        name = f"user{next(self._numbers)}"
        added = self.site.command("users", "add", name, "--scope", "analyze", "--password-stdin", text=PASSWORD)
        if added is None:
            return
        if next(self._numbers) % 3 == 0:
            self.promises.users.add(name)
        elif self.site.command("users", "remove", name) is not None:
            self.promises.removed.add(name)
        self.check_users()

    def check_users(self) -> None:
        before = self.promises.copy()
        if (said := self.site.command("users", "list", "--json")) is not None:
            found = {json.loads(line)["name"] for line in said.splitlines()}
            if before.users - found or before.removed & found:
                self.promises.broken.append(f"users: {before.users - found} lost, {before.removed & found} there")

    def back_up(self) -> None:
        before = self.promises.copy()
        file = self.site.folder / f"copy-{next(self._numbers)}"
        if (found := self.site.backup(file)) is not None:
            self.promises.check("backup", found, before)
            file.unlink()
        self.stop.wait(1)

    def stop_and_start_a_server(self) -> None:
        """Stop a server in good order and start it again."""
        if self.stop.wait(2 * KILL_EVERY_S):
            return
        for server in self.site.up[-1:]:
            self.site.end(server, signal.SIGTERM)
            server.start()

    @property
    def complete(self) -> bool:
        """Whether there is something of each kind that can be lost, or come back."""
        here = self.promises
        kinds = (here.kept, here.deleted, here.imported, here.purged, here.jobs, here.revoked, here.removed)
        return all(kinds) and here.done["history backup"] + here.done["pg_dump"] > 0

    def start(self) -> list[threading.Thread]:
        acts = (self.analyse, self.submit, self.delete, self.list_and_export, self.import_and_purge)
        acts += (self.make_and_revoke_keys, self.add_and_remove_users, self.back_up, self.stop_and_start_a_server)
        threads = [threading.Thread(target=self._again_and_again, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        return threads

    def _again_and_again(self, act: Callable[[], None]) -> None:
        while not self.stop.wait(0.1):
            try:
                act()
            except Exception as error:  # noqa: BLE001 - told at the end, by the test
                self.promises.broken.append(f"{act.__name__}: {error!r}")


def clip() -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, speech_like(1.2, 16_000, np.random.default_rng(4)), 16_000, format="WAV")
    return buffer.getvalue()


def rows(when: str, names: set[str]) -> str:
    return "".join(f"{when},{name},happy,0.5,{{}}\n" for name in sorted(names))


def exported(site: Site) -> Found | None:
    """Return what an export beside the servers holds."""
    said = site.command("history", "export", "--format", "json")
    if said is None:
        return None
    found = [json.loads(line) for line in said.splitlines()]
    return Found({one["id"] for one in found}, {one["file"] for one in found})


def kill_again_and_again(site: Site, load: Load) -> None:
    """Kill one server, the other, and both, in turn, and a command with them; the last time both stay so."""
    start = time.monotonic()
    for turn in itertools.count():
        load.stop.wait(max(0.0, start + (turn + 1) * KILL_EVERY_S - time.monotonic()))
        over = over_after(time.monotonic() - start, load)
        victims = list(site.servers) if over else victims_of(site, turn)
        for server in victims:
            site.end(server, signal.SIGKILL)
        site.kill_a_command()
        if over:
            return
        for server in victims:
            server.start()


def over_after(passed_s: float, load: Load) -> bool:
    return passed_s >= RUN_S and (load.complete or passed_s >= PATIENCE_S)


def victims_of(site: Site, turn: int) -> list[Server]:
    """Return whose turn it is, of those that serve: who is killed at each start would never serve."""
    up = site.up
    return [server for server in up if turn % 3 == 2 or site.servers.index(server) == turn % 3] or up[:1]


def run(site: Site) -> Load:
    """Let everything happen at once until both servers are killed, under load."""
    load = Load(site, json.loads(site.command("keys", "create", "--name", "all", "--scope", "admin", "--json"))["key"])
    for server in site.servers:
        server.start()
    for server in site.servers:
        assert server.up.wait(PATIENCE_S), server.log
    threads = load.start()
    try:
        kill_again_and_again(site, load)
    finally:
        load.stop.set()
        for thread in threads:
            thread.join()
        for server in site.servers:
            server.end(signal.SIGKILL)
    return load


def wait_for_jobs(load: Load) -> None:
    """Wait until every job that was accepted has ended; those of a killed server are taken over after a while.

    One whose server was killed each of three times is given up, and says so: few may be.
    """
    left, deadline = set(load.promises.jobs), time.monotonic() + PATIENCE_S
    given_up = 0
    while left and time.monotonic() < deadline:
        for identity in list(left):
            job = load.site.ask(load.site.servers[0], load.admin, "GET", f"/v1/jobs/{identity}")
            if job is not None and job.is_success and job.json()["status"] == "succeeded":
                left.remove(identity)
                load.promises.kept.add(job.json()["analysis"])
            elif job is not None and job.is_success and "worker_lost" in job.text:
                left.remove(identity)
                given_up += 1
        time.sleep(0.5)
    assert 4 * given_up <= len(load.promises.jobs), f"{given_up} jobs were given up"
    assert not left, f"{len(left)} of {len(load.promises.jobs)} jobs have not ended well: {sorted(left)[:5]}"


def check_all(site: Site, load: Load) -> None:
    """Start one server again, and hold everything against what was promised."""
    site.servers[0].start()
    assert site.servers[0].up.wait(PATIENCE_S), site.servers[0].log
    wait_for_jobs(load)
    for key in load.revoked_keys:
        assert site.ask(site.servers[0], key, "GET", "/v1/analyses?limit=1").status_code == 401
    load.check_users()
    site.promises.check("at the end", exported(site), site.promises.copy())
    site.promises.check("the last backup", site.backup(site.folder / "last"), site.promises.copy())
    site.end(site.servers[0], signal.SIGTERM)
    site.check_database()


@pytest.fixture
def site(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Give two servers that share one folder and one database, not started yet."""
    cluster: Cluster | None = request.getfixturevalue("cluster") if settings.database_url else None
    made = Site(settings.model_copy(update={"data_dir": tmp_path / "data"}), cluster, tmp_path)
    yield made
    made.close()


def test_what_was_promised_holds_whatever_is_killed(site: Site):
    load = run(site)
    assert load.complete, dict(load.promises.done)
    check_all(site, load)
    sizes = {name: len(value) for name, value in vars(load.promises).items() if isinstance(value, set)}
    print(json.dumps({"promised": sizes, "done": dict(sorted(load.promises.done.items()))}))  # noqa: T201 - pytest -s
    assert not load.promises.broken
    for server in site.servers:
        assert not BLAMED.search(server.log), server.log[-2000:]
