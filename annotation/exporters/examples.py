"""Pairs to show or to learn from: tagged ones, or those on which a model and most people disagree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotation.exporters.rows import ExportRow, exported_rows
from annotation.importers.study_rows import SIDE_NAMES
from annotation.misaligned import MisalignedFilter, find_misaligned, meant_model, read_backdrop
from annotation.profiles import StudyProfile, load_profile
from annotation.study import Study
from annotation.tags import UNREMARKED, PairRemarks, read_remarks, remarked_pairs
from profile_engine.preferences import MISSING, Agent
from profile_engine.ranking import FactorRanking
from profile_engine.taxonomy import Factor


@dataclass(frozen=True, slots=True)
class FactorSignal:
    """One factor on one pair.

    Attributes:
        more: which response has more of it: 1 left, -1 right, 0 neither; None: it has no value on a side.
        people: the score of people together; None: undefined. `model` is the model's, where one is asked for.
    """

    factor: Factor
    more: int | None
    people: float | None
    model: float | None

    @property
    def people_pull(self) -> int | None:
        """The side for which the factor speaks by people's score."""
        return _pull(self.more, self.people)

    @property
    def model_pull(self) -> int | None:
        """The same by the model's score."""
        return _pull(self.more, self.model)


@dataclass(frozen=True, slots=True)
class Example:
    """One pair with all that is known of it.

    Attributes:
        row: as `exported_rows` gives it.
        human: the side most people prefer, 0 a tie; None: no majority.
        model: what the model asked for chose, in the same way; None: nothing, or no model is asked for.
        signals: one a factor, in the study's order.
    """

    id: int
    row: ExportRow
    human: int | None
    model: int | None
    signals: tuple[FactorSignal, ...]
    remarks: PairRemarks


@dataclass(frozen=True, slots=True)
class Examples:
    """Some pairs of a study, and the model they are about, if it is one's.

    Attributes:
        ids: in the order in which they are given.
    """

    study: Study
    profile: StudyProfile
    ids: Sequence[int]
    model: Agent | None
    remarks: Mapping[int, PairRemarks] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Example]:
        live = self.profile.live
        people = live.human_preferences()
        chosen = np.full_like(people, MISSING) if self.model is None else live.preferences_of(self.model)
        rankings = live.snapshot.rankings
        mine = _scores(live.snapshot.people)
        its = {} if self.model is None else _scores(rankings[self.model])
        for pair_id, row in zip(self.ids, exported_rows(self.study, self.ids), strict=True):
            place = self.profile.row(pair_id)
            signs = self.profile.manifestations[place].tolist()
            yield Example(
                pair_id,
                row,
                _sign(people[place]),
                _sign(chosen[place]),
                tuple(
                    FactorSignal(factor, _sign(sign), mine[factor.name], its.get(factor.name))
                    for factor, sign in zip(self.study.factors, signs, strict=True)
                ),
                self.remarks.get(pair_id, UNREMARKED),
            )


def choose_examples(
    study: Study, tag: str | None = None, agent: str | None = None, *, otherwise_all: bool = False
) -> Examples:
    """The pairs that carry a tag; without one, those on which the model and most people disagree, in order.

    Args:
        study: has the pairs.
        tag: None: any.
        agent: a model by `name` or `name:kind`, whose scores and choices stand beside those of people.
        otherwise_all: without tag and model all pairs, instead of all that have any tag or a note.

    Raises:
        UnknownAgentError: no such model, or several.
        StudyError: no pair carries the tag.
    """
    profile = load_profile(study)
    with study.reading() as connection:
        remarks = read_remarks(connection)
    model = None if agent is None else meant_model(profile.live.snapshot.rankings, agent)
    if tag is not None:
        ids = remarked_pairs(remarks, tag)
    elif model is not None:
        found = find_misaligned(study, profile, read_backdrop(study, profile), model, MisalignedFilter())
        ids = tuple(found.ids.tolist())
    else:
        ids = tuple(profile.pair_ids.tolist()) if otherwise_all else remarked_pairs(remarks)
    # A pair that came in while this was read is not in the profile.
    known_ids = set(profile.pair_ids.tolist())
    return Examples(study, profile, [id_ for id_ in ids if id_ in known_ids], model, remarks)


def side_name(side: int | None) -> str | None:
    """How a side is written: left, right, tie."""
    return None if side is None else SIDE_NAMES[side]


def _scores(ranking: FactorRanking) -> dict[str, float | None]:
    return {ranked.score.factor: ranked.score.score for ranked in ranking.factors}


def _sign(sign: np.int8 | int) -> int | None:
    return None if sign == MISSING else int(sign)


def _pull(more: int | None, score: float | None) -> int | None:
    return None if more is None or score is None else int(more * np.sign(score))
