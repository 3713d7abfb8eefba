"""What of a plan people elsewhere are still to be asked: items that have their labels are left out."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from annotation.planning.cost import is_done
from annotation.planning.plan import Plan, Role
from annotation.store.standing import label_stands
from annotation.store.tables import answers
from annotation.study import Study
from annotation.wording import counted

_MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class StillWanted:
    """The part of a plan that is still open.

    Attributes:
        plan: with the items that are to be asked, training excepted; with no more work there is no gold.
        complete: how many items were left out because no label of them is wanted.
        labels: how many labels each item of work wants, by its number among these items, from 1.
    """

    plan: Plan
    complete: int
    labels: dict[int, int]

    @property
    def most(self) -> int:
        """How many labels the item wants that wants most; 0 where none is wanted."""
        return max(self.labels.values(), default=0)

    def about_fewer(self) -> str | None:
        """Which rows want fewer labels than others do; None where all want as many."""
        rows: defaultdict[int, list[int]] = defaultdict(list)
        for number, labels in self.labels.items():
            if labels < self.most:
                rows[labels].append(number)
        if not rows:
            return None
        told = "; ".join(f"{labels}: {_rows(rows[labels])}" for labels in sorted(rows))
        return (
            f"assignments are set for all rows of a file, and {counted(sum(map(len, rows.values())), 'row')} "
            f"want fewer ({told}): make them a batch of their own, or they get more labels than planned"
        )


def still_wanted(study: Study, plan: Plan) -> StillWanted:
    """Count the labels that stand, and what is missing."""
    said = select(answers.c.pair_id, answers.c.choice).where(label_stands())
    choices: defaultdict[int, list[int]] = defaultdict(list)
    with study.reading() as connection:
        for pair_id, choice in connection.execute(said):
            choices[pair_id].append(choice)
    wanted = {item.pair_id: _wanted(plan, choices[item.pair_id]) for item in plan.work}
    is_open = any(wanted.values()) or not wanted
    kept = tuple(
        item for item in plan.items if wanted.get(item.pair_id) or (is_open and item.role is Role.GOLD)
    )
    return StillWanted(
        replace(plan, items=kept),
        sum(not labels for labels in wanted.values()),
        {number: wanted[item.pair_id] for number, item in enumerate(kept, start=1) if item.role is Role.WORK},
    )


def _wanted(plan: Plan, choices: list[int]) -> int:
    return 0 if is_done(choices, plan.design) else plan.design.annotators_per_pair - len(choices)


def _rows(numbers: list[int]) -> str:
    more = f" and {len(numbers) - _MOST_NAMED:,} more" if len(numbers) > _MOST_NAMED else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {', '.join(map(str, numbers[:_MOST_NAMED]))}{more}"
