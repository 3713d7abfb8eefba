"""Filling a study with factor values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from annotation.study import Study

Progress = Callable[[int, int], bool]
"""Told (done, of) now and then; False asks to stop."""


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """What an extraction did, a factor."""

    factor: str
    added: int
    unavailable: int
    already: int
    stopped: bool


def extract_rules(
    study: Study, factors: Sequence[str] | None = None, progress: Progress | None = None
) -> tuple[ExtractionReport, ...]:
    """Compute the rule-based factors of every response that has none of the present version.

    Works in committed portions, so that a stop keeps what is done.
    """
    raise NotImplementedError
