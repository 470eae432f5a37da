"""The house stands as designed: light at start, no cycles, no overgrown files, no traces of where it was built."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sentisound.api.workforce import WORK

SRC = Path(__file__).resolve().parents[2] / "src" / "sentisound"
FILES = sorted(SRC.rglob("*.py"))
HEAVY = ("torch", "transformers", "safetensors", "sklearn", "pandas", "librosa", "matplotlib", "skl2onnx", "numba")
ON_FIRST_USE = ("av", "scipy.signal", "scipy.stats", "rich")


def _loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after running ``code``."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    )


@pytest.mark.parametrize(
    "code",
    [
        "import sentisound; sentisound.load()",
        "import sentisound.cli",
        "import sentisound.api.app",
        "import sentisound.recognition.recognizer, sentisound.service",
    ],
)
def test_the_serve_path_loads_no_training_library(code: str):
    loaded = _loaded_by(code)
    assert not loaded & set(HEAVY)
    assert not {name for name in loaded if name.startswith(("sentisound.learning", "sentisound.corpora"))}


def test_importing_the_package_loads_nothing_but_itself():
    assert not _loaded_by("import sentisound") & {"numpy", "onnxruntime", "pydantic", "soundfile", "scipy"}


def test_a_model_is_opened_without_what_only_some_inputs_need():
    assert not _loaded_by("import sentisound; sentisound.load()") & set(ON_FIRST_USE)


def test_workers_load_what_they_do_and_no_server():
    loaded = _loaded_by("\n".join(f"import {module}" for module in WORK))
    assert {"onnxruntime", "matplotlib.figure", "sentisound.insight.album"} <= loaded
    assert not loaded & {*HEAVY, "fastapi", "sqlalchemy", "uvicorn"} - {"matplotlib"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_every_file_has_a_door_sign_and_one_idea(path: Path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no module docstring"
    assert text.count("\n") <= 400


def test_there_is_no_import_cycle():
    graph = {_module(path): _imports(path) for path in FILES}
    state: dict[str, str] = {}

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert state.get(module) != "open", " -> ".join((*trail, module))
        if module in state:
            return
        state[module] = "open"
        for target in graph.get(module, ()):
            visit(target, (*trail, module))
        state[module] = "done"

    for module in graph:
        visit(module, ())


def test_the_code_says_nothing_of_where_it_was_built():
    traces = re.compile(r"/work/|/root/|/home/\w+/|pypi\.org|TODO|FIXME|NotImplementedError")
    found = [f"{p.relative_to(SRC)}: {m[0]}" for p in FILES for m in traces.finditer(p.read_text(encoding="utf-8"))]
    assert not found


def test_there_is_no_pickle_anywhere():
    for path in FILES:
        names = {name.split(".")[0] for name in _all_imports(path)}
        assert not names & {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}, path


def _module(path: Path) -> str:
    parts = path.relative_to(SRC.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _all_imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def _imports(path: Path) -> set[str]:
    """Return our modules that a file imports at its top level, where a cycle would bite."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sentisound"):
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            known = {name for name in submodules if (SRC.parent / name.replace(".", "/")).with_suffix(".py").exists()}
            found |= known or {node.module}
    return found
