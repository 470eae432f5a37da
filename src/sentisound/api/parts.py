"""The parts of the native API that belong together: made once when the server starts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sentisound.api.gallery import Gallery
from sentisound.api.models import Models
from sentisound.api.runner import Runner
from sentisound.api.spool import Spool
from sentisound.api.workshop import SOUNDS, Workshop
from sentisound.audio.sniff import media_type
from sentisound.audio.waveform import Waveform
from sentisound.errors import AnalysisNotFound, SoundNotKept
from sentisound.history.entry import Entry
from sentisound.history.folder import Folder
from sentisound.history.jobs import Jobs
from sentisound.history.keeper import Keeper
from sentisound.history.place import beside
from sentisound.history.restored import restored
from sentisound.insight.exhibit import Exhibit
from sentisound.results import Analysis
from sentisound.service import Analyzer
from sentisound.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """Models, jobs and the history as one; the methods block."""

    models: Models
    keeper: Keeper
    gallery: Gallery
    sounds: Folder
    """The sounds that are kept, also where no further ones are."""
    workshop: Workshop
    jobs: Jobs
    spool: Spool
    runner: Runner

    @classmethod
    def of(cls, settings: Settings, analyzer: Analyzer, keeper: Keeper, gallery: Gallery) -> Self:
        """Put the parts together."""
        models = Models(settings, analyzer)
        sounds = Folder(beside(settings, SOUNDS))
        keeps = settings.store_audio and keeper.on
        workshop = Workshop(models, keeper, gallery, sounds if keeps else None)
        jobs = Jobs(keeper)
        spool = Spool(settings, jobs)
        runner = Runner(workshop, spool, settings.job_days, settings.job_max_s)
        return cls(models, keeper, gallery, sounds, workshop, jobs, spool, runner)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs, where there is a history to hold them."""
        if not self.keeper.on:
            yield
            return
        async with self.runner.working():
            yield

    def entry(self, identity: str, owner: str | None) -> Entry:
        """Return what the history holds of an analysis.

        Raises
        ------
        AnalysisNotFound
            When there is none that the owner may see.
        """
        if not self.keeper.on:
            raise AnalysisNotFound("no history is kept here")
        found = self.keeper.use(lambda history: history.get(identity, owner=owner))
        if not found.document:
            raise AnalysisNotFound(f"of {identity} only a row of a table is known")
        return found

    def analysis(self, identity: str, owner: str | None) -> Analysis:
        """Return an analysis of the history; raises what ``entry`` does, and where it is not a whole one."""
        try:
            return restored(self.entry(identity, owner).document)
        except ValueError:
            raise AnalysisNotFound(f"of {identity} only a row of an imported table is known") from None

    def exhibit(self, identity: str, owner: str | None) -> Exhibit:
        """Return all that is at hand to draw pictures of an analysis; raises what ``analysis`` does."""
        found = self.analysis(identity, owner)
        digest = self.entry(identity, owner).sha256
        return Exhibit(found, self._sound(identity), self.models.card_of(found.model), digest)

    def sound(self, identity: str, owner: str | None) -> tuple[Path, str]:
        """Return the file with the sound of an analysis as it was sent, and its media type.

        Raises
        ------
        AnalysisNotFound
            When there is none that the owner may see.
        SoundNotKept
            When its sound was not kept.
        """
        self.entry(identity, owner)
        try:
            with self.sounds.open(identity) as file:
                return self.sounds.path / identity, media_type(file)
        except FileNotFoundError:
            raise SoundNotKept(f"the sound of {identity} was not kept (SENTISOUND_STORE_AUDIO)") from None

    def delete(self, identity: str, owner: str | None) -> None:
        """Delete an analysis, its sound and its pictures for good; raises ``AnalysisNotFound``."""
        if not self.keeper.on:
            raise AnalysisNotFound("no history is kept here")
        self.keeper.use(lambda history: history.delete(identity, owner=owner))
        self.sounds.remove(identity)
        self.gallery.album.remove(identity)

    def _sound(self, identity: str) -> Waveform | None:
        if not self.sounds.has(identity):
            return None
        with self.sounds.open(identity) as file:
            return self.models.default.decoded(file)
