"""``sentisound augment``: files that let one hear what augmentation does to a sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentisound.cli import EXIT_FAILED
from sentisound.cli.inputs import Input, expand
from sentisound.errors import AudioError

if TYPE_CHECKING:
    from sentisound.audio.waveform import Samples
    from sentisound.learning.augmentation.examples import Example, Plan

OTHERS = 8
"""Clips of a folder that babble is mixed from."""

EXAMPLES = """\b
Examples:
  sentisound augment clip.wav heard                      # one file for each transform
  sentisound augment clip.wav heard --transform reverb --copies 5
  sentisound augment clips/ heard --transform noise:colour=pink,max_snr_db=12 --transform phone
  sentisound augment clip.wav heard --recipe recipes/mine.toml --copies 10
  sentisound augment --list

\b
Exit codes: 0 all written, 1 some input could not be read, 2 wrong usage or a wrong recipe.
"""


def _list(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from rich.table import Column

    from sentisound.cli.terminal import console, grid, show
    from sentisound.learning.augmentation.registry import FRAME_TRANSFORMS, WAVEFORM_TRANSFORMS
    from sentisound.learning.augmentation.transform import parameters_of

    table = grid(Column(), Column(), Column())
    for name, kind in {**WAVEFORM_TRANSFORMS, **FRAME_TRANSFORMS}.items():
        parameters = ", ".join(f"{key}={value}" for key, value in parameters_of(kind).items())
        table.add_row(name, "sound" if name in WAVEFORM_TRANSFORMS else "frames", parameters)
    show(console(), table)
    context.exit()


@click.command(epilog=EXAMPLES)
@click.argument("source", metavar="IN")
@click.argument("out", metavar="OUT", type=click.Path(file_okay=False, path_type=Path))
@click.option("transforms", "--transform", multiple=True, metavar="NAME[:KEY=VALUE,...]", help="One after the other.")
@click.option("--recipe", type=click.Path(path_type=Path), help="The transforms of a recipe, as often as it says.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, another draw.")
@click.option("--copies", type=click.IntRange(1), default=1, show_default=True, help="Files for each sound.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List the transforms.")
def augment(
    source: str,
    out: Path,
    transforms: tuple[str, ...],
    recipe: Path | None,
    seed: int,
    copies: int,
    force: bool,
) -> None:
    """Write what augmentation sounds like.

    IN is a sound file, or a directory searched for sound files; OUT is the folder of the wav files, 16 kHz. Without
    --transform and --recipe there is a file for each transform on sound, named by it. Babble is mixed from the other
    files of a directory; of a single file, from the sound itself played backwards.
    """
    from sentisound.learning.augmentation.examples import examples_of

    if Path(source).resolve() in (out.resolve(), *out.resolve().parents):
        raise click.UsageError("OUT is within IN: what is written would be read the next time")
    plans = _plans(transforms, recipe)
    inputs = expand([source])
    planned = [examples_of(_name(one, source), plans, out, copies, seed) for one in inputs]
    _check_free([example.path for examples in planned for example in examples], force)
    others = dict(_heard(inputs[: OTHERS + 1]))
    written = [_write(one, examples, others) for one, examples in zip(inputs, planned, strict=True)]
    click.get_current_context().exit(0 if all(written) else EXIT_FAILED)


def _write(one: Input, examples: list[Example], others: dict[str, Samples]) -> bool:
    from sentisound.learning.augmentation.examples import augmented, write_wav

    try:
        signal = _samples(one)
    except AudioError as error:
        click.echo(f"error: {_shown(one.name)}: {error.title}: {error}", err=True)
        return False
    voices = [samples for path, samples in others.items() if path != one.path]
    for example in examples:
        write_wav(example.path, augmented(signal, example, voices))
        click.echo(_shown(str(example.path)))
    return True


def _plans(transforms: tuple[str, ...], recipe: Path | None) -> tuple[Plan, ...]:
    from sentisound.learning.augmentation.examples import each_alone, together
    from sentisound.learning.augmentation.step import parse_step

    if transforms and recipe:
        raise click.UsageError("--transform and --recipe exclude each other")
    if recipe:
        from sentisound.learning.recipe import read_recipe

        plan = read_recipe(recipe)
        return together(plan.augmentation.waveform, plan.name)
    return together([parse_step(text) for text in transforms]) if transforms else each_alone()


def _name(one: Input, source: str) -> Path:
    """Return a sound's path below the directory given."""
    path = Path(one.name)
    return path.relative_to(source) if path != Path(source) and Path(source).is_dir() else Path(path.name)


def _check_free(paths: list[Path], force: bool) -> None:
    often, times = Counter(paths).most_common(1)[0]
    if times > 1:
        raise click.UsageError(f"two sounds would both be written to {_shown(str(often))}: rename one of them")
    if not force and (there := [path for path in paths if path.exists()]):
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise click.UsageError(f"{_shown(str(there[0]))}{more} would be written over: say --force, or another OUT")


def _heard(inputs: list[Input]) -> Iterator[tuple[str, Samples]]:
    """Yield the first sounds of a directory, for babble; what cannot be read is told when its turn comes."""
    for one in inputs if len(inputs) > 1 else []:
        try:
            yield one.path, _samples(one)
        except AudioError:
            continue


def _samples(one: Input) -> Samples:
    from sentisound.audio.decode import decode
    from sentisound.audio.waveform import RATE_HZ

    return decode(one.open(), rate_hz=RATE_HZ).samples


def _shown(text: str) -> str:
    from sentisound.cli.terminal import printable

    return printable(text)
