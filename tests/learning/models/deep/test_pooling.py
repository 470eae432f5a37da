"""Each pooling: one vector an utterance, of the frames that are there."""

from __future__ import annotations

import pytest
import torch

from sentisound.learning.models.deep.pooling import (
    AttentionPooling,
    AttentiveStatistics,
    LastPooling,
    MeanPooling,
    StatisticsPooling,
)

CHANNELS, FRAMES = 6, 9
POOLINGS = {
    "mean": lambda: MeanPooling(CHANNELS),
    "last": lambda: LastPooling(CHANNELS),
    "statistics": lambda: StatisticsPooling(CHANNELS),
    "attention": lambda: AttentionPooling(CHANNELS, 4),
    "attentive statistics": lambda: AttentiveStatistics(CHANNELS, 4),
}


@pytest.fixture(params=POOLINGS)
def pooling(request):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return POOLINGS[request.param]()


@pytest.fixture
def features():
    return torch.randn(2, CHANNELS, FRAMES, generator=torch.Generator().manual_seed(0))


def test_one_vector_an_utterance(pooling, features):
    assert pooling(features, None).shape == (2, pooling.size)


def test_padding_is_not_pooled(pooling, features):
    mask = torch.arange(FRAMES) < torch.tensor([[FRAMES], [4]])
    alone = pooling(features[1:, :, :4], None)
    assert (pooling(features, mask)[1] - alone[0]).abs().max() < 1e-6


def test_what_never_changes_is_its_own_mean(pooling):
    constant = torch.full((1, CHANNELS, FRAMES), 3.0)
    pooled = pooling(constant, None)[0]
    assert pooled[:CHANNELS].tolist() == pytest.approx([3.0] * CHANNELS, abs=1e-5)
    assert pooled[CHANNELS:].tolist() == pytest.approx([0.0] * (pooling.size - CHANNELS), abs=5e-3)


def test_only_the_last_looks_at_order(pooling, features):
    same = torch.allclose(pooling(features, None), pooling(features.flip(2), None), atol=1e-6)
    assert same != isinstance(pooling, LastPooling)


def test_the_mean_and_the_last_are_what_they_say(features):
    assert torch.allclose(MeanPooling(CHANNELS)(features, None), features.mean(dim=2), atol=1e-6)
    assert torch.equal(LastPooling(CHANNELS)(features, None), features[:, :, -1])


def test_attention_turns_to_the_frame_that_scores():
    """With scores of a hundred times the first channel, the pooled vector is that of its loudest frame."""
    pooling = AttentionPooling(CHANNELS, 1)
    with torch.no_grad():
        for layer, weight in ((pooling.scores[0], 1.0), (pooling.scores[2], 100.0)):
            layer.weight.zero_()
            layer.weight[0, 0] = weight
            layer.bias.zero_()
    features = torch.zeros(1, CHANNELS, FRAMES)
    features[0, :, 5] = torch.arange(1.0, CHANNELS + 1)
    assert pooling(features, None)[0].tolist() == pytest.approx(list(range(1, CHANNELS + 1)), rel=1e-4)


def test_attentive_statistics_know_the_whole_utterance():
    """The same frame weighs otherwise beside other ones, though every other frame weighs nothing itself."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pooling = AttentiveStatistics(CHANNELS, 4)
    scores = []
    pooling.scores.register_forward_hook(lambda _module, _inputs, output: scores.append(output))
    first = torch.randn(1, CHANNELS, FRAMES, generator=torch.Generator().manual_seed(1))
    second = first.clone()
    second[:, :, 1:] *= 3
    pooling(first, None)
    pooling(second, None)
    assert not torch.allclose(scores[0][:, :, 0], scores[1][:, :, 0])
