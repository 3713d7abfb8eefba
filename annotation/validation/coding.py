"""Coding of feedback: which factors a text mentions (PROFILE Appendix F.2.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from annotation.study import Study


class MentionKind(StrEnum):
    """What an entry is about."""

    MENTIONS = "mentions"
    NOTE = "note"
    SKIP = "skip"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class CodingInfo:
    """A set of feedback texts; `judge` is who wrote them, where that is one of the study's agents."""

    id: int
    name: str
    judge: str | None
    texts: int
    created: str


@dataclass(frozen=True, slots=True)
class CodingText:
    """One feedback text; `pair_id` is the pair that it is about, where that is known."""

    id: int
    coding_id: int
    number: int
    of: int
    text: str
    pair_id: int | None


@dataclass(frozen=True, slots=True)
class NewMention:
    """An entry on its way into the log.

    Attributes:
        factors: all that the text mentions, by name; empty: it mentions none.
        set: on or off, for skips and flags.
        seconds: spent since the entry before, without idle time.
        token: the same token twice is the same entry and stored once.
    """

    text_id: int
    coder: str
    kind: MentionKind = MentionKind.MENTIONS
    factors: frozenset[str] | None = None
    note: str | None = None
    set: bool | None = None
    seconds: float | None = None
    origin: str = "terminal"
    token: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class MentionEntry:
    """An entry of the log; `factors` None of the kind MENTIONS: withdrawn."""

    id: int
    text_id: int
    coder: str
    kind: MentionKind
    factors: frozenset[str] | None
    note: str | None
    set: bool | None
    seconds: float | None
    undoes: int | None
    origin: str
    created: str


class Codings:
    """The sets of feedback texts of a study."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def from_judge(self, judge: str, n: int, seed: int = 0, name: str | None = None) -> CodingInfo:
        """Draw justifications of one judge; raises StudyError where there are none."""
        raise NotImplementedError

    def from_texts(self, name: str, texts: Iterable[str], judge: str | None = None) -> CodingInfo:
        """Take texts from elsewhere, in their order; raises StudyError for none, or an unknown judge."""
        raise NotImplementedError

    def from_file(self, path: Path, field: str | None = None, judge: str | None = None) -> CodingInfo:
        """Read texts: one a line, or the `field` of each row of a JSONL, JSON or CSV file."""
        raise NotImplementedError

    def all(self) -> tuple[CodingInfo, ...]:
        """Every set, oldest first."""
        raise NotImplementedError

    def get(self, coding_id: int) -> CodingInfo:
        """One set; raises StudyError for an unknown id."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class TextStanding:
    """What one coder has said of one text; `factors` None: not coded."""

    factors: frozenset[str] | None
    note: str | None
    skipped: bool
    flagged: bool


class CodingDesk:
    """One coder at one set of texts; as `ValidationDesk`.

    Raises:
        StudyError: unknown set.
        AnswerError: the coder is not registered (`ValidationLog.register`).
    """

    def __init__(self, study: Study, coding_id: int, coder: str) -> None:
        self._study = study
        self.coder = coder

    @property
    def done(self) -> int:
        """Texts coded."""
        raise NotImplementedError

    @property
    def total(self) -> int:
        """All texts."""
        raise NotImplementedError

    def next(self, after: int | None = None) -> CodingText | None:
        """The next text that is not coded, from the start again behind the last; skipped ones come last."""
        raise NotImplementedError

    def beside(self, text_id: int, step: int) -> CodingText | None:
        """The text so many places on (or back), coded or not; None past either end."""
        raise NotImplementedError

    def standing(self, text_id: int) -> TextStanding:
        """What this coder has said of a text."""
        raise NotImplementedError

    def save(self, new: NewMention) -> MentionEntry:
        """Append an entry; on disk when this returns."""
        raise NotImplementedError

    def undo(self) -> MentionEntry | None:
        """Take back this coder's last entry here; None when there is nothing. Its text is `text_id`."""
        raise NotImplementedError

    def counts(self) -> dict[str, int]:
        """How many of this coder's texts mention each factor of the study, most first."""
        raise NotImplementedError
