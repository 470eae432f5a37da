"""Maps of labels: what they say goes before what is known, and what is wrong in them is told by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentisound.corpora.label_map import LabelMap, read_label_map
from sentisound.errors import BadLabelMap, UnknownEmotion


@pytest.fixture
def read(tmp_path: Path):
    def read(content: str | bytes) -> LabelMap:
        path = tmp_path / "map.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_label_map(path)

    return read


def test_a_map_goes_before_the_names_that_are_known(read):
    labels = read('exc = "happy"\nfru = "unused"\ncalm = "Neutral"\n1 = "ang"\n"怒り" = "angry"\n')
    meanings = [labels.meaning(label) for label in (" EXC", "fru", "calm", "1", "怒り", "sad")]
    assert meanings == ["happy", "unused", "neutral", "angry", "angry", "sad"]
    with pytest.raises(UnknownEmotion):
        labels.meaning("oth")


def test_letters_mean_what_the_map_says(read):
    assert read('W = "angry"\nN = "neutral"\n').meaning("w") == "angry"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("exc: happy", "map.toml is no TOML"),
        ('exc = "excited"', "exc = 'excited' is no emotion; they are neutral, calm, happy"),
        ("exc = 1", "exc is 1, not the name of an emotion in quotes"),
        ('[labels]\nexc = "happy"', r"\[labels\] is a section; a map has none"),
        ('exc = "happy"\nEXC = "sad"', "'EXC' is told twice"),
        ('W = "a"', "W = 'a' is no emotion"),
        ("", "maps no label"),
        (b"\xff\xfe", "not text in UTF-8"),
    ],
)
def test_what_is_wrong_in_a_map_is_told(read, content: str | bytes, words: str):
    with pytest.raises(BadLabelMap, match=words):
        read(content)


def test_a_map_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(BadLabelMap, match="cannot be read: No such file"):
        read_label_map(tmp_path / "none.toml")
