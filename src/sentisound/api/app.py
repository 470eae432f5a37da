"""The application: every part of the server put together by one factory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from sentisound import __version__
from sentisound.api.capacity import AnalysisCapacity
from sentisound.api.doors import Doors
from sentisound.api.errors import HANDLERS
from sentisound.api.gallery import Gallery, hung
from sentisound.api.in_flight import cancelled
from sentisound.api.keeping import kept
from sentisound.api.parts import Parts
from sentisound.api.recordings import RecordingNames
from sentisound.api.routes import (
    analyses,
    analytics,
    artefacts,
    contract,
    history,
    jobs,
    keys,
    models,
    original,
    pages,
    peaks,
    pictures,
    probes,
    reports,
    samples,
    tokens,
    webhooks,
    words,
)
from sentisound.errors import WorkCancelled
from sentisound.history.keeper import Keeper
from sentisound.service import Analyzer
from sentisound.settings import Settings


def create_app(settings: Settings, analyzer: Analyzer | None = None) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    settings : Settings
    analyzer : Analyzer, optional
        Made from the settings when the server starts, where it is not given.

    Raises
    ------
    SettingsError, MissingExtra
        When the history's database URL cannot be used here.
    """
    doors = Doors.of(settings)
    app = FastAPI(
        title="SentiSound",
        version=__version__,
        lifespan=_lifespan(settings, analyzer, Keeper(settings), doors),
        redirect_slashes=False,  # a redirect would be built from the Host header, which is the client's to choose
        openapi_url=None,  # FastAPI's documentation pages load scripts from elsewhere
        exception_handlers={**HANDLERS, WorkCancelled: cancelled},
        middleware=doors.middleware(),
    )
    app.state.doors = doors
    app.include_router(original.router)
    app.include_router(words.router)
    app.include_router(history.router)
    app.include_router(pictures.router)
    app.include_router(reports.router)
    for native in (analyses, artefacts, peaks, jobs, models, analytics, contract):
        app.include_router(native.router)
    app.include_router(pages.router)
    app.include_router(samples.router)
    for door in (keys, probes, tokens, webhooks):
        app.include_router(door.router)
    app.mount("/static", pages.Assets(directory=pages.WEB))
    return app


def _lifespan(
    settings: Settings, analyzer: Analyzer | None, keeper: Keeper, doors: Doors
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.settings = settings
        app.state.analyzer = analyzer or await run_in_threadpool(Analyzer, settings)
        app.state.capacity = AnalysisCapacity.of(settings)
        app.state.recording_names = RecordingNames()
        app.state.keeper = keeper
        app.state.gallery = Gallery(settings, app.state.analyzer.workers)
        app.state.stopping = doors.requests.stopping
        app.state.parts = Parts.of(settings, app.state.analyzer, keeper, app.state.gallery)
        app.state.parts.runner.ended.append(doors.outcomes.job)
        hanging = hung(app.state.gallery)
        async with kept(keeper), hanging, doors.opened(app.state.capacity), app.state.parts.running():
            yield

    return lifespan
