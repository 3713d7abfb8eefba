"""What each experiment takes, whether a study has it, and which command brings it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, exists, select

from annotation.errors import StudyError
from annotation.experiments.names import ExperimentName
from annotation.experiments.responses import DIRECT
from annotation.store.model_tables import generations, improvements
from annotation.store.standing import label_stands
from annotation.store.tables import agents, answers, factor_values, preferences, responses
from annotation.study import Study
from profile_engine.preferences import AgentKind


@dataclass(frozen=True, slots=True)
class Need:
    """Something that an experiment takes.

    Attributes:
        what: in words.
        met: whether the study has any of it.
        command: what brings it.
    """

    what: str
    met: bool
    command: str


@dataclass(frozen=True, slots=True)
class _Kind:
    what: str
    command: str
    there: Select[tuple[int]]


def _preferring(kind: AgentKind) -> Select[tuple[int]]:
    return (
        select(preferences.c.id).join(agents).where(agents.c.kind == kind, preferences.c.value.is_not(None))
    )


def _valued(condition: ColumnElement[bool]) -> Select[tuple[int]]:
    return (
        select(factor_values.c.id)
        .join(responses, responses.c.id == factor_values.c.response_id)
        .where(factor_values.c.value.is_not(None), condition)
    )


_LABELS: Final = _Kind(
    "labels by people",
    "profile-tui label STUDY, or import them",
    select(answers.c.id).where(label_stands()),
)
_VALUES: Final = _Kind(
    "factor values",
    "profile-tui extract STUDY",
    select(factor_values.c.id).where(factor_values.c.value.is_not(None)),
)
_JUDGED: Final = _Kind(
    "choices by a judge", "profile-tui judge STUDY --model NAME", _preferring(AgentKind.JUDGE)
)
_SCORED: Final = _Kind(
    "scored responses",
    "profile-tui generate STUDY --model NAME",
    select(responses.c.id).where(responses.c.score.is_not(None)),
)
_REWARDED: Final = _Kind(
    "rewards by a model",
    "profile-tui reward STUDY --model NAME",
    _preferring(AgentKind.REWARD_MODEL),
)
_IMPROVED: Final = _Kind(
    "improved responses",
    "profile-tui improve STUDY --generator G --evaluator E",
    select(improvements.c.id).where(improvements.c.response_id.is_not(None)),
)
_IMPROVED_VALUES: Final = _Kind(
    "values of improved responses",
    "profile-tui extract STUDY",
    _valued(exists().where(improvements.c.response_id == factor_values.c.response_id)),
)
_IS_DIRECT: Final = exists().where(
    generations.c.response_id == responses.c.id, generations.c.purpose == DIRECT
)
_DIRECT_RESPONSES: Final = _Kind(
    "direct responses",
    "profile-tui generate STUDY --model NAME --direct",
    select(responses.c.id).where(_IS_DIRECT),
)
_DIRECT_VALUES: Final = _Kind("values of direct responses", "profile-tui extract STUDY", _valued(_IS_DIRECT))
_AUTHORED: Final = _Kind(
    "values of an author's responses",
    "profile-tui extract STUDY",
    _valued(responses.c.agent_id.is_not(None)),
)

_NEEDS: Final[Mapping[ExperimentName, tuple[_Kind, ...]]] = MappingProxyType(
    {
        ExperimentName.ALIGNMENT: (_LABELS, _VALUES),
        ExperimentName.GUIDANCE: (_LABELS, _VALUES, _JUDGED),
        ExperimentName.IMPROVEMENT: (_IMPROVED, _IMPROVED_VALUES),
        ExperimentName.REWARD: (_LABELS, _VALUES, _REWARDED),
        ExperimentName.DIRECT: (_SCORED, _DIRECT_RESPONSES, _DIRECT_VALUES),
        ExperimentName.CORRELATIONS: (_AUTHORED,),
    }
)


def read_needs(study: Study) -> Mapping[ExperimentName, tuple[Need, ...]]:
    """Everything that the experiments take."""
    with study.reading() as connection:
        there: dict[str, bool] = {}
        return {
            name: tuple(_need(connection, kind, there) for kind in kinds) for name, kinds in _NEEDS.items()
        }


def require(study: Study, name: ExperimentName) -> None:
    """Raise StudyError where the study lacks something that an experiment takes."""
    with study.reading() as connection:
        for kind in _NEEDS[name]:
            if not _need(connection, kind, {}).met:
                raise StudyError(
                    f"experiment {name} takes {kind.what}, which are not here yet: {kind.command}"
                )


def _need(connection: Connection, kind: _Kind, there: dict[str, bool]) -> Need:
    if kind.what not in there:
        there[kind.what] = connection.execute(kind.there.limit(1)).first() is not None
    return Need(kind.what, there[kind.what], kind.command)
