"""A chat model without a model: answers as a function says."""

from collections.abc import Callable

from profile_engine.ports import ChatReply, ChatRequest, ModelError, ModelIdentity

Script = Callable[[ChatRequest], ChatReply | ModelError | str]


class ScriptedChat:
    """A `ChatModel` for tests and dry runs; keeps the requests it was sent, in order."""

    def __init__(self, script: Script, identity: ModelIdentity | None = None) -> None:
        self._script = script
        self._identity = identity or ModelIdentity("scripted", "scripted")
        self.requests: list[ChatRequest] = []

    @property
    def identity(self) -> ModelIdentity:
        """Which model this says it is."""
        return self._identity

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer what the script returns, or raise it."""
        self.requests.append(request)
        answer = self._script(request)
        if isinstance(answer, ModelError):
            raise answer
        return answer if isinstance(answer, ChatReply) else ChatReply(answer, self._identity.model)
