"""The headless core of the terminal: one study, its live profile, one person's answers.

Knows no widget. Every method may block on the database and is called from worker threads; only the
app's handlers on the UI thread change what is on screen.
"""

from enum import StrEnum
from threading import Lock

from annotation.answers import Answer, AnswerLog, NewAnswer
from annotation.profiles import StudyProfile, load_profile
from annotation.study import Study
from profile_engine.live import ProfileSnapshot


class Role(StrEnum):
    """Who sits at the terminal. An annotator never sees agents, scores or rankings."""

    RESEARCHER = "researcher"
    ANNOTATOR = "annotator"


class Session:
    """An open study and who works on it.

    Attributes:
        annotator: in whose name answers are saved; a researcher has none until they label.
        profile: None until `load_profile` has run; never loaded for an annotator.
    """

    def __init__(self, study: Study, role: Role, annotator: str | None = None) -> None:
        self.study = study
        self.role = role
        self.annotator: str | None = None
        self.log = AnswerLog(study)
        self.profile: StudyProfile | None = None
        self._following = Lock()
        if annotator is not None:
            self.label_as(annotator)

    def label_as(self, annotator: str) -> None:
        """From now on answers are this person's."""
        self.log.register(annotator)
        self.annotator = annotator

    def load_profile(self) -> ProfileSnapshot:
        """Read (again) the whole study into a live profile."""
        profile = load_profile(self.study)
        with self._following:
            self.profile = profile
            return profile.live.snapshot

    def follow(self) -> ProfileSnapshot | None:
        """Enter every answer since the last call, other processes' too; None when no label changed."""
        with self._following:
            if self.profile is None:
                return None
            return self.profile.follow(self.log.since(self.profile.last_answer))

    def save(self, answer: NewAnswer) -> Answer:
        """Commit an answer; it is on disk when this returns."""
        return self.log.save(answer)

    def undo(self) -> Answer | None:
        """Take back this person's last entry."""
        return self.log.undo(self.annotator) if self.annotator else None
