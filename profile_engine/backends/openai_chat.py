"""Chat models behind an OpenAI-compatible endpoint: hosted, or vLLM and llama.cpp at home."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from profile_engine.backends.connections import Clients
from profile_engine.backends.keys import EndpointKey
from profile_engine.ports import (
    AnswerSchema,
    ChatMessage,
    ChatReply,
    ChatRequest,
    ModelError,
    ModelIdentity,
    RefusalError,
    RetriableModelError,
    Speaker,
    UnsentError,
    UnusableModelError,
)

if TYPE_CHECKING:
    import openai

NO_KEY: Final = "none"
"""What a server that needs no key is sent, since the client insists on one."""

IN_PROMPT: Final = """

Answer with one JSON object that follows this JSON schema, and with nothing else:
{schema}"""

OVERLOADED: Final = frozenset({429, 503, 529})
PASSING: Final = frozenset({408, 409, 425})
PERHAPS_NO_SUCH_FORMAT: Final = frozenset({400, 422, 500})
ABOUT_ROLES: Final = ("role", "system message", "system prompt", "system instruction", "developer instruct")
ENOUGH_DOUBT: Final = 4
"""Requests that show the same before it is believed; each may have met a passing fault."""


JSON_BEGINS: Final = re.compile(r"\s*(?:<think>.*?</think>\s*)?(?:```\w*\s*)?[{\[]", re.DOTALL)


class Ability(StrEnum):
    """How an endpoint can be held to JSON, the best first."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


