"""What a study decides for itself."""

from pydantic import BaseModel, ConfigDict, Field

from profile_engine.preferences import Aggregation, Setting


class StudySettings(BaseModel):
    """The settings of one study; every field is shown and changed by `profile-tui settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, description="decides which response is shown on which side")
    allow_ties: bool = Field(
        default=True, description="whether an annotator may answer that neither is better"
    )
    minimum_seconds: float = Field(
        default=0.7, ge=0, le=60, description="how long the keys stay dead after an item appears"
    )
    question: str = Field(default="Which response is better?", description="the question above every pair")
    instructions: str = Field(default="", description="what the key i shows to annotators")
    aggregation: Aggregation = Field(
        default=Aggregation.MAJORITY,
        description="majority, or every_label: how labels of several people count",
    )
    agent_settings: dict[str, Setting] = Field(
        default_factory=dict,
        description="agents (name, or name:kind) whose setting does not follow from their kind",
    )
