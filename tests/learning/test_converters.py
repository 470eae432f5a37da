"""What skl2onnx is told: truth values as integers, and a machine of our own by the converter of its parent."""

from __future__ import annotations

from typing import Any

from sentisound.learning.converters import _TRACKS, _IntegerTracks, register
from sentisound.learning.models.margin import MarginSvm


class Container:
    """Keeps what nodes it is given."""

    version = 17

    def __init__(self) -> None:
        self.nodes: list[tuple[str, Any, Any, dict[str, Any]]] = []

    def add_node(self, operator: str, inputs: Any, outputs: Any, **attributes: Any) -> str:
        self.nodes.append((operator, inputs, outputs, attributes))
        return "added"


def test_truth_values_of_tracks_become_integers_and_all_else_is_handed_on():
    inner = Container()
    outer = _IntegerTracks(inner)
    assert outer.add_node("Trees", ["x"], ["y"], **{_TRACKS: [True, False]}, name="n") == "added"
    assert outer.add_node("Other", ["x"], ["y"], flags=[True]) == "added"
    first, second = inner.nodes
    assert first == ("Trees", ["x"], ["y"], {_TRACKS: [1, 0], "name": "n"})
    assert [type(value) for value in first[3][_TRACKS]] == [int, int]
    assert second[3]["flags"][0] is True
    assert outer.version == 17


def test_telling_twice_is_as_good_as_once():
    from skl2onnx._supported_operators import sklearn_operator_name_map

    register()
    once = dict(sklearn_operator_name_map)
    register()
    assert dict(sklearn_operator_name_map) == once
    assert once[MarginSvm] == "SklearnSVC"
