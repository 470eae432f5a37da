"""Headers that promise more than their file holds are refused before they cost memory; others are left to readers."""

from __future__ import annotations

import io
import struct

import pytest

from hostile_media import BASES, CASES, base, box
from sentisound.audio import decode
from sentisound.audio.promises import check_promises
from sentisound.audio.sniff import sniff
from sentisound.errors import UndecodableAudio


def check(sound: bytes) -> None:
    stream = io.BytesIO(sound)
    check_promises(stream, sniff(stream, "it"), "it")


@pytest.mark.parametrize("kind", BASES)
def test_honest_files_pass(kind: str) -> None:
    check(base(kind))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("title of 1.2 GB.wav", r"its chunk 'LIST' has 1200000020 bytes by its header, and 3014 follow"),
        ("rf64 'ds64' 4 7fffffff.rf64", r"its chunk 'ds64' has 2147483647 bytes"),
        ("aiff 'COMM' 4 ffffffff.aiff", r"its chunk 'COMM' has 4294967295 bytes"),
        ("index of 60 million samples.m4a", r"its index has 60000000 samples by its header, and the file has 1\d+ by"),
        ("fragmented 'trun' 8 3938700.fragmented", r"its index has 60000000 samples"),
        ("zipped index of a gigabyte.m4a", r"its index has 1000000000 bytes"),
    ],
)
def test_what_is_promised_and_is_not_there_is_told(name: str, words: str) -> None:
    with pytest.raises(UndecodableAudio, match=f"the data given is damaged: {words}"):
        decode(CASES[name]())


def test_the_last_chunk_may_be_cut_off_and_the_one_with_the_samples_too() -> None:
    sound = base("wav")
    trailing = sound + b"LIST" + struct.pack("<I", 2_000_000_000) + b"INFO"
    check(trailing)
    assert decode(trailing).duration_s == pytest.approx(1.5)
    assert decode(sound[:30_000]).duration_s > 0.5


def test_a_big_endian_wav_is_read_as_one() -> None:
    check(b"RIFX" + struct.pack(">I", 100) + b"WAVEfmt " + struct.pack(">I", 16) + bytes(16) + b"data" + bytes(60))


@pytest.mark.parametrize("depth", [50, 3_000])
def test_boxes_without_end_are_followed_for_so_long_only(depth: int) -> None:
    nested = b""
    for _ in range(depth):
        nested = box(b"moov", nested)
    check(box(b"ftyp", b"M4A \0\0\2\0") + nested)
    check(box(b"ftyp", b"M4A \0\0\2\0") + box(b"moov") + box(b"free") * 50_000)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 0xFFFF_FFFF])
def test_sizes_of_boxes_that_make_no_sense_end_the_look(size: int) -> None:
    check(box(b"ftyp", b"M4A \0\0\2\0") + box(b"moov") + struct.pack(">I4s", size, b"moov") + b"\xff" * 40)
