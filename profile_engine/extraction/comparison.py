"""How far the two plans agree on the same responses."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from types import MappingProxyType

from profile_engine.extraction.calling import Caller
from profile_engine.extraction.llm_values import JudgedResponse, JudgingReport, judge_responses
from profile_engine.extraction.plan import OwnQuestion, Plan, Questionnaire, ResponseItem
from profile_engine.taxonomy import Factor, Task

Values = Mapping[int, Mapping[str, float]]
"""Response -> factor -> value, where there is one."""

HandOver = Callable[[Plan, JudgedResponse], None]


@dataclass(frozen=True, slots=True)
class PlanAgreement:
    """How far the plans agree on one factor; shares are None where there is nothing to share.

    Attributes:
        compared: responses with a value under both plans.
        only_one: responses with a value under one of them.
        equal: share of the compared with equal values, which are classes or ratios.
        mean_difference: mean absolute difference of the compared.
        pairs: pairs of compared responses to one source.
        same_sign: share of the pairs where both plans find the factor more manifest in the same response,
            or equally in both.
    """

    factor: str
    compared: int
    only_one: int
    equal: float | None
    mean_difference: float | None
    pairs: int
    same_sign: float | None


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """Both plans on the same responses."""

    agreements: tuple[PlanAgreement, ...]
    reports: Mapping[Plan, JudgingReport]


async def compare_plans(
    items: Sequence[ResponseItem],
    task: Task,
    factors: Sequence[str],
    caller: Caller,
    own: Sequence[OwnQuestion] = (),
    hand_over: HandOver | None = None,
) -> PlanComparison:
    """Judge the responses under both plans; calls that both make are made once.

    `hand_over` is called on the event loop with each response that is finished.
    """
    values: dict[Plan, Values] = {}
    reports: dict[Plan, JudgingReport] = {}
    for plan in Plan:
        judged: list[JudgedResponse] = []

        def take(response: JudgedResponse, plan: Plan = plan, found: list[JudgedResponse] = judged) -> None:
            found.append(response)
            if hand_over is not None:
                hand_over(plan, response)

        questionnaire = Questionnaire(task, plan, factors, own)
        reports[plan] = await judge_responses(items, questionnaire, caller, take)
        values[plan] = {
            response.key: {value.factor: value.value for value in response.values if value.value is not None}
            for response in judged
        }
    agreements = tuple(
        agree(questionnaire.factor(name), values[Plan.PAPER], values[Plan.FUSED], _pairs(items))
        for name in questionnaire.factors
    )
    return PlanComparison(agreements, MappingProxyType(reports))


def agree(factor: Factor, one: Values, other: Values, pairs: Sequence[tuple[int, int]]) -> PlanAgreement:
    """Compare two sets of values of one factor; `pairs` are responses that are compared with each other."""
    name = factor.name
    has_one = {key for key, values in one.items() if name in values}
    has_other = {key for key, values in other.items() if name in values}
    both = has_one & has_other
    differences = [abs(one[key][name] - other[key][name]) for key in both]

    def sign(values: Values, pair: tuple[int, int]) -> int:
        left, right = (values[key][name] for key in pair)
        return 0 if abs(left - right) <= factor.tie_tolerance else 1 if left > right else -1

    signs = [sign(one, pair) == sign(other, pair) for pair in pairs if both.issuperset(pair)]
    return PlanAgreement(
        name,
        compared=len(both),
        only_one=len(has_one ^ has_other),
        equal=fmean(difference == 0 for difference in differences) if differences else None,
        mean_difference=fmean(differences) if differences else None,
        pairs=len(signs),
        same_sign=fmean(signs) if signs else None,
    )


def _pairs(items: Sequence[ResponseItem]) -> list[tuple[int, int]]:
    by_source: defaultdict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for item in items:
        by_source[item.material.input, item.material.source].append(item.key)
    return [pair for keys in by_source.values() for pair in combinations(keys, 2)]
