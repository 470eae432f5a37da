"""Samples of any type become float32 with full scale -1..1."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.audio.track import scaled


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (np.int8, [-128, 64], [-1, 0.5]),
        (np.int16, [-32_768, 16_384], [-1, 0.5]),
        (np.int32, [-(2**31), 2**30], [-1, 0.5]),
        (np.uint8, [0, 192, 128], [-1, 0.5, 0]),
        (np.float16, [-1, 0.5], [-1, 0.5]),
        (np.float64, [-1, 0.5, 1e300], [-1, 0.5, np.inf]),
        (np.float32, [3.5], [3.5]),
    ],
)
def test_scaling(dtype, values, expected):
    found = scaled(np.array(values, dtype))
    assert found.dtype == np.float32
    assert found.tolist() == expected


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.complex64, bool, "U3"])
def test_types_that_are_no_samples(dtype):
    with pytest.raises(TypeError, match="samples are int8"):
        scaled(np.zeros(3, dtype))
