"""``sentisound models``: which models there are, what they are, and whether they are what was published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from sentisound.cli import EXIT_MODEL
from sentisound.cli.import_model import import_model
from sentisound.cli.model_card import model_card
from sentisound.errors import BundleError, BundleNotFound, SentiSoundError

if TYPE_CHECKING:
    from sentisound.card import Card
    from sentisound.settings import Settings

EXAMPLES = """\b
Examples:
  sentisound models list
  sentisound models show default
  sentisound models verify
  sentisound models verify my-models/french
  sentisound models card default --out MODEL_CARD.md
  sentisound models import hf:./checkpoint --out my-models/french

\b
Models of your own are found in the folder SENTISOUND_MODELS_DIR.
"""


@click.group(epilog=EXAMPLES)
def models() -> None:
    """List, describe, verify and import models."""


models.add_command(import_model)
models.add_command(model_card)


@models.command("list", epilog="\b\nExample:\n  sentisound models list --json | jq -r '.[].name'\n")
@click.option("as_json", "--json", is_flag=True, help="One JSON array.")
def list_models(as_json: bool) -> None:
    """List the models: those that ship, and those of your own.

    UAR is the unweighted average recall of the model's recipe, with its spread, under the protocol named.
    """
    from sentisound.cli.terminal import printable
    from sentisound.settings import Settings

    cards, broken = _cards(Settings.load())
    if as_json:
        click.echo(json.dumps([_document(card) for card in cards], indent=1))
    else:
        from sentisound.cli.cards import table
        from sentisound.cli.terminal import console, show

        show(out := console(), table(cards, out))
    for name, error in broken.items():
        click.echo(f"error: {printable(name)}: {error.title}: {printable(str(error))}", err=True)
    click.get_current_context().exit(EXIT_MODEL if broken else 0)


@models.command(
    "show", epilog="\b\nExamples:\n  sentisound models show default\n  sentisound models show ./my-bundle\n"
)
@click.argument("model", metavar="NAME", default="")
@click.option("as_json", "--json", is_flag=True, help="The card as JSON.")
def show_model(model: str, as_json: bool) -> None:
    """Describe a model: what it was trained on, what it scores, what it is for.

    NAME is a name from `sentisound models list` or a bundle's folder; without it, the model in use.
    """
    from sentisound.bundle import read_card
    from sentisound.recognition.registry import find
    from sentisound.settings import Settings

    settings = Settings.load(model=model or None)
    card = read_card(find(settings.model, settings.models_dir))
    if as_json:
        click.echo(json.dumps(_document(card), indent=1))
        return
    from sentisound.cli.cards import described
    from sentisound.cli.terminal import console, show

    show(console(), described(card))


@models.command("verify", epilog="\b\nExamples:\n  sentisound models verify\n  sentisound models verify ./my-bundle\n")
@click.argument("names", metavar="[NAME|FOLDER]...", nargs=-1)
def verify_models(names: tuple[str, ...]) -> None:
    """Check that models are what was published, and compute here what they computed there.

    Files and checksums, the graph's golden output, and the features of a golden sound. Without a name: all models.
    """
    from sentisound.recognition.registry import folders
    from sentisound.settings import Settings

    settings = Settings.load()
    chosen = names or tuple(folders(settings.models_dir))
    if not chosen:
        raise BundleNotFound("there are no models to verify")
    width = max(len(name) for name in chosen)
    passed = [_verified(name, settings, width) for name in chosen]
    click.get_current_context().exit(0 if all(passed) else EXIT_MODEL)


def _verified(name: str, settings: Settings, width: int) -> bool:
    from sentisound.cli.terminal import printable
    from sentisound.recognition.apart import opened
    from sentisound.recognition.registry import find

    try:
        recognizer = opened(find(name, settings.models_dir), None, trusted=settings.trust_models, processes=1)
        found = recognizer.verify()
    except SentiSoundError as error:
        reason: str | None = f"{error.title}: {error}"
    else:
        reason = found.reason
        ok = f"ok ({recognizer.card.id}, {100 * found.agreeing:.1f} % of {found.values} golden features agree)"
    click.echo(f"{printable(name):{width}}  {f'FAILED: {printable(reason)}' if reason else ok}")
    return reason is None


def _cards(settings: Settings) -> tuple[list[Card], dict[str, BundleError]]:
    """Return the cards of all models, and by name why one cannot be read: a broken one does not hide the others."""
    from sentisound.bundle import read_card
    from sentisound.recognition.registry import folders

    cards, broken = [], {}
    for name, folder in folders(settings.models_dir).items():
        try:
            cards.append(read_card(folder))
        except BundleError as error:
            broken[name] = error
    return cards, broken


def _document(card: Card) -> dict[str, Any]:
    """Return the card without its golden values: hundreds of numbers that only the check reads."""
    return {key: value for key, value in card.to_dict().items() if key != "golden"}
