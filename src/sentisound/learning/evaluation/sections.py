"""The parts on calibration, robustness and fairness, as a run's report and a model card have them."""

from __future__ import annotations

from collections.abc import Sequence

from sentisound.findings import Bin, Check, Fairness, Group, Risk, Robustness, Verdict
from sentisound.learning.evaluation.document import Block, Heading, Paragraph, Picture, Table
from sentisound.learning.evaluation.finding_pictures import calibration_picture, robustness_picture

SHOWN = {"pass": "pass", "fail": "FAIL", "not judged": "not judged"}

ROBUSTNESS_WORDS = (
    "The model of each fold heard its own test clips again under each condition. Fall is that of the UAR in points, "
    "unchanged the share of the predictions that stayed; the thresholds are those of public behavioural tests, and "
    "some conditions are harder than the public ones."
)
FAIRNESS_WORDS = (
    "UAR and recalls are of the emotions that all groups speak; the checks hold the largest difference between groups "
    "against the threshold. For corpora and languages the threshold is that of the pitch groups."
)


def percent(share: float) -> str:
    """Return a share in percent, one digit."""
    return f"{100 * share:.1f}"


def passed(verdicts: Sequence[Verdict]) -> str:
    """Return ``3 of 4 passed``, and how many were not judged."""
    judged = [verdict for verdict in verdicts if verdict != "not judged"]
    rest = f", {len(verdicts) - len(judged)} not judged" if len(judged) < len(verdicts) else ""
    return f"{judged.count('pass')} of {len(judged)} passed{rest}"


def calibration_diagram(name: str, slug: str, curve: Sequence[Bin], risks: Sequence[Risk]) -> Picture:
    """Return the reliability diagram and the risk-coverage curve of a protocol."""
    words = f"Reliability diagram and risk-coverage curve under {name}, all clips together"
    return Picture(f"calibration-{slug}.png", calibration_picture(curve, risks, name), words)


def curve_table(curve: Sequence[Bin]) -> Table:
    """Return the reliability diagram in numbers: for those who cannot see it."""
    rows = [(percent(one.confidence), percent(one.accuracy), str(one.clips)) for one in curve]
    return Table(("mean confidence %", "accuracy %", "answers"), rows)


def robustness_section(found: Sequence[Robustness]) -> list[Block]:
    """Return the table of all conditions with their verdicts; nothing where none was asked for."""
    if not found:
        return []
    header = ("condition", "UAR %", "fall", "at most", "unchanged %", "at least", "verdict")
    verdicts = passed([one.verdict for one in found])
    return [
        Heading(3, "Robustness"),
        Paragraph(f"{ROBUSTNESS_WORDS} {verdicts}."),
        Table(header, [_condition(one) for one in found]),
    ]


def robustness_diagram(name: str, slug: str, found: Sequence[Robustness]) -> list[Block]:
    """Return the picture of the table; nothing where no condition was asked for."""
    if not found:
        return []
    words = f"Share of unchanged predictions under each condition, {name}"
    return [Picture(f"robustness-{slug}.png", robustness_picture(found, name), words)]


def _condition(one: Robustness) -> tuple[str, ...]:
    most = "" if one.max_fall is None else percent(one.max_fall)
    return (
        one.words,
        percent(one.uar),
        percent(one.fall),
        most,
        percent(one.unchanged),
        percent(one.min_unchanged),
        SHOWN[one.verdict],
    )


def fairness_section(found: Sequence[Fairness]) -> list[Block]:
    """Return a table of groups for each attribute, and one of all checks; nothing where none was asked for."""
    if not found:
        return []
    checks = [(one.attribute, check) for one in found for check in one.checks]
    verdicts = passed([check.verdict for _, check in checks])
    header = ("attribute", "measure", "difference", "at most", "verdict")
    return [
        Heading(3, "Fairness"),
        Paragraph(f"{FAIRNESS_WORDS} {verdicts}."),
        Table(header, [_check(attribute, check) for attribute, check in checks]),
        *(block for one in found for block in _groups(one)),
    ]


def _check(attribute: str, check: Check) -> tuple[str, ...]:
    difference = "" if check.difference is None else percent(check.difference)
    return attribute, check.measure, difference, percent(check.threshold), SHOWN[check.verdict]


def _groups(one: Fairness) -> list[Block]:
    if len(one.groups) == 1:
        return [Paragraph(f"There is one {one.attribute} only: {one.groups[0].name}.")]
    emotions = list(dict.fromkeys(name for group in one.groups for name in group.recalls))
    header = (one.attribute, "speakers", "clips", "UAR %", *(f"{name}: recall %, precision %" for name in emotions))
    note: list[Block] = [Paragraph(one.note)] if one.note else []
    return [Table(header, [_group(group, emotions) for group in one.groups]), *note]


def _group(group: Group, emotions: Sequence[str]) -> tuple[str, ...]:
    name = group.name if group.judged else f"{group.name} (too few to judge)"
    shares = [_pair(group.recalls.get(emotion), group.precisions.get(emotion)) for emotion in emotions]
    return name, str(group.speakers), str(group.clips), percent(group.uar), *shares


def _pair(recall: float | None, precision: float | None) -> str:
    return ", ".join("-" if share is None else percent(share) for share in (recall, precision))
