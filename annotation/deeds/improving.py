"""Improved responses to two initial ones of a model, and the pairs that say what improving changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, insert, select

from annotation.deeds.asking import Done, Lack
from annotation.deeds.places import (
    PLACE_OF_PAIR,
    SourceText,
    agent_id_of,
    has_documents,
    keep_agent,
    keep_pair,
    keep_response,
    read_in_portions,
    require_same_model,
    texts_of_pairs,
)
from annotation.store.database import timestamp
from annotation.store.model_tables import generations, improvements, judgings
from annotation.store.standing import is_last
from annotation.store.tables import pairs, preferences
from annotation.study import Study
from profile_engine.agents.generating import Generated, Purpose, generate, ordinary_answer
from profile_engine.agents.improving import Feedback, Initial, Method, improvement_request
from profile_engine.agents.tasks import BRIEFS
from profile_engine.extraction.calling import Caller
from profile_engine.ports import ChatRequest, ModelIdentity
from profile_engine.preferences import Agent, AgentKind, Preference

CONDITION: Final = "improve"
"""What an evaluator's choices on initial responses are kept under: feedback, and none of its preferences."""

_PORTION: Final = 64


def improver(generator: str, method: Method, evaluator: str) -> Agent:
    """What the author of improvements is called: by whose feedback, or from what."""
    how = {Method.FEEDBACK: f"by {evaluator}", Method.BOTH: "from both", Method.SINGLE: "from each"}
    return Agent(f"{generator} {how[method]}", AgentKind.IMPROVER)


def initial_pairs(generator: Agent) -> ColumnElement[bool]:
    """Condition on `pairs`: of two initial responses of a generator."""
    c = generations.c
    written = select(c.response_id).where(
        c.agent_id == agent_id_of(generator), c.purpose == Purpose.INITIAL.value, c.response_id.is_not(None)
    )
    return and_(pairs.c.left_id.in_(written), pairs.c.right_id.in_(written))


