"""Running an experiment on a study as it is, and again on the study as it was."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Any, Final, TypeVar

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
from annotation.experiments.responses import Author, author_values, authors, direct_authors, direct_values
from annotation.profiles import load_profile
from annotation.store.moment import Moment
from annotation.study import Study
from profile_engine.experiments.alignment import AlignmentResult
from profile_engine.experiments.correlations import CorrelationMatrix, CorrelationsResult, correlate
from profile_engine.experiments.direct import Closeness, DirectResult, closeness
from profile_engine.experiments.guidance import GuidanceResult
from profile_engine.experiments.improvement import ImprovementResult, compare_improvements
from profile_engine.experiments.reward import RewardResult, compare_rewards

Progress = Callable[[int, int], bool]
"""Told how many steps of how many are done; whether to go on."""

FoundT = TypeVar("FoundT")


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
    study: Study, name: ExperimentName, design: Design, progress: Progress = lambda _done, _of: True
) -> StoredExperiment:
    """Run an experiment that asks no model, on the study as it is, and keep it.

    Raises:
        StudyError: the study lacks what it takes; an ExperimentStopped where `progress` says no.
    """
    require(study, name)
    with study.reading() as connection:
        moment = Moment.now(connection)
    return keep(study, name, design, moment, _compute(study, design, moment, progress))


def repeat(
    study: Study, stored: StoredExperiment, progress: Progress = lambda _done, _of: True
) -> Repetition:
    """Run a stored experiment again, on the study as it was then."""
    result = _compute(study, stored.design, stored.moment, progress)
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


def _compute(study: Study, design: Design, at: Moment, progress: Progress) -> ExperimentResult:
    return _COMPUTE[type(design)](study, design, at, progress)


def _align(study: Study, design: AlignmentDesign, at: Moment, progress: Progress) -> AlignmentResult:
    _tell(progress, 0, 2)
    profile = load_profile(study, design.aggregation, at=at)
    _tell(progress, 1, 2)
    return align_profile(study, design, profile)


def _guidance(study: Study, design: GuidanceDesign, at: Moment, _progress: Progress) -> GuidanceResult:
    return guided_result(study, design, at)


def _improvement(
    study: Study, design: ImprovementDesign, at: Moment, progress: Progress
) -> ImprovementResult:
    found = _align(study, design, at, progress)
    return compare_improvements(found.people, [one.ranking for one in found.agents])


def _reward(study: Study, design: RewardDesign, at: Moment, progress: Progress) -> RewardResult:
    return compare_rewards(_align(study, design, at, progress), design.trained_on)


def _direct(study: Study, design: DirectDesign, at: Moment, progress: Progress) -> DirectResult:
    factors = tuple(factor.name for factor in study.factors)

    def measure(author: Author) -> Closeness:
        found = direct_values(study, author, at)
        parts = (found.levels, found.direct, found.scored)
        return closeness(author.name, factors, *parts, draws=design.draws, seed=design.seed)

    return DirectResult(_of_each(direct_authors(study, design.agents, at), measure, progress))


def _correlations(
    study: Study, design: CorrelationsDesign, at: Moment, progress: Progress
) -> CorrelationsResult:
    factors = tuple(factor.name for factor in study.factors)

    def measure(author: Author) -> CorrelationMatrix:
        values, left_out = author_values(study, author, at, pooled=design.pooled)
        return replace(correlate(author.name, factors, values, design.method), left_out=left_out)

    found = _of_each(authors(study, design.agents, at), measure, progress)
    return CorrelationsResult(study.task.value, design.method, found)


def _of_each(
    several: Sequence[Author], measure: Callable[[Author], FoundT], progress: Progress
) -> tuple[FoundT, ...]:
    found = []
    for place, author in enumerate(several):
        _tell(progress, place, len(several))
        found.append(measure(author))
    return tuple(found)


def _tell(progress: Progress, done: int, of: int) -> None:
    if not progress(done, of):
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
