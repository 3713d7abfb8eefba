"""The calls of a run, which may be stopped at any time and from anywhere."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from annotation.extraction.spending import MeteredChat
from annotation.replies import StudyReplies
from annotation.study import Study
from profile_engine.backends.openai_chat import OpenAIChat
from profile_engine.extraction.calling import Caller
from profile_engine.ports import ChatModel, ChatReply, ChatRequest


class StoppableCalls:
    """The calls of one run to one model.

    Attributes:
        stopping: whether `stop` was called.
    """

    def __init__(self) -> None:
        self.stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._caller: Caller | None = None

    @property
    def under_way(self) -> int:
        """Calls that are sent and not answered yet."""
        return self._caller.under_way if self._caller else 0

    def stop(self) -> bool:
        """Start no new call and keep the replies under way, the second time give these up, too.

        May be called from any thread or signal. Whether calls were being made, which end by this; what is
        done besides them does not.
        """
        end, self.stopping = self._leave if self.stopping else self._close, True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the run has just ended
                self._loop.call_soon_threadsafe(end)
                return True
        return False

    @asynccontextmanager
    async def open(
        self,
        study: Study,
        chat: ChatModel,
        metered: MeteredChat,
        concurrency: int,
        recorded: Callable[[], None],
    ) -> AsyncIterator[Caller]:
        """Make calls, by `metered` to `chat`; `recorded` is called after each reply."""
        store = _ObservedReplies(StudyReplies(study, chat.identity), recorded)
        self._caller = Caller(metered, store, concurrency=concurrency)
        self._loop = asyncio.get_running_loop()
        if self.stopping:
            self._close()
        try:
            async with self._caller as caller:
                yield caller
        finally:
            if isinstance(chat, OpenAIChat):
                await chat.close()

    def _close(self) -> None:
        if self._caller is not None and self._caller.ended is None:
            self._closing = asyncio.ensure_future(self._caller.close())

    def _leave(self) -> None:
        if self._caller is not None:
            self._caller.leave()


class _ObservedReplies:
    """A store of replies that tells when one was recorded."""

    def __init__(self, store: StudyReplies, recorded: Callable[[], None]) -> None:
        self._store = store
        self._recorded = recorded

    def find(self, key: str) -> ChatReply | None:
        return self._store.find(key)

    def keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
        self._store.keep(key, request, reply)
        self._recorded()
