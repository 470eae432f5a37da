"""From the names of a checkpoint's outputs to ours."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sentisound.emotions import EMOTIONS, canonical
from sentisound.errors import CheckpointInvalid, UnknownEmotion

PLACEHOLDER = re.compile(r"label_\d+|\d+", re.IGNORECASE)
"""What a checkpoint calls its outputs when nobody named them."""


def emotion_labels(outputs: Sequence[str], given: Sequence[str] = ()) -> list[str]:
    """Return the emotion of each output.

    Parameters
    ----------
    outputs
        The names in config.json, in the order of the outputs; any alias of an emotion is understood.
    given
        Names to take instead, in the same order; none to take ``outputs``.

    Raises
    ------
    CheckpointInvalid
        When an output is no emotion that we have, two are the same one, or ``given`` are not as many as the outputs.
    """
    if given and len(given) != len(outputs):
        raise CheckpointInvalid(
            f"{len(given)} labels were given for {len(outputs)} outputs ({', '.join(map(repr, outputs))})"
        )
    labels = [_emotion(name) for name in given or outputs]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise CheckpointInvalid(f"more than one output is {' and '.join(twice)}; each needs an emotion of its own")
    return labels


def _emotion(name: str) -> str:
    if PLACEHOLDER.fullmatch(name.strip()):
        raise CheckpointInvalid(
            f"config.json calls an output {name!r}, which says no emotion: name all of them in order, as the model's "
            "page does, with --labels angry,happy,neutral,sad"
        )
    try:
        return canonical(name)
    except UnknownEmotion:
        raise CheckpointInvalid(
            f"the output {name!r} has no counterpart here; the labels are {', '.join(EMOTIONS)}. If it is one of them "
            "by another name, name all outputs in order with --labels"
        ) from None
