"""Pairs as people elsewhere are shown them: which side is first is drawn, and nothing says who wrote what."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from annotation.exporters.rows import ExportRow, exported_rows
from annotation.importers.study_rows import SIDE_NAMES
from annotation.planning.plan import Plan, Role, read_plan
from annotation.pseudonyms import Pseudonyms
from annotation.sides import first_side
from annotation.store.authors import is_work
from annotation.store.tables import pairs
from annotation.study import Study
from profile_engine.preferences import Preference


@dataclass(frozen=True, slots=True)
class BlindedPair:
    """A pair and how it is shown.

    Attributes:
        id: leads back to the pair and to the side that is first, in its study only.
        first: the canonical side shown first.
        row: everything of the pair; not to be shown as a whole.
    """

    id: str
    first: Preference
    role: Role
    row: ExportRow

    @property
    def source(self) -> str:
        """The source text."""
        return str(self.row["source"]["text"])

    @property
    def response_1(self) -> str:
        """The text shown first."""
        return str(self.row[SIDE_NAMES[self.first]]["text"])

    @property
    def response_2(self) -> str:
        """The other one."""
        return str(self.row[SIDE_NAMES[-self.first]]["text"])


def standing_plan(study: Study) -> Plan | None:
    """The plan by which people work; None where there is none."""
    with study.reading() as connection:
        return read_plan(connection)


def blinded_pairs(study: Study, plan: Plan | None) -> Iterator[BlindedPair]:
    """The items of a plan in its order, training excepted; without a plan every pair that is work.

    Over the places of one order each side is first equally often; the seed decides where.
    """
    with study.reading() as connection:
        names = Pseudonyms.of_study(connection)
        work = connection.execute(select(pairs.c.id).where(is_work()).order_by(pairs.c.id)).scalars().all()
    items = None if plan is None else [item for item in plan.items if item.role is not Role.TRAINING]
    seed = study.settings.seed if plan is None else plan.design.seed
    rows = exported_rows(study, work if items is None else [item.pair_id for item in items])
    for number, row in enumerate(rows):
        place, role = (
            (number + 1, Role.WORK) if items is None else (items[number].position, items[number].role)
        )
        first = first_side(seed, place, 0)
        yield BlindedPair(names.shown_pair(row["key"], first), first, role, row)
