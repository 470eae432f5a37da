"""Imported by the process that the workers are forked from: what each would build for itself is then in memory once.

Reading a card builds its validator and a model's description: 8 MB for each worker, and some of the time that it takes
to begin.
"""

from __future__ import annotations

import gc
from contextlib import suppress

from sentisound.bundle import read_card
from sentisound.errors import SentiSoundError
from sentisound.insight import album
from sentisound.recognition.registry import find

with suppress(SentiSoundError):  # whoever uses this model is told
    read_card(find("default"))
with suppress(ImportError, SentiSoundError):  # not installed, or no folder: whoever wants a picture is told
    import sentisound.plotting  # noqa: F401
album.prepare()
gc.collect()
gc.freeze()
