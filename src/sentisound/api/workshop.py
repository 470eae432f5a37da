"""The workshop: does what an order says with an upload, for a request at once and for a job later."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from sentisound.api.gallery import Gallery, analysed
from sentisound.api.models import Models
from sentisound.api.native import Options
from sentisound.api.uploads import Upload
from sentisound.audio.reading import Reading
from sentisound.history.folder import Folder
from sentisound.history.job import Order
from sentisound.history.keeper import Keeper, Kept
from sentisound.insight.exhibit import Exhibit, sha256_of
from sentisound.results import analysis_id
from sentisound.service import Progress

SOUNDS = "sounds"
"""Folder of the sounds that are kept, in the data folder."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What is needed to analyse an upload and to keep what comes of it; its methods block."""

    models: Models
    keeper: Keeper
    gallery: Gallery
    sounds: Folder | None
    """Where the sounds of stored analyses are kept; None where they are not."""

    def order(self, options: Options, file: BinaryIO, name: str) -> Order:
        """Return what is to be done with an upload.

        Raises
        ------
        BundleNotFound
            When there is no model of that name.
        SettingsError
            When the form of raw samples is none.
        """
        Reading.of(options.track, options.raw)
        return Order(
            analysis=analysis_id(time.time_ns() // 1_000_000, secrets.token_hex(8)),
            file=name,
            sha256=sha256_of(file),
            model=self.models.named(options.model),
            segments=options.segments,
            transcribe=options.transcribe,
            interpret=options.interpret,
            language=options.language,
            store=options.store and self.keeper.on,
            speaker=options.speaker,
            track=options.track,
            raw=options.raw,
        )

    def analyse(self, order: Order, file: BinaryIO, progress: Progress | None = None) -> Exhibit:
        """Analyse an upload.

        Raises
        ------
        AudioError, BundleError
            When it cannot be analysed.
        """
        analyzer = self.models.get(order.model)
        file.seek(0)  # it may have been begun in another line
        told: dict[str, Any] = {} if progress is None else {"progress": progress}
        named = cast("BinaryIO", Upload(order.file, file))  # errors name what was sent, not where it lies
        found, sound = analysed(analyzer, named, order.file, **told, **_words(order), **_reading(order))
        found = replace(found, id=order.analysis, segments=found.segments if order.segments else ())
        return Exhibit(found, sound, analyzer.card, order.sha256)

    def keep(self, order: Order, exhibit: Exhibit, file: BinaryIO, owner: str) -> Kept:
        """Keep what an order says: the analysis in the history, its sound, and a copy to draw pictures of."""
        kept: Kept = "off"
        if order.store:
            self.keep_sound(order, file)
            kept = self.keeper.keep(exhibit.analysis, owner=owner, sha256=order.sha256, speaker=order.speaker)
        self.gallery.keep(exhibit, owner)
        return kept

    def keep_sound(self, order: Order, file: BinaryIO) -> None:
        """Keep the upload of a stored analysis, where sounds are kept; a full disk costs the sound only."""
        if self.sounds is not None and order.store:
            self.sounds.try_to_keep(order.analysis, file)


def _reading(order: Order) -> dict[str, Any]:
    """Return what of an order says how to read the sound; nothing where its content tells."""
    return {"reading": Reading.of(order.track, order.raw)} if order.track or order.raw else {}


def _words(order: Order) -> dict[str, Any]:
    """Return what of an order is about words; nothing where none are wanted."""
    if not (order.transcribe or order.interpret):
        return {}
    return {"transcribe": order.transcribe, "interpret": order.interpret, "language": order.language}
