"""Servers and commands that are killed while they share one database, and what was promised meanwhile."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import make_url

from databases import Cluster
from sentisound.settings import Settings

PROGRAM = [sys.executable, "-m", "sentisound"]
BUSY = "has locked it for more than"
"""What a command says that had to wait too long for its turn: it has done nothing."""
LIMITS = {"SENTISOUND_RATE_REQUESTS": "0", "SENTISOUND_RATE_AUDIO_S": "0", "SENTISOUND_WORKERS": "1"}
BLAMED = re.compile(r"Traceback|damaged|disk|deleted or replaced|failed \(SQLITE", re.IGNORECASE)
"""What no server and no command has any reason to say here."""


@dataclass
class Promises:
    """What was confirmed, and so has to hold whatever is killed; sets only grow."""

    kept: set[str] = field(default_factory=set)
    """Ids of analyses that were answered with ``kept``."""
    deleting: set[str] = field(default_factory=set)
    """Those of them that somebody has asked to delete."""
    deleted: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    """Names of the files of imported rows."""
    purged: set[str] = field(default_factory=set)
    """Names of the files of rows that a purge has deleted, or that were older than it in any case."""
    jobs: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    """What did not hold, in words."""

    def check(self, where: str, found: Found, before: Promises) -> None:
        """Check what was found against what was promised before somebody looked; what happened since may be in it."""
        lost = {
            "analyses": before.kept - self.deleting - found.analyses,
            "imported rows": before.imported - found.files,
            "keys": before.keys - found.keys if found.keys is not None else set(),
        }
        returned = {
            "deleted analyses": before.deleted & found.analyses,
            "purged rows": before.purged & found.files,
            "revoked keys": before.revoked & (found.keys or set()),
        }
        self.broken += [f"{where}: {len(some)} {kind} lost: {sorted(some)[:5]}" for kind, some in lost.items() if some]
        self.broken += [
            f"{where}: {len(some)} {kind} there: {sorted(some)[:5]}" for kind, some in returned.items() if some
        ]

    def copy(self) -> Promises:
        """Return what is promised now."""
        made = Promises()
        for name, value in vars(self).items():
            if isinstance(value, set):
                setattr(made, name, set(value))
        return made


@dataclass(frozen=True)
class Found:
    """What a database, or a copy of it, holds: ids of analyses, names of their files, ids of keys where it tells."""

    analyses: set[str]
    files: set[str]
    keys: set[str] | None = None


class Server:
    """A server as a user starts it, in a process of its own; started again it answers at another port."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment, self._log = environment, log
        self._process: subprocess.Popen | None = None
        self._lock = threading.Lock()
        self.url = ""
        self.up = threading.Event()
        """Set while it serves and nobody has ended it."""

    def start(self) -> None:
        """Start the process where there is none; ``up`` is set as soon as it serves."""
        command = [*PROGRAM, "serve", "--port", "0", "--require-keys"]
        with self._lock, self._log.open("ab") as log:
            if self._process is not None:
                return
            process = subprocess.Popen(command, stdout=-1, stderr=log, text=True, env=self._environment)
            self._process = process
        threading.Thread(target=self._wait_until_up, args=(process,), daemon=True).start()

    def _wait_until_up(self, process: subprocess.Popen) -> None:
        with process.stdout as said:
            found = re.search(r"http://\S+", said.readline())
            with self._lock:
                if found and process is self._process:
                    self.url = found[0]
                    self.up.set()
            process.wait()

    def end(self, number: signal.Signals) -> bool:
        """End the process and return whether there was one; meanwhile nobody else starts or ends it."""
        self.up.clear()
        with self._lock:
            if self._process is None:
                return False
            self._process.send_signal(number)
            self._process.wait(60)
            self._process = None
            self.up.clear()
            return True

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def nameless_files(self) -> list[str]:
        """Return what the process holds open of the history that has no name any more (Linux tells)."""
        process, names = self._process, []
        for link in Path(f"/proc/{process.pid}/fd").glob("*") if process else []:
            with suppress(OSError):  # closed meanwhile
                names.append(str(link.readlink()))
        return [name for name in names if "history.sqlite3" in name and name.endswith("(deleted)")]


