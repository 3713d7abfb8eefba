"""What reads which format of other programs."""

from types import MappingProxyType
from typing import Final, Protocol

from sqlalchemy import Connection

from annotation.importers.argilla import ArgillaRows
from annotation.importers.elsewhere import Elsewhere, ElsewhereFormat
from annotation.importers.fields import Reading
from annotation.importers.label_studio import LabelStudioRows
from annotation.importers.mturk import MturkRows
from annotation.importers.preference import PreferenceRows
from annotation.importers.records import PairRecord
from annotation.importers.rows import Row


class ElsewhereRows(Protocol):
    """Makes pairs of the rows of one import."""

    def read(self, row: Row) -> PairRecord | None:
        """The pair of a row with what was said of it, None where the row is left out; raises BadValue."""

    def left_out(self) -> dict[str, int]:
        """How much of the rows was left out, by reason."""

    def finish(self) -> tuple[str, ...]:
        """Do what is to be done once everything is written; what else there is to say, a sentence each."""


def rows_of(elsewhere: Elsewhere, reading: Reading, connection: Connection) -> ElsewhereRows:
    """What reads the rows of a format."""
    if elsewhere.format in _WITH_WORKERS:
        with_workers = _WITH_WORKERS[elsewhere.format]
        return with_workers(reading, connection, plain_worker_ids=elsewhere.plain_worker_ids)
    if elsewhere.format is ElsewhereFormat.ARGILLA:
        return ArgillaRows(reading, connection)
    return PreferenceRows(reading, connection, annotator=elsewhere.annotator)


_WITH_WORKERS: Final = MappingProxyType[ElsewhereFormat, type[MturkRows] | type[LabelStudioRows]](
    {ElsewhereFormat.MTURK: MturkRows, ElsewhereFormat.LABEL_STUDIO: LabelStudioRows}
)
