"""A judge without a model: answers by the schema's name, rightly or with the faults that models have."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.ports import ChatReply, ChatRequest, ModelError, RetriableModelError, Speaker

SECTION = re.compile(r"^<([a-z-]+?)-([0-9a-f]{16})>\n(.*?)\n</\1-\2>$", re.DOTALL | re.MULTILINE)

Decide = Callable[[str, str], str | None]
"""(question's key, statement or empty) -> choice; the first choice where None."""


class Fault(StrEnum):
    """What an answer may have wrong."""

    FEWER = "a statement is left out"
    MISNUMBERED = "numbers begin at 0"
    GARBAGE = "no JSON"
    IN_PROSE = "JSON in a code fence within prose"
    NO_FACTS = "no facts are found"
    OVERLOADED = "the endpoint is overloaded"
    NO_SUCH_CHOICE = "a decision that is no choice"


class FakeJudge:
    """The script of a `ScriptedChat`; `fault` says what goes wrong with a request (turn 1 is its repair)."""

    def __init__(
        self, decide: Decide | None = None, fault: Callable[[ChatRequest, int], Fault | None] | None = None
    ) -> None:
        self._decide = decide or (lambda key, statement: None)
        self._fault = fault or (lambda request, turn: None)

    def __call__(self, request: ChatRequest) -> ChatReply | ModelError | str:
        assert request.schema is not None
        fault = self._fault(request, _turn(request))
        if fault is Fault.OVERLOADED:
            return RetriableModelError("HTTP 503")
        if fault is Fault.GARBAGE:
            return "I would rather talk about the weather."
        answer = self._answer(request, fault)
        text = json.dumps(answer)
        return f"Sure! Here it is:\n```json\n{text}\n```\nAnything else?" if fault is Fault.IN_PROSE else text

    def _answer(self, request: ChatRequest, fault: Fault | None) -> Mapping[str, Any]:
        assert request.schema is not None
        properties = request.schema.schema["properties"]
        texts = sections(request)
        if request.schema.name == "atomic_facts":
            return {"facts": [] if fault is Fault.NO_FACTS else facts_of(texts["text"])}
        if request.schema.name == "response_judgements":
            return self._judge("", properties, fault)
        statements = [line.partition(". ")[2] for line in texts["statements"].split("\n")]
        row = properties["verdicts"]["items"]["properties"]
        questions = {key: value for key, value in row.items() if key != "number"}
        first = 0 if fault is Fault.MISNUMBERED else 1
        verdicts = [
            {"number": number, **self._judge(statement, questions, fault)}
            for number, statement in enumerate(statements, first)
        ]
        return {"verdicts": verdicts[:-1] if fault is Fault.FEWER else verdicts}

    def _judge(self, statement: str, questions: Mapping[str, Any], fault: Fault | None) -> dict[str, Any]:
        judged = {}
        for key, question in questions.items():
            choice = self._decide(key, statement) or question["properties"]["decision"]["enum"][0]
            decision = "perhaps" if fault is Fault.NO_SUCH_CHOICE else choice
            judged[key] = {"decision": decision, "justification": f"{key}: {choice}"}
        return judged


def fake_chat(
    decide: Decide | None = None, fault: Callable[[ChatRequest, int], Fault | None] | None = None
) -> ScriptedChat:
    """A chat model with a fake judge behind it."""
    return ScriptedChat(FakeJudge(decide, fault))


def facts_of(text: str) -> list[str]:
    """A fact a sentence."""
    return [f"{sentence.strip()}." for sentence in text.split(".") if sentence.strip()]


def sections(request: ChatRequest) -> dict[str, str]:
    """The material of a request, read from its last task turn as its marks say."""
    return {name: text for name, _, text in SECTION.findall(task_turn(request))}


def task_turn(request: ChatRequest) -> str:
    """The last turn with material, which a repair turn may follow."""
    turns = [message.text for message in request.messages if message.speaker is Speaker.USER]
    return [text for text in turns if SECTION.search(text)][-1]


def asked(requests: Sequence[ChatRequest]) -> list[str]:
    """What each request asks for: the schema's name, and the questions' keys."""
    named = []
    for request in requests:
        assert request.schema is not None
        properties = request.schema.schema["properties"]
        if "verdicts" in properties:
            properties = properties["verdicts"]["items"]["properties"]
        keys = [key for key in properties if key not in ("number", "facts")]
        named.append(" ".join([request.schema.name, *keys]))
    return named


def _turn(request: ChatRequest) -> int:
    return int("cannot be used" in request.messages[-1].text)
