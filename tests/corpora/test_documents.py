"""The document of the corpora says what the code knows: names, counts, licences, protocols and their marks."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

import pytest

from sentisound.corpora.check import KINDS
from sentisound.corpora.corpus import Corpus
from sentisound.corpora.protocols import PROTOCOLS, Protocol
from sentisound.corpora.registry import CORPORA

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "corpora.md").read_text(encoding="utf-8")


def _cells(name: str) -> list[str]:
    (row,) = re.findall(rf"^\| `{re.escape(name)}` \|(.*)\|$", DOCUMENT, re.MULTILINE)
    return [cell.strip() for cell in row.split("|")]


@pytest.mark.parametrize("entry", CORPORA.values(), ids=list(CORPORA))
def test_every_corpus_has_its_row(entry: Corpus):
    title, languages, clips, speakers, labels, path, licence, url = _cells(entry.name)
    assert title.startswith(entry.title)
    assert languages == ", ".join(entry.languages)
    counts = (entry.expected_clips, entry.expected_speakers, len(entry.labels))
    assert (clips, speakers, labels) == tuple("-" if count is None else str(count) for count in counts)
    assert entry.parse(PurePath(path.strip("`"))) is not None
    assert (licence, url.strip("<>")) == (entry.licence, entry.url)


@pytest.mark.parametrize("entry", PROTOCOLS.values(), ids=list(PROTOCOLS))
def test_every_protocol_has_its_row_and_its_mark(entry: Protocol):
    assert _cells(entry.name)[-1].startswith("independent" if entry.speaker_independent else "**dependent**")


def test_every_finding_is_explained():
    findings = DOCUMENT.partition("| finding |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z ]+)`", findings)) == set(KINDS)
