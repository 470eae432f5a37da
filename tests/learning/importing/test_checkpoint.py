"""Checkpoints that are not what they should be: each is refused with what is wrong, and none runs its own code."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from checkpoints import silent
from sentisound.errors import CheckpointInvalid
from sentisound.learning.importing.architectures import ARCHITECTURES
from sentisound.learning.importing.checkpoint import read_checkpoint
from sentisound.learning.importing.documents import read_licence
from sentisound.learning.importing.importer import ImportOptions, import_checkpoint


def refusal(folder: Path, **options) -> str:
    """Return why an import is refused; nothing may be left behind."""
    out = folder.parent / "out"
    with pytest.raises(CheckpointInvalid) as raised:
        import_checkpoint(f"hf:{folder}", out, ImportOptions(**options), silent)
    assert not out.exists()
    assert "\x1b" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("missing", ["config.json", "preprocessor_config.json"])
def test_a_folder_without_a_document(missing: str, changed):
    folder = changed()
    (folder / missing).unlink()
    assert f"there is no {missing} in 'checkpoint'" in refusal(folder)


def test_a_document_that_is_no_json_or_not_of_its_form(changed):
    folder = changed()
    (folder / "config.json").write_text("{")
    assert refusal(folder).startswith("config.json: 'the document': Invalid JSON")
    (folder / "config.json").write_text('{"architectures": "Wav2Vec2ForSequenceClassification"}')
    assert refusal(folder).startswith("config.json: 'architectures': Input should be a valid array")
    (folder / "config.json").write_bytes(b" " * 2_000_001)
    assert "at most 2000000 are read" in refusal(folder)


@pytest.mark.parametrize("names", [["Wav2Vec2ForCTC"], ["\x1b[2J../evil"], [], None, ["os.system"]])
def test_another_architecture_is_told_the_ones_supported(names, changed):
    said = refusal(changed(architectures=names))
    assert all(name in said for name in ARCHITECTURES)


@pytest.mark.parametrize("problem", ["regression", "multi_label_classification"])
def test_a_head_that_does_not_classify(problem: str, changed):
    assert problem in refusal(changed(problem_type=problem))


def test_a_single_output_is_a_regression(changed):
    assert "one output (a regression)" in refusal(changed(id2label={"0": "arousal"}))


def test_a_number_of_outputs_without_names_takes_as_many_labels(changed, tmp_path: Path):
    folder = changed(id2label=None, num_labels=4)
    options = ImportOptions(labels=("ang", "hap", "neu", "sad"))
    assert import_checkpoint(f"hf:{folder}", tmp_path / "named", options, silent).card.labels[1] == "happy"
    assert "3 labels were given for 4 outputs" in refusal(folder, labels=("ang", "hap", "neu"))
    assert "one output" in refusal(changed(id2label=None, num_labels=1))


def test_outputs_must_be_numbered(changed):
    assert "from 0 on" in refusal(changed(id2label={"1": "angry", "2": "sad"}))
    assert "id2label" in refusal(changed(id2label={"x": "angry"}))


def test_unnamed_outputs_ask_for_labels_and_wrong_ones_list_ours(changed):
    assert "--labels" in refusal(changed(id2label=None))
    assert "boredom" not in refusal(changed(id2label={"0": "angry", "1": "\x1b[2Jcontempt"}))


def test_labels_must_be_as_many_as_the_classifier_has_outputs(changed):
    """id2label of three names over a classifier of four outputs."""
    said = refusal(changed(id2label={"0": "angry", "1": "sad", "2": "happy"}))
    assert "model.safetensors does not fit config.json" in said


@pytest.mark.parametrize(
    ("name", "entries", "said"),
    [
        ("wav2vec2", {"sampling_rate": 8000}, "8000 Hz; only 16000 Hz"),
        ("wav2vec2", {"feature_extractor_type": "WhisperFeatureExtractor"}, "takes a Wav2Vec2FeatureExtractor"),
        ("wav2vec2", {"feature_size": 2}, "2 values a sample"),
        ("wav2vec2", {"do_normalize": "perhaps"}, "do_normalize"),
        ("whisper", {"feature_size": 64}, "64 mel bands"),
        ("whisper", {"chunk_length": 10}, "seconds"),
        ("whisper", {"hop_length": 100}, "hop"),
        ("whisper", {"sampling_rate": 48_000}, "48000 Hz"),
    ],
)
def test_preprocessing_that_is_not_ours(name: str, entries: dict, said: str, changed):
    assert said in refusal(changed("preprocessor_config.json", name, **entries))


def test_bands_that_the_network_does_not_take(changed):
    assert "exported" in refusal(changed("preprocessor_config.json", "whisper", feature_size=128))


def test_what_an_old_extractor_leaves_out_has_its_default(changed):
    folder = changed("preprocessor_config.json", feature_extractor_type=None, do_normalize=None, feature_size=None)
    assert read_checkpoint(folder).features.parameters == {"normalise": True}


def test_pickled_weights_are_not_read(changed):
    folder = changed()
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    said = refusal(folder)
    assert "can run code when they are read" in said
    assert "save_pretrained" in said


@pytest.mark.parametrize("damage", ["empty", "cut", "header", "huge header"])
def test_weights_that_are_not_whole(damage: str, changed):
    path = changed() / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": content[:-100],
            "header": content[:50],
            "huge header": struct.pack("<Q", 2**60) + content[8:],
        }[damage]
    )
    assert "model.safetensors cannot be read; fetch it again" in refusal(path.parent)


def test_an_encoder_without_a_trained_classifier(changed):
    folder = changed()
    weights = load_file(folder / "model.safetensors")
    weights["other.weight"] = weights.pop("classifier.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert "has no 'classifier.weight'" in refusal(folder)


def test_weights_that_only_training_uses_may_be_missing(changed, tmp_path: Path):
    folder = changed()
    weights = load_file(folder / "model.safetensors")
    del weights["wav2vec2.masked_spec_embed"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert import_checkpoint(f"hf:{folder}", tmp_path / "out", ImportOptions(), silent).card.name == "checkpoint"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"hidden_size": 4000}, "config.json asks for"),
        ({"num_hidden_layers": 10**9}, "at most 100 are built"),
        ({"hidden_size": "16"}, "config.json does not describe this architecture"),
        ({"num_attention_heads": 5}, "config.json does not describe this architecture"),
        ({"hidden_act": "__import__('os').abort()"}, "config.json does not describe this architecture"),
        ({"intermediate_size": 8}, "does not fit config.json"),
    ],
)
def test_a_configuration_that_is_not_that_of_the_weights(entries: dict, said: str, changed):
    assert said in refusal(changed(**entries), int8=True)


def test_what_could_bring_code_is_not_followed(changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each of these entries makes ``from_pretrained`` of a folder load code, or fetch a file, from elsewhere."""
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was asked"))
    folder = changed(
        auto_map={"AutoModelForAudioClassification": "evil.Model"},
        quantization_config={"quant_method": "evil"},
        attn_implementation="evil/kernels",
        _attn_implementation="evil/kernels",
        _name_or_path="../../evil",
        return_dict=False,
        dtype="float16",
    )
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "evil/base"}))
    bundle = import_checkpoint(f"hf:{folder}", tmp_path / "out", ImportOptions(), silent)
    assert not (tmp_path / "ran").exists()
    assert b"evil" not in bundle.model


