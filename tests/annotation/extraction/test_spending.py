"""What calls cost is added up, and a limit ends them without leaving anyone waiting."""

import asyncio

from annotation.extraction.spending import BudgetError, MeteredChat, Prices
from profile_engine.ports import ChatMessage, ChatReply, ChatRequest, ModelIdentity, Speaker


class Yielding:
    """A model that lets all others go on before it answers."""

    identity = ModelIdentity("m", "m", {"max_tokens": 64})

    async def complete(self, request: ChatRequest) -> ChatReply:
        await asyncio.sleep(0)
        return ChatReply("yes", "m", len(request.messages[0].text) // 4, 40)


async def test_a_limit_met_by_calls_of_many_sizes_leaves_nobody_waiting() -> None:
    """Sums of such numbers are never exact: 0.1 + 0.2 - 0.1 - 0.2 is 2.8e-17."""
    limit = 0.03
    metered = MeteredChat(Yielding(), Prices(0.15, 0.6), limit)
    requests = [ChatRequest((ChatMessage(Speaker.USER, "x" * (37 * n % 1013 + 1)),)) for n in range(1000)]
    async with asyncio.timeout(10):
        done = await asyncio.gather(*map(metered.complete, requests), return_exceptions=True)
    replies = [reply for reply in done if isinstance(reply, ChatReply)]
    refused = [error for error in done if isinstance(error, BudgetError)]
    assert 0 < len(replies) == metered.replies < 1000
    assert len(replies) + len(refused) == 1000
    assert metered.cost <= limit
