"""Whatever is given: a waveform or a SentiSoundError, nothing on stderr, and memory for neither bombs nor lies."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import av
import numpy as np
import pytest

from sentisound.audio import Limits, Waveform, decode, from_array
from sentisound.errors import AudioError, AudioTooLong, AudioTooShort, EmptyAudio, SentiSoundError, UndecodableAudio

FORMATS = (
    "wav16", "wavfloat", "alaw", "adpcm", "rf64", "w64", "aiff", "au", "caf", "flac", "vorbis", "opus", "mp3",
    "m4a", "m4a_faststart", "aac", "webm", "mkv", "wma", "mpegts",
)  # fmt: skip
MAGICS = (
    b"RIFF\xff\xff\xff\xffWAVEfmt ", b"RF64\xff\xff\xff\xffWAVEds64", b"FORM\0\0\xff\xffAIFFCOMM", b"fLaC\0\0\0\x22",
    b"OggS\0\x02", b"ID3\x04\0\0\0\0\0\x0a", b"\xff\xfb\x90\x00", b"\xff\xf1\x50\x80", b".snd\0\0\0\x18", b"caff\0\x01",
    b"riff\x2e\x91\xcf\x11", b"\0\0\0\x20ftypM4A ", b"\x1aE\xdf\xa3\x9fB\x86\x81\x01webm", b"#!AMR\n",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"FLV\x01\x04", b"RIFF\xff\xff\0\0AVI LIST",
)  # fmt: skip


@pytest.fixture(autouse=True)
def silent_stderr(capfd):
    """Fail a test whose decoders write to stderr, also from C."""
    yield
    assert capfd.readouterr().err == ""


def survives(content: bytes, limits: Limits | None = None) -> Waveform | None:
    message, waveform = "", None
    try:
        waveform = decode(content, limits=limits or Limits())
    except SentiSoundError as error:
        message = str(error)
    if waveform is None:
        assert message
        assert message.isprintable()
        return None
    assert np.isfinite(waveform.samples).all()
    assert np.abs(waveform.samples).max(initial=0) <= 10
    return waveform


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.63, 0.97])
def test_a_file_cut_short_gives_what_is_there(name, share, encoded):
    whole = encoded(name)
    waveform = survives(whole[: int(share * len(whole)) + 1])
    if waveform is not None:
        assert waveform.duration_s <= 1.6


@pytest.mark.parametrize(
    ("name", "least_s"), [("wav16", 0.9), ("aiff", 0.9), ("flac", 0.8), ("mp3", 0.8), ("m4a_faststart", 0.8)]
)
def test_the_note_tells_how_much_is_missing(name, least_s, encoded):
    whole = encoded(name)
    waveform = decode(whole[: int(0.63 * len(whole)) + 1])
    assert least_s < waveform.duration_s < 1.05
    assert waveform.origin.notes == (f"the file ends early: decoded {waveform.duration_s:.1f} of 1.5 seconds",)


def test_where_the_length_is_unknown_the_note_is_vaguer(encoded, soundfile_bytes):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 48_000 * 5).astype(np.float32)
    opus = soundfile_bytes(noise, 48_000, "OGG", "OPUS")  # in pages of a second
    for whole, words in ((opus, "has no end mark"), (encoded("aac"), "is damaged, parts of it may be missing")):
        waveform = decode(whole[: int(0.63 * len(whole)) + 1])
        assert waveform.duration_s > 0.8
        assert words in waveform.origin.notes[0]


def test_flac_cut_within_a_frame_keeps_all_frames_before(encoded):
    from sentisound.audio import soundfile_reader

    whole = encoded("flac")
    cut = whole[: int(0.63 * len(whole)) + 1]
    lengths = set()
    for block_frames in (500, 1 << 15, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(soundfile_reader, "BLOCK_FRAMES", block_frames)
            lengths.add(len(decode(cut).samples))
    assert len(lengths) == 1  # the block in which libsndfile fails is not lost


def test_an_index_that_was_lost_is_no_sound(encoded):
    whole = encoded("m4a")  # its index lies at the end
    with pytest.raises(UndecodableAudio, match="has no index: its end is missing"):
        decode(whole[: len(whole) // 2])


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0, 0x7FFFFFFF])
def test_the_sizes_that_streaming_recorders_write(size, encoded, is_tone):
    content = bytearray(encoded("wav16"))
    content[4:8] = content[40:44] = size.to_bytes(4, "little")
    waveform = decode(bytes(content))
    is_tone(waveform)
    assert waveform.origin.notes == ()


def test_a_flac_stream_of_unknown_length(encoded, is_tone):
    content = bytearray(encoded("flac"))
    content[21] &= 0xF0
    content[22:26] = bytes(4)  # total samples 0: unknown (RFC 9639, 8.2)
    is_tone(decode(bytes(content)))
    with pytest.raises(AudioTooLong, match="is longer than the 1 s"):
        decode(bytes(content), limits=Limits(max_duration_s=1.0))


def test_a_header_that_promises_hours_is_refused_at_once(encoded):
    content = bytearray(encoded("flac"))
    content[21] |= 0x0F  # 64 G samples
    with pytest.raises(AudioTooLong, match="by its header"):
        decode(bytes(content))


def test_empty_things():
    for content in (b"", bytearray(), memoryview(b""), io.BytesIO()):
        with pytest.raises(EmptyAudio, match="holds no bytes"):
            decode(content)


def test_a_header_and_no_samples(encoded, soundfile_bytes):
    nothing = np.zeros(0, np.float32)
    for format_ in ("WAV", "AIFF", "AU"):
        content = soundfile_bytes(nothing, 16_000, format_, "PCM_16")
        with pytest.raises(EmptyAudio, match="a header and no samples"):
            decode(content)
    assert len(soundfile_bytes(nothing, 16_000, "WAV", "PCM_16")) == 44
    with pytest.raises(UndecodableAudio, match="starts like wav"):
        decode(encoded("wav16")[:30])


def test_one_sample_is_too_short(soundfile_bytes):
    with pytest.raises(AudioTooShort, match=r"0\.000 s of sound; at least 0\.1 s"):
        decode(soundfile_bytes(np.ones(1, np.float32), 16_000, "WAV", "PCM_16"))


@pytest.mark.parametrize(
    ("content", "look"),
    [
        (b"Hello, this is not sound at all.\n" * 30, "text"),
        ("Grüße aus dem Süden\n".encode() * 60, "text"),
        ("written on Windows".encode("utf-16"), "text"),
        (b"<!DOCTYPE html><html><body>404</body></html>", r"a web page \(HTML\)"),
        (b"<?xml version='1.0'?><svg/>", "an XML document"),
        (b"PK\x03\x04" + bytes(100), "a zip archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG picture"),
        (b"\x80\x04\x95\x10\0\0\0", "a Python pickle"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a RIFF file without sound"),
        (bytes(5_000), "nothing but zero bytes"),
        (b"\x01\x02\x03\xfe\xfd" * 99, "data of an unknown kind"),
        (b"#EXTM3U\nhttp://169.254.169.254/secret\n", "a playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "text"),
    ],
)
def test_what_is_no_sound_is_told_by_its_look(content, look, tmp_path):
    path = tmp_path / "speech.wav"
    path.write_bytes(content)
    with pytest.raises(UndecodableAudio, match=f"speech.wav' is {look}.*, not sound"):
        decode(path)


def test_a_video_without_sound():
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux([*stream.encode(av.VideoFrame(64, 48, "yuv420p")), *stream.encode(None)])
    with pytest.raises(UndecodableAudio, match="it has no audio track"):
        decode(file.getvalue())


def test_silence_and_dc_are_sound(soundfile_bytes):
    for level in (0.0, 0.5, -1.0):
        waveform = decode(soundfile_bytes(np.full(16_000, level, np.float32), 16_000, "WAV", "PCM_16"))
        assert waveform.samples.mean() == pytest.approx(level, abs=1e-4)
        assert waveform.origin.notes == ()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_samples_that_are_no_numbers_become_silence(bad, tone, soundfile_bytes, is_tone):
    samples = tone(48_000).copy()
    samples[100:820] = bad  # 720 of 72 000
    for waveform in (decode(soundfile_bytes(samples, 48_000, "WAV", "FLOAT")), from_array(samples, 48_000)):
        is_tone(waveform)
        assert waveform.origin.notes == ("1.00% of the samples are not numbers and count as silence",)
    with pytest.raises(UndecodableAudio, match="67% of its samples are not numbers"):
        from_array(np.where(np.arange(72_000) % 3 == 0, samples, bad), 48_000)


def test_one_channel_of_nan_leaves_the_other(tone, is_tone):
    stereo = np.stack([tone(48_000), np.full(72_000, np.nan, np.float32)], axis=1)
    is_tone(from_array(stereo, 48_000), level=0.25)


def test_floats_on_the_scale_of_int16_are_scaled_down(tone, soundfile_bytes, is_tone):
    waveform = decode(soundfile_bytes(tone(48_000) * 32_768, 48_000, "WAV", "FLOAT"))
    is_tone(waveform, level=1.0)
    assert np.abs(waveform.samples).max() == 1
    assert "scaled down to a peak of 1" in waveform.origin.notes[0]
    assert from_array(tone(48_000) * 15, 48_000).origin.notes == ()  # peak 7.5: hot, and on the right scale


def test_double_beyond_float_is_mended():
    samples = np.zeros(16_000)
    samples[5] = 1e300
    assert from_array(samples, 16_000).samples[5] == 0


def test_compressed_bombs_stop_at_the_cap(soundfile_bytes, pyav_bytes):
    silence = np.zeros(16_000 * 600, np.float32)
    bombs = [
        soundfile_bytes(silence, 16_000, "FLAC", "PCM_16"),
        soundfile_bytes(silence[: 8_000 * 600], 8_000, "OGG", "VORBIS"),
        pyav_bytes(silence[: 8_000 * 600], 8_000, "mp4", "aac"),
    ]
    for bomb in bombs:
        with pytest.raises(AudioTooLong, match="at most 60 s"):
            decode(bomb, limits=Limits(max_duration_s=60.0))


def test_a_magic_followed_by_noise():
    rng = np.random.default_rng(7)
    for magic in MAGICS:
        for size in (0, 1, 40, 5_000):
            survives(magic + rng.bytes(size))


@pytest.mark.parametrize("name", FORMATS)
def test_mutated_files(name, encoded):
    """Some 20 mutations of each format: bytes changed at random, most in the header, and pieces cut out."""
    rng = np.random.default_rng(len(name) * 31 + ord(name[0]))
    whole = encoded(name, 16_000 if name != "wma" else 44_100)
    for _ in range(20):
        content = bytearray(whole)
        reach = int(rng.choice([64, 512, len(whole)]))
        for place in rng.integers(0, min(reach, len(whole)), rng.integers(1, 20)):
            content[place] = rng.integers(0, 256)
        if rng.random() < 0.3:
            start = int(rng.integers(0, len(content)))
            del content[start : start + int(rng.integers(1, 2_000))]
        survives(bytes(content), Limits(max_duration_s=60.0))


def test_errors_carry_no_control_characters(tmp_path):
    path = tmp_path / "a\nb\x1b[31m\u202e.wav"
    path.write_bytes(b"text")
    with pytest.raises(AudioError) as caught:
        decode(path)
    assert str(caught.value).isprintable()
    assert r"a\nb\x1b[31m\u202e.wav" in str(caught.value)


_MEMORY = r"""
import json, re, sys
import numpy as np, soundfile
from sentisound.audio import decode
from sentisound.errors import AudioTooLong
path, hours_path = sys.argv[1:]
minute = np.zeros((60 * 8_000, 2), np.int16)
def write(path, minutes):
    with soundfile.SoundFile(path, "w", 8_000, 2, "PCM_16", format="FLAC", compression_level=0) as file:
        for _ in range(minutes):
            file.write(minute)
write(hours_path, 180)
minute += (np.random.default_rng(0).standard_normal((60 * 8_000, 1)) * 10).astype(np.int16)
write(path, 55)
try:
    decode(hours_path)
except AudioTooLong as error:
    refused = str(error)
content = bytearray(open(hours_path, "rb").read())
content[21] &= 0xF0
content[22:26] = bytes(4)
try:
    decode(content)
except AudioTooLong as error:
    lied = str(error)
del content
waveform = decode(path)
peak = int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1])
print(json.dumps({"duration_s": waveform.duration_s, "peak_mb": peak / 1000, "refused": refused, "lied": lied}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process without its parent's is told by Linux only")
def test_memory_stays_near_that_of_the_result(tmp_path):
    command = [sys.executable, "-c", _MEMORY, str(tmp_path / "55min.flac"), str(tmp_path / "3h.flac")]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert found["duration_s"] == 3300
    assert found["peak_mb"] < 500  # the result alone takes 211 MB
    assert "10800 s long by its header" in found["refused"]
    assert "longer than the 3600 s" in found["lied"]
