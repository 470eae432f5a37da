"""The history in a running server: open while it serves, its retention once a day, and what an answer says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sentisound.history.keeper import Keeper, Kept
from sentisound.insight.exhibit import sha256_of
from sentisound.results import Analysis

DAY_S = 24 * 3600
HEADER = "X-SentiSound-History"
"""Header that says whether the analysis was ``kept``, ``failed`` to be, or the history is ``off``."""


@asynccontextmanager
async def kept(keeper: Keeper) -> AsyncIterator[None]:
    """Hold the history open, and delete once a day what the retention no longer allows."""
    await run_in_threadpool(keeper.start)
    daily = asyncio.create_task(_daily(keeper))
    try:
        yield
    finally:
        daily.cancel()
        with suppress(asyncio.CancelledError):
            await daily
        await run_in_threadpool(keeper.close)


async def _daily(keeper: Keeper) -> None:
    while True:
        await asyncio.sleep(DAY_S)
        await run_in_threadpool(keeper.apply_retention)


def keep_upload(keeper: Keeper, analysis: Analysis, source: bytes | BinaryIO, owner: str) -> Kept:
    """Keep the analysis of a file that was read, with the file's hash; blocks."""
    return keeper.keep(analysis, owner=owner, sha256=sha256_of(source)) if keeper.on else "off"


def say(response: Response, outcome: Kept) -> None:
    """Say in the answer's header what became of the analysis."""
    response.headers[HEADER] = outcome
