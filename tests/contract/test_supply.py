"""What we ship and what we install: terms, locks, the bill of materials, and the audit's word."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hatchling.build import prepare_metadata_for_build_wheel
from packaging.licenses import canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from sentisound.bundle import read_card
from sentisound.card import Card
from sentisound.cli.serve import NEEDED
from sentisound.corpora.registry import CORPORA
from sentisound.recognition import registry

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")
LOCKS = {name: ROOT / "requirements" / f"{name}.txt" for name in ("build", "server", "ci")}
SPDX = {
    "CC BY-NC-SA 4.0": "CC-BY-NC-SA-4.0",
    "CC BY-NC-ND 4.0": "CC-BY-NC-ND-4.0",
    "CC0 1.0": "CC0-1.0",
    "research use only": "LicenseRef-research-use-only",
    "not stated: research use only": "LicenseRef-research-use-only",
}
BESIDE = {"torch"}
"""Which build of it fits depends on the machine: it is installed beside the lock."""
PYTHONS = ("3.11", "3.12", "3.13")


def pins(name: str) -> list[Requirement]:
    lines = re.sub(r" \\\n\s+--hash=\S+", "", LOCKS[name].read_text(encoding="utf-8")).splitlines()
    return [Requirement(line) for line in lines if re.match(r"\w", line)]


def versions(name: str, python: str) -> dict[str, Version]:
    where = {"python_version": python, "python_full_version": f"{python}.1"}
    chosen = [pin for pin in pins(name) if pin.marker is None or pin.marker.evaluate(where)]
    return {canonicalize_name(pin.name): Version(str(pin.specifier).removeprefix("==")) for pin in chosen}


def wanted(*extras: str) -> list[Requirement]:
    """Return what the package and its extras require, those extras in turn that they name."""
    required = [Requirement(one) for one in PROJECT["dependencies"]]
    for extra in extras:
        for one in map(Requirement, PROJECT["optional-dependencies"][extra]):
            required += wanted(*one.extras) if one.name == PROJECT["name"] else [one]
    return required


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> str:
    """METADATA of a wheel that is built of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return (folder / prepare_metadata_for_build_wheel(str(folder)) / "METADATA").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", registry.folders())
def test_the_wheel_names_the_terms_of_every_model(name: str, metadata: str):
    (expression,) = re.findall(r"^License-Expression: (.+)$", metadata, re.MULTILINE)
    assert canonicalize_license_expression(expression) == expression
    card = read_card(registry.find(name))
    assert {SPDX[term] for term in card.licence.split(" and ")} <= set(expression.split(" AND "))
    assert "MIT" in expression.split(" AND ")
    assert {"License-File: LICENSE", "License-File: NOTICE"} <= set(metadata.splitlines())


def cards() -> list[Card]:
    return [read_card(registry.find(name)) for name in registry.folders()]


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)
def test_the_notice_tells_the_terms_of_every_model_and_where_they_come_from(card: Card):
    assert re.search(rf"^  {card.name} {re.escape(card.version)} +{re.escape(card.licence)}$", NOTICE, re.MULTILINE)
    known = {corpus.title: corpus for corpus in CORPORA.values()}
    assert f"learned from {', '.join(card.training.corpora)}" in NOTICE
    for title in card.training.corpora:
        corpus = known[title]
        assert re.search(rf"^  {title} +{re.escape(corpus.licence)} +{re.escape(corpus.url)}$", NOTICE, re.MULTILINE)


def test_what_pyav_carries_is_told_where_it_is_offered():
    libraries = {file.name for file in Path(pytest.importorskip("av").__file__).parent.with_name("av.libs").glob("*")}
    if not any(name.startswith(("libx264", "libx265")) for name in libraries):
        pytest.skip("this PyAV carries neither x264 nor x265")
    for text in (NOTICE, (ROOT / "README.md").read_text(encoding="utf-8")):
        assert re.search(r"x264.*x265.*GPL", text, re.DOTALL)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("lock", "extras"),
    [("ci", ("dev",)), ("server", ("serve", "postgres", "codecs", "reports", "sphinx", "remote"))],
)
def test_a_lock_has_what_the_project_wants_within_its_bounds(lock: str, extras: tuple[str, ...], python: str):
    locked = versions(lock, python)
    for one in wanted(*extras):
        if one.name not in BESIDE:
            version = locked.get(canonicalize_name(one.name))
            assert version, f"{one.name} is not in requirements/{lock}.txt: scripts/lock"
            assert one.specifier.contains(version), f"{one} and {version} of requirements/{lock}.txt: scripts/lock"


