"""Bundles that an attacker would send: each function changes a valid one, the tiny bundle, into one of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from sentisound.bundle import CARD_FILE, MODEL_FILE, read_card
from tiny import write_tiny_bundle

CANARY = "canary"
"""A file beside the bundles' folders that nothing may read: floats that would show in scores."""

Change = Callable[[Path], None]
HOSTILE: dict[str, Change] = {}
"""By name."""


def write_all(folder: Path) -> dict[str, Path]:
    """Write every hostile bundle into a folder, and the canary; return their folders."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CANARY).write_bytes(np.full(40, 12_345.0, np.float32).tobytes())
    valid = write_tiny_bundle(folder / ".valid" / "tiny")
    found = {}
    for name, change in HOSTILE.items():
        found[name] = Path(shutil.copytree(valid, folder / name))
        change(found[name])
    return found


def hostile(name: str) -> Callable[[Change], Change]:
    """Add a change by its name."""

    def add(change: Change) -> Change:
        assert name not in HOSTILE
        HOSTILE[name] = change
        return change

    return add


# ---- bytes of protobuf


def varint(value: int) -> bytes:
    """Return a number as it should be written."""
    written = b""
    while value > 0x7F:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])


def field(number: int, body: bytes, tag: bytes = b"") -> bytes:
    """Return a field of bytes, behind another tag where one is given."""
    return (tag or varint(number << 3 | 2)) + varint(len(body)) + body


def put(folder: Path, model: bytes) -> None:
    """Replace the graph and publish its checksum, as an attacker would."""
    (folder / MODEL_FILE).write_bytes(model)
    edit(folder, files={MODEL_FILE: {"sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model)}})


def edit(folder: Path, **changes: Any) -> None:
    """Change fields of the card."""
    path = folder / CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_part(folder: Path, part: str, **changes: Any) -> None:
    """Change fields of a part of the card."""
    card = json.loads((folder / CARD_FILE).read_text())
    edit(folder, **{part: card[part] | changes})


# ---- external data, in all places and spellings

LOCATIONS = {"beside": f"../{CANARY}", "absolute": "/etc/passwd", "here": CARD_FILE}


def external(name: str = "w", location: str = LOCATIONS["beside"]) -> TensorProto:
    """Return a tensor whose data lies elsewhere."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[40, 3], data_location=TensorProto.EXTERNAL)
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return tensor


def graph_of(*nodes: onnx.NodeProto, initializers: list[TensorProto] | None = None) -> onnx.GraphProto:
    """Return a graph of the bundle's contract."""
    return helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, 40])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)],
        initializer=initializers or [],
    )


def model_of(graph: onnx.GraphProto, *domains: str) -> onnx.ModelProto:
    """Return a model."""
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


PRODUCT = helper.make_node("MatMul", ["features", "w"], ["logits"])


def _placed(put_in: Callable[[onnx.ModelProto], object], *nodes: onnx.NodeProto) -> Change:
    def change(folder: Path) -> None:
        model = model_of(graph_of(*(nodes or (PRODUCT,))), "ai.onnx.ml")
        put_in(model)
        put(folder, model.SerializeToString())

    return change


def _sparse(**parts: TensorProto) -> onnx.SparseTensorProto:
    values = parts.get("values", numpy_helper.from_array(np.ones(1, np.float32), "w"))
    indices = parts.get("indices", numpy_helper.from_array(np.zeros(1, np.int64), "i"))
    return onnx.SparseTensorProto(values=values, indices=indices, dims=[40, 3])


def _branch() -> onnx.GraphProto:
    return helper.make_graph([helper.make_node("Identity", ["w"], ["o"])], "b", [], [], initializer=[external()])


def _function() -> onnx.FunctionProto:
    inner = helper.make_node("Constant", [], ["o"], value=external())
    return helper.make_function("ai.onnx.ml", "F", [], ["o"], [inner], [helper.make_opsetid("", 17)])


for _where, _location in LOCATIONS.items():
    HOSTILE[f"external_initializer_{_where}"] = _placed(
        lambda model, location=_location: model.graph.initializer.append(external(location=location))
    )
