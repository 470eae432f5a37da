"""The look into an ONNX file: checked against the onnx package, and against bytes that are not ONNX at all."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sentisound.onnx_graph import inspect


def _model(*nodes: onnx.NodeProto, initializers: list[TensorProto] | None = None, domain: str = "") -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        initializer=initializers or [],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(domain or "d", 1)])


def _external(name: str = "w") -> TensorProto:
    tensor = numpy_helper.from_array(np.zeros(2, np.float32), name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    return tensor


def test_operators_are_found_with_their_domain():
    model = _model(helper.make_node("Relu", ["x"], ["r"]), helper.make_node("Evil", ["r"], ["y"], domain="custom.ops"))
    facts = inspect(model.SerializeToString())
    assert facts.operators == {"Relu", "custom.ops.Evil"}
    assert not facts.external_data


def test_an_initializer_outside_the_file_is_found():
    model = _model(helper.make_node("Add", ["x", "w"], ["y"]), initializers=[_external()])
    assert inspect(model.SerializeToString()).external_data


def test_a_constant_outside_the_file_is_found():
    model = _model(helper.make_node("Constant", [], ["y"], value=_external()))
    assert inspect(model.SerializeToString()).external_data


def test_operators_and_tensors_within_a_branch_are_found():
    branch = helper.make_graph(
        [
            helper.make_node("Constant", [], ["b"], value=_external()),
            helper.make_node("Hidden", ["b"], ["c"], domain="z"),
        ],
        "branch",
        [],
        [helper.make_tensor_value_info("c", TensorProto.FLOAT, None)],
    )
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    facts = inspect(_model(node).SerializeToString())
    assert facts.external_data
    assert facts.operators == {"If", "Constant", "z.Hidden"}


def test_a_function_of_the_model_is_looked_into():
    model = _model(helper.make_node("F", ["x"], ["y"], domain="d"))
    model.functions.append(
        helper.make_function(
            "d", "F", ["a"], ["b"], [helper.make_node("Inner", ["a"], ["b"], domain="q")], [helper.make_opsetid("q", 1)]
        )
    )
    assert "q.Inner" in inspect(model.SerializeToString()).operators


@pytest.mark.parametrize("cut", [1, 3, 20, 33])
def test_a_truncated_model_is_refused(cut: int):
    whole = _model(helper.make_node("Relu", ["x"], ["y"])).SerializeToString()
    with pytest.raises(ValueError, match="ends beyond"):
        inspect(whole[:-cut])


def test_random_bytes_never_crash():
    rng = np.random.default_rng(0)
    refused = 0
    for size in rng.integers(1, 400, 300):
        try:
            inspect(rng.bytes(size))
        except ValueError:
            refused += 1
    assert refused > 200  # almost all noise breaks the wire format soon


def test_nesting_without_end_is_refused():
    body = b""
    for _ in range(200):  # graph in attribute in node in graph ...
        body = _field(1, _field(5, _field(6, body)))
    with pytest.raises(ValueError, match="deep"):
        inspect(_field(7, body))


def _field(number: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + body
