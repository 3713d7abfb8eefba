"""Guidance on a factor: picking factors and pairs, having them judged, and what it came to (F.1)."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

import numpy as np
from sqlalchemy import Connection, select

from annotation.deeds.asking import Done
from annotation.deeds.judgement import Judgement, OpenPair, Said
from annotation.deeds.places import agent_id_of
from annotation.errors import StudyError
from annotation.experiments.agents import align_profile
from annotation.experiments.designs import AlignmentDesign, GuidanceDesign
from annotation.experiments.log import StoredExperiment, keep
from annotation.experiments.names import ExperimentName
from annotation.experiments.needs import require
from annotation.profiles import StudyProfile, load_profile
from annotation.store.columns import read_columns
from annotation.store.model_tables import judgings
from annotation.store.moment import Moment
from annotation.study import Study
from profile_engine.experiments.guidance import (
    FactorGap,
    GuidanceResult,
    compare_conditions,
    draw_pairs,
    factor_gaps,
    most_diverging,
    undiverging,
)
from profile_engine.extraction.calling import Caller
from profile_engine.ports import ChatRequest, ModelIdentity
from profile_engine.preferences import MISSING, Agent, AgentKind, Aggregation, Preference
from profile_engine.tally import Signs

BASELINE: Final = "no guidance"
RANDOM: Final = "Guide_Rand"
DIVERGING: Final = "Guide_Mis"

PAIRS: Final = 200
"""So many the paper has."""


def plan_guidance(
    study: Study,
    judge: str,
    *,
    factor: str | None = None,
    pairs: int = PAIRS,
    draws: int,
    seed: int = 0,
    all_pairs: bool = False,
) -> GuidanceDesign:
    """Pick the factors and draw the pairs.

    Args:
        study: has labels, values, and choices of the judge without guidance.
        judge: its name.
        factor: to guide on; None for the one that `most_diverging` picks.
        pairs: how many, of those on which most people prefer a side.
        draws: of the sources, for intervals.
        seed: of the draws, of the pairs and of the random factor.
        all_pairs: pick from the judge's scores on every pair that it chose on, not only where people have a
            preference.

    Raises:
        StudyError: something of this is lacking, or there is no factor to guide on.
    """
    require(study, ExperimentName.GUIDANCE)
    with study.reading() as connection:
        before = Moment.now(connection)
    profile = load_profile(study, Aggregation.MAJORITY, at=before)
    gaps = _gaps(study, profile, judge, draws, seed, all_pairs)
    picked = most_diverging(gaps)
    diverging = picked.factor if factor is None and picked is not None else factor
    if diverging is None:
        raise StudyError(f"people rank no factor lower than {judge} does: --factor names one to guide on")
    other = undiverging(gaps, seed, but=diverging)
    random = {} if other is None else {RANDOM: other.factor}
    factors = {BASELINE: None, **random, DIVERGING: diverging}
    sided = (profile.live.human_preferences() & 1) == 1  # -1 and 1 are odd, 0 and MISSING even
    drawn = draw_pairs(profile.pair_ids, sided, pairs, seed)
    return GuidanceDesign(judge, factors, drawn, before, draws, seed, all_pairs)


class GuidedJudging:
    """A judge's choices on the same pairs in every condition of a design: the deed of an `AskingRun`."""

    def __init__(
        self, study: Study, identity: ModelIdentity, design: GuidanceDesign, *, retry: bool = False
    ) -> None:
        """Whoever judges is called as the judge of the design; `retry` asks again for what failed."""
        self._identity = identity
        known = {factor.name: factor for factor in study.factors}
        self._judgements = tuple(
            Judgement(
                study,
                identity,
                condition=condition_of(factor),
                guidance=None if factor is None else known[factor],
                pair_ids=design.pair_ids,
                retry=retry,
            )
            for factor in design.factors.values()
        )

    @property
    def identity(self) -> ModelIdentity:
        """Who judges."""
        return self._identity

    def items(self) -> Iterator[tuple[Judgement, OpenPair]]:
        """What is still to be judged; a pair's conditions together, which begin alike."""
        for row in zip_longest(*(judgement.items() for judgement in self._judgements)):
            for judgement, item in zip(self._judgements, row, strict=True):
                if item is not None:
                    yield judgement, item

    def failed_before(self) -> int:
        """Choices that could not be had, and are left out."""
        return sum(judgement.failed_before() for judgement in self._judgements)

    async def do(self, caller: Caller, item: tuple[Judgement, OpenPair]) -> Done[Said]:
        """Ask about a pair in a condition."""
        judgement, pair = item
        return await judgement.do(caller, pair)

    def store(self, connection: Connection, item: tuple[Judgement, OpenPair], value: Said) -> None:
        """Write what was said."""
        judgement, pair = item
        judgement.store(connection, pair, value)

    def rehearse(self, request: ChatRequest) -> str:
        """An ordinary answer."""
        return self._judgements[0].rehearse(request)


