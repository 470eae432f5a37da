"""What can be decoded without the extra ``codecs``, and so without the GPL parts of its wheels, is."""

from __future__ import annotations

import io
import sys

import pytest

from sentisound.audio.decode import decode
from sentisound.audio.sniff import MP3, Kind, sniff
from sentisound.errors import MissingCodec

FREE = ("wav16", "rf64", "w64", "aiff", "au", "caf", "flac", "vorbis", "opus", "mp3")


@pytest.mark.parametrize("name", FREE)
def test_it_is_decoded_by_libsndfile(name: str, encoded, is_tone, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "av", None)
    is_tone(decode(encoded(name)))


@pytest.mark.parametrize("name", FREE)
def test_libsndfile_comes_first_where_both_can(name: str, encoded):

    kind: Kind = sniff(io.BytesIO(encoded(name)), "the sound")
    assert set(kind.readers) == {"soundfile", "pyav"}
    assert kind.readers[0] == "soundfile" or kind.name == MP3.name  # libsndfile writes to stderr of damaged ones


def test_what_needs_the_extra_says_under_which_terms(encoded, monkeypatch: pytest.MonkeyPatch):
    content = encoded("m4a")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingCodec, match=r"pip install '\.\[codecs\]' in a clone \(its wheels carry GPL parts"):
        decode(content)
