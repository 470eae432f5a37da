"""Recordings as they come: several parts, several tracks, late starts, channels that cancel, heads that lie."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
import soundfile

from sentisound.audio.channels import Channels
from sentisound.audio.decode import decode, from_array
from sentisound.audio.reading import RawFormat, Reading
from sentisound.errors import SettingsError, UndecodableAudio
from sentisound.testing import speech_like

RATE_HZ = 16_000


def voice(seconds: float, seed: int = 0, rate_hz: int = RATE_HZ) -> np.ndarray:
    return speech_like(seconds, rate_hz, np.random.default_rng(seed))


def file_of(samples: np.ndarray, form: str = "WAV", subtype: str = "PCM_16", rate_hz: int = RATE_HZ) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=form, subtype=subtype)
    return file.getvalue()


def tracks(*sounds: np.ndarray, late_s: float = 0.0, default: int = 0, hole: tuple[float, float] = (0, 0)) -> bytes:
    """Return a Matroska file with a track for each sound, and one of subtitles, at which the media begins."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        words = container.add_stream("ass") if late_s else None
        streams = []
        for number, samples in enumerate(sounds):
            stream = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
            stream.disposition = int(number == default)
            streams.append((stream, (samples * 32_000).astype(np.int16)))
        if words is not None:
            words.codec_context.extradata = b"[Script Info]\n[Events]\nFormat: Start, End, Text\n"
            packet = av.Packet(b"0,0,Default,,0,0,0,,word")
            packet.stream, packet.pts, packet.dts, packet.duration = words, 0, 0, 100
            container.mux(packet)
        for stream, samples in streams:
            for start in range(0, len(samples), 1024):
                frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="s16", layout="mono")
                after_hole = start / RATE_HZ >= hole[0]
                frame.rate, frame.pts = RATE_HZ, start + round((late_s + hole[1] * after_hole) * RATE_HZ)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("form", "subtype"), [("WAV", "PCM_16"), ("AIFF", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")]
)
def test_joined_files_are_one_sound(form: str, subtype: str) -> None:
    parts = [voice(1.0, 1), voice(1.5, 2), voice(0.7, 3)]
    joined = decode(b"".join(file_of(one, form, subtype) for one in parts))
    assert joined.duration_s == pytest.approx(3.2, abs=0.03)
    assert joined.origin.notes == ()
    assert np.corrcoef(joined.samples[-8_000:], parts[2][-8_000:])[0, 1] > 0.95


def test_a_part_that_does_not_fit_is_told() -> None:
    first = file_of(voice(1.0))
    other = decode(first + file_of(voice(1.0, rate_hz=8_000), rate_hz=8_000))
    assert other.duration_s == pytest.approx(1.0)
    assert other.origin.notes == ("what follows after 1.0 s has another rate or other channels",)
    broken = decode(first + file_of(voice(1.0))[:20])
    assert broken.duration_s == pytest.approx(1.0, abs=0.01)


def test_of_several_tracks_the_one_with_sound_is_heard() -> None:
    said = voice(2.0)
    for content in (tracks(np.zeros(32_000), said), tracks(said, np.zeros(32_000), default=1)):
        found = decode(content)
        assert np.corrcoef(found.samples, said[: len(found.samples)])[0, 1] > 0.99
        assert any("the file has 2 audio tracks" in note for note in found.origin.notes)


def test_a_track_can_be_chosen() -> None:
    one, other = voice(1.0, 1), voice(2.0, 2)
    content = tracks(one, other)
    assert decode(content).duration_s == pytest.approx(1.0, abs=0.01)
    assert decode(content, reading=Reading(track=2)).duration_s == pytest.approx(2.0, abs=0.01)
    with pytest.raises(UndecodableAudio, match="2 audio tracks, and none is number 3"):
        decode(content, reading=Reading(track=3))
    with pytest.raises(UndecodableAudio, match="one audio track, and none is number 2"):
        decode(file_of(one), reading=Reading(track=2))
    with pytest.raises(SettingsError, match="the first one is number 1"):
        Reading(track=0)


def test_times_are_those_of_the_media() -> None:
    late = decode(tracks(voice(1.0), late_s=2.5))
    assert late.duration_s == pytest.approx(3.5, abs=0.05)
    assert not late.samples[: int(2.4 * RATE_HZ)].any()
    hole = decode(tracks(voice(2.0), hole=(1.0, 3.0)))
    assert hole.duration_s == pytest.approx(5.0, abs=0.1)
    assert not hole.samples[int(1.2 * RATE_HZ) : int(3.9 * RATE_HZ)].any()


def test_a_time_stamp_that_jumps_far_is_another_clock() -> None:
    assert decode(tracks(voice(2.0), hole=(1.0, 1_000.0))).duration_s == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("told", [2, 1_000, 16_000, 60_000])
def test_a_head_older_than_its_samples_loses_nothing(told: int) -> None:
    content = bytearray(file_of(voice(3.0)))
    content[40:44] = told.to_bytes(4, "little")
    found = decode(bytes(content))
    assert found.duration_s == pytest.approx(3.0)
    assert "all of them were read" in found.origin.notes[0]
    followed = file_of(voice(1.0)) + b"LIST\x04\0\0\0INFO"
    assert decode(followed).duration_s == pytest.approx(1.0)


def test_channels_that_cancel_are_told_and_one_is_heard() -> None:
    said = voice(2.0)
    for other in (-said, -0.97 * said):
        both = np.stack([said, other], axis=1)
        for found in (decode(file_of(both, "FLAC")), from_array(both, RATE_HZ)):
            assert np.corrcoef(np.abs(found.samples), np.abs(said))[0, 1] > 0.99
            assert found.origin.notes == (
                "the channels cancel each other (opposite phase); channel 1 alone was analysed",
            )


def test_two_voices_are_told() -> None:
    rest = np.zeros(RATE_HZ, np.float32)
    talk = np.stack([np.append(voice(2.0, 1), rest), np.append(rest, voice(2.0, 2))], axis=1)
    assert "two people" in decode(file_of(talk)).origin.notes[0]


@pytest.mark.parametrize("kind", ["same", "panned", "delayed", "noisy", "one side", "crosstalk"])
def test_one_voice_on_two_channels_is_no_news(kind: str) -> None:
    said, noise = voice(3.0), np.random.default_rng(1).normal(0, 0.01, (3 * RATE_HZ, 2)).astype(np.float32)
    other = {
        "same": said,
        "panned": 0.2 * said,
        "delayed": np.roll(said, 11),
        "noisy": said,
        "one side": 0 * said,
        "crosstalk": 0.003 * np.roll(said, 5),
    }[kind]
    both = np.stack([said, other], axis=1) + (noise if kind == "noisy" else 0)
    assert decode(file_of(both)).origin.notes == ()


def test_five_channels_of_nothing_and_a_voice_do_not_cancel() -> None:
    both = np.zeros((RATE_HZ, 6), np.float32)
    both[:, 2] = voice(1.0)
    channels = Channels(6, RATE_HZ)
    channels.add(both, both.mean(axis=1))
    assert not channels.cancel()
    assert not channels.differ()


@pytest.mark.parametrize(
    ("encoding", "subtype", "endian"),
    [("s16le", "PCM_16", "LITTLE"), ("s16be", "PCM_16", "BIG"), ("mulaw", "ULAW", None), ("alaw", "ALAW", None)],
)
def test_samples_without_a_head_are_read_as_somebody_says(encoding: str, subtype: str, endian: str | None) -> None:
    said = voice(2.0, rate_hz=8_000)
    file = io.BytesIO()
    soundfile.write(file, said, 8_000, format="RAW", subtype=subtype, endian=endian)
    with pytest.raises(UndecodableAudio, match="--raw 8000,mulaw,1"):
        decode(file.getvalue())
    found = decode(file.getvalue(), rate_hz=None, reading=Reading(raw=RawFormat.parse(f"8000,{encoding}")))
    assert (found.duration_s, found.origin.container) == (pytest.approx(2.0), "raw")
    assert np.corrcoef(found.samples, said)[0, 1] > 0.99


@pytest.mark.parametrize("text", ["", "8000", "8000,mp3,1", "x,mulaw,1", "8000,mulaw,0", "1,mulaw,1", "8000,mulaw,1,2"])
def test_a_raw_format_that_is_none_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match=r"raw"):
        RawFormat.parse(text)


@pytest.mark.parametrize("coding", ["pcm", "ulaw", "alaw"])
def test_sphere_is_read(coding: str) -> None:
    said = voice(1.0)
    subtype = {"pcm": "PCM_16", "ulaw": "ULAW", "alaw": "ALAW"}[coding]
    found = decode(file_of(said, "NIST", subtype))
    assert (found.duration_s, found.origin.container) == (pytest.approx(1.0), "sphere")
    assert np.corrcoef(found.samples, said)[0, 1] > 0.99


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer"),
        (b"#EXTM3U\nsong.mp3\n", "a playlist"),
        (b"[playlist]\nFile1=song.mp3\n", "a playlist"),
        (
            b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff\xe7\x81\x00",
            "a piece of a WebM recording without its head",
        ),
        (b"\xa3\x43\xc1\x81\x00\x3c\x80\xfb\x83" + bytes(100), "a piece of a WebM recording without its head"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42\0\0\0\x10mdat" + b"abcdefgh", "has no index"),
    ],
)
def test_a_refusal_names_the_cause(head: bytes, words: str) -> None:
    with pytest.raises(UndecodableAudio, match=words):
        decode(head)
