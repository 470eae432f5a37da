"""Padding stays out of means, deviations and attention, and masks shrink as convolutions shrink their rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sentisound.learning.models.deep.masks import attention, shortened, silenced, statistics, uniform

LENGTHS = (1, 4, 7)


@pytest.fixture
def mask() -> torch.Tensor:
    return torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS).unsqueeze(1)


@pytest.fixture
def features() -> torch.Tensor:
    return torch.randn(len(LENGTHS), 5, max(LENGTHS), generator=torch.Generator().manual_seed(0))


def test_padding_is_silenced_in_rows_and_in_maps(features, mask):
    rows, maps = silenced(features, mask), silenced(features.unsqueeze(3).expand(-1, -1, -1, 2), mask)
    for row, length in enumerate(LENGTHS):
        assert torch.equal(rows[row, :, :length], features[row, :, :length])
        assert not rows[row, :, length:].any()
        assert not maps[row, :, length:].any()
    assert torch.equal(maps[..., 0], rows)
    assert silenced(features, None) is features


def test_silencing_keeps_the_precision(features, mask):
    assert silenced(features.bfloat16(), mask).dtype == torch.bfloat16


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("length", range(1, 12))
def test_a_mask_shrinks_as_a_convolution_shrinks_its_row(stride, length):
    """From an utterance of n frames in a row of 15 come ceil(n / stride) frames."""
    shrunk = shortened((torch.arange(15) < length).unsqueeze(0), stride)
    convolved = torch.nn.Conv1d(1, 1, 5, stride, padding=2)(torch.zeros(1, 1, 15)).shape[2]
    alone = torch.nn.Conv1d(1, 1, 5, stride, padding=2)(torch.zeros(1, 1, length)).shape[2]
    assert shrunk.shape == (1, convolved)
    assert int(shrunk.sum()) == alone == -(-length // stride)
    assert shrunk[0, :alone].all()


def test_no_mask_stays_none():
    assert shortened(None, 2) is None


def test_weights_sum_to_one_over_the_utterance(features, mask):
    for weights in (uniform(features, mask), attention(features, mask)):
        assert weights.sum(dim=2).numpy() == pytest.approx(1.0, abs=1e-6)
        assert (weights[~mask.unsqueeze(1).expand_as(weights)] == 0).all()
    assert uniform(features, None)[0, 0].tolist() == pytest.approx([1 / 7] * 7)


def test_a_row_without_a_frame_is_finite(features):
    nothing = torch.zeros(3, 7, dtype=torch.bool)
    assert torch.isfinite(attention(features, nothing)).all()
    assert torch.isfinite(statistics(features, uniform(features, nothing))).all()


def test_statistics_are_numpys(features, mask):
    found = statistics(features, uniform(features, mask)).numpy()
    for row, length in enumerate(LENGTHS):
        own = features[row, :, :length].numpy()
        assert found[row, :5] == pytest.approx(own.mean(axis=1), abs=1e-6)
        assert found[row, 5:] == pytest.approx(np.sqrt(own.var(axis=1) + 1e-5), abs=1e-5)


def test_statistics_of_one_frame_have_a_gradient():
    frame = torch.ones(1, 3, 1, requires_grad=True)
    statistics(frame, uniform(frame, None)).sum().backward()
    assert torch.isfinite(frame.grad).all()


def test_statistics_are_in_single_precision_whatever_comes(features):
    """An offset of 100 leaves bfloat16 no digit for the deviation, which is why the sums are not in it."""
    assert statistics(features.bfloat16(), uniform(features, None)).dtype == torch.float32
    shifted = statistics(features + 100, uniform(features, None))[:, 5:]
    assert shifted.numpy() == pytest.approx(statistics(features, uniform(features, None))[:, 5:].numpy(), abs=1e-3)