HOSTILE |= {
    "external_constant": _placed(lambda _: None, helper.make_node("Constant", [], ["w"], value=external()), PRODUCT),
    "external_list": _placed(lambda _: None, helper.make_node("Constant", [], ["w"], values=[external()]), PRODUCT),
    "external_sparse_values": _placed(lambda model: model.graph.sparse_initializer.append(_sparse(values=external()))),
    "external_sparse_indices": _placed(
        lambda model: model.graph.sparse_initializer.append(_sparse(indices=external()))
    ),
    "external_sparse_constant": _placed(
        lambda _: None, helper.make_node("Constant", [], ["w"], sparse_value=_sparse(values=external())), PRODUCT
    ),
    "external_in_a_branch": _placed(
        lambda _: None,
        helper.make_node("If", ["features"], ["logits"], then_branch=_branch(), else_branch=_branch()),
    ),
    "external_in_a_function": _placed(
        lambda model: model.functions.append(_function()),
        helper.make_node("F", [], ["w"], domain="ai.onnx.ml"),
        PRODUCT,
    ),
    "external_in_a_training": _placed(
        lambda model: model.training_info.append(onnx.TrainingInfoProto(initialization=_branch()))
    ),
}


def _hidden(tag: bytes, *, constant: bool = False) -> Change:
    """Write ``external_data`` of a tensor behind a tag that another reader may take for another field."""

    def change(folder: Path) -> None:
        entry = field(1, b"location") + field(2, LOCATIONS["beside"].encode())
        elsewhere = b"\xf0\x80\x80\x80\x10\x01"  # data_location, hidden as well
        tensor = field(8, b"w") + b"\x08\x28\x08\x03\x10\x01" + field(13, entry, tag) + elsewhere
        nodes, weights = field(1, PRODUCT.SerializeToString()), field(5, tensor)
        if constant:
            node = (
                field(2, b"w")
                + field(4, b"Constant")
                + field(5, field(1, b"value") + field(5, tensor) + b"\xa0\x01\x04")
            )
            nodes, weights = field(1, node) + nodes, b""
        graph = nodes + field(2, b"g") + weights
        for put_field, one in ((11, graph_of().input[0]), (12, graph_of().output[0])):
            graph += field(put_field, one.SerializeToString())
        put(folder, b"\x08\x08" + field(7, graph) + field(8, b"\x10\x11"))

    return change


