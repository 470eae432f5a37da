"""Errors of the speech corpora, their manifests and protocols."""

from __future__ import annotations

from sentisound.errors.base import SentiSoundError


class CorpusError(SentiSoundError):
    """A corpus cannot be used."""

    code = "corpus"
    title = "The corpus cannot be used"


class UnknownCorpus(CorpusError, LookupError):
    """No corpus has this name."""

    code = "unknown_corpus"
    title = "There is no such corpus"


class CorpusNotFound(CorpusError, FileNotFoundError):
    """The corpus's folder is missing or holds none of its files."""

    code = "corpus_not_found"
    title = "The corpus is not there"


class BadUtteranceName(CorpusError, ValueError):
    """A file's name does not follow the corpus's naming rule."""

    code = "bad_utterance_name"
    title = "The file name does not follow the corpus's rule"


class BadManifest(CorpusError, ValueError):
    """A table of one's own clips cannot be read."""

    code = "bad_manifest"
    title = "The manifest cannot be read"


class BadLabelMap(CorpusError, ValueError):
    """A map of one's own labels cannot be used."""

    code = "bad_label_map"
    title = "The map of labels cannot be used"


class IncompleteCorpus(CorpusError, ValueError):
    """The clips at hand do not fill what was asked of them."""

    code = "incomplete_corpus"
    title = "The corpus is not complete enough"


class LeakFound(CorpusError, ValueError):
    """A split lets a speaker or a recording into both of its sides."""

    code = "leak_found"
    title = "The split leaks"


class UnknownProtocol(CorpusError, LookupError):
    """No evaluation protocol has this name."""

    code = "unknown_protocol"
    title = "There is no such protocol"
