"""The layers that networks are built of: the trunk, recurrent layers, self-attention, the tdnn's blocks."""

from __future__ import annotations

import pytest
import torch

from sentisound.errors import RecipeError
from sentisound.learning.models.deep.heads import Auxiliary
from sentisound.learning.models.deep.network import Shape
from sentisound.learning.models.deep.recurrent import Recurrent
from sentisound.learning.models.deep.registry import build_network
from sentisound.learning.models.deep.self_attention import SelfAttention
from sentisound.learning.models.deep.tdnn import Block
from sentisound.learning.models.deep.trunk import TIME_STRIDE, Trunk


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_the_trunk_makes_four_frames_one():
    trunk = Trunk(64, 16, 0.3).eval()
    for frames in (1, 4, 5, 300, 301):
        features, mask = trunk(torch.randn(2, frames, 64), torch.ones(2, frames, dtype=torch.bool))
        assert features.shape == (2, trunk.size, -(-frames // TIME_STRIDE))
        assert mask.shape == (2, features.shape[2])
    assert trunk.size == 4 * 16 * 64 // 16


def test_the_trunk_hears_high_and_low_apart():
    """The bands do not fold into one another: a lower tone is not a higher tone elsewhere."""
    trunk = Trunk(64, 4, 0.0).eval()
    low, high = torch.zeros(1, 8, 64), torch.zeros(1, 8, 64)
    low[:, :, 2], high[:, :, 50] = 5, 5
    heard = [trunk(frames, None)[0] - trunk(torch.zeros(1, 8, 64), None)[0] for frames in (low, high)]
    first, last = (heard[at].unflatten(1, (16, 4)).abs().sum(dim=(0, 1, 3)) for at in (0, 1))
    assert first[0] > 0
    assert first[3] == 0
    assert last[3] > 0
    assert last[0] == 0


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_recurrent_layer_starts_its_way_back_at_the_utterances_end(cell, bidirectional):
    layer = Recurrent(cell, 3, 5, bidirectional=bidirectional)
    features = torch.randn(3, 8, 3)
    lengths = (2, 8, 5)  # not sorted
    states = layer(features, torch.arange(8) < torch.tensor(lengths).unsqueeze(1))
    assert states.shape == (3, 8, layer.size)
    for row, length in enumerate(lengths):
        assert torch.allclose(states[row, :length], layer(features[row : row + 1, :length], None)[0], atol=1e-6)
        assert not states[row, length:].any()


def test_a_recurrent_layer_stays_in_single_precision():
    layer = Recurrent("gru", 3, 5, bidirectional=True)
    features = torch.randn(1, 8, 3)
    with torch.autocast("cpu", torch.bfloat16):
        rough = layer(features.bfloat16(), None)
    assert rough.dtype == torch.float32
    assert torch.allclose(rough, layer(features.bfloat16().float(), None), atol=1e-6)


def test_self_attention_is_torchs():
    """With the same weights, torch's own attention gives the same, norm and residual aside."""
    ours = SelfAttention(16, 4, 0.0).eval()
    theirs = torch.nn.MultiheadAttention(16, 4, batch_first=True).eval()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.project.weight)
        theirs.in_proj_bias.copy_(ours.project.bias)
        theirs.out_proj.load_state_dict(ours.join.state_dict())
    features = torch.randn(2, 7, 16)
    mask = torch.arange(7) < torch.tensor([[7], [3]])
    attended = theirs(features, features, features, key_padding_mask=~mask, need_weights=False)[0]
    expected = ours.norm(features + attended)
    assert torch.allclose(ours(features, mask)[mask], expected[mask], atol=1e-5)


def test_heads_that_do_not_divide_are_refused():
    with pytest.raises(RecipeError, match="3 heads do not divide 16"):
        SelfAttention(16, 3, 0.0)


def test_a_block_weighs_its_channels_by_the_utterance_and_not_by_the_padding():
    block = Block(8, 3, 2, 4).eval()
    features = torch.randn(1, 8, 12)
    features[:, :, 9:] = 0
    mask = torch.arange(12).unsqueeze(0) < 9
    assert torch.allclose(block(features, mask)[:, :, :9], block(features[:, :, :9], None), atol=1e-6)
    assert not block(features, mask)[:, :, 9:].any()


@pytest.mark.parametrize(("dilations", "reach"), [((1,), 1), ((1, 2, 3, 4), 10)])
def test_dilations_decide_how_far_a_frame_hears(dilations, reach):
    """Each block of kernel 3 adds its dilation to both sides; means over the utterance are held still."""
    blocks = [Block(4, 3, dilation, 2).eval() for dilation in dilations]
    for block in blocks:
        torch.nn.init.zeros_(block.excite[2].weight)
    features = torch.randn(1, 4, 41, requires_grad=True)
    heard = features
    for block in blocks:
        heard = block.pointwise(block.dilated(heard))
    heard[:, :, 20].sum().backward()
    touched = features.grad.abs().sum(dim=(0, 1)).nonzero().flatten()
    assert touched.min() >= 20 - reach
    assert touched.max() <= 20 + reach
    assert len(touched) > reach


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [3, 5])
def test_a_tdnn_of_any_stride_and_kernel_ignores_padding(stride, kernel):
    network = build_network("tdnn", {"stride": stride, "kernel": kernel, "channels": 16}, Shape(8, 3)).eval()
    frames = torch.randn(1, 31, 8)
    mask = torch.arange(31).unsqueeze(0) < 20
    assert torch.allclose(network(frames, mask), network(frames[:, :20], None), atol=1e-5)


def test_an_auxiliary_head_is_linear_and_outside_of_the_network():
    network = build_network("cnn", {}, Shape(8, 3)).eval()
    head = Auxiliary(network.embedding_size, 3)
    assert head(network.embed(torch.randn(2, 9, 8))).shape == (2, 3)
    assert not set(map(id, head.parameters())) & set(map(id, network.parameters()))
    zero, one = torch.zeros(1, network.embedding_size), torch.ones(1, network.embedding_size)
    assert torch.allclose(head(2 * one) - head(zero), 2 * (head(one) - head(zero)), atol=1e-5)
