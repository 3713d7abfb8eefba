"""What stands of pairs that a model judged in one order or both."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, select, true

from annotation.deeds.places import agent_id_of
from annotation.store.model_tables import judgings
from annotation.store.standing import is_last
from annotation.study import Study
from profile_engine.bias import PositionBias, position_bias, side_bias
from profile_engine.preferences import Agent
from profile_engine.rates import Rate

_WORDS: Final = {1: "left", 0: "tie", -1: "right"}


@dataclass(frozen=True, slots=True)
class Order:
    """What stands of one order: canonical sides, as in the store."""

    first: int
    choice: int | None
    justification: str | None
    reason: str | None

    @property
    def words(self) -> str:
        """The order and the choice as people read them."""
        chosen = f"failed ({self.reason})" if self.choice is None else _WORDS[self.choice]
        return f"{_WORDS[self.first]} shown first: {chosen}"


@dataclass(frozen=True, slots=True)
class Settled:
    """What follows of a pair."""

    choice: int | None
    raw: str
    justification: str | None


def read_orders(
    connection: Connection, judge: Agent, condition: str, which: ColumnElement[bool] | None = None
) -> dict[int, list[Order]]:
    """What stands of each pair, in the order in which it was asked."""
    c = judgings.c
    rows = connection.execute(
        select(c.pair_id, c.shown_first, c.choice, c.justification, c.reason)
        .where(
            c.agent_id == agent_id_of(judge),
            c.condition == condition,
            is_last(judgings, "agent_id", "condition", "pair_id", "shown_first"),
            true() if which is None else which,
        )
        .order_by(c.pair_id, c.id)
    )
    said: defaultdict[int, list[Order]] = defaultdict(list)
    for pair_id, *order in rows:
        said[pair_id].append(Order(*order))
    return said


def settle(orders: Sequence[Order]) -> Settled:
    """The choice that is the same in all orders that were answered; a tie where they differ."""
    answered = [one for one in orders if one.choice is not None]
    choices = {one.choice for one in answered}
    raw = "; ".join(one.words for one in orders)
    if not answered:
        return Settled(None, raw, None)
    if len(choices) == 1:
        return Settled(answered[0].choice, raw, answered[0].justification)
    reasons = (f"({_WORDS[one.first]} shown first) {one.justification}" for one in answered)
    return Settled(0, f"{raw}; they differ, which is a tie", "\n\n".join(reasons))


@dataclass(frozen=True, slots=True)
class PositionReport:
    """What a judge chose, and how that went with the order.

    Attributes:
        choices: pairs by what was settled: 1 left, 0 tie, -1 right.
        unanswered: pairs that it was asked about in vain.
        first: how often it chose the response shown first, among choices of a side, each order by itself.
        both: the pairs that it judged in both orders.
    """

    choices: Mapping[int, int]
    unanswered: int
    first: Rate
    both: PositionBias


def read_position(study: Study, judge: Agent, condition: str = "") -> PositionReport:
    """Count what stands of a judge's choices under a condition."""
    with study.reading() as connection:
        said = list(read_orders(connection, judge, condition).values())
    settled = Counter(settle(orders).choice for orders in said)
    answered = [one for orders in said for one in orders if one.choice is not None]
    both = [
        (by_side[1], by_side[-1])
        for orders in said
        if len(by_side := {one.first: one.choice for one in orders if one.choice is not None}) > 1
    ]
    return PositionReport(
        {choice: settled[choice] for choice in _WORDS},
        settled[None],
        side_bias([one.choice * one.first for one in answered if one.choice is not None]),
        position_bias(both),
    )
