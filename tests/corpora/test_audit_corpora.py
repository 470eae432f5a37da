"""The audit on real speech: 100 of 100 planted leaks, and no alarm on what only sounds alike."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from sentisound.corpora.audit import Listening, audit
from sentisound.corpora.audit_subject import under
from sentisound.corpora.protocols import PROTOCOLS
from sentisound.corpora.registry import corpus

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "audit.py"

pytestmark = pytest.mark.corpora


@pytest.fixture(scope="module")
def benchmark():
    """Return the benchmark's module: it knows how to plant."""
    spec = importlib.util.spec_from_file_location("audit_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    before = dict(os.environ)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    os.environ.clear()
    os.environ.update(before)  # it pins threads
    return module


def test_100_of_100_planted_leaks_are_found_and_nothing_else(benchmark, corpora: Path, tmp_path: Path):
    real = [clip for name in ("emodb", "savee") for clip in corpus(name).read(corpora / name)]
    real += [clip for clip in corpus("ravdess").read(corpora / "ravdess") if int(clip.speaker) < 5]
    planted = benchmark.plant(real, benchmark.PROMISED, 13, tmp_path, np.random.default_rng(1))[:100]
    found, alarms = benchmark.found_of(benchmark.audit_planted(real, planted), planted)
    assert Counter(one.change for one in found) == Counter(one.change for one in planted)
    assert alarms == []


def test_different_takes_of_a_sentence_are_no_copies(corpora: Path):
    """RAVDESS's repetitions and TESS's carrier phrase: one voice, one sentence, one mood, and two recordings."""
    ravdess = [clip for clip in corpus("ravdess").read(corpora / "ravdess") if clip.speaker in {"18", "23", "24"}]
    tess = [
        clip for clip in corpus("tess").read(corpora / "tess") if clip.name.startswith("YAF") and clip.label == "sad"
    ]
    assert audit([*ravdess, *tess], [], listening=Listening(2)).findings == ()


def test_ravdess_holds_one_recording_twice(corpora: Path):
    clips = [clip for clip in corpus("ravdess").read(corpora / "ravdess") if clip.speaker == "07"]
    (finding,) = audit(clips, []).findings
    assert finding.kind == "exact_duplicate"
    assert finding.severity == "information"
    assert {finding.first.name, finding.second.name} == {
        "ravdess/03-01-03-01-02-01-07",
        "ravdess/03-01-03-01-02-02-07",
    }


@pytest.mark.parametrize("name", [name for name, one in PROTOCOLS.items() if one.corpora])
def test_a_protocol_leaks_speakers_exactly_where_it_is_marked(name: str, corpora: Path):
    if not all((corpora / one).is_dir() for one in PROTOCOLS[name].corpora):
        pytest.skip("the protocol's corpora are not here")
    subject = under(name, corpora)
    report = audit(subject.utterances, subject.splits, audio=False)
    assert report.clean == subject.speaker_independent
    assert {leak.kind for leak in report.leaks} <= {"speaker_overlap"}
