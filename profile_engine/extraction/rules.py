"""Rule-based factors: Length and Novel Words (PROFILE §3.2, Appendix D)."""

from dataclasses import dataclass
from typing import Final

RULES_VERSION: Final = "1"
"""Goes into the provenance of every rule-based value."""


@dataclass(frozen=True, slots=True)
class NovelWords:
    """Unique stems of the output that the source does not have, of all its unique stems.

    `ratio` is None for an output without words.
    """

    novel: int
    of: int

    @property
    def ratio(self) -> float | None:
        """novel / of."""
        return self.novel / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Half-open range of character offsets in a text."""

    start: int
    end: int


def words(text: str) -> list[str]:
    """Drop every character that is neither a Unicode word character nor white space, then split on white space."""
    raise NotImplementedError


def length(text: str) -> int:
    """Number of words."""
    raise NotImplementedError


class NovelWordRule:
    """Novel Words with each distinct word stemmed once and each source's stems kept while it is at hand."""

    def measure(self, output: str, source: str) -> NovelWords:
        """Count the novel stems of an output."""
        raise NotImplementedError

    def spans(self, output: str, source: str) -> tuple[TextSpan, ...]:
        """Where the novel words stand in the output, in order."""
        raise NotImplementedError
