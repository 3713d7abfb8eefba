"""What a researcher decides before people begin."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from annotation.errors import PlanError
from annotation.wording import what_is_wrong

PAPER_SOURCES: Final = 30
"""Posts in the paper's study (PROFILE Appendix A); with 6 models, 3 pairs and 3 annotators: 1,620 labels."""

PAPER_AGENTS: Final = 6
"""Models in the paper's study."""

PAPER_SCORES: Final = (1.0, 2.0, 3.0, 4.0, 5.0)
"""What each model was asked to write a summary for, of every post."""


_MANY: Final = 10
_FEE, _FEE_OF_MANY = 0.2, 0.4


def mturk_fee(annotators_per_pair: int) -> float:
    """What MTurk takes of the pay: a fifth, and as much again for a HIT of ten assignments or more."""
    return _FEE_OF_MANY if annotators_per_pair >= _MANY else _FEE


class Qualifications(BaseModel):
    """Who may take part where a platform finds the people; as in the paper unless told otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = Field(default="US", description="where they are")
    approval_rate: float = Field(
        default=95.0, ge=0, le=100, description="percent of their earlier work that was approved, at least"
    )
    approved_tasks: int = Field(default=5_000, ge=0, description="how much of it there has to be more of")


class PlanDesign(BaseModel):
    """The design of a human study; stored with the plan that was drawn by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs_per_source: int = Field(
        default=3, ge=1, description="pairs drawn of each source and agent (of ten that scores 1 to 5 make)"
    )
    annotators_per_pair: int = Field(default=3, ge=1, le=50, description="labels that each pair gets")
    agents: tuple[str, ...] = Field(default=(), description="whose responses; empty: of everybody")
    sources: int | None = Field(default=None, ge=1, description="sources drawn; None: all that have pairs")
    ties: bool = Field(default=True, description="whether neither may be better")
    seed: int = Field(default=0, description="decides the draw, the order and the sides")
    pay: float = Field(default=0.0, ge=0, allow_inf_nan=False, description="dollars for one label")
    fee: float = Field(
        default_factory=lambda told: mturk_fee(told.get("annotators_per_pair", 1)),
        ge=0,
        allow_inf_nan=False,
        description="what the platform takes on top, as a share of the pay; unless told MTurk's: 0.2, and "
        "0.4 from ten annotators a pair on",
    )
    pay_floor: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="dollars an hour below which there is a warning"
    )
    seconds_per_item: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="how long a label takes, until ten were measured; None: 60 are assumed",
    )
    minimum_seconds: float = Field(default=0.7, ge=0, le=60, description="how long the keys stay dead")
    hold_minutes: float = Field(
        default=30.0,
        gt=0,
        allow_inf_nan=False,
        description="after which a pair that was shown and not labelled is given back",
    )
    stop_when_decided: bool = Field(
        default=False, description="whether a pair is done once more than half of its labels agree"
    )
    repeats: int = Field(
        default=0, ge=0, description="pairs that each annotator is shown a second time, for their consistency"
    )
    question: str = Field(default="", description="above every pair; empty: the study's")
    instructions: str = Field(default="", description="shown before the first item")
    consent: str = Field(default="", description="to be accepted before the first item; empty: nothing is")
    warning: str = Field(default="", description="of content, shown with the consent")
    qualifications: Qualifications | None = Field(
        default=None, description="who may take part where a platform finds the people"
    )
    paper: bool = Field(default=False, description="Appendix A to the letter")

    @model_validator(mode="after")
    def _is_the_papers(self) -> Self:
        if self.paper and (against := self._against_the_paper()):
            raise ValueError(f"Appendix A has {'; '.join(against)}")
        return self

    def _against_the_paper(self) -> list[str]:
        told = {key: getattr(self, key) for key in PAPER}
        against = [
            f"{key} {_shown(PAPER[key])}, not {_shown(told[key])}" for key in PAPER if told[key] != PAPER[key]
        ]
        if len(set(self.agents)) not in (0, PAPER_AGENTS):
            against.append(f"{PAPER_AGENTS} agents, not {len(set(self.agents))}")
        return against


PAPER: Final = MappingProxyType[str, Any](
    {
        "pairs_per_source": 3,
        "annotators_per_pair": 3,
        "sources": PAPER_SOURCES,
        "ties": False,
        "pay": 0.25,
        "stop_when_decided": False,
        "repeats": 0,
        "qualifications": Qualifications(),
    }
)
"""What PROFILE, Appendix A, says of its study; the rest of a design it leaves open."""


def make_design(told: Mapping[str, Any]) -> PlanDesign:
    """A design of what was told; where `paper` is, with Appendix A for the rest.

    Raises:
        PlanError: a value makes no sense, or contradicts the paper.
    """
    fixed = PAPER if told.get("paper") else {}
    try:
        return PlanDesign.model_validate({**fixed, **told})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        said = f"{key} {problem['input']}: {what_is_wrong(problem)}" if key else what_is_wrong(problem)
        raise PlanError(said) from error


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Qualifications():
            return f"{value.country}, {value.approval_rate:g} % approval, {value.approved_tasks:,} approved"
        case _:
            return "none" if value is None else str(value)
