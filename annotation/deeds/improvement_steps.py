"""Initial responses, what a judge says of them, improved ones: three runs, each makes work for the next."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Generic

from sqlalchemy import Connection, select

from annotation.deeds.asking import AskingEstimate, AskingRun, Deed, Done, ItemT, ValueT
from annotation.deeds.generation import Generation
from annotation.deeds.improving import CONDITION, Improvement, InitialPair, Said, initial_pairs
from annotation.deeds.judgement import Judgement, OpenPair
from annotation.deeds.places import SourceText
from annotation.extraction.spending import Prices
from annotation.store.tables import pairs
from annotation.study import Study
from profile_engine.agents.generating import Purpose, ordinary_answer
from profile_engine.agents.judging import ordinary_verdict
from profile_engine.extraction.calling import Caller
from profile_engine.ports import ChatModel, ChatRequest, ModelIdentity
from profile_engine.preferences import Preference


class Step(StrEnum):
    """What is done, one after the other."""

    WRITE = "write"
    JUDGE = "judge"
    IMPROVE = "improve"


class ImprovementSteps:
    """How a generator's responses are improved by an evaluator's feedback, and without any (PROFILE §4.4)."""

    def __init__(
        self,
        study: Study,
        generator: ChatModel,
        evaluator: ChatModel,
        *,
        limit: int | None = None,
        retry: bool = False,
    ) -> None:
        """`limit`: sources at most, in each step; `retry`: ask again for what could not be had before."""
        self._study = study
        self._chats = {Step.WRITE: generator, Step.JUDGE: evaluator, Step.IMPROVE: generator}
        self._limit = limit
        self._retry = retry

    def estimates(self) -> dict[Step, AskingEstimate]:
        """Count what each step will ask, if all goes well before it; nothing is sent or stored."""
        generation, judgement, improvement = self._generation(), self._judgement(), self._improvement()
        to_come = [_made_up(self._study, item.source) for item in generation.items()]
        to_judge = list(islice(_judged(judgement.items(), to_come), self._limit))
        said = {pair.id: _ORDINARY for pair in to_judge}
        to_improve = improvement.foresee(said, [pair for pair in to_come if pair.id in said])
        return {
            Step.WRITE: self._estimate(Step.WRITE, generation),
            Step.JUDGE: self._estimate(Step.JUDGE, _Foreseen(judgement, to_judge)),
            Step.IMPROVE: self._estimate(Step.IMPROVE, _Foreseen(improvement, list(to_improve))),
        }

    def run_of(
        self, step: Step, *, concurrency: int = 8, prices: Prices | None = None, max_cost: float | None = None
    ) -> AskingRun[Any, Any]:
        """The run of a step; made when those before it are over."""
        make: dict[Step, Callable[[], Deed[Any, Any]]] = {
            Step.WRITE: self._generation,
            Step.JUDGE: self._judgement,
            Step.IMPROVE: self._improvement,
        }
        return AskingRun(
            self._study,
            make[step](),
            self._chats[step],
            concurrency=concurrency,
            prices=prices,
            max_cost=max_cost,
        )

    def _estimate(self, step: Step, deed: Deed[Any, Any]) -> AskingEstimate:
        return AskingRun(self._study, deed, self._chats[step]).estimate()

    def _generation(self) -> Generation:
        identity = self._chats[Step.WRITE].identity
        return Generation(self._study, identity, Purpose.INITIAL, limit=self._limit, retry=self._retry)

    def _judgement(self) -> Judgement:
        written = select(pairs.c.id).where(initial_pairs(self._improvement().generator))
        with self._study.reading() as connection:
            pair_ids = connection.execute(written).scalars().all()
        identity = self._chats[Step.JUDGE].identity
        return Judgement(
            self._study,
            identity,
            condition=CONDITION,
            pair_ids=pair_ids,
            limit=self._limit,
            retry=self._retry,
        )

    def _improvement(self) -> Improvement:
        return Improvement(
            self._study,
            self._chats[Step.IMPROVE].identity,
            self._chats[Step.JUDGE].identity.name,
            limit=self._limit,
            retry=self._retry,
        )


@dataclass(frozen=True, slots=True)
class _Foreseen(Generic[ItemT, ValueT]):
    """A deed with the items that it will have, for an estimate."""

    deed: Deed[ItemT, ValueT]
    expected: list[ItemT]

    @property
    def identity(self) -> ModelIdentity:
        return self.deed.identity

    def items(self) -> Iterator[ItemT]:
        return iter(self.expected)

    def failed_before(self) -> int:
        return self.deed.failed_before()

    async def do(self, caller: Caller, item: ItemT) -> Done[ValueT]:
        return await self.deed.do(caller, item)

    def store(self, connection: Connection, item: ItemT, value: ValueT) -> None:
        raise NotImplementedError("what is foreseen is not there to be stored")

    def rehearse(self, request: ChatRequest) -> str:
        return self.deed.rehearse(request)


_ORDINARY = Said(None, Preference.LEFT, Preference.LEFT, json.loads(ordinary_verdict())["justification"])


def _made_up(study: Study, source: SourceText) -> InitialPair:
    """The pair that a source will have; its id is no pair's."""
    text = ordinary_answer(study.task, Purpose.DIRECT)
    return InitialPair(-source.id, source, -1, -2, f"1 {text}", f"2 {text}")


def _judged(there: Iterator[OpenPair], to_come: Iterable[InitialPair]) -> Iterator[OpenPair]:
    yield from there
    for pair in to_come:
        source = pair.source
        yield OpenPair(pair.id, pair.left, pair.right, source.text, source.with_documents, (Preference.LEFT,))
