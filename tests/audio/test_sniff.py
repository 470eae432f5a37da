"""What a file is, told from its first bytes."""

from __future__ import annotations

import io

import pytest

from sentisound.audio.recording import READERS
from sentisound.audio.sniff import kind_of, look_of, sniff
from sentisound.errors import UndecodableAudio


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"RIFX\0\0\0\0WAVEfmt ", "wav"),
        (b"BW64\xff\xff\xff\xffWAVEds64", "rf64"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"FORM\0\0\0\0AIFCFVER", "aiff"),
        (b"fLaC\0\0\0\x22", "flac"),
        (b"OggS\0\x02", "ogg"),
        (b"\0\0\0\x20ftypisom", "mp4"),
        (b"\0\0\0\x20ftypM4A ", "mp4"),
        (b"\0\0\0\x10ftyp3gp4", "mp4"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mp4"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm", "webm"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x88matroska", "matroska"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x40\xc0", "mp3"),  # MPEG-2 layer III, 16 kHz and 8 kHz voice recorders
        (b"\xff\xe3\x18\xc4", "mp3"),  # MPEG-2.5
        (b"\xff\xf1\x50\x80", "aac"),
        (b"\xff\xf9\x50\x80", "aac"),
        (b"#!AMR\n\x3c", "amr"),
        ((b"G" + bytes(187)) * 3, "mpegts"),
    ],
)
def test_kinds(head, name):
    kind = kind_of(head)
    assert kind is not None
    assert kind.name == name
    assert set(kind.readers) <= set(READERS)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"R",
        b"RIFF",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\xff",
        b"\xff\xff\xff\xff",  # bit rate 15 and rate 3 are forbidden
        b"\xff\xeb\x90\x64",  # the reserved MPEG version
        b"\xff\xfe" + "text".encode("utf-16-le"),  # starts like MPEG layer I
        b"\xff\xd8\xff\xe0",
        b"WAVE",
        b"ftyp",
        bytes(512),
    ],
)
def test_no_kinds(head):
    assert kind_of(head) is None


def test_the_length_of_an_mp3_is_trusted_when_it_was_counted(encoded):
    counted = encoded("mp3")
    assert kind_of(counted[:512]).honest_length
    assert not kind_of(counted[:512].replace(b"Info", bytes(4)).replace(b"Xing", bytes(4))).honest_length


def test_what_lies_behind_an_id3_tag_decides(encoded):
    tag = b"ID3\x03\0\0\0\0\x02\x00" + bytes(256)
    for name, kind in (("flac", "flac"), ("mp3", "mp3"), ("aac", "aac")):
        stream = io.BytesIO(tag + encoded(name))
        assert sniff(stream, "it").name == kind
        assert stream.tell() == 0


def test_a_tag_longer_than_the_file_is_an_mp3_that_fails():
    assert sniff(io.BytesIO(b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + bytes(90)), "it").name == "mp3"


def test_the_message_names_file_and_look():
    with pytest.raises(UndecodableAudio, match=r"^'a\.wav' is a PDF document, not sound that can be decoded$"):
        sniff(io.BytesIO(b"%PDF-1.7"), "'a.wav'")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"MThd\0\0\0\x06", "a MIDI file, which holds notes and no sound"),
        (b"\x93NUMPY\x01", "a numpy array (load it: analyze(numpy.load(path), rate_hz=16000))"),
        (b"   <HTML>", "a web page (HTML)"),
        (b'{"error": "not found"}', "text"),
        (("é" * 300).encode()[:511], "text"),  # the head ends within a character
        (b"caf\xe9 au lait", "data of an unknown kind"),  # Latin-1
        (b"text with \x07 a bell", "data of an unknown kind"),
        (bytes(44), "nothing but zero bytes"),
    ],
)
def test_looks(head, words):
    assert look_of(head) == words
