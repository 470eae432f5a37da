"""Readiness: whether the model answers and the database has its tables, so that a balancer knows where to send work."""

from __future__ import annotations

import logging

from pydantic import BaseModel, ConfigDict

from sentisound.api.doors import Doors
from sentisound.api.models import Models
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
    """``name@version``; behind it, what is wrong where it does not answer."""
    database: str
    migrations: str


def readiness(keeper: Keeper, doors: Doors, models: Models) -> Readiness:
    """Return whether the server can do its work; blocks. Without a history and keys no database is needed."""
    model, fault = models.default.card.id, models.fault()
    if fault is not None:
        log.warning("not ready: the model %s: %s", model, fault)
        model = f"{model}: {fault.title}"
    database, migrations = _database(keeper, doors)
    ready = fault is None and database in {OK, OFF} and migrations in {OK, OFF}
    status = "ready" if ready else "not ready"
    return Readiness(status=status, model=model, database=database, migrations=migrations)


def _database(keeper: Keeper, doors: Doors) -> tuple[str, str]:
    """Return how the database and its tables are."""
    if not keeper.on and not doors.gate.asks:
        return OFF, OFF
    try:
        found = keeper.read(revision) if keeper.on else doors.database.read(revision)
    except HistoryError as error:
        log.warning("not ready: %s", error)
        return error.title, "not known"
    return OK, OK if found == HEAD else f"at {found}, not {HEAD}"
