"""The corpora that can be read; adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from sentisound.corpora.aesdd import AESDD
from sentisound.corpora.ased import ASED
from sentisound.corpora.cafe import CAFE
from sentisound.corpora.corpus import Corpus
from sentisound.corpora.cremad import CREMAD
from sentisound.corpora.emodb import EMODB
from sentisound.corpora.emotale import EMOTALE
from sentisound.corpora.emovo import EMOVO
from sentisound.corpora.esd import ESD
from sentisound.corpora.iemocap import IEMOCAP
from sentisound.corpora.javanese import JAVANESE
from sentisound.corpora.meld import MELD
from sentisound.corpora.msp_podcast import MSP_PODCAST
from sentisound.corpora.nemo import NEMO
from sentisound.corpora.ravdess import RAVDESS
from sentisound.corpora.savee import SAVEE
from sentisound.corpora.shemo import SHEMO
from sentisound.corpora.tess import TESS
from sentisound.errors import UnknownCorpus

_ALL = (
    RAVDESS,
    TESS,
    SAVEE,
    EMODB,
    CREMAD,
    ESD,
    NEMO,
    EMOTALE,
    ASED,
    JAVANESE,
    IEMOCAP,
    MSP_PODCAST,
    MELD,
    EMOVO,
    CAFE,
    AESDD,
    SHEMO,
)

CORPORA: Mapping[str, Corpus] = {corpus.name: corpus for corpus in _ALL}


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
