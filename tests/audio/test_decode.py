"""A tone in every format comes back as that tone; arrays, rates, channels and limits."""

from __future__ import annotations

import struct
import sys
import tempfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from sentisound.audio import Limits, decode, from_array
from sentisound.audio.pyav_reader import _samples
from sentisound.audio.sniff import sniff
from sentisound.errors import (
    AudioTooLarge,
    AudioTooLong,
    AudioTooShort,
    EmptyAudio,
    MissingCodec,
    SettingsError,
    UndecodableAudio,
)

CONTAINERS = {
    "wav8": "wav", "wav16": "wav", "wav24": "wav", "wav32": "wav", "wavfloat": "wav", "wavdouble": "wav",
    "alaw": "wav", "ulaw": "wav", "adpcm": "wav", "wavex": "wav", "rf64": "rf64", "w64": "w64", "aiff": "aiff",
    "au": "au", "caf": "caf", "flac": "flac", "flac24": "flac", "vorbis": "ogg", "opus": "ogg", "mp3": "mp3",
    "m4a": "mp4", "m4a_faststart": "mp4", "mov": "mp4", "aac": "aac", "webm": "webm", "mkv": "matroska",
    "wma": "asf", "mpegts": "mpegts",
}  # fmt: skip


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_format_gives_the_tone_back(name, encoded, is_tone):
    waveform = decode(encoded(name))
    is_tone(waveform)
    assert waveform.rate_hz == 16_000
    assert (waveform.origin.container, waveform.origin.rate_hz) == (CONTAINERS[name], 48_000)
    assert waveform.origin.notes == ()
    assert not waveform.samples.flags.writeable


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_stream_gives_what_the_bytes_give(name, encoded):
    """An upload is a spooled stream opened for reading and writing; PyAV once took that for an order to write."""
    with tempfile.SpooledTemporaryFile() as upload:
        upload.write(encoded(name))
        upload.seek(0)
        assert np.array_equal(decode(upload).samples, decode(encoded(name)).samples)


@pytest.mark.parametrize("name", ["wav16", "flac", "vorbis", "m4a"])
def test_the_name_of_a_file_does_not_matter(name, encoded, is_tone, tmp_path):
    path = tmp_path / "sound.txt"
    path.write_bytes(encoded(name))
    is_tone(decode(path))
    is_tone(decode(str(path)))


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 192_000])
def test_any_rate_becomes_the_rate_asked_for(rate_hz, encoded, is_tone):
    content = encoded("wav16", rate_hz)
    is_tone(decode(content))
    is_tone(decode(content, rate_hz=22_050))
    native = decode(content, rate_hz=None)
    assert native.rate_hz == native.origin.rate_hz == rate_hz
    is_tone(native)


@pytest.mark.parametrize("channels", [2, 3, 6, 8, 64])
def test_channels_are_averaged(channels, encoded, is_tone):
    waveform = decode(encoded("wav16", 48_000, channels))
    is_tone(waveform)
    assert waveform.origin.channels == channels


def test_one_loud_channel_of_five_point_one_counts_a_sixth(tone, soundfile_bytes, is_tone):
    samples = np.zeros((72_000, 6), np.float32)
    samples[:, 2] = tone(48_000)  # the centre, where films put speech
    is_tone(decode(soundfile_bytes(samples, 48_000, "WAV", "PCM_24")), level=0.5 / 6)
    is_tone(decode(soundfile_bytes(samples, 48_000, "FLAC", "PCM_16")), level=0.5 / 6)


@pytest.mark.parametrize(("layout", "channels"), [("stereo", 2), ("5.1", 6), ("7.1", 8)])
def test_channels_in_planes(layout, channels, tone, pyav_bytes, is_tone):
    """Eight planes ended the process: PyAV's ``to_ndarray`` looks for a ninth (found by mutating files)."""
    waveform = decode(pyav_bytes(tone(48_000), 48_000, "mp4", "aac", layout=layout))
    assert waveform.origin.channels == channels
    is_tone(waveform, tolerance=0.25)  # the effects channel of 7.1 is coded without much care


