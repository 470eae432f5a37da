"""``sentisound train``: from a recipe and the corpora to a bundle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentisound.cli.steps import Steps, bars, corpora_folder
from sentisound.errors import MissingExtra
from sentisound.settings import Settings

if TYPE_CHECKING:
    from sentisound.bundle import Card


EXAMPLES = """\b
Examples:
  sentisound train --recipe recipes/default.toml --corpora ~/corpora
  sentisound train --recipe recipes/flagship.toml --teacher ~/teachers/byol_s_512.npz
  sentisound analyze clip.wav --model runs/default-1.0.0
"""


@click.command(epilog=EXAMPLES)
@click.option("--recipe", type=click.Path(path_type=Path), required=True, help="TOML recipe, as in recipes/.")
@click.option("--corpora", type=click.Path(path_type=Path), help="Folder with the corpora, one folder each by name.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the bundle.  [default: runs/NAME-VERSION]")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count(), show_default=True, help="Processes to use.")
@click.option("--teacher", type=click.Path(path_type=Path), help="Encoder to learn from, for recipes that ask for one.")
def train(recipe: Path, corpora: Path | None, out: Path | None, jobs: int, teacher: Path | None) -> None:
    """Train a recipe's model, measure it on unseen speakers, calibrate it, and write its bundle.

    The corpora are looked for in --corpora or SENTISOUND_CORPORA: for RAVDESS a folder `ravdess` that holds the
    Actor_NN folders of the original download. Measuring trains one model for each fold and seed of the recipe's
    protocols, as `sentisound evaluate` does; parameters, temperature and threshold are chosen on held-out speakers
    of the training side.

    A network keeps its checkpoints in OUT-training. Stopped at any moment, the same command goes on from there.
    """
    root = corpora_folder(corpora)
    try:
        from sentisound.learning.places import Places
        from sentisound.learning.recipe import read_recipe
        from sentisound.learning.training import train as run
    except ImportError as error:
        raise MissingExtra(f"training needs {error.name}: pip install 'sentisound[train]'") from None
    plan = read_recipe(recipe)
    target = out or Path("runs") / f"{plan.name}-{plan.version}"
    with bars() as shown:
        bundle = run(plan, Places(root, Settings.load().cache_dir, jobs, teacher), target, Steps(shown))
    _report(bundle.card, target)


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
