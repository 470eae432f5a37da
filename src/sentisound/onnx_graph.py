"""Look into an ONNX file without running it: which operators it uses and whether it reaches outside itself.

onnxruntime would follow a tensor's ``external_data`` to any path the process can read, before one could ask. So the
bundle reads the protobuf wire format itself and refuses such a file first. Field numbers are those of ``onnx.proto``
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto); only what leads to tensors and operators is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_DEPTH = 64

# message -> {field number: message that the field holds}
_CHILDREN: dict[str, dict[int, str]] = {
    "Model": {7: "Graph", 20: "Training", 25: "Function"},
    "Training": {1: "Graph", 2: "Graph"},
    "Function": {7: "Node", 11: "Attribute"},
    "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor", 23: "SparseTensor"},
    "SparseTensor": {1: "Tensor", 2: "Tensor"},
}
_NODE_OP_TYPE, _NODE_DOMAIN = 4, 7
_TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 13, 14

Field = tuple[int, int | memoryview]


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """What an ONNX file contains, as far as safety is concerned."""

    operators: frozenset[str]
    """Operators used, as ``domain.Op``; the standard domain has no prefix."""
    external_data: bool
    """Whether any tensor keeps its data in another file."""


def inspect(model: bytes) -> GraphFacts:
    """Walk an ONNX model's protobuf.

    Raises
    ------
    ValueError
        When the bytes are not a well-formed protobuf message or nest deeper than any real model.
    """
    operators: set[str] = set()
    external = False
    pending: list[tuple[str, memoryview, int]] = [("Model", memoryview(model), 0)]
    while pending:
        kind, body, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise ValueError("the graph nests too deeply")
        fields = list(_fields(body))
        children = _CHILDREN.get(kind, {})
        pending += [
            (children[n], value, depth + 1) for n, value in fields if n in children and isinstance(value, memoryview)
        ]
        if kind == "Node":
            operators.add(_operator(fields))
        if kind == "Tensor":
            external |= any(n == _TENSOR_EXTERNAL_DATA or (n == _TENSOR_DATA_LOCATION and value) for n, value in fields)
    return GraphFacts(frozenset(operators), external)


def _operator(fields: list[Field]) -> str:
    text = {n: bytes(value).decode("utf-8", "replace") for n, value in fields if isinstance(value, memoryview)}
    domain, name = text.get(_NODE_DOMAIN, ""), text.get(_NODE_OP_TYPE, "")
    return f"{domain}.{name}" if domain not in {"", "ai.onnx"} else name


def _fields(body: memoryview) -> Iterator[Field]:
    position = 0
    while position < len(body):
        key, position = _varint(body, position)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, position = _varint(body, position)
            yield number, value
            continue
        if wire == _BYTES:
            size, position = _varint(body, position)
        elif wire in {_FIXED64, _FIXED32}:
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire} is not protobuf")
        if position + size > len(body):
            raise ValueError("a field ends beyond its message")
        yield number, body[position : position + size]
        position += size


def _varint(body: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(body) and shift < 70:
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("a number ends beyond its message")
