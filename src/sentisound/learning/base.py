"""The base: a model in a bundle whose weights another training starts from, and what that means for its figures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from sentisound.bundle import WEIGHTS_FILE, read_bundle
from sentisound.card import Base as Provenance, Card
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.registry import CORPORA
from sentisound.errors import RecipeError
from sentisound.learning.learner import is_network
from sentisound.learning.recipe import Recipe
from sentisound.learning.weights import Weights, unpack

GENTLER = 0.2
"""The learning rate of a training that starts from weights, as a share of the recipe's, where the recipe says none."""
TRAINABLE = "what can be trained further is a bundle that `sentisound train` made of a network, with its weights.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """A model to start from."""

    card: Card
    weights: Weights
    sha256: str
    """Of the file of weights."""

    @property
    def provenance(self) -> Provenance:
        """What the card of a model that starts here says of it."""
        return provenance(self.card)


def read_base(folder: Path, recipe: Recipe) -> Base:
    """Read a bundle's weights, from which a recipe's network is to start.

    Raises
    ------
    BundleError
        When the bundle cannot be read or trusted.
    RecipeError
        When it has no weights, as a classical or an imported model, or the recipe builds another network.
    """
    bundle = read_bundle(folder)
    content = bundle.read(WEIGHTS_FILE)
    if bundle.card.network is None or content is None:
        raise RecipeError(f"{bundle.card.id} cannot be trained further ({bundle.card.training.model}): {TRAINABLE}")
    check_base(recipe, bundle.card)
    return Base(bundle.card, unpack(content), hashlib.sha256(content).hexdigest())


def check_base(recipe: Recipe, card: Card) -> None:
    """Refuse a recipe that does not build the base's network over the base's features.

    Raises
    ------
    RecipeError
        With what differs.
    """
    if not is_network(recipe):
        raise RecipeError(f"{recipe.name}: {recipe.model.name} is always trained anew: {TRAINABLE}")
    for name, theirs, ours in _compared(recipe, card):
        if theirs != ours:
            raise RecipeError(f"{recipe.name} does not fit {card.id}: its {name} is {ours}, the model's {theirs}")


def _compared(recipe: Recipe, card: Card) -> list[tuple[str, object, object]]:
    network = card.network
    return [
        ("[features] set", card.features.set, recipe.features.set),
        ("[features] parameters", card.features.parameters, recipe.features.parameters),
        ("[features] functionals", card.functionals.set if card.functionals else "", recipe.features.functionals),
        ("[model] name", network.name if network else "", recipe.model.name),
        ("[model] parameters", network.parameters if network else {}, recipe.model.parameters),
    ]


def provenance(card: Card) -> Provenance:
    """Return what is told of a model that others start from."""
    before = card.training.base
    heard = [*card.training.corpora, *(before.corpora if before else [])]
    return Provenance(card.id, card.licence, list(dict.fromkeys(heard)))


def heard_before(base: Provenance, clips: Sequence[Utterance]) -> str:
    """Return in words whether a base may have heard the speakers of some clips: compared by name of corpus only."""
    names = {part.lower() for clip in clips for part in (clip.corpus, *clip.path.parts[:-1])}
    ours = {entry.title: name for name, entry in CORPORA.items()}
    shared = [title for title in base.corpora if PurePath(title).stem.lower() in names or ours.get(title) in names]
    started = f"Every model, each fold's too, started from {base.id}, which learned from {', '.join(base.corpora)}"
    if shared:
        return (
            f"{started}. By the names of table and folders these are clips of {', '.join(shared)} too: unless they "
            "are others of that name, the base has heard these very speakers, and the figures are NOT of unseen ones."
        )
    return (
        f"{started}. The names of these corpora were compared with those of the table and its folders, and none is the "
        "same; the recordings could not be compared, as a bundle holds none. If the base has heard these speakers "
        "under another name, the figures flatter."
    )
