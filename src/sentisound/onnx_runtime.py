"""onnxruntime, imported here for all who compute with it: by whatever way it is reached, it reports nothing.

The package has turned reporting off when it was imported; a program may have changed the environment since, or have
imported onnxruntime before us. What can still be turned off then is.
"""

from __future__ import annotations

from sentisound.telemetry import switch_off

switch_off()

import onnxruntime as onnxruntime  # noqa: E402 - it looks at the environment while it is imported

onnxruntime.disable_telemetry_events()
