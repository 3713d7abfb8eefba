"""Running an experiment on a study as it is, and again on the study as it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any, Final

from annotation.errors import StudyError
from annotation.experiments.agents import align_profile
from annotation.experiments.designs import (
    AlignmentDesign,
    CorrelationsDesign,
    Design,
    DirectDesign,
    GuidanceDesign,
    ImprovementDesign,
    RewardDesign,
)
from annotation.experiments.guidance import guided_result
from annotation.experiments.log import (
    ExperimentResult,
    StoredExperiment,
    keep,
    reading_of,
    result_document,
)
from annotation.experiments.names import ExperimentName
from annotation.experiments.needs import require
from annotation.experiments.responses import read_authors, read_direct
from annotation.profiles import load_profile
from annotation.store.moment import Moment
from annotation.study import Study
from profile_engine.experiments.alignment import AlignmentResult
from profile_engine.experiments.correlations import CorrelationsResult, correlate
from profile_engine.experiments.direct import DirectResult, closeness
from profile_engine.experiments.guidance import GuidanceResult
from profile_engine.experiments.improvement import ImprovementResult, compare_improvements
from profile_engine.experiments.reward import RewardResult, compare_rewards

GoOn = Callable[[], bool]
"""Asked between two agents; whether to go on."""


class ExperimentStopped(StudyError):  # noqa: N818 - it is no error of anybody's
    """It was asked to stop; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """An experiment run again on what it was run on.

    Attributes:
        result: what came out this time.
        same: whether it is what came out then.
        why: what has changed since, where that is known.
    """

    result: ExperimentResult
    same: bool
    why: str | None


def run_experiment(
    study: Study, name: ExperimentName, design: Design, go_on: GoOn = lambda: True
) -> StoredExperiment:
    """Run an experiment that asks no model, on the study as it is, and keep it.

    Raises:
        StudyError: the study lacks what it takes; an ExperimentStopped where `go_on` says no.
    """
    require(study, name)
    with study.reading() as connection:
        moment = Moment.now(connection)
    return keep(study, name, design, moment, _compute(study, design, moment, go_on))


def repeat(study: Study, stored: StoredExperiment, go_on: GoOn = lambda: True) -> Repetition:
    """Run a stored experiment again, on the study as it was then."""
    result = _compute(study, stored.design, stored.moment, go_on)
    documents = (result_document(stored.name, one) for one in (stored.result, result))
    same, changed = _equal(*documents), reading_of(study) != stored.reading
    why = None
    if not same:
        why = (
            "the study's factors, tie tolerances or agents' settings were changed since"
            if changed
            else "what it was run on is not in the study any more, as when somebody was erased"
        )
    return Repetition(result, same, why)


def _compute(study: Study, design: Design, at: Moment, go_on: GoOn) -> ExperimentResult:
    return _COMPUTE[type(design)](study, design, at, go_on)


def _align(study: Study, design: AlignmentDesign, at: Moment, _go_on: GoOn) -> AlignmentResult:
    return align_profile(study, design, load_profile(study, design.aggregation, at=at))


def _guidance(study: Study, design: GuidanceDesign, at: Moment, _go_on: GoOn) -> GuidanceResult:
    return guided_result(study, design, at)


def _improvement(study: Study, design: ImprovementDesign, at: Moment, go_on: GoOn) -> ImprovementResult:
    found = _align(study, design, at, go_on)
    return compare_improvements(found.people, [one.ranking for one in found.agents])


def _reward(study: Study, design: RewardDesign, at: Moment, go_on: GoOn) -> RewardResult:
    return compare_rewards(_align(study, design, at, go_on), design.trained_on)


def _direct(study: Study, design: DirectDesign, at: Moment, go_on: GoOn) -> DirectResult:
    factors = tuple(factor.name for factor in study.factors)
    found = []
    for one in read_direct(study, design.agents, at):
        _stop_unless(go_on)
        found.append(
            closeness(
                one.name,
                factors,
                one.levels,
                one.direct,
                one.scored,
                draws=design.draws,
                seed=design.seed,
            )
        )
    return DirectResult(tuple(found))


def _correlations(study: Study, design: CorrelationsDesign, at: Moment, go_on: GoOn) -> CorrelationsResult:
    factors = tuple(factor.name for factor in study.factors)
    found = []
    for one in read_authors(study, design.agents, at):
        _stop_unless(go_on)
        found.append(correlate(one.name, factors, one.values, design.method))
    return CorrelationsResult(study.task.value, design.method, tuple(found))


def _stop_unless(go_on: GoOn) -> None:
    if not go_on():
        raise ExperimentStopped("stopped; nothing was kept")


_COMPUTE: Final[Mapping[type[Design], Callable[..., ExperimentResult]]] = {
    AlignmentDesign: _align,
    GuidanceDesign: _guidance,
    ImprovementDesign: _improvement,
    RewardDesign: _reward,
    DirectDesign: _direct,
    CorrelationsDesign: _correlations,
}


def _equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether two documents say the same; numbers up to what another processor may round otherwise."""
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
