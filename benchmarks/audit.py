"""The leakage audit against planted leaks and real corpora: what it finds, what it takes for a leak, how long it takes.

Run: ``python benchmarks/audit.py [--corpora FOLDER] [--clips 100] [--check]``. Clips of every corpus are changed in
each of the ways below, written to a temporary folder, and audited as test clips beside all real clips, which are
learned from. A change counts as found when its copy and its original are named as one recording. A false alarm is any
other pair, except doubles of the corpora themselves, which are listed. The time is that of the real clips alone,
uncached, in two processes. With ``--check`` a miss of a promised change, a false alarm, or more than 120 s make the
exit status 1.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from sentisound.audio.decode import decode
from sentisound.audio.waveform import RATE_HZ
from sentisound.corpora.audit import AuditReport, Listening, audit
from sentisound.corpora.audit_subject import everything
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.folds import Split

Samples = NDArray[np.floating]
Change = Callable[[Samples, np.random.Generator], Samples]

JOBS = 2
MAX_S = 120.0
CUT = round(0.3 * RATE_HZ)


def louder(samples: Samples, _: np.random.Generator) -> Samples:
    """Return the sound 6 dB louder, clipped at full scale."""
    return np.clip(10 ** (6 / 20) * samples, -1, 1)


def noisy(snr_db: float) -> Change:
    """Return the change that adds white noise so far below the clip's RMS."""

    def change(samples: Samples, rng: np.random.Generator) -> Samples:
        rms = np.sqrt(np.mean(np.square(samples, dtype=np.float64)))
        return samples + rms * 10 ** (-snr_db / 20) * rng.standard_normal(len(samples))

    return change


def coded(format_: str, subtype: str, level: float, mode: str | None = None) -> Change:
    """Return the change that encodes and decodes; 0.6 is 64 kbit/s and 0.9 24 kbit/s of mp3 at 16 kHz."""

    def change(samples: Samples, _: np.random.Generator) -> Samples:
        buffer = io.BytesIO()
        how = {"compression_level": level} | ({"bitrate_mode": mode} if mode else {})
        sf.write(buffer, samples, RATE_HZ, format=format_, subtype=subtype, **how)
        return sf.read(io.BytesIO(buffer.getvalue()))[0]

    return change


