"""What a file is, told from its first bytes and never from its name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from sentisound.audio.resync import entry
from sentisound.errors import UndecodableAudio

HEAD_BYTES = 512


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sound file and who reads it."""

    name: str
    """The container, as ``Origin.container`` tells it."""
    readers: tuple[str, ...]
    """Names of the readers to try, in this order."""
    demuxer: str
    """libav's name of the container; naming it keeps libav from guessing playlists that open other files."""
    honest_length: bool = True
    """Whether the header's length is a count and not a guess from the bit rate."""
    has_times: bool = False
    """Whether each packet tells its time, so that a late start and holes can be seen; others guess it."""
    retry: bool = True
    """Whether the next reader is tried where one fails, and not only where one is not installed."""


_BOTH = ("soundfile", "pyav")
_PYAV = ("pyav",)

WAV = Kind("wav", _BOTH, "wav")
RF64 = Kind("rf64", _BOTH, "wav")
AIFF = Kind("aiff", _BOTH, "aiff")
MP3 = Kind("mp3", ("pyav", "soundfile"), "mp3", retry=False)
"""libav where it is installed: libsndfile's mpg123 writes about damaged files to stderr, and cannot be told not to.
Both give the same samples (within 1e-5, measured)."""
MP3_WITHOUT_LENGTH = replace(MP3, honest_length=False)
AAC = Kind("aac", _PYAV, "aac", honest_length=False)
MP4 = Kind("mp4", _PYAV, "mov", has_times=True)
MPEGTS = Kind("mpegts", _PYAV, "mpegts", has_times=True)

# (magic bytes, bytes expected at offset 8, kind)
_SOUND: tuple[tuple[bytes, bytes, Kind], ...] = (
    (b"RIFF", b"WAVE", WAV),
    (b"RIFX", b"WAVE", WAV),
    (b"RF64", b"WAVE", RF64),
    (b"BW64", b"WAVE", RF64),
    (b"RIFF", b"AVI ", Kind("avi", _PYAV, "avi")),
    (b"FORM", b"AIFF", AIFF),
    (b"FORM", b"AIFC", AIFF),
    (b"fLaC", b"", Kind("flac", _BOTH, "flac")),
    (b"OggS", b"", Kind("ogg", _BOTH, "ogg")),
    (b".snd", b"", Kind("au", _BOTH, "au")),
    (b"dns.", b"", Kind("au", ("soundfile",), "au")),
    (b"NIST_1A", b"", Kind("sphere", _BOTH, "nistsphere")),
    (b"Creative Voice File", b"", Kind("voc", _BOTH, "voc")),
    (b".SoX", b"", Kind("sox", _PYAV, "sox")),
    (b"XoS.", b"", Kind("sox", _PYAV, "sox")),
    (b"\x64\xa3", b"", Kind("ircam", _BOTH, "ircam")),
    (b"FORM", b"8SVX", Kind("svx", _BOTH, "iff")),
    (b"wvpk", b"", Kind("wavpack", _PYAV, "wv")),
    (b"TTA1", b"", Kind("tta", _PYAV, "tta")),
    (b"MAC ", b"", Kind("ape", _PYAV, "ape")),
    (b"MPCK", b"", Kind("musepack", _PYAV, "mpc8")),
    (b"MP+", b"", Kind("musepack", _PYAV, "mpc")),
    (b"tBaK", b"", Kind("tak", _PYAV, "tak")),
    (b"ajkg", b"", Kind("shorten", _PYAV, "shn")),
    (b"DSD ", b"", Kind("dsf", _PYAV, "dsf")),
    (b"FRM8", b"", Kind("dff", _PYAV, "iff")),
    (b".RMF", b"", Kind("realmedia", _PYAV, "rm")),
    (b"nut/multimedia container\0", b"", Kind("nut", _PYAV, "nut")),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", b"", Kind("mxf", _PYAV, "mxf")),
    (b"\x0b\x77", b"", Kind("ac3", _PYAV, "ac3", honest_length=False)),
    (b"\x7f\xfe\x80\x01", b"", Kind("dts", _PYAV, "dts", honest_length=False)),
    (b"\xc0\xde\xc2", b"", Kind("codec2", _PYAV, "codec2")),
    (b"EA3\x03", b"", Kind("oma", _PYAV, "oma")),
    (b"CWS", b"", Kind("swf", _PYAV, "swf")),
    (b"FWS", b"", Kind("swf", _PYAV, "swf")),
    (b"\xb7\xd8\x00\x20\x37\x49\xda\x11", b"", Kind("wtv", _PYAV, "wtv")),
    (b"\x72\xf8\x1f\x4e", b"", Kind("spdif", _PYAV, "spdif", honest_length=False)),
    (b"\x00\x0aSMJPEG", b"", Kind("smjpeg", _PYAV, "smjpeg")),
    (b"STRM", b"", Kind("ast", _PYAV, "ast")),
    (b"KVAG", b"", Kind("kvag", _PYAV, "kvag")),
    (b"ASF\0", b"", Kind("argo", _PYAV, "argo_asf")),
    (b"\x80\x00", b"", Kind("adx", _PYAV, "adx")),
    (b"\x00\x00\x01\xba", b"", Kind("mpeg", _PYAV, "mpeg", honest_length=False, has_times=True)),
    (b"caff", b"", Kind("caf", _BOTH, "caf")),
    (b"riff\x2e\x91\xcf\x11", b"", Kind("w64", _BOTH, "w64")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"", Kind("asf", _PYAV, "asf")),
    (b"#!AMR", b"", Kind("amr", _PYAV, "amr", honest_length=False)),
    (b"FLV\x01", b"", Kind("flv", _PYAV, "flv", has_times=True)),
)
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")

