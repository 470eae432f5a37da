"""Readiness: whether the model, the database and its tables are there, so that a balancer knows where to send work."""

from __future__ import annotations

import logging

from pydantic import BaseModel, ConfigDict

from sentisound.api.doors import Doors
from sentisound.errors import HistoryError
from sentisound.history.keeper import Keeper
from sentisound.history.migrate import revision
from sentisound.history.tables import HEAD

log = logging.getLogger(__name__)

OK, OFF = "ok", "off"


class Readiness(BaseModel):
    """What ``GET /readyz`` answers; each part is ``ok``, ``off``, or says what is wrong."""

    model_config = ConfigDict(frozen=True)

    status: str
    """``ready`` or ``not ready``."""
    model: str
    """``name@version``."""
    database: str
    migrations: str


def readiness(keeper: Keeper, doors: Doors, model: str) -> Readiness:
    """Return whether the server can do its work; blocks. Without a history and keys no database is needed."""
    if not keeper.on and not doors.gate.asks:
        return Readiness(status="ready", model=model, database=OFF, migrations=OFF)
    try:
        found = keeper.read(revision) if keeper.on else doors.database.read(revision)
    except HistoryError as error:
        log.warning("not ready: %s", error)
        return Readiness(status="not ready", model=model, database=error.title, migrations="not known")
    migrations = OK if found == HEAD else f"at {found}, not {HEAD}"
    return Readiness(status="ready" if found == HEAD else "not ready", model=model, database=OK, migrations=migrations)
