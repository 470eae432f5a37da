"""``sentisound train``: from a recipe and the corpora, or clips of one's own, to a bundle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentisound.cli.own import ENCODING, LABELS, MANIFEST, audit_first, reading, recipe_for
from sentisound.cli.steps import Steps, bars, corpora_folder
from sentisound.errors import MissingExtra
from sentisound.settings import Settings

if TYPE_CHECKING:
    from sentisound.card import Card


EXAMPLES = """\b
Examples:
  sentisound train --recipe flagship --corpora ~/corpora
  sentisound train --recipe recipes/flagship.toml --teacher ~/teachers/byol_s_512.npz
  sentisound analyze clip.wav --model runs/default-1.0.0
  sentisound train --manifest my-recordings.csv --recipe recipes/flagship.toml
  sentisound train --manifest my-recordings.csv --recipe recipes/flagship.toml --from default
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--recipe", type=click.Path(path_type=Path), required=True, help="TOML recipe, or the name of a published one."
)
@click.option("--corpora", type=click.Path(path_type=Path), help="Folder with the corpora, one folder each by name.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the bundle.  [default: runs/NAME-VERSION]")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count(), show_default=True, help="Processes to use.")
@click.option("--teacher", type=click.Path(path_type=Path), help="Encoder to learn from, for recipes that ask for one.")
@click.option(
    "runs",
    "--run",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Finished run of `sentisound evaluate` with this recipe: its figures go into the card. May be repeated.",
)
@MANIFEST
@LABELS
@ENCODING
@click.option("base", "--from", metavar="MODEL", help="Start from a model's weights: its name, or its folder.")
@click.option("protocols", "--protocol", multiple=True, metavar="NAME", help="For --manifest.  [default: speakers5]")
def train(
    recipe: Path,
    corpora: Path | None,
    out: Path | None,
    jobs: int,
    teacher: Path | None,
    runs: tuple[Path, ...],
    manifest: Path | None,
    labels: Path | None,
    encoding: str | None,
    base: str | None,
    protocols: tuple[str, ...],
) -> None:
    """Train a recipe's model, measure it on unseen speakers, calibrate it, and write its bundle.

    The corpora are looked for in --corpora or SENTISOUND_CORPORA: for RAVDESS a folder `ravdess` that holds the
    Actor_NN folders of the original download. Measuring trains one model for each fold and seed of the recipe's
    protocols, as `sentisound evaluate` does; parameters, temperature and threshold are chosen on held-out speakers
    of the training side.

    What `sentisound evaluate` has measured already is taken from its run with --run, and only the model itself is made.

    A network keeps its checkpoints in OUT-training. Stopped at any moment, the same command goes on from there.

    With --manifest the clips of a table take the place of the corpora: columns path and label, speaker where known,
    start and end for stretches of a long sound. --labels says what labels mean that are not known here. The recordings
    are compared first, and what would leak between the sides of a split is refused; the report on unseen speakers is in
    OUT-training. --from goes on from the weights of a model with the same network and features.
    """
    if runs and manifest:
        raise click.UsageError("--run is of corpora; own clips are measured while the model is made")
    if protocols and manifest is None:
        raise click.UsageError("--protocol goes with --manifest; a recipe of corpora names its own")
    root = manifest.parent if manifest else corpora_folder(corpora)
    try:
        from sentisound.learning.base import read_base
        from sentisound.learning.evaluation.runs import RunFolder
        from sentisound.learning.places import Places
        from sentisound.learning.recipe import read_recipe
        from sentisound.learning.training import run_folder, train as run
        from sentisound.recognition.registry import find
    except ImportError as error:
        raise MissingExtra(f"training needs {error.name}: pip install '.[train]' in a clone") from None
    settings = Settings.load()
    start = find(base, settings.models_dir) if base else None
    how = reading(labels, encoding, table=manifest is not None)
    places = Places(root, settings.cache_folder, jobs, teacher, manifest, start, how)
    plan = read_recipe(recipe)
    if start:
        read_base(start, plan)  # what is wrong with it is told before the recordings are compared
    if manifest:
        plan = recipe_for(plan, places, protocols)
        audit_first(places, plan.evaluation.protocols)
    target = out or Path("runs") / f"{plan.name}-{plan.version}"
    with bars() as shown:
        bundle = run(plan, places, target, Steps(shown), [RunFolder(one) for one in runs])
    _report(bundle.card, target)
    if manifest:
        click.echo(f"the report is {run_folder(target).path / 'report.html'}")
    click.echo(f"use it: sentisound analyze clip.wav --model {target}")
    click.echo(f"        sentisound serve --model {target}")
    click.echo(f"        sentisound models card {target} --out card.html")


def _report(card: Card, target: Path) -> None:
    for metric in card.metrics:
        click.echo(
            f"{metric.protocol}: UAR {100 * metric.uar:.1f} +- {100 * metric.uar_std:.1f} %, "
            f"WA {100 * metric.wa:.1f} +- {100 * metric.wa_std:.1f} %, ECE {100 * metric.ece:.1f} %, "
            f"answers {100 * metric.coverage:.0f} % of the clips with {100 * metric.selective_wa:.1f} % right "
            f"({metric.folds} folds, seeds {', '.join(map(str, metric.seeds))})"
        )
    click.echo(f"temperature {card.calibration.temperature:.3f}, abstains below {card.calibration.threshold:.3f}")
    click.echo(f"{card.id} is in {target}")
