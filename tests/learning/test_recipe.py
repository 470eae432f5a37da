"""Recipes: every published one is valid, and a wrong one is told by its field."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentisound.corpora.protocols import PROTOCOLS, protocol
from sentisound.corpora.registry import CORPORA
from sentisound.errors import RecipeError
from sentisound.learning.augmentation.chain import waveform_chain
from sentisound.learning.learner import check
from sentisound.learning.networks.material import recipe_features
from sentisound.learning.recipe import read_recipe
from sentisound.recognition import registry

FOLDER = Path(__file__).resolve().parents[2] / "recipes"
RECIPES = sorted(FOLDER.rglob("*.toml"))
GOOD = (FOLDER / "bench" / "functionals.toml").read_text()


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_published_recipe_can_be_cooked(path: Path):
    recipe = read_recipe(path)
    assert recipe.name == {"flagship": "default"}.get(path.stem, path.stem)
    assert set(recipe.data.corpora) <= set(CORPORA)
    assert set(recipe.evaluation.protocols) <= set(PROTOCOLS)
    recipe_features(recipe)
    check(recipe, classes=8)
    waveform_chain(recipe.augmentation.waveform)
    leaky = [name for name in recipe.evaluation.protocols if recipe.data.noise_copies_before_split]
    assert not any(protocol(name).speaker_independent for name in leaky)


def test_every_shipped_bundle_has_its_recipe():
    assert set(registry.folders()) <= {read_recipe(path).name for path in FOLDER.glob("*.toml")}


def test_a_published_recipe_goes_by_its_name():
    assert read_recipe(Path("original")) == read_recipe(FOLDER / "original.toml")
    assert read_recipe(Path("tdnn")) == read_recipe(FOLDER / "networks" / "tdnn.toml")
    with pytest.raises(RecipeError, match=r"no recipe 'nobody'; published ones go by name: .*flagship.*original"):
        read_recipe(Path("nobody"))


def test_a_recipe_without_a_search_has_one_candidate_and_a_search_has_their_product(tmp_path: Path):
    path = tmp_path / "r.toml"
    path.write_text(GOOD + "\n[search]\nC = [0.1, 1.0]\nfit_intercept = [true, false]\n")
    found = read_recipe(path).candidates
    assert [(one["C"], one["fit_intercept"]) for one in found] == [(0.1, True), (0.1, False), (1.0, True), (1.0, False)]
    plain = read_recipe(FOLDER / "bench" / "functionals.toml")
    assert plain.candidates == [plain.model.parameters]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 0", "", "seed"),
        ("seed = 0", 'seed = "many"', "seed"),
        ("seed = 0", "seed = 0\nsneed = 1", "sneed"),
        ("[features]", "[features]\nsize = 3", r"features\.size"),
        ("[data]", "[data", "not TOML"),
        ("[data]", "[data]\nnoise_copies_before_split = -1", r"noise_copies_before_split"),
        ("[data]", "[search]\nC = []\n[data]", r"search\.C"),
        ("[data]", "[search]\nC = 1\n[data]", r"search\.C"),
    ],
)
def test_a_wrong_recipe_names_the_field(tmp_path: Path, old: str, new: str, words: str):
    path = tmp_path / "r.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(RecipeError, match=words):
        read_recipe(path)


def test_a_missing_recipe_says_where_there_are_some(tmp_path: Path):
    with pytest.raises(RecipeError, match=r"published ones go by name: .*flagship"):
        read_recipe(tmp_path / "none.toml")