def test_more_planes_than_pyav_reads_are_refused():
    frame = SimpleNamespace(layout=SimpleNamespace(nb_channels=24), format=SimpleNamespace(is_planar=True))
    with pytest.raises(ValueError, match="24 channels; at most 8"):
        _samples(frame)


def test_pictures_beside_the_sound_are_passed_over(tone, pyav_bytes, is_tone):
    waveform = decode(pyav_bytes(tone(48_000), 48_000, "mp4", "aac", pictures=True))
    is_tone(waveform)
    assert waveform.origin.codec == "aac"


def test_what_a_browser_records_has_no_length_in_its_header(tone, pyav_bytes, is_tone):
    waveform = decode(pyav_bytes(tone(48_000), 48_000, "webm", "libopus", {"live": "1"}, pipe=True))
    is_tone(waveform)
    assert waveform.origin.notes == ()


def test_id3_tags_with_a_picture_are_skipped(encoded, is_tone):
    picture = bytes(300_000)
    size = bytes(len(picture) >> shift & 0x7F for shift in (21, 14, 7, 0))
    is_tone(decode(b"ID3\x04\0\0" + size + picture + encoded("mp3")))


def test_both_mp3_decoders_agree(encoded, monkeypatch):
    content = encoded("mp3")
    with_libav = decode(content)
    monkeypatch.setitem(sys.modules, "av", None)
    with_mpg123 = decode(content)
    assert (with_libav.origin.codec, with_mpg123.origin.codec) == ("mp3float", "mpeg_layer_iii")
    np.testing.assert_allclose(with_libav.samples, with_mpg123.samples, atol=1e-5)


