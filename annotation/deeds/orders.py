"""What stands of pairs that a model judged in one order or both."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, select, true

from annotation.deeds.places import agent_id_of
from annotation.store.model_tables import judgings
from annotation.store.standing import is_last
from annotation.store.tables import pairs
from annotation.study import Study
from profile_engine.bias import PositionBias, position_bias
from profile_engine.preferences import Agent
from profile_engine.rates import ClusteredRate, clustered_rate

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
    """What a judge chose, and how that went with the order; intervals are over sources.

    Attributes:
        choices: pairs by what was settled: 1 left, 0 tie, -1 right.
        unanswered: pairs that it was asked about in vain.
        first: how often it chose the response shown first, among choices of a side on pairs that it judged
            in one order. Of both orders that would be half by how they are asked.
        both: the pairs that it judged in both orders.
    """

    choices: Mapping[int, ClusteredRate]
    unanswered: int
    first: ClusteredRate
    both: PositionBias


def read_position(study: Study, judge: Agent, condition: str = "") -> PositionReport:
    """Count what stands of a judge's choices under a condition."""
    with study.reading() as connection:
        said = read_orders(connection, judge, condition)
        source_of = _sources(connection, judge, condition)
    settled = {pair: choice for pair, orders in said.items() if (choice := settle(orders).choice) is not None}
    answered = {
        pair: {one.first: one.choice for one in orders if one.choice is not None}
        for pair, orders in said.items()
    }
    both = {pair: (by[1], by[-1]) for pair, by in answered.items() if len(by) > 1}
    sided = {
        pair: first == choice
        for pair, by in answered.items()
        if len(by) == 1
        for first, choice in by.items()
        if choice
    }
    of_settled = [source_of[pair] for pair in settled]
    return PositionReport(
        {
            choice: clustered_rate([one == choice for one in settled.values()], of_settled)
            for choice in _WORDS
        },
        len(said) - len(settled),
        clustered_rate([*sided.values()], [source_of[pair] for pair in sided]),
        position_bias([*both.values()], [source_of[pair] for pair in both]),
    )


def _sources(connection: Connection, judge: Agent, condition: str) -> dict[int, int]:
    """The source of each pair that a judge was asked about."""
    c = judgings.c
    asked = select(c.pair_id).where(c.agent_id == agent_id_of(judge), c.condition == condition)
    rows = connection.execute(select(pairs.c.id, pairs.c.source_id).where(pairs.c.id.in_(asked)))
    return {row.id: row.source_id for row in rows}
