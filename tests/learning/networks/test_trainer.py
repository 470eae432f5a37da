"""Training learns, keeps its best, and a kill at any moment changes no bit of what comes out."""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch

from learning_frames import spoken, with_copies
from sentisound.errors import RecipeError
from sentisound.learning.dataset import Dataset
from sentisound.learning.learner import Desk, Learned
from sentisound.learning.networks import trainer
from sentisound.learning.networks.batches import Batches
from sentisound.learning.networks.checkpoint import CHECKPOINT_FILE
from sentisound.learning.networks.inference import logits_of
from sentisound.learning.networks.network import learn
from sentisound.learning.networks.trainer import Trainer, decayed
from sentisound.learning.networks.validation import cut
from sentisound.learning.recipe import AugmentationOptions, Recipe, Step
from slow_training import train_slowly

RICH = AugmentationOptions(copies=1, waveform=[], frames=[Step("time_mask"), Step("band_shift")], mixup=0.3)
DATA = with_copies(spoken(), 1)


def weights(learned: Learned) -> dict[str, torch.Tensor]:
    return learned.model.network.state_dict()  # type: ignore[attr-defined]


def same(one: Learned, other: Learned) -> bool:
    return all(torch.equal(value, weights(other)[name]) for name, value in weights(one).items())


def test_a_network_of_some_hundred_weights_learns_what_is_plain(small):
    told: list[tuple[str, int, int]] = []
    learned = learn(small(epochs=6), spoken(takes=6), 0, Desk(progress=lambda *step: told.append(step)))
    fresh = spoken(speakers=2, takes=8)
    right = learned.model.logits(fresh).argmax(axis=1) == fresh.truth
    assert right.mean() > 0.8  # chance is a third
    assert learned.choice.inner_uar > 0.8
    assert learned.choice.parameters["epochs"] == 6
    assert 1 <= learned.choice.parameters["best_epoch"] <= 6
    assert told == [("epochs", done, 6) for done in range(7)]


def test_a_seed_is_a_training(small):
    one, again, other = (learn(small(), DATA, seed, Desk()) for seed in (0, 0, 1))
    assert same(one, again)
    assert one.choice == again.choice
    assert not same(one, other)


def test_nobody_elses_random_numbers_are_taken(small):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    learn(small(epochs=1), DATA, 0, Desk())
    assert torch.rand(1) == expected


