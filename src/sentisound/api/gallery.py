"""The gallery: keeps what was analysed for a while, and draws its picture or writes its report when first asked for it.

Drawing waits for a place of its own, of which there are few, so that analyses go on beside it; whoever asks for the
same picture at the same time waits for the same drawing.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from io import BytesIO
from pathlib import PurePath
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool

from sentisound import deadline
from sentisound.api.capacity import Capacity, check_kind, check_length
from sentisound.api.uploads import Upload
from sentisound.audio.waveform import Waveform
from sentisound.deadline import Deadline, limit
from sentisound.identity.owner import Owner
from sentisound.insight.album import Album, remove_leftovers
from sentisound.insight.charts import draw
from sentisound.insight.exhibit import Exhibit, sha256_of
from sentisound.insight.report import report
from sentisound.results import Analysis
from sentisound.service import Analyzer, display_name
from sentisound.settings import Settings
from sentisound.workers import Here, Workers

log = logging.getLogger(__name__)

FOLDER = "pictures"
LINE = 32
"""Drawings that may wait; as many as there are workers are done at once."""
DRAW_S = 120.0
"""How long a drawing may take: that of an hour takes some seconds."""
TIDY_S = 30.0
MAX_STEM = 60
_PICTURE = re.compile(r".*_([0-9a-f]{32})_analysis\.png", re.DOTALL)

Maker = Callable[[Exhibit], bytes]


class Gallery:
    """Pictures and reports of what the server has analysed; belongs to one event loop.

    Parameters
    ----------
    settings : Settings
    workers : Workers, optional
        Draw; without them one thread at a time does, as matplotlib holds the interpreter.
    """

    def __init__(self, settings: Settings, workers: Workers | None = None) -> None:
        self._workers = workers or Here()
        self.on = settings.picture_minutes > 0 and find_spec("matplotlib") is not None
        self.album = Album(settings.cache_folder / FOLDER, 60 * settings.picture_minutes, workers=self._workers)
        self._drawers = Capacity(self._workers.count, LINE, max_s=DRAW_S)
        self._drawing: dict[tuple[str, str], _Drawing] = {}

    def analyse(
        self, analyzer: Analyzer, source: bytes | Upload, name: str, owner: str, **options: Any
    ) -> tuple[Analysis, str | None]:
        """Analyse a sound and keep it; return the analysis, and where its picture is if one can be had; blocks.

        ``options`` are those of ``Analyzer.analyze``.
        """
        exhibit = exhibit_of(analyzer, source, name, **options)
        with deadline.shield():
            key = self.keep(exhibit, owner)
        return exhibit.analysis, key and place_of(exhibit.analysis.file, key)

    def keep(self, exhibit: Exhibit, owner: str = "") -> str | None:
        """Keep what a picture shows and return its key; None where pictures are off or the disk is full; blocks."""
        if not self.on:
            return None
        try:
            return self.album.keep(exhibit, owner)
        except OSError as error:  # a picture that cannot be had costs nobody the answer
            log.warning("no picture of %s: %s", exhibit.analysis.id, error)
            return None

    async def made(self, identity: str, name: str, make: Maker, find: Callable[[], Exhibit]) -> bytes:
        """Return what is made of an analysis by its id, once and kept as ``name`` for a while.

        Parameters
        ----------
        find
            Returns the exhibit where it is not kept here (any more); blocks.
        """
        key = self.album.of(identity) or await self._drawers.run(lambda: self.keep(find()))
        if key is None:
            return await self._drawers.run(lambda: self._workers.run(make, find()))
        return await self._made(key, name, make)

    async def picture(self, name: str, owner: Owner) -> bytes:
        """Return the picture at ``visualizations/<name>``, PNG.

        Raises
        ------
        PictureNotFound
            When it never was, is no longer kept, or another's.
        """
        return await self._made(self._key_of(name, owner), "analysis.png", partial(draw, "analysis"))

    async def report(self, name: str, owner: Owner) -> bytes:
        """Return a report, PDF, by the name of a file (the owner's last one called so) or the name of its picture.

        Raises
        ------
        PictureNotFound
            When there is none, it is no longer kept, or another's.
        """
        is_picture = _PICTURE.fullmatch(name) is not None
        key = self._key_of(name, owner) if is_picture else self.album.latest(display_name(name), owner.id)
        return await self._made(key, "report.pdf", report)

    def _key_of(self, name: str, owner: Owner) -> str:
        """Return the key in the name of a picture; random as it is, it is no key to another's picture."""
        found = _PICTURE.fullmatch(name)
        key = found[1] if found else ""
        if owner.sees is not None:
            self.album.check_owner(key, owner.sees)
        return key

    async def chart(self, exhibit: Exhibit) -> bytes:
        """Return bars and a pie of an exhibit that is not kept, PNG; they do not show its sound, which stays here."""
        return await self._drawers.run(partial(self._workers.run, draw, "scores", replace(exhibit, waveform=None)))

    async def _made(self, key: str, name: str, make: Maker) -> bytes:
        """Return what is made once; where it is being made already, wait for that."""
        if (content := await run_in_threadpool(self.album.made, key, name)) is not None:
            return content
        drawing = self._drawing.get((key, name))
        if drawing is None or drawing.deadline.cancelled:
            drawing = _Drawing(self._drawers, partial(self.album.make, key, name, make))
            self._drawing[key, name] = drawing
            drawing.task.add_done_callback(partial(self._done, (key, name), drawing))
        return await drawing.wait()

    def _done(self, what: tuple[str, str], drawing: _Drawing, task: asyncio.Task[bytes]) -> None:
        if self._drawing.get(what) is drawing:
            del self._drawing[what]
        if not task.cancelled():
            task.exception()  # where every client has gone, nobody else asks for it


class _Drawing:
    """A drawing that several clients wait for; it goes on as long as one of them does."""

    def __init__(self, drawers: Capacity, work: Callable[[], bytes]) -> None:
        self.deadline = Deadline()
        self._waiting = 0
        with limit(self.deadline):  # not that of the client who asks first
            self.task = asyncio.ensure_future(drawers.run(work))

    async def wait(self) -> bytes:
        """Return what is drawn."""
        self._waiting += 1
        deadline.current().when_cancelled(self._leave)
        return await asyncio.shield(self.task)

    def _leave(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self.deadline.cancel()


@asynccontextmanager
async def hung(gallery: Gallery) -> AsyncIterator[None]:
    """Hold a gallery open: what is too old is removed also when nobody comes, and everything when the server stops."""
    if not gallery.on:
        yield
        return
    tidying = asyncio.create_task(_tidying(gallery.album))
    try:
        yield
    finally:
        tidying.cancel()
        with suppress(asyncio.CancelledError):
            await tidying
        await run_in_threadpool(gallery.album.close)


def exhibit_of(analyzer: Analyzer, source: bytes | Upload, name: str, **options: Any) -> Exhibit:
    """Analyse a sound and return all that a picture of it shows; blocks. ``options`` as of ``Analyzer.analyze``."""
    sounds: list[Waveform] = []
    check_length(BytesIO(source) if isinstance(source, bytes) else source.file, analyzer)
    analysis = analyzer.analyze(cast("BinaryIO", source), name=name, heard=heard_as(sounds), **options)
    digest = sha256_of(source if isinstance(source, bytes) else source.file)
    return Exhibit(analysis, sounds[0], analyzer.card, digest)


def heard_as(sounds: list[Waveform]) -> Callable[[Waveform], None]:
    """Return what an analyzer tells the sound to: it is noted, and one that is longer than its header said leaves."""

    def heard(waveform: Waveform) -> None:
        check_kind(waveform.duration_s)
        sounds.append(waveform)

    return heard


def place_of(name: str, key: str) -> str:
    """Return where the picture of a file is, relative to the server: the key finds it, the name is for people."""
    stem = PurePath(name).stem[:MAX_STEM] or "audio"
    return f"visualizations/{quote(stem, safe='')}_{key}_analysis.png"


async def _tidying(album: Album) -> None:
    while True:
        await run_in_threadpool(remove_leftovers, album.folder, album.max_age_s)
        await run_in_threadpool(album.tidy)
        await asyncio.sleep(min(TIDY_S, album.max_age_s))
