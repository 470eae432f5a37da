"""Other people's libraries are told to report nothing, before the first of them is loaded.

onnxruntime (1.32) otherwise makes a device identifier and a queue of events for its maker in the user's cache folder as
soon as it is imported, and the libraries of the Hugging Face Hub tell it what they run on. The package calls
``switch_off`` when it is imported itself, so that no module of it, and no process that it starts, comes first.
"""

from __future__ import annotations

import os

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_XET_TELEMETRY_ENABLED": "0",
    "DO_NOT_TRACK": "1",
}
"""Environment variables, and what turns reporting off; the last one is for whoever heeds it."""


def switch_off() -> None:
    """Turn reporting off in this process and in those that it starts, whatever was set before."""
    os.environ.update(SWITCHES)
