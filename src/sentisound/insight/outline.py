"""The outline of an exhibit's sound as JSON, for a page that draws it itself."""

from __future__ import annotations

import json
from base64 import b64encode

from sentisound.audio.peaks import outline
from sentisound.insight.exhibit import Exhibit

BANDS = 64


def outline_json(columns: int, exhibit: Exhibit) -> bytes:
    """Return the outline of an exhibit's sound, with at most ``columns`` columns.

    Raises
    ------
    SoundNotKept
        When the sound is no longer at hand.
    """
    found = outline(exhibit.sound, columns, BANDS)
    facts = {
        "duration": round(found.duration_s, 3),
        "low": [round(float(value), 3) for value in found.low],
        "high": [round(float(value), 3) for value in found.high],
        "bands": BANDS,
        "top_hz": found.top_hz,
        "spectrum": b64encode(found.spectrum.tobytes()).decode(),
    }
    return json.dumps(facts, separators=(",", ":")).encode()