def test_the_server_asks_for_all_that_its_extra_installs():
    """What it does not look for ends in a traceback where it is missing."""
    modules = packages_distributions()
    core = {canonicalize_name(one.name) for one in wanted()}
    for name in {canonicalize_name(one.name) for one in wanted("serve")} - core:
        assert any(name in map(canonicalize_name, modules[module]) for module in NEEDED), f"{name}: cli/serve.NEEDED"


@pytest.mark.parametrize("python", PYTHONS)
def test_what_the_server_installs_is_what_was_tested(python: str):
    tested = versions("ci", python)
    for name in ("server", "build"):
        assert versions(name, python).items() <= tested.items()


@pytest.mark.parametrize("name", LOCKS)
def test_every_file_of_a_lock_has_hashes_and_comes_from_the_index(name: str):
    text = LOCKS[name].read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index-url|--extra-index-url|--find-links|file:| @ ", text)
    entries = re.split(r"\n(?=\w)", text.partition("scripts/lock\n")[2])
    assert entries
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]


def test_the_bill_of_materials_is_valid_and_lists_the_lock_and_the_models(tmp_path: Path):
    target = tmp_path / "server.cdx.json"
    subprocess.run([ROOT / "scripts" / "sbom", sys.executable, target], check=True, capture_output=True)
    text = target.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    libraries = {(one["name"], one["version"]) for one in bill["components"] if one["type"] == "library"}
    assert libraries == {(pin.name, str(pin.specifier).removeprefix("==")) for pin in pins("server")}
    models = {one["name"]: one["licenses"][0]["license"]["name"] for one in bill["components"] if "hashes" in one}
    assert models == {card.name: card.licence for card in cards()}
    assert bill["metadata"]["component"]["version"] == PROJECT["version"]


def audit(folder: Path, *answers: object, installed: str = '[{"name": "a", "version": "1"}]') -> tuple[int, str]:
    """Run the audit with an interpreter that lists what is installed and answers for pip-audit, call by call."""
    for number, answer in enumerate(answers):
        (folder / f"answer{number}").write_text(answer if isinstance(answer, str) else json.dumps(answer))
    python = folder / "python"
    python.write_text(
        f"#!/bin/sh\ncd {folder}\n[ \"$2\" = pip ] && echo '{installed}' && exit\n"
        'n=$(ls asked* 2>/dev/null | wc -l); touch "asked$n"; cat "answer$n"\n'
    )
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    done = subprocess.run([ROOT / "scripts" / "audit", python], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def told(*packages: dict[str, object]) -> dict[str, object]:
    return {"dependencies": list(packages)}


CLEAN = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
SKIPPED = {"name": "a", "skip_reason": "Dependency not found on PyPI"}


def test_the_audit_passes_what_was_asked_about(tmp_path: Path):
    assert audit(tmp_path, told(CLEAN)) == (0, "audit: 1 of 1 packages asked about, 0 vulnerabilities\n")


def test_the_audit_fails_for_a_vulnerability(tmp_path: Path):
    code, said = audit(tmp_path, told(BAD))
    assert code == 1
    assert "a 1: PYSEC-1, mended in 2" in said


def test_the_second_list_is_asked_about_what_the_first_does_not_know(tmp_path: Path):
    assert audit(tmp_path, told(SKIPPED), told(BAD))[0] == 1


@pytest.mark.parametrize("answers", [(told(CLEAN), ""), (told(CLEAN), told())])
def test_the_audit_fails_where_one_package_could_not_be_asked_about(tmp_path: Path, answers: tuple[object, ...]):
    both = '[{"name": "a", "version": "1"}, {"name": "b", "version": "2+cpu"}]'
    code, said = audit(tmp_path, *answers, installed=both)
    assert code == 2
    assert "audit: not asked about: b" in said


@pytest.mark.parametrize("answers", [("", ""), (told(SKIPPED), "")])
def test_the_audit_fails_where_nothing_could_be_asked(tmp_path: Path, answers: tuple[object, ...]):
    code, said = audit(tmp_path, *answers)
    assert code in (2, 3)  # 3: this machine's network has no way to a list
    assert ("NOTHING WAS AUDITED" in said) == (code == 3)