def keep_guidance(study: Study, design: GuidanceDesign) -> StoredExperiment:
    """Work out what was judged by now, and keep it."""
    with study.reading() as connection:
        moment = Moment.now(connection)
    return keep(study, ExperimentName.GUIDANCE, design, moment, guided_result(study, design, moment))


def guided_result(study: Study, design: GuidanceDesign, at: Moment) -> GuidanceResult:
    """What the choices of a moment come to; people and gaps are those from which was picked."""
    profile = load_profile(study, Aggregation.MAJORITY, at=design.before)
    rows = np.searchsorted(profile.pair_ids, np.array(design.pair_ids, np.int64))
    with study.reading() as connection:
        choices = {
            name: _choices(connection, design, condition_of(factor), at)
            for name, factor in design.factors.items()
        }
    return compare_conditions(
        design.judge,
        _gaps(study, profile, design.judge, design.draws, design.seed, design.all_pairs),
        profile.live.human_preferences()[rows],
        choices,
        design.factors,
        profile.source_ids[rows],
        draws=design.draws,
        seed=design.seed,
    )


def condition_of(factor: str | None) -> str:
    """What its judgings are kept under; without guidance too they stand apart from the plain ones."""
    return f"guidance:{factor or ''}"


def _gaps(
    study: Study, profile: StudyProfile, judge: str, draws: int, seed: int, all_pairs: bool
) -> tuple[FactorGap, ...]:
    aligned = align_profile(study, AlignmentDesign(Aggregation.MAJORITY, all_pairs=all_pairs), profile)
    agents = {one.ranking.agent.address: one.ranking for one in aligned.agents}
    model = agents.get(Agent(judge, AgentKind.JUDGE).address)
    if model is None:
        raise StudyError(
            f"{judge} has judged nothing here without guidance: profile-tui judge STUDY --model {judge}"
        )
    people = profile.live.human_preferences()
    kept = people != Preference.TIE if all_pairs else (people & 1) == 1  # odd: -1 and 1
    preferences = np.stack([people, profile.live.preferences_of(model.agent)])[:, kept]
    return factor_gaps(
        aligned.people,
        model,
        preferences,
        profile.manifestations[kept],
        profile.source_ids[kept],
        profile.factors,
        draws=draws,
        seed=seed,
    )


def _choices(connection: Connection, design: GuidanceDesign, condition: str, at: Moment) -> Signs:
    """The last choice on each pair of the design by then; MISSING where there is none."""
    c = judgings.c
    said = read_columns(
        connection,
        select(c.pair_id, c.choice)
        .where(
            c.agent_id == agent_id_of(Agent(design.judge, AgentKind.JUDGE)),
            c.condition == condition,
            c.choice.is_not(None),
            c.pair_id.in_(design.pair_ids),
            c.id <= at.judgings,
        )
        .order_by(c.id),
        [("pair", "i8"), ("choice", "i1")],
    )
    signs = np.full(len(design.pair_ids), MISSING, np.int8)
    signs[np.searchsorted(np.array(design.pair_ids, np.int64), said["pair"])] = said["choice"]
    return signs
