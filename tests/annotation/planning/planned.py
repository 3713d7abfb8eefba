"""Studies with a plan, written by hand, and people who work in them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from annotation.answers import Answer, AnswerKind, AnswerLog, NewAnswer
from annotation.assignment import Item
from annotation.planning.design import PlanDesign
from annotation.planning.plan import Role
from annotation.planning.worklist import PlannedWorklist, open_worklist
from annotation.store.contents import seal_plan
from annotation.store.database import timestamp
from annotation.store.tables import answers, plan_items, plans, seats
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, Draft


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2030, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


def plan(
    study: Study,
    pairs: Iterable[int],
    roles: Mapping[int, Role] | None = None,
    expected: Preference = LEFT,
    explanation: str | None = None,
    design: Mapping[str, object] | None = None,
) -> None:
    """Make these pairs the plan, in this order; all are to be labelled unless `roles` says otherwise."""
    roles = roles or {}
    told = PlanDesign.model_validate(design or {}).model_dump(mode="json")
    with study.writing() as connection:
        key = connection.execute(insert(plans).values(design=told, created=timestamp())).inserted_primary_key
        assert key is not None
        for position, pair_id in enumerate(pairs, start=1):
            role = roles.get(pair_id, Role.WORK)
            known = {} if role is Role.WORK else {"expected": expected, "explanation": explanation}
            connection.execute(
                insert(plan_items).values(
                    plan_id=key[0], position=position, pair_id=pair_id, role=role, **known
                )
            )
        seal_plan(connection, key[0])


def planned_study(location: Path | str, pairs: int = 8, *, a_source: int = 2, **design: object) -> Study:
    """A new study all of whose pairs are to be labelled."""
    study = Study.create(location, task=Task.SUMMARIZATION)
    plan(study, Draft(study).pairs(pairs, a_source=a_source), design=design)
    return study


class Person:
    """Works through a plan as the Label screen does, without a screen."""

    def __init__(self, study: Study, name: str, clock: Callable[[], datetime] | None = None) -> None:
        self.study, self.name = study, name
        clock = clock or Clock()
        self.log = AnswerLog(study, clock)
        self.log.register(name)
        worklist = open_worklist(study, name, clock)
        assert isinstance(worklist, PlannedWorklist)
        self.worklist = worklist
        self.item: Item | None = None
        self.seen: list[Item] = []

    def next(self) -> Item | None:
        """Go on to the next item."""
        self.item = self.worklist.next(self.item.key if self.item else None)
        if self.item is not None:
            self.seen.append(self.item)
        return self.item

    def answer(self, choice: Preference = LEFT) -> Answer:
        """Say which of the item before them is better."""
        assert self.item is not None
        answer = self.log.save(
            NewAnswer(
                self.item.pair_id,
                self.name,
                self.item.kind,
                choice=choice,
                shown_first=self.item.first,
            )
        )
        self.worklist.mark(self.item.key, labelled=True)
        return answer

    def skip(self) -> None:
        assert self.item is not None
        self.log.save(NewAnswer(self.item.pair_id, self.name, AnswerKind.SKIP, set=True))
        done = self.item.kind is AnswerKind.REPEAT
        self.worklist.mark(self.item.pair_id, labelled=done, skipped=True)

    def work(self, items: int | None = None) -> list[int]:
        """Answer so many items, or all there are; their pairs."""
        pairs: list[int] = []
        while (items is None or len(pairs) < items) and (item := self.next()) is not None:
            self.answer()
            pairs.append(item.pair_id)
        return pairs


def overlap(study: Study) -> dict[int, int]:
    """Labels that stand for each pair."""
    from annotation.store.standing import label_stands

    with study.reading() as connection:
        rows = connection.execute(
            select(answers.c.pair_id, func.count()).where(label_stands()).group_by(answers.c.pair_id)
        )
        return {row[0]: row[1] for row in rows}


def held(study: Study, name: str | None = None) -> int:
    """Seats that are held."""
    from annotation.store.tables import agents

    with study.reading() as connection:
        found = select(func.count()).select_from(seats.join(agents)).where(seats.c.state == "held")
        if name is not None:
            found = found.where(agents.c.name == name)
        count: int = connection.execute(found).scalar_one()
        return count
