"""The report: how its verdict is worded, what refuses, and what its JSON holds."""

from __future__ import annotations

import json

import pytest

from sentisound.corpora.audit_report import KINDS, AuditReport, Finding, Kind, Place, Severity
from sentisound.errors import LeakFound


def finding(kind: Kind, severity: Severity = "leak", name: str = "mine/a", detail: str = "it is so") -> Finding:
    return Finding(kind, severity, Place(name, "happy", ""), None, 1.0, ("fold1",), detail)


def report(*findings: Finding, audio: bool = True) -> AuditReport:
    return AuditReport(findings, clips=4, splits=1, audio=audio)


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([finding("speaker_overlap")], "leak: 1 speaker on both sides"),
        ([finding("speaker_overlap", name=f"mine/{name}") for name in "ab"], "leak: 2 speakers on both sides"),
        ([finding("near_duplicate")], "leak: 1 pair of copies on both sides"),
        ([finding("near_duplicate"), finding("exact_duplicate")], "leak: 2 pairs of copies on both sides"),
        (
            [finding("speaker_overlap"), finding("exact_duplicate"), finding("near_duplicate")],
            "leak: 1 speaker and 2 pairs of copies on both sides",
        ),
    ],
)
def test_the_verdict_counts_speakers_and_pairs_each_in_its_number(findings: list[Finding], verdict: str):
    assert report(*findings).verdict == verdict


def test_a_speaker_who_is_found_twice_is_one_speaker():
    twice = report(finding("speaker_overlap"), finding("speaker_overlap"))
    assert twice.verdict == "leak: 1 speaker on both sides"
    assert twice.count("speaker_overlap") == 2


@pytest.mark.parametrize(
    ("audio", "unknown", "verdict"),
    [
        (True, False, "clean"),
        (False, False, "clean (sound not compared)"),
        (True, True, "clean (speakers not known)"),
        (False, True, "clean (sound not compared, speakers not known)"),
    ],
)
def test_what_was_not_seen_is_said_of_a_clean_report(audio: bool, unknown: bool, verdict: str):
    found = [finding("unknown_speaker", "warning")] if unknown else []
    assert report(*found, audio=audio).verdict == verdict


@pytest.mark.parametrize("severity", ["warning", "information"])
def test_only_a_leak_is_not_clean(severity: Severity):
    harmless = report(finding("near_duplicate", severity), finding("label_conflict", "warning"))
    assert harmless.clean
    assert harmless.leaks == ()
    harmless.refuse()  # nothing is raised


def test_a_refusal_names_the_first_three_leaks_and_no_warning():
    leaks = [finding("near_duplicate", detail=f"leak {number}") for number in range(5)]
    warning = finding("label_conflict", "warning", detail="a warning")
    with pytest.raises(LeakFound) as refused:
        report(warning, *leaks).refuse()
    assert str(refused.value) == "leak: 5 pairs of copies on both sides: leak 0; leak 1; leak 2"
    assert refused.value.code == "leak_found"


def test_the_json_form_survives_json_and_says_the_verdict():
    document = report(finding("speaker_overlap"), finding("unheard", "information")).to_dict()
    assert document["clean"] is False
    assert document["verdict"] == "leak: 1 speaker on both sides"
    assert (document["clips"], document["splits"], document["audio"]) == (4, 1, True)
    first = json.loads(json.dumps(document))["findings"][0]
    assert first["first"] == {"name": "mine/a", "label": "happy", "side": ""}
    assert first["second"] is None
    assert first["splits"] == ["fold1"]


def test_counting_a_kind_counts_every_severity():
    mixed = report(finding("near_duplicate"), finding("near_duplicate", "information"), finding("unheard", "warning"))
    assert [mixed.count(kind) for kind in ("near_duplicate", "unheard", "exact_duplicate")] == [2, 1, 0]
    assert sum(mixed.count(kind) for kind in KINDS) == 3
