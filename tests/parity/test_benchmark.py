"""The benchmark compares like with like: both of its sides compute the same numbers."""

import importlib.util
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from sentisound.features import SETS, feature_set

pytestmark = pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning")
"""``librosa.load`` imports audioread's backends, which import these, when it is first called."""

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "features.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("feature_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    before = dict(os.environ)
    sys.modules[spec.name] = module  # dataclasses look their module up
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    os.environ.clear()
    os.environ.update(before)  # it pins threads
    return module


@pytest.fixture(scope="module")
def contests(benchmark, tmp_path_factory):
    return {contest.name: contest for contest in benchmark.contests(tmp_path_factory.mktemp("clip"))}


def test_every_set_is_timed(contests):
    assert set(contests) == set(SETS)


@pytest.mark.parametrize("name", ["mfcc40", "spectral", "statistical1020"])
def test_both_sides_compute_the_same(contests, name):
    """Within 1e-4 of the value or of a thousandth: means near 0 are differences of large numbers."""
    ours, theirs = contests[name].ours(), contests[name].theirs()
    assert ours.shape == theirs.shape == (feature_set(name).size,)
    off = np.abs(ours - theirs) > 1e-4 * np.abs(theirs) + 1e-3
    assert [feature_set(name).names[index] for index in np.flatnonzero(off)] == []


def test_both_sides_compute_the_same_frames(contests):
    ours, theirs = contests["logmel"].ours(), contests["logmel"].theirs()
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_targets_name_sets(benchmark):
    assert set(benchmark.TARGETS) <= set(SETS)


def test_medians_are_of_both_sides(benchmark, contests):
    assert len(benchmark.medians_ms(contests["mfcc40"], repetitions=1, warm_up=0)) == 2
    assert len(benchmark.medians_ms(contests["wide"], repetitions=1, warm_up=0)) == 1
