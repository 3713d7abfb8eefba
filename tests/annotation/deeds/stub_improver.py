"""A stub model that writes two initial responses and improves them, and a judge with a known taste."""

import json
from collections.abc import Callable

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.ports import ChatReply, ChatRequest, ModelError, ModelIdentity
from tests.annotation.deeds.stub_models import material

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


def generator(
    improve: Improve = a_word_more, fault: Fault = lambda sections: None, name: str = "g"
) -> ScriptedChat:
    """Writes `one` and `two two` about each source, and improves them, unless `fault` answers otherwise."""

    def answer(request: ChatRequest) -> ChatReply | ModelError | str:
        sections = material(request)
        if is_about_improving(request):
            otherwise = fault(sections)
            return improve(sections) if otherwise is None else otherwise
        topic = sections["post"].split()[0]
        texts = (f"{topic} one", f"{topic} two two")
        return json.dumps(
            {"responses": [{"number": n, "text": text} for n, text in enumerate(texts, start=1)]}
        )

    return ScriptedChat(answer, ModelIdentity(name, f"{name}-1"))


def shorter_is_better(reason: str = "It is short.", name: str = "e") -> ScriptedChat:
    """A judge."""

    def answer(request: ChatRequest) -> str:
        sections = material(request)
        shorter = len(sections["first-summary"]) < len(sections["second-summary"])
        return json.dumps({"justification": reason, "choice": "first" if shorter else "second"})

    return ScriptedChat(answer, ModelIdentity(name, f"{name}-1"))
