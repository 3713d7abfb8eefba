"""Reading what models say: leniently where there is one way to read it, and never by guessing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from pydantic import BaseModel

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction.calling import Caller, MemoryReplies, Patience
from profile_engine.extraction.structured import Answered, Failed, ask, number_verdicts
from profile_engine.ports import (
    AnswerSchema,
    ChatMessage,
    ChatReply,
    ChatRequest,
    ModelError,
    RetriableModelError,
    Speaker,
)


class Answer(BaseModel):
    answer: Literal["yes", "no"]
    because: str = ""


class Verdict(BaseModel):
    number: int
    answer: Literal["yes", "no"] = "yes"


class Verdicts(BaseModel):
    verdicts: list[Verdict]


REQUEST = ChatRequest(
    (ChatMessage(Speaker.SYSTEM, "You judge."), ChatMessage(Speaker.USER, "Is it so?")),
    AnswerSchema("answer", Answer.model_json_schema()),
)
NO_JSON = "I am not sure."


@dataclass
class Told:
    """A model that says these things, and the caller that asks it."""

    model: ScriptedChat
    caller: Caller


def telling(*replies: str | ChatReply | ModelError) -> Told:
    left: Iterator[str | ChatReply | ModelError] = iter(replies)
    model = ScriptedChat(lambda request: next(left))
    return Told(model, Caller(model, MemoryReplies(), patience=Patience(attempts=1)))


async def answer_to(*replies: str | ChatReply) -> Answered[Answer] | Failed:
    return await ask(telling(*replies).caller, REQUEST, Answer)


@pytest.mark.parametrize(
    ("text", "because", "notes"),
    [
        ('{"answer": "yes"}', "", ()),
        ('  \n{"answer": "yes", "because": "x"}\n', "x", ()),
        ('Sure! {"answer": "yes"} Anything else?', "", ()),
        ('```json\n{"answer": "yes"}\n```', "", ()),
        ('The {text} says [1] so: {"answer": "yes"}', "", ()),
        ('{"answer": "yes", "because": "a } and a { and a \\" in it"}', 'a } and a { and a " in it', ()),
        ('{"answer": "yes", "because": "two\nlines"}', "two\nlines", ()),
        ('{"answer": "yes", "because": "x",}', "x", ("trailing commas",)),
        ('So: {"answer": "yes", "because": "keep ,} this",\n}', "keep ,} this", ("trailing commas",)),
        ('{"answer": "no", "answer": "yes"}', "", ("repeated keys, the last counts: answer",)),
        ('{"answer": "yes"}\n{"answer": "yes"}', "", ()),
        ('{"thought": 1}\n{"answer": "yes"}', "", ("other JSON beside the answer",)),
        ('<think>Is it {"answer": "no"}?</think>{"answer": "yes"}', "", ()),
    ],
)
async def test_what_has_one_reading_is_read(text: str, because: str, notes: tuple[str, ...]) -> None:
    result = await answer_to(text)
    assert isinstance(result, Answered)
    assert result.answer == Answer(answer="yes", because=because)
    assert result.notes == notes
    assert result.exchange.raw_texts == (text,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (NO_JSON, "it holds no JSON object"),
        ("Use {curly} braces {'answer': 'yes'}", "it holds no JSON object"),
        ('{"answer": "maybe"}', "answer: Input should be 'yes' or 'no'"),
        ('{"because": "x"}', "answer: Field required"),
        ('{"answer": "yes"', "its JSON is broken: Expecting ',' delimiter at line 1, column 17"),
        ('{"answer": "ye', "its JSON is broken: Unterminated string starting at line 1, column 12"),
        ('{"answer": yes}', "its JSON is broken: Expecting value at line 1, column 12"),
        ('{"answer": NaN}', "its JSON is broken: NaN is not JSON"),
        # A whole answer inside a broken one is not the answer.
        ('{"wrong": [{"answer": "yes"}', "its JSON is broken: Expecting ',' delimiter at line 1, column 29"),
        ('{"answer": "yes"} or rather {"answer": "no"}', "it holds 2 different answers"),
        ('{"answer": "yes"} and then {"answer": "n', "its JSON is broken"),
        ('{"a":' * 100_000, "its JSON is broken"),
    ],
)
async def test_what_has_no_one_reading_fails_after_one_repair_turn(text: str, reason: str) -> None:
    result = await answer_to(text, text)
    assert isinstance(result, Failed)
    assert result.reason.startswith(reason)
    assert result.exchange.raw_texts == (text, text)


async def test_the_repair_turn_goes_on_with_the_conversation() -> None:
    told = telling(NO_JSON, '{"answer": "no"}')
    result = await ask(told.caller, REQUEST, Answer)
    assert isinstance(result, Answered)
    assert result.answer.answer == "no"
    assert result.exchange.raw_texts == (NO_JSON, '{"answer": "no"}')
    first, second = told.model.requests
    assert second.schema == first.schema
    assert second.messages[:3] == (*REQUEST.messages, ChatMessage(Speaker.ASSISTANT, NO_JSON))
    assert second.messages[3].speaker is Speaker.USER
    assert "it holds no JSON object" in second.messages[3].text
    assert result.exchange.keys == (told.caller.key(first), told.caller.key(second))


@pytest.mark.parametrize("text", ['{"answer": "ye', "Let me think about", '{"because": "x"}'])
async def test_an_answer_that_was_cut_off_says_what_to_do_and_is_not_paid_for_twice(text: str) -> None:
    told = telling(ChatReply(text, "tiny-1", 5, 7, "length"), '{"answer": "yes"}')
    result = await ask(told.caller, REQUEST, Answer)
    assert isinstance(result, Failed)
    assert "cut off at the most tokens allowed; allow the model more" in result.reason
    assert result.exchange.model == "tiny-1"
    assert (result.exchange.prompt_tokens, result.exchange.completion_tokens) == (5, 7)
    assert len(told.model.requests) == 1


async def test_a_whole_answer_counts_though_what_followed_was_cut_off() -> None:
    result = await answer_to(ChatReply('{"answer": "yes"} And so', "tiny-1", 5, 7, "length"))
    assert isinstance(result, Answered)


async def test_no_answer_is_a_failure_with_what_was_said_before() -> None:
    fault = RetriableModelError("answered 500")
    told = telling(fault)
    alone = await ask(told.caller, REQUEST, Answer)
    assert isinstance(alone, Failed)
    assert (alone.reason, alone.exchange.calls, alone.exchange.model) == ("answered 500", (), None)
    assert alone.exchange.keys == (told.caller.key(REQUEST),)

    after = await ask(telling(NO_JSON, fault).caller, REQUEST, Answer)
    assert isinstance(after, Failed)
    assert (after.reason, after.exchange.raw_texts) == ("answered 500", (NO_JSON,))
    assert len(after.exchange.keys) == 2


async def test_a_failure_is_on_record_until_it_is_asked_anew() -> None:
    told = telling(NO_JSON, NO_JSON, '{"answer": "yes"}')
    for _ in range(2):
        assert isinstance(await ask(told.caller, REQUEST, Answer), Failed)
    assert len(told.model.requests) == 2
    assert isinstance(await ask(told.caller, REQUEST, Answer, anew=True), Answered)
    assert isinstance(again := await ask(told.caller, REQUEST, Answer), Answered)
    assert again.exchange.calls[0].from_store
    assert len(told.model.requests) == 3


@pytest.mark.parametrize(
    "text",
    [
        '[{"number": 1}, {"number": 2}]',
        '```\n[{"number": 1}, {"number": 2}]\n```',
        '[{"number": 1}, {"number": 2},]',
    ],
)
async def test_a_bare_list_stands_for_the_only_member(text: str) -> None:
    result = await ask(telling(text).caller, REQUEST, Verdicts)
    assert isinstance(result, Answered)
    assert [verdict.number for verdict in result.answer.verdicts] == [1, 2]


async def test_a_list_inside_prose_is_no_answer() -> None:
    text = "- [ ] nothing found"
    result = await ask(telling(text, text).caller, REQUEST, Verdicts)
    assert isinstance(result, Failed)
    assert result.reason == "it holds no JSON object"


async def test_incomplete_verdicts_are_repaired() -> None:
    told = telling('{"verdicts": [{"number": 1}]}', '{"verdicts": [{"number": 2}, {"number": 1}]}')
    result = await ask(
        told.caller, REQUEST, Verdicts, check=lambda answer: number_verdicts(answer.verdicts, 2).problem
    )
    assert isinstance(result, Answered)
    assert "of the numbers 1 to 2, missing: 2" in told.model.requests[1].messages[-1].text
    assert [v.number for v in number_verdicts(result.answer.verdicts, 2).verdicts] == [1, 2]


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ([1, 2, 3], None),
        ([3, 1, 2], None),
        ([1, 2], "of the numbers 1 to 3, missing: 3"),
        ([1, 2, 2], "of the numbers 1 to 3, missing: 3; given more than once: 2"),
        ([0, 1, 2], "of the numbers 1 to 3, missing: 3; not asked for: 0"),
        ([1, 2, 3, 4], "of the numbers 1 to 3, not asked for: 4"),
        ([], "of the numbers 1 to 3, missing: 1, 2, 3"),
    ],
)
def test_verdicts_are_matched_by_a_permutation_of_the_numbers(
    numbers: Iterable[int], problem: str | None
) -> None:
    numbering = number_verdicts([Verdict(number=number) for number in numbers], 3)
    assert numbering.problem == problem
    assert [verdict.number for verdict in numbering.verdicts] == ([] if problem else [1, 2, 3])


def test_no_verdicts_on_no_items_are_complete() -> None:
    assert number_verdicts([], 0).problem is None


def test_long_lists_of_numbers_are_cut() -> None:
    problem = number_verdicts([Verdict(number=1)], 30).problem
    assert problem == "of the numbers 1 to 30, missing: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 19 more"
