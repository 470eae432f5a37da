"""The card of an imported model: it says what is known of it, and that the rest is not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sentisound.audio.waveform import RATE_HZ
from sentisound.card import Calibration, Card, Golden, Training
from sentisound.card_fields import plain
from sentisound.errors import CheckpointInvalid
from sentisound.learning.importing.checkpoint import Checkpoint

UNKNOWN = "unknown"
UNKNOWN_LICENCE = "unknown: see the model's page"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

NOT_CALIBRATED = Calibration(temperature=1.0, threshold=0.0, selective_risk=1.0, fitted_on="not calibrated")
"""Probabilities are the network's own, and it never abstains."""

INTENDED_USE = "As its authors state; SentiSound has neither trained nor measured it."
LIMITS = (
    "Imported: the figures its authors publish may be for speakers it was trained on. Its probabilities are not "
    "calibrated and it answers always, also where it is not sure. It hears how something sounds, not what a person "
    "feels. Not for medical use, lie detection, or decisions about people."
)


def check_name(wanted: str) -> None:
    """Refuse a name that no model can have.

    Raises
    ------
    CheckpointInvalid
    """
    if not NAME.fullmatch(wanted):
        raise CheckpointInvalid(
            f"a model's name has a-z, 0-9, '.', '_' and '-', and at most 64 of them, not {wanted!r}"
        )


def name_from(found: str) -> str:
    """Return a name that can be one from whatever a folder or repository is called."""
    return re.sub(r"[^a-z0-9]+", "-", found.lower()).strip("-")[:64].rstrip("-") or "imported"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is known of an imported model beside its documents."""

    name: str
    origin: str
    """Where the checkpoint comes from."""
    made_with: str
    """The library that read it, with its version."""
    licence: str
    """Empty where nobody states one."""
    note: str
    """What else its limits have to say; empty for nothing."""


def imported_card(checkpoint: Checkpoint, known: Provenance, golden: Golden) -> Card:
    """Return the card of an imported model, with the golden input and output of its graph."""
    return Card(
        format=1,
        name=known.name,
        version="1.0.0",
        title=f"{known.name}, imported",
        created=datetime.now(UTC).date().isoformat(),
        labels=checkpoint.labels,
        rate_hz=RATE_HZ,
        features=checkpoint.features,
        calibration=NOT_CALIBRATED,
        training=Training(
            corpora=[UNKNOWN],
            languages=[UNKNOWN],
            speakers=0,
            clips=0,
            model=f"{checkpoint.architecture.model} ({known.made_with})",
            scaler="none",
            recipe=plain(f"imported from {known.origin}"),
            seed=0,
        ),
        licence=plain(known.licence) or UNKNOWN_LICENCE,
        intended_use=INTENDED_USE,
        limits=plain(f"{LIMITS} {known.note}".strip()),
        metrics=[],
        golden=golden,
        files={},
    )
