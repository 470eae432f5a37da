"""Over two hundred hostile sound files: small ones that promise what there is not, or unfold to too much.

Most are one field of a real file set to a number that no encoder writes (``FIELDS``); others are cut off within each of
their structures, or built to cost memory or time (``BOMBS``).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, partial

import av
import numpy as np
import soundfile as sf

from sentisound.testing import speech_like

RATE_HZ = 16_000
MOST_32, MOST_31, MANY = 0xFFFF_FFFF, 0x7FFF_FFFF, 60_000_000
MOST_64, MOST_63 = 0xFFFF_FFFF_FFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF

Maker = Callable[[], bytes]


@cache
def speech(rate_hz: int = RATE_HZ) -> np.ndarray:
    """Return a second and a half that sounds like speech."""
    return speech_like(1.5, rate_hz, np.random.default_rng(7))


def _by_soundfile(kind: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, speech(), RATE_HZ, format=kind, subtype=subtype)
    return buffer.getvalue()


def _by_libav(container: str, codec: str, rate_hz: int = RATE_HZ, **options: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options) as out:
        out.metadata["title"] = "speech"
        stream = out.add_stream(codec, rate=rate_hz, layout="mono")
        stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(speech(rate_hz)[np.newaxis], "fltp", "mono")
        frame.rate = rate_hz
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    return buffer.getvalue()


def _chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(content) if size is None else size) + content + b"\0" * (len(content) % 2)


def riff(*chunks: bytes) -> bytes:
    """Return a wav file of chunks."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _format(tag: int = 1, channels: int = 1, rate_hz: int = RATE_HZ, bits: int = 16, extra: bytes = b"") -> bytes:
    align = max(1, channels * bits // 8) & 0xFFFF
    head = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * align & MOST_32, align, bits)
    return _chunk(b"fmt ", head + extra)


def _samples() -> bytes:
    return _chunk(b"data", (speech() * 20_000).astype("<i2").tobytes())


def _rich_wav() -> bytes:
    """Return a wav file with every chunk that a reader looks into."""
    info = b"INFO" + _chunk(b"INAM", b"a title\0") + _chunk(b"IART", b"somebody")
    cue = struct.pack("<I", 1) + struct.pack("<II4sIII", 1, 0, b"data", 0, 0, 0)
    sampler = struct.pack("<9I", 0, 0, 62_500, 60, 0, 0, 0, 1, 0) + struct.pack("<6I", 0, 0, 0, 100, 0, 0)
    broadcast = bytes(602) + b"coding history\r\n"
    peak = struct.pack("<IIfI", 1, 0, 0.5, 100)
    return riff(
        _format(),
        _chunk(b"fact", struct.pack("<I", len(speech()))),
        _chunk(b"LIST", info),
        _chunk(b"cue ", cue),
        _chunk(b"smpl", sampler),
        _chunk(b"bext", broadcast),
        _chunk(b"cart", bytes(2048) + b"tags"),
        _chunk(b"PEAK", peak),
        _chunk(b"id3 ", b"ID3\x04\0\0\0\0\0\x10" + bytes(16)),
        _chunk(b"iXML", b"<BWFXML></BWFXML>"),
        _samples(),
    )


def _amr() -> bytes:
    return b"#!AMR\n" + (b"\x3c" + bytes(range(31))) * 75