CUT_WEBM = "a piece of a WebM recording without its head (send the recording from its start)"
WEBM_BLOCK = re.compile(rb"\xa3(?:[\x80-\xff]|[\x40-\x7f].|[\x20-\x3f]..)\x81..[\x00\x80]", re.DOTALL)
"""A block of the first track: identifier, size, track number, time and flags (RFC 9559, 5.1.3.4 and 10.2)."""
UNKNOWN = "data of an unknown kind"
RAW_HINT = "; samples without a header need a word on what they are: --raw 8000,mulaw,1"
PLAYLIST = "a playlist, which names sounds and holds none"
_OTHER: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive (or an office document)"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a RIFF file without sound"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x93NUMPY", "a numpy array (load it: analyze(numpy.load(path), rate_hz=16000))"),
    (b"SQLite format 3", "an SQLite database"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
    (b"\x1f\x43\xb6\x75", CUT_WEBM),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer, whose sound was not downloaded (git lfs pull)"),
    (b"#EXTM3U", PLAYLIST),
    (b"[playlist]", PLAYLIST),
    (b"<asx", PLAYLIST),
)


STREAMED: Mapping[str, Kind] = {"mp3": MP3_WITHOUT_LENGTH, "aac": AAC, "mpegts": MPEGTS}
"""What can be entered at any frame."""
ENTRY_BYTES = 1 << 16
MAX_ZERO_BYTES = 1 << 26
MAX_LEADING_ZEROS = 3
"""With which a file itself may begin: the size of an MP4 file's first box."""

MEDIA_TYPES: Mapping[str, str] = {
    "wav": "audio/wav",
    "aiff": "audio/aiff",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "mp4": "audio/mp4",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
}
"""What a browser plays, by the name of the kind."""


def media_type(stream: BinaryIO) -> str:
    """Return the media type of the sound in a stream, from its content; bytes where it is nothing that one plays."""
    try:
        return MEDIA_TYPES.get(sniff(stream, "the sound").name, "application/octet-stream")
    except UndecodableAudio:
        return "application/octet-stream"


def sniff(stream: BinaryIO, name: str) -> Kind:
    """Tell the kind of the sound in a seekable stream, and leave the stream at its start; raises as ``locate``."""
    return locate(stream, name)[0]


