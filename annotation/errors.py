"""What a study can refuse.

StudyError
├── LocationError        the study cannot be opened or made where asked
│   └── NewerStudyError  the file was written by a newer version
├── ImportFailure        a row or a file cannot be read as asked
│   └── CardError        a dataset card is wrong
└── AnswerError          an answer cannot be taken
"""


class StudyError(Exception):
    """Root of everything the study refuses; its message says what happened, where, and what to do."""


class LocationError(StudyError):
    """The study cannot be opened or made at this place."""


class NewerStudyError(LocationError):
    """The study was written by a newer version of profile-tui."""


class ImportFailure(StudyError):  # noqa: N818 (ImportError is Python's own)
    """Rows cannot be read as asked: names file, line, field and what was expected."""


class CardError(ImportFailure):
    """A dataset card is wrong or missing."""


class AnswerError(StudyError):
    """An answer cannot be taken: unknown pair or annotator, a tie where ties are forbidden."""
