"""The figures that the paper's text still gives, from `datasets/paper`."""

import tomllib
from collections.abc import Mapping
from typing import Final

from pydantic import Field

from annotation.importers.card import cards_folder
from annotation.importers.mapping import Strict
from profile_engine.preferences import Setting
from profile_engine.taxonomy import Task

_FILE: Final = "figures.toml"


class Correlations(Strict):
    """A model's alignment with people in one setting: tau_b, Spearman's rho, Pearson's r."""

    tau: float
    rho: float
    r: float


class PaperAlignment(Strict):
    """A row of Table 1; `agreement` is the share of pairs on which the model chooses what people chose."""

    model: str
    place: str
    task: Task
    generation: Correlations
    evaluation: Correlations
    agreement: float


class PaperScores(Strict):
    """Factor scores of one agent, by factor: those that the text names."""

    place: str
    task: Task
    agent: str
    setting: Setting
    scores: Mapping[str, float]


class PaperValidation(Strict):
    """How right an extraction is; `correct` and `of` where the text counts."""

    place: str
    factor: str
    level: str
    measure: str
    share: float
    correct: int | None = None
    of: int | None = None


class PaperMentions(Strict):
    """In how many of `texts` feedback texts each factor is mentioned; factors left out are in none."""

    place: str
    texts: int
    mentions: Mapping[str, int]


class Printed(Strict):
    """A figure and where it is printed."""

    place: str
    value: float


class Contradiction(Strict):
    """Two places that print different figures of one thing."""

    about: str
    used: Printed
    other: Printed


class PaperFigures(Strict):
    """Everything, with where in the paper it stands."""

    title: str
    source: str
    note: str
    alignments: tuple[PaperAlignment, ...]
    factor_scores: tuple[PaperScores, ...]
    validations: tuple[PaperValidation, ...]
    mentions: PaperMentions
    contradictions: tuple[Contradiction, ...] = Field(min_length=1)


def load_paper_figures() -> PaperFigures:
    """Read what ships with the program."""
    text = (cards_folder() / "paper" / _FILE).read_text("utf-8")
    return PaperFigures.model_validate(tomllib.loads(text))
