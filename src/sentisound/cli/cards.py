"""The views of a model's card: a row in the list of models, and the whole card for reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from sentisound.card import Card, Metric
from sentisound.cli.terminal import colour, grid, percent, printable


def table(cards: Sequence[Card], out: Console) -> RenderableType:
    """Return one row for each model."""
    if not cards:
        return Text("there are no models; `sentisound train` makes one")
    columns = ("name", "version", "title", "corpora", "UAR", "licence", "size")
    made = Table(*columns, box=SIMPLE_HEAD if out.is_terminal else None, pad_edge=False)
    for card in cards:
        made.add_row(*(Text(printable(cell)) for cell in _row(card)))
    return made


def _row(card: Card) -> tuple[str, ...]:
    best = _headline(card.metrics[0]) if card.metrics else "-"
    return card.name, card.version, card.title, ", ".join(card.training.corpora), best, card.licence, size(card)


def _headline(metric: Metric) -> str:
    protocol = metric.protocol if metric.speaker_independent else f"{metric.protocol}, speaker-dependent"
    return f"{_spread(metric.uar, metric.uar_std)} ({protocol})"


def described(card: Card) -> RenderableType:
    """Return the whole card as text."""
    return Group(
        Text.assemble((printable(card.id), "bold"), f"  {printable(card.title)}"),
        "",
        _facts(card),
        "",
        *_metrics(card),
        "",
        *_paragraph("Intended use", card.intended_use),
        "",
        *_paragraph("Limits", card.limits),
    )


def _facts(card: Card) -> Table:
    labels = Text(", ").join(Text(label, style=colour(label)) for label in card.labels)
    facts = grid(Column(style="cyan", no_wrap=True), Column())
    facts.add_row("labels", labels)
    for name, value in _rows(card):
        facts.add_row(name, Text(printable(value)))
    return facts


def _rows(card: Card) -> Iterator[tuple[str, str]]:
    training, calibration = card.training, card.calibration
    yield (
        "features",
        f"{card.features.set} version {card.features.version}, {card.features.size} values, {card.rate_hz} Hz",
    )
    yield "corpora", f"{', '.join(training.corpora)} ({', '.join(training.languages)})"
    yield "heard", f"{training.clips} clips of {training.speakers} speakers"
    yield "model", training.model
    yield "scaler", training.scaler
    yield "recipe", f"{training.recipe}, seed {training.seed}"
    if training.base:
        yield "started from", f"{training.base.id}, which heard {', '.join(training.base.corpora)}"
    yield "calibration", f"temperature {calibration.temperature:.3g}, fitted on {calibration.fitted_on}"
    risk = f"at most {percent(calibration.selective_risk)} wrong among the answers given, on held-out speakers"
    chosen = f"below {percent(calibration.threshold)} confidence, chosen for {risk}"
    yield "not sure", chosen if calibration.threshold else "never: it answers always"
    yield "licence", card.licence
    yield "created", card.created
    yield "size", size(card)


def _metrics(card: Card) -> Iterator[RenderableType]:
    yield Text("Scores (mean and spread over folds and seeds)", style="bold")
    if not card.metrics:
        yield Text("none were measured")
    for metric in card.metrics:
        yield Text(f"  {printable(metric.protocol)}")
        yield Text(f"    {_heard(metric)}, {metric.folds} folds, {len(metric.seeds)} seeds", style="dim")
        yield Text(
            f"    UAR {_spread(metric.uar, metric.uar_std)}   accuracy {_spread(metric.wa, metric.wa_std)}   "
            f"calibration error {100 * metric.ece:.1f} %"
        )
        yield Text(
            f"    sure of {percent(metric.coverage)} of the clips, right on {percent(metric.selective_wa)} of those"
        )


def _heard(metric: Metric) -> str:
    if metric.speaker_independent:
        return "speaker-independent: nobody heard in the test was heard in training"
    return "speaker-dependent: speakers of the test were heard in training"


def _paragraph(title: str, text: str) -> Iterator[RenderableType]:
    yield Text(title, style="bold")
    yield Text(printable(text))


def _spread(mean: float, std: float) -> str:
    return f"{100 * mean:.1f} ± {100 * std:.1f} %"


def size(card: Card) -> str:
    """Return the size of the bundle's files, in kB or MB."""
    total = sum(file.bytes for file in card.files.values())
    return f"{total / 1e6:.1f} MB" if total >= 1e6 else f"{total / 1e3:.1f} kB"
