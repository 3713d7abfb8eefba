"""The headless core of the terminal: one study, its live profile, one person's answers.

Knows no widget. Every method may block on the database and is called from worker threads; only the
app's handlers on the UI thread change what is on screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

from annotation.answers import Answer, AnswerLog, NewAnswer
from annotation.profiles import StudyProfile, load_profile
from annotation.study import Study, StudySummary
from annotation.validation.choices import Values
from profile_engine.alignment import Alignment, ResponseAgreement, align, response_agreement
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import HUMAN, Agent


class Role(StrEnum):
    """Who sits at the terminal. An annotator never sees agents, scores or rankings."""

    RESEARCHER = "researcher"
    ANNOTATOR = "annotator"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an agent stands to a reference: their factor scores, and their choices on common pairs."""

    agent: Agent
    alignment: Alignment
    agreement: ResponseAgreement


class Session:
    """An open study and who works on it.

    Attributes:
        annotator: in whose name answers are saved; a researcher has none until they label.
        simulated: names of agents that are no real people or models; `human` when no annotator is real.
        profile: None until `load_profile` has run; never loaded for an annotator.
        values: whether corrections count in it.
        validation_id: the validation to open without asking, if any; `coding_id` the set of feedback texts.
    """

    def __init__(self, study: Study, role: Role, annotator: str | None = None) -> None:
        self.study = study
        self.role = role
        self.annotator: str | None = None
        self.simulated: frozenset[str] = frozenset()
        self.log = AnswerLog(study)
        self.profile: StudyProfile | None = None
        self.values = Values.RAW
        self.validation_id: int | None = None
        self.coding_id: int | None = None
        self._following = Lock()
        if annotator is not None:
            self.label_as(annotator)

    def label_as(self, annotator: str) -> None:
        """From now on answers are this person's."""
        self.log.register(annotator)
        self.annotator = annotator

    def survey(self) -> StudySummary:
        """Count what is in the study and what is done."""
        summary = self.study.summary()
        made = {agent.agent for agent in summary.agents if agent.simulated}
        made |= {person.annotator for person in summary.annotators if person.simulated}
        real = any(person.labels and not person.simulated for person in summary.annotators)
        self.simulated = frozenset(made if real or not made else made | {HUMAN.name})
        return summary

    def load_profile(self) -> ProfileSnapshot:
        """Read (again) the whole study into a live profile."""
        profile = load_profile(self.study, values=self.values)
        with self._following:
            self.profile = profile
            return profile.live.snapshot

    def follow(self) -> ProfileSnapshot | None:
        """Enter every answer since the last call, other processes' too; None when nothing moved."""
        with self._following:
            if self.profile is None:
                return None
            snapshot = self.profile.follow(self.log.since(self.profile.last_answer))
            return self.profile.follow_corrections(self.study) or snapshot

    def show_values(self, values: Values) -> ProfileSnapshot | None:
        """Let raw or corrected values count from now on."""
        with self._following:
            self.values = values
            return None if self.profile is None else self.profile.show(self.study, values)

    @property
    def outdated(self) -> bool:
        """Whether pairs were added since the profile was read."""
        return self.profile is not None and self.profile.stale

    def compare(self, reference: Agent, others: Sequence[Agent]) -> tuple[Comparison, ...]:
        """Align agents with a reference; those that the profile does not have (any more) are left out."""
        with self._following:
            if self.profile is None:
                return ()
            rankings = self.profile.live.snapshot.rankings
            known = [agent for agent in others if agent in rankings] if reference in rankings else []
            preferences = {agent: self.profile.live.preferences_of(agent) for agent in (reference, *known)}
        return tuple(
            Comparison(
                agent,
                align(rankings[reference], rankings[agent]),
                response_agreement(preferences[reference], preferences[agent]),
            )
            for agent in known
        )

    def save(self, answer: NewAnswer) -> Answer:
        """Commit an answer; it is on disk when this returns."""
        return self.log.save(answer)

    def undo(self) -> Answer | None:
        """Take back this person's last entry."""
        return self.log.undo(self.annotator) if self.annotator else None
