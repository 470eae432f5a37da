"""``sentisound corpora audit``: whether a split lets a model remember what it should have learned."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentisound.cli.own import ENCODING, LABELS, reading

if TYPE_CHECKING:
    from sentisound.corpora.audit import AuditReport
    from sentisound.corpora.audit_subject import Subject
    from sentisound.corpora.manifest import Reading

EXAMPLES = """\b
Examples:
  sentisound corpora audit --corpora ~/corpora
  sentisound corpora audit --protocol ravdess/luna5
  sentisound corpora audit --protocol random80 --json
  sentisound corpora audit --manifest my-recordings.csv --protocol random5

\b
Exit codes:
  0  no leak
  1  a speaker or a recording is on both sides of a split
  2  wrong usage, or a corpus is missing
"""


@click.command(epilog=EXAMPLES)
@click.option("--protocol", metavar="NAME", help="Audit one protocol.  [default: every speaker-independent one]")
@click.option(
    "--corpora", "root", type=click.Path(path_type=Path), help="Folder with the corpora, one folder each by name."
)
@click.option("--manifest", type=click.Path(path_type=Path), help="Audit a table (CSV) of your own clips.")
@LABELS
@ENCODING
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count(), show_default=True, help="Processes to use.")
@click.option("--no-audio", is_flag=True, help="Compare speakers, texts and paths only.")
@click.option("--no-cache", is_flag=True, help="Neither read nor keep fingerprints.")
@click.option("as_json", "--json", is_flag=True, help="One JSON object.")
def audit(
    protocol: str | None,
    root: Path | None,
    manifest: Path | None,
    labels: Path | None,
    encoding: str | None,
    jobs: int,
    no_audio: bool,
    no_cache: bool,
    as_json: bool,
) -> None:
    """Look for speakers and recordings on both sides of a split, for copies, and for conflicting labels.

    Copies are found by their sound: through gain, noise, re-encoding and cuts. Doubles on one side are told but are no
    leak; sentences on both sides are told, since acted corpora share them by design.
    """
    from sentisound.cli.audit_view import audited
    from sentisound.cli.steps import Steps, bars
    from sentisound.cli.terminal import console, show
    from sentisound.corpora.audit import Listening, audit as run
    from sentisound.settings import Settings

    how = reading(labels, encoding, table=manifest is not None)
    subject = _subject(protocol, root, manifest, how)
    with bars() as shown:
        listening = Listening(jobs, None if no_cache else Settings.load().cache_folder, Steps(shown))
        report = run(subject.utterances, subject.splits, audio=not no_audio, listening=listening)
    if as_json:
        click.echo(json.dumps(_document(report, subject), indent=1))
    else:
        show(console(), audited(report, subject))
    click.get_current_context().exit(0 if report.clean else 1)


def _subject(protocol: str | None, root: Path | None, manifest: Path | None, how: Reading) -> Subject:
    from sentisound.cli.steps import corpora_folder
    from sentisound.corpora.audit_subject import everything, table, under

    if manifest is not None:
        return table(manifest, protocol, how)
    return under(protocol, corpora_folder(root)) if protocol else everything(corpora_folder(root))


def _document(report: AuditReport, subject: Subject) -> dict[str, object]:
    return {"protocols": [one.name for one in subject.protocols], **report.to_dict()}
