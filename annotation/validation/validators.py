"""How far validators agree, and the items on which they do not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotation.agreement import Coefficient
from annotation.study import Study
from annotation.validation.items import ItemValue, ValidationItem
from annotation.validation.judgements import JudgementEntry
from annotation.validation.reference import Reference


@dataclass(frozen=True, slots=True)
class ValidatorAgreement:
    """Two validators on the items that both judged.

    Attributes:
        agree: items of which they say the same, of `of`.
        kappa: Cohen's, on what they say is right; undefined for numbers and lists of facts, which are no
            classes.
    """

    a: str
    b: str
    agree: int
    of: int
    kappa: Coefficient


@dataclass(frozen=True, slots=True)
class Dispute:
    """An item on which validators differ: to be adjudicated by an entry of kind ADJUDICATION."""

    item: ValidationItem
    judgements: tuple[JudgementEntry, ...]


def find_disputes(study: Study, validation_id: int | None = None) -> tuple[Dispute, ...]:
    """The adjudication list of one validation, or of all."""
    raise NotImplementedError


def measure_validators(
    items: Iterable[ItemValue], references: Mapping[int, Reference]
) -> tuple[ValidatorAgreement, ...]:
    """Agreement of every two validators."""
    raise NotImplementedError
