"""Import: from ``hf:FOLDER`` or ``hf:OWNER/NAME`` to a bundle, in the order that fails early."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import transformers

from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import CARD_FILE, MAX_MODEL_BYTES, Bundle, golden_waveform, write_bundle
from sentisound.card import Golden
from sentisound.errors import CheckpointInvalid
from sentisound.features.sets import FeatureSet, feature_set
from sentisound.learning.dataset import Progress
from sentisound.learning.export_network import session_of
from sentisound.learning.importing.card import Provenance, check_name, imported_card, name_from
from sentisound.learning.importing.checkpoint import Checkpoint, read_checkpoint
from sentisound.learning.importing.graph import check_parity, encoder_to_onnx, generated
from sentisound.learning.importing.network import load_network, parameter_count
from sentisound.learning.importing.source import Source, source
from sentisound.learning.quantise import quantisation_loss, quantise

FLOAT_BYTES, INT8_BYTES = 4, 1


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user says of a checkpoint; empty where its own documents are to be believed."""

    name: str = ""
    labels: tuple[str, ...] = ()
    """The outputs' emotions, in order."""
    licence: str = ""
    int8: bool = False
    """Quantise the graph to 8 bits: a quarter of the bytes, for a loss that the card then states."""
    replace: bool = False
    """Replace a bundle that is already there."""


@dataclass(frozen=True, slots=True)
class _Exported:
    graph: bytes
    note: str
    """What the card has to say of the graph."""


def import_checkpoint(place: str, out: Path, options: ImportOptions, progress: Progress) -> Bundle:
    """Make a bundle of a checkpoint and write it to ``out``.

    Parameters
    ----------
    place
        ``hf:FOLDER``, or ``hf:OWNER/NAME`` to fetch it from the Hugging Face Hub.
    out
        The bundle's folder.
    options
        What the user says.
    progress
        Called with (step, done, total).

    Raises
    ------
    CheckpointInvalid
        When the checkpoint cannot be imported; the message says why and what to do.
    BundleInvalid
        When the exported graph does not compute what the checkpoint does.
    """
    _check_place(out, options.replace)
    if options.name:
        check_name(options.name)
    found = source(place)
    progress("documents", 0, 1)
    checkpoint = read_checkpoint(found.documents(), options.labels)
    _check_size(checkpoint, options.int8)
    progress("documents", 1, 1)
    features = feature_set(checkpoint.features.set, checkpoint.features.parameters)
    exported = _exported(checkpoint, found, features, options.int8, progress)
    provenance = Provenance(
        name=options.name or name_from(found.name),
        origin=found.origin,
        made_with=f"transformers {transformers.__version__}",
        licence=options.licence or checkpoint.licence,
        note=exported.note,
    )
    return write_bundle(out, imported_card(checkpoint, provenance, _golden(exported.graph, features)), exported.graph)


def _exported(checkpoint: Checkpoint, found: Source, features: FeatureSet, int8: bool, progress: Progress) -> _Exported:
    progress("weights", 0, 1)
    network = load_network(checkpoint, found.weights())
    progress("weights", 1, 1)
    progress("export", 0, 1)
    graph = encoder_to_onnx(network, features)
    progress("export", 1, 1)
    check_parity(graph, network, features, progress)
    return _quantised(graph, features, progress) if int8 else _Exported(graph, "")


def _quantised(graph: bytes, features: FeatureSet, progress: Progress) -> _Exported:
    progress("8 bits", 0, 1)
    smaller = quantise(graph)
    loss = quantisation_loss(graph, smaller, ({"features": batch} for batch in generated(features)))
    progress("8 bits", 1, 1)
    return _Exported(
        smaller,
        f"Quantised to 8 bits: on {loss.clips} generated sounds a logit moved by up to "
        f"{loss.worst_logit_difference:.2g} and {100 * loss.changed_verdicts:.0f} % of the verdicts changed; on real "
        "speech that was not measured.",
    )


def _check_place(out: Path, replace: bool) -> None:
    if out.exists() and not replace:
        raise CheckpointInvalid(f"{str(out)!r} is already there; --force replaces a bundle")
    if out.exists() and any(out.iterdir()) and not (out / CARD_FILE).is_file():
        raise CheckpointInvalid(f"{str(out)!r} is no bundle, and is not replaced")


def _check_size(checkpoint: Checkpoint, int8: bool) -> None:
    n_bytes = (INT8_BYTES if int8 else FLOAT_BYTES) * parameter_count(checkpoint)
    if n_bytes > MAX_MODEL_BYTES:
        advice = "take a smaller encoder" if int8 else "take a smaller encoder, or --int8"
        raise CheckpointInvalid(
            f"its graph would have {n_bytes / 1e6:.0f} MB; at most {MAX_MODEL_BYTES / 1e6:.0f} MB are read: {advice}"
        )


def _golden(graph: bytes, features: FeatureSet) -> Golden:
    heard = features.extract(golden_waveform(RATE_HZ))
    logits = session_of(graph).run(["logits"], {"features": heard[np.newaxis]})[0][0]
    return Golden(heard.ravel().tolist(), logits.tolist())
