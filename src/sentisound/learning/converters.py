"""What skl2onnx does not convert by itself, told to it once: boosted trees with today's onnx, and ``MarginSvm``."""

from __future__ import annotations

from typing import Any

from skl2onnx import update_registered_converter
from skl2onnx.common._registration import get_converter, get_shape_calculator
from sklearn.ensemble import HistGradientBoostingClassifier

from sentisound.learning.models.margin import MarginSvm

BOOSTING = "SklearnHistGradientBoostingClassifier"
MACHINE = "SklearnSVC"
_TRACKS = "nodes_missing_value_tracks_true"
_PLAIN = {"zipmap": [True, False, "columns"], "nocl": [True, False], "raw_scores": [True, False]}

_convert_boosting, _boosting_shape = get_converter(BOOSTING), get_shape_calculator(BOOSTING)
_convert_machine, _machine_shape = get_converter(MACHINE), get_shape_calculator(MACHINE)


class _IntegerTracks:
    """A container that writes truth values as 0 and 1: onnx 1.19 and later refuse the booleans of skl2onnx 1.20."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, operator: str, inputs: Any, outputs: Any, **attributes: Any) -> Any:
        if _TRACKS in attributes:
            attributes[_TRACKS] = [int(value) for value in attributes[_TRACKS]]
        return self._container.add_node(operator, inputs, outputs, **attributes)


def _boosting(scope: Any, operator: Any, container: Any) -> None:
    _convert_boosting(scope, operator, _IntegerTracks(container))


def _machine(scope: Any, operator: Any, container: Any) -> None:
    _convert_machine(scope, operator, container)


def register() -> None:
    """Tell skl2onnx; a second time changes nothing."""
    for kind, alias, shape, convert in (
        (HistGradientBoostingClassifier, BOOSTING, _boosting_shape, _boosting),
        (MarginSvm, MACHINE, _machine_shape, _machine),
    ):
        update_registered_converter(kind, alias, shape, convert, overwrite=True, options=_PLAIN)
