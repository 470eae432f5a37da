"""Programs run as in other machines: without a network, without a home, on a disk that cannot be written.

Linux makes such surroundings for one process and its children (namespaces). Where a machine does not let us, the test
is skipped with that reason.
"""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

NO_NETWORK = ("--map-root-user", "--net")
NO_USER = ("--map-user=12345", "--map-group=12345")
"""A user whom no file of the system knows, as containers run with a number of their own."""
READ_ONLY = ("--map-root-user", "--mount")

_ALL_READ_ONLY = """
while read -r _ _ _ _ at _; do mount -o remount,ro,bind "$at" 2>/dev/null || true; done < /proc/self/mountinfo
for at in /tmp /var/tmp "$PWD"; do ! touch "$at/written" 2>/dev/null || exit 99; done
unset TMPDIR TEMP TMP
exec "$@"
"""


def within(*kind: str) -> list[str]:
    """Return what comes before a command that runs in namespaces of this kind."""
    if not _allowed(kind):
        pytest.skip(f"this machine gives no namespace {' '.join(kind)}")
    before = ["unshare", "--user", *kind, "--"]
    return [*before, "sh", "-c", _ALL_READ_ONLY, "sh"] if kind == READ_ONLY else before


@cache
def _allowed(kind: tuple[str, ...]) -> bool:
    try:
        return subprocess.run(["unshare", "--user", *kind, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def homeless(environment: dict[str, str]) -> dict[str, str]:
    """Return an environment without what names the user's folders."""
    named = {"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"}
    return {name: value for name, value in environment.items() if name not in named}
