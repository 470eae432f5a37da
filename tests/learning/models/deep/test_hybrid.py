"""The hybrid: two branches that know nothing of one another, standardised inside, summed by a fixed weight."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sentisound.errors import RecipeError
from toy import BANDS, CLASSES, FUNCTIONALS, built, clips


@pytest.fixture
def frames():
    return clips(3, 20)[0]


@pytest.fixture
def functionals():
    return torch.randn(3, FUNCTIONALS, generator=torch.Generator().manual_seed(0))


def test_the_output_is_the_weighed_sum_of_log_probabilities(frames, functionals):
    network = built("hybrid", weight=0.7)
    heard, described = network.branch_logits(frames, None, functionals)
    expected = 0.7 * torch.log_softmax(heard, 1) + 0.3 * torch.log_softmax(described, 1)
    assert torch.allclose(network(frames, None, functionals), expected, atol=1e-6)


def test_all_weight_on_one_side_is_that_side(frames, functionals):
    for weight, side in ((1.0, 0), (0.0, 1)):
        network = built("hybrid", weight=weight)
        own = torch.log_softmax(network.branch_logits(frames, None, functionals)[side], 1)
        assert torch.allclose(network(frames, None, functionals), own, atol=1e-6)


def test_branches_do_not_know_one_another(frames, functionals):
    network = built("hybrid")
    heard, described = network.branch_logits(frames, None, functionals)
    other_functionals = network.branch_logits(frames, None, functionals + 1)
    other_frames = network.branch_logits(frames + 1, None, functionals)
    assert torch.equal(heard, other_functionals[0])
    assert torch.equal(described, other_frames[1])
    assert not torch.equal(described, other_functionals[1])


def test_the_frames_branch_is_the_tdnn(frames, functionals):
    hybrid, tdnn = built("hybrid"), built("tdnn")
    tdnn.load_state_dict({key: value for key, value in hybrid.state_dict().items() if not key.startswith("beside")})
    assert torch.equal(hybrid.branch_logits(frames, None, functionals)[0], tdnn(frames))
    assert torch.equal(hybrid.embed(frames), tdnn.embed(frames))


def test_units_do_not_matter_once_the_scale_is_set(frames, functionals):
    """Hertz or kilohertz: standardised inside the graph, both are the same."""
    factor, offset = np.logspace(-3, 3, FUNCTIONALS), np.linspace(-50, 50, FUNCTIONALS)
    plain, scaled = built("hybrid"), built("hybrid")
    scaled.set_scale(offset, factor)
    moved = torch.tensor(functionals.numpy() * factor + offset, dtype=torch.float32)
    assert torch.allclose(plain(frames, None, functionals), scaled(frames, None, moved), atol=1e-2)
    assert scaled.plausible(functionals.numpy()) == pytest.approx(moved.numpy(), rel=1e-4)


@pytest.mark.parametrize(("parameters", "deviations"), [({}, 5), ({"outermost": 2}, 2)])
def test_outliers_count_as_some_deviations(frames, parameters: dict[str, int], deviations: int):
    network = built("hybrid", **parameters)
    network.set_scale(np.full(FUNCTIONALS, 10.0), np.full(FUNCTIONALS, 2.0))
    within, edge, beyond = (
        network(frames, None, torch.full((3, FUNCTIONALS), value))
        for value in (9.0 + 2 * deviations, 10.0 + 2 * deviations, 1e9)
    )
    assert torch.equal(edge, beyond)
    assert not torch.equal(within, edge)


def test_what_does_not_vary_divides_nothing(frames, functionals):
    network = built("hybrid")
    network.set_scale(np.zeros(FUNCTIONALS), np.zeros(FUNCTIONALS))
    assert torch.isfinite(network(frames, None, functionals)).all()


def test_the_scale_goes_with_the_weights(frames, functionals):
    taught, fresh = built("hybrid"), built("hybrid", seed=1)
    taught.set_scale(np.full(FUNCTIONALS, 3.0), np.full(FUNCTIONALS, 2.0))
    fresh.load_state_dict(taught.state_dict())
    assert torch.equal(taught(frames, None, functionals), fresh(frames, None, functionals))
    assert "beside.scale" not in dict(fresh.named_parameters())  # kept, not learned


@pytest.mark.parametrize(
    ("mean", "scale"),
    [(np.zeros(3), np.ones(3)), (np.full(FUNCTIONALS, np.nan), np.ones(FUNCTIONALS)), (np.zeros(1), np.ones(1))],
)
def test_a_scale_that_does_not_fit_is_refused(mean, scale):
    with pytest.raises(RecipeError, match=f"{FUNCTIONALS} finite means"):
        built("hybrid").set_scale(mean, scale)


def test_missing_functionals_are_told(frames):
    with pytest.raises(RecipeError, match="needs functionals"):
        built("hybrid")(frames)


def test_a_hidden_layer_where_asked_for(frames, functionals):
    plain, deeper = built("hybrid"), built("hybrid", hidden=7)
    assert [layer.out_features for layer in plain.beside.layers if hasattr(layer, "out_features")] == [CLASSES]
    assert [layer.out_features for layer in deeper.beside.layers if hasattr(layer, "out_features")] == [7, CLASSES]
    assert deeper(frames, None, functionals).shape == (3, CLASSES)


def test_functionals_are_dropped_in_training_only(frames, functionals):
    network = built("hybrid", functionals_dropout=0.9)
    assert torch.equal(*(network.branch_logits(frames, None, functionals)[1] for _ in range(2)))
    network.train()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        drawn = [network.branch_logits(frames, None, functionals)[1] for _ in range(2)]
    assert not torch.equal(*drawn)
    assert frames.shape[2] == BANDS
