"""Names that are spelled otherwise on the disk: Unicode forms, case, and what stays in doubt."""

from __future__ import annotations

from pathlib import Path, PurePath
from unicodedata import normalize

import pytest

from sentisound.corpora.file_names import FileNames

FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@pytest.mark.parametrize("stored", FORMS)
@pytest.mark.parametrize("asked", FORMS)
def test_a_name_is_found_in_any_form_also_of_its_folders(stored: str, asked: str, tmp_path: Path):
    name = "Größe が/Zoë ﬁn Ａ.wav"
    path = tmp_path / normalize(stored, name)
    path.parent.mkdir()
    path.touch()
    assert FileNames(tmp_path).find(PurePath(normalize(asked, name))) == [path]


def test_an_exact_name_goes_before_one_that_is_alike(tmp_path: Path):
    for form in ("NFC", "NFD"):
        (tmp_path / normalize(form, "Zoë.wav")).touch()
    names = FileNames(tmp_path)
    for form in ("NFC", "NFD"):
        assert names.find(PurePath(normalize(form, "Zoë.wav"))) == [tmp_path / normalize(form, "Zoë.wav")]


def test_case_does_not_matter_where_only_one_file_is_meant(tmp_path: Path):
    (tmp_path / "Anna").mkdir()
    (tmp_path / "Anna" / "Sad.WAV").touch()
    assert FileNames(tmp_path).find(PurePath("anna/sad.wav")) == [tmp_path / "Anna" / "Sad.WAV"]
    (tmp_path / "Anna" / "SAD.wav").touch()
    assert len(FileNames(tmp_path).find(PurePath("anna/sad.wav"))) == 2


def test_a_folder_that_is_there_in_two_forms_is_looked_into_twice(tmp_path: Path):
    for form, file in (("NFC", "a.wav"), ("NFD", "b.wav")):
        folder = tmp_path / normalize(form, "Zoë")
        folder.mkdir()
        (folder / file).touch()
    found = FileNames(tmp_path).find(PurePath(normalize("NFC", "Zoë/b.wav")))
    assert found == [tmp_path / normalize("NFD", "Zoë") / "b.wav"]


def test_steps_upwards_and_whole_paths_are_followed(tmp_path: Path):
    (tmp_path / "tables").mkdir()
    (tmp_path / normalize("NFD", "Zoë.wav")).touch()
    names = FileNames(tmp_path / "tables")
    (above,) = names.find(PurePath("../Zoë.wav"))
    assert above.samefile(tmp_path / normalize("NFD", "Zoë.wav"))
    assert names.find(PurePath(tmp_path / "Zoë.wav")) == [tmp_path / normalize("NFD", "Zoë.wav")]


def test_what_is_not_there_is_not_found(tmp_path: Path):
    (tmp_path / "folder.wav").mkdir()
    assert FileNames(tmp_path).find(PurePath("folder.wav")) == []
    assert FileNames(tmp_path / "gone").find(PurePath("a.wav")) == []
