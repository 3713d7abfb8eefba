"""Finding pairs: steps, filters, search."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, or_, select

from annotation.agents import read_agents
from annotation.label_state import LabelState
from annotation.profiles import StudyProfile
from annotation.store.columns import read_columns
from annotation.store.standing import flag_stands, label_stands
from annotation.store.tables import answers, pairs, preferences, responses, sources
from annotation.study import Study
from profile_engine.errors import UnknownFactorError
from profile_engine.misalignment import parts
from profile_engine.preferences import MISSING, Agent, matching, only_agent

__all__ = ["LabelState", "PairFilter", "find_pairs"]


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs to step through; an empty filter takes all. Agents are given by `name` or `name:kind`.

    Attributes:
        agent: wrote one of the responses, or has a preference or a label on the pair; a name that several
            agents have stands for each of them.
        state: what people have said.
        factor: pairs that differ in this factor.
        misaligned_with: most people prefer a side and this agent does not prefer the same (its ties count).
        text: occurs in the source or a response, case ignored.
    """

    agent: str | None = None
    state: LabelState | None = None
    factor: str | None = None
    misaligned_with: str | None = None
    text: str | None = None


def find_pairs(study: Study, profile: StudyProfile, wanted: PairFilter) -> npt.NDArray[np.int64]:
    """Ids of the pairs that pass, ascending.

    Labels, flags and texts are as they stand in the study now, values and majorities as the profile has them.

    Raises:
        EngineError: the factor, or the agent that people are compared with, is not in the profile, or
            several agents are of that name.
    """
    passing = np.ones(len(profile.pair_ids), bool)
    if wanted.factor is not None:
        passing &= _differing(profile, wanted.factor)
    if wanted.misaligned_with is not None:
        passing &= _misaligned(profile, wanted.misaligned_with)
    with study.reading() as connection:
        for condition in _conditions(wanted, read_agents(connection, study.settings.agent_settings)):
            found = read_columns(connection, select(pairs.c.id).where(condition), [("pair", "i8")])
            passing &= np.isin(profile.pair_ids, found["pair"])
    if wanted.state is LabelState.NO_MAJORITY:
        passing &= profile.live.human_preferences() == MISSING
    return profile.pair_ids[passing]


def _differing(profile: StudyProfile, factor: str) -> npt.NDArray[np.bool_]:
    if factor not in profile.factors:
        raise UnknownFactorError(
            f"no factor {factor!r} in this study: choose from {', '.join(profile.factors)}"
        )
    signs = profile.manifestations[:, profile.factors.index(factor)]
    return np.isin(signs, (-1, 1))


def _misaligned(profile: StudyProfile, model: str) -> npt.NDArray[np.bool_]:
    agent = only_agent((entry.agent for entry in profile.models), model)
    return parts(profile.live.human_preferences(), profile.live.preferences_of(agent))


def _conditions(wanted: PairFilter, known: Mapping[int, Agent]) -> Iterator[ColumnElement[bool]]:
    if wanted.agent is not None:
        meant = matching(known.values(), wanted.agent)
        yield _involves([id_ for id_, agent in known.items() if agent in meant])
    labelled = pairs.c.id.in_(select(answers.c.pair_id).where(label_stands()))
    if wanted.state in (LabelState.LABELLED, LabelState.NO_MAJORITY):
        yield labelled
    elif wanted.state is LabelState.UNLABELLED:
        yield ~labelled
    elif wanted.state is LabelState.FLAGGED:
        yield pairs.c.id.in_(select(answers.c.pair_id).where(flag_stands()))
    if wanted.text is not None:
        yield _says(wanted.text)


def _involves(ids: Sequence[int]) -> ColumnElement[bool]:
    written = select(responses.c.id).where(responses.c.agent_id.in_(ids))
    told = select(preferences.c.pair_id).where(
        preferences.c.agent_id.in_(ids), preferences.c.value.is_not(None)
    )
    said = select(answers.c.pair_id).where(answers.c.annotator_id.in_(ids), label_stands())
    return or_(
        pairs.c.left_id.in_(written),
        pairs.c.right_id.in_(written),
        pairs.c.id.in_(told),
        pairs.c.id.in_(said),
    )


def _says(text: str) -> ColumnElement[bool]:
    """Both sides in lower case, letter by letter: "Ü" finds "ü", but "ss" does not find "ß"."""
    sources_with = select(sources.c.id).where(sources.c.text.icontains(text, autoescape=True))
    responses_with = select(responses.c.id).where(responses.c.text.icontains(text, autoescape=True))
    return or_(
        pairs.c.source_id.in_(sources_with),
        pairs.c.left_id.in_(responses_with),
        pairs.c.right_id.in_(responses_with),
    )
