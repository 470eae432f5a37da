"""What the audit hears: every file's fingerprint, and which files are copies of one recording; in several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.corpora.audit_index import Suspects, suspects
from sentisound.corpora.audit_match import Match, match
from sentisound.corpora.audit_store import read_prints, write_prints
from sentisound.corpora.fingerprint import HOP, Fingerprint, fingerprint
from sentisound.corpora.recordings import Recording
from sentisound.errors import AudioError

Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""

FEW = 32
"""So few clips are heard without starting processes."""
CHUNK = 16

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def _silently(*_: object) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How to listen."""

    jobs: int = 1
    """Processes."""
    cache: Path | None = None
    """Folder in which fingerprints are kept; None keeps none."""
    progress: Progress = _silently


@dataclass(frozen=True, slots=True)
class Copies:
    """Two files that are one recording."""

    first: int
    second: int
    match: Match


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of the sounds."""

    contents: tuple[str, ...]
    """Hash of each one's samples; empty where it is silent or cannot be decoded."""
    unreadable: dict[int, str]
    """Why one cannot be decoded, by its index."""
    copies: tuple[Copies, ...]
    """Pairs that are one recording with different samples."""


def listen(sounds: Sequence[Recording], how: Listening) -> Heard:
    """Decode all sounds and find those that are copies of one recording."""
    prints, unreadable = _prints(sounds, how)
    contents = tuple(prints[i].content if i in prints else "" for i in range(len(sounds)))
    firsts = {content: i for i, content in reversed(list(enumerate(contents))) if content}
    originals = sorted(firsts.values())
    pairs = suspects([prints[i] for i in originals])
    asked = [(sounds[originals[pair.first]], sounds[originals[pair.second]], _shift_s(pair)) for pair in pairs]
    found = _mapped(_compared, asked, "comparing suspects", how)
    copies = (
        Copies(originals[pair.first], originals[pair.second], one)
        for pair, one in zip(pairs, found, strict=True)
        if one.same_recording
    )
    return Heard(contents, unreadable, tuple(copies))


def _prints(sounds: Sequence[Recording], how: Listening) -> tuple[dict[int, Fingerprint], dict[int, str]]:
    keys = [_key(sound) for sound in sounds]
    kept = read_prints(how.cache, keys) if how.cache else {}
    missing = [i for i, key in enumerate(keys) if key not in kept]
    made = _mapped(_heard, [sounds[i] for i in missing], "fingerprints", how)
    fresh = {i: one for i, one in zip(missing, made, strict=True) if isinstance(one, Fingerprint)}
    unreadable = {i: one for i, one in zip(missing, made, strict=True) if isinstance(one, str)}
    if how.cache and fresh:
        write_prints(how.cache, {keys[i]: one for i, one in fresh.items()})
    return {**{i: kept[key] for i, key in enumerate(keys) if key in kept}, **fresh}, unreadable


def _key(sound: Recording) -> str:
    """Return what tells a sound from any other; its place where it cannot be read, which decoding will say."""
    try:
        return sound.digest().hex()
    except OSError:
        return f"unreadable {sound}"


def _heard(sound: Recording) -> Fingerprint | str:
    """Return a sound's fingerprint, or why there is none."""
    try:
        return fingerprint(sound.decoded(RATE_HZ).samples)
    except AudioError as error:
        return f"{error.title}: {error}"


def _shift_s(pair: Suspects) -> float:
    return pair.offset * HOP / RATE_HZ


def _compared(asked: tuple[Recording, Recording, float]) -> Match:
    first, second, shift_s = asked
    return match(_samples(first), _samples(second), shift_s)


@lru_cache(maxsize=64)
def _samples(sound: Recording) -> Samples:
    return sound.decoded(RATE_HZ).samples


def _mapped(ask: Callable[[Asked], Answer], items: Sequence[Asked], step: str, how: Listening) -> list[Answer]:
    """Apply ``ask`` to all items, in order, and tell how far it is."""
    answers = []
    with _applied(ask, items, how.jobs if len(items) > FEW else 1) as running:
        for answer in running:
            answers.append(answer)
            how.progress(step, len(answers), len(items))
    return answers


@contextmanager
def _applied(ask: Callable[[Asked], Answer], items: Sequence[Asked], jobs: int) -> Iterator[Iterator[Answer]]:
    if jobs == 1:
        yield map(ask, items)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield pool.map(ask, items, chunksize=CHUNK)
