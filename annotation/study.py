"""A study: one database that holds everything from sources to answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from annotation.settings import StudySettings
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import Factor, Task


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How much one annotator has done."""

    annotator: str
    labels: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class FactorCount:
    """How many responses have a value of one factor, how many are unavailable with a reason."""

    factor: str
    values: int
    unavailable: int


@dataclass(frozen=True, slots=True)
class AgentCount:
    """What one model wrote and said."""

    agent: str
    kind: AgentKind
    responses: int
    preferences: int
    no_preference: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class StudySummary:
    """What is in a study and what is done; cheap to make (counts only), also for 100k pairs."""

    name: str
    task: Task
    location: str
    sources: int
    responses: int
    empty_responses: int
    pairs: int
    labelled_pairs: int
    last_answer: int
    factors: tuple[FactorCount, ...]
    agents: tuple[AgentCount, ...]
    annotators: tuple[LabelCount, ...]
    imports: int


@dataclass(frozen=True, slots=True)
class FactorValue:
    """One factor value of one response, or why there is none, and where it came from."""

    factor: str
    value: float | None
    label: str | None
    reason: str | None
    method: str
    version: str
    created: str
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ResponseView:
    """A response as the screens show it."""

    id: int
    agent: str | None
    score: float | None
    text: str
    values: Mapping[str, FactorValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model preferred; `choice` None: it gave no preference (`raw` says what came)."""

    agent: str
    kind: AgentKind
    choice: Preference | None
    raw: str | None = None
    justification: str | None = None


@dataclass(frozen=True, slots=True)
class StandingLabel:
    """What one annotator says of a pair now."""

    annotator: str
    choice: Preference | None
    sure: bool
    flagged: bool
    note: str | None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class PairView:
    """Everything of one pair. `human` is the majority, None without one."""

    id: int
    external_id: str | None
    source_id: int
    title: str | None
    source: str
    left: ResponseView
    right: ResponseView
    verdicts: tuple[Verdict, ...]
    labels: tuple[StandingLabel, ...]
    human: Preference | None


class Study:
    """An open study. Safe to use from several threads; one `Study` a process."""

    @classmethod
    def create(
        cls,
        location: str | Path,
        *,
        task: Task,
        name: str | None = None,
        factors: Sequence[Factor] | None = None,
        settings: StudySettings | None = None,
    ) -> Self:
        """Make a new study at a path (SQLite) or SQLAlchemy URL; raises LocationError where something is already."""
        raise NotImplementedError

    @classmethod
    def open(cls, location: str | Path) -> Self:
        """Open a study, migrating it if it is older; raises LocationError, NewerStudyError."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the database."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The study's name."""
        raise NotImplementedError

    @property
    def task(self) -> Task:
        """The study's task."""
        raise NotImplementedError

    @property
    def location(self) -> str:
        """Path or URL (without password), for people to read."""
        raise NotImplementedError

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The study's factors in their order."""
        raise NotImplementedError

    @property
    def settings(self) -> StudySettings:
        """The study's settings."""
        raise NotImplementedError

    def change_settings(self, settings: StudySettings) -> None:
        """Keep other settings from now on."""
        raise NotImplementedError

    def change_factor(self, factor: Factor) -> None:
        """Redefine a factor of the study (its tie tolerance, say) or add one."""
        raise NotImplementedError

    def summary(self) -> StudySummary:
        """Count what is there."""
        raise NotImplementedError

    def pair(self, pair_id: int) -> PairView:
        """Everything of one pair, in a constant number of queries; raises StudyError for an unknown id."""
        raise NotImplementedError