BASES: Mapping[str, Maker] = {
    "wav": _rich_wav,
    "rf64": partial(_by_soundfile, "RF64", "PCM_16"),
    "w64": partial(_by_soundfile, "W64", "PCM_16"),
    "aiff": partial(_by_soundfile, "AIFF", "PCM_16"),
    "au": partial(_by_soundfile, "AU", "PCM_16"),
    "caf": partial(_by_soundfile, "CAF", "ALAC_16"),
    "flac": partial(_by_soundfile, "FLAC", "PCM_16"),
    "ogg": partial(_by_soundfile, "OGG", "VORBIS"),
    "opus": partial(_by_soundfile, "OGG", "OPUS"),
    "mp3": partial(_by_libav, "mp3", "libmp3lame"),
    "m4a": partial(_by_libav, "ipod", "aac"),
    "fragmented": partial(_by_libav, "mp4", "aac", movflags="frag_keyframe+empty_moov"),
    "alac": partial(_by_libav, "ipod", "alac"),
    "webm": partial(_by_libav, "webm", "libopus"),
    "mkv": partial(_by_libav, "matroska", "pcm_s16le"),
    "avi": partial(_by_libav, "avi", "pcm_s16le"),
    "asf": partial(_by_libav, "asf", "wmav2"),
    "flv": partial(_by_libav, "flv", "aac"),
    "ts": partial(_by_libav, "mpegts", "aac"),
    "adts": partial(_by_libav, "adts", "aac"),
    "amr": _amr,
}
"""A sound file of each format."""


@cache
def base(name: str) -> bytes:
    """Return the sound file of this format."""
    return BASES[name]()