def locate(stream: BinaryIO, name: str) -> tuple[Kind, int]:
    """Tell the kind of the sound in a seekable stream, and where it begins; the stream is left at its start.

    That is the start, or where a stream was cut within a frame or lies behind other bytes, the first whole frame.

    Raises
    ------
    UndecodableAudio
        When it is no sound that we know; the message says what it looks like.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    tag_bytes = _id3_bytes(head)
    if tag_bytes:  # the tag may hold a cover picture: look behind it
        stream.seek(tag_bytes)
        head = stream.read(HEAD_BYTES)
    kind = kind_of(head) or (MP3_WITHOUT_LENGTH if tag_bytes else None)
    found = (kind, 0) if kind else _behind(stream, head)
    stream.seek(0)
    if found is not None:
        return found
    look = look_of(head)
    hint = RAW_HINT if look == UNKNOWN else ""
    raise UndecodableAudio(f"{name} is {look}, not sound that can be decoded{hint}")


def _behind(stream: BinaryIO, head: bytes) -> tuple[Kind, int] | None:
    """Find what begins behind zeros, or a stream that was cut within a frame."""
    start = 0
    if not head.strip(b"\0"):
        stream.seek(0)
        while (piece := stream.read(ENTRY_BYTES)) and not piece.strip(b"\0") and start < MAX_ZERO_BYTES:
            start += len(piece)
        start += len(piece) - len(piece.lstrip(b"\0"))
        for before in range(min(start, MAX_LEADING_ZEROS) + 1):
            stream.seek(start - before)
            if (kind := kind_of(stream.read(HEAD_BYTES))) is not None:
                return kind, start - before
    elif look_of(head) != UNKNOWN:
        return None
    stream.seek(start)
    entered = entry(stream.read(ENTRY_BYTES))
    return (STREAMED[entered[0]], start + entered[1]) if entered else None


def kind_of(head: bytes) -> Kind | None:
    """Return the kind of sound that starts with these bytes, or None."""
    for magic, form, kind in _SOUND:
        if head.startswith(magic) and head[8:12].startswith(form):
            return kind
    if head[4:8] in _MP4_BOXES:
        return MP4
    if head.startswith(b"\x1aE\xdf\xa3"):  # EBML; its DocType tells the two apart
        return Kind("webm" if b"webm" in head[:64] else "matroska", _PYAV, "matroska", has_times=True)
    if head[:1] == b"\x56" and head[1:2] >= b"\xe0":  # 11 bits of sync (ISO 14496-3, 1.7.2)
        return Kind("latm", _PYAV, "loas", honest_length=False)
    if head[:1] == head[188:189] == head[376:377] == b"\x47":  # the sync byte of each 188-byte packet
        return MPEGTS
    return _mpeg_audio(head)


def _mpeg_audio(head: bytes) -> Kind | None:
    """Tell MPEG audio frames from ADTS by their 4-byte headers (ISO 11172-3, 2.4.2.3; ISO 13818-7, 6.2)."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:  # 12 bits of sync, layer 0: ADTS
        return AAC if head[2] >> 2 & 15 < 13 else None
    version, layer, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 2 & 3
    if head[1] & 0xE0 != 0xE0 or version == 1 or rate == 3 or head[2] >> 4 == 15:
        return None
    if layer not in (1, 2):  # layers III and II; nobody writes layer I, and UTF-16 text starts like it
        return None
    counted = any(tag in head[:200] for tag in (b"Xing", b"Info", b"VBRI"))
    return MP3 if counted else MP3_WITHOUT_LENGTH


def _id3_bytes(head: bytes) -> int:
    """Return how many bytes an ID3v2 tag takes, 0 without one; its size is 4 times 7 bits (id3.org, ID3v2.4.0, 3.1)."""
    if len(head) < 10 or not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def look_of(head: bytes) -> str:
    """Say in words what bytes that are no sound look like."""
    for magic, words in _OTHER:
        if head.startswith(magic):
            return words
    if WEBM_BLOCK.match(head):
        return CUT_WEBM
    if not head.strip(b"\0"):
        return "nothing but zero bytes"
    text = _as_text(head)
    if text is None:
        return UNKNOWN
    if re.match(r"\s*<(!doctype html|html|head|body)", text, re.IGNORECASE):
        return "a web page (HTML)"
    if text.lstrip().startswith("<"):
        return "an XML document"
    return "text"


def _as_text(head: bytes) -> str | None:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)  # incremental: the head may end within a character
    except UnicodeDecodeError:
        return None
    return text if all(char.isprintable() or char.isspace() for char in text) else None
