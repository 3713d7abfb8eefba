"""What an export wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many pairs were written, and how many left out for which reason."""

    written: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    def lines(self) -> tuple[str, ...]:
        """The report in sentences."""
        left_out = (f"{count:,} left out: {reason}" for reason, count in self.left_out.items())
        return (f"{self.written:,} pairs written", *left_out)
