"""Facts that travel up to the app, and the app's replies to the screen that told them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from annotation.answers import Answer, NewAnswer

if TYPE_CHECKING:
    from annotation.results.desk import AdjudicationEntry
    from annotation.validation.choices import Values
    from annotation.validation.judgements import JudgementEntry
    from annotation.validation.mentions import MentionEntry
    from profile_engine.preferences import Agent

    Entry = JudgementEntry | MentionEntry | AdjudicationEntry
    """What the logs behind the screens take on which one person judges one thing after another."""


@dataclass
class AnswerGiven(Message):
    """A person answered; the app commits it before anything else moves."""

    answer: NewAnswer


@dataclass
class AnswerSaved(Message, bubble=False):
    """An answer is committed; sent to the screen that gave it.

    Attributes:
        elsewhere: what the same person said in another terminal meanwhile, oldest first.
    """

    answer: Answer
    elsewhere: tuple[Answer, ...] = ()


@dataclass
class AnswerRefused(Message, bubble=False):
    """An answer could not be committed; nothing was lost, nothing moves on."""

    answer: NewAnswer
    reason: str


@dataclass
class UndoAsked(Message):
    """A person wants their last entry back."""


@dataclass
class UndoDone(Message, bubble=False):
    """An entry was taken back (None: there was none); sent to the screen that asked."""

    answer: Answer | None


@dataclass
class UndoRefused(Message, bubble=False):
    """An entry could not be taken back; sent to the screen that asked."""

    reason: str


@dataclass
class PairChosen(Message):
    """A pair was opened somewhere: the desk goes there. The app hands it on to the Pairs screen.

    Attributes:
        compared: the model that people are to be compared with there; None: as it is.
    """

    pair_id: int
    compared: "Agent | None" = None


@dataclass
class LabelAsked(Message):
    """The researcher wants to label, starting at this pair (None: the next open one).

    The app hands it on to the Label screen.
    """

    pair_id: int | None


@dataclass
class ProfileOutdated(Message):
    """Factor values were added: the app reads the profile again."""


@dataclass
class ItemPainted(Message):
    """An item is on the screen; the time of this message is when.

    Attributes:
        showing: counts what was shown, so that a message overtaken by another item opens no keys.
    """

    showing: int


@dataclass
class EntryGiven(Message):
    """A person said something of an item; the app commits it before anything else moves."""

    save: "Callable[[], Entry]"


@dataclass
class EntrySaved(Message, bubble=False):
    """An entry is committed; sent to the screen that gave it."""

    entry: "Entry"


@dataclass
class EntryUndoAsked(Message):
    """A person wants their last entry on the items before them back."""

    undo: "Callable[[], Entry | None]"


@dataclass
class EntryUndone(Message, bubble=False):
    """An entry was taken back (None: there was none); sent to the screen that asked."""

    entry: "Entry | None"


@dataclass
class EntryRefused(Message, bubble=False):
    """An entry could not be committed or taken back; nothing was lost, nothing moves on."""

    reason: str


@dataclass
class ValuesAsked(Message):
    """The researcher wants raw or corrected factor values to count."""

    values: "Values"
