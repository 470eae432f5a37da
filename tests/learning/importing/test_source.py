"""Where checkpoints come from: folders first, then the Hub, of which a fake stands in; no test fetches anything."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace

import pytest

from checkpoints import silent
from sentisound.errors import CheckpointInvalid
from sentisound.learning.importing import source as room
from sentisound.learning.importing.importer import ImportOptions, import_checkpoint
from sentisound.learning.importing.source import Folder, Repository, source

COMMIT = "0123abc"


@pytest.fixture
def hub(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Put a Hub in place that holds the checkpoint ``someone/Wav2Vec2_ER`` and notes what is fetched."""
    state = SimpleNamespace(held=checkpoints / "wav2vec2", fetched=[], hidden=set())

    def snapshot_download(repository: str, revision: str, allow_patterns: list[str]) -> str:
        assert (repository, revision) == ("someone/Wav2Vec2_ER", COMMIT)
        for path in state.held.iterdir():
            if path.name not in state.hidden and any(fnmatch(path.name, pattern) for pattern in allow_patterns):
                state.fetched.append(path.name)
                (tmp_path / path.name).write_bytes(path.read_bytes())
        return str(tmp_path)

    def model_info(repository: str) -> SimpleNamespace:
        if repository != "someone/Wav2Vec2_ER":
            raise OSError(f"404 Client Error. \x1b[2J\nRepository Not Found for {repository}")
        return SimpleNamespace(sha=COMMIT)

    fake = SimpleNamespace(snapshot_download=snapshot_download, HfApi=lambda: SimpleNamespace(model_info=model_info))
    monkeypatch.setattr(room, "huggingface_hub", fake)
    return state


@pytest.mark.parametrize("place", ["./somewhere", "owner/name", "https://example.org/x", ""])
def test_a_place_begins_with_hf(place: str):
    with pytest.raises(CheckpointInvalid, match="hf:FOLDER or hf:OWNER/NAME"):
        source(place)


@pytest.mark.parametrize("named", ["", "nothing", "./no/folder", "../up/down", "a/b/c", "own er/name", "owner/.."])
@pytest.mark.usefixtures("hub")
def test_what_is_neither_a_folder_nor_a_repository(named: str):
    with pytest.raises(CheckpointInvalid, match="there is no folder"):
        source(f"hf:{named}")


def test_a_folder_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: SimpleNamespace):
    monkeypatch.chdir(tmp_path)
    Path("someone/Wav2Vec2_ER").mkdir(parents=True)
    found = source("hf:someone/Wav2Vec2_ER")
    assert isinstance(found, Folder)
    assert (found.name, found.origin) == ("Wav2Vec2_ER", "the folder Wav2Vec2_ER")
    assert not hub.fetched


def test_a_path_is_not_told(tmp_path: Path):
    assert str(tmp_path) not in source(f"hf:{tmp_path}").origin


@pytest.mark.usefixtures("hub")
def test_a_repository_is_taken_at_one_commit():
    found = source("hf:someone/Wav2Vec2_ER")
    assert found == Repository("someone/Wav2Vec2_ER", COMMIT)
    assert found.origin == f"hf:someone/Wav2Vec2_ER at {COMMIT}"


def test_a_repository_is_imported(hub: SimpleNamespace, tmp_path: Path):
    card = import_checkpoint("hf:someone/Wav2Vec2_ER", tmp_path / "out", ImportOptions(), silent).card
    assert card.id == "wav2vec2-er@1.0.0"
    assert card.training.recipe == f"imported from hf:someone/Wav2Vec2_ER at {COMMIT}"
    assert sorted(hub.fetched) == ["config.json", "model.safetensors", "preprocessor_config.json"]


def test_weights_are_not_fetched_of_what_cannot_be_imported(hub: SimpleNamespace, tmp_path: Path):
    options = ImportOptions(labels=("happy", "sad"))
    with pytest.raises(CheckpointInvalid, match="2 labels were given for 4 outputs"):
        import_checkpoint("hf:someone/Wav2Vec2_ER", tmp_path / "out", options, silent)
    assert "model.safetensors" not in hub.fetched


def test_a_repository_without_safetensors(hub: SimpleNamespace):
    hub.hidden.add("model.safetensors")
    with pytest.raises(CheckpointInvalid, match="Pickled weights"):
        source("hf:someone/Wav2Vec2_ER").weights()


@pytest.mark.usefixtures("hub")
def test_a_repository_that_is_not_there_is_told_in_one_clean_line():
    with pytest.raises(CheckpointInvalid, match="someone/else could not be fetched") as refusal:
        source("hf:someone/else")
    assert "404" in str(refusal.value)
    assert not {"\x1b", "\n"} & set(str(refusal.value))
