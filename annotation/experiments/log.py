"""The log of experiments: what each was run on, and what came out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row, insert, select

from annotation.errors import StudyError
from annotation.experiments.designs import (
    AlignmentDesign,
    CorrelationsDesign,
    Design,
    DirectDesign,
    GuidanceDesign,
    ImprovementDesign,
    RewardDesign,
)
from annotation.experiments.names import ExperimentName
from annotation.store.database import timestamp
from annotation.store.model_tables import experiments
from annotation.store.moment import Moment
from annotation.study import Study
from profile_engine.experiments.alignment import AlignmentResult
from profile_engine.experiments.correlations import CorrelationsResult
from profile_engine.experiments.direct import DirectResult
from profile_engine.experiments.guidance import GuidanceResult
from profile_engine.experiments.improvement import ImprovementResult
from profile_engine.experiments.reward import RewardResult

ExperimentResult = (
    AlignmentResult | GuidanceResult | ImprovementResult | RewardResult | DirectResult | CorrelationsResult
)

_DESIGNS: Final[Mapping[ExperimentName, TypeAdapter[Any]]] = {
    ExperimentName.ALIGNMENT: TypeAdapter(AlignmentDesign),
    ExperimentName.GUIDANCE: TypeAdapter(GuidanceDesign),
    ExperimentName.IMPROVEMENT: TypeAdapter(ImprovementDesign),
    ExperimentName.REWARD: TypeAdapter(RewardDesign),
    ExperimentName.DIRECT: TypeAdapter(DirectDesign),
    ExperimentName.CORRELATIONS: TypeAdapter(CorrelationsDesign),
}
_RESULTS: Final[Mapping[ExperimentName, TypeAdapter[Any]]] = {
    ExperimentName.ALIGNMENT: TypeAdapter(AlignmentResult),
    ExperimentName.GUIDANCE: TypeAdapter(GuidanceResult),
    ExperimentName.IMPROVEMENT: TypeAdapter(ImprovementResult),
    ExperimentName.REWARD: TypeAdapter(RewardResult),
    ExperimentName.DIRECT: TypeAdapter(DirectResult),
    ExperimentName.CORRELATIONS: TypeAdapter(CorrelationsResult),
}
_MOMENT: Final = TypeAdapter(Moment)
_UNTOLD: Final = {"all_pairs": True, "pooled": True}
"""How an experiment was run whose design does not say; designs without such a choice pass over it."""


@dataclass(frozen=True, slots=True)
class StoredExperiment:
    """An experiment with all that it takes to run it again.

    Attributes:
        id: None where it was not kept, the study being read-only.
        name: which experiment.
        design: what it was told.
        moment: how far the study was.
        reading: the study's factors and settings, as far as a result depends on them.
        result: what came out.
        created: when, in UTC.
    """

    id: int | None
    name: ExperimentName
    design: Design
    moment: Moment
    reading: Mapping[str, Any]
    result: ExperimentResult
    created: str

    def document(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "id": self.id,
            "experiment": self.name.value,
            "created": self.created,
            "design": self._design(),
            "result": result_document(self.name, self.result),
        }

    def _design(self) -> dict[str, Any]:
        choices: dict[str, Any] = _DESIGNS[self.name].dump_python(self.design, mode="json")
        return {"choices": choices, "moment": _MOMENT.dump_python(self.moment), "reading": dict(self.reading)}

    def row(self) -> dict[str, Any]:
        """The values of its row."""
        document = self.document()
        return {key: document[key] for key in ("design", "result", "created")} | {"name": self.name.value}


def result_document(name: ExperimentName, result: ExperimentResult) -> Any:  # noqa: ANN401 - JSON
    """A result as JSON."""
    return _RESULTS[name].dump_python(result, mode="json")


def keep(
    study: Study,
    name: ExperimentName,
    design: Design,
    moment: Moment,
    result: ExperimentResult,
) -> StoredExperiment:
    """Append an experiment to the log; a read-only study keeps none."""
    made = StoredExperiment(None, name, design, moment, reading_of(study), result, timestamp())
    if study.read_only:
        return made
    with study.writing() as connection:
        row = connection.execute(insert(experiments).values(made.row()).returning(experiments)).one()
    return _read(row)


def reading_of(study: Study) -> dict[str, Any]:
    """Factors and settings, as far as they decide how the same rows are read."""
    return {
        "factors": {factor.name: factor.tie_tolerance for factor in study.factors},
        "agent_settings": dict(sorted(study.settings.agent_settings.items())),
    }


def list_experiments(study: Study) -> tuple[StoredExperiment, ...]:
    """All that were kept, the newest first."""
    with study.reading() as connection:
        rows = connection.execute(select(experiments).order_by(experiments.c.id.desc())).all()
    return tuple(_read(row) for row in rows)


def newest(study: Study) -> Mapping[ExperimentName, StoredExperiment]:
    """The newest of each name."""
    c = experiments.c
    with study.reading() as connection:
        rows = [
            connection.execute(
                select(experiments).where(c.name == name).order_by(c.id.desc()).limit(1)
            ).one_or_none()
            for name in ExperimentName
        ]
    return {one.name: one for one in map(_read, filter(None, rows))}


def find_experiment(study: Study, id_: int) -> StoredExperiment:
    """One of them; raises StudyError for an unknown id."""
    with study.reading() as connection:
        row = connection.execute(select(experiments).where(experiments.c.id == id_)).one_or_none()
    if row is None:
        raise StudyError(f"no experiment {id_} here: profile-tui experiment list says what there is")
    return _read(row)


def _read(row: Row[Any]) -> StoredExperiment:
    name = ExperimentName(row.name)
    return StoredExperiment(
        row.id,
        name,
        _DESIGNS[name].validate_python({**_UNTOLD, **row.design["choices"]}),
        _MOMENT.validate_python(row.design["moment"]),
        row.design["reading"],
        _RESULTS[name].validate_python(row.result),
        row.created,
    )
