"""The report of a run: what was measured, under which protocol, how sure it is, and where it errs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sentisound.learning.evaluation.document import Block, Heading, Paragraph, Picture, Table, html, markdown
from sentisound.learning.evaluation.files import slug, write_whole
from sentisound.learning.evaluation.picture import confusion_picture
from sentisound.learning.evaluation.runs import Config, RunFolder
from sentisound.learning.evaluation.sections import (
    calibration_diagram,
    curve_table,
    fairness_section,
    robustness_diagram,
    robustness_section,
)
from sentisound.learning.evaluation.summary import Summary
from sentisound.learning.silence import in_words

ADAPTIVE = "speaker-adaptive"
FEW_SPEAKERS = 5
HEADER = ("protocol", "sides", "folds x seeds", "UAR %", "95 % interval", "WA %", "macro F1 %", "ECE %", "audit")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A protocol's summary and what the audit said of its splits."""

    summary: Summary
    audit: str
    silent: tuple[str, ...] = ()
    """Names of the clips in which nothing can be heard."""


def write_reports(folder: RunFolder, config: Config, results: Sequence[Evaluated]) -> None:
    """Write ``report.md`` with its pictures, and ``report.html`` that holds all."""
    blocks = report(config, results)
    for block in blocks:
        if isinstance(block, Picture):
            write_whole(folder.path / block.file, block.png)
    write_whole(folder.path / "report.md", markdown(blocks))
    write_whole(folder.path / "report.html", html(blocks, f"{config.name}: {config.title}"))


def report(config: Config, results: Sequence[Evaluated]) -> list[Block]:
    """Return the parts of a run's report."""
    parts = [part for result in results for part in _protocol(config, result)]
    words = [Paragraph(words) for words in (_what(config), *config.notes)]
    return [Heading(1, config.title), *words, overview(config, results), Paragraph(_how()), *parts]


def overview(config: Config, results: Sequence[Evaluated]) -> Table:
    """Return one row a protocol."""
    return Table(HEADER, [_row(config, result) for result in results])


def figure(mean: float, spread: float) -> str:
    """Return ``64.8 ± 4.9`` for shares."""
    return f"{100 * mean:.1f} ± {100 * spread:.1f}"


def _row(config: Config, result: Evaluated) -> tuple[str, ...]:
    one = result.summary
    return (
        one.protocol,
        _sides(config, one),
        f"{one.folds} x {len(one.seeds)}",
        figure(one.mean.uar, one.spread.uar),
        f"{100 * one.interval.low:.1f} to {100 * one.interval.high:.1f}",
        figure(one.mean.wa, one.spread.wa),
        figure(one.mean.macro_f1, one.spread.macro_f1),
        f"{100 * one.mean.ece:.1f}",
        result.audit,
    )


def _sides(config: Config, summary: Summary) -> str:
    return f"{summary.dependence}, {ADAPTIVE}" if config.adaptive else summary.dependence


def _what(config: Config) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in config.environment.items())
    commit = f", commit {config.commit}" if config.commit else ""
    return (
        f"Recipe {config.name}: {config.model} on {config.features}. Seeds {', '.join(map(str, config.seeds))}. "
        f"{config.created}{commit}; {packages}."
    )


def _how() -> str:
    return (
        "UAR is the mean of the class recalls, WA plain accuracy, ECE the expected calibration error over 15 bins. ± "
        "is the standard deviation over folds and seeds. The interval is a bootstrap over speakers of the UAR of all "
        "test clips together, which can differ a little from the mean over folds. Parameters, temperature and "
        "threshold are chosen on held-out speakers of each training side; a test side chooses nothing."
    )


