"""What a researcher decides before people begin."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

PAPER_SOURCES: Final = 30
"""Posts in the paper's study (PROFILE Appendix A); with 6 models, 3 pairs and 3 annotators: 1,620 labels."""


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
    pay: float = Field(default=0.0, ge=0, description="dollars for one label")
    fee: float = Field(default=0.2, ge=0, description="what the platform takes on top, as a share of the pay")
    pay_floor: float = Field(default=0.0, ge=0, description="dollars an hour below which there is a warning")
    seconds_per_item: float | None = Field(
        default=None, gt=0, description="how long a label takes; None: as measured, else 60"
    )
    minimum_seconds: float = Field(default=0.7, ge=0, description="how long the keys stay dead")
    hold_minutes: float = Field(
        default=30.0, gt=0, description="after which a pair that was shown and not labelled is given back"
    )
    stop_when_decided: bool = Field(
        default=False, description="whether a pair is done once more than half of its labels agree"
    )
    repeats: int = Field(
        default=0, ge=0, description="pairs that each annotator is shown a second time, for their consistency"
    )
    instructions: str = Field(default="", description="shown before the first item")
    consent: str = Field(default="", description="to be accepted before the first item; empty: nothing is")
    warning: str = Field(default="", description="of content, shown with the consent")
    paper: bool = Field(default=False, description="Appendix A to the letter")
