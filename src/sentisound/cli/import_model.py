"""``sentisound models import``: from a Hugging Face checkpoint to a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentisound.cli.steps import Steps, bars
from sentisound.errors import MissingExtra

if TYPE_CHECKING:
    from sentisound.card import Card

EXAMPLES = """\b
Examples:
  sentisound models import hf:./my-checkpoint --out runs/mine
  sentisound models import hf:OWNER/NAME --out runs/theirs --name theirs
  sentisound models import hf:./my-checkpoint --out runs/mine --labels angry,happy,neutral,sad
  sentisound analyze clip.wav --model runs/mine

\b
Exit codes: 0 imported, 2 wrong usage or a missing part, 3 the checkpoint cannot be imported.
"""


def _split(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",")) if value else ()


@click.command("import", epilog=EXAMPLES)
@click.argument("place", metavar="hf:FOLDER|hf:OWNER/NAME")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the bundle.")
@click.option("--name", default="", help="The model's name.  [default: made of the checkpoint's]")
@click.option("--labels", default="", callback=_split, metavar="A,B,...", help="What its outputs mean, in their order.")
@click.option("--licence", default="", help="Its licence, where its README states none.")
@click.option("--int8", is_flag=True, help="Quantise to 8 bits: a quarter of the size; the card states the loss.")
@click.option("--force", is_flag=True, help="Replace a bundle that is already there.")
def import_model(
    place: str, out: Path, name: str, labels: tuple[str, ...], licence: str, int8: bool, force: bool
) -> None:
    """Make a bundle of a Hugging Face audio-classification checkpoint.

    Takes wav2vec2, HuBERT and WavLM (...ForSequenceClassification) and Whisper's encoder
    (WhisperForAudioClassification), with safetensors weights; no code of the checkpoint is run. An existing FOLDER goes
    first; OWNER/NAME is fetched from the Hub. The graph is compared with the checkpoint before anything is written.

    Its licence is its authors': read the model's page before you use it. Its scores are not calibrated.
    """
    try:
        from sentisound.learning.importing.importer import ImportOptions, import_checkpoint
    except ImportError as error:
        raise MissingExtra(f"importing needs {error.name}: pip install '.[import]' in a clone") from None
    options = ImportOptions(name, labels, licence, int8, force)
    with bars() as shown:
        bundle = import_checkpoint(place, out, options, Steps(shown))
    _report(bundle.card, out)


def _report(card: Card, out: Path) -> None:
    from sentisound.cli.terminal import printable

    click.echo(f"{card.id} hears {', '.join(card.labels)}; licence: {printable(card.licence)}; not calibrated")
    click.echo(f"it is in {out}: sentisound analyze clip.wav --model {out}")
