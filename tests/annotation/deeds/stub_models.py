"""Stub models with preferences that are known, which read requests as their marks say."""

import json
from collections.abc import Callable

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.ports import ChatReply, ChatRequest, ModelError, ModelIdentity, Speaker
from tests.profile_engine.fake_chat import SECTION

Write = Callable[[str, int], str]
"""(source, score) -> text."""


def material(request: ChatRequest) -> dict[str, str]:
    """The texts of the first question, by name."""
    question = next(one.text for one in request.messages if one.speaker is Speaker.USER)
    return {name: text for name, _, text in SECTION.findall(question)}


def is_repair(request: ChatRequest) -> bool:
    return request.messages[-2].speaker is Speaker.ASSISTANT


def longer_for_higher(source: str, score: int) -> str:
    """A word more a score."""
    return " ".join([source.split(maxsplit=1)[0], *["word"] * score])


def writer(
    write: Write = longer_for_higher,
    numbers: tuple[int, ...] = (1, 2, 3, 4, 5),
    fault: Callable[[ChatRequest, str], ChatReply | ModelError | str | None] = lambda request, source: None,
    model: str = "stub-1",
) -> ScriptedChat:
    """Writes a text for each score; `fault` may answer otherwise."""

    def answer(request: ChatRequest) -> ChatReply | ModelError | str:
        (source,) = material(request).values()
        otherwise = fault(request, source)
        return respond(request, write, numbers) if otherwise is None else otherwise

    return ScriptedChat(answer, ModelIdentity("stub", model))


def respond(request: ChatRequest, write: Write, numbers: tuple[int, ...] = (1, 2, 3, 4, 5)) -> str:
    """Responses of these numbers, or one."""
    (source,) = material(request).values()
    if request.schema is None:
        return write(source, 0)
    key = "score" if request.schema.name.startswith("scored") else "number"
    return json.dumps({"responses": [{key: number, "text": write(source, number)} for number in numbers]})


Prefer = Callable[[str, str, str], str]
"""(source, first, second) -> "first", "second" or "tie"."""


def judge_that(
    prefer: Prefer,
    fault: Callable[[ChatRequest], ChatReply | ModelError | str | None] = lambda request: None,
) -> ScriptedChat:
    """Judges pairs; `fault` may answer otherwise."""

    def answer(request: ChatRequest) -> ChatReply | ModelError | str:
        otherwise = fault(request)
        return choose(request, prefer) if otherwise is None else otherwise

    return ScriptedChat(answer, ModelIdentity("stub", "stub-1"))


def choose(request: ChatRequest, prefer: Prefer) -> str:
    """A verdict on a pair."""
    source, first, second = material(request).values()
    choice = prefer(source, first, second)
    return json.dumps({"justification": f"The {choice} one.", "choice": choice})


def longer(source: str, first: str, second: str) -> str:
    """The longer one is better."""
    return _higher(len(first.split()), len(second.split()))


def fewer_novel_words(source: str, first: str, second: str) -> str:
    """The one with fewer words that the source does not have is better."""
    known = set(source.lower().split())
    return _higher(*(-len(set(text.lower().split()) - known) for text in (first, second)))


def the_first(source: str, first: str, second: str) -> str:
    """Whatever it says."""
    return "first"


def _higher(first: int, second: int) -> str:
    return "tie" if first == second else "first" if first > second else "second"
