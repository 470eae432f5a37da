"""Whatever libav writes is played, whole and damaged, or refused with its cause; ``pytest -s`` prints the table."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

import pytest

from field_formats import DAMAGES, LENGTH_S, RAW, formats, stale_wav
from sentisound.audio.decode import decode
from sentisound.errors import AudioError

STREAMS = {"mp3", "mp2", "adts", "mpegts"}
"""What can be entered anywhere; the rest has a head."""
JOINED = {"wav", "aiff", "ogg", "oga", "opus", "flac", "mp4", "mov", "ipod", "mp3", "mp2", "adts", "ac3"}
"""What is played to its end where two files are joined."""


@pytest.fixture(scope="module")
def outcomes() -> dict[tuple[str, str], dict[str, float | str]]:
    """Decode every file with every damage: seconds, or words."""
    found: dict[tuple[str, str], dict[str, float | str]] = defaultdict(dict)
    for muxer, codec, content in formats():
        for damage, harm in DAMAGES.items():
            found[muxer, codec][damage] = outcome(harm(content))
        if muxer == "wav" and codec.startswith("pcm_"):
            found[muxer, codec]["stale header"] = outcome(stale_wav(content))
    return found


def outcome(content: bytes) -> float | str:
    try:
        return decode(content).duration_s
    except AudioError as error:
        return str(error)


def test_there_are_many(outcomes) -> None:
    assert len(outcomes) >= 160


def test_all_that_has_a_head_is_played_whole(outcomes) -> None:
    for (muxer, codec), by_damage in outcomes.items():
        said = by_damage["whole"]
        if muxer in RAW:
            assert "--raw" in str(said), (muxer, codec, said)
        elif isinstance(said, str):  # what libav itself does not read again
            assert any(words in said for words in ("cannot be decoded", "no audio track")), (muxer, codec, said)
        elif muxer != "flv":  # has PCM at rates of its own
            assert said == pytest.approx(LENGTH_S, abs=0.2), (muxer, codec, said)
    played = sum(isinstance(one["whole"], float) for one in outcomes.values())
    assert played > 0.8 * len(outcomes)


def test_a_stream_is_entered_anywhere(outcomes) -> None:
    for (muxer, codec), by_damage in outcomes.items():
        if muxer in STREAMS and isinstance(by_damage["whole"], float):
            assert isinstance(by_damage["without its start"], float), (muxer, codec, by_damage)


def test_what_lies_behind_zeros_is_played(outcomes) -> None:
    for (muxer, codec), by_damage in outcomes.items():
        if isinstance(by_damage["whole"], float):
            assert by_damage["behind zeros"] == pytest.approx(by_damage["whole"], abs=0.05), (muxer, codec, by_damage)


def test_joined_files_are_played_to_the_end(outcomes) -> None:
    for (muxer, codec), by_damage in outcomes.items():
        if muxer in JOINED and isinstance(by_damage["whole"], float):
            assert by_damage["twice"] == pytest.approx(2 * by_damage["whole"], abs=0.15), (muxer, codec, by_damage)


def test_a_refusal_names_its_cause(outcomes) -> None:
    for (muxer, codec), by_damage in outcomes.items():
        for damage, said in by_damage.items():
            assert isinstance(said, float) or said.startswith("the data given "), (muxer, codec, damage, said)


def test_a_stale_header_loses_nothing(outcomes) -> None:
    stale = {codec: one for (muxer, codec), one in outcomes.items() if muxer == "wav" and "stale header" in one}
    for codec, by_damage in stale.items():
        if codec != "pcm_s64le":  # libsndfile does not know it, and libav believes the header
            assert by_damage["stale header"] == pytest.approx(by_damage["whole"], abs=0.01), (codec, by_damage)


def test_the_table(outcomes) -> None:
    """Print how many of the files of each container were played, by damage."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for (muxer, _), by_damage in outcomes.items():
        rows[muxer]["files"] += 1
        for damage, said in by_damage.items():
            rows[muxer][damage] += isinstance(said, float)
    head = ["files", *DAMAGES, "stale header"]
    lines = [f"{'container':<12}" + "".join(f"{name:>19}" for name in head)]
    lines += [
        f"{muxer:<12}" + "".join(f"{counts[name]:>19}" for name in head) for muxer, counts in sorted(rows.items())
    ]
    sys.stdout.write("\n".join(["", *lines, ""]))
    assert sum(counts["files"] for counts in rows.values()) == len(outcomes)
