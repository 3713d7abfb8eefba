"""Which responses a model prefers, in one order or both, and the preferences that follow."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, true

from annotation.deeds.asking import Done, Lack
from annotation.deeds.orders import read_orders, settle
from annotation.deeds.places import (
    LEFT,
    PLACE_OF_PAIR,
    RIGHT,
    agent_id_of,
    has_documents,
    keep_agent,
    read_in_portions,
    require_same_model,
    texts_of_pairs,
)
from annotation.errors import StudyError
from annotation.results.labels import read_labels
from annotation.sides import first_side
from annotation.store.authors import is_work
from annotation.store.contents import storable
from annotation.store.database import timestamp
from annotation.store.model_tables import judgings
from annotation.store.standing import is_last
from annotation.store.tables import pairs, preferences
from annotation.study import Study
from profile_engine.agents.judging import (
    VERSION,
    Judged,
    TwoResponses,
    judge,
    judging_request,
    ordinary_verdict,
)
from profile_engine.extraction.calling import Caller
from profile_engine.ports import ChatRequest, ModelIdentity
from profile_engine.preferences import MISSING, Agent, AgentKind, Preference
from profile_engine.taxonomy import Factor
from profile_engine.votes import majority_signs


@dataclass(frozen=True, slots=True)
class OpenPair:
    """A pair to be judged, and the sides that are each to be shown first."""

    id: int
    left: str
    right: str
    source: str
    with_documents: bool
    orders: tuple[Preference, ...]

    def shown(self, first: Preference) -> TwoResponses:
        """The pair with a side first."""
        texts = (self.left, self.right) if first is Preference.LEFT else (self.right, self.left)
        return TwoResponses(self.source, *texts, self.with_documents)


Said = tuple[tuple[Preference, Judged], ...]
"""What was said with which side first."""


class Judgement:
    """One model's choices on the pairs of a study: the deed of an `AskingRun`.

    Plain ones, without a condition, are its preferences. A pair that is judged in both orders has the
    choice that is the same in both, else a tie. Unless pairs are named, those are left out that are no work.
    """

    def __init__(
        self,
        study: Study,
        identity: ModelIdentity,
        *,
        swap: bool = False,
        condition: str = "",
        guidance: Factor | None = None,
        pair_ids: Sequence[int] | None = None,
        authors: Sequence[Agent] = (),
        labelled: bool = False,
        limit: int | None = None,
        retry: bool = False,
    ) -> None:
        """Say what is judged, and how.

        Args:
            study: its settings say whether ties are allowed, and its seed which side comes first.
            identity: the judge.
            swap: both orders.
            condition: names what is added to the prompt, such as
                `guidance:off_focus`, or says what the
                choice is for; needed with `guidance`.
            guidance: a factor that the judge is told to consider.
            pair_ids: these only, work or not; None for all that is work.
            authors: pairs of which one of them wrote a response.
            labelled: pairs whose labels, imported ones among them, have a majority now: a side or a tie.
            limit: pairs at most.
            retry: ask again for what could not be had before.

        Raises:
            StudyError: the agent of this name is another model, or has preferences that came with the data.
        """
        assert bool(condition) or guidance is None
        self._study = study
        self._identity = identity
        self._swap = swap
        self._condition = condition
        self._guidance = guidance
        self._pair_ids = pair_ids
        self._authors = authors
        self._limit = limit
        self._retry = retry
        self._ties = study.settings.allow_ties
        self.agent = Agent(identity.name, AgentKind.JUDGE)
        with study.reading() as connection:
            require_same_model(connection, judgings, self.agent, identity.model)
            self._require_none_imported(connection)
            self._decided = _decided(connection) if labelled else None

    @property
    def identity(self) -> ModelIdentity:
        """Who judges."""
        return self._identity

    def items(self) -> Iterator[OpenPair]:
        """Pairs that lack a judgement, those of one source together."""
        c = judgings.c
        had = select(func.count(c.shown_first.distinct())).where(c.pair_id == pairs.c.id, self._is_settled())
        lacking = had.scalar_subquery() < (2 if self._swap else 1)
        wanted = texts_of_pairs().where(lacking, self._is_meant())
        rows = read_in_portions(self._study, wanted, PLACE_OF_PAIR, 64)
        meant = (row for row in rows if self._decided is None or row.id in self._decided)
        for row in islice(meant, self._limit):
            orders = self._open_orders(row.id)
            yield OpenPair(row.id, row.left, row.right, row.source, has_documents(row.evidence), orders)

    def failed_before(self) -> int:
        """Judgements that could not be had, and are left out."""
        if self._retry:
            return 0
        last = is_last(judgings, "agent_id", "condition", "pair_id", "shown_first")
        failed = select(func.count()).where(self._is_own(), last, judgings.c.choice.is_(None))
        with self._study.reading() as connection:
            number: int = connection.execute(failed).scalar_one()
            return number

    async def do(self, caller: Caller, item: OpenPair) -> Done[Said]:
        """Ask about a pair, in each order that is wanted."""
        judged = await asyncio.gather(*(self._judge(caller, item, first) for first in item.orders))
        lacks = tuple(Lack(f"pair {item.id}", one.reason) for one in judged if one.reason is not None)
        said = tuple(zip(item.orders, judged, strict=True))
        return Done(said, tuple(one.exchange for one in judged), len(judged) - len(lacks), lacks)

    def store(self, connection: Connection, item: OpenPair, value: Said) -> None:
        """Write what was said; where it is plain, the preference that follows."""
        agent_id, created = keep_agent(connection, self.agent), timestamp()
        for first, judged in value:
            connection.execute(
                insert(judgings).values(
                    pair_id=item.id,
                    agent_id=agent_id,
                    condition=self._condition,
                    shown_first=first.value,
                    choice=None if judged.choice is None else judged.choice * first.value,
                    justification=judged.justification and storable(judged.justification),
                    reason=judged.reason,
                    version=VERSION,
                    model=self._identity.model,
                    answered_by=judged.exchange.model,
                    created=created,
                )
            )
        if not self._condition:
            settled = settle(read_orders(connection, self.agent, "", judgings.c.pair_id == item.id)[item.id])
            connection.execute(
                insert(preferences).values(
                    pair_id=item.id,
                    agent_id=agent_id,
                    value=settled.choice,
                    raw=settled.raw,
                    justification=settled.justification,
                    created=created,
                )
            )

    def rehearse(self, request: ChatRequest) -> str:  # noqa: ARG002 - the deed's
        """An ordinary answer."""
        return ordinary_verdict()

    async def _judge(self, caller: Caller, item: OpenPair, first: Preference) -> Judged:
        request = judging_request(
            self._study.task, item.shown(first), ties=self._ties, guidance=self._guidance
        )
        return await judge(caller, request, ties=self._ties, anew=self._retry)

    def _open_orders(self, pair_id: int) -> tuple[Preference, ...]:
        """Which sides are still to be shown first: that of the seed, then the other one where both are."""
        c = judgings.c
        with self._study.reading() as connection:
            rows = connection.execute(
                select(c.shown_first, c.choice).where(c.pair_id == pair_id, self._is_own())
            ).all()
        settled = {row.shown_first for row in rows if row.choice is not None or not self._retry}
        first = first_side(self._study.settings.seed, pair_id, 0)
        both = (first, Preference(-first))
        if self._swap:
            return tuple(side for side in both if side not in settled)
        asked = {row.shown_first for row in rows}
        return tuple(side for side in both if side in asked and side not in settled) or both[:1]

    def _is_meant(self) -> ColumnElement[bool]:
        """Condition on `pairs`: one of those that were named."""
        named = is_work() if self._pair_ids is None else pairs.c.id.in_(self._pair_ids)
        if not self._authors:
            return named
        ids = [agent_id_of(author) for author in self._authors]
        return and_(named, or_(LEFT.c.agent_id.in_(ids), RIGHT.c.agent_id.in_(ids)))

    def _require_none_imported(self, connection: Connection) -> None:
        c = preferences.c
        came = exists().where(c.agent_id == agent_id_of(self.agent), c.import_id.is_not(None))
        if not self._condition and connection.execute(select(came)).scalar_one():
            raise StudyError(
                f"what {self.agent.name} prefers came with this study's data: configure the model under "
                "another name with profile-tui models add, so that the two are told apart"
            )

    def _is_settled(self) -> ColumnElement[bool]:
        """Condition on `judgings`: nothing more is to be asked in this order."""
        return and_(self._is_own(), judgings.c.choice.is_not(None) if self._retry else true())

    def _is_own(self) -> ColumnElement[bool]:
        c = judgings.c
        return and_(c.agent_id == agent_id_of(self.agent), c.condition == self._condition)


def _decided(connection: Connection) -> frozenset[int]:
    """The pairs on which the majority of the labels is a side or a tie."""
    labels = read_labels(connection, None)
    return frozenset(labels.pair_ids[majority_signs(labels.ballots()) != MISSING].tolist())
