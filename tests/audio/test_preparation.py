"""Sounds are prepared alike in this process and in others, and what decoding must not do costs one sound."""

from __future__ import annotations

import io
import os
import re
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

from hostile_media import base, with_field
from sentisound.audio.limits import Limits
from sentisound.audio.preparation import Preparation, PreparationHere
from sentisound.audio.preparation_apart import SENT_BYTES, PreparationApart
from sentisound.audio.source import SPOOL_BYTES
from sentisound.deadline import Deadline, limit
from sentisound.errors import (
    AudioError,
    AudioTooLong,
    DeadlineExceeded,
    EmptyAudio,
    NoSpeech,
    UndecodableAudio,
    WorkCancelled,
)
from sentisound.workers import Here, Processes

HERE = PreparationHere(Limits(), "energy")


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(2, ["sentisound.audio.preparation_apart"]) as some:
        yield some


@pytest.fixture(scope="module")
def apart(processes: Processes) -> PreparationApart:
    return PreparationApart(Limits(), "energy", processes)


@pytest.fixture(params=["here", "apart"])
def preparation(request: pytest.FixtureRequest) -> Preparation:
    return HERE if request.param == "here" else request.getfixturevalue("apart")


def wav(samples: np.ndarray, rate_hz: int = 16_000) -> bytes:
    data = (samples * 20_000).astype("<i2").tobytes()
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE") + head + struct.pack("<4sI", b"data", len(data)) + data
    )


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.5, 0.5, round(16_000 * seconds)).astype(np.float32)


SIZES = {"small": 2.0, "of a megabyte": SENT_BYTES / 32_000 + 1, "of more than is spooled": SPOOL_BYTES / 32_000 + 1}


@pytest.fixture(scope="module", params=SIZES)
def sound(request: pytest.FixtureRequest) -> bytes:
    return wav(noise(SIZES[request.param]))


def as_bytes(content: bytes, _: Path) -> bytes:
    return content


def as_path(content: bytes, folder: Path) -> Path:
    path = folder / "a.wav"
    path.write_bytes(content)
    return path


def as_file(content: bytes, folder: Path) -> BinaryIO:
    return as_path(content, folder).open("rb")


def as_spool(content: bytes, _: Path) -> Any:
    spool = tempfile.SpooledTemporaryFile(max_size=1_000_000)  # noqa: SIM115 - the test closes it
    spool.write(content)
    spool.seek(0)
    return spool


@pytest.mark.parametrize("given", [as_bytes, as_path, as_file, as_spool])
def test_processes_give_what_this_one_gives(
    given: Callable[[bytes, Path], Any], sound: bytes, apart: PreparationApart, tmp_path: Path
) -> None:
    expected, source = HERE.prepare(sound), given(sound, tmp_path)
    try:
        found = apart.prepare(source)
    finally:
        if hasattr(source, "close"):
            source.close()
    assert found.waveform.samples.tobytes() == expected.waveform.samples.tobytes()
    assert found.waveform.origin == expected.waveform.origin
    assert (found.regions, found.quality) == (expected.regions, expected.quality)
    assert found.activity_s > 0


def test_the_samples_stay_when_they_are_let_go_and_cannot_be_written(apart: PreparationApart) -> None:
    waveform = apart.decode(base("flac"))
    before = waveform.samples.copy()
    waveform.let_go()
    assert np.array_equal(waveform.samples, before)
    with pytest.raises(ValueError, match="read-only"):
        waveform.samples[0] = 1
    HERE.decode(base("flac")).let_go()  # which lies in memory: nothing is done


def test_a_sound_that_is_let_go_is_not_in_memory(apart: PreparationApart) -> None:
    waveform = apart.decode(wav(noise(600.0)))
    total = float(waveform.samples.sum())
    before = resident()
    waveform.let_go()
    assert before - resident() > 30_000_000
    assert float(waveform.samples.sum()) == total


def resident() -> int:
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", EmptyAudio, "the data given holds no bytes"),
        (b"words " * 100, UndecodableAudio, "the data given is text"),
        (wav(np.zeros(16_000, np.float32)), NoSpeech, "silent from start to end"),
        (wav(noise(1.0))[:44], EmptyAudio, "a header and no samples"),
    ],
)
def test_errors_are_the_same(preparation: Preparation, content: bytes, error: type[AudioError], words: str) -> None:
    with pytest.raises(error, match=words):
        preparation.prepare(content)


