"""Look into an ONNX file without running it: only what is known to be harmless passes.

onnxruntime would follow a tensor's ``external_data`` to any path the process can read, before one could ask, and a
``Loop`` need not end. So the bundle reads the protobuf wire format itself and refuses such a file first. Whatever two
readers could understand differently is refused too: numbers written longer than they need be or with more bits than
they have room for, fields that are not in the table below, and fields twice that may be there once. Field numbers are
those of ``onnx.proto`` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_DEPTH = 16
"""Messages within each other; without graphs in graphs there are seven."""
_MAX_TAG_BYTES, _MAX_VARINT_BYTES = 5, 10
_MAX_DIMS = 16
_TIGHTEST = 4
"""Values that a byte holds at most: the smallest type has two bits."""


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


_OPERATORS: dict[str, frozenset[str]] = {
    "": _words(
        """
        Abs Add And ArgMax ArgMin Attention AveragePool BatchNormalization Cast CastLike Ceil Celu Clip Concat Constant
        ConstantOfShape Conv ConvInteger ConvTranspose Cos CumSum DepthToSpace DequantizeLinear Div Dropout
        DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND
        Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish
        Hardmax Identity InstanceNormalization IsInf IsNaN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log
        LogSoftmax LpNormalization LpPool MatMul MatMulInteger Max MaxPool Mean MeanVarianceNormalization Min Mish Mod
        Mul Neg NonZero Not OneHot Or PRelu Pad Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN Range
        Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
        ReduceSumSquare Relu Reshape Resize RotaryEmbedding Round ScatterElements ScatterND Selu Shape Shrink Sigmoid
        Sign Sin Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tan Tanh
        ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where Xor
        """
    ),
    "ai.onnx.ml": _words(
        """
        ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LabelEncoder LinearClassifier LinearRegressor
        Normalizer OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsemble TreeEnsembleClassifier
        TreeEnsembleRegressor
        """
    ),
    "com.microsoft": _words(
        """
        Attention BiasGelu BiasSoftmax DequantizeLinear DynamicQuantizeLSTM DynamicQuantizeMatMul FastGelu FusedConv
        FusedGemm FusedMatMul Gelu MatMulInteger16 MatMulIntegerToFloat MatMulNBits MultiHeadAttention QAttention QGemm
        QLinearAdd QLinearAveragePool QLinearConcat QLinearConv QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul
        QLinearSigmoid QLinearSoftmax QuantizeLinear QuickGelu RotaryEmbedding SimplifiedLayerNormalization
        SkipLayerNormalization SkipSimplifiedLayerNormalization
        """
    ),
}
"""By domain: what learners and networks are made of and what exporters and quantisers write. None has a graph of its
own, opens a file, makes things up by chance or handles text."""

_VERSIONS: dict[str, range] = {
    "": range(7, 100),
    "ai.onnx.ml": range(1, 20),
    **dict.fromkeys(
        [
            *("com.microsoft", "com.microsoft.nchwc", "com.microsoft.experimental", "com.ms.internal.nhwc"),
            *("ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training", "org.pytorch.aten"),
        ],
        range(1, 2),
    ),
}
"""Versions by domain that a graph may name; onnxruntime names domains of its own in all graphs that it writes."""

_STANDARD = "ai.onnx"
"""Another word for the domain without a name."""

_Kind = tuple[str, bool]
"""What a field holds (``int``, ``float``, ``double``, ``bytes`` or a message), and whether it may be there often."""


def _fields_of(said: str) -> dict[int, _Kind]:
    """Return a message's fields, said as ``number kind``, with a star where it may be there often."""
    return {int(n): (kind.rstrip("*"), kind.endswith("*")) for n, kind in map(str.split, said.split(","))}