class Site:
    """One database with two servers, and commands beside them."""

    def __init__(self, settings: Settings, cluster: Cluster | None, folder: Path) -> None:
        self.settings, self.cluster, self.folder = settings, cluster, folder
        url = {"SENTISOUND_DATABASE_URL": settings.database_url.get_secret_value()} if cluster else {}
        self._environment = {**os.environ, **LIMITS, **url, "SENTISOUND_DATA_DIR": str(settings.data_dir)}
        self.servers = [Server(self._environment, folder / f"server-{number}.log") for number in range(2)]
        self.promises = Promises()
        self._client = httpx.Client(timeout=30, trust_env=False, verify=False)  # noqa: S501 - no TLS here
        self._running: list[subprocess.Popen] = []
        self._lock = threading.Lock()

    @property
    def up(self) -> list[Server]:
        """The servers that serve now."""
        return [server for server in self.servers if server.up.is_set()]

    def end(self, server: Server, sent: signal.Signals) -> None:
        self.promises.broken += [f"{name} is open" for name in server.nameless_files()]
        self.promises.done[sent.name] += server.end(sent)

    def close(self) -> None:
        self._client.close()
        for server in self.servers:
            server.end(signal.SIGKILL)

    def command(self, *arguments: str, text: str | None = None) -> str | None:
        """Run a command to its end; return what it has said, and None where it was killed or came not to its turn."""
        return self.run([*PROGRAM, *arguments], " ".join(arguments[:2]), text)

    def run(self, command: list[str], name: str, text: str | None = None) -> str | None:
        process = subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True, env=self._environment)
        with self._lock:
            self._running.append(process)
        try:
            said, complaint = process.communicate(text, timeout=120)
        finally:
            process.kill()
            with self._lock:
                self._running.remove(process)
        return self._judged(name, process.returncode, said, complaint)

    def _judged(self, name: str, code: int, said: str, complaint: str) -> str | None:
        if code == -signal.SIGKILL:
            self.promises.done[f"{name}: killed"] += 1
            return None
        if code and BUSY in complaint:
            self.promises.done[f"{name}: locked"] += 1
            return None
        if code or BLAMED.search(complaint):
            self.promises.broken.append(f"{name} ended with {code}: {complaint[-500:]}")
            return None
        self.promises.done[name] += 1
        return said

    def kill_a_command(self) -> None:
        """Kill one of the commands that run."""
        with self._lock:
            if self._running:
                random.choice(self._running).kill()  # noqa: S311 - no secret

    def ask(self, server: Server, key: str, method: str, path: str, **options: object) -> httpx.Response | None:
        """Ask a server; None where it does not serve (its port may be another's by now) or goes meanwhile."""
        if not server.up.is_set():
            return None
        headers = {"Authorization": f"Bearer {key}", **options.pop("headers", {})}
        try:
            answer = self._client.request(method, server.url + path, headers=headers, **options)
        except httpx.TransportError:
            return None
        self.promises.done[f"{method} {answer.status_code}"] += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            self.promises.broken.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def expect(self, status: int, key: str, path: str, what: str) -> None:
        """Ask every server; one that has gone, or says that it cannot tell now, is excused."""
        for server in self.servers:
            answer = self.ask(server, key, "GET", path)
            if answer is not None and answer.status_code not in {status, 503}:
                self.promises.broken.append(f"{what}: {answer.status_code} {answer.text[:300]}")

    def backup(self, file: Path) -> Found | None:
        """Copy the database as the documentation says, and return what the copy holds."""
        if self.cluster is None:
            made = self.command("history", "backup", str(file))
            return None if made is None else of_file(file)
        url = self.settings.database_url.get_secret_value()
        dump = [str(self.cluster.programs / "pg_dump"), "--format=custom", f"--file={file}", url]
        return None if self.run(dump, "pg_dump") is None else self._of_dump(file)

    def _of_dump(self, file: Path) -> Found:
        restore = [self.cluster.programs / "pg_restore", "--data-only", f"--schema={self.schema}", "--file=-", file]
        text = subprocess.run(restore, check=True, capture_output=True, text=True).stdout
        tables = dict(re.findall(r"^COPY \w+\.(\w+) [^\n]*\n(.*?)^\\\.$", text, re.MULTILINE | re.DOTALL))
        rows = [line.split("\t") for line in tables["analyses"].splitlines()]
        keys = {line.split("\t")[0] for line in tables["keys"].splitlines()}
        return Found({row[0] for row in rows}, {row[3] for row in rows}, keys)

    @property
    def schema(self) -> str:
        options = make_url(self.settings.database_url.get_secret_value()).query["options"]
        return str(options).partition("search_path=")[2]

    def check_database(self) -> None:
        """Check every page and index of the database, which nobody uses any more."""
        if self.cluster is None:
            of_file(self.settings.data_dir / "history.sqlite3")
            return
        check = [self.cluster.programs / "pg_amcheck", "--install-missing", "--heapallindexed", "--parent-check"]
        where = ["-h", self.cluster.folder, "-U", "sentisound", f"--schema={self.schema}", "postgres"]
        done = subprocess.run([*check, *where], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def of_file(file: Path) -> Found:
    """Return what a database of SQLite holds that nobody else uses, and check that it is whole."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute("SELECT id, file FROM analyses").fetchall()
        keys = {row[0] for row in connection.execute("SELECT id FROM keys")}
    finally:
        connection.close()
    return Found({row[0] for row in rows}, {row[1] for row in rows}, keys)