def test_a_name_is_told_as_it_is_here(apart: PreparationApart, tmp_path: Path) -> None:
    (tmp_path / "page.wav").write_bytes(b"<html>")
    for one in (HERE, apart):
        with pytest.raises(UndecodableAudio, match=r"page\.wav' is a web page"):
            one.decode(tmp_path / "page.wav")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["bytes", "file"])
def test_a_length_is_told_and_the_file_stands_where_it_stood(
    preparation: Preparation, kind: str, size: str, tmp_path: Path
) -> None:
    content = wav(noise(SIZES[size]))
    with io.BytesIO(content) if kind == "bytes" else as_file(content, tmp_path) as file:
        file.read(10)
        assert preparation.promised_s(file) == pytest.approx(SIZES[size])
        assert file.tell() == 0
        assert file.read() == content
        assert preparation.promised_s(io.BytesIO(b"no sound")) is None


def test_an_index_too_large_for_its_memory_costs_one_sound(apart: PreparationApart) -> None:
    """As many samples as bytes: a real file could have them, and libav takes 32 bytes for each."""
    sound = bytearray(base("m4a") + bytes(30_000_000))
    for mark, at in ((b"stsz", 12), (b"stts", 12), (b"stsc", 16)):
        struct.pack_into(">I", sound, sound.index(mark) + at, 30_000_000)
    struct.pack_into(">I", sound, sound.index(b"stsz") + 8, 1)
    with pytest.raises(AudioError):
        apart.prepare(bytes(sound))
    apart.promised_s(io.BytesIO(sound))
    assert apart.decode(base("m4a")).duration_s > 1
    peaks = [int(re.search(r"VmHWM:\s+(\d+)", text)[1]) for text in _statuses()]
    assert max(peaks) < 500_000


def _statuses() -> list[str]:
    """Return what the system says of the processes that work here, which end after a minute at most."""
    pids = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == os.getpid()]
    below = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) in pids]
    return [Path(f"/proc/{pid}/status").read_text() for pid in below]


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def endless() -> bytes:
    """Return a sound that takes a second at least to decode: ten minutes at 192 kHz with eight channels."""
    from hostile_media import BOMBS

    return BOMBS["8 channels at 655 kHz.flac"]()


def test_decoding_ends_with_its_caller(apart: PreparationApart) -> None:
    sound, gone = endless(), Deadline()
    start = time.monotonic()
    with limit(Deadline(0.3)), pytest.raises(DeadlineExceeded):
        apart.prepare(sound)
    gone.cancel()
    with limit(gone), pytest.raises(WorkCancelled):
        apart.decode(sound)
    assert time.monotonic() - start < 5


def test_decoding_here_looks_at_the_deadline_too() -> None:
    start = time.monotonic()
    with limit(Deadline(0.3)), pytest.raises(DeadlineExceeded):
        HERE.prepare(endless())
    assert time.monotonic() - start < 5


def test_decoding_that_takes_too_long_is_the_sound_s_fault(
    apart: PreparationApart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentisound.audio.preparation_apart.DECODE_S", 0.3)
    with pytest.raises(AudioTooLong, match=r"takes more than 0\.3 s to be decoded"):
        apart.prepare(endless())


def _die(*_: object) -> None:
    os._exit(9)


def test_a_sound_that_ends_its_process_twice_is_none(apart: PreparationApart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentisound.audio.preparation_apart._decode", _die)
    with pytest.raises(UndecodableAudio, match="the data given cannot be decoded: the process that tries ends over it"):
        apart.decode(base("wav"))


def test_workers_without_processes_serve_as_well() -> None:
    found = PreparationApart(Limits(), "energy", Here()).prepare(base("ogg"))
    assert found.waveform.samples.tobytes() == HERE.decode(base("ogg")).samples.tobytes()


@pytest.mark.parametrize("channels", [0, 255])
def test_faults_of_a_header_come_back(apart: PreparationApart, channels: int) -> None:
    with pytest.raises(AudioError):
        apart.decode(with_field("ogg", b"\x01vorbis", 11, "<B", channels))


def test_nothing_stays_open(apart: PreparationApart) -> None:
    apart.prepare(base("wav"))
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208
    for _ in range(20):
        apart.prepare(base("wav"))
        with pytest.raises(UndecodableAudio):
            apart.decode(b"words " * 400_000)
        apart.promised_s(io.BytesIO(base("mp3")))
    assert len(os.listdir("/dev/fd")) <= before + 2  # noqa: PTH208
