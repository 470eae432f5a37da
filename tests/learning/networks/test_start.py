"""The start of a fine-tuning: which weights are the base's, which are new, and how gently it goes on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from learning_frames import BANDS, CLASSES, SMALL, spoken
from sentisound.card import NetworkSpec
from sentisound.errors import RecipeError
from sentisound.learning.base import Base
from sentisound.learning.learner import Desk
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.registry import NETWORKS, build_network
from sentisound.learning.networks.lessons import training_key
from sentisound.learning.networks.start import gentler, head_names, start_from

PARAMETERS: dict[str, dict[str, Any]] = {"tdnn": SMALL, "hybrid": SMALL}
FUNCTIONALS = {"hybrid": 6}


def network(name: str, classes: int, seed: int) -> Network:
    torch.manual_seed(seed)
    return build_network(name, PARAMETERS.get(name, {}), Shape(BANDS, classes, FUNCTIONALS.get(name, 0)))


def base_of(one: Network, labels: tuple[str, ...]) -> Base:
    card: Any = SimpleNamespace(id="base@1.0.0", labels=list(labels), network=NetworkSpec("tdnn"))
    return Base(card, {name: values.numpy().copy() for name, values in one.state_dict().items()}, "sum")


@pytest.mark.parametrize("name", NETWORKS)
def test_with_the_same_labels_it_starts_as_the_base(name: str, small):
    theirs, ours = network(name, 3, seed=1).eval(), network(name, 3, seed=2).eval()
    start_from(base_of(theirs, CLASSES), ours, small(name, PARAMETERS.get(name, {})), CLASSES)
    rng = np.random.default_rng(0)
    frames = torch.from_numpy(rng.standard_normal((2, 40, BANDS)).astype(np.float32))
    beside = torch.from_numpy(rng.standard_normal((2, 6)).astype(np.float32)) if name in FUNCTIONALS else None
    with torch.no_grad():
        assert torch.equal(ours(frames, None, beside), theirs(frames, None, beside))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_heads_are_all_that_knows_the_classes(name: str, small):
    one = network(name, 3, seed=1)
    heads = head_names(small(name, PARAMETERS.get(name, {})), one.shape)
    assert {"classifier.weight", "classifier.bias"} <= heads
    assert all(len(one.state_dict()[head]) == 3 for head in heads)
    assert len(heads) == (4 if name == "hybrid" else 2)


@pytest.mark.parametrize("name", ["tdnn", "hybrid"])
def test_shared_labels_keep_their_rows_and_new_ones_are_as_drawn(name: str, small):
    theirs, ours = network(name, 3, seed=1), network(name, 2, seed=2)
    drawn = {key: values.clone() for key, values in ours.state_dict().items()}
    recipe = small(name, PARAMETERS[name])
    start_from(base_of(theirs, ("neutral", "happy", "sad")), ours, recipe, ("sad", "angry"))
    heads = head_names(recipe, ours.shape)
    for key, values in ours.state_dict().items():
        if key in heads:
            assert torch.equal(values[0], theirs.state_dict()[key][2])
            assert torch.equal(values[1], drawn[key][1])
        else:
            assert torch.equal(values, theirs.state_dict()[key])


def test_weights_of_another_network_are_refused(small):
    cnn, ours = network("cnn", 3, seed=1), network("tdnn", 3, seed=2)
    with pytest.raises(RecipeError, match=r"base@1\.0\.0 are of another network"):
        start_from(base_of(cnn, CLASSES), ours, small(), CLASSES)


def test_weights_of_another_size_are_refused(small):
    torch.manual_seed(0)
    wide = build_network("tdnn", SMALL | {"channels": 16}, Shape(BANDS, 3))
    with pytest.raises(RecipeError, match="of another size"):
        start_from(base_of(wide, CLASSES), network("tdnn", 3, seed=2), small(), CLASSES)


def test_it_goes_on_at_a_fifth_of_the_rate_unless_the_recipe_says_another(small):
    assert gentler(small(learning_rate=0.01)).training.learning_rate == pytest.approx(0.002)
    assert gentler(small(learning_rate=0.01, fine_tune_rate=0.007)).training.learning_rate == 0.007
    assert gentler(small(linear=0.003)).training.linear == 0  # solved anew it would forget the base


def test_another_base_is_another_training(small):
    data, desk, recipe = spoken(), Desk(), small()
    base = base_of(network("tdnn", 3, seed=1), CLASSES)
    keys = {training_key(recipe, data, 0, desk, one) for one in (None, base, replace(base, sha256="other"))}
    assert len(keys) == 3
    assert "fine_tune_rate" not in recipe.training.stated()  # what was kept before there was a rate is still good
    assert small(fine_tune_rate=0.1).training.stated()["fine_tune_rate"] == 0.1
    assert "slight" not in recipe.augmentation.stated()
