"""A stub model that writes two initial responses and improves them, and a judge with a known taste."""

import json
from collections.abc import Callable

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.ports import ChatReply, ChatRequest, ModelError, ModelIdentity
from tests.annotation.deeds.stub_models import material, respond

Improve = Callable[[dict[str, str]], str]
"""The sections of a request -> the improved text."""
Fault = Callable[[dict[str, str]], ChatReply | ModelError | str | None]


def is_about_improving(request: ChatRequest) -> bool:
    return request.schema is None


def a_word_more(sections: dict[str, str]) -> str:
    """The first summary that is shown, and a word that says how it came about."""
    shown = [name for name in sections if name.endswith("summary")]
    how = "feedback" if "feedback" in sections else "both" if len(shown) > 1 else "single"
    return f"{sections[shown[0]]} {how}"


def play(request: ChatRequest, improve: Improve = a_word_more, reason: str = "It is short.") -> str:
    """Write `one` and `two two` about the source, improve them, or prefer the shorter one: what is asked."""
    sections = material(request)
    if is_about_improving(request):
        return improve(sections)
    if "first-summary" not in sections:
        return respond(request, lambda source, number: f"{source.split()[0]} {_TWO[number]}", (1, 2))
    shorter = len(sections["first-summary"]) < len(sections["second-summary"])
    return json.dumps({"justification": reason, "choice": "first" if shorter else "second"})


_TWO = {1: "one", 2: "two two"}


def generator(improve: Improve = a_word_more, fault: Fault = lambda sections: None) -> ScriptedChat:
    """Writes and improves; `fault` may answer an improvement otherwise."""

    def answer(request: ChatRequest) -> ChatReply | ModelError | str:
        otherwise = fault(material(request)) if is_about_improving(request) else None
        return play(request, improve) if otherwise is None else otherwise

    return ScriptedChat(answer, ModelIdentity("g", "g-1"))


def shorter_is_better(reason: str = "It is short.", name: str = "e") -> ScriptedChat:
    """A judge."""
    return ScriptedChat(lambda request: play(request, reason=reason), ModelIdentity(name, f"{name}-1"))
