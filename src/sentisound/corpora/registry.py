"""The corpora that can be read; adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from sentisound.corpora.ased import ASED
from sentisound.corpora.corpus import Corpus
from sentisound.corpora.cremad import CREMAD
from sentisound.corpora.emodb import EMODB
from sentisound.corpora.emotale import EMOTALE
from sentisound.corpora.esd import ESD
from sentisound.corpora.javanese import JAVANESE
from sentisound.corpora.nemo import NEMO
from sentisound.corpora.ravdess import RAVDESS
from sentisound.corpora.savee import SAVEE
from sentisound.corpora.tess import TESS
from sentisound.errors import UnknownCorpus

CORPORA: Mapping[str, Corpus] = {
    corpus.name: corpus for corpus in (RAVDESS, TESS, SAVEE, EMODB, CREMAD, ESD, NEMO, EMOTALE, ASED, JAVANESE)
}


def corpus(name: str) -> Corpus:
    """Return a corpus by name.

    Raises
    ------
    UnknownCorpus
        When there is none of that name; the message lists the names.
    """
    if name not in CORPORA:
        raise UnknownCorpus(f"there is no corpus {name!r}; there are {', '.join(CORPORA)}")
    return CORPORA[name]