def test_weights_of_half_precision_and_of_older_libraries(changed, tmp_path: Path, imported):
    """Weights named as transformers 4 saved them, in float16: the same network to within the rounding."""
    folder = changed(dtype="float16")
    parts = {".parametrizations.weight.original0": ".weight_g", ".parametrizations.weight.original1": ".weight_v"}
    old = {}
    for name, values in load_file(folder / "model.safetensors").items():
        part = next((part for part in parts if name.endswith(part)), "")
        old[name.removesuffix(part) + parts.get(part, "")] = values.half()
    assert sum(name.endswith(("weight_g", "weight_v")) for name in old) == 2
    save_file(old, folder / "model.safetensors", metadata={"format": "pt"})
    found = import_checkpoint(f"hf:{folder}", tmp_path / "out", ImportOptions(), silent).card.golden.logits
    assert found == pytest.approx(imported("wav2vec2").card.golden.logits, abs=0.05)
    assert found != imported("wav2vec2").card.golden.logits


@pytest.mark.parametrize(
    ("readme", "licence"),
    [
        ("---\nlicense: apache-2.0\n---\n", "apache-2.0"),
        ("---\ntags: [audio]\nlicense: 'mit'\n---\n", "mit"),
        ("---\nlicense: other\nlicense_name: research-only\n---\n", "research-only"),
        ("---\nlicense: other\n---\n", "other"),
        ("---\nlicense: [mit, gpl]\n---\n", ""),
        ("---\nlicense: \x1b[2Jmit\n---\n", ""),
        ("license: mit\n", ""),
        ("", ""),
    ],
)
def test_the_licence_in_a_readme(readme: str, licence: str, tmp_path: Path):
    (tmp_path / "README.md").write_text(readme)
    assert read_licence(tmp_path) == licence
