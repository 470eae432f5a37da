"""The process in which sphinx works: utterances come in on standard input, their words go out on standard output.

An utterance is the number of its bytes (four, little-endian) and 16-bit samples at 16 kHz; the answer is one line of
JSON, ``[[word, first frame, last frame, probability], ...]``. The process ends when its input does.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

RATE_HZ = 16_000
FRAMES_PER_S = 100
COUNT_BYTES = 4


def decoded(decoder: Any, pcm: bytes) -> list[tuple[str, int, int, float]]:
    """Return the words of one utterance, the same whatever came before it."""
    if not pcm:
        return []
    decoder.reinit_feat()  # its state outlives an utterance, and changes the words of the next
    decoder.start_utt()
    decoder.process_raw(pcm, no_search=False, full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return []
    spoken = [part for part in decoder.seg() if part.word[0] not in "<["]  # silence and noises
    return [(part.word.partition("(")[0], part.start_frame, part.end_frame, min(part.prob, 1.0)) for part in spoken]


def main() -> None:
    """Answer until the input ends."""
    from pocketsphinx import Decoder

    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the library itself might print is no answer
    decoder = Decoder(samprate=RATE_HZ, frate=FRAMES_PER_S, loglevel="FATAL")
    while len(count := source.read(COUNT_BYTES)) == COUNT_BYTES:
        words = decoded(decoder, source.read(int.from_bytes(count, "little")))
        sink.write(json.dumps(words).encode() + b"\n")
        sink.flush()


if __name__ == "__main__":
    main()
