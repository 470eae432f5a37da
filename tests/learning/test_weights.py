"""Weights in a file: what comes back, in which precision, and what is never opened."""

from __future__ import annotations

import contextlib
import io
import zipfile

import numpy as np
import pytest

from sentisound.errors import BundleInvalid
from sentisound.learning import weights as room
from sentisound.learning.weights import HALF_ERROR, pack, unpack

RNG = np.random.default_rng(0)
SMALL = RNG.standard_normal((64, 32)).astype(np.float32)
HERTZ = np.array([4321.123, 0.5], dtype=np.float32)
COUNTER = np.array(7, dtype=np.int64)


def file_of(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_arrays_come_back_by_name_within_a_thousandth():
    found = unpack(pack({"a.weight": SMALL, "scale": HERTZ, "steps": COUNTER}))
    assert list(found) == ["a.weight", "scale", "steps"]
    assert found["a.weight"].dtype == np.float32
    assert np.abs(found["a.weight"] - SMALL).max() <= HALF_ERROR
    assert found["steps"].dtype == np.int64
    assert found["steps"].shape == ()


def test_only_what_loses_next_to_nothing_is_kept_in_half():
    with np.load(io.BytesIO(pack({"small": SMALL, "hertz": HERTZ, "huge": HERTZ * 1e6}))) as file:
        assert file["small"].dtype == np.float16
        assert file["hertz"].dtype == np.float32  # half would be 2 Hz away
        assert file["huge"].dtype == np.float32  # half has no such number
    assert unpack(pack({"hertz": HERTZ}))["hertz"].tolist() == HERTZ.tolist()


def test_the_same_arrays_give_the_same_bytes():
    assert pack({"a": SMALL}) == pack({"a": SMALL.copy()})


def test_an_object_in_the_file_is_not_run():
    pickled = file_of(a=np.array([print], dtype=object))
    with pytest.raises(BundleInvalid, match="cannot be read"):
        unpack(pickled)


@pytest.mark.parametrize("content", [b"", b"not a zip", file_of(a=SMALL)[:-40], b"PK\x05\x06" + b"\0" * 17])
def test_what_is_no_archive_is_refused(content: bytes):
    with pytest.raises(BundleInvalid):
        unpack(content)


@pytest.mark.parametrize("values", [np.array([np.nan], np.float32), np.array([np.inf], np.float16), np.array(["x"])])
def test_what_is_no_weight_is_refused(values: np.ndarray):
    with pytest.raises(BundleInvalid, match="'a'"):
        unpack(file_of(a=values))


def test_a_small_file_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.zeros(1_000_000, np.float32))
    assert len(buffer.getvalue()) < 10_000
    monkeypatch.setattr(room, "MAX_BYTES", 1_000_000)
    with pytest.raises(BundleInvalid, match="unpack to more"):
        unpack(buffer.getvalue())


def test_an_array_that_claims_to_be_huge_is_refused():
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**13,)})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.npy", header.getvalue())
    with pytest.raises(BundleInvalid, match="cannot be read"):
        unpack(buffer.getvalue())


def test_any_damaged_byte_is_noticed_or_harmless():
    whole = bytearray(pack({"a": SMALL[:4], "b": HERTZ}))
    for place in range(0, len(whole), 7):
        torn = bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(BundleInvalid):
            assert set(unpack(torn)) <= {"a", "b"}


def test_many_arrays_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "MAX_ARRAYS", 1)
    with pytest.raises(BundleInvalid, match="unpack to more"):
        unpack(file_of(a=SMALL, b=SMALL))


def test_a_file_that_is_no_array_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("run.py", "print()")
    with pytest.raises(BundleInvalid, match="no array"):
        unpack(buffer.getvalue())
