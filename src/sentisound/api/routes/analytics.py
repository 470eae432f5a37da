"""``/v1/analytics``: which emotions were heard how often, over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from sentisound.api.access import Owner, requires
from sentisound.api.dependencies import TheKeeper
from sentisound.api.native import EmotionAnalytics, Moment, series_of
from sentisound.api.problems import problems
from sentisound.api.tags import ANALYTICS
from sentisound.history.entry import Selection
from sentisound.history.shares import Bucket, Group, Share

router = APIRouter(prefix="/v1/analytics", tags=[ANALYTICS])


@router.get("/emotions", responses=problems(503))
async def emotions(
    owner: Annotated[Owner, requires("history:read")],
    keeper: TheKeeper,
    bucket: Annotated[Bucket, Query(description="Length of a step in time, UTC; weeks begin on Monday.")] = "day",
    group: Annotated[Group | None, Query(description="A series for each file or speaker.")] = None,
    model: Annotated[str | None, Query(max_length=200, description="`name@version`.")] = None,
    since: Annotated[Moment | None, Query(alias="from", description="The earliest moment.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="The first moment that does not count.")] = None,
    q: Annotated[str | None, Query(max_length=400, description="Part of the file's name.")] = None,
    speaker: Annotated[str | None, Query(max_length=200)] = None,
) -> EmotionAnalytics:
    """Give the share of each emotion in each step of time, and by how much it differs from the step before."""
    selection = Selection(model=model, since=since, until=until, text=q, owner=owner.sees, speaker=speaker)
    shares: tuple[Share, ...] = ()
    if keeper.on:
        shares = await run_in_threadpool(lambda: keeper.use(lambda history: history.shares(bucket, selection, group)))
    return EmotionAnalytics(bucket=bucket, group=group, series=series_of(shares))