def _stopped_at(recipe: Recipe, steps: list[int], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a training that is interrupted after so many steps, again and again."""
    taken = Trainer._take

    for stop in steps:
        left = [stop]

        def interrupted(self: Trainer, batch, left=left) -> float:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return taken(self, batch)

        monkeypatch.setattr(Trainer, "_take", interrupted)
        with pytest.raises(KeyboardInterrupt):
            learn(recipe, DATA, 0, Desk(folder))
    monkeypatch.setattr(Trainer, "_take", taken)


@pytest.mark.parametrize("save_every_s", [0.0, 60.0], ids=["every step", "every epoch"])
def test_a_training_stopped_at_three_random_steps_ends_with_the_same_bits(
    small, save_every_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    recipe = replace(small(epochs=4), augmentation=RICH)
    whole = learn(recipe, DATA, 0, Desk())
    monkeypatch.setattr(trainer, "SAVE_EVERY_S", save_every_s)
    steps = np.random.default_rng(3).integers(1, 6, 3).tolist()  # an epoch has five
    _stopped_at(recipe, steps, tmp_path, monkeypatch)
    resumed = learn(recipe, DATA, 0, Desk(tmp_path))
    assert same(whole, resumed)
    assert whole.choice == resumed.choice


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_training_that_is_killed_three_times_ends_with_the_same_bits(small, tmp_path: Path):
    recipe = replace(small(epochs=8), augmentation=RICH)
    codes: list[int | None] = []
    written = 0
    context = get_context("spawn" if torch.cuda.is_available() else "fork")  # a GPU cannot be used in a fork
    for wait_s in np.random.default_rng(1).uniform(0.0, 0.1, 3):
        process = context.Process(target=train_slowly, args=(recipe, tmp_path))
        process.start()
        written = _wait_for_checkpoint(tmp_path / CHECKPOINT_FILE, written)
        time.sleep(wait_s)
        process.kill()
        process.join()
        codes.append(process.exitcode)
    assert codes == [-signal.SIGKILL] * 3  # none was finished already
    assert same(learn(recipe, DATA, 0, Desk()), learn(recipe, DATA, 0, Desk(tmp_path)))


def _wait_for_checkpoint(path: Path, before: int) -> int:
    """Return when a checkpoint was written, once that is after ``before``."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if path.exists() and (written := path.stat().st_mtime_ns) > before:
            return written
        time.sleep(0.005)
    pytest.fail("no checkpoint was written")


def test_a_finished_training_is_not_run_again_and_leaves_its_log(small, tmp_path: Path, monkeypatch):
    first = learn(small(), DATA, 0, Desk(tmp_path))
    size = (tmp_path / CHECKPOINT_FILE).stat().st_size
    monkeypatch.setattr(Trainer, "_take", None)
    told: list[int] = []
    assert same(first, learn(small(), DATA, 0, Desk(tmp_path, lambda _, done, __: told.append(done))))
    assert told == [3]
    weight = sum(value.nbytes for value in weights(first).values())
    assert size < weight + 30_000  # no optimiser, no second copy of the weights
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert lines[-1]["eta_s"] == 0
    assert all(line.keys() == {"epoch", "loss", "uar", "entropy", "seconds", "eta_s"} for line in lines)


def test_the_config_says_what_was_trained_on_what(small, tmp_path: Path):
    learn(small(epochs=1), DATA, 4, Desk(tmp_path))
    config = json.loads((tmp_path / "config.json").read_text())
    held = cut(DATA, 5, (), 4).held
    assert config["recipe"]["training"]["epochs"] == 1
    assert config["held_out"] == sorted({*held.speakers.tolist()})
    assert config["clips"] == len(DATA.clips) - len(held.clips)
    assert config["environment"]["device"] in {"cpu", "cuda"}
    assert config["environment"]["threads"] == "1"
    assert config["environment"]["precision"] == "float32"
    assert "torch" in config["environment"]
    assert (config["seed"], "commit" in config) == (4, True)


@pytest.mark.parametrize("damage", [b"", b"nothing of the sort"])
def test_a_damaged_checkpoint_costs_time_and_nothing_else(small, damage: bytes, tmp_path: Path):
    whole = learn(small(), DATA, 0, Desk(tmp_path))
    (tmp_path / CHECKPOINT_FILE).write_bytes(damage)
    assert same(whole, learn(small(), DATA, 0, Desk(tmp_path)))


def test_another_recipe_does_not_go_on_from_this_checkpoint(small, tmp_path: Path):
    learn(small(), DATA, 0, Desk(tmp_path))
    other = small(learning_rate=1e-3)
    assert same(learn(other, DATA, 0, Desk()), learn(other, DATA, 0, Desk(tmp_path)))


def test_held_out_speakers_are_never_learned_from(small, monkeypatch: pytest.MonkeyPatch):
    """Frames of held-out speakers are marked; no batch may hold a mark, nor their copies."""
    held = cut(DATA, 5, (), 0).held
    own = np.isin(DATA.speakers, held.speakers)
    marked = np.array(DATA.features)
    for row in np.flatnonzero(own):
        marked[row] = np.full_like(marked[row], 777)
    seen: list[float] = []
    taken = Trainer._take

    def watched(self: Trainer, batch) -> float:
        seen.append(float(batch.frames.max()))
        return taken(self, batch)

    monkeypatch.setattr(Trainer, "_take", watched)
    learn(small(), with_copies(replace(DATA, features=marked), 1), 0, Desk())
    assert len(seen) == 15
    assert max(seen) < 100


def test_copies_are_never_heard_in_a_test(small):
    learned = learn(small(epochs=1), DATA, 0, Desk())
    test = spoken(speakers=1)
    cooked = with_copies(test, 2, value=np.nan)
    assert np.array_equal(learned.model.logits(cooked), learned.model.logits(test))


@pytest.mark.parametrize(("options", "first"), [({}, 0), ({"consistency_from": 0.5}, 10), ({"consistency": None}, 20)])
def test_clips_stand_beside_their_slight_copies_from_a_share_of_the_steps_on(
    small, options: dict[str, float | None], first: int, monkeypatch: pytest.MonkeyPatch
):
    told: list[bool] = []
    real = Batches.make

    def telling(self, rows, rng, **options):
        told.append(options["twins"])
        return real(self, rows, rng, **options)

    monkeypatch.setattr(Batches, "make", telling)
    data = replace(with_copies(spoken(), 3), slight_copies=3)
    learn(small(epochs=4, **{"consistency": 1.0, "balanced": False} | options), data, 0, Desk())
    assert told == [False] * first + [True] * (20 - first)


def test_training_stops_where_nothing_gets_better_and_the_best_is_kept(small, monkeypatch: pytest.MonkeyPatch):
    values = iter([0.2, 0.9, 0.5, 0.4, 0.3, 0.3])
    monkeypatch.setattr(trainer, "worth", lambda *_: trainer.Worth(next(values), 0.0))
    kept: list[dict[str, torch.Tensor]] = []

    def watched(network, data: Dataset, *, half: bool = False):
        kept.append({name: value.clone() for name, value in network.state_dict().items()})
        return logits_of(network, data, half=half)

    monkeypatch.setattr(trainer, "logits_of", watched)
    learned = learn(small(epochs=20, patience=3), DATA, 0, Desk())
    assert learned.choice.parameters["epochs"] == 5
    assert learned.choice.parameters["best_epoch"] == 2
    assert all(torch.equal(value, kept[1][name]) for name, value in weights(learned).items())


def test_a_loss_that_is_no_number_ends_the_training_with_advice(small):
    broken = np.array(DATA.features)
    for row in range(len(broken)):
        broken[row] = np.full_like(broken[row], np.nan)
    with pytest.raises(RecipeError, match=r"the loss is nan in epoch 1, step 1: .*learning_rate"):
        learn(small(), replace(DATA, features=broken, copies=None), 0, Desk())


def test_norms_and_biases_do_not_decay():
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    decaying, others = decayed(module, 0.1)
    assert [tuple(weight.shape) for weight in decaying["params"]] == [(2, 3)]  # type: ignore[attr-defined]
    assert len(others["params"]) == 3  # type: ignore[arg-type]
    assert (decaying["weight_decay"], others["weight_decay"]) == (0.1, 0.0)


def test_bfloat16_gives_nearly_the_same_network(small, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    half = learn(small(epochs=6, bf16=True), spoken(takes=6), 0, Desk())
    assert half.choice.inner_uar > 0.8
    assert all(value.dtype != torch.bfloat16 for value in weights(half).values())