class OpenAIChat:
    """A `ChatModel` on the `openai` client, without its retries. One event loop at a time.

    What the endpoint can do for structured answers is found out with the first such requests, unless
    `ability` says it. A request is stepped down from one ability to the next only where the endpoint
    refuses it with the one and answers it with the other; that is remembered at once where the refusal
    is about the format, and after four such requests where it may have been a passing fault.

    Many chat templates refuse a system turn. Its text then begins the first turn of the user, which is
    remembered, too, once a request was answered so.
    """

    def __init__(
        self,
        *,
        name: str,
        model: str,
        base_url: str,
        key_variable: str | None = None,
        temperature: float | None = 0.6,
        top_p: float | None = 0.9,
        max_tokens: int | None = 1024,
        extra: Mapping[str, Any] | None = None,
        timeout: float = 120.0,
        ability: Ability | None = None,
        folds_system: bool = False,
    ) -> None:
        """Describe the endpoint; nothing is sent.

        `key_variable` names the environment variable that holds the key, read at each call. A parameter
        that is None is not sent; `extra` holds further ones, such as a seed. `timeout`: seconds of silence.
        """
        given = {
            "temperature": None if temperature is None else float(temperature),
            "top_p": None if top_p is None else float(top_p),
            "max_tokens": max_tokens,
        }
        parameters = {key: value for key, value in given.items() if value is not None}
        self._identity = ModelIdentity(name, model, parameters | dict(extra or {}))
        self._base_url = base_url
        self._key = EndpointKey(key_variable)
        self._timeout = timeout
        self._ability = ability
        self._folds_system = folds_system
        self._doubts: Counter[Ability] = Counter()
        self._finding_out = asyncio.Lock()
        self._clients = Clients(self._make_client)

    def __repr__(self) -> str:
        return f"OpenAIChat({self._identity.name!r}, {self._identity.model!r}, {self._address!r})"

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is, with the parameters it is sent."""
        return self._identity

    @property
    def ability(self) -> Ability | None:
        """How the endpoint is held to JSON; None until that is found out."""
        return self._ability

    @property
    def folds_system(self) -> bool:
        """Whether a system turn goes into the first turn of the user."""
        return self._folds_system

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer once, without retries; errors as the port says."""
        import openai

        try:
            if self._folds_system:
                return await self._answer(_folded(request.messages), request.schema)
            try:
                return await self._answer(request.messages, request.schema)
            except openai.APIStatusError as error:
                if not _is_about_roles(error):
                    raise
            reply = await self._answer(_folded(request.messages), request.schema)
            self._folds_system = True
            return reply
        except (openai.OpenAIError, ValueError) as error:
            raise self._explained(error) from error

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        await self._clients.close()

    async def _answer(self, messages: tuple[ChatMessage, ...], schema: AnswerSchema | None) -> ChatReply:
        if schema is None:
            return await self._send(messages, None)
        if self._ability is None:
            async with self._finding_out:
                if self._ability is None:
                    return await self._find_out(messages, schema)
        return await self._send_structured(messages, schema, self._ability)

    async def _find_out(self, messages: tuple[ChatMessage, ...], schema: AnswerSchema) -> ChatReply:
        """Answer with the best ability that works, and remember what that shows."""
        import openai

        refused: Counter[Ability] = Counter()
        for ability in Ability:
            if self._doubts[ability] >= ENOUGH_DOUBT:
                continue
            try:
                reply = await self._send_structured(messages, schema, ability)
            except openai.APIStatusError as error:
                about_format = error.status_code in PERHAPS_NO_SUCH_FORMAT and not _is_about_roles(error)
                if ability is Ability.TEXT or not about_format:
                    raise
                refused[ability] = ENOUGH_DOUBT if _is_about_format(error) else 1
            else:
                self._learn(ability, refused, reply)
                return reply
        raise AssertionError("unreachable: plain text is always tried")

    def _learn(self, answered: Ability, refused: Counter[Ability], reply: ChatReply) -> None:
        self._doubts += refused
        if answered is Ability.JSON_SCHEMA and not JSON_BEGINS.match(reply.text):
            self._doubts[answered] += 1  # taken, but not heeded
        elif all(self._doubts[better] >= ENOUGH_DOUBT for better in refused):
            self._ability = answered

    async def _send_structured(
        self, messages: tuple[ChatMessage, ...], schema: AnswerSchema, ability: Ability | None
    ) -> ChatReply:
        if ability is Ability.JSON_SCHEMA:
            wanted = {
                "name": schema.name,
                "schema": dict(schema.schema),
                "strict": _is_closed(schema.schema),
            }
            return await self._send(messages, {"type": "json_schema", "json_schema": wanted})
        told = _with_schema(messages, schema)
        return await self._send(told, {"type": "json_object"} if ability is Ability.JSON_OBJECT else None)

    async def _send(
        self, messages: tuple[ChatMessage, ...], response_format: Mapping[str, Any] | None
    ) -> ChatReply:
        body: dict[str, Any] = {
            **self._identity.parameters,
            "model": self._identity.model,
            "messages": [{"role": message.speaker.value, "content": message.text} for message in messages],
        }
        if response_format is not None:
            body["response_format"] = response_format
        # `chat.completions.create` would check every member of the body, and make an object of every one of
        # the answer: a third and a tenth of a call's CPU time.
        async with self._clients.one() as client:
            completion = await client.post(
                "/chat/completions",
                cast_to=object,
                body=body,
                options={"headers": {"Authorization": f"Bearer {self._read_key()}"}},
            )
        return self._reply(completion)

    def _make_client(self) -> "openai.AsyncOpenAI":
        import openai

        return openai.AsyncOpenAI(
            base_url=self._base_url, api_key=NO_KEY, max_retries=0, timeout=self._timeout
        )

    def _read_key(self) -> str:
        if self._key.variable is None:
            return NO_KEY
        key = self._key.read()
        if not key:
            raise UnsentError(
                f"{self._identity.name}: the environment variable {self._key.variable} is not set; "
                "set it to the endpoint's key"
            )
        return key

    def _reply(self, completion: object) -> ChatReply:
        """What a completion says; servers leave out, and add, whatever they like."""
        choices = _of(completion, "choices")
        if not isinstance(choices, list) or not choices:
            self._not_a_completion(completion)
        message = _of(choices[0], "message")
        finish = _of(choices[0], "finish_reason")
        if refusal := _of(message, "refusal"):
            raise RefusalError(f"{self._identity.name} declined to answer: {self._clean(refusal)}")
        if finish == "content_filter":
            raise RefusalError(f"{self._identity.name}: a content filter held the answer back")
        text = _of(message, "content")
        if not isinstance(text, str) or not text.strip():
            if finish == "length":  # as any other attempt would, and be paid for
                raise ModelError(
                    f"{self._identity.name} used up all tokens before it answered; allow it more (max_tokens)"
                )
            raise RetriableModelError(f"{self._identity.name} gave an empty answer")
        usage = _of(completion, "usage")
        return ChatReply(
            text=self._key.hide(text),
            model=self._key.hide(str(_of(completion, "model") or self._identity.model)),
            prompt_tokens=_of(usage, "prompt_tokens"),
            completion_tokens=_of(usage, "completion_tokens"),
            finish_reason=finish,
        )

    def _not_a_completion(self, completion: object) -> NoReturn:
        told = _of(completion, "error") or "is the base URL right? It usually ends in /v1"
        raise RetriableModelError(f"{self._address} answered without a completion: {self._clean(told)}")

    @property
    def _address(self) -> str:
        """The base URL without a user or a query, either of which might hold a secret."""
        parts = urlsplit(self._base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def _clean(self, told: object, most: int = 300) -> str:
        """A server's words on one line, of bounded length, without the key, also one masked in part."""
        text = self._key.hide_masked(" ".join(str(told).split()))
        return text if len(text) <= most else text[:most] + "…"

    def _explained(self, error: Exception) -> ModelError:
        import openai

        match error:
            case openai.APITimeoutError():
                return RetriableModelError(f"{self._address} was silent for {self._timeout:g} seconds")
            case openai.APIConnectionError():
                why = self._clean(error.__cause__ or error)
                return RetriableModelError(f"no connection to {self._address}, or it was cut: {why}")
            case openai.APIStatusError():
                return self._explained_status(error)
            case _:
                return RetriableModelError(f"{self._address} sent what cannot be read: {self._clean(error)}")

    def _explained_status(self, error: "openai.APIStatusError") -> ModelError:
        status = error.status_code
        told = self._clean(error.message.removeprefix(f"Error code: {status} - "))
        if status in {401, 403, 404, 410}:
            return UnusableModelError(f"{self._remedy(status)} ({status})")
        if status == HTTPStatus.PAYMENT_REQUIRED or error.code == "insufficient_quota":
            return UnusableModelError(f"{self._address}: the account has no credit left ({status})")
        if error.code == "content_filter":
            return RefusalError(f"{self._identity.name}: a content filter refused the request ({status})")
        if status in OVERLOADED | PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wait = retry_after(error.response.headers, time.time())
            asked = "" if wait is None else f" and asked to wait {wait:.0f} seconds"
            return RetriableModelError(
                f"{self._address} answered {status}{asked}: {told}",
                retry_after=wait,
                rate_limited=status in OVERLOADED,
            )
        return ModelError(f"{self._address} refused the request ({status}): {told}")

    def _remedy(self, status: int) -> str:
        if status == HTTPStatus.NOT_FOUND:
            return (
                f"{self._address} has no model {self._identity.model!r}, or is no OpenAI-compatible address; "
                "check the model's id, and the base URL, which usually ends in /v1"
            )
        if status == HTTPStatus.GONE:
            return f"{self._address} no longer has {self._identity.model!r}; choose another model"
        if self._key.variable is None:
            return f"{self._address} wants a key; name the environment variable that holds it"
        if status == HTTPStatus.UNAUTHORIZED:
            return f"{self._address} did not accept the key in {self._key.variable}; set a valid one"
        return f"the key in {self._key.variable} may not use {self._identity.model!r} at {self._address}"


def _of(thing: object, name: str) -> Any:  # noqa: ANN401 - servers send whatever they like
    """A member of what may be a JSON object."""
    return thing.get(name) if isinstance(thing, dict) else None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that an endpoint asks to wait, from seconds or an HTTP date; None where it does not say.

    `now` is in seconds since 1970.
    """
    for header, a_second in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return min(max(0.0, float(headers[header]) / a_second), 1e9)
        except (KeyError, ValueError):
            continue
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)


def _with_schema(messages: tuple[ChatMessage, ...], schema: AnswerSchema) -> tuple[ChatMessage, ...]:
    """The schema in the last turn: many chat templates take a system turn only first, or none."""
    *before, last = messages
    told = IN_PROMPT.format(schema=json.dumps(schema.schema, default=dict))
    if last.speaker is not Speaker.USER:
        return (*messages, ChatMessage(Speaker.USER, told.lstrip()))
    return (*before, ChatMessage(Speaker.USER, last.text + told))


def _folded(messages: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """The turns without one of the system, whose text begins the first of the user."""
    first, *others = messages
    if first.speaker is not Speaker.SYSTEM or not others:
        return messages
    return (replace(others[0], text=f"{first.text}\n\n{others[0].text}"), *others[1:])


def _is_about_roles(error: "openai.APIStatusError") -> bool:
    """Whether a refusal says no to who speaks when, as chat templates do that know no system turn."""
    told = str(error.message).lower()
    return error.status_code in PERHAPS_NO_SUCH_FORMAT and any(words in told for words in ABOUT_ROLES)


def _is_about_format(error: "openai.APIStatusError") -> bool:
    """Whether a refusal says no to the format: a 500 that does not name it may be any fault."""
    return error.status_code != HTTPStatus.INTERNAL_SERVER_ERROR or any(
        word in str(error.message) for word in ("response_format", "json_schema", "json_object")
    )


def _is_closed(schema: object) -> bool:
    """Whether every object in a schema names all its members as required: only then may it be `strict`."""
    if isinstance(schema, list | tuple):
        return all(map(_is_closed, schema))
    if not isinstance(schema, Mapping):
        return True
    if "properties" in schema and (
        schema.get("additionalProperties") is not False
        or set(schema.get("required", ())) != set(schema["properties"])
    ):
        return False
    return "default" not in schema and all(map(_is_closed, schema.values()))
