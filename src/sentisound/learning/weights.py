"""Weights in a file: arrays by name, in numpy's own format, which holds no code; read with every size capped."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sentisound.errors import BundleInvalid

Weights = Mapping[str, NDArray[np.float32] | NDArray[np.int64]]
"""A network's arrays by name: float32, and int64 for counters."""

HALF_ERROR = 1e-3
"""An array is kept in half precision where no value moves by more; scales of functionals in Hz stay as they are."""
MAX_BYTES = 1_000_000_000
"""Of all arrays unpacked; a small file can promise more than there is memory."""
MAX_ARRAYS = 10_000
UNREADABLE = (OSError, ValueError, KeyError, EOFError, RuntimeError, MemoryError, zlib.error, zipfile.BadZipFile)
"""What damaged archives raise: encrypted ones a RuntimeError, arrays that claim to be huge a MemoryError."""


def pack(weights: Weights) -> bytes:
    """Return arrays as a file; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    np.savez(buffer, **{name: _kept(values) for name, values in weights.items()})  # type: ignore[arg-type]  # names
    return buffer.getvalue()


def _kept(values: NDArray[np.float32] | NDArray[np.int64]) -> NDArray[np.generic]:
    if values.dtype.kind != "f":
        return values
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    near = bool(np.all(np.abs(half.astype(np.float32) - values) <= HALF_ERROR))
    return half if near else values.astype(np.float32)


def unpack(content: bytes) -> Weights:
    """Return the arrays of a file.

    Raises
    ------
    BundleInvalid
        When it is no such file, unpacks to more than ``MAX_BYTES``, or holds other than finite numbers.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_sizes(archive)
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: _number(name, file[name]) for name in file.files}
    except UNREADABLE as error:
        raise BundleInvalid(f"the weights cannot be read: {error}") from None


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse an archive by what it says of itself; unpacking never goes beyond that."""
    entries = archive.infolist()
    if len(entries) > MAX_ARRAYS or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise BundleInvalid(f"the weights unpack to more than {MAX_BYTES} bytes or {MAX_ARRAYS} arrays")
    if any(not entry.filename.endswith(".npy") for entry in entries):
        raise BundleInvalid("the weights hold a file that is no array")


def _number(name: str, values: NDArray[np.generic]) -> NDArray[np.float32] | NDArray[np.int64]:
    if values.dtype == np.int64:
        return values.astype(np.int64)
    if values.dtype not in (np.float16, np.float32) or not np.isfinite(values).all():
        raise BundleInvalid(f"the weights {name!r} are not finite numbers of 16 or 32 bits")
    return values.astype(np.float32)
