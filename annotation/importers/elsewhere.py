"""Files of other programs in which people label: which formats there are."""

from dataclasses import dataclass
from enum import StrEnum


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
    """

    format: ElsewhereFormat
    plain_worker_ids: bool = False
