"""Two hundred hostile sound files in one process: each is sound or an error of sound, and the process stays small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hostile_media import CASES, LONG

MAX_RESIDENT_MB = 400
SCRIPT = """
import io, json, re, sys, time
from pathlib import Path
from sentisound.audio.decode import Limits, decode, promised_s
from sentisound.errors import AudioError
limits, answers = Limits(max_duration_s=60), {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    start, content = time.monotonic(), path.read_bytes()
    promised_s(io.BytesIO(content))
    try:
        answer = f"{decode(content, limits=limits).duration_s:.2f} s"
    except AudioError as error:
        answer = f"{type(error).__name__}: {error}"
    answers[path.name] = (answer, time.monotonic() - start)
peak_kb = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(json.dumps([int(peak_kb), answers]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_each_is_sound_or_an_error_of_sound(tmp_path: Path) -> None:
    names = [name for name in CASES if name not in LONG]
    for number, name in enumerate(names):
        (tmp_path / f"{number:03}").write_bytes(CASES[name]())
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    peak_kb, answers = json.loads(run.stdout)
    assert len(answers) == len(names) >= 200
    assert peak_kb < 1000 * MAX_RESIDENT_MB
    slow = {names[int(number)]: took_s for number, (_, took_s) in answers.items() if took_s > 20}
    assert not slow
    assert all(len(answer) > 5 for answer, _ in answers.values())
