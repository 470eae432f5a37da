"""What a route asks for by type: the parts that the application holds, and what came with the request."""

from __future__ import annotations

from typing import Annotated, BinaryIO

from fastapi import Depends, Request

from sentisound.api.capacity import Capacity
from sentisound.api.gallery import Gallery
from sentisound.api.parts import Parts
from sentisound.api.recordings import RecordingNames, recorded
from sentisound.api.uploads import Upload, max_upload_bytes, uploaded
from sentisound.history.keeper import Keeper
from sentisound.service import Analyzer
from sentisound.settings import Settings


def _analyzer(request: Request) -> Analyzer:
    analyzer: Analyzer = request.app.state.analyzer
    return analyzer


def _capacity(request: Request) -> Capacity:
    capacity: Capacity = request.app.state.capacity
    return capacity


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


def room(request: Request) -> None:
    """Refuse a request that would find no place, before its body is read."""
    _capacity(request).check()


TheAnalyzer = Annotated[Analyzer, Depends(_analyzer)]
TheCapacity = Annotated[Capacity, Depends(_capacity)]
TheGallery = Annotated[Gallery, Depends(_gallery)]
TheKeeper = Annotated[Keeper, Depends(_keeper)]
TheParts = Annotated[Parts, Depends(_parts)]
TheSettings = Annotated[Settings, Depends(_settings)]
TheRecordingNames = Annotated[RecordingNames, Depends(_recording_names)]
UploadedFile = Annotated[Upload, Depends(uploaded)]
RecordedBody = Annotated[BinaryIO, Depends(recorded)]
MaxUploadBytes = Annotated[int, Depends(max_upload_bytes)]
