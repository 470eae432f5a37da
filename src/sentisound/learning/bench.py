"""The bench: a recipe is audited and measured under protocols, and a run folder says what it comes to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sentisound.corpora.protocols import Protocol, protocol
from sentisound.errors import RecipeError
from sentisound.learning.dataset import Progress
from sentisound.learning.evaluation.conditions import condition
from sentisound.learning.evaluation.protocols import Places, per_speaker, predictions, prepare, tested_voices
from sentisound.learning.evaluation.report import Evaluated, overview, write_reports
from sentisound.learning.evaluation.runs import Config, RunFolder, commit, environment, today
from sentisound.learning.evaluation.summary import summarise, to_result
from sentisound.learning.learner import is_network
from sentisound.learning.recipe import Recipe
from sentisound.learning.silence import silent_clips

__all__ = ["Evaluated", "Places", "Plan", "evaluate", "overview"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured."""

    recipe: Recipe
    protocols: tuple[str, ...]
    seeds: tuple[int, ...]
    adaptive: bool = False
    """Standardise per speaker, test speakers too; reported apart as "speaker-adaptive"."""
    audit_sound: bool = False
    """Have the audit compare the recordings too, not only speakers, texts and files."""
    conditions: tuple[str, ...] = ()
    """Names of conditions under which each fold's model hears its test clips again."""
    fairness: bool = False
    """Compare groups of speakers."""
    notes: tuple[str, ...] = ()
    """What the report has to say beside its figures."""

    def check(self) -> None:
        """Refuse conditions that are not there, or that would mean nothing.

        Raises
        ------
        RecipeError
        """
        for name in self.conditions:
            condition(name)
        if self.conditions and (self.adaptive or self.recipe.data.noise_copies_before_split):
            raise RecipeError("robustness is of single clips of unseen speakers: neither adaptive nor with copies")

    def config(self) -> Config:
        """Return what a run folder keeps of it."""
        recipe = self.recipe
        return Config(
            name=recipe.name,
            title=recipe.title,
            protocols=list(self.protocols),
            seeds=list(self.seeds),
            adaptive=self.adaptive,
            features=recipe.features.set,
            model=recipe.model.name.replace("_", " "),
            recipe=asdict(recipe),
            created=today(),
            environment=environment(networks=is_network(recipe)),
            commit=commit(),
            notes=list(self.notes),
        )


def evaluate(plan: Plan, places: Places, out: Path, progress: Progress) -> list[Evaluated]:
    """Measure a recipe and write the run folder ``out``; folds that are there and up to date are not run again.

    Raises
    ------
    CorpusError, RecipeError, FeatureError
    LeakFound
        When a split leaks and its protocol is not marked speaker-dependent.
    """
    plan.check()
    named = [protocol(name) for name in plan.protocols]
    run = RunFolder(out)
    run.write_config(plan.config())
    results = [_measured(plan, one, places, run, progress) for one in named]
    run.write_results([to_result(one.summary, one.audit, adaptive=plan.adaptive) for one in results])
    write_reports(run, plan.config(), results)
    return results


def _measured(plan: Plan, named: Protocol, places: Places, run: RunFolder, progress: Progress) -> Evaluated:
    task = prepare(plan.recipe, named, places, progress, by_sound=plan.audit_sound)
    if plan.adaptive:
        task = replace(task, data=per_speaker(task.data))
    found = predictions(plan.recipe, task, plan.seeds, places, progress, run, plan.conditions)
    voices = tested_voices(task, places, progress) if plan.fairness else None
    silent = silent_clips(task.data.clips, places.jobs, progress, places.cache)
    return Evaluated(summarise(named, found, voices), task.audit, silent)