def test_streaming_equals_one_pass(monkeypatch, soundfile_bytes):
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, (100_000, 2)).astype(np.float32)
    for format_, subtype in (("WAV", "FLOAT"), ("FLAC", "PCM_24"), ("OGG", "OPUS")):
        content = soundfile_bytes(noise, 48_000, format_, subtype)
        whole = decode(content, rate_hz=22_050)
        monkeypatch.setattr("sentisound.audio.soundfile_reader.BLOCK_FRAMES", 777)
        blocks = decode(content, rate_hz=22_050)
        monkeypatch.undo()
        np.testing.assert_allclose(blocks.samples, whole.samples, atol=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # librosa's own
def test_decoding_is_what_librosa_does(tmp_path):
    import librosa

    path = tmp_path / "noise.wav"
    soundfile.write(path, np.random.default_rng(1).uniform(-0.5, 0.5, 44_100), 44_100)
    theirs, _ = librosa.load(path, sr=16_000, res_type="soxr_hq")
    np.testing.assert_allclose(decode(path).samples, theirs, atol=1e-4)


def test_missing_codecs_are_named_with_their_cure(encoded, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingCodec, match=r"pip install '\.\[codecs\]'") as caught:
        decode(encoded("m4a"))
    assert "mp4" in str(caught.value)
    with pytest.raises(UndecodableAudio, match=r"perhaps it needs .* '\.\[codecs\]'"):
        decode(b"RIFF\x24\0\0\0WAVEjunk" + bytes(50))


def test_limits_of_size_and_length(encoded, tmp_path):
    content = encoded("wav16")
    path = tmp_path / "tone.wav"
    path.write_bytes(content)
    for source in (content, path):
        with pytest.raises(AudioTooLarge, match=r"0\.1 MB"):
            decode(source, limits=Limits(max_bytes=100_000))
    assert decode(content, limits=Limits(max_bytes=len(content), max_duration_s=1.5)).duration_s == 1.5
    with pytest.raises(AudioTooLong, match=r"2 s long by its header; at most 1\.4 s"):
        decode(content, limits=Limits(max_duration_s=1.4))
    with pytest.raises(AudioTooShort, match=r"holds 1\.500 s of sound; at least 2 s"):
        decode(content, limits=Limits(min_duration_s=2.0))


@pytest.mark.parametrize("name", ["mp3", "aac", "vorbis", "opus", "m4a", "webm", "flac"])
def test_length_is_counted_while_decoding(name, encoded, monkeypatch):
    module = sys.modules["sentisound.audio.recording"]
    monkeypatch.setattr(module, "locate", lambda *found: (replace(sniff(*found), honest_length=False), 0))
    with pytest.raises(AudioTooLong, match="is longer than the 1 s"):
        decode(encoded(name), limits=Limits(max_duration_s=1.0))


@pytest.mark.parametrize("rate_hz", [1_000, 1_999, 800_000])
def test_rates_that_no_speech_has_are_refused(rate_hz, soundfile_bytes):
    with pytest.raises(UndecodableAudio, match=f"sample rate of {rate_hz} Hz"):
        decode(soundfile_bytes(np.zeros(5_000, np.float32), rate_hz, "WAV", "PCM_16"))


def test_more_channels_than_the_limit_are_refused(soundfile_bytes):
    content = soundfile_bytes(np.zeros((1_000, 70), np.float32), 8_000, "WAV", "PCM_16")
    with pytest.raises(UndecodableAudio, match="70 channels; at most 64"):
        decode(content)
    assert decode(content, limits=Limits(max_channels=70)).origin.channels == 70


@pytest.mark.parametrize("rate_hz", [0, -1, 1_000, 10**7])
def test_a_rate_asked_for_is_checked(rate_hz, encoded):
    with pytest.raises(SettingsError, match="2000 to 768000"):
        decode(encoded("wav16"), rate_hz=rate_hz)


@pytest.mark.parametrize(
    ("dtype", "full"),
    [("int8", 127), ("int16", 32_767), ("int32", 2**31 - 1), ("float32", 1), ("float64", 1), (">i2", 32_767)],
)
def test_arrays_are_scaled_by_their_type(dtype, full, tone, is_tone):
    waveform = from_array((tone(16_000) * full).astype(dtype), 16_000)
    is_tone(waveform)
    assert waveform.origin.container == "array"


def test_unsigned_bytes_are_centred(tone, is_tone):
    waveform = from_array((tone(16_000) * 127 + 128).astype(np.uint8), 16_000)
    is_tone(waveform)
    assert abs(waveform.samples.mean()) < 0.01


def test_arrays_may_lie_either_way(tone, is_tone):
    stereo = np.stack([tone(16_000), tone(16_000)])
    for array in (stereo, stereo.T, np.asfortranarray(stereo), stereo.T.tolist()):
        waveform = from_array(array, 16_000)
        is_tone(waveform)
        assert waveform.origin.channels == 2


def test_arrays_are_copied_resampled_and_limited(tone, is_tone):
    samples = tone(44_100)
    waveform = from_array(samples, 44_100)
    is_tone(waveform)
    samples[:] = 0
    is_tone(waveform)
    assert from_array(samples, 44_100, target_rate_hz=None).rate_hz == 44_100
    with pytest.raises(AudioTooLong):
        from_array(samples, 44_100, limits=Limits(max_duration_s=1.0))
    with pytest.raises(AudioTooShort):
        from_array(samples[:100], 44_100)
    with pytest.raises(EmptyAudio):
        from_array(samples[:0], 44_100)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((2, 3, 4)), "3 dimensions"),
        (np.float32(1), "0 dimensions"),
        (np.zeros(9_000, np.int64), "not int64"),
        (np.zeros(9_000, np.complex64), "not complex64"),
        (np.array(["a"] * 9_000), "not <U1"),
        (np.zeros(9_000, bool), "not bool"),
        (np.zeros((9_000, 65), np.float32), "65 channels"),
    ],
)
def test_arrays_that_are_no_sound_are_refused(array, words):
    with pytest.raises(UndecodableAudio, match=words):
        from_array(array, 16_000)


def test_wav_that_holds_mp3_is_decoded(encoded, is_tone):
    mp3 = encoded("mp3")
    form = struct.pack("<HHIIHH", 0x55, 1, 48_000, 16_000, 1, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(mp3)) + mp3
    waveform = decode(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    is_tone(waveform, slack_s=0.1)  # the encoder's padding stays
    assert waveform.origin.codec == "mp3float"
