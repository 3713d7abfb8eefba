"""What a study can refuse.

StudyError
├── LocationError        the study cannot be opened or made where asked
│   ├── NewerStudyError  the file was written by a newer version
│   └── LostAnswersError answers that were acknowledged are not in it
├── ImportFailure        a row or a file cannot be read as asked
│   ├── MappingError     what was told about the fields is wrong in itself
│   └── CardError        a dataset card is wrong
│       └── UnknownCardError  no card is called so
├── TamperedError        somebody has changed what must not be changed
├── AnswerError          an answer cannot be taken
│   ├── PlanReplacedError  another plan stands by now
│   └── WithdrawnError   of somebody who takes part no more
└── PlanError            a human study cannot be planned as asked
"""


class StudyError(Exception):
    """Root of everything the study refuses; its message says what happened, where, and what to do."""


class LocationError(StudyError):
    """The study cannot be opened or made at this place."""


class NewerStudyError(LocationError):
    """The study was written by a newer version of profile-tui."""


class LostAnswersError(LocationError):
    """Answers that were acknowledged are not in the study's file."""


class TamperedError(StudyError):
    """The study was changed in a way in which this program changes none."""


class ImportFailure(StudyError):  # noqa: N818 (ImportError is Python's own)
    """Rows cannot be read as asked: names file, line, field and what was expected."""


class MappingError(ImportFailure):
    """What was told about the fields of the data is wrong in itself, whatever the data is."""


class CardError(ImportFailure):
    """A dataset card is wrong."""


class UnknownCardError(CardError):
    """No card has this name, and none lies at this path."""


class AnswerError(StudyError):
    """An answer cannot be taken: unknown pair or annotator, a tie where ties are forbidden."""


class PlanReplacedError(AnswerError):
    """Somebody works by a plan that does not stand any more."""

    def __init__(self) -> None:
        super().__init__("the study has another plan by now; labelling goes on by that one")


class WithdrawnError(AnswerError):
    """Somebody who has withdrawn says something."""

    def __init__(self, annotator: str) -> None:
        super().__init__(f"{annotator} has withdrawn from this study: nothing was saved")


class PlanError(StudyError):
    """A human study cannot be planned as asked.

    Attributes:
        details: a line each for what is wrong, where it is several things.
    """

    def __init__(self, message: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.details = details
