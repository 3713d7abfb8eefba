"""A plan as it is stored."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, exists, select

from annotation.planning.design import PlanDesign
from annotation.store.tables import pairs, plan_items, plans
from profile_engine.preferences import Preference


class Role(StrEnum):
    """What an item of a plan is for.

    WORK is labelled by as many as the plan says; GOLD and TRAINING by everybody.
    """

    WORK = "work"
    GOLD = "gold"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One pair of a plan.

    Attributes:
        position: from 1; items of one source stand together.
        expected: the known answer of gold and training items, canonical.
        explanation: what a person in training is told after their answer.
    """

    id: int
    position: int
    pair_id: int
    source_id: int
    role: Role
    expected: Preference | None = None
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan that stands."""

    id: int
    design: PlanDesign
    items: tuple[PlanItem, ...]
    created: str

    @property
    def work(self) -> tuple[PlanItem, ...]:
        """The items that are to be labelled."""
        return tuple(item for item in self.items if item.role is Role.WORK)


def read_plan(connection: Connection) -> Plan | None:
    """The newest plan with its items in their order; None where nothing is planned."""
    row = connection.execute(select(plans).order_by(plans.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    found = connection.execute(
        select(plan_items, pairs.c.source_id)
        .join(pairs)
        .where(plan_items.c.plan_id == row.id)
        .order_by(plan_items.c.position)
    )
    items = tuple(
        PlanItem(
            id=item.id,
            position=item.position,
            pair_id=item.pair_id,
            source_id=item.source_id,
            role=Role(item.role),
            expected=None if item.expected is None else Preference(item.expected),
            explanation=item.explanation,
        )
        for item in found
    )
    return Plan(row.id, PlanDesign.model_validate(row.design), items, row.created)


def is_left_behind(connection: Connection, pair_id: int, said: str) -> bool:
    """Whether what was said of a pair at that time was said before the plan that stands, which has it not."""
    stands = select(plans.c.id, plans.c.created).order_by(plans.c.id.desc()).limit(1).subquery()
    has = exists().where(plan_items.c.plan_id == stands.c.id, plan_items.c.pair_id == pair_id)
    return connection.execute(select(stands.c.id).where(stands.c.created > said, ~has)).first() is not None
