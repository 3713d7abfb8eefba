"""Whether something was added to what a profile is read from, or other people count than before."""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, ScalarSelect, func, select

from annotation.store.standing import people_out
from annotation.store.tables import agents, factor_values, pairs, preferences
from annotation.study import Study


@dataclass(frozen=True, slots=True)
class Growth:
    """The newest rows, and who does not count by name; answers have a log of their own to follow."""

    pair: int
    value: int
    preference: int
    absent: frozenset[str] = frozenset()


def growth(study: Study) -> Growth:
    """How far the study has grown; four looks into indexes, made to be polled."""
    with study.reading() as connection:
        return read_growth(connection)


def read_growth(connection: Connection) -> Growth:
    """The same inside a transaction."""
    pair, value, preference = (_newest(ids) for ids in (pairs.c.id, factor_values.c.id, preferences.c.id))
    row = connection.execute(select(pair.label("pair"), value.label("value"), preference.label("told"))).one()
    absent = connection.execute(select(agents.c.name).where(agents.c.id.in_(people_out()))).scalars()
    return Growth(row.pair, row.value, row.told, frozenset(absent))


def _newest(ids: Column[int]) -> ScalarSelect[int]:
    return select(func.coalesce(func.max(ids), 0)).scalar_subquery()
