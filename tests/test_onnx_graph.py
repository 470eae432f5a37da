"""The look into an ONNX file: checked against the onnx package, and against bytes that are not ONNX at all."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sentisound.onnx_graph import inspect


def _model(
    *nodes: onnx.NodeProto, initializers: list[TensorProto] | None = None, domain: str = "ai.onnx.ml"
) -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        initializer=initializers or [],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(domain, 1)])


def _external(name: str = "w") -> TensorProto:
    tensor = numpy_helper.from_array(np.zeros(2, np.float32), name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    return tensor


def test_operators_are_found_with_their_domain():
    model = _model(
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Scaler", ["r"], ["y"], domain="ai.onnx.ml", offset=[0.0], scale=[1.0]),
        domain="ai.onnx.ml",
    )
    assert inspect(model.SerializeToString()) == {"Relu", "ai.onnx.ml.Scaler"}


@pytest.mark.parametrize(("name", "domain"), [("Evil", "custom.ops"), ("If", ""), ("EPContext", "com.microsoft")])
def test_operators_that_are_not_on_the_list_are_refused(name: str, domain: str):
    model = _model(helper.make_node(name, ["x"], ["y"], domain=domain), domain="com.microsoft")
    with pytest.raises(ValueError, match=f"not allowed.*{name}"):
        inspect(model.SerializeToString())


def test_an_initializer_outside_the_file_is_refused():
    model = _model(helper.make_node("Add", ["x", "w"], ["y"]), initializers=[_external()])
    with pytest.raises(ValueError, match="other files"):
        inspect(model.SerializeToString())


def test_a_constant_outside_the_file_is_refused():
    model = _model(helper.make_node("Constant", [], ["y"], value=_external()))
    with pytest.raises(ValueError, match="other files"):
        inspect(model.SerializeToString())


def test_a_graph_within_a_graph_is_refused():
    branch = helper.make_graph([helper.make_node("Relu", ["x"], ["c"])], "branch", [], [])
    node = helper.make_node("Relu", ["x"], ["y"], then_branch=branch)
    with pytest.raises(ValueError, match="graphs within"):
        inspect(_model(node).SerializeToString())


def test_a_function_of_the_model_is_refused():
    model = _model(helper.make_node("F", ["x"], ["y"], domain="d"))
    model.functions.append(
        helper.make_function(
            "d", "F", ["a"], ["b"], [helper.make_node("Inner", ["a"], ["b"], domain="q")], [helper.make_opsetid("q", 1)]
        )
    )
    with pytest.raises(ValueError, match="functions"):
        inspect(model.SerializeToString())


def test_an_unknown_domain_or_version_is_refused():
    for domain, version in (("q", 1), ("com.microsoft", 2), ("ai.onnx.ml", 1000)):
        model = _model(helper.make_node("Relu", ["x"], ["y"]))
        model.opset_import[1].domain, model.opset_import[1].version = domain, version
        with pytest.raises(ValueError, match=f"'{domain}' version {version}"):
            inspect(model.SerializeToString())


@pytest.mark.parametrize("dims", [[2**40], [2**32, 2**32], [-1], [1] * 17])
def test_a_tensor_that_promises_more_than_it_holds_is_refused(dims: list[int]):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims, raw_data=bytes(4))
    with pytest.raises(ValueError, match="promises more"):
        inspect(_model(helper.make_node("Add", ["x", "w"], ["y"]), initializers=[tensor]).SerializeToString())


@pytest.mark.parametrize(
    "tag",
    [
        *(bytes([0xEA, 0x80, 0x80, 0x80, last]) for last in (0x10, 0x20, 0x40, 0x70)),  # field 13 and bits above 2^32
        bytes([0xEA, 0x80, 0x80, 0x80, 0x00]),
        bytes([0xEA, 0x80, 0x80, 0x80, 0x80, 0x01]),
        bytes([0xEA, 0x00]),
    ],
    ids=bytes.hex,
)
def test_a_tag_that_two_readers_understand_differently_is_refused(tag: bytes):
    entry = _field(1, b"location") + _field(2, b"secret")
    tensor = _field(8, b"w") + tag + bytes([len(entry)]) + entry
    with pytest.raises(ValueError, match="longer than it may be"):
        inspect(_field(7, _field(1, _field(4, b"Relu")) + _field(5, tensor)))


@pytest.mark.parametrize("number", [6, 15, 19_000, 2**29 - 1])
def test_a_field_that_is_not_known_is_refused(number: int):
    with pytest.raises(ValueError, match=f"Graph has a field {number} "):
        inspect(_field(7, _field(1, _field(4, b"Relu")) + _field(number, b"")))


def test_a_field_that_is_there_twice_is_refused():
    graph = _field(1, _field(4, b"Relu"))
    with pytest.raises(ValueError, match="twice"):
        inspect(_field(7, graph) + _field(7, graph))
    with pytest.raises(ValueError, match="twice"):
        inspect(_field(7, _field(1, _field(4, b"Relu") + _field(4, b"If"))))


@pytest.mark.parametrize("wire", [3, 4, 6, 7])
def test_groups_and_what_is_no_wire_type_are_refused(wire: int):
    with pytest.raises(ValueError, match="wire type"):
        inspect(bytes([7 << 3 | wire]) + b"\x00")


def test_long_runs_of_an_attribute_are_read_quickly_and_to_their_end():
    node = helper.make_node("Scaler", ["x"], ["y"], domain="ai.onnx.ml", offset=[0.5] * 400_000, more=[-1] * 400_000)
    node.attribute.append(helper.make_attribute("words", [b"LEAF", b"BRANCH_LEQ"] * 200_000))
    model = _model(node, domain="ai.onnx.ml").SerializeToString()
    assert inspect(model) == {"ai.onnx.ml.Scaler"}
    broken = helper.make_node("Relu", ["x"], ["y"], a=[1.0] * 9)
    cut = broken.attribute[0].SerializeToString()[:-7]
    with pytest.raises(ValueError, match="ends beyond"):
        inspect(_field(7, _field(1, _field(4, b"Relu") + _field(5, cut))))


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


def _field(number: int, body: bytes) -> bytes:
    return _tagged(number << 3 | 2, body)


def _tagged(key: int, body: bytes) -> bytes:
    return _varint(key) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    written = b""
    while value > 0x7F:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])
