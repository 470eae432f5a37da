"""``GET /history`` and ``GET /history.csv`` in the original systems' shape, the newest first, of any length.

Both are sent batch by batch as the client takes them. Where no history is kept the list is empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from sentisound.api.dependencies import Reader, TheKeeper
from sentisound.api.errors import failures
from sentisound.history.entry import Entry, Selection
from sentisound.history.exchange import columns, csv_pages
from sentisound.history.keeper import Keeper
from sentisound.identity.owner import Owner

JSON = "application/json"
CSV = "text/csv; charset=utf-8"
CSV_HEADERS = {"Content-Disposition": 'attachment; filename="history.csv"'}

router = APIRouter()


class HistoryRow(BaseModel):
    """One analysis in the original systems' columns."""

    model_config = ConfigDict(frozen=True)

    timestamp: str
    """Local time of the server, ``2024-01-15 14:30:25``."""
    filename: str
    predicted_emotion: str
    confidence: float
    top_3_probabilities: str
    """A JSON text."""


class HistoryList(BaseModel):
    """What ``GET /history`` answers."""

    model_config = ConfigDict(frozen=True)

    history: list[HistoryRow]


@router.get("/history", response_model=HistoryList, responses=failures(503))
async def history(keeper: TheKeeper, owner: Reader) -> Response:
    """Give everything that was analysed."""
    return await _streamed(json_pages(pages(keeper, owner)), JSON)


@router.get("/history.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}, **failures(503)})
async def history_csv(keeper: TheKeeper, owner: Reader) -> Response:
    """Give everything that was analysed as CSV."""
    response = await _streamed(csv_pages(pages(keeper, owner)), CSV)
    response.headers.update(CSV_HEADERS)
    return response


async def history_head() -> Response:
    """Say that there is a history; how long it is, is known once it was sent."""
    return Response(media_type=JSON)


async def history_csv_head() -> Response:
    """Say that there is a CSV; how long it is, is known once it was sent."""
    return Response(media_type=CSV, headers=CSV_HEADERS)


def pages(keeper: Keeper, owner: Owner) -> Iterator[list[Entry]]:
    """Yield all that an owner may see in batches; nothing where no history is kept."""
    if keeper.on:
        yield from keeper.pages(Selection(owner=owner.sees))


def json_pages(entries: Iterable[list[Entry]]) -> Iterator[str]:
    """Yield ``{"history": [...]}``, a piece for each batch."""
    lead = '{"history": ['
    for page in entries:
        yield lead + ", ".join(json.dumps(columns(entry)) for entry in page)
        lead = ", "
    yield "]}" if lead == ", " else lead + "]}"


async def _streamed(pieces: Iterator[str], media_type: str) -> StreamingResponse:
    """Return an answer that is sent piece by piece; the first is made now, while a failure can still be answered."""
    first = await run_in_threadpool(lambda: [next(pieces)])
    return StreamingResponse(chain(first, pieces), media_type=media_type)
