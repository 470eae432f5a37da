"""Tables in ten encodings, names in three Unicode forms, every optional column broken: no clip is lost."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "tables.py"


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory):
    """Return every case of the benchmark."""
    spec = importlib.util.spec_from_file_location("tables_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return list(module.cases(tmp_path_factory.mktemp("tables")))


def test_every_clip_of_every_table_is_used(cases):
    assert len(cases) == 10 * 3 * 9
    lost = [(case.encoding, case.form, case.broken, case.read.problems) for case in cases if case.used != 4]
    assert lost == []


def test_no_table_is_read_in_silence_where_something_was_done(cases):
    for case in cases:
        notes = " ".join(case.read.notes)
        assert ("read as" in notes) == (not case.encoding.startswith("utf-8"))
        assert "a guess" not in notes, "the files tell the encoding"
        assert ("'diverse' (1 row)" in notes) == (case.broken == "sex")
        assert ("'English' (1 row)" in notes) == (case.broken == "language")
        assert ("columns that are not used: age" in notes) == (case.broken == "age")
        assert ("no column speaker" in notes) == (case.broken == "columns left out")


def test_names_stored_decomposed_are_told_where_they_differ(cases):
    respelled = {case.encoding for case in cases if any("spelled otherwise" in note for note in case.read.notes)}
    assert "gb18030" not in respelled, "Chinese characters do not decompose"
    assert {"cp1250", "cp1252", "cp932", "cp949"} <= respelled