@dataclass(frozen=True, slots=True)
class InitialPair:
    """Two initial responses to a source."""

    id: int
    source: SourceText
    left_id: int
    right_id: int
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a judge said of a pair.

    Attributes:
        shown_first: which side, canonical.
        choice: canonical.
    """

    judging_id: int | None
    shown_first: int
    choice: int
    justification: str | None


@dataclass(frozen=True, slots=True)
class OpenImprovement:
    """An improvement that is still to be had.

    Attributes:
        pair_id: the initial responses.
        initial: what is improved.
        from_ids: the initial responses that it is made from.
        judging_id: what the feedback says, where there is any.
    """

    source: SourceText
    pair_id: int
    initial: Initial
    from_ids: tuple[int, ...]
    judging_id: int | None = None

    @property
    def method(self) -> Method:
        """How it is made."""
        return self.initial.method

    @property
    def initial_id(self) -> int | None:
        """The one response that it is made from; None where there are two."""
        return self.from_ids[0] if self.method is Method.SINGLE else None


class Improvement:
    """What a model makes of its own two initial responses: the deed of an `AskingRun`.

    With the feedback of a judge, and without any: from both (Baseline A), and from each (Baseline B). The
    improved response is preferred over each initial one that it is made from (PROFILE F.2.2).
    """

    def __init__(
        self,
        study: Study,
        identity: ModelIdentity,
        evaluator: str,
        *,
        limit: int | None = None,
        retry: bool = False,
    ) -> None:
        """Say who improves by whose feedback.

        Args:
            study: has the initial responses, and what the judge said of them.
            identity: who wrote the initial responses, and improves them.
            evaluator: the judge's name.
            limit: sources at most.
            retry: ask again for what could not be had before.

        Raises:
            StudyError: an agent of this name is another model.
        """
        self._study = study
        self._identity = identity
        self._limit = limit
        self._retry = retry
        self.generator = Agent(identity.name, AgentKind.GENERATOR)
        self.judge = Agent(evaluator, AgentKind.JUDGE)
        self.agents = {method: improver(identity.name, method, evaluator) for method in Method}
        with study.reading() as connection:
            for agent in self.agents.values():
                require_same_model(connection, improvements, agent, identity.model)

    @property
    def identity(self) -> ModelIdentity:
        """Who improves."""
        return self._identity

    def items(self) -> Iterator[OpenImprovement]:
        """What is still to be had, that of one source together; nothing by feedback that is not there."""
        return self.foresee()

    def foresee(
        self, to_be_judged: Mapping[int, Said] = MappingProxyType({}), to_come: Iterable[InitialPair] = ()
    ) -> Iterator[OpenImprovement]:
        """What will be to be had.

        Args:
            to_be_judged: what may be said of pairs that are there.
            to_come: pairs that are not, of which something is said as well.
        """
        wanted = texts_of_pairs().where(initial_pairs(self.generator))
        rows = read_in_portions(self._study, wanted, PLACE_OF_PAIR, _PORTION)
        portions = iter(lambda: list(islice(rows, _PORTION)), [])
        there = (one for portion in portions for one in self._open(portion, to_be_judged) if one)
        later = (list(improvements_of(pair, to_be_judged[pair.id])) for pair in to_come)
        for pair in islice(chain(there, later), self._limit):
            yield from pair

    def _open(
        self, portion: Sequence[Row[Any]], to_be_judged: Mapping[int, Said]
    ) -> Iterator[list[OpenImprovement]]:
        """What each of some pairs lacks."""
        ids = [row.id for row in portion]
        with self._study.reading() as connection:
            had = self._had(connection, ids)
            said = dict(to_be_judged) | self._said(connection, ids)
        for row in portion:
            every = improvements_of(_initial_pair(row), said.get(row.id))
            yield [one for one in every if (row.id, one.method, one.initial_id) not in had]

    def _had(self, connection: Connection, pair_ids: Sequence[int]) -> set[tuple[int, str, int | None]]:
        c = improvements.c
        settled = select(c.pair_id, c.method, c.initial_id).where(self._is_own(), c.pair_id.in_(pair_ids))
        if self._retry:
            settled = settled.where(c.response_id.is_not(None))
        return {(pair_id, method, initial) for pair_id, method, initial in connection.execute(settled)}

    def _said(self, connection: Connection, pair_ids: Sequence[int]) -> dict[int, Said]:
        """What the judge said of each pair for this; of two orders, in the one that it was asked first."""
        c, last = judgings.c, is_last(judgings, "agent_id", "condition", "pair_id", "shown_first")
        rows = connection.execute(
            select(c.pair_id, c.id, c.shown_first, c.choice, c.justification)
            .where(c.agent_id == agent_id_of(self.judge), c.condition == CONDITION, c.pair_id.in_(pair_ids))
            .where(c.choice.is_not(None), last)
            .order_by(c.id.desc())
        )
        return {pair_id: Said(*said) for pair_id, *said in rows}

    def failed_before(self) -> int:
        """Improvements that could not be had, and are left out."""
        if self._retry:
            return 0
        c, later = improvements.c, improvements.alias("later")
        same = [later.c[name] == c[name] for name in ("agent_id", "pair_id", "method")]
        same += [func.coalesce(later.c.initial_id, 0) == func.coalesce(c.initial_id, 0)]
        failed = select(func.count()).where(
            self._is_own(), c.response_id.is_(None), ~exists().where(*same, later.c.id > c.id)
        )
        with self._study.reading() as connection:
            number: int = connection.execute(failed).scalar_one()
            return number

    async def do(self, caller: Caller, item: OpenImprovement) -> Done[Generated]:
        """Ask for one improved response."""
        request = improvement_request(self._study.task, item.initial)
        brief = BRIEFS[self._study.task]
        found = await generate(caller, request, Purpose.DIRECT, brief, (1,), anew=self._retry)
        what = f"improvement ({item.method}) of pair {item.pair_id}"
        lacks = tuple(Lack(what, why) for why in found.reasons.values())
        return Done(found, (found.exchange,), len(found.texts), lacks)

    def store(self, connection: Connection, item: OpenImprovement, value: Generated) -> None:
        """Write the response, and the pairs with what it was made from, in which it is preferred."""
        agent, created = self.agents[item.method], timestamp()
        agent_id, text = keep_agent(connection, agent), value.texts.get(1)
        response_id = None if text is None else keep_response(connection, item.source, agent, None, text)
        connection.execute(
            insert(improvements).values(
                agent_id=agent_id,
                pair_id=item.pair_id,
                method=item.method.value,
                initial_id=item.initial_id,
                judging_id=item.judging_id,
                response_id=response_id,
                reason=value.reasons.get(1),
                version=item.method.version,
                model=self._identity.model,
                answered_by=value.exchange.model,
                created=created,
            )
        )
        if response_id is not None:
            improved = [keep_pair(connection, response_id, initial_id) for initial_id in item.from_ids]
            told = {
                "agent_id": agent_id,
                "value": Preference.LEFT.value,
                "raw": "improved",
                "created": created,
            }
            connection.execute(insert(preferences), [{"pair_id": pair_id, **told} for pair_id in improved])

    def rehearse(self, request: ChatRequest) -> str:  # noqa: ARG002 - the deed's
        """An ordinary answer."""
        return ordinary_answer(self._study.task, Purpose.DIRECT)

    def _is_own(self) -> ColumnElement[bool]:
        """Condition on `improvements`: of this improver, by whichever method."""
        return improvements.c.agent_id.in_([agent_id_of(agent) for agent in self.agents.values()])


def improvements_of(pair: InitialPair, said: Said | None) -> Iterator[OpenImprovement]:
    """All improvements of a pair; none by feedback where nothing was said."""
    with_documents = pair.source.with_documents

    def item(
        ids: tuple[int, ...], texts: tuple[str, ...], feedback: Feedback | None = None
    ) -> OpenImprovement:
        initial = Initial(pair.source.text, texts, feedback, with_documents)
        judging_id = said.judging_id if said and feedback else None
        return OpenImprovement(pair.source, pair.id, initial, ids, judging_id)

    ids, texts = (pair.left_id, pair.right_id), (pair.left, pair.right)
    if said is not None:
        # "The first one" is, in a justification, whichever the judge saw first.
        shown = texts if said.shown_first == Preference.LEFT else texts[::-1]
        yield item(ids, shown, Feedback(said.choice * said.shown_first, said.justification or ""))
    yield item(ids, texts)
    yield from (item((id_,), (text,)) for id_, text in zip(ids, texts, strict=True))


def _initial_pair(row: Row[Any]) -> InitialPair:
    source = SourceText(row.source_id, row.source, has_documents(row.evidence))
    return InitialPair(row.id, source, row.left_id, row.right_id, row.left, row.right)
