"""What calls cost, and a limit that is not passed."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

from profile_engine.ports import (
    ChatModel,
    ChatReply,
    ChatRequest,
    ModelError,
    ModelIdentity,
    RefusalError,
    RetriableModelError,
    UnsentError,
    UnusableModelError,
)

_MILLION: Final = 1e6
_CHARACTERS_A_TOKEN: Final = 4  # of English: for replies of endpoints that do not count
_BYTES_A_TOKEN: Final = 2  # of any language, at the least: for what is not to be passed
_ANSWER_WITHOUT_LIMIT: Final = 8192


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in one currency."""

    sent: float = 0.0
    received: float = 0.0

    def of(self, prompt_tokens: float, completion_tokens: float) -> float:
        """What so many tokens cost."""
        return (prompt_tokens * self.sent + completion_tokens * self.received) / _MILLION


class BudgetError(UnsentError):
    """The next call might cost more than is left."""


class MeteredChat:
    """A `ChatModel` that adds up what its replies cost, and makes no call that might pass a limit.

    Where an endpoint does not count tokens they are estimated. A call that fails counts nothing, but one
    that was refused counts what was sent.

    Attributes:
        cost: of all replies so far.
        replies: how many came.
        heard: whether anything came that was about a request: a reply, or that it was turned down.
    """

    def __init__(self, chat: ChatModel, prices: Prices | None = None, limit: float | None = None) -> None:
        self.cost = 0.0
        self.replies = 0
        self.heard = False
        self._chat = chat
        self._prices = prices or Prices()
        self._limit = limit
        self._under_way: list[float] = []  # what each may cost; a running sum would keep a rounding error
        self._freed = asyncio.Condition()

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        return self._chat.identity

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer once; raises BudgetError, besides what the model raises."""
        most = self._most(request)
        await self._reserve(most)
        try:
            reply = await self._chat.complete(request)
            self.cost += self._cost(request, reply)
            self.replies += 1
            self.heard = True
        except (RetriableModelError, UnusableModelError):
            raise
        except ModelError as error:
            self.heard = True
            if isinstance(error, RefusalError):
                self.cost += self._prices.of(_characters(request) / _CHARACTERS_A_TOKEN, 0)
            raise
        finally:
            self._under_way.remove(most)
            async with self._freed:
                self._freed.notify_all()
        return reply

    async def _reserve(self, most: float) -> None:
        """Wait until the calls under way leave room for one more; raises BudgetError where there is none."""
        async with self._freed:
            while self._limit is not None and self.cost + sum(self._under_way) + most > self._limit:
                if not self._under_way:
                    raise BudgetError(
                        f"stopped at a cost of {self.cost:.4f}: the next call may cost up to {most:.4f}, and "
                        f"{self._limit:g} is the most that may be spent"
                    )
                await self._freed.wait()
            self._under_way.append(most)

    def _most(self, request: ChatRequest) -> float:
        longest = self.identity.parameters.get("max_tokens", _ANSWER_WITHOUT_LIMIT)
        return self._prices.of(ceil(_bytes(request) / _BYTES_A_TOKEN), longest)

    def _cost(self, request: ChatRequest, reply: ChatReply) -> float:
        sent, received = reply.prompt_tokens, reply.completion_tokens
        return self._prices.of(
            _characters(request) / _CHARACTERS_A_TOKEN if sent is None else sent,
            len(reply.text) / _CHARACTERS_A_TOKEN if received is None else received,
        )


class AbsentChat:
    """A `ChatModel` that answers nothing: it shows which calls would be made."""

    def __init__(self, identity: ModelIdentity) -> None:
        self.identity = identity

    async def complete(self, request: ChatRequest) -> ChatReply:  # noqa: ARG002 - the port's
        """Refuse."""
        raise ModelError("not sent")


class RehearsedChat:
    """A `ChatModel` that makes ordinary answers up, to show which calls would be made and what they take.

    Attributes:
        prompt_tokens: about how many would be sent.
        completion_tokens: about how many would come back.
        longest_answer: the most of one answer, in tokens.
    """

    def __init__(self, identity: ModelIdentity, answer: Callable[[ChatRequest], str]) -> None:
        self.identity = identity
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.longest_answer = 0
        self._answer = answer

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer what the rehearsal says."""
        text = self._answer(request)
        tokens = ceil(len(text) / _CHARACTERS_A_TOKEN)
        self.prompt_tokens += ceil(_characters(request) / _CHARACTERS_A_TOKEN)
        self.completion_tokens += tokens
        self.longest_answer = max(self.longest_answer, tokens)
        return ChatReply(text, self.identity.model)


def _characters(request: ChatRequest) -> int:
    return sum(len(message.text) for message in request.messages)


def _bytes(request: ChatRequest) -> int:
    schema = json.dumps(dict(request.schema.schema), default=dict) if request.schema else ""
    return sum(len(message.text.encode("utf-8", "replace")) for message in request.messages) + len(schema)
