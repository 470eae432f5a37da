"""Every pair of container and codec that libav writes here, and what transfers do to such files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import av
import numpy as np

from sentisound.testing import speech_like

RATE_HZ, LENGTH_S = 16_000, 1.2
RAW_NAMES = """
alaw mulaw f32be f32le f64be f64le s8 s16be s16le s24be s24le s32be s32le u8 u16be u16le u24be u24le u32be u32le vidc
g722 dfpwm sbc rso apm wsaud
"""
RAW = frozenset(RAW_NAMES.split())
"""No head that one could tell them by, or one that names no rate."""
NO_FILE_NAMES = """
null md5 hash framehash framemd5 crc framecrc streamhash uncodedframecrc segment hls dash hds smoothstreaming tee fifo
rtp rtsp sap rtp_mpegts alsa oss fbdev image2 image2pipe ffmetadata whip mpjpeg data webm_dash_manifest webm_chunk rcwt
mkvtimestamp_v2 asf_stream rawvideo
"""
NO_FILES = frozenset(NO_FILE_NAMES.split())
"""Muxers that write checksums, playlists, other files, or to devices and networks."""
CODEC_NAMES = """
aac ac3 eac3 alac flac libmp3lame mp2 libopus opus libvorbis vorbis wavpack tta nellymoser real_144 sbc g722 dfpwm
adpcm_adx adpcm_argo adpcm_ima_qt adpcm_ima_ssi adpcm_ima_wav adpcm_ima_ws adpcm_ima_apm adpcm_ms adpcm_swf
adpcm_yamaha pcm_alaw pcm_mulaw pcm_f32be pcm_f32le pcm_f64be pcm_f64le pcm_s8 pcm_s16be pcm_s16le pcm_s24be pcm_s24le
pcm_s32be pcm_s32le pcm_s64le pcm_u8 pcm_dvd pcm_s16be_planar
"""
CODECS = CODEC_NAMES.split()


@cache
def sound() -> np.ndarray:
    return (speech_like(LENGTH_S, 48_000, np.random.default_rng(0)) * 32_000).astype(np.int16)[None, :]


def written(muxer: str, codec: str) -> bytes:
    """Return a file; raises what libav does where the two do not go together."""
    file = io.BytesIO()
    with av.open(file, "w", format=muxer) as container:
        known = av.codec.Codec(codec, "w")
        rates = known.audio_rates
        rate_hz = RATE_HZ if not rates or RATE_HZ in rates else max(rates)
        stream = container.add_stream(codec, rate=rate_hz, layout="mono")
        form = known.audio_formats[0].name if known.audio_formats else "s16"
        stream.format = form
        frame = av.AudioFrame.from_ndarray(sound(), format="s16", layout="mono")
        frame.rate, frame.pts = 48_000, 0
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(format=form, layout="mono", rate=rate_hz, frame_size=size)
        for piece in resampler.resample(frame) + resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return file.getvalue()


def formats() -> Iterator[tuple[str, str, bytes]]:
    """Yield muxer, codec and file, of all that go together."""
    av.logging.set_level(None)
    for muxer in sorted(av.formats_available):
        if muxer in NO_FILES or "," in muxer:
            continue
        try:
            av.format.ContainerFormat(muxer, "w")
        except ValueError:  # libav reads it and does not write it
            continue
        for codec in CODECS:
            try:
                content = written(muxer, codec)
            except (av.FFmpegError, ValueError, LookupError, TypeError):
                continue
            if len(content) > 200:
                yield muxer, codec, content


DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "whole": lambda content: content,
    "without its start": lambda content: content[len(content) // 7 :],
    "without its end": lambda content: content[: len(content) * 6 // 7],
    "twice": lambda content: content + content,
    "behind zeros": lambda content: bytes(5_000) + content,
}


def stale_wav(content: bytes) -> bytes:
    """Return a WAV file whose header tells of half of its samples."""
    at = content.index(b"data") + 4
    size = int.from_bytes(content[at : at + 4], "little") // 4 * 2
    return content[:at] + size.to_bytes(4, "little") + content[at + 4 :]
