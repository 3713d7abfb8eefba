"""What the factor table says of one pair: values, which side has more, and whom that speaks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotation.study import FactorValue, PairView
from profile_engine.manifestation import manifest
from profile_engine.preferences import Preference
from profile_engine.ranking import FactorRanking
from profile_engine.scoring import FactorScore
from profile_engine.taxonomy import Factor, ValueKind
from tui.sides import Glyph
from tui.wording import number, why_undefined

HAND_WRITTEN: Final = "hand-written"
NOT_YET: Final = "not yet"
LOADING: Final = "…"


@dataclass(frozen=True, slots=True)
class Pull:
    """One agent's factor score, and the side for which the factor speaks in this pair."""

    score: str
    side: Preference | None


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One line of the factor table.

    Attributes:
        left, right: the values as people read them, or why there is none.
        more: the side with more of the factor; None where a value is missing, and `reason` says why.
        difference: how far the values are apart, 0 to 1 and comparable between factors.
    """

    factor: Factor
    left: str
    right: str
    more: Preference | None
    reason: str
    difference: float
    people: Pull
    model: Pull


def factor_rows(
    view: PairView,
    factors: Iterable[Factor],
    people: FactorRanking | None,
    model: FactorRanking | None,
) -> tuple[FactorRow, ...]:
    """One row a factor, in the order of the factors; rankings are None until they are known."""
    scored_people, scored_model = _scores(people), _scores(model)
    return tuple(_row(view, factor, scored_people, scored_model) for factor in factors)


def _row(
    view: PairView,
    factor: Factor,
    people: Mapping[str, FactorScore] | None,
    model: Mapping[str, FactorScore] | None,
) -> FactorRow:
    left, right = view.left.values.get(factor.name), view.right.values.get(factor.name)
    more = _more(factor, left, right)
    return FactorRow(
        factor=factor,
        left=shown_value(factor, left),
        right=shown_value(factor, right),
        more=more,
        reason="" if more is not None else _first_reason(left, right),
        difference=_difference(left, right),
        people=_pull(people, factor, more),
        model=_pull(model, factor, more),
    )


def shown_value(factor: Factor, value: FactorValue | None) -> str:
    """A value as people read it; made-up ones carry `~`; where there is none, why."""
    if value is None or value.value is None:
        return _reason(value)
    made = Glyph.MADE if value.method == HAND_WRITTEN else ""
    classes = {number: name for name, number in factor.classes}
    label = value.label or classes.get(value.value)
    if label is not None:
        return made + label
    digits = 0 if factor.kind is ValueKind.COUNT and value.value % 1 == 0 else 3
    return made + f"{value.value:.{digits}f}"


def _scores(ranking: FactorRanking | None) -> Mapping[str, FactorScore] | None:
    return None if ranking is None else {ranked.score.factor: ranked.score for ranked in ranking.factors}


def _pull(scores: Mapping[str, FactorScore] | None, factor: Factor, more: Preference | None) -> Pull:
    if scores is None:
        return Pull(LOADING, None)
    scored = scores.get(factor.name)
    if scored is None or scored.score is None:
        return Pull(NOT_YET if scored is None else why_undefined(scored), None)
    side = Preference(more * (1 if scored.score > 0 else -1)) if scored.score and more else None
    return Pull(number(scored.score, 2), side)


def _more(factor: Factor, left: FactorValue | None, right: FactorValue | None) -> Preference | None:
    if left is None or right is None or left.value is None or right.value is None:
        return None
    signs = manifest(np.array([left.value]), np.array([right.value]), factor.tie_tolerance)
    return Preference(int(signs[0]))


def _difference(left: FactorValue | None, right: FactorValue | None) -> float:
    if left is None or right is None or left.value is None or right.value is None:
        return 0.0
    largest = max(abs(left.value), abs(right.value))
    return min(abs(left.value - right.value) / largest, 1.0) if largest else 0.0


def _first_reason(left: FactorValue | None, right: FactorValue | None) -> str:
    return _reason(left if left is None or left.value is None else right)


def _reason(value: FactorValue | None) -> str:
    if value is None:
        return NOT_YET
    reason = value.reason or NOT_YET
    return "no source" if "no source" in reason else "failed" if "fail" in reason else reason
