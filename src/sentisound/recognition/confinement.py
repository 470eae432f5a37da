"""Confinement: a process that runs a stranger's graph gives up, for good, what that needs not.

The look into a graph refuses what could reach outside it; this holds where the look, or onnxruntime, is wrong. The
process writes no files and dumps none, works in an empty folder, and on Linux reads nothing but programs' libraries and
the bundle: Landlock (kernel 5.13 or later, https://docs.kernel.org/userspace-api/landlock.html) lets any process limit
itself so. Where there is no Landlock the rest holds.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from contextlib import suppress
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls, of the same numbers on all processors that Python runs on."""
_NO_NEW_PRIVILEGES = 38
_PATH_BENEATH = 1
_ALL_OF_FILES = (1 << 13) - 1
"""Every right over files that the first version of Landlock knows."""
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_DESCRIPTORS = 64

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/sys/devices/system")
_FILES = ("/proc/self/statm", "/proc/meminfo", "/proc/cpuinfo", "/dev/null", "/dev/urandom", "/etc/ld.so.cache")


def confine(bundle: Path, empty: Path) -> None:
    """Confine this process to reading one bundle; it works in the folder ``empty`` from now on.

    Raises
    ------
    OSError
        When the folder is gone.
    """
    bundle = bundle.resolve()
    os.chdir(empty)
    _limit_resources()
    if sys.platform == "linux":
        _landlock([bundle, empty, *_programs()])


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _programs() -> set[Path]:
    """Return where this program's modules and the libraries of the system are: some load with their first use."""
    loaded = (module for name, module in sys.modules.items() if "." not in name)
    files = [(Path(file), hasattr(one, "__path__")) for one in loaded if (file := getattr(one, "__file__", None))]
    return {file.parents[1 if is_package else 0] for file, is_package in files} | set(map(Path, _LIBRARIES))


def _landlock(folders: list[Path]) -> None:
    """Let this process open nothing but to read, and only in these folders; does nothing where the kernel cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    handled = struct.pack("=Q", _ALL_OF_FILES)
    ruleset = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if ruleset < 0:
        return
    try:
        for paths, rights in ((folders, _READ_FILE | _READ_FOLDER), (list(map(Path, _FILES)), _READ_FILE)):
            for path in paths:
                _allow(libc, ruleset, path, rights)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        libc.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    with suppress(OSError):  # a folder that is not here needs no rule
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
        finally:
            os.close(opened)
