"""Pairs on which a model and most people disagree, those first that add most to their misalignment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, overload

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, or_, select

from annotation.basis import Basis
from annotation.errors import StudyError
from annotation.profiles import StudyProfile
from annotation.store.columns import read_columns
from annotation.store.tables import responses, sources
from annotation.study import Study
from annotation.tags import UNREMARKED, PairRemarks, read_remarks
from profile_engine.alignment import Alignment, ResponseAgreement, response_agreement
from profile_engine.errors import UnknownAgentError, UnknownFactorError
from profile_engine.misalignment import FactorPull, Misalignment, find_misalignment
from profile_engine.preferences import Agent, AgentKind, Preference, only_agent

_TITLE: Final = 80


KINDS: Final = MappingProxyType(
    {
        Basis.JUDGE: AgentKind.JUDGE,
        Basis.SCORE: AgentKind.GENERATOR,
        Basis.REWARD: AgentKind.REWARD_MODEL,
    }
)
"""The agents that choose so: judges, generators by the scores they wrote for, reward models."""


@dataclass(frozen=True, slots=True)
class MisalignedFilter:
    """Which misaligned pairs to list; an empty filter takes all.

    Attributes:
        factor: pairs that differ in this factor.
        gap: both responses are of one author, who wrote them for scores that are at least so far apart.
        source: pairs of this source, by its id in the study.
        tag: pairs that carry this tag.
    """

    factor: str | None = None
    gap: float | None = None
    source: int | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class MisalignedPair:
    """One misaligned pair.

    Attributes:
        title: of its source, or how that begins.
        people: the side that most people prefer; `model` is what the model chose, which may be a tie.
        gap: how far apart the scores are for which one author wrote both; None where there are none.
        change: what tau_b of the two would gain if the model had chosen as people did; None: undefined.
        kendall: tau_b then.
        closer: how much closer their factor scores would be, summed over the factors.
        reason: why the change is undefined; None where it is not.
        pulls: the factors that explain it, at most three.
    """

    id: int
    source_id: int
    title: str
    people: Preference
    model: Preference
    gap: float | None
    change: float | None
    kendall: float | None
    closer: float
    reason: str | None
    pulls: tuple[FactorPull, ...]
    remarks: PairRemarks


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What stays as it is for as long as a profile is not read anew.

    Attributes:
        gaps: of every pair of the profile, NaN where there is none.
        titles: of sources, by id.
    """

    gaps: npt.NDArray[np.float64]
    titles: Mapping[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class MisalignedPairs(Sequence[MisalignedPair]):
    """Misaligned pairs in the order of what they add; a row is made when it is asked for.

    Attributes:
        agent: the model.
        agreement: on how many pairs it agrees with people, of how many.
        total: how many are misaligned, whatever the filter.
        found: those that pass; `ids` are theirs.
    """

    agent: Agent
    agreement: ResponseAgreement
    total: int
    found: Misalignment
    ids: npt.NDArray[np.int64]
    source_ids: npt.NDArray[np.int64]
    gaps: npt.NDArray[np.float64]
    titles: Mapping[int, str]
    remarks: Mapping[int, PairRemarks]

    @property
    def alignment(self) -> Alignment:
        """Of the model and the people together, as they stand."""
        return self.found.alignment

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> MisalignedPair: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[MisalignedPair]: ...
    def __getitem__(self, place: int | slice) -> MisalignedPair | Sequence[MisalignedPair]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        found, pair_id, source_id = self.found, int(self.ids[place]), int(self.source_ids[place])
        return MisalignedPair(
            pair_id,
            source_id,
            self.titles.get(source_id, ""),
            Preference(int(found.preferred[place])),
            Preference(int(found.chosen[place])),
            _number(self.gaps[place]),
            _number(found.change[place]),
            _number(found.kendall[place]),
            float(found.closer[place]),
            found.reason(place),
            found.pulls(place),
            self.remarks.get(pair_id, UNREMARKED),
        )

    @property
    def has_gaps(self) -> bool:
        """Whether any of them was written for two scores by one author."""
        return not bool(np.isnan(self.gaps).all())

    @property
    def any_moves(self) -> bool:
        """Whether any of them would change tau_b; if none would, they stand by closeness alone."""
        return bool(np.nan_to_num(self.found.change).any())

    def remarked(self) -> Iterator[MisalignedPair]:
        """Those with tags or a note."""
        for place in np.flatnonzero(np.isin(self.ids, list(self.remarks))).tolist():
            yield self[place]

    def place(self, pair_id: int) -> int | None:
        """Where a pair stands, from 0; None where it is not among them."""
        found = np.flatnonzero(self.ids == pair_id)
        return int(found[0]) if len(found) else None


def comparable(agents: Iterable[Agent], basis: Basis | None = None) -> tuple[Agent, ...]:
    """The models among the agents that choose so, or in any of the three ways."""
    kinds = KINDS.values() if basis is None else (KINDS[basis],)
    return tuple(agent for agent in agents if agent.kind in kinds)


def meant_model(agents: Iterable[Agent], name: str | None, basis: Basis | None = None) -> Agent:
    """The model called `name` or `name:kind` that chooses so; without a name the only one.

    Raises:
        UnknownAgentError: there is none, or there are several; the message names them.
    """
    among = comparable(agents, basis)
    if name is not None:
        return only_agent(among, name)
    if len(among) == 1:
        return among[0]
    which = "no model" if basis is None else f"no model that chooses by {basis}"
    if not among:
        raise UnknownAgentError(f"{which} in this study: import verdicts or scores, or let a model judge")
    raise UnknownAgentError(f"several models: say which, {' or '.join(agent.address for agent in among)}")


def read_backdrop(study: Study, profile: StudyProfile) -> Backdrop:
    """Read what does not change with labels or filters."""
    title = func.coalesce(func.nullif(sources.c.title, ""), func.substr(sources.c.text, 1, _TITLE))
    with study.reading() as connection:
        written = read_columns(
            connection,
            select(responses.c.id, responses.c.agent_id, responses.c.score)
            .where(responses.c.agent_id.is_not(None), responses.c.score.is_not(None))
            .order_by(responses.c.id),
            [("response", "i8"), ("agent", "i8"), ("score", "f8")],
        )
        found = connection.execute(select(sources.c.id, title))
        titles = {row.id: " ".join(row[1].split()) for row in found}
    ids = profile.values.response_ids
    written = written[np.isin(written["response"], ids)]
    authors, scores = np.zeros(len(ids), np.int64), np.full(len(ids), np.nan)
    places = np.searchsorted(ids, written["response"])
    authors[places], scores[places] = written["agent"], written["score"]
    left, right = profile.values.left, profile.values.right
    gaps = np.where(authors[left] == authors[right], np.abs(scores[left] - scores[right]), np.nan)
    return Backdrop(gaps, MappingProxyType(titles))


def find_misaligned(
    study: Study, profile: StudyProfile, backdrop: Backdrop, agent: Agent, wanted: MisalignedFilter
) -> MisalignedPairs:
    """The misaligned pairs that pass, as labels and verdicts stand in the profile and tags in the study.

    100,000 misaligned pairs of 13 factors take about a tenth of a second.

    Raises:
        UnknownAgentError: the profile does not have this agent.
        UnknownFactorError: the study does not have this factor.
    """
    live = profile.live
    rankings = live.snapshot.rankings
    if agent not in rankings:
        raise UnknownAgentError(f"no agent {agent.name!r} in this study")
    preferences = live.human_preferences(), live.preferences_of(agent)
    found = find_misalignment(
        live.snapshot.people, rankings[agent], preferences, profile.manifestations, profile.factors
    )
    with study.reading() as connection:
        remarks = read_remarks(connection)
    total = len(found)
    if wanted != MisalignedFilter():
        found = found.only(_passing(profile, backdrop, found, wanted, remarks))
    rows = found.rows
    return MisalignedPairs(
        agent,
        response_agreement(*preferences),
        total,
        found,
        profile.pair_ids[rows],
        profile.source_ids[rows],
        backdrop.gaps[rows],
        backdrop.titles,
        remarks,
    )


def _passing(
    profile: StudyProfile,
    backdrop: Backdrop,
    found: Misalignment,
    wanted: MisalignedFilter,
    remarks: Mapping[int, PairRemarks],
) -> npt.NDArray[np.bool_]:
    passing = np.ones(len(found), bool)
    if wanted.factor is not None:
        if wanted.factor not in found.factors:
            raise UnknownFactorError(
                f"no factor {wanted.factor!r} in this study: choose from {', '.join(found.factors)}"
            )
        passing &= np.isin(found.signs[:, found.factors.index(wanted.factor)], (-1, 1))
    if wanted.gap is not None:
        passing &= backdrop.gaps[found.rows] >= wanted.gap
    if wanted.source is not None:
        passing &= profile.source_ids[found.rows] == wanted.source
    if wanted.tag is not None:
        tagged = [id_ for id_, one in remarks.items() if wanted.tag in one.tags]
        passing &= np.isin(profile.pair_ids[found.rows], tagged)
    return passing


def source_named(study: Study, name: str) -> int:
    """The id of the source that the data set calls so, else of the one with this number.

    Raises:
        StudyError: there is neither.
    """
    by_name = sources.c.external_id == name
    number = int(name) if name.isdecimal() and len(name) < _MOST_DIGITS else None
    which = by_name if number is None else or_(by_name, sources.c.id == number)
    with study.reading() as connection:
        found: int | None = connection.execute(
            select(sources.c.id).where(which).order_by(by_name.is_(True).desc(), sources.c.id).limit(1)
        ).scalar_one_or_none()
    if found is None:
        raise StudyError(f"no source {name!r} in this study: give its number, or the data set's own id of it")
    return found


_MOST_DIGITS: Final = 18


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
