"""What is validated: a design, the draw it led to, and the validations of a study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from annotation.errors import StudyError
from annotation.store.database import timestamp
from annotation.store.tables import validation_items, validations
from annotation.study import Study
from annotation.validation.choices import Level, Stratify
from annotation.validation.drawing import Drawn, draw
from annotation.validation.population import read_units
from profile_engine.taxonomy import Factor, Granularity

__all__ = [
    "Design",
    "Level",
    "Stratify",
    "Stratum",
    "ValidationInfo",
    "Validations",
    "find_factor",
    "read_validation",
]


@dataclass(frozen=True, slots=True)
class Design:
    """How a factor's values are validated.

    Attributes:
        factor: whose standing values are judged.
        n: how many are drawn; all there are where there are fewer.
        seed: same seed, same study, same draw; one with a larger `n` begins with the smaller one.
        stratify: draw equally many of each verdict, and weight in the results.
        blind_first: a validator answers before they see the extracted value.
        validators: how many people judge each item.
    """

    factor: str
    n: int
    seed: int = 0
    level: Level = Level.RESPONSE
    stratify: Stratify | None = None
    blind_first: bool = False
    validators: int = 1


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the population; each of its units was drawn with probability drawn / size."""

    name: str
    size: int
    drawn: int


@dataclass(frozen=True, slots=True)
class ValidationInfo:
    """A validation as it was drawn.

    Attributes:
        strata: one, named "", of a draw that was not stratified.
        items: how many were drawn, all strata together.
    """

    id: int
    design: Design
    strata: tuple[Stratum, ...]
    created: str

    @property
    def items(self) -> int:
        """How many were drawn."""
        return sum(stratum.drawn for stratum in self.strata)

    @property
    def population(self) -> int:
        """Of how many."""
        return sum(stratum.size for stratum in self.strata)


class Validations:
    """The validations of a study."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def create(self, design: Design) -> ValidationInfo:
        """Draw the items of a validation and keep how each was drawn. Raises as `create_all`."""
        return self.create_all([design])[0]

    def create_all(self, designs: Sequence[Design]) -> tuple[ValidationInfo, ...]:
        """Make several validations, or where one cannot be drawn none.

        Raises:
            StudyError: no such factor, no values to draw from, single facts of a factor that judges
                responses, or a number that makes no sense.
        """
        drawn = [self._draw(design) for design in designs]
        with self._study.writing() as connection:
            return tuple(_store(connection, *pair) for pair in zip(designs, drawn, strict=True))

    def _draw(self, design: Design) -> Drawn:
        factor = find_factor(self._study, design.factor)
        _check(design, factor)
        with self._study.reading() as connection:
            units = read_units(connection, factor, facts=design.level is Level.FACT, stratify=design.stratify)
        return draw(units, design.n, design.seed)

    def all(self) -> tuple[ValidationInfo, ...]:
        """Every validation, oldest first."""
        with self._study.reading() as connection:
            rows = connection.execute(select(validations).order_by(validations.c.id)).all()
        return tuple(map(_info, rows))

    def get(self, validation_id: int) -> ValidationInfo:
        """One validation; raises StudyError for an unknown id."""
        with self._study.reading() as connection:
            return read_validation(connection, validation_id)


def find_factor(study: Study, name: str) -> Factor:
    """A factor of the study; raises StudyError."""
    for factor in study.factors:
        if factor.name == name:
            return factor
    known = ", ".join(factor.name for factor in study.factors)
    raise StudyError(f"{name}: this study has no such factor; it has {known}")


def read_validation(connection: Connection, validation_id: int) -> ValidationInfo:
    """One validation; raises StudyError for an unknown id."""
    row = connection.execute(select(validations).where(validations.c.id == validation_id)).one_or_none()
    if row is None:
        raise StudyError(
            f"validation {validation_id} is not in this study; `profile-tui validate list` has those that are"
        )
    return _info(row)


def _check(design: Design, factor: Factor) -> None:
    if design.n < 1 or design.validators < 1:
        raise StudyError(f"{design.factor}: draw at least one item, for at least one validator")
    if design.level is Level.FACT and factor.granularity is not Granularity.FACT:
        raise StudyError(f"{factor.title} judges a response as a whole; validate it at response level")


def _store(connection: Connection, design: Design, drawn: Drawn) -> ValidationInfo:
    strata = [Stratum(name, size, taken) for name, (size, taken) in drawn.strata.items()]
    key = connection.execute(
        insert(validations).values(
            factor=design.factor,
            level=design.level,
            design=_design_json(design),
            strata=[{"name": one.name, "size": one.size, "drawn": one.drawn} for one in strata],
            created=timestamp(),
        )
    ).inserted_primary_key
    assert key is not None
    connection.execute(
        insert(validation_items),
        [
            {
                "validation_id": key[0],
                "position": position,
                "response_id": unit.response_id,
                "value_id": unit.value_id,
                "fact": unit.fact,
                "stratum": unit.stratum,
                "probability": drawn.probability(unit),
            }
            for position, unit in enumerate(drawn.units, start=1)
        ],
    )
    return read_validation(connection, key[0])


def _design_json(design: Design) -> dict[str, Any]:
    return {
        "n": design.n,
        "seed": design.seed,
        "stratify": design.stratify,
        "blind_first": design.blind_first,
        "validators": design.validators,
    }


def _info(row: Row[Any]) -> ValidationInfo:
    told: Mapping[str, Any] = row.design
    design = Design(
        row.factor,
        told["n"],
        told["seed"],
        Level(row.level),
        Stratify(told["stratify"]) if told["stratify"] else None,
        told["blind_first"],
        told["validators"],
    )
    return ValidationInfo(row.id, design, tuple(Stratum(**one) for one in row.strata), row.created)