_TAG = 13 << 3 | 2
HIDDEN = {
    **{f"bit_{bit}": bytes([_TAG | 0x80, 0x80, 0x80, 0x80, 1 << bit - 28]) for bit in (32, 33, 34)},
    "bits_32_to_34": bytes([_TAG | 0x80, 0x80, 0x80, 0x80, 0x70]),
    "padded_2": bytes([_TAG | 0x80, 0x00]),
    "padded_5": bytes([_TAG | 0x80, 0x80, 0x80, 0x80, 0x00]),
    "padded_6": bytes([_TAG | 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
    "padded_10": bytes([_TAG | 0x80] + [0x80] * 8 + [0x01]),
}
for _name, _bytes in HIDDEN.items():
    HOSTILE[f"hidden_tag_{_name}"] = _hidden(_bytes)
HOSTILE["hidden_tag_in_a_constant"] = _hidden(HIDDEN["bit_32"], constant=True)
HOSTILE["hidden_tag_in_a_constant_padded"] = _hidden(HIDDEN["padded_5"], constant=True)


@hostile("hidden_graph")
def _(folder: Path) -> None:
    model = model_of(graph_of(PRODUCT, initializers=[external()])).SerializeToString()
    graph = onnx.ModelProto.FromString(model).graph.SerializeToString()
    put(folder, (folder / MODEL_FILE).read_bytes() + field(7, graph, bytes([0xBA, 0x80, 0x80, 0x80, 0x10])))


@hostile("second_graph")
def _(folder: Path) -> None:
    graph = graph_of(initializers=[external()])
    put(folder, (folder / MODEL_FILE).read_bytes() + field(7, graph.SerializeToString()))


# ---- control flow, functions, operators


def _loop() -> onnx.NodeProto:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    return helper.make_node("Loop", ["", "yes", "scores"], ["logits"], body=body)


YES = numpy_helper.from_array(np.array(True), "yes")
HOSTILE |= {
    "endless_loop": _placed(
        lambda model: model.graph.initializer.extend([YES, _weights()[0]]),
        helper.make_node("MatMul", ["features", "w"], ["scores"]),
        _loop(),
    ),
    "loop_in_a_function": _placed(
        lambda model: model.functions.append(
            helper.make_function(
                "ai.onnx.ml", "F", ["scores", "yes"], ["logits"], [_loop()], [helper.make_opsetid("", 17)]
            )
        ),
        helper.make_node("F", ["features", "features"], ["logits"], domain="ai.onnx.ml"),
    ),
    "scan": _placed(
        lambda _: None, helper.make_node("Scan", ["features"], ["logits"], num_scan_inputs=1, body=graph_of(PRODUCT))
    ),
    **{
        f"operator_{domain.replace('.', '_')}{name}": _placed(
            lambda _: None, helper.make_node(name, ["features"], ["logits"], domain=domain)
        )
        for domain, name in (
            *(("com.microsoft", "EPContext"), ("com.microsoft", "BeamSearch"), ("", "RandomNormalLike")),
            *(("", "ImageDecoder"), ("", "StringNormalizer"), ("", "SequenceMap"), ("ai.onnx.ml", "DictVectorizer")),
        )
    },
}


@hostile("operator_of_an_unknown_domain")
def _(folder: Path) -> None:
    node = helper.make_node("Shell", ["features"], ["logits"], domain="strange")
    put(folder, model_of(graph_of(node), "strange").SerializeToString())


@hostile("operators_of_an_unknown_version")
def _(folder: Path) -> None:
    model = onnx.load(folder / MODEL_FILE)
    model.opset_import[0].version = 2**62
    put(folder, model.SerializeToString())


# ---- graphs of allowed operators that take too much, or answer well only for the golden input


def _weights() -> tuple[TensorProto, TensorProto]:
    """Return weights and bias of the tiny bundle."""
    rng = np.random.default_rng(0)
    weights = (0.01 * rng.standard_normal((40, 3))).astype(np.float32)
    return numpy_helper.from_array(weights, "w"), numpy_helper.from_array(np.float32([0.1, 0.0, -0.1]), "b")


def _later(*nodes: onnx.NodeProto, **constants: Any) -> Change:
    """Answer as the tiny bundle does (``right``), with ``t`` 1 where the input is not the golden one, 0 where it is."""

    def change(folder: Path) -> None:
        golden = np.float32([read_card(folder).golden.features])
        named = {"golden": golden, "little": np.float32(1e-3), "one": np.float32(1), "rows": np.int64([1])} | constants
        begun = [
            helper.make_node("Gemm", ["features", "w", "b"], ["right"]),
            helper.make_node("Sub", ["features", "golden"], ["apart"]),
            helper.make_node("Abs", ["apart"], ["distance"]),
            helper.make_node("ReduceMax", ["distance"], ["furthest"], keepdims=0),
            helper.make_node("Greater", ["furthest", "little"], ["other"]),
            helper.make_node("Cast", ["other"], ["t"], to=TensorProto.FLOAT),
            helper.make_node("Sub", ["one", "t"], ["f"]),
            helper.make_node("Cast", ["other"], ["t64"], to=TensorProto.INT64),
        ]
        initializers = [*_weights(), *(numpy_helper.from_array(np.asarray(v), k) for k, v in named.items())]
        put(folder, model_of(graph_of(*begun, *nodes, initializers=initializers)).SerializeToString())

    return change


def _scaled(name: str, rank: int = 1) -> list[onnx.NodeProto]:
    """Return nodes that compute the shape ``1 + t * by``, of the constant ``NAME_by``, so often as it has axes."""
    return [
        helper.make_node("Mul", ["t64", f"{name}_by"], [f"{name}_more"]),
        helper.make_node("Add", [f"{name}_more", "rows"], [f"{name}_one"]),
        helper.make_node("Concat", [f"{name}_one"] * rank, [name], axis=0),
    ]


def _sum_into_logits(name: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("ReduceSum", [name], ["total"], keepdims=0),
        helper.make_node("Mul", ["total", "none"], ["nothing"]),
        helper.make_node("Add", ["right", "nothing"], ["logits"]),
    ]


NONE = np.float32(0)
HOSTILE |= {
    "nan_later": _later(
        helper.make_node("Mul", ["t", "none"], ["zero"]),
        helper.make_node("Div", ["zero", "f"], ["e"]),
        helper.make_node("Add", ["right", "e"], ["logits"]),
        none=NONE,
    ),
    "infinite_later": _later(
        helper.make_node("Div", ["t", "f"], ["e"]), helper.make_node("Add", ["right", "e"], ["logits"])
    ),
    "one_score_infinite_later": _later(
        helper.make_node("Div", ["t", "f"], ["e"]),
        helper.make_node("Mul", ["first", "e"], ["g"]),
        helper.make_node("Max", ["right", "g"], ["logits"]),
        first=np.float32([1e-30, -1, -1]),
    ),
    "more_rows_later": _later(
        helper.make_node("Add", ["t64", "rows"], ["n"]),
        helper.make_node("Concat", ["n", "rows"], ["repeats"], axis=0),
        helper.make_node("Tile", ["right", "repeats"], ["logits"]),
    ),
    "more_scores_later": _later(
        helper.make_node("Add", ["t64", "rows"], ["n"]),
        helper.make_node("Concat", ["rows", "n"], ["repeats"], axis=0),
        helper.make_node("Tile", ["right", "repeats"], ["logits"]),
    ),
    "no_rows_later": _later(
        helper.make_node("Sub", ["rows", "t64"], ["ends"]),
        helper.make_node("Slice", ["right", "start", "ends"], ["logits"]),
        start=np.int64([0]),
    ),
    "fewer_scores_later": _later(
        helper.make_node("Sub", ["three", "t64"], ["ends"]),
        helper.make_node("Slice", ["right", "start", "ends", "rows"], ["logits"]),
        start=np.int64([0]),
        three=np.int64([3]),
    ),
    "memory_later": _later(
        *_scaled("n"),
        helper.make_node("ConstantOfShape", ["n"], ["much"]),
        *_sum_into_logits("much"),
        n_by=np.int64([2**33]),
        none=NONE,
    ),
    "time_later": _later(
        *_scaled("n", rank=2),
        helper.make_node("ConstantOfShape", ["n"], ["m0"]),
        *(helper.make_node("MatMul", [f"m{i}", f"m{i}"], [f"m{i + 1}"]) for i in range(60)),
        *_sum_into_logits("m60"),
        n_by=np.int64([5000]),
        none=NONE,
    ),
}


def _bomb(*nodes: onnx.NodeProto, **constants: Any) -> Change:
    """Compute ``much`` of constants, before anything is asked."""

    def change(folder: Path) -> None:
        named = {"none": NONE} | constants
        initializers = [*_weights(), *(numpy_helper.from_array(np.asarray(v), k) for k, v in named.items())]
        begun = helper.make_node("Gemm", ["features", "w", "b"], ["right"])
        graph = graph_of(begun, *nodes, *_sum_into_logits("much"), initializers=initializers)
        put(folder, model_of(graph).SerializeToString())

    return change


def _node(op: str, *inputs: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(op, list(inputs), ["much"], **attributes)


HOSTILE |= {
    "bomb_constant_of_shape": _bomb(_node("ConstantOfShape", "n"), n=np.int64([2**36])),
    "bomb_constant_of_shape_overflow": _bomb(_node("ConstantOfShape", "n"), n=np.int64([2**40, 2**40])),
    "bomb_expand": _bomb(_node("Expand", "right", "n"), n=np.int64([2**33, 1, 3])),
    "bomb_tile": _bomb(_node("Tile", "right", "n"), n=np.int64([2**17, 2**17])),
    "bomb_range": _bomb(_node("Range", "none", "most", "step"), most=np.float32(1e12), step=np.float32(1)),
    "bomb_pad": _bomb(_node("Pad", "right", "n"), n=np.int64([0, 0, 2**35, 0])),
    "bomb_resize": _bomb(_node("Resize", "right", "", "n"), n=np.float32([1e5, 1e6])),
    "bomb_one_hot": _bomb(
        _node("OneHot", "i", "n", "values"), i=np.int64([1]), n=np.int64(2**36), values=np.float32([0, 1])
    ),
    "slow_products": _bomb(
        helper.make_node("ConstantOfShape", ["n"], ["m0"]),
        *(helper.make_node("MatMul", [f"m{i}", f"m{i}"], [f"m{i + 1}"]) for i in range(60)),
        helper.make_node("Identity", ["m60"], ["much"]),
        n=np.int64([5000, 5000]),
    ),
}


@hostile("dims_that_lie")
def _(folder: Path) -> None:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2**40, 3], raw_data=bytes(8))
    put(folder, model_of(graph_of(PRODUCT, initializers=[tensor])).SerializeToString())


@hostile("forest_that_turns_in_a_circle")
def _(folder: Path) -> None:
    node = helper.make_node("TreeEnsembleRegressor", ["features"], ["logits"], domain="ai.onnx.ml", n_targets=3)
    attributes = {
        "nodes_treeids": [0, 0, 0],
        "nodes_nodeids": [0, 1, 2],
        "nodes_featureids": [0, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF"],
        "nodes_values": [1e30, 1e30, 0.0],
        "nodes_truenodeids": [1, 0, 0],
        "nodes_falsenodeids": [2, 2, 0],
        "nodes_hitrates": [1.0, 1.0, 1.0],
        "target_treeids": [0],
        "target_nodeids": [2],
        "target_ids": [0],
        "target_weights": [1.0],
    }
    node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
    put(folder, model_of(graph_of(node), "ai.onnx.ml").SerializeToString())


@hostile("scores_that_are_text")
def _(folder: Path) -> None:
    nodes = [
        helper.make_node("Gemm", ["features", "w", "b"], ["right"]),
        helper.make_node("Cast", ["right"], ["logits"], to=TensorProto.STRING),
    ]
    graph = graph_of(*nodes, initializers=list(_weights()))
    graph.output[0].type.tensor_type.elem_type = TensorProto.STRING
    put(folder, model_of(graph).SerializeToString())


# ---- bytes that are no graph

for _name, _made in {
    "no_graph": lambda _: b"",
    "pickle": lambda _: b"\x80\x04K\x01.",
    "truncated": lambda model: model[:-20],
    "group": lambda model: model + b"\x0b\x0c",
    "unknown_field": lambda model: model + field(99, b"x"),
    "reserved_number": lambda model: model + field(19_500, b"x"),
    "number_beyond_29_bits": lambda model: model + field(0, b"x", bytes([0xFA, 0xFF, 0xFF, 0xFF, 0x1F])),
    "varint_of_eleven_bytes": lambda model: model + b"\x28" + b"\x80" * 10 + b"\x01",
    "length_without_end": lambda model: model + b"\x12" + b"\xff\xff\xff\xff\x0f",
}.items():
    HOSTILE[f"bytes_{_name}"] = lambda folder, made=_made: put(folder, made((folder / MODEL_FILE).read_bytes()))


@hostile("bytes_nested")
def _(folder: Path) -> None:
    body = b""
    for _ in range(5_000):
        body = field(1, field(5, field(6, body)))
    put(folder, field(7, body))


# ---- cards

for _name, _changes in {
    "name_leads_away": {"name": "../../x"},
    "name_with_a_line_end": {"name": "a\r\nSet-Cookie: b=c"},
    "name_with_nul": {"name": "a\x00b"},
    "name_is_long": {"name": "a" * 10_000},
    "name_is_empty": {"name": ""},
    "name_with_an_at": {"name": "default@3.0.0"},
    "version_with_a_line_end": {"version": "1\n2"},
    "version_leads_away": {"version": "1/../../2"},
    "title_of_3_mb": {"title": "a" * 3_000_000},
    "title_paints_the_terminal": {"title": "\x1b[2J\x1b]0;owned\x07"},
    "title_turns_round": {"title": "\u202egnp.exe"},
    "created_is_no_day": {"created": "<script>"},
    "licence_with_control": {"licence": "MIT\x9b31m"},
    "limits_of_1_mb": {"limits": "b" * 1_000_000},
    "labels_unknown": {"labels": ["<img>", "happy", "angry"]},
    "labels_many": {"labels": ["happy"] * 100_000},
    "rate_is_huge": {"rate_hz": 10**300},
    "network_nested": {"network": {"name": "a", "parameters": {"a": [[[[1]]]]}}},
    "network_text": {"network": {"name": "a", "parameters": {"a": "\x00"}}},
    "files_many": {"files": {f"f{i}": {"sha256": "0" * 64, "bytes": 1} for i in range(10_000)}},
    "files_lead_away": {"files": {f"../{CANARY}": {"sha256": "0" * 64, "bytes": 160}}},
    "unknown_key": {"a\r\nb" * 1000: 1},
}.items():
    HOSTILE[f"card_{_name}"] = lambda folder, changes=_changes: edit(folder, **changes)

for _name, (_part, _changes) in {
    "threshold_nan": ("calibration", {"threshold": float("nan")}),
    "threshold_negative": ("calibration", {"threshold": -1.0}),
    "temperature_tiny": ("calibration", {"temperature": 1e-300}),
    "temperature_infinite": ("calibration", {"temperature": float("inf")}),
    "seed_of_4000_digits": ("training", {"seed": 10**4000}),
    "corpora_with_control": ("training", {"corpora": ["a\x07"]}),
    "golden_infinite": ("golden", {"logits": [float("inf")] * 3}),
    "golden_empty": ("golden", {"features": [], "logits": []}),
    "features_huge": ("features", {"set": "logmel", "parameters": {"n_mels": 10**18}}),
    "features_text": ("features", {"set": "x\x1b" * 1000}),
}.items():
    HOSTILE[f"card_{_name}"] = lambda folder, part=_part, changes=_changes: edit_part(folder, part, **changes)


def _card_text(text: bytes) -> Change:
    return lambda folder: (folder / CARD_FILE).write_bytes(text) and None


HOSTILE |= {
    "card_of_brackets": _card_text(b"[" * 1_000_000),
    "card_of_lists": _card_text(b"[" + b"[]," * 1_000_000 + b"[]]"),
    "card_not_utf8": _card_text(b'{"format": 1, "name": "\xff\xfe"}'),
    "card_with_half_a_character": lambda folder: edit(folder, title="\ud800"),
    "card_with_1e999": lambda folder: (
        (folder / CARD_FILE).write_text(
            (folder / CARD_FILE).read_text().replace('"threshold": 0.4', '"threshold": 1e999')
        )
        and None
    ),
}


@hostile("card_of_5_mb")
def _(folder: Path) -> None:
    os.truncate(folder / CARD_FILE, 5_000_000)


@hostile("link_to_the_canary")
def _(folder: Path) -> None:
    (folder / MODEL_FILE).unlink()
    (folder / MODEL_FILE).symlink_to(folder.parent / CANARY)
    content = (folder.parent / CANARY).read_bytes()
    edit(folder, files={MODEL_FILE: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}})


@hostile("link_in_place_of_the_card")
def _(folder: Path) -> None:
    (folder / CARD_FILE).unlink()
    (folder / CARD_FILE).symlink_to(folder.parent / CANARY)


@hostile("pipe_in_place_of_the_graph")
def _(folder: Path) -> None:
    (folder / MODEL_FILE).unlink()
    os.mkfifo(folder / MODEL_FILE)
