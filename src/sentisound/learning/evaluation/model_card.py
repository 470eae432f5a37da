"""The model card: what a model is, learned from, is worth and is not for, made from its bundle alone.

After Mitchell et al. 2019, "Model cards for model reporting". Every figure and name comes from the bundle, licences and
citations from the corpora's registry; only the words between them stand here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sentisound.card import Base, Card, Metric
from sentisound.corpora.corpus import Corpus
from sentisound.corpora.registry import CORPORA
from sentisound.learning.evaluation.document import Block, Heading, Paragraph, Picture, Table, html, markdown
from sentisound.learning.evaluation.files import slug, write_whole
from sentisound.learning.evaluation.sections import (
    calibration_diagram,
    curve_table,
    fairness_section,
    percent,
    robustness_diagram,
    robustness_section,
)

NOT_FOR = (
    "Not for decisions about people, least of all at work or at school: where the European Union's AI Act applies, "
    "inferring emotions at the workplace and in education is prohibited, save for medical or safety reasons "
    "(Regulation (EU) 2024/1689, Article 5(1)(f))."
)
NOT_MEASURED = "Neither robustness nor fairness was measured when this model was trained."


def write_model_card(card: Card, out: Path) -> None:
    """Write the model card: one HTML file where ``out`` ends in ``.html``, else Markdown with its pictures beside it.

    Raises
    ------
    MissingExtra
        When pictures are to be drawn and matplotlib, of the extra ``reports``, is not installed.
    """
    blocks = model_card(card, pictures=True)
    if out.suffix.lower() in {".html", ".htm"}:
        write_whole(out, html(blocks, f"{card.id}: {card.title}"))
        return
    for block in blocks:
        if isinstance(block, Picture):
            write_whole(out.parent / block.file, block.png)
    write_whole(out, markdown(blocks))


def model_card_text(card: Card) -> str:
    """Return the model card as Markdown without pictures."""
    return markdown(model_card(card, pictures=False))


def model_card(card: Card, *, pictures: bool) -> list[Block]:
    """Return the parts of a model card.

    Raises
    ------
    MissingExtra
        When pictures are asked for and matplotlib is not installed.
    """
    return [
        Heading(1, f"{card.title} ({card.id})"),
        *_what(card),
        *_data(card),
        *_scores(card.metrics),
        *(block for metric in card.metrics for block in _findings(metric, pictures=pictures)),
        *_limits(card),
        *_use(card),
    ]


def _what(card: Card) -> list[Block]:
    training, features = card.training, card.features
    beside = f" and {card.functionals.set} version {card.functionals.version}" if card.functionals else ""
    facts = [
        ("tells apart", ", ".join(card.labels)),
        ("learner", training.model),
        ("hears", f"{features.set} version {features.version}{beside}, of speech at {card.rate_hz} Hz"),
        ("recipe", f"{training.recipe}, seed {training.seed}"),
        *([("started from", _started(training.base))] if training.base else []),
        ("created", card.created),
        ("licence", card.licence),
        *((f"{name}, SHA-256", f"{file.sha256} ({file.bytes} bytes)") for name, file in card.files.items()),
    ]
    return [Heading(2, "What it is"), Paragraph(card.intended_use), Table(("", "this model"), facts)]


def _started(base: Base) -> str:
    return f"{base.id} ({base.licence}), which learned from {', '.join(base.corpora)}"


def _data(card: Card) -> list[Block]:
    training = card.training
    heard = f"{training.clips} clips of {training.speakers} speakers; languages: {', '.join(training.languages)}."
    rows = [_corpus(title) for title in training.corpora]
    table = Table(("corpus", "licence", "from", "citation"), rows)
    return [Heading(2, "What it learned from"), Paragraph(heard), table]


def _corpus(title: str) -> tuple[str, ...]:
    known: dict[str, Corpus] = {one.title: one for one in CORPORA.values()}
    if title not in known:
        return title, "not known here", "", ""
    return title, known[title].licence, known[title].url, known[title].citation


def _scores(metrics: Sequence[Metric]) -> list[Block]:
    if not metrics:
        return [Heading(2, "What it scores"), Paragraph("Nothing was measured.")]
    header = ("protocol", "sides", "folds x seeds", "UAR %", "WA %", "ECE %", "WA % on the surest 80 %", "AURC %")
    words = (
        "Each figure is of this recipe, trained anew for each fold and seed, ± the standard deviation over them. UAR "
        "is the mean of the class recalls, WA plain accuracy, ECE the expected calibration error, AURC the area under "
        "the risk-coverage curve."
    )
    return [Heading(2, "What it scores"), Paragraph(words), Table(header, [_score(metric) for metric in metrics])]


def _score(metric: Metric) -> tuple[str, ...]:
    return (
        metric.protocol,
        _sides(metric),
        f"{metric.folds} x {len(metric.seeds)}",
        f"{percent(metric.uar)} ± {percent(metric.uar_std)}",
        f"{percent(metric.wa)} ± {percent(metric.wa_std)}",
        percent(metric.ece),
        "" if metric.wa_at_80 is None else percent(metric.wa_at_80),
        "" if metric.aurc is None else percent(metric.aurc),
    )


def _sides(metric: Metric) -> str:
    return "speaker-independent" if metric.speaker_independent else "speaker-dependent"


def _findings(metric: Metric, *, pictures: bool) -> list[Block]:
    name = f"{metric.protocol}, {_sides(metric)}"
    blocks = [
        *_calibration(metric, name, pictures=pictures),
        *robustness_section(metric.robustness),
        *(robustness_diagram(name, slug(metric.protocol), metric.robustness) if pictures else []),
        *fairness_section(metric.fairness),
    ]
    return [Heading(2, f"Under {name}"), *blocks] if blocks else []


def _calibration(metric: Metric, name: str, *, pictures: bool) -> list[Block]:
    if not metric.reliability:
        return []
    diagram = [calibration_diagram(name, slug(metric.protocol), metric.reliability, metric.risks)] if pictures else []
    return [Heading(3, "Calibration"), *diagram, curve_table(metric.reliability)]


def _limits(card: Card) -> list[Block]:
    measured = any(metric.robustness or metric.fairness for metric in card.metrics)
    more = [] if measured else [Paragraph(NOT_MEASURED)]
    return [Heading(2, "Limits"), Paragraph(card.limits), Paragraph(NOT_FOR), *more]


def _use(card: Card) -> list[Block]:
    calibration = card.calibration
    shell = f"`sentisound analyze clip.wav --model {card.name}`"
    return [
        Heading(2, "How to use it"),
        Paragraph(f"In a shell {shell}; in Python `sentisound.load('{card.name}').analyze('clip.wav')`."),
        Paragraph(
            f"Its confidence is calibrated (temperature {calibration.temperature:.3g}, {calibration.fitted_on}). Below "
            f"{percent(calibration.threshold)} % it says that it is not sure: chosen so that at most "
            f"{percent(calibration.selective_risk)} % of the answers given are wrong on those speakers. "
            f"`sentisound models verify {card.name}` checks that it is what was published."
        ),
    ]
