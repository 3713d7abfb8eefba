"""Answers in files of people who asked to be erased: they do not come in again."""

from dataclasses import replace

from sqlalchemy import Connection

from annotation.importers.records import PairRecord
from annotation.people.erased import ErasedNames
from annotation.store.annotators import proper_name


class ErasedAnswers:
    """Leaves them out of what is read, and counts them.

    Args:
        connection: the transaction of the import.
    """

    def __init__(self, connection: Connection) -> None:
        self._names = ErasedNames.of_study(connection)
        self._number = 0

    def without(self, pair: PairRecord) -> PairRecord:
        """The pair with what others said of it."""
        if not self._names:
            return pair
        kept = tuple(one for one in pair.answers if one.annotator is None or not self._is_of(one.annotator))
        self._number += len(pair.answers) - len(kept)
        return replace(pair, answers=kept)

    def _is_of(self, name: str) -> bool:
        return name in self._names or proper_name(name) in self._names

    def left_out(self) -> dict[str, int]:
        """How many answers, as a report has it."""
        return {"answers of people who were erased": self._number} if self._number else {}
