"""The log of what people said."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from annotation.study import Study
from profile_engine.preferences import Preference


class AnswerKind(StrEnum):
    """What an entry is about."""

    LABEL = "label"
    SKIP = "skip"
    FLAG = "flag"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer on its way into the log.

    Attributes:
        shown_first: the canonical side that stood first (LEFT or RIGHT); None where we did not show it.
        choice: canonical, for labels.
        set: on or off, for skips and flags.
        token: the same token twice is the same answer and stored once.
    """

    pair_id: int
    annotator: str
    kind: AnswerKind = AnswerKind.LABEL
    choice: Preference | None = None
    shown_first: Preference | None = None
    sure: bool | None = None
    set: bool | None = None
    note: str | None = None
    seconds: float | None = None
    origin: str = "terminal"
    token: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Answer:
    """An entry of the log."""

    id: int
    pair_id: int
    annotator: str
    kind: AnswerKind
    choice: Preference | None
    shown_first: Preference | None
    shown_choice: Preference | None
    sure: bool | None
    set: bool | None
    note: str | None
    seconds: float | None
    undoes: int | None
    origin: str
    created: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for one annotator: the last entry of each kind for each pair."""

    labels: dict[int, Preference]
    skipped: set[int]
    flagged: set[int]
    notes: dict[int, str]


class AnswerLog:
    """People's answers of one study; append-only."""

    def __init__(self, study: Study) -> None:
        raise NotImplementedError

    def register(self, annotator: str, *, simulated: bool = False) -> None:
        """Make an annotator known; nothing happens when it is already."""
        raise NotImplementedError

    def save(self, answer: NewAnswer) -> Answer:
        """Append an answer; it is on disk when this returns. Raises AnswerError."""
        raise NotImplementedError

    def undo(self, annotator: str) -> Answer | None:
        """Take back this annotator's last entry that still stands; None when there is nothing to take back.

        Without limit, across restarts. Imported labels are not taken back.
        """
        raise NotImplementedError

    def since(self, answer_id: int) -> list[Answer]:
        """Entries of all annotators after this id, oldest first; made to be polled twice a second."""
        raise NotImplementedError

    def last_id(self) -> int:
        """The id of the newest entry; 0 for an empty log."""
        raise NotImplementedError

    def standing(self, annotator: str) -> Standing:
        """How things stand for one annotator."""
        raise NotImplementedError