_FIELDS: dict[str, dict[int, _Kind]] = {
    "Model": _fields_of("1 int, 2 bytes, 3 bytes, 4 bytes, 5 int, 6 bytes, 7 Graph, 8 Opset*, 14 Entry*"),
    "Opset": _fields_of("1 bytes, 2 int"),
    "Entry": _fields_of("1 bytes, 2 bytes"),
    "Graph": _fields_of(
        "1 Node*, 2 bytes, 5 Tensor*, 10 bytes, 11 Value*, 12 Value*, 13 Value*, 14 Annotation*, 16 Entry*"
    ),
    "Node": _fields_of("1 bytes*, 2 bytes*, 3 bytes, 4 bytes, 5 Attribute*, 6 bytes, 7 bytes, 9 Entry*"),
    "Attribute": _fields_of(
        "1 bytes, 2 float, 3 int, 4 bytes, 5 Tensor, 7 float*, 8 int*, 9 bytes*, 10 Tensor*, 13 bytes, 20 int"
    ),
    "Tensor": _fields_of(
        "1 int*, 2 int, 4 float*, 5 int*, 6 bytes*, 7 int*, 8 bytes, 9 bytes, 10 double*, 11 int*, 12 bytes, 14 int,"
        "16 Entry*"
    ),
    "Value": _fields_of("1 bytes, 2 Type, 3 bytes, 4 Entry*"),
    "Annotation": _fields_of("1 bytes, 2 Entry*"),
    "Type": _fields_of("1 TensorType, 6 bytes"),
    "TensorType": _fields_of("1 int, 2 Shape"),
    "Shape": _fields_of("1 Dimension*"),
    "Dimension": _fields_of("1 int, 2 bytes, 3 bytes"),
}
"""All fields of a graph that computes numbers from numbers, by message and number."""

_OUTSIDE = "keeps tensors in other files; a bundle's graph must hold all its data"
_GRAPHS = "has graphs within its graph: control flow need not end"
_REFUSED: dict[tuple[str, int], str] = {
    ("Model", 20): "holds a training",
    ("Model", 25): "has functions of its own; export it with its operators written out",
    ("Attribute", 6): _GRAPHS,
    ("Attribute", 11): _GRAPHS,
    ("Tensor", 13): _OUTSIDE,
}
"""Fields of ``onnx.proto`` that are left out of the table for a reason that is worth telling."""

_RUNS = {
    (7 << 3) | _FIXED32: re.compile(rb"(?:\x3d[\s\S]{4})*+"),
    (8 << 3) | _VARINT: re.compile(rb"(?:\x40(?:[\x00-\x7f]|[\x80-\xff]{1,8}[\x01-\x7f]|[\x80-\xff]{9}\x01))*+"),
    (9 << 3) | _BYTES: re.compile(
        rb"(?:\x4a(?:%s))*+" % b"|".join(re.escape(bytes([n])) + rb"[\s\S]{%d}" % n for n in range(32))
    ),
}
"""By tag, more of the same numbers and short texts of an attribute: a forest's trees have a million, and no harm is in
them."""

_WIRES = {"int": _VARINT, "float": _FIXED32, "double": _FIXED64}
"""How a single number is written; all else, and numbers in a row, are bytes."""
_SIZES = {_FIXED32: 4, _FIXED64: 8}

_Value = int | memoryview
_Read = dict[int, list[_Value]]
"""A message: the values of each field, by its number."""


def inspect(model: bytes) -> frozenset[str]:
    """Walk an ONNX model's protobuf and return the operators used, as ``domain.Op``; the standard domain is left out.

    Raises
    ------
    ValueError
        When it is not a model that holds all that it needs and uses what is allowed; the message goes on from the
        name of the file.
    """
    operators: set[str] = set()
    pending: list[tuple[str, memoryview, int]] = [("Model", memoryview(model), 0)]
    while pending:
        kind, body, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise _malformed("it nests too deeply")
        found = _message(kind, body)
        if kind == "Node":
            operators.add(_operator(found))
        elif kind == "Tensor":
            _check_tensor(found, len(body))
        elif kind == "Opset":
            _check_opset(found)
        for number, values in found.items():
            holds = _FIELDS[kind][number][0]
            if holds in _FIELDS:
                pending += [(holds, value, depth + 1) for value in values if isinstance(value, memoryview)]
    if not operators:
        raise _malformed("it has no operators")
    return frozenset(operators)


