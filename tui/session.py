"""The headless core of the terminal: one study, its live profile, one person's answers.

Knows no widget. Every method may block on the database and is called from worker threads; only the
app's handlers on the UI thread change what is on screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

import numpy as np
import numpy.typing as npt

from annotation.answers import Answer, AnswerLog, NewAnswer
from annotation.growth import Growth, growth
from annotation.misaligned import Backdrop, MisalignedFilter, MisalignedPairs, find_misaligned, read_backdrop
from annotation.pairs import PairFilter, find_pairs
from annotation.profiles import StudyProfile, load_profile
from annotation.study import Study, StudySummary
from annotation.tags import TagLog
from annotation.validation.choices import Values
from profile_engine.alignment import Alignment, ResponseAgreement, align, response_agreement
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import Agent
from tui.agents import Roster


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
        tags: what is kept of pairs here.
        roster: what the names of the study's agents do not say; empty until `survey` has run.
        profile: None until `load_profile` has run; never loaded for an annotator.
        values: whether corrections count in it.
        validation_id: the validation to open without asking, if any; `coding_id` the set of feedback texts.
    """

    def __init__(self, study: Study, role: Role, annotator: str | None = None) -> None:
        self.study = study
        self.role = role
        self.annotator: str | None = None
        self._heard = 0
        self.roster = Roster()
        self.log = AnswerLog(study)
        self.tags = TagLog(study)
        self.profile: StudyProfile | None = None
        self._growth: Growth | None = None
        self._loading = Lock()
        self.values = Values.RAW
        self.validation_id: int | None = None
        self.coding_id: int | None = None
        self._following = Lock()
        self._backdrop: tuple[StudyProfile, Backdrop] | None = None
        if annotator is not None:
            self.label_as(annotator)

    def label_as(self, annotator: str) -> None:
        """From now on answers are this person's."""
        name = self.log.register(annotator)
        self._heard = self.log.last()
        self.annotator = name

    def survey(self) -> StudySummary:
        """Count what is in the study and what is done."""
        summary = self.study.summary()
        self.roster = Roster.of(summary)
        return summary

    def load_profile(self) -> ProfileSnapshot:
        """Read (again) the whole study into a live profile."""
        with self._loading:  # one at a time, so that the profile read last is the one that stays
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
        """Whether pairs, values or verdicts were added since the profile was read."""
        return self.profile is not None and self.profile.stale

    def look(self) -> None:
        """Look whether pairs, values or verdicts were added, here or elsewhere; for every few seconds.

        What is still being added counts once it stopped from one look to the next: to read along with an
        extraction would be to read the study again and again.
        """
        found = growth(self.study)
        settled, self._growth = found == self._growth, found
        with self._following:
            if self.profile is not None and settled and found != self.profile.growth:
                self.profile.stale = True

    def find_pairs(self, wanted: PairFilter) -> npt.NDArray[np.int64] | None:
        """Ids of the pairs that pass, of one moment; None before there is a profile."""
        with self._following:
            return None if self.profile is None else find_pairs(self.study, self.profile, wanted)

    def find_misaligned(self, agent: Agent, wanted: MisalignedFilter) -> MisalignedPairs | None:
        """The pairs on which a model and most people disagree, of one moment.

        None before there is a profile, or where it does not have the model (any more).
        """
        profile = self.profile
        if profile is None:
            return None
        if self._backdrop is None or self._backdrop[0] is not profile:
            self._backdrop = profile, read_backdrop(self.study, profile)
        _, backdrop = self._backdrop
        with self._following:
            known = agent in profile.live.snapshot.rankings
            return find_misaligned(self.study, profile, backdrop, agent, wanted) if known else None

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

    def elsewhere(self, saved: Answer) -> tuple[Answer, ...]:
        """What the same person said in another terminal before this, and since this was asked last."""
        since, self._heard = self.log.since(self._heard), saved.id
        mine = (answer for answer in since if answer.annotator == saved.annotator)
        return tuple(answer for answer in mine if answer.id < saved.id)

    def undo(self) -> Answer | None:
        """Take back this person's last entry."""
        return self.log.undo(self.annotator) if self.annotator else None
