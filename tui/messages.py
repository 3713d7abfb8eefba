"""Facts that travel up to the app."""

from dataclasses import dataclass

from textual.message import Message

from annotation.answers import Answer, NewAnswer


@dataclass
class AnswerGiven(Message):
    """A person answered; the app commits it before anything else moves."""

    answer: NewAnswer


@dataclass
class AnswerSaved(Message):
    """An answer is committed; sent to the screen that gave it."""

    answer: Answer


@dataclass
class AnswerRefused(Message):
    """An answer could not be committed; nothing was lost, nothing moves on."""

    answer: NewAnswer
    reason: str


@dataclass
class UndoAsked(Message):
    """A person wants their last entry back."""


@dataclass
class UndoDone(Message):
    """An entry was taken back (None: there was none)."""

    answer: Answer | None


@dataclass
class PairChosen(Message):
    """A pair was opened somewhere: the desk goes there."""

    pair_id: int


@dataclass
class LabelAsked(Message):
    """The researcher wants to label, starting at this pair (None: the next open one)."""

    pair_id: int | None
