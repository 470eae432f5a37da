"""Own data: a table of one's own clips in place of a recipe's corpora, audited before anything is learned."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sentisound.corpora.audit import AuditReport, Finding, Listening, audit
from sentisound.corpora.audit_subject import Subject, table
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.locate import Located
from sentisound.corpora.manifest import Manifest, read_manifest
from sentisound.corpora.protocols import protocol
from sentisound.corpora.registry import corpus
from sentisound.errors import BadManifest, IncompleteCorpus, LeakFound, UnknownProtocol
from sentisound.learning.dataset import Progress
from sentisound.learning.places import Places
from sentisound.learning.recipe import Recipe

PROTOCOL = "speakers5"
"""How own clips are measured where nobody says otherwise."""
SHOWN = 3
_WITHIN = "or measure within the voice by --protocol random5, which is marked speaker-dependent"


@dataclass(frozen=True, slots=True)
class Audited:
    """What a protocol makes of a table, and what the audit of it found."""

    subject: Subject
    report: AuditReport

    def refuse(self) -> None:
        """Raise when the table cannot be learned from honestly, with what to do about it.

        Raises
        ------
        LeakFound
            When a recording is on both sides of a split, and the protocol is not marked speaker-dependent.
        BadManifest
            When a file cannot be decoded.
        """
        unreadable = [found for found in self.report.findings if found.kind == "unreadable"]
        if unreadable:
            raise BadManifest(f"{_details(unreadable)}; mend these files, or take their rows out of the table")
        if self.report.leaks and self.subject.speaker_independent:
            raise LeakFound(
                f"{self.report.verdict}: {_details(self.report.leaks)}; keep one row of each pair, or give both the "
                "same speaker where one person hides behind two names"
            )


def located(names: Iterable[str], places: Places) -> list[Located]:
    """Return the corpora of these names, or the table that takes their place.

    Raises
    ------
    BadManifest, UnknownCorpus
    """
    if places.manifest is not None:
        return [Located(read_manifest(places.manifest, places.reading).corpus, places.manifest.parent)]
    return [Located(corpus(name), places.corpora / name) for name in names]


def read_clips(sources: Iterable[Located]) -> list[Utterance]:
    """Return all clips of some corpora.

    Raises
    ------
    CorpusNotFound, BadUtteranceName
    """
    return [clip for one in sources for clip in one.corpus.read(one.root)]


def for_table(recipe: Recipe, manifest: Manifest, protocols: Sequence[str] = (), *, taught: bool = False) -> Recipe:
    """Return the recipe for a table: named after both, without its own corpora, measured on the table's speakers.

    A teacher is learned from only where one is at hand (``taught``): it was a help in making the recipe's model, and
    is not needed to go on from it.

    Raises
    ------
    BadManifest
        When no row can be used, or all have one label.
    IncompleteCorpus
        When unseen speakers are to be tested, and speakers are missing.
    UnknownProtocol
        When there is no such protocol, or it is of a corpus.
    """
    chosen = tuple(protocols) or (PROTOCOL,)
    _check_labels(manifest)
    for name in chosen:
        _check_protocol(name, manifest)
    own = manifest.corpus.name
    return replace(
        recipe,
        name=f"{recipe.name}-{_slug(own)}",
        title=f"{recipe.model.name.replace('_', ' ')} on {manifest.corpus.layout}",
        data=replace(recipe.data, corpora=[own], pooled=False, ships=[]),
        general=None,
        training=replace(recipe.training, ratings=0.0, teacher=recipe.training.teacher if taught else 0.0),
        evaluation=replace(recipe.evaluation, protocols=list(chosen)),
    )


def _check_labels(manifest: Manifest) -> None:
    if not manifest.utterances:
        why = "; ".join(manifest.problems[:SHOWN]) or "; ".join(manifest.notes) or "it has none"
        raise BadManifest(f"{manifest.corpus.layout} has no row that can be used: {why}")
    if len(manifest.corpus.labels) == 1:
        raise BadManifest(f"all clips are {manifest.corpus.labels[0]}: two labels are needed to tell one from another")


def _check_protocol(name: str, manifest: Manifest) -> None:
    chosen = protocol(name)
    if chosen.corpora:
        raise UnknownProtocol(f"{name} is of {' and '.join(chosen.corpora)}, not of your clips; {PROTOCOL} takes any")
    if not chosen.speaker_independent:
        return
    nameless = [clip.name for clip in manifest.utterances if not clip.speaker]
    if nameless:
        raise IncompleteCorpus(
            f"{len(nameless)} of {len(manifest.utterances)} clips do not say who speaks ({_listed(nameless)}): "
            f"fill the column speaker, {_WITHIN}"
        )
    if len({clip.speaker for clip in manifest.utterances}) == 1:
        raise IncompleteCorpus(f"{name} needs two speakers, all clips are of one: record another, {_WITHIN}")


def left_out(manifest: Manifest) -> list[str]:
    """Return in words which rows of a table cannot be used, and why."""
    return [f"left out: {problem}" for problem in manifest.problems]


def remarks(manifest: Manifest) -> list[str]:
    """Return what one should know of a table as a whole before learning from it."""
    speakers: dict[str, set[str]] = defaultdict(set)
    for clip in manifest.utterances:
        speakers[clip.label].add(clip.speaker)
    several = len(set().union(*speakers.values())) > 1
    rare = [label for label in manifest.corpus.labels if several and len(speakers[label]) == 1]
    alone = [f"only one speaker is {label}: it is learned, and cannot be measured on unseen speakers" for label in rare]
    return [*manifest.notes, *alone]


def audited(name: str, places: Places, progress: Progress) -> Audited:
    """Compare the recordings of the table across the splits of a protocol.

    Raises
    ------
    BadManifest, UnknownProtocol, IncompleteCorpus
    """
    subject = table(places.table, name, places.reading)
    listening = Listening(places.jobs, places.cache, progress)
    return Audited(subject, audit(subject.utterances, subject.splits, audio=True, listening=listening))


def _details(findings: Sequence[Finding]) -> str:
    return _listed([found.detail for found in findings], "; ")


def _listed(names: Sequence[str], between: str = ", ") -> str:
    more = f"{between}and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return between.join(names[:SHOWN]) + more


def _slug(name: str) -> str:
    """Return a table's name as part of a model's."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "own"
