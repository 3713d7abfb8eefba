"""Responses that a model writes to the sources of a study, and the pairs they make."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import ColumnElement, Connection, and_, distinct, func, insert, select, true

from annotation.deeds.asking import Done, Lack
from annotation.deeds.places import (
    SourceText,
    agent_id_of,
    keep_agent,
    keep_pair,
    keep_response,
    read_sources,
    require_same_model,
)
from annotation.store.database import timestamp
from annotation.store.model_tables import generations
from annotation.store.standing import is_last
from annotation.store.tables import sources
from annotation.study import Study
from profile_engine.agents.generating import (
    Generated,
    Purpose,
    generate,
    generation_request,
    ordinary_answer,
)
from profile_engine.agents.tasks import BRIEFS
from profile_engine.extraction.calling import Caller
from profile_engine.ports import ChatRequest, ModelIdentity
from profile_engine.preferences import Agent, AgentKind


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source, and the numbers of the responses to it that are still to be had."""

    source: SourceText
    wanted: tuple[int, ...]


class Generation:
    """One model's responses to the sources of a study: the deed of an `AskingRun`.

    Scored responses make all pairs of a source (PROFILE §2.2), initial ones one pair; preferences of the
    first follow from the scores.
    """

    def __init__(
        self,
        study: Study,
        identity: ModelIdentity,
        purpose: Purpose = Purpose.SCORED,
        *,
        limit: int | None = None,
        retry: bool = False,
    ) -> None:
        """`limit`: sources at most; `retry`: ask again for what could not be had before.

        Raises:
            StudyError: the agent of this name is another model.
        """
        self._study = study
        self._identity = identity
        self._purpose = purpose
        self._limit = limit
        self._retry = retry
        self.agent = Agent(identity.name, AgentKind.GENERATOR)
        with study.reading() as connection:
            require_same_model(connection, generations, self.agent, identity.model)

    @property
    def identity(self) -> ModelIdentity:
        """Who writes."""
        return self._identity

    def items(self) -> Iterator[OpenSource]:
        """Sources with a text that lack a response."""
        c = generations.c
        had = select(func.count(distinct(c.number))).where(c.source_id == sources.c.id, self._is_settled())
        lacking = had.scalar_subquery() < len(self._purpose.numbers)
        for source in read_sources(self._study, and_(sources.c.text != "", lacking), limit=self._limit):
            with self._study.reading() as connection:
                known = set(
                    connection.execute(
                        select(c.number).where(c.source_id == source.id, self._is_settled())
                    ).scalars()
                )
            yield OpenSource(source, tuple(one for one in self._purpose.numbers if one not in known))

    def failed_before(self) -> int:
        """Responses that could not be had, and are left out."""
        if self._retry:
            return 0
        last = is_last(generations, "agent_id", "source_id", "purpose", "number")
        failed = select(func.count()).where(self._is_own(), last, generations.c.response_id.is_(None))
        with self._study.reading() as connection:
            number: int = connection.execute(failed).scalar_one()
            return number

    async def do(self, caller: Caller, item: OpenSource) -> Done[Generated]:
        """Ask for the responses of one source in one call."""
        source = item.source
        request = generation_request(
            self._study.task, self._purpose, source.text, with_documents=source.with_documents
        )
        brief = BRIEFS[self._study.task]
        found = await generate(caller, request, self._purpose, brief, item.wanted, anew=self._retry)
        word = "score" if self._purpose is Purpose.SCORED else "response"
        lacks = tuple(
            Lack(f"{word} {number} of source {source.id}", why) for number, why in found.reasons.items()
        )
        return Done(found, (found.exchange,), len(item.wanted) - len(lacks), lacks)

    def store(self, connection: Connection, item: OpenSource, value: Generated) -> None:
        """Write the responses and the pairs that they make with those that are there."""
        agent_id, created = keep_agent(connection, self.agent), timestamp()
        for number in item.wanted:
            score = float(number) if self._purpose is Purpose.SCORED else None
            text = value.texts.get(number)
            response_id = text and keep_response(connection, item.source, self.agent, score, text)
            connection.execute(
                insert(generations).values(
                    source_id=item.source.id,
                    agent_id=agent_id,
                    purpose=self._purpose.value,
                    number=number,
                    response_id=response_id,
                    reason=value.reasons.get(number),
                    version=self._purpose.version,
                    model=self._identity.model,
                    answered_by=value.exchange.model,
                    created=created,
                )
            )
        if self._purpose is not Purpose.DIRECT:
            self._keep_pairs(connection, item.source)

    def rehearse(self, request: ChatRequest) -> str:  # noqa: ARG002 - the deed's
        """An ordinary answer."""
        return ordinary_answer(self._study.task, self._purpose)

    def _keep_pairs(self, connection: Connection, source: SourceText) -> None:
        c = generations.c
        written = select(c.response_id).where(
            c.source_id == source.id, self._is_own(), c.response_id.is_not(None)
        )
        ids = list(dict.fromkeys(connection.execute(written.order_by(c.number)).scalars()))
        for left, right in combinations(ids, 2):
            keep_pair(connection, left, right)

    def _is_settled(self) -> ColumnElement[bool]:
        """Condition on `generations`: nothing more is to be asked for this number."""
        return and_(self._is_own(), generations.c.response_id.is_not(None) if self._retry else true())

    def _is_own(self) -> ColumnElement[bool]:
        c = generations.c
        return and_(c.agent_id == agent_id_of(self.agent), c.purpose == self._purpose.value)
