"""The contract of every network: its shapes, its padding, its seed, what it refuses, and that it learns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from sentisound.errors import RecipeError
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.registry import NETWORKS, build_network, parameters_of
from sentisound.learning.networks.device import convolves_right
from toy import BANDS, CLASSES, FUNCTIONALS, built, clips, described, last_loss, shape_of, taught

DOCUMENT = (Path(__file__).resolve().parents[4] / "docs" / "networks.md").read_text(encoding="utf-8")
FIVE = ("cnn", "cnn_bilstm", "cnn_gru", "cnn_bilstm_bigru_attention", "cnn_mha_bilstm_bigru")
PARAMETERS_AT_MOST = 5_000_000

every = pytest.mark.parametrize("name", NETWORKS)


def real(name: str) -> Network:
    """Return the network as a recipe builds it: 64 bands, 8 classes, and for the hybrid the ``wide`` set."""
    return build_network(name, {}, Shape(64, 8, 4310 if NETWORKS[name].takes_functionals else 0))


def size(network: Network) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def noise(count: int, frames: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, frames, BANDS, generator=torch.Generator().manual_seed(seed))


def beside(network: Network, count: int) -> torch.Tensor | None:
    """Return functionals of ``count`` clips, or None where the network takes none."""
    return described(network, torch.arange(count) % CLASSES)


@every
def test_sizes_are_as_documented_and_small(name: str):
    count = size(real(name))
    assert count < PARAMETERS_AT_MOST
    assert re.search(rf"^\| `{name}` \| {count / 1e6:.2f} M \|", DOCUMENT, re.MULTILINE)
    if name in FIVE:
        assert 0.3e6 <= count <= 2e6


@every
def test_every_parameter_is_documented(name: str):
    assert all(f"`{key}`" in DOCUMENT for key in parameters_of(name))


@every
def test_shapes(name: str):
    network = taught(name)
    for count, frames in ((1, 1), (1, 5), (3, 40), (2, 301)):
        logits = network(noise(count, frames), None, beside(network, count))
        assert logits.shape == (count, CLASSES)
        assert logits.dtype == torch.float32
        assert network.embed(noise(count, frames)).shape == (count, network.embedding_size)


@every
def test_the_two_halves_are_the_whole(name: str):
    network = taught(name)
    whole = network(noise(3, 40), None, beside(network, 3))
    assert torch.equal(whole, network.classify(network.embed(noise(3, 40)), beside(network, 3)))


@every
@pytest.mark.parametrize("bands", [1, 3, 64, 98])
def test_any_number_of_bands(name: str, bands: int):
    network = build_network(name, {}, shape_of(name, bands)).eval()
    assert torch.isfinite(network(torch.zeros(2, 9, bands), None, beside(network, 2))).all()


@every
@pytest.mark.parametrize("frames", [1, 2, 300])
def test_silence_is_finite_and_so_is_its_gradient(name: str, frames: int):
    network = taught(name)
    silence = torch.zeros(2, frames, BANDS, requires_grad=True)
    logits = network(silence, None, beside(network, 2))
    assert torch.isfinite(logits).all()
    logits.sum().backward()
    assert torch.isfinite(silence.grad).all()


@every
def test_padding_does_not_change_an_utterance(name: str):
    """The same clip alone, and in a batch beside longer ones with rubbish behind its end."""
    network, lengths = taught(name), (1, 2, 3, 5, 8, 37, 40, 41)
    batch = 30 * noise(len(lengths), max(lengths) + 6, seed=1)
    mask = torch.arange(batch.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    functionals = beside(network, len(lengths))
    together = network(batch, mask, functionals)
    for row, length in enumerate(lengths):
        own = functionals[row : row + 1] if functionals is not None else None
        alone = network(batch[row : row + 1, :length], None, own)
        assert (together[row] - alone[0]).abs().max() < 1e-4, length


@every
def test_nothing_of_the_padding_reaches_the_logits(name: str):
    network = taught(name)
    frames = noise(2, 50).requires_grad_()
    mask = torch.arange(50) < torch.tensor([[50], [23]])
    network(frames, mask, beside(network, 2)).square().sum().backward()
    assert (frames.grad[1, 23:] == 0).all()
    assert (frames.grad[1, :23] != 0).any()


@every
def test_a_full_mask_is_no_mask(name: str):
    network = taught(name)
    mask = torch.ones(3, 33, dtype=torch.bool)
    given, none = (network(noise(3, 33), each, beside(network, 3)) for each in (mask, None))
    assert (given - none).abs().max() < 1e-5


@every
def test_the_seed_decides_all(name: str):
    first, second, other = built(name, seed=3), built(name, seed=3), built(name, seed=4)
    states = [torch.cat([value.flatten().float() for value in net.state_dict().values()]) for net in (first, second)]
    assert torch.equal(*states)
    answers = [net(noise(2, 20), None, beside(net, 2)) for net in (first, second, other)]
    assert torch.equal(answers[0], answers[1])
    assert not torch.equal(answers[0], answers[2])


@every
def test_a_training_step_is_the_same_again(name: str):
    def step() -> torch.Tensor:
        network = built(name).train()
        torch.manual_seed(5)  # of the dropout
        network(noise(4, 30), None, beside(network, 4)).square().sum().backward()
        return torch.cat([each.grad.flatten() for each in network.parameters()])

    with torch.random.fork_rng():
        assert torch.equal(step(), step())


@every
def test_every_weight_learns(name: str):
    network = built(name).train()
    mask = torch.arange(40) < torch.tensor([[40], [40], [31], [17]])
    with torch.random.fork_rng():
        torch.manual_seed(0)  # of the dropout, which by chance drops all that there is to learn from
        logits = network(noise(4, 40), mask, beside(network, 4))
    torch.nn.functional.cross_entropy(logits, torch.arange(4) % CLASSES).backward()
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, key
        assert torch.isfinite(parameter.grad).all(), key
        assert (parameter.grad != 0).any(), key


@every
def test_it_learns_the_toy(name: str):
    """Fresh clips of another length, of which 1 in 4 would be right by chance."""
    assert last_loss(name) < 0.5
    network = taught(name)
    fresh, truth = clips(40, 56, seed=999)
    found = network(fresh, None, described(network, truth)).argmax(dim=1)
    assert (found == truth).float().mean() > 0.8


@every
@pytest.mark.skipif(not convolves_right(), reason="this CPU's convolutions are wrong in bfloat16")
def test_bfloat16_comes_close_and_has_gradients(name: str):
    network = taught(name)
    frames, truth = clips(8, 40, seed=2)
    functionals, mask = described(network, truth), torch.ones(8, 40, dtype=torch.bool)
    exact = network(frames, mask, functionals)
    with torch.autocast("cpu", torch.bfloat16):
        rough = network(frames, mask, functionals)
    assert rough.dtype == torch.float32
    assert (rough - exact).abs().max() < 0.1 * exact.abs().max()
    torch.nn.functional.cross_entropy(rough, truth).backward()
    assert all(torch.isfinite(each.grad).all() for each in network.parameters())


@every
def test_an_unknown_parameter_is_refused_with_the_names(name: str):
    with pytest.raises(RecipeError, match=rf"'wings'; it takes .*{next(reversed(parameters_of(name)))}"):
        build_network(name, {"wings": 2}, shape_of(name))


def test_an_unknown_network_is_refused_with_the_names():
    with pytest.raises(RecipeError, match=r"'cnn_of_doom'; there are cnn, cnn_bilstm, .*hybrid"):
        build_network("cnn_of_doom", {}, Shape(BANDS, CLASSES))


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("cnn", {"units": 0}, "units must be a whole number, 1 or more"),
        ("cnn", {"units": 64.0}, "units must be a whole number"),
        ("cnn", {"units": True}, "units must be a whole number"),
        ("cnn", {"dropout": 1.5}, "dropout must be a number from 0 to 1"),
        ("cnn", {"dropout": "much"}, "dropout must be a number"),
        ("cnn", {"dropout": False}, "dropout must be a number"),
        ("cnn", {"dropout": float("nan")}, "dropout must be a number"),
        ("cnn_mha_bilstm_bigru", {"heads": 7}, "7 heads do not divide 128"),
        ("tdnn", {"dilations": 3}, "dilations must be a list"),
        ("tdnn", {"dilations": []}, "dilations must be a list"),
        ("tdnn", {"dilations": "123"}, "dilations must be a list"),
        ("tdnn", {"dilations": [1, 0]}, "dilations must be a whole number, 1 or more"),
        ("tdnn", {"kernel": 4}, "kernel must be odd"),
        ("hybrid", {"hidden": -1}, "hidden must be a whole number, 0 or more"),
    ],
)
def test_wrong_values_are_refused(name: str, parameters: dict, message: str):
    with pytest.raises(RecipeError, match=message):
        build_network(name, parameters, shape_of(name))


def test_functionals_are_for_those_that_take_them():
    with pytest.raises(RecipeError, match="tdnn takes no functionals"):
        build_network("tdnn", {}, Shape(BANDS, CLASSES, FUNCTIONALS))
    with pytest.raises(RecipeError, match="hybrid needs functionals"):
        build_network("hybrid", {}, Shape(BANDS, CLASSES))


@pytest.mark.parametrize("shape", [(0, 4, 0), (64, 1, 0), (64, 4, -1)])
def test_a_shape_that_cannot_be_is_refused(shape: tuple[int, int, int]):
    with pytest.raises(RecipeError, match="a band and two classes"):
        Shape(*shape)


def test_a_recipes_list_and_whole_shares_are_taken():
    network = build_network("tdnn", {"dilations": [1, 3], "dropout": 0}, Shape(BANDS, CLASSES))
    assert len(network.blocks) == 2
    assert network.dropout.p == 0


def test_the_hybrid_takes_what_the_tdnn_takes():
    assert parameters_of("tdnn").items() <= parameters_of("hybrid").items()
    own = {"weight", "hidden", "functionals_dropout", "outermost"}
    assert set(parameters_of("hybrid")) - set(parameters_of("tdnn")) == own
