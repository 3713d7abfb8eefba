"""Files of other programs in which people label: which formats there are."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ElsewhereFormat(StrEnum):
    """Whose files they are."""

    MTURK = "mturk"
    LABEL_STUDIO = "label-studio"
    ARGILLA = "argilla"
    PREFERENCE = "preference"
    DPO = "dpo"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Files of a format that says itself what its fields mean.

    Attributes:
        plain_worker_ids: whether MTurk's workers keep their ids here, and Label Studio's users their
            e-mail addresses, instead of a keyed hash.
        annotator: who chose, where a row of `preference` or `dpo` does not say.
    """

    format: ElsewhereFormat
    plain_worker_ids: bool = False
    annotator: str | None = None

    @property
    def one_word_each(self) -> str:
        """What to do about somebody who says two things of one pair."""
        return _ONE_WORD_EACH[self.format]


_NAME_THEM: Final = (
    "if several people spoke, say who in a column `annotator`, or file by file with --annotator NAME"
)
_ONE_WORD_EACH: Final = MappingProxyType(
    {
        ElsewhereFormat.MTURK: "a worker has one choice a pair: leave one of the rows out of the file",
        ElsewhereFormat.LABEL_STUDIO: "a user has one choice a pair: delete one of the annotations there",
        ElsewhereFormat.ARGILLA: "a user has one choice a record: leave one of the responses out of the file",
        ElsewhereFormat.PREFERENCE: _NAME_THEM,
        ElsewhereFormat.DPO: _NAME_THEM,
    }
)
