"""Whether wav, aiff and ogg files hold all that they promise."""

from __future__ import annotations

import io
import struct

import pytest

from sentisound.audio.completeness import MAX_CHUNKS, lacks_end_mark, present_share, sample_chunk
from sentisound.audio.sniff import AIFF, WAV, kind_of


@pytest.mark.parametrize(("name", "kind"), [("wav16", WAV), ("aiff", AIFF)])
def test_the_share_that_is_there(name, kind, encoded):
    whole = encoded(name)
    assert present_share(io.BytesIO(whole), kind) == 1
    half = present_share(io.BytesIO(whole[: len(whole) // 2]), kind)
    assert half == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x80000000])
def test_sizes_that_recorders_leave_open_promise_nothing(size):
    content = b"RIFF\0\0\0\0WAVEdata" + struct.pack("<I", size) + bytes(100)
    assert present_share(io.BytesIO(content), WAV) == 1


def test_chunks_before_the_samples_are_passed_over_with_their_padding():
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    content = b"RIFF\0\0\0\0WAVE" + odd + b"data" + struct.pack("<I", 200) + bytes(100)
    chunk = sample_chunk(io.BytesIO(content), WAV)
    assert (chunk.size_at, chunk.promised_bytes, chunk.present_bytes) == (28, 200, 100)


def test_no_samples_and_endless_chunks():
    assert sample_chunk(io.BytesIO(b"RIFF\0\0\0\0WAVE"), WAV) is None
    many = b"RIFF\0\0\0\0WAVE" + (b"junk" + bytes(4)) * (MAX_CHUNKS + 5) + b"data\x01\0\0\0\0"
    assert sample_chunk(io.BytesIO(many), WAV) is None


def test_other_kinds_are_not_looked_at(encoded):
    flac = encoded("flac")
    assert present_share(io.BytesIO(flac), kind_of(flac)) == 1
    assert not lacks_end_mark(io.BytesIO(flac), kind_of(flac))


@pytest.mark.parametrize("name", ["vorbis", "opus"])
def test_the_end_mark_of_ogg(name, encoded):
    whole = encoded(name)
    assert not lacks_end_mark(io.BytesIO(whole), kind_of(whole))
    cut = whole[: whole.rindex(b"OggS")]
    assert lacks_end_mark(io.BytesIO(cut), kind_of(whole))
    assert lacks_end_mark(io.BytesIO(cut + b"OggS"), kind_of(whole))
