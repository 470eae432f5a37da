"""Databases for every test that asks: an empty SQLite file, and an empty schema in a PostgreSQL started for them."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.settings import Settings

SUPERUSER = "sentisound"
PROGRAMS = ("initdb", "postgres", "pg_isready")


class Cluster:
    """A PostgreSQL of our own on a Unix socket, as the user ``postgres`` where we are root: it refuses root."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        self.user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        self._schemas = itertools.count()
        self._process: subprocess.Popen | None = None
        if self.user:
            shutil.chown(folder, **self.user)
        command = [programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", SUPERUSER]
        command += ["--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self.user)

    def start(self) -> None:
        command = [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder]
        command += ["-c", "listen_addresses=", "-c", "fsync=off"]
        self._process = subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **self.user)
        ready = [self.programs / "pg_isready", "-q", "-h", self.folder, "-t", "1"]
        deadline = time.monotonic() + 30
        while subprocess.run(ready, check=False).returncode:
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown
            self._process.wait(30)
            self._process = None

    def empty_schema(self) -> str:
        """Return the URL of a new schema, in which a connection makes and finds its tables."""
        import psycopg

        schema = f"test_{next(self._schemas)}"
        with psycopg.connect(host=str(self.folder), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        return f"postgresql://{SUPERUSER}@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"


def _programs() -> Path | None:
    """Return the folder with PostgreSQL's programs: Debian's newest, which is not on the PATH, or one that is."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    return next((folder for folder in (*debian, *on_path) if all((folder / name).exists() for name in PROGRAMS)), None)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL; the test is skipped where it is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: scripts/install-system installs it")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    folder = Path(tempfile.mkdtemp(prefix="sentisound-"))  # pytest's own folders are closed to other users
    made = Cluster(programs, folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Return settings whose history is empty."""
    if request.param == "sqlite":
        return Settings.load(data_dir=tmp_path / "data")
    return Settings.load(database_url=request.getfixturevalue("cluster").empty_schema())


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    """Return settings whose history is an SQLite file that is not there yet."""
    return Settings.load(data_dir=tmp_path / "data")


@pytest.fixture
def database(settings: Settings) -> Iterator[Holder[Database]]:
    """Give an empty database as a server holds it, on SQLite and on PostgreSQL."""
    held = Holder(Database, place_of(settings))
    yield held
    held.close()
