"""What a route asks for by type: the parts that the application holds, and what came with the request."""

from __future__ import annotations

from typing import Annotated, BinaryIO

from fastapi import Depends, Request

from sentisound.api.access import Owner, requires
from sentisound.api.capacity import AnalysisCapacity
from sentisound.api.doors import Doors
from sentisound.api.gallery import Gallery
from sentisound.api.outcomes import Outcomes
from sentisound.api.parts import Parts
from sentisound.api.recordings import RecordingNames, recorded
from sentisound.api.uploads import Upload, max_upload_bytes, uploaded
from sentisound.history.keeper import Keeper
from sentisound.identity.owner import SCOPES
from sentisound.service import Analyzer
from sentisound.settings import Settings


def _analyzer(request: Request) -> Analyzer:
    analyzer: Analyzer = request.app.state.analyzer
    return analyzer


def _capacity(request: Request) -> AnalysisCapacity:
    capacity: AnalysisCapacity = request.app.state.capacity
    return capacity


def _doors(request: Request) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


def _outcomes(request: Request) -> Outcomes:
    return _doors(request).outcomes


def _gallery(request: Request) -> Gallery:
    gallery: Gallery = request.app.state.gallery
    return gallery


def _keeper(request: Request) -> Keeper:
    keeper: Keeper = request.app.state.keeper
    return keeper


def _recording_names(request: Request) -> RecordingNames:
    names: RecordingNames = request.app.state.recording_names
    return names


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def room(request: Request) -> None:
    """Refuse a request that would find no place, before its body is read."""
    _capacity(request).check()


async def room_for_words(request: Request) -> None:
    """Refuse a request for words that would find no place, before its body is read."""
    _capacity(request).check("words")


ANALYZE, READ, WRITE, ADMIN = map(requires, SCOPES)
"""Dependencies of a route that come before its body is read; the same as a parameter gives the owner."""

TheAnalyzer = Annotated[Analyzer, Depends(_analyzer)]
TheCapacity = Annotated[AnalysisCapacity, Depends(_capacity)]
TheDoors = Annotated[Doors, Depends(_doors)]
TheGallery = Annotated[Gallery, Depends(_gallery)]
TheKeeper = Annotated[Keeper, Depends(_keeper)]
TheOutcomes = Annotated[Outcomes, Depends(_outcomes)]
"""To be told of every analysis and job that has ended."""
Analyst = Annotated[Owner, ANALYZE]
Reader = Annotated[Owner, READ]
Writer = Annotated[Owner, WRITE]
TheParts = Annotated[Parts, Depends(_parts)]
TheSettings = Annotated[Settings, Depends(_settings)]
TheRecordingNames = Annotated[RecordingNames, Depends(_recording_names)]
UploadedFile = Annotated[Upload, Depends(uploaded)]
RecordedBody = Annotated[BinaryIO, Depends(recorded)]
MaxUploadBytes = Annotated[int, Depends(max_upload_bytes)]
