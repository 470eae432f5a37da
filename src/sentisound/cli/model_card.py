"""``sentisound models card``: the model card, made from a bundle."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLES = """\b
Examples:
  sentisound models card default
  sentisound models card default --out MODEL_CARD.md
  sentisound models card runs/mine-1.0.0 --out card.html
"""


@click.command("card", epilog=EXAMPLES)
@click.argument("model", metavar="NAME", default="")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write: .md or .html.")
def model_card(model: str, out: Path | None) -> None:
    """Write a model's card: data and licences, figures with their spread and verdicts, limits.

    All of it comes from the bundle. NAME is a name from `sentisound models list` or a bundle's folder; without it, the
    model in use. With --out the card has pictures: inside the HTML, or in files beside the Markdown.
    """
    from sentisound.bundle import read_card
    from sentisound.cli.terminal import printable
    from sentisound.learning.evaluation.model_card import model_card_text, write_model_card
    from sentisound.recognition.registry import find
    from sentisound.settings import Settings

    settings = Settings.load(model=model or None)
    card = read_card(find(settings.model, settings.models_dir))
    if out is None:
        click.echo("\n".join(printable(line) for line in model_card_text(card).splitlines()))
        return
    write_model_card(card, out)
    click.echo(f"the card of {printable(card.id)} is {printable(str(out))}")
