"""An ensemble of runs: what several models, measured on the same folds, say together.

Each run kept the calibrated probabilities of its test clips. Their logarithms are averaged over runs and seeds (the
logarithmic opinion pool: Genest and Zidek 1986, "Combining probability distributions"), which is what one network that
learned from all of them would be taught. Every member learned from the same training sides, so the ensemble has heard
no test speaker either. Nothing is fitted: a member counts as much as any, and the threshold is the members' mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from sentisound.corpora.protocols import protocol
from sentisound.errors import BadRun
from sentisound.learning.evaluation.compare import refuse_other_clips
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.report import Evaluated, write_reports
from sentisound.learning.evaluation.runs import Config, Result, RunFolder, commit, environment, today
from sentisound.learning.evaluation.summary import summarise, to_result

FLOOR = 1e-6
"""Under a probability: runs keep six digits."""
SEED = 0
"""The seed that the ensemble's predictions are kept under; it draws nothing."""


def combine(runs: Sequence[RunFolder], out: RunFolder, protocols: Sequence[str] = ()) -> list[Evaluated]:
    """Combine runs under each protocol that all of them have, and write a run folder.

    Parameters
    ----------
    runs
        Two or more, finished.
    out
        Where the ensemble is kept, in the form of a run.
    protocols
        Only these; empty for all that are common.

    Raises
    ------
    BadRun
        When a run is not finished, none or not all of the protocols are common, or they tested different clips.
    """
    members = [{result.protocol: result for result in run.results()} for run in runs]
    named = list(protocols) or [name for name in members[0] if all(name in member for member in members)]
    if not named or any(name not in member for name in named for member in members):
        raise BadRun(f"the runs do not all have {', '.join(named) or 'a protocol in common'}")
    pairs = [(name, [(run, member[name]) for run, member in zip(runs, members, strict=True)]) for name in named]
    results = [_together(name, found, out) for name, found in pairs]
    config = _config(runs, named)
    out.write_config(config)
    out.write_results([to_result(one.summary, one.audit, adaptive=False) for one in results])
    write_reports(out, config, results)
    return results


def pooled(members: Sequence[Prediction]) -> Prediction:
    """Return what several models say of one fold's clips together.

    Raises
    ------
    BadRun
        When they were asked about different clips or labels.
    """
    first = members[0]
    if any((one.clips, one.truth, one.classes) != (first.clips, first.truth, first.classes) for one in members):
        raise BadRun(f"in fold {first.split} the runs tested different clips; run them on the same data")
    logs = np.mean([np.log(np.maximum(one.probability_rows(), FLOOR)) for one in members], axis=0)
    return Prediction(
        key="",
        split=first.split,
        seed=SEED,
        classes=first.classes,
        clips=first.clips,
        speakers=first.speakers,
        truth=first.truth,
        probabilities=np.round(softmax(logs, axis=1), 6).tolist(),
        threshold=float(np.mean([one.threshold for one in members])),
        temperature=1.0,
        chosen={"members": len(members)},
        inner_uar=float(np.mean([one.inner_uar for one in members])),
    )


def _together(name: str, runs: Sequence[tuple[RunFolder, Result]], out: RunFolder) -> Evaluated:
    found = [run.predictions(result) for run, result in runs]
    for other in found[1:]:
        refuse_other_clips(name, found[0], other)
    folds = runs[0][1].folds
    together = [pooled([one for member in found for one in member[number::folds]]) for number in range(folds)]
    for number, prediction in enumerate(together):
        out.keep(name, number, prediction)
    return Evaluated(summarise(protocol(name), together), runs[0][1].audit)


def _config(runs: Sequence[RunFolder], protocols: Sequence[str]) -> Config:
    members = [run.config() for run in runs]
    names = [f"{one.name} ({len(one.seeds)} {'seed' if len(one.seeds) == 1 else 'seeds'})" for one in members]
    return Config(
        name="ensemble",
        title=f"Ensemble of {', '.join(names)}",
        protocols=list(protocols),
        seeds=[SEED],
        adaptive=any(one.adaptive for one in members),
        features=" + ".join(dict.fromkeys(one.features for one in members)),
        model="mean of log-probabilities",
        recipe={"members": [one.recipe for one in members]},
        created=today(),
        environment=environment(),
        commit=commit(),
        notes=["Members count alike; nothing was fitted to combine them."],
    )