def _protocol(config: Config, result: Evaluated) -> list[Block]:
    one = result.summary
    title = f"{one.protocol}, {_sides(config, one)}"
    picture = confusion_picture(one.confusion, one.classes, title)
    file = f"confusion-{slug(one.protocol)}.png"
    return [
        Heading(2, title),
        Paragraph(_facts(result)),
        *([Paragraph(f"{in_words(result.silent)}.")] if result.silent else []),
        _classes(one),
        Heading(3, "Confusions"),
        Picture(file, picture, f"Confusions under {one.protocol}, each row as shares of its true class"),
        _confusion(one),
        *_calibration(one),
        *robustness_section(one.robustness),
        *robustness_diagram(one.protocol, slug(one.protocol), one.robustness),
        *fairness_section(one.fairness),
        Heading(3, "Folds"),
        _folds(one),
    ]


def _facts(result: Evaluated) -> str:
    one = result.summary
    few = f" With {one.speakers} speakers the interval is coarse." if one.speakers < FEW_SPEAKERS else ""
    return (
        f"{one.source}. {one.clips} clips of {one.speakers} speakers tested, seeds {', '.join(map(str, one.seeds))}. "
        f"UAR {figure(one.mean.uar, one.spread.uar)} % over {one.folds} folds; all clips together "
        f"{100 * one.pooled_uar:.1f} %, 95 % interval {100 * one.interval.low:.1f} to {100 * one.interval.high:.1f}."
        f"{few} "
        f"At its threshold the model answers {100 * one.mean.coverage:.0f} % of the clips, "
        f"{100 * one.mean.selective_wa:.1f} % of them rightly. Chosen: {choices(one)}. "
        f"Audit: {result.audit}."
    )


def _classes(one: Summary) -> Table:
    clips = one.confusion.sum(axis=1) / len(one.seeds)
    rows = zip(one.classes, one.recall, one.precision, clips, strict=True)
    header = ("class", "recall %", "precision %", "clips")
    return Table(header, [(name, _percent(r), _percent(p), f"{count:.0f}") for name, r, p, count in rows])


def _confusion(one: Summary) -> Table:
    """Return the confusions as percent of the true class: the picture for those who cannot see it."""
    totals = one.confusion.sum(axis=1)
    rows = [
        (name, *(_percent(count / total if total else math.nan) for count in counts))
        for name, counts, total in zip(one.classes, one.confusion, totals, strict=True)
    ]
    return Table(("true", *one.classes), rows)


def _calibration(one: Summary) -> list[Block]:
    mean, spread, pooled = one.mean, one.spread, one.pooled
    rows = [
        ("calibration error (ECE) %", figure(mean.ece, spread.ece), _percent(pooled.ece)),
        ("accuracy, all answered %", figure(mean.wa, spread.wa), _percent(pooled.wa)),
        ("accuracy, the surest 80 % answered %", figure(mean.wa_at_80, spread.wa_at_80), _percent(pooled.wa_at_80)),
        ("area under the risk-coverage curve %", figure(mean.aurc, spread.aurc), _percent(pooled.aurc)),
    ]
    return [
        Heading(3, "Calibration"),
        Table(("calibration", "over folds", "all clips together"), rows),
        calibration_diagram(one.protocol, slug(one.protocol), pooled.curve, pooled.risks),
        curve_table(pooled.curve),
    ]


def _folds(one: Summary) -> Table:
    chosen = [_parameters(prediction.chosen) for prediction in one.predictions]
    rows = [
        (p.split, str(p.seed), _percent(p.score().uar), _percent(p.inner_uar), f"{p.temperature:.2f}", parameters)
        for p, parameters in zip(one.predictions, chosen, strict=True)
    ]
    return Table(("fold tested", "seed", "UAR %", "inner UAR %", "temperature", "chosen"), rows)


def choices(one: Summary) -> str:
    """Return how often each choice of parameters was made, the most frequent first."""
    counted = Counter(_parameters(prediction.chosen) for prediction in one.predictions)
    return "; ".join(f"{parameters} ({times} times)" for parameters, times in counted.most_common())


def _parameters(chosen: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in chosen.items()) or "defaults"


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f}"
