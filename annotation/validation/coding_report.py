"""What feedback talks about: counts per factor, agreement of coders, and the judge's own ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from sqlalchemy import select

from annotation.agreement import Coefficient, cohen_kappa
from annotation.profiles import load_profile
from annotation.store.tables import coding_texts, mentions
from annotation.study import Study
from annotation.validation.choices import Values
from annotation.validation.coding import CodingInfo, Codings, count_factors
from annotation.validation.mentions import MENTIONS, MentionKind, read_mentions
from profile_engine.errors import UnknownAgentError
from profile_engine.preferences import Setting
from profile_engine.ranking import FactorRanking

_FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class CoderKappa:
    """Two coders: Cohen's kappa of whether a text mentions a factor, for each factor."""

    a: str
    b: str
    kappa: Mapping[str, Coefficient]


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """How the number of mentions goes with the judge's factor scores.

    Attributes:
        factors: that have a score.
        spearman: rho; None where undefined.
        kendall: tau_b; None where undefined.
        reason: why they are undefined; None where they are not.
    """

    factors: int
    spearman: float | None
    kendall: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CodingReport:
    """What came out of one set of feedback texts.

    Attributes:
        coded: texts that anybody has coded.
        by_coder: texts that mention each factor, by coder.
        together: texts that more than half of their coders say mention a factor, most first.
        correlation: of `together` with the judge's ranking; None where the texts are not by an agent.
    """

    info: CodingInfo
    coded: int
    by_coder: Mapping[str, Mapping[str, int]]
    together: Mapping[str, int]
    kappas: tuple[CoderKappa, ...]
    correlation: RankCorrelation | None


def report_coding(study: Study, coding_id: int, values: Values = Values.RAW) -> CodingReport:
    """The results of one set; raises StudyError for an unknown id."""
    info = Codings(study).get(coding_id)
    own = mentions.c.text_id.in_(select(coding_texts.c.id).where(coding_texts.c.coding_id == coding_id))
    with study.reading() as connection:
        entries = read_mentions(connection, own, mentions.c.kind == MentionKind.MENTIONS, MENTIONS.stands())
    said: dict[str, dict[int, frozenset[str]]] = {}
    for entry in entries:
        if entry.factors is not None:
            said.setdefault(entry.coder, {})[entry.text_id] = entry.factors
    factors = tuple(factor.name for factor in study.factors)
    texts = sorted({text_id for coded in said.values() for text_id in coded})
    agreed = (_majority([coded[text] for coded in said.values() if text in coded]) for text in texts)
    together = count_factors(factors, agreed)
    return CodingReport(
        info,
        len(texts),
        {coder: count_factors(factors, coded.values()) for coder, coded in sorted(said.items())},
        together,
        tuple(_kappas(a, b, said[a], said[b], factors) for a, b in combinations(sorted(said), 2)),
        None if info.judge is None else _correlate(together, _ranking(study, info.judge, values)),
    )


def _majority(coded: Sequence[frozenset[str]]) -> frozenset[str]:
    every = frozenset[str]().union(*coded)
    return frozenset(name for name in every if sum(name in one for one in coded) * 2 > len(coded))


def _kappas(
    a: str,
    b: str,
    of_a: Mapping[int, frozenset[str]],
    of_b: Mapping[int, frozenset[str]],
    factors: Sequence[str],
) -> CoderKappa:
    texts = sorted(of_a.keys() & of_b.keys())
    kappa = {
        name: cohen_kappa(
            *(np.array([name in coded[text] for text in texts], np.float64) for coded in (of_a, of_b))
        )
        for name in factors
    }
    return CoderKappa(a, b, kappa)


def _ranking(study: Study, judge: str, values: Values) -> FactorRanking | None:
    snapshot = load_profile(study, values=values).live.snapshot
    for name in (f"{judge}:{Setting.EVALUATION}", judge):
        try:
            return snapshot.of(name)
        except UnknownAgentError:
            continue
    return None


def _correlate(counts: Mapping[str, int], ranking: FactorRanking | None) -> RankCorrelation:
    if ranking is None:
        return RankCorrelation(0, None, None, "this judge has no preferences in the study")
    scored = {one.score.factor: one.score.score for one in ranking.factors if one.score.score is not None}
    numbers = [counts.get(name, 0) for name in scored]
    if len(scored) < _FEWEST or len(set(numbers)) == 1 or len(set(scored.values())) == 1:
        reason = "fewer than three factors have a score, or all have the same count or score"
        return RankCorrelation(len(scored), None, None, reason)
    from scipy import stats

    scores = list(scored.values())
    return RankCorrelation(
        len(scored),
        float(stats.spearmanr(numbers, scores).statistic),
        float(stats.kendalltau(numbers, scores, variant="b").statistic),
    )