# format, bytes before the field, distance from their start, form and value of the field
FIELDS: tuple[tuple[str, bytes, int, str, int], ...] = (
    *(
        ("wav", mark, 4, "<I", 1_200_000_000)
        for mark in (b"LIST", b"cue ", b"smpl", b"bext", b"cart", b"id3 ", b"iXML")
    ),
    *(("wav", mark, 4, "<I", MOST_32) for mark in (b"fmt ", b"LIST", b"INAM", b"PEAK", b"fact", b"data", b"cue ")),
    *(("wav", b"cue ", 8, "<I", number) for number in (MOST_32, MOST_31, 5_000_000)),
    ("wav", b"smpl", 36, "<I", MOST_31),
    ("wav", b"smpl", 40, "<I", MOST_31),
    *(("wav", b"fmt ", 8, "<H", tag) for tag in (0, 2, 6, 0x11, 0x31, 0x40, 0x55, 0xFFFE, 0xFFFF)),
    *(("wav", b"fmt ", 10, "<H", channels) for channels in (0, 64, 1024, 0xFFFF)),
    *(("wav", b"fmt ", 12, "<I", rate_hz) for rate_hz in (0, 1, MOST_31, MOST_32)),
    *(("wav", b"fmt ", 20, "<H", align) for align in (0, 0xFFFF)),
    *(("wav", b"fmt ", 22, "<H", bits) for bits in (0, 1, 64, 0xFFFF)),
    *(("rf64", b"ds64", at, "<Q", size) for at in (8, 16, 24) for size in (MOST_64, MOST_63)),
    ("rf64", b"ds64", 32, "<I", MOST_32),
    ("rf64", b"ds64", 4, "<I", MOST_31),
    *(("w64", mark, 16, "<Q", size) for mark in (b"fmt ", b"data", b"riff") for size in (0, MOST_63)),
    ("aiff", b"COMM", 4, ">I", MOST_32),
    ("aiff", b"COMM", 8, ">H", 0xFFFF),
    ("aiff", b"COMM", 10, ">I", MOST_32),
    ("aiff", b"COMM", 14, ">H", 0xFFFF),
    ("aiff", b"COMM", 16, ">H", 0x7FFF),
    ("aiff", b"SSND", 4, ">I", MOST_32),
    ("aiff", b"SSND", 8, ">I", MOST_32),
    ("aiff", b"SSND", 12, ">I", MOST_32),
    *((f, m, at, ">I", MOST_32) for f, m in (("au", b".snd"),) for at in (4, 8, 12, 16, 20)),
    *(("caf", mark, 4, ">Q", MOST_63) for mark in (b"desc", b"kuki", b"pakt", b"data")),
    *(("caf", b"pakt", at, ">Q", MOST_63) for at in (12, 20)),
    *(("caf", b"desc", at, ">I", MOST_32) for at in (28, 32, 36, 40)),
    ("caf", b"kuki", 12, ">I", MOST_32),
    *(("flac", b"fLaC", at, ">H", 0xFFFF) for at in (8, 10)),
    ("flac", b"fLaC", 4, ">I", 0x00FF_FFFF),
    ("flac", b"fLaC", 18, ">I", MOST_32),
    ("flac", b"fLaC", 22, ">I", MOST_32),
    ("ogg", b"\x01vorbis", 11, "<B", 255),
    ("ogg", b"\x01vorbis", 12, "<I", MOST_32),
    ("ogg", b"\x01vorbis", 28, "<B", 0xFF),
    ("ogg", b"\x03vorbis", 7, "<I", MOST_31),
    ("ogg", b"OggS", 6, "<Q", MOST_63),
    ("opus", b"OpusHead", 9, "<B", 255),
    ("opus", b"OpusHead", 10, "<H", 0xFFFF),
    ("opus", b"OpusHead", 18, "<B", 255),
    ("opus", b"OpusTags", 8, "<I", MOST_31),
    ("opus", b"OggS", 26, "<B", 255),
    ("mp3", b"Info", 8, ">I", MOST_32),
    ("mp3", b"Info", 12, ">I", MOST_32),
    *(("m4a", mark, 8, ">I", count) for mark in (b"stts", b"stsc", b"stco", b"stsd") for count in (MANY, MOST_32)),
    *(("m4a", b"stsz", at, ">I", count) for at in (8, 12) for count in (MANY, MOST_32)),
    *(("m4a", mark, 12, ">I", MOST_32) for mark in (b"stts", b"stsc", b"stco")),
    ("m4a", b"stts", 16, ">I", MOST_32),
    *(("m4a", b"mdhd", at, ">I", value) for at, value in ((16, 0), (16, MOST_32), (20, MOST_32))),
    ("m4a", b"mp4a", 20, ">H", 0xFFFF),
    ("m4a", b"mp4a", 28, ">I", MOST_32),
    ("m4a", b"esds", 8, ">I", 0x03FF_FF7F),
    *(("m4a", mark, -4, ">I", size) for mark in (b"moov", b"trak", b"stsz", b"udta") for size in (0, 1, MOST_32)),
    *(("fragmented", b"trun", 8, ">I", count) for count in (MANY, MOST_32)),
    ("fragmented", b"tfhd", 12, ">I", MOST_32),
    ("fragmented", b"trun", -4, ">I", MOST_32),
    ("fragmented", b"moof", -4, ">I", MOST_32),
    ("alac", b"alac", 40, ">I", MOST_32),
    ("alac", b"alac", 48, ">I", MOST_32),
    *(("webm", mark, len(mark), ">Q", 0x01FF_FFFF_FFFF_FFFE) for mark in (b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75")),
    *(("webm", mark, len(mark), ">Q", 0x0100_0000_7FFF_FFFF) for mark in (b"\x16\x54\xae\x6b", b"\x63\xa2", b"\xae")),
    ("webm", b"OpusHead", 9, "<B", 255),
    ("webm", b"\x9f\x81", 2, "<B", 0xFF),
    ("mkv", b"\x62\x64", 3, "<B", 255),
    ("mkv", b"\x2a\xd7\xb1\x83", 4, ">I", 0),
    ("avi", b"strh", 28, "<I", MOST_32),
    ("avi", b"strh", 32, "<I", MOST_32),
    ("avi", b"strf", 10, "<H", 0xFFFF),
    ("avi", b"strf", 12, "<I", MOST_32),
    ("avi", b"strl", -4, "<I", MOST_32),
    ("avi", b"idx1", 4, "<I", MOST_32),
    ("avi", b"movi", -4, "<I", MOST_31),
    ("asf", b"\x30\x26\xb2\x75", 16, "<Q", MOST_63),
    ("asf", b"\x30\x26\xb2\x75", 24, "<I", MOST_32),
    ("asf", b"\xa1\xdc\xab\x8c", 16, "<Q", MOST_63),
    ("asf", b"\x91\x07\xdc\xb7", 64, "<I", MOST_32),
    ("flv", b"FLV", 5, ">I", MOST_31),
    ("flv", b"onMetaData", 11, ">I", MOST_32),
)


def with_field(kind: str, mark: bytes, distance: int, form: str, value: int) -> bytes:
    """Return the sound file of this format with one field set."""
    sound = bytearray(base(kind))
    place = sound.index(mark) + distance
    struct.pack_into(form, sound, place, value)
    return bytes(sound)


def cut(kind: str, share: float) -> bytes:
    """Return the beginning of the sound file of this format, the shorter shares within its header."""
    sound = base(kind)
    return sound[: max(1, round(len(sound) * share))]


CUTS = (0.002, 0.03, 0.6)


def box(name: bytes, *content: bytes) -> bytes:
    """Return a box of an MP4 file."""
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), name) + body


