"""What `profile-tui experiment` prints: the paper's tables, from a stored result."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from annotation.experiments.log import StoredExperiment
from annotation.experiments.names import ExperimentName
from tui.cli.experiment_agents import (
    alignment_flat,
    alignment_tables,
    improvement_tables,
    reward_tables,
)
from tui.cli.experiment_tables import (
    correlation_tables,
    correlations_flat,
    direct_tables,
    guidance_tables,
)
from tui.cli.output import Result, ResultTable, say

if TYPE_CHECKING:
    from annotation.study import Study

_TABLES: Final[Mapping[ExperimentName, Callable[..., Iterator[ResultTable]]]] = {
    ExperimentName.ALIGNMENT: alignment_tables,
    ExperimentName.GUIDANCE: guidance_tables,
    ExperimentName.IMPROVEMENT: improvement_tables,
    ExperimentName.REWARD: reward_tables,
    ExperimentName.DIRECT: direct_tables,
    ExperimentName.CORRELATIONS: correlation_tables,
}
_FLAT: Final[Mapping[ExperimentName, Callable[..., ResultTable]]] = {
    ExperimentName.ALIGNMENT: alignment_flat,
    ExperimentName.CORRELATIONS: correlations_flat,
}
"""The one table that CSV has, where the first of the others does not serve."""


def printed(study: "Study", stored: StoredExperiment) -> Result:
    """A stored experiment for every format."""
    titles = {factor.name: factor.title for factor in study.factors}
    flat = _FLAT.get(stored.name)
    return Result(
        stored.document(),
        tuple(_TABLES[stored.name](stored.result, titles)),
        None if flat is None else flat(stored.result),
    )


def say_kept(stored: StoredExperiment) -> None:
    """Say where an experiment was kept, after its result."""
    if stored.id is None:
        say("This study is read-only: the experiment was not kept.")
    else:
        say(f"Kept as experiment {stored.id}: profile-tui experiment show STUDY {stored.id} prints it again.")
