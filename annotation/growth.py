"""Whether something was added to what a profile is read from."""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, ScalarSelect, func, select

from annotation.store.tables import factor_values, pairs, preferences
from annotation.study import Study


@dataclass(frozen=True, slots=True)
class Growth:
    """The newest rows; answers have a log of their own to follow."""

    pair: int
    value: int
    preference: int


def growth(study: Study) -> Growth:
    """How far the study has grown; three looks into indexes, made to be polled."""
    with study.reading() as connection:
        return read_growth(connection)


def read_growth(connection: Connection) -> Growth:
    """The same inside a transaction."""
    pair, value, preference = (_newest(ids) for ids in (pairs.c.id, factor_values.c.id, preferences.c.id))
    row = connection.execute(select(pair.label("pair"), value.label("value"), preference.label("told"))).one()
    return Growth(pair=row.pair, value=row.value, preference=row.told)


def _newest(ids: Column[int]) -> ScalarSelect[int]:
    return select(func.coalesce(func.max(ids), 0)).scalar_subquery()