def _nested(depth: int) -> bytes:
    sound = b""
    for _ in range(depth):
        sound = box(b"moov", sound)
    return box(b"ftyp", b"M4A \0\0\2\0") + sound


def _index_bomb(samples: int) -> bytes:
    """Return an m4a whose index tells of so many samples of one size, in one chunk."""
    sound = bytearray(base("m4a"))
    for mark, at, value in (
        (b"stsz", 8, 100),
        (b"stsz", 12, samples),
        (b"stts", 12, samples),
        (b"stsc", 16, samples),
    ):
        struct.pack_into(">I", sound, sound.index(mark) + at, value)
    return bytes(sound)


def _zipped_index(size: int) -> bytes:
    """Return an MP4 file whose index is zlib of so many bytes (QuickTime's compressed header)."""
    packed = zlib.compress(bytes(size), 9)
    inner = box(b"dcom", b"zlib") + box(b"cmvd", struct.pack(">I", size), packed)
    return box(b"ftyp", b"qt  \0\0\2\0") + box(b"moov", box(b"cmov", inner)) + box(b"mdat", bytes(1_000))


def _with_table(name: bytes, entry: bytes, count: int) -> bytes:
    """Return an m4a with a table of its own behind the one of samples' lengths."""
    sound = base("m4a")
    table = box(name, bytes(4), struct.pack(">I", count), entry * count)
    return _inserted(sound, sound.index(b"stts") - 4, table)


def _inserted(sound: bytes, place: int, what: bytes) -> bytes:
    """Return an MP4 file with something more within ``stbl``; its boxes are made to hold it."""
    grown = bytearray(sound)
    for mark in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        at = grown.index(mark) - 4
        struct.pack_into(">I", grown, at, struct.unpack_from(">I", grown, at)[0] + len(what))
    grown[place:place] = what
    return bytes(grown)


def _many_tracks(count: int) -> bytes:
    sound = base("m4a")
    start = sound.index(b"trak") - 4
    track = sound[start : start + struct.unpack_from(">I", sound, start)[0]]
    grown = bytearray(sound)
    at = grown.index(b"moov") - 4
    struct.pack_into(">I", grown, at, struct.unpack_from(">I", grown, at)[0] + count * len(track))
    grown[start:start] = track * count
    return bytes(grown)


def _silent_flac(rate_hz: int, channels: int, repeated: int) -> bytes:
    """Return a FLAC file of one long frame of silence again and again: an hour in some kilobytes."""
    buffer = io.BytesIO()
    sf.write(buffer, np.zeros((3 * 65_535, channels), np.int16), rate_hz, format="FLAC", subtype="PCM_16")
    sound = buffer.getvalue()
    first = sound.index(b"\xff\xf8", 42)
    second = sound.index(b"\xff\xf8", first + 2)
    untold = bytes([sound[21] & 0xF0, 0, 0, 0, 0])  # how many samples there are
    head = sound[:4] + bytes([sound[4] | 0x80]) + sound[5:21] + untold + sound[26:42]
    return head + sound[first:second] * repeated


def _flac_blocks(*blocks: tuple[int, bytes, int | None]) -> bytes:
    """Return a FLAC file with further blocks of metadata: kind, content, and the size it tells."""
    sound = base("flac")
    extra = b"".join(
        bytes([kind]) + (len(content) if size is None else size).to_bytes(3, "big") + content
        for kind, content, size in blocks
    )
    return sound[:4] + bytes([sound[4] & 0x7F]) + sound[5:42] + extra + sound[42:]


