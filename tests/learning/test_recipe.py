"""Recipes: every published one is valid, and a wrong one is told by its field."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentisound.corpora.protocols import PROTOCOLS
from sentisound.corpora.registry import CORPORA
from sentisound.errors import RecipeError
from sentisound.features.sets import feature_set
from sentisound.learning.models.classical import build
from sentisound.learning.recipe import read_recipe
from sentisound.recognition import registry

RECIPES = sorted((Path(__file__).resolve().parents[2] / "recipes").glob("*.toml"))
GOOD = RECIPES[0].read_text()


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_published_recipe_can_be_cooked(path: Path):
    recipe = read_recipe(path)
    assert recipe.name == path.stem
    assert set(recipe.data.corpora) <= set(CORPORA)
    assert set(recipe.evaluation.protocols) <= set(PROTOCOLS)
    assert feature_set(recipe.features.set, recipe.features.parameters).kind == "vector"
    build(recipe.model.name, recipe.model.parameters, recipe.seed)


def test_every_shipped_bundle_has_its_recipe():
    assert {path.stem for path in RECIPES} == set(registry.folders())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 0", "", "seed"),
        ("seed = 0", 'seed = "many"', "seed"),
        ("seed = 0", "seed = 0\nsneed = 1", "sneed"),
        ("[features]", "[features]\nsize = 3", r"features\.size"),
        ("[data]", "[data", "not TOML"),
    ],
)
def test_a_wrong_recipe_names_the_field(tmp_path: Path, old: str, new: str, words: str):
    path = tmp_path / "r.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(RecipeError, match=words):
        read_recipe(path)


def test_a_missing_recipe_says_where_there_are_some(tmp_path: Path):
    with pytest.raises(RecipeError, match="recipes/"):
        read_recipe(tmp_path / "none.toml")
