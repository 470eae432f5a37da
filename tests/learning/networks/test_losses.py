"""Losses teach what they should and nothing else: labels outside a corpus, missing ratings and padding are silent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from learning_frames import SMALL, spoken
from sentisound.learning.augmentation.chain import frame_chain
from sentisound.learning.models.deep.hybrid import Hybrid
from sentisound.learning.models.deep.network import Shape
from sentisound.learning.models.deep.registry import build_network
from sentisound.learning.networks.batches import Batches, competing_labels
from sentisound.learning.networks.losses import (
    Heard,
    Pupil,
    consistency_loss,
    masked_cross_entropy,
    ratings_loss,
    teacher_loss,
)
from sentisound.learning.recipe import TrainingOptions

TRUE = torch.tensor([[1.0, 0, 0], [0, 1, 0]])
ALL = torch.ones(2, 3, dtype=torch.bool)


def test_where_all_compete_it_is_the_usual_cross_entropy():
    logits = torch.tensor([[1.0, 2, 3], [0, 5, -1]])
    usual = torch.nn.functional.cross_entropy(logits, TRUE)
    assert masked_cross_entropy(logits, TRUE, ALL) == pytest.approx(usual.item())
    smooth = torch.nn.functional.cross_entropy(logits, TRUE, label_smoothing=0.1)
    assert masked_cross_entropy(logits, TRUE, ALL, 0.1) == pytest.approx(smooth.item())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_label_that_the_corpus_does_not_have_gets_no_gradient(smoothing: float):
    logits = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    competing = torch.tensor([[True, True, False], [True, True, True]])
    masked_cross_entropy(logits, TRUE, competing, smoothing).backward()
    assert logits.grad is not None
    assert logits.grad[0, 2] == 0
    assert (logits.grad[0, :2] != 0).all()
    assert logits.grad[1, 2] != 0


def test_smoothing_deals_to_labels_that_compete_only():
    competing = torch.tensor([[True, True, False]])
    target = torch.tensor([[1.0, 0, 0]])
    even = masked_cross_entropy(torch.tensor([[0.0, 0, 99]]), target, competing, 0.5)
    assert even.item() == pytest.approx(np.log(2))


def test_the_teacher_is_matched_by_angle():
    embedding = torch.tensor([[3.0, 0], [0, 2]])
    assert teacher_loss(5 * embedding, embedding) == pytest.approx(0, abs=1e-6)
    assert teacher_loss(-embedding, embedding) == pytest.approx(2)
    assert teacher_loss(embedding.flip(1), embedding) == pytest.approx(1)


def test_ratings_that_are_not_there_teach_nothing():
    estimated = torch.zeros(2, 3, requires_grad=True)
    ratings = torch.tensor([[1.0, -1, 0.5], [np.nan] * 3])
    loss = ratings_loss(estimated, ratings)
    loss.backward()
    assert loss.item() == pytest.approx((1 + 1 + 0.25) / 3)
    assert estimated.grad is not None
    assert not estimated.grad[1].any()
    nothing = ratings_loss(estimated, torch.full((2, 3), torch.nan))
    assert nothing.item() == 0


def test_a_change_that_all_logits_have_in_common_is_none():
    change = torch.tensor([[2.0, 2, 2], [1, -1, 0]])
    assert consistency_loss(change, ALL) == pytest.approx((0 + (1 + 1) / 2) / 2)
    among = torch.tensor([[True, True, False], [True, True, True]])
    assert consistency_loss(torch.tensor([[2.0, 2, 99], [0, 0, 0]]), among) == 0


def test_twins_are_drawn_together_by_their_weight():
    """The loss grows by the weight times the mean over pairs; a batch without pairs knows no such loss."""
    pupil, heard = Pupil(_network()).eval(), _heard()
    paired = replace(heard, twins=torch.tensor([[0, 6], [1, 7], [2, 8]]))
    with torch.no_grad():
        plain, alone, one, three = (
            pupil.loss(batch, TrainingOptions(consistency=weight)).item()
            for batch, weight in ((heard, 1.0), (paired, None), (paired, 100.0), (paired, 300.0))
        )
        logits = pupil.network(paired.frames, paired.mask)
        apart = consistency_loss(logits[:3] - logits[6:9], paired.competing[:3]).item()
    assert plain == alone
    assert one - plain == pytest.approx(100 * apart, rel=1e-3)
    assert three - plain == pytest.approx(300 * apart, rel=1e-3)


def _heard(functionals: bool = False) -> Heard:
    data = spoken()
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((len(data.truth), 5)).astype(np.float32)
    ratings = np.full((len(data.truth), 3), np.nan, dtype=np.float32)
    ratings[:6] = 0.5
    rich = replace(data, teacher=rows, ratings=ratings, functionals=rows if functionals else None)
    batch = Batches(rich, competing_labels(rich), frame_chain(()), 100, 0.2, 0).make(np.arange(12), rng)
    return Heard.of(batch, torch.device("cpu"))


def _network(name: str = "tdnn"):
    torch.manual_seed(0)
    return build_network(name, SMALL | {"dropout": 0.0}, Shape(8, 3, 5 if name == "hybrid" else 0))


def test_heads_add_their_losses_by_their_weights():
    pupil = Pupil(_network(), teacher=5, ratings=3).eval()
    heard = _heard()
    weights = ((0, 0), (1, 0), (0, 1), (2, 3))
    with torch.no_grad():
        plain, taught, rated, both = (
            pupil.loss(heard, TrainingOptions(teacher=t, ratings=r)).item() for t, r in weights
        )
    assert taught > plain
    assert rated > plain
    assert both == pytest.approx(plain + 2 * (taught - plain) + 3 * (rated - plain), rel=1e-4)


def test_a_head_teaches_the_network_below_it():
    pupil = Pupil(_network(), teacher=5)
    pupil.loss(_heard(), TrainingOptions(teacher=1.0)).backward()
    assert pupil.teacher is not None
    assert all(weight.grad is not None and weight.grad.any() for weight in pupil.teacher.parameters())


def test_each_branch_of_a_hybrid_learns_by_itself():
    network = _network("hybrid")
    assert isinstance(network, Hybrid)
    network.set_scale(np.zeros(5), np.ones(5))
    pupil, heard = Pupil(network).eval(), _heard(functionals=True)
    without = pupil.loss(heard, TrainingOptions(functionals=0.0))
    without.backward()
    assert all(weight.grad is None or not weight.grad.any() for weight in network.beside.parameters())
    pupil.loss(heard, TrainingOptions(functionals=1.0)).backward()
    assert any(weight.grad is not None and weight.grad.any() for weight in network.beside.parameters())
