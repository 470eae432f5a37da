"""The feature cache forgets nothing that is whole, believes nothing that is damaged, and bears two processes."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from sentisound.corpora.recordings import Recording
from sentisound.errors import SettingsError
from sentisound.features.sets import feature_set
from sentisound.learning import dataset, extraction
from sentisound.learning.cache import FeatureStore, Form, store_path
from sentisound.learning.dataset import build_dataset
from sentisound.learning.evaluation.protocols import Places
from sentisound.learning.recipe import FeatureOptions

SIZE = 7
FORM = Form(SIZE)


def _key(number: int) -> bytes:
    return number.to_bytes(32)


def _vector(number: int) -> np.ndarray:
    return np.random.default_rng(number).standard_normal(SIZE).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "deep" / "store.sqlite", FORM)


def test_what_was_written_is_read_bit_for_bit(store: FeatureStore):
    written = {_key(n): _vector(n) for n in range(1200)}  # more than SQLite takes in one question
    store.write(written)
    found = store.read([*written, _key(9999)])
    assert found.keys() == written.keys()
    assert all(np.array_equal(found[key], written[key]) for key in written)
    assert found[_key(0)].flags.writeable


def test_a_second_write_replaces_the_first(store: FeatureStore):
    store.write({_key(1): _vector(1)})
    store.write({_key(1): _vector(2)})
    assert np.array_equal(store.read([_key(1)])[_key(1)], _vector(2))


def test_a_damaged_row_is_not_believed(store: FeatureStore, tmp_path: Path):
    store.write({_key(1): _vector(1), _key(2): _vector(2), _key(3): _vector(3)})
    with closing(sqlite3.connect(tmp_path / "deep" / "store.sqlite")) as file, file:
        file.execute("UPDATE vectors SET vector = ? WHERE key = ?", (b"\1" * 4 * SIZE, _key(1)))
        file.execute("UPDATE vectors SET vector = substr(vector, 1, 8) WHERE key = ?", (_key(2),))
    assert set(store.read([_key(1), _key(2), _key(3)])) == {_key(3)}


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_store_starts_anew(store: FeatureStore, tmp_path: Path, damage: bytes):
    path = tmp_path / "deep" / "store.sqlite"
    store.write({_key(1): _vector(1)})
    path.write_bytes(damage)
    assert store.read([_key(1)]) == {}
    store.write({_key(2): _vector(2)})
    assert set(store.read([_key(1), _key(2)])) == {_key(2)}
    path.write_bytes(damage)
    store.write({_key(3): _vector(3)})
    assert set(store.read([_key(3)])) == {_key(3)}


def test_a_folder_that_cannot_be_used_is_told_with_its_setting(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="SENTISOUND_CACHE_DIR"):
        FeatureStore(tmp_path / "file" / "store.sqlite", FORM).read([_key(1)])


def _fill(path: Path, first: int) -> int:
    store = FeatureStore(path, FORM)
    for number in range(first, first + 40):
        store.write({_key(number): _vector(number)})
        store.read([_key(number)])
    return first


def test_two_processes_write_one_store(tmp_path: Path):
    path = tmp_path / "shared.sqlite"
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_fill, [path, path], [0, 40]))
    found = FeatureStore(path, FORM).read([_key(n) for n in range(80)])
    assert all(np.array_equal(found[_key(n)], _vector(n)) for n in range(80))


def test_a_store_is_of_one_version_of_one_set(tmp_path: Path):
    wide, mfcc = feature_set("wide"), feature_set("mfcc40")
    paths = [
        store_path(tmp_path, wide, {}, 1),
        store_path(tmp_path, wide, {"normalise": False}, 1),
        store_path(tmp_path, wide, {}, 2),
        store_path(tmp_path, mfcc, {}, 1),
    ]
    assert len(set(paths)) == len(paths)


def test_the_key_is_the_content(tmp_path: Path):
    one, same, other = (tmp_path / name for name in ("one.wav", "same.wav", "other.wav"))
    one.write_bytes(b"abc")
    shutil.copy(one, same)
    other.write_bytes(b"abd")
    assert Recording(one).digest() == Recording(same).digest() != Recording(other).digest()


def _built(places: Places, cache: Path | None) -> tuple[dataset.Dataset, list[int]]:
    from sentisound.corpora.registry import corpus

    clips = corpus("ravdess").read(places.corpora / "ravdess")[:16]
    done: list[int] = []
    data = build_dataset(
        clips, corpus("ravdess").labels, FeatureOptions("mfcc40"), 1, lambda _, n, __: done.append(n), cache
    )
    return data, done


def test_features_come_from_the_cache_the_second_time_and_are_the_same(places: Places):
    fresh, _ = _built(places, None)
    first, computed = _built(places, places.cache)
    second, found = _built(places, places.cache)
    assert (computed[0], found) == (0, [16])
    assert np.array_equal(fresh.features, first.features)
    assert np.array_equal(fresh.features, second.features)
    assert fresh.digest() == second.digest()


def test_another_segmentation_computes_anew(places: Places, monkeypatch: pytest.MonkeyPatch):
    _built(places, places.cache)
    monkeypatch.setattr(extraction, "SEGMENTATION_VERSION", 99)
    assert _built(places, places.cache)[1][0] == 0


FRAMES = Form(4, frames=True)


def _frames(number: int) -> np.ndarray:
    return np.random.default_rng(number).standard_normal((number % 9, 4)).astype(np.float16)


def test_frames_of_any_length_are_read_bit_for_bit(tmp_path: Path):
    store = FeatureStore(tmp_path / "frames.sqlite", FRAMES)
    written = {_key(n): _frames(n) for n in range(30)}  # of no frame at all, too
    store.write(written)
    found = store.read(list(written))
    assert found.keys() == written.keys()
    assert all(np.array_equal(found[key], written[key]) for key in written)
    assert {values.dtype for values in found.values()} == {np.dtype(np.float16)}
    assert found[_key(5)].flags.writeable


def test_damaged_frames_are_not_believed(tmp_path: Path):
    path = tmp_path / "frames.sqlite"
    FeatureStore(path, FRAMES).write({_key(n): _frames(n) for n in (4, 5, 6)})
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE vectors SET vector = substr(vector, 1, 8) WHERE key = ?", (_key(4),))  # one whole frame
        file.execute("UPDATE vectors SET vector = substr(vector, 1, 7) WHERE key = ?", (_key(5),))
    assert set(FeatureStore(path, FRAMES).read([_key(n) for n in (4, 5, 6)])) == {_key(6)}


def test_what_is_kept_is_what_is_found(tmp_path: Path):
    values = np.array([[1e-3, 0.1, 1 / 3, 1e9]], dtype=np.float32)  # the last is beyond half precision
    store = FeatureStore(tmp_path / "frames.sqlite", FRAMES)
    store.write({_key(1): values})
    found = store.read([_key(1)])[_key(1)]
    assert np.array_equal(found, FRAMES.kept(values))
    assert np.isfinite(found).all()
    assert found[0, 2] == pytest.approx(1 / 3, rel=1e-3)


def test_what_copies_went_through_names_their_store(tmp_path: Path):
    logmel = feature_set("logmel")
    paths = {store_path(tmp_path, logmel, {}, 1, chain) for chain in ("", "noise", "echo")}
    assert len(paths) == 3
    assert Form.of(logmel) == Form(64, frames=True)
