"""What an export wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from annotation.wording import counted


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How much was written, and how much left out for which reason.

    Attributes:
        notes: what else there is to know, a sentence each.
        thing: what is counted.
    """

    written: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    thing: str = "pair"

    def lines(self) -> tuple[str, ...]:
        """The report in sentences."""
        left_out = (f"{count:,} left out: {reason}" for reason, count in self.left_out.items())
        return (f"{counted(self.written, self.thing)} written", *left_out, *self.notes)
