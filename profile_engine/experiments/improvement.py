"""Improving with an evaluator's feedback, beside improving without (PROFILE §4.4, F.2; Table 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from profile_engine.alignment import Alignment, align
from profile_engine.preferences import AgentKind
from profile_engine.ranking import FactorRanking


class ImprovementMethod(StrEnum):
    """What an improved response was made from.

    FEEDBACK: both initial responses and the evaluator's choice with its reason. BOTH (Baseline_A): both
    initial responses alone. SINGLE (Baseline_B): one initial response alone.
    """

    FEEDBACK = "feedback"
    BOTH = "both"
    SINGLE = "single"


_BASELINES: Final = {" from both": ImprovementMethod.BOTH, " from each": ImprovementMethod.SINGLE}


@dataclass(frozen=True, slots=True)
class Improver:
    """What an improver's name says.

    Attributes:
        evaluator: whose feedback it had; None for a baseline.
    """

    generator: str
    method: ImprovementMethod
    evaluator: str | None

    @classmethod
    def of(cls, name: str) -> "Improver":
        """Read `G by E`, `G from both`, `G from each`; any other name is a generator of feedback unknown."""
        for ending, method in _BASELINES.items():
            if name.endswith(ending):
                return cls(name.removesuffix(ending), method, None)
        generator, by, evaluator = name.rpartition(" by ")
        return cls(generator if by else name, ImprovementMethod.FEEDBACK, evaluator if by else None)


@dataclass(frozen=True, slots=True)
class ImprovementRow:
    """A row of Table 3.

    Attributes:
        evaluator: whose factor scores those of the improvement are held against.
        ranking: factor scores of improvement.
        with_evaluator: delta tau with the evaluator (and rho, r); None where there is no evaluator.
        with_people: delta tau with the people.
    """

    generator: str
    method: ImprovementMethod
    evaluator: str | None
    ranking: FactorRanking
    with_evaluator: Alignment | None
    with_people: Alignment


@dataclass(frozen=True, slots=True)
class ImprovementResult:
    """Table 3: each generator with each evaluator, feedback first, then both baselines.

    Attributes:
        people: the ranking behind `with_people`; `evaluators` those behind `with_evaluator`.
    """

    people: FactorRanking
    evaluators: Mapping[str, FactorRanking]
    rows: tuple[ImprovementRow, ...]


def compare_improvements(people: FactorRanking, rankings: Sequence[FactorRanking]) -> ImprovementResult:
    """Hold every improver's factor scores against those of its evaluator and of the people.

    A baseline is held against every evaluator that its generator had feedback of.

    Args:
        people: their ranking.
        rankings: of everybody else; improvers and judges are looked for among them.
    """
    judges = {one.agent.name: one for one in rankings if one.agent.kind is AgentKind.JUDGE}
    improvers = [
        (Improver.of(one.agent.name), one) for one in rankings if one.agent.kind is AgentKind.IMPROVER
    ]
    rows = []
    for generator in dict.fromkeys(one.generator for one, _ in improvers):
        own = [(one, ranking) for one, ranking in improvers if one.generator == generator]
        named = list(dict.fromkeys(one.evaluator for one, _ in own if one.evaluator is not None))
        evaluators: list[str | None] = [*named] or [None]
        for evaluator in evaluators:
            rows += [
                _row(one, evaluator, ranking, judges, people)
                for method in ImprovementMethod
                for one, ranking in own
                if one.method is method and one.evaluator in (None, evaluator)
            ]
    used = {row.evaluator for row in rows}
    return ImprovementResult(people, {name: one for name, one in judges.items() if name in used}, tuple(rows))


def _row(
    one: Improver,
    evaluator: str | None,
    ranking: FactorRanking,
    judges: Mapping[str, FactorRanking],
    people: FactorRanking,
) -> ImprovementRow:
    with_evaluator = None if evaluator is None else _against(judges.get(evaluator), evaluator, ranking)
    return ImprovementRow(
        one.generator, one.method, evaluator, ranking, with_evaluator, align(people, ranking)
    )


def _against(judge: FactorRanking | None, name: str, ranking: FactorRanking) -> Alignment:
    if judge is None:
        return Alignment(0, None, None, None, f"{name} has judged nothing here")
    return align(judge, ranking)
