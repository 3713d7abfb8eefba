"""What a study decides, read and changed in one transaction."""

from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select, update

from annotation.settings import StudySettings
from annotation.store import tables
from annotation.store.dialects import insert_new
from profile_engine.taxonomy import Factor

FACTOR_JSON: Final = TypeAdapter(Factor)
"""Reads and writes `tables.factors.definition`."""


class Revision:
    """A study's settings and factors as they are in one transaction; every change is part of it.

    Attributes:
        connection: the transaction, for whatever else belongs to the change.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._settings = StudySettings.model_validate(
            connection.execute(select(tables.study.c.settings)).scalar_one()
        )
        c = tables.factors.c
        definitions = connection.execute(select(c.definition).order_by(c.position)).scalars()
        self._factors = {factor.name: factor for factor in map(FACTOR_JSON.validate_python, definitions)}

    @property
    def settings(self) -> StudySettings:
        """The study's settings."""
        return self._settings

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The study's factors in their order."""
        return tuple(self._factors.values())

    def change_settings(self, settings: StudySettings) -> None:
        """Keep other settings from now on."""
        self.connection.execute(update(tables.study).values(settings=settings.model_dump(mode="json")))
        self._settings = settings

    def change_factor(self, factor: Factor) -> None:
        """Redefine a factor of the study (its tie tolerance, say) or add one."""
        definition = FACTOR_JSON.dump_python(factor, mode="json")
        after = select(func.coalesce(func.max(tables.factors.c.position), 0) + 1).scalar_subquery()
        self.connection.execute(
            insert_new(self.connection, tables.factors).values(
                name=factor.name, position=after, definition=definition
            )
        )
        self.connection.execute(
            update(tables.factors).where(tables.factors.c.name == factor.name).values(definition=definition)
        )
        self._factors[factor.name] = factor