def without_middle(samples: Samples, rng: np.random.Generator) -> Samples:
    """Return the sound with 100 ms missing somewhere in its middle third."""
    at = rng.integers(len(samples) // 3, 2 * len(samples) // 3)
    return np.concatenate([samples[:at], samples[at + RATE_HZ // 10 :]])


def chain(*changes: Change) -> Change:
    """Return the change that applies several, one after the other."""

    def change(samples: Samples, rng: np.random.Generator) -> Samples:
        for one in changes:
            samples = one(samples, rng)
        return samples

    return change


def start_cut(samples: Samples, _: np.random.Generator) -> Samples:
    """Return the sound without its first 300 ms."""
    return samples[CUT:]


def end_cut(samples: Samples, _: np.random.Generator) -> Samples:
    """Return the sound without its last 300 ms."""
    return samples[:-CUT]


MP3_64K = coded("MP3", "MPEG_LAYER_III", 0.6, "CONSTANT")

PROMISED: Mapping[str, Change] = {
    "gain +6 dB, clipped": louder,
    "white noise, 20 dB": noisy(20),
    "mp3, 64 kbit/s": MP3_64K,
    "300 ms cut at the start": start_cut,
    "300 ms cut at the end": end_cut,
    "gain and noise": chain(louder, noisy(20)),
    "noise and mp3": chain(noisy(20), MP3_64K),
    "cut, gain, noise, mp3": chain(start_cut, louder, noisy(20), MP3_64K),
}
BEYOND: Mapping[str, Change] = {
    "100 ms cut from the middle": without_middle,
    "mp3, 24 kbit/s": coded("MP3", "MPEG_LAYER_III", 0.9, "CONSTANT"),
    "opus, lowest rate": coded("OGG", "OPUS", 0.95),
    "polarity turned": lambda samples, _: -samples,
    "cut at both ends, gain, noise, mp3": chain(start_cut, end_cut, louder, noisy(20), MP3_64K),
    "white noise, 10 dB": noisy(10),
}


@dataclass(frozen=True)
class Plant:
    """A changed copy of a real clip."""

    original: Utterance
    copy: Utterance
    change: str


def plant(
    clips: Sequence[Utterance], changes: Mapping[str, Change], each: int, folder: Path, rng: np.random.Generator
) -> list[Plant]:
    """Write ``each`` changed copies for every change, of clips drawn at random; their speakers are strangers."""
    planted = []
    for number, (name, change) in enumerate(changes.items()):
        for drawn in rng.choice(len(clips), each, replace=False):
            original = clips[drawn]
            path = folder / f"{number}-{drawn}.wav"
            sf.write(path, change(decode(original.path).samples, rng), RATE_HZ, subtype="PCM_16")
            copy = Utterance(path, "planted", path.stem, original.label, "", "", original.language, path.stem)
            planted.append(Plant(original, copy, name))
    return planted


def audit_planted(real: Sequence[Utterance], planted: Sequence[Plant], jobs: int = JOBS) -> AuditReport:
    """Audit a split that learns from all real clips and tests the planted ones."""
    clips = [*real, *(one.copy for one in planted)]
    split = Split("planted", tuple(range(len(real))), tuple(range(len(real), len(clips))))
    return audit(clips, [split], listening=Listening(jobs))


def found_of(report: AuditReport, planted: Sequence[Plant]) -> tuple[list[Plant], list[str]]:
    """Return the plants that are named as leaks with their originals, and the alarms that are nothing of the kind."""
    expected = {frozenset((clip_name(one.original), clip_name(one.copy))): one for one in planted}
    origins = {clip_name(one.copy): clip_name(one.original) for one in planted}
    found, alarms = [], []
    for finding in report.findings:
        if finding.second is None or not finding.kind.endswith("duplicate"):
            continue
        pair = frozenset((finding.first.name, finding.second.name))
        if pair in expected:
            found.append(expected[pair])
        elif len({origins.get(name, name) for name in pair}) == 2:
            alarms.append(finding.detail)
    return found, alarms


def clip_name(clip: Utterance) -> str:
    """Return a clip's name as the audit writes it."""
    return f"{clip.corpus}/{clip.name}"


def main() -> int:
    """Measure, print the table, and say whether the promises are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, default=os.environ.get("SENTISOUND_CORPORA"))
    parser.add_argument("--clips", type=int, default=100, help="copies planted for each change")
    parser.add_argument("--check", action="store_true", help="exit 1 when a promise is not kept")
    arguments = parser.parse_args()
    if arguments.corpora is None:
        parser.error("say where the corpora are: --corpora FOLDER or SENTISOUND_CORPORA=FOLDER")

    subject = everything(Path(arguments.corpora))
    start = time.perf_counter()
    clean = audit(subject.utterances, subject.splits, listening=Listening(JOBS))
    took_s = time.perf_counter() - start
    print(
        f"{clean.clips} clips under {len(subject.protocols)} protocols: {clean.verdict}; "
        f"{took_s:.0f} s, {JOBS} processes"
    )
    for finding in clean.findings:
        print(f"  {finding.severity}: {finding.kind}: {finding.detail}")

    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        planted = plant(subject.utterances, {**PROMISED, **BEYOND}, arguments.clips, Path(folder), rng)
        found, alarms = found_of(audit_planted(subject.utterances, planted), planted)
    doubles = {finding.detail.partition(":")[0] for finding in clean.findings if finding.kind.endswith("duplicate")}
    alarms = [alarm for alarm in alarms if alarm.partition(":")[0] not in doubles]
    for name in (*PROMISED, *BEYOND):
        hits = sum(one.change == name for one in found)
        print(f"  {name:<36} {hits:4d} of {arguments.clips}{'' if name in PROMISED else '   (beyond the promise)'}")
    print(f"false alarms: {len(alarms)}", *alarms, sep="\n  ")
    missed = sum(name in PROMISED for name in (one.change for one in planted)) - sum(
        one.change in PROMISED for one in found
    )
    return int(arguments.check and (missed > 0 or bool(alarms) or not clean.clean or took_s > MAX_S))


if __name__ == "__main__":
    sys.exit(main())
