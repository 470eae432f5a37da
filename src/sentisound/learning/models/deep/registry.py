"""The networks by name, and the check of what a recipe says about them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from sentisound.errors import RecipeError
from sentisound.learning.models.deep.cnn import Cnn
from sentisound.learning.models.deep.cnn_bilstm import CnnBilstm
from sentisound.learning.models.deep.cnn_bilstm_bigru_attention import CnnBilstmBigruAttention
from sentisound.learning.models.deep.cnn_gru import CnnGru
from sentisound.learning.models.deep.cnn_mha_bilstm_bigru import CnnMhaBilstmBigru
from sentisound.learning.models.deep.hybrid import Hybrid
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.tdnn import Tdnn

NETWORKS: Mapping[str, type[Network]] = {
    "cnn": Cnn,
    "cnn_bilstm": CnnBilstm,
    "cnn_gru": CnnGru,
    "cnn_bilstm_bigru_attention": CnnBilstmBigruAttention,
    "cnn_mha_bilstm_bigru": CnnMhaBilstmBigru,
    "tdnn": Tdnn,
    "hybrid": Hybrid,
}
"""Architectures by name; the keyword arguments of each are the parameters that a recipe may set."""


def build_network(name: str, parameters: Mapping[str, Any], shape: Shape) -> Network:
    """Return an untrained network; its weights are drawn from torch's generator.

    Parameters
    ----------
    name
        A key of ``NETWORKS``.
    parameters
        Values other than the defaults that ``parameters_of`` gives.
    shape
        What it takes and gives.

    Raises
    ------
    RecipeError
        When there is no such network, when it does not take a parameter, or not with that value, and when it needs
        functionals or takes none.
    """
    if name not in NETWORKS:
        raise RecipeError(f"there is no network {name!r}; there are {', '.join(NETWORKS)}")
    network = NETWORKS[name]
    if network.takes_functionals != bool(shape.functionals):
        need = "needs" if network.takes_functionals else "takes no"
        raise RecipeError(f"{name} {need} functionals beside the frames")
    defaults = parameters_of(name)
    build: Any = network
    checked = {key: _checked(name, key, value, defaults) for key, value in parameters.items()}
    built: Network = build(shape, **checked)
    return built


def parameters_of(name: str) -> dict[str, Any]:
    """Return the parameters that a network takes, with their defaults; a subclass adds to those of its base."""
    found: dict[str, Any] = {}
    for kind in NETWORKS[name].__mro__:
        taken = inspect.signature(vars(kind)["__init__"]).parameters.values()
        found |= {each.name: each.default for each in taken if each.kind is each.KEYWORD_ONLY}
        if not any(each.kind is each.VAR_KEYWORD for each in taken):
            break
    return found


def _checked(name: str, key: str, value: Any, defaults: Mapping[str, Any]) -> Any:
    """Return a parameter's value, of the type of its default: a count, a share of 1, or a list of counts."""
    if key not in defaults:
        raise RecipeError(f"network {name!r} has no parameter {key!r}; it takes {', '.join(defaults)}")
    default = defaults[key]
    if isinstance(default, float):
        return _share(name, key, value)
    if isinstance(default, int):
        return _count(name, key, value, least=min(default, 1))
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise RecipeError(f"{name}: {key} must be a list of whole numbers, not {value!r}")
    return tuple(_count(name, key, each, least=1) for each in value)


def _share(name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise RecipeError(f"{name}: {key} must be a number from 0 to 1, not {value!r}")
    return float(value)


def _count(name: str, key: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise RecipeError(f"{name}: {key} must be a whole number, {least} or more, not {value!r}")
    return value