def _malformed(why: str) -> ValueError:
    return ValueError(f"is not an ONNX graph: {why}")


def _message(kind: str, body: memoryview) -> _Read:
    """Read one message, each field of which must be in the table, written as it should be, and no more often."""
    fields, found = _FIELDS[kind], _Read()
    for number, wire, value in _fields(body, _RUNS if kind == "Attribute" else {}):
        if number not in fields:
            why = _REFUSED.get((kind, number))
            raise ValueError(why) if why else _malformed(f"{kind} has a field {number} that no graph here needs")
        holds, many = fields[number]
        single = _WIRES.get(holds, _BYTES)
        if wire != single and not (many and wire == _BYTES):
            raise _malformed(f"field {number} of {kind} is of another type")
        if number in found and not many:
            raise _malformed(f"field {number} of {kind} is there twice")
        found.setdefault(number, []).append(value)
    return found


def _operator(node: _Read) -> str:
    domain, name = _text(node, 7), _text(node, 4)
    domain = "" if domain == _STANDARD else domain
    said = f"{domain}.{name}" if domain else name
    if name not in _OPERATORS.get(domain, ()):
        raise ValueError(f"uses an operator that is not allowed in a bundle: {said[:100]!r}")
    return said


def _check_opset(opset: _Read) -> None:
    domain, version = _text(opset, 1), opset.get(2, [0])[0]
    if version not in _VERSIONS.get("" if domain == _STANDARD else domain, ()):
        raise ValueError(f"uses operators of {domain[:100]!r} version {version}, which are not known")


def _check_tensor(tensor: _Read, size: int) -> None:
    """Refuse a tensor whose data lies elsewhere, or of more values than its ``size`` in bytes could hold."""
    if any(location != 0 for location in tensor.get(14, [])):
        raise ValueError(_OUTSIDE)
    dims = [dim for value in tensor.get(1, []) for dim in ([value] if isinstance(value, int) else _varints(value))]
    if len(dims) > _MAX_DIMS or any(dim >= 2**63 for dim in dims) or math.prod(dims) > _TIGHTEST * size:
        raise ValueError("promises more values in a tensor than it holds")


def _text(message: _Read, number: int) -> str:
    value = message.get(number, [b""])[0]
    return "" if isinstance(value, int) else bytes(value).decode("utf-8", "backslashreplace")


def _fields(body: memoryview, runs: Mapping[int, re.Pattern[bytes]]) -> Iterator[tuple[int, int, _Value]]:
    """Yield number, wire type and value of each field; of ``runs`` the first only."""
    position, end, key = 0, len(body), 0
    while position < end:
        if key in runs and (run := runs[key].match(body, position)) and run.end() > position:
            position = run.end()
            continue
        key, position = _varint(body, position, _MAX_TAG_BYTES, 32)
        number, wire = key >> 3, key & 7
        if not number:
            raise _malformed("a field has the number 0")
        if wire == _VARINT:
            value, position = _varint(body, position)
            yield number, wire, value
            continue
        if wire == _BYTES:
            size, position = _varint(body, position, _MAX_TAG_BYTES, 31)
        elif wire in _SIZES:
            size = _SIZES[wire]
        else:
            raise _malformed(f"wire type {wire} is not one of its kind")
        if position + size > end:
            raise _malformed("a field ends beyond its message")
        yield number, wire, body[position : position + size]
        position += size


def _varints(body: memoryview) -> Iterator[int]:
    """Yield numbers that are written in a row."""
    position = 0
    while position < len(body):
        value, position = _varint(body, position)
        yield value


def _varint(body: memoryview, position: int, most: int = _MAX_VARINT_BYTES, bits: int = 64) -> tuple[int, int]:
    """Return a number and where it ends; it has so many bytes and bits at most, and no byte that adds nothing."""
    value = 0
    for index, byte in enumerate(body[position : position + most]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if value >> bits or (index and not byte):
                raise _malformed("a number is longer than it may be")
            return value, position + index + 1
    if len(body) - position < most:
        raise _malformed("a number ends beyond its message")
    raise _malformed("a number is longer than it may be")
