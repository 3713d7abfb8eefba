"""What the plan says of pairs that people label elsewhere, and which labels of theirs stand."""

from collections import defaultdict
from collections.abc import Collection
from functools import cached_property
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, func, select

from annotation.answers import CHOICES, AnswerKind
from annotation.people.erased import ErasedNames
from annotation.planning.plan import Plan, Role, read_plan
from annotation.store.standing import label_stands
from annotation.store.tables import agents, answers, pairs
from annotation.wording import counted
from profile_engine.preferences import Preference

_KINDS: Final = MappingProxyType({Role.GOLD: AnswerKind.GOLD, Role.TRAINING: AnswerKind.TRAINING})
_MOST_NAMED: Final = 10


class PlannedPairs:
    """The plan of a study, by the keys of its pairs; without a plan every pair is to be labelled.

    Args:
        connection: the transaction of the import.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._plan = read_plan(connection)
        keys = {} if self._plan is None else _item_keys(connection, self._plan)
        self._roles = {keys[item.pair_id]: item.role for item in self._plan.items} if self._plan else {}

    def kind(self, name: str, key: str, shown_as: Role | None = None) -> AnswerKind:
        """What a choice of somebody on a pair is: a label, or an answer on an item that never counts.

        It is what the pair was shown as, where that is known; else what the study has of it already, whatever
        is planned by now; else what the plan says.
        """
        known = self._said.get((name, key), {})
        if shown_as is None and known:
            return next(iter(known))
        role = shown_as or self._roles.get(key, Role.WORK)
        return _KINDS.get(role, AnswerKind.LABEL)

    def has_said(self, name: str, key: str, choice: Preference) -> bool:
        """Whether somebody said this of a pair before, as which kind soever, also if changed since.

        Of who was erased nobody knows; as what they say does not come in, it is as good as said.
        """
        return name in self._erased or any(
            choice in choices for choices in self._said.get((name, key), {}).values()
        )

    @cached_property
    def _erased(self) -> ErasedNames:
        return ErasedNames.of_study(self._connection)

    @cached_property
    def _said(self) -> dict[tuple[str, str], dict[AnswerKind, set[Preference]]]:
        """All choices by annotator and pair, of each kind, the first kind first."""
        choices = (
            select(agents.c.name, pairs.c.key, answers.c.kind, answers.c.choice)
            .join_from(answers, agents)
            .join(pairs, pairs.c.id == answers.c.pair_id)
            .where(answers.c.kind.in_(CHOICES), answers.c.choice.is_not(None))
            .order_by(answers.c.id)
        )
        said: dict[tuple[str, str], dict[AnswerKind, set[Preference]]] = defaultdict(dict)
        for name, key, kind, choice in self._connection.execute(choices):
            said[name, key].setdefault(AnswerKind(kind), set()).add(Preference(choice))
        return said

    def labels(self, keys: Collection[str]) -> list[tuple[str, str]]:
        """Annotators and keys of the labels that stand on these pairs."""
        if not keys:
            return []
        standing = (
            select(agents.c.name, pairs.c.key)
            .join_from(answers, agents)
            .join(pairs, pairs.c.id == answers.c.pair_id)
            .where(pairs.c.key.in_(keys), label_stands())
        )
        return [(name, key) for name, key in self._connection.execute(standing)]


def about_overlap(connection: Connection, touched: Collection[int]) -> tuple[str, ...]:
    """Which of these pairs have more labels than planned, in a sentence; nothing where none has.

    Args:
        connection: the transaction of the import.
        touched: ids of the pairs that the import has labels of.
    """
    plan = read_plan(connection) if touched else None
    if plan is None:
        return ()
    most = plan.design.annotators_per_pair
    work = {item.pair_id for item in plan.work}
    labels = func.count().label("labels")
    standing = (
        select(answers.c.pair_id, labels)
        .where(label_stands())
        .group_by(answers.c.pair_id)
        .having(labels > most)
        .order_by(answers.c.pair_id)
    )
    over = [
        str(pair_id) for pair_id, _ in connection.execute(standing) if pair_id in touched and pair_id in work
    ]
    if not over:
        return ()
    more = f" and {len(over) - _MOST_NAMED:,} more" if len(over) > _MOST_NAMED else ""
    return (
        f"{counted(len(over), 'pair')} with more labels than the {most} planned: "
        f"{', '.join(over[:_MOST_NAMED])}{more}",
    )


def _item_keys(connection: Connection, plan: Plan) -> dict[int, str]:
    wanted = {item.pair_id for item in plan.items}
    found = connection.execute(select(pairs.c.id, pairs.c.key))
    return {id_: key for id_, key in found if id_ in wanted}