def _picture(width: int, height: int, size: int) -> bytes:
    head = struct.pack(">II9sI", 3, 9, b"image/png", 0) + struct.pack(">IIIII", width, height, 24, 0, size)
    return head + _png(width, height)


def _png(width: int, height: int) -> bytes:
    """Return a picture that promises to be large."""
    parts = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for name, content in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000_000))), (b"IEND", b"")):
        parts += struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return parts


def _id3(size: int, frames: bytes = b"") -> bytes:
    told = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + told + frames + base("mp3")


def _id3_frame(name: bytes, content: bytes, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    return name + bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0)) + b"\0\0" + content


def _tagged(*frames: bytes) -> bytes:
    tag = b"".join(frames)
    return _id3(len(tag), tag)


def _chained(times: int) -> bytes:
    return base("opus") * times


def _multiplexed(streams: int) -> bytes:
    """Return an Ogg file that begins with the first pages of many streams."""
    page = base("opus")
    first = page[: page.index(b"OggS", 4)]
    return b"".join(first[:14] + struct.pack("<I", number) + first[18:] for number in range(streams)) + page


def _element(name: bytes, content: bytes, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    return name + (length | 1 << 56).to_bytes(8, "big") + content


def _matroska(*elements: bytes) -> bytes:
    head = _element(b"\x1a\x45\xdf\xa3", _element(b"\x42\x82", b"matroska"))
    return head + _element(b"\x18\x53\x80\x67", b"".join(elements))


def _track(codec: bytes, private: bytes, *more: bytes, channels: int = 1) -> bytes:
    audio = _element(
        b"\xe1", _element(b"\xb5", struct.pack(">d", RATE_HZ)) + _element(b"\x9f", struct.pack(">I", channels))
    )
    entry = (_element(b"\xd7", b"\1"), _element(b"\x73\xc5", b"\1"), _element(b"\x83", b"\2"), _element(b"\x86", codec))
    return _element(
        b"\x16\x54\xae\x6b", _element(b"\xae", b"".join((*entry, _element(b"\x63\xa2", private), audio, *more)))
    )


def _cluster(*blocks: bytes) -> bytes:
    return _element(
        b"\x1f\x43\xb6\x75", _element(b"\xe7", b"\0") + b"".join(_element(b"\xa3", block) for block in blocks)
    )


def _zipped_blocks(blocks: int) -> bytes:
    """Return a Matroska file whose blocks are zlib of a hundred megabytes of samples each."""
    compression = _element(b"\x50\x34", _element(b"\x42\x54", b"\0"))
    encodings = _element(b"\x6d\x80", _element(b"\x62\x40", compression))
    block = b"\x81\0\0\x80" + zlib.compress(bytes(100_000_000), 9)
    return _matroska(_track(b"A_PCM/INT/LIT", b"", encodings), _cluster(*[block] * blocks))


def _laced(frames: int) -> bytes:
    block = b"\x81\0\0\x82" + bytes([frames - 1]) + b"\1" * (frames - 1) + b"\xf8" * frames
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    return _matroska(_track(b"A_OPUS", head), _cluster(*[block] * 200))


def _chapters(count: int) -> bytes:
    atom = _element(b"\xb6", _element(b"\x73\xc4", b"\1") + _element(b"\x91", b"\0") + _element(b"\x92", b"\1"))
    return _matroska(_element(b"\x10\x43\xa7\x70", _element(b"\x45\xb9", atom * count)), base("mkv")[60:])


def _nested_list(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = _chunk(b"LIST", b"hdrl" + inner)
    return b"RIFF" + struct.pack("<I", len(inner) + 4) + b"AVI " + inner


def _amr_frames(count: int) -> bytes:
    return b"#!AMR\n" + b"\x7c" * count  # each says that nothing was received for 20 ms


def _adts_changes() -> bytes:
    """Return AAC whose sample rate is another in every other frame."""
    sound = bytearray(base("adts"))
    place, number = 0, 0
    while place + 7 < len(sound) and sound[place] == 0xFF:
        size = (sound[place + 3] & 3) << 11 | sound[place + 4] << 3 | sound[place + 5] >> 5
        if number % 2:
            sound[place + 2] = sound[place + 2] & 0xC3 | (3 << 2)
        place, number = place + max(7, size), number + 1
    return bytes(sound)


def _opus_silence(hours: float) -> bytes:
    """Return hours of silence in packets of two bytes, by libav's own muxer."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono", options={"frame_duration": "60"})
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000 * 3), np.float32), "fltp", "mono")
        frame.rate = 48_000
        packets = [bytes(packet) for packet in stream.encode(frame)]
        for number in range(round(hours * 3600 / 0.06)):
            packet = av.Packet(packets[-1][:1] if packets else b"\x18")
            packet.stream, packet.pts, packet.dts, packet.duration = stream, number * 2880, number * 2880, 2880
            packet.time_base = Fraction(1, 48_000)
            out.mux(packet)
    return buffer.getvalue()


BOMBS: Mapping[str, Maker] = {
    "index of 60 million samples.m4a": partial(_index_bomb, MANY),
    "index of 20 million samples.m4a": partial(_index_bomb, 20_000_000),
    "index of 2 billion samples.m4a": partial(_index_bomb, MOST_31),
    "edits without end.m4a": partial(_with_table, b"elst", struct.pack(">IiI", 1, 0, 0x10000), 50_000),
    "offsets of composition.m4a": partial(_with_table, b"ctts", struct.pack(">II", MOST_32, 1), 100),
    "groups of samples.m4a": partial(_with_table, b"sbgp", struct.pack(">II", MOST_32, 1), 100),
    "sync samples.m4a": partial(_with_table, b"stss", struct.pack(">I", 1), 500_000),
    "a thousand tracks.m4a": partial(_many_tracks, 1_000),
    "zipped index of a gigabyte.m4a": partial(_zipped_index, 1_000_000_000),
    "boxes in boxes.m4a": partial(_nested, 5_000),
    "8 channels at 655 kHz.flac": partial(_silent_flac, 655_350, 8, 100_000),
    "40 hours of silence.flac": partial(_silent_flac, 8_000, 1, 280_000),
    "an hour of silence.flac": partial(_silent_flac, 8_000, 1, 7_000),
    "comments without end.flac": lambda: _flac_blocks(
        (4, struct.pack("<I", 4) + b"none" + struct.pack("<I", MOST_32), None)
    ),
    "comment of 4 GB.flac": lambda: _flac_blocks((4, struct.pack("<I", MOST_32), None)),
    "picture of 900 megapixels.flac": lambda: _flac_blocks((6, _picture(30_000, 30_000, 1_000), None)),
    "picture with a size that lies.flac": lambda: _flac_blocks((6, _picture(10, 10, MOST_32), None)),
    "blocks of metadata.flac": lambda: _flac_blocks(*[(1, b"", None)] * 100_000),
    "seek table of 16 MB.flac": lambda: _flac_blocks((3, bytes(18) * 1_000, 0xFFFFFF)),
    "cue sheet.flac": lambda: _flac_blocks((5, bytes(395) + b"\xff" + bytes(36) * 20, None)),
    "tag of 256 MB.mp3": partial(_id3, 0xFFF_FFFF),
    "tag within its size.mp3": lambda: _id3(1_000, bytes(1_000)),
    "a hundred thousand chapters.mp3": lambda: _tagged(_id3_frame(b"CHAP", b"c\0" + bytes(16)) * 100_000),
    "picture in a tag.mp3": lambda: _tagged(_id3_frame(b"APIC", b"\0image/png\0\3\0" + _png(60_000, 60_000))),
    "pictures in a tag.mp3": lambda: _tagged(_id3_frame(b"APIC", b"\0image/png\0\3\0" + _png(8_000, 8_000)) * 200),
    "frame of a tag that lies.mp3": lambda: _tagged(_id3_frame(b"GEOB", bytes(100), 0xFFF_FFFF)),
    "links of a thousand streams.opus": partial(_chained, 200),
    "five thousand streams.opus": partial(_multiplexed, 5_000),
    "hours of nothing.opus": partial(_opus_silence, 1.0),
    "zlib of gigabytes.mkv": partial(_zipped_blocks, 20),
    "private data zipped.mkv": lambda: _matroska(_track(b"A_PCM/INT/LIT", zlib.compress(bytes(50_000_000)))),
    "private data that lies.mkv": lambda: _matroska(_element(b"\xae", _element(b"\x63\xa2", b"x", 1 << 40))),
    "laces.mkv": partial(_laced, 255),
    "a hundred thousand chapters.mkv": partial(_chapters, 100_000),
    "channels by the billion.mkv": lambda: _matroska(
        _track(b"A_PCM/INT/LIT", b"", channels=MOST_31), _cluster(b"\x81\0\0\x80" + bytes(1_000))
    ),
    "elements in elements.mkv": lambda: _matroska(_element(b"\x1f\x43\xb6\x75", _element(b"\xa0", b"", 100) * 200_000)),
    "lists in lists.avi": partial(_nested_list, 3_000),
    "an hour of nothing.amr": partial(_amr_frames, 180_000),
    "days of nothing.amr": partial(_amr_frames, 20_000_000),
    "rates that change.aac": _adts_changes,
    "a hundred thousand chunks.wav": lambda: riff(_format(), _chunk(b"junk", b"") * 100_000, _samples()),
    "title of 1.2 GB.wav": lambda: riff(
        _format(22), _chunk(b"LIST", b"INFO" + _chunk(b"INAM", b"x", 1_200_000_000), 1_200_000_020), bytes(3_000)
    ),
    "label of 1.2 GB.wav": lambda: riff(
        _format(), _chunk(b"LIST", b"adtl" + _chunk(b"labl", b"x", 1_200_000_000), 1_200_000_020), _samples()
    ),
    "lists in a list.wav": lambda: riff(
        _format(), _chunk(b"LIST", b"adtl" + _chunk(b"labl", b"\1\0\0\0x") * 50_000), _samples()
    ),
    "cues by the hundred thousand.wav": lambda: riff(
        _format(), _chunk(b"cue ", struct.pack("<I", 100_000) + bytes(24) * 100_000), _samples()
    ),
    "blocks of 65535 samples.wav": lambda: riff(
        _format(2, 1, RATE_HZ, 4, struct.pack("<HHH", 32, 0xFFFF, 0xFFFF) + bytes(28)), _samples()
    ),
    "blocks of no samples.wav": lambda: riff(_format(0x11, 2, RATE_HZ, 4, struct.pack("<HH", 2, 0)), _samples()),
    "mask of all speakers.wav": lambda: riff(
        _format(0xFFFE, 64, 192_000, 16, struct.pack("<HHI", 22, 16, MOST_32) + b"\1\0" + bytes(14)), _samples()
    ),
    "samples before the format.wav": lambda: riff(_samples(), _format()),
    "64 channels at 768 kHz.wav": lambda: riff(_format(1, 64, 768_000, 8), _chunk(b"data", b"\x80" * 20_000_000)),
}

CASES: dict[str, Maker] = {
    **{
        f"{kind} {mark.decode('latin-1')!a} {distance} {value:x}.{kind}": partial(
            with_field, kind, mark, distance, form, value
        )
        for kind, mark, distance, form, value in FIELDS
    },
    **{f"{kind} cut at {share}.{kind}": partial(cut, kind, share) for kind in BASES for share in CUTS},
    **BOMBS,
}
"""Every file by name; names tell what is wrong."""

LONG = frozenset(
    {
        "8 channels at 655 kHz.flac",
        "40 hours of silence.flac",
        "an hour of silence.flac",
        "edits without end.m4a",
        "laces.mkv",
        "hours of nothing.opus",
        "an hour of nothing.amr",
        "days of nothing.amr",
        "zipped index of a gigabyte.m4a",
    }
)
"""Those that hold an hour of sound and more, or take a second to make."""
