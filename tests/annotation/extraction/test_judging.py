"""A judge's values come into the study with all that is behind them, and nothing is paid twice."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable

import pytest
from sqlalchemy import select

from annotation.evidence import read_evidence
from annotation.extraction.comparing import ComparisonRun
from annotation.extraction.judging import Judging, JudgingOutcome
from annotation.extraction.run import ExtractionProgress, ExtractionSetup, Wanted
from annotation.extraction.spending import Prices
from annotation.replies import count_replies
from annotation.store import tables
from annotation.study import Study
from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction import plan as plans
from profile_engine.extraction.plan import Plan, Questionnaire
from profile_engine.ports import (
    ChatReply,
    ChatRequest,
    ModelError,
    ModelIdentity,
    RefusalError,
    UnsentError,
    UnusableModelError,
)
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Method, Task
from tests.annotation.drafts import Draft
from tests.profile_engine.fake_chat import FakeJudge, Fault, fake_chat, task_turn

JUDGED = tuple(name for name in TASK_FACTORS[Task.SUMMARIZATION] if FACTORS[name].method is Method.LLM)


@pytest.fixture
def responses(draft: Draft) -> list[int]:
    """Two responses to each of three sources."""
    made = []
    for number in range(3):
        source = draft.source(f"The cat {number} sat. It was grey.")
        made += [draft.response(source, f"{who} {number}. It sat.") for who in ("A cat", "A dog")]
    return made


def judging(
    study: Study, factors: Iterable[str] = JUDGED, plan: Plan = Plan.FUSED, **options: bool
) -> Judging:
    questionnaire = Questionnaire(study.task, plan, factors)
    return Judging(study, questionnaire, ModelIdentity("scripted", "scripted"), **options)


def judge(study: Study, chat: ScriptedChat, *, retry: bool = False) -> JudgingOutcome:
    run = judging(study, retry=retry)
    return run.run(chat, calls=run.estimate().calls)


def values(study: Study) -> dict[tuple[int, str], float | None]:
    """Those that stand."""
    with study.reading() as connection:
        rows = connection.execute(select(tables.factor_values).order_by(tables.factor_values.c.id))
        return {(row.response_id, row.factor): row.value for row in rows}


@pytest.mark.parametrize("plan", Plan)
def test_the_estimate_is_what_is_sent(study: Study, responses: list[int], plan: Plan) -> None:
    """Fused: a call a source, four a response; by the paper: facts, and one for each of five factors."""
    run, chat = judging(study, plan=plan), fake_chat()
    estimate = run.estimate()
    assert estimate.calls == (3 + 6 * 4 if plan is Plan.FUSED else 3 + 6 * 6)
    outcome = run.run(chat, calls=estimate.calls)
    assert len(chat.requests) == estimate.calls == outcome.report.made
    assert (outcome.report.on_record, outcome.report.failed) == (0, 0)
    assert set(values(study)) == {(response, factor) for response in responses for factor in JUDGED}
    assert judging(study, plan=plan).estimate().calls == 0
    again = fake_chat()
    judge_again = judging(study, plan=plan).run(again, calls=0)
    assert (again.requests, judge_again.report.responses) == ([], 0)


def test_a_value_keeps_what_is_behind_it(study: Study, responses: list[int]) -> None:
    judge(study, fake_chat(lambda key, statement: "no" if statement == "It sat." else None))
    evidence = read_evidence(study, responses[0])
    facts = {fact.text: fact.verdicts for fact in evidence.facts}
    assert set(facts) == {"A cat 0.", "It sat."}
    verdict = facts["It sat."]["hallucination"]
    assert (verdict.question, verdict.answer, verdict.justification) == ("supported", "no", "supported: no")
    assert [fact.text for fact in evidence.source_facts] == ["The cat 0 sat.", "It was grey."]
    value = next(value for value in evidence.values if value.factor == "hallucination")
    assert (value.value, value.method, value.model, value.answered_by) == (0.5, "llm", "scripted", "scripted")
    assert value.version.startswith("fused facts-")
    assert value.stands
    raw = {reply.key: reply.text for reply in evidence.replies}
    assert len(value.replies) == 2
    assert all(raw[key].startswith("{") for key in value.replies)
    intent = next(value for value in evidence.values if value.factor == "intent_alignment")
    assert (intent.label, intent.justification) == ("Yes", "intent_alignment: Yes")


def test_more_factors_ask_nothing_again(study: Study, responses: list[int]) -> None:
    """Facts and verdicts of the fused call are on record: only Source Coverage has questions of its own."""
    judge_some = judging(study, ("hallucination",))
    judge_some.run(fake_chat(), calls=12)
    run, chat = judging(study), fake_chat()
    estimate = run.estimate()
    assert (estimate.calls, estimate.on_record) == (3 + 6 + 6, 12)
    outcome = run.run(chat, calls=estimate.calls)
    assert len(chat.requests) == outcome.report.made == 15
    assert outcome.report.on_record == 12
    assert set(values(study)) == {(response, factor) for response in responses for factor in JUDGED}


def _some_fail(request: ChatRequest, turn: int) -> Fault | None:
    assert request.schema is not None
    facts = request.schema.name == "atomic_facts"
    return Fault.GARBAGE if facts and "A dog 1" in task_turn(request) else None


def test_what_failed_is_listed_and_asked_again_on_wish(study: Study, responses: list[int]) -> None:
    failed = judge(study, fake_chat(fault=_some_fail))
    told = {(failure.response_id, failure.factor) for failure in failed.failures}
    assert told == {(responses[3], factor) for factor in ("hallucination", "off_focus", "number_of_facts")}
    assert all("no JSON" in failure.reason for failure in failed.failures)
    assert failed.report.failed == 3
    assert values(study)[responses[3], "number_of_facts"] is None
    unasked = fake_chat()
    judge(study, unasked)
    assert unasked.requests == [], "what failed is asked again unasked"
    retried = judging(study, retry=True)
    chat = fake_chat()
    outcome = retried.run(chat, calls=retried.estimate().calls)
    assert len(chat.requests) == 2  # the facts, and the verdicts on them
    assert outcome.report.failed == 0
    assert values(study)[responses[3], "number_of_facts"] == 2
    attempts = [
        (value.attempt, value.stands, value.reason)
        for value in read_evidence(study, responses[3]).values
        if value.factor == "number_of_facts"
    ]
    assert [(attempt, stands) for attempt, stands, _ in attempts] == [(1, False), (2, True)]
    assert (attempts[0][2] or "").startswith("failed: ")


def test_a_retry_that_fails_again_is_kept_too(study: Study, responses: list[int]) -> None:
    judge(study, fake_chat(fault=_some_fail))
    judge(study, fake_chat(fault=_some_fail), retry=True)
    attempts = [value for value in read_evidence(study, responses[3]).values if value.factor == "off_focus"]
    assert [value.attempt for value in attempts] == [1, 2]


def test_a_changed_prompt_is_asked_again_and_the_old_value_is_marked(
    study: Study, responses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(study, fake_chat())
    before = count_replies(study)
    monkeypatch.setattr(plans, "JUDGE_VERSION", "2")
    judge_no = FakeJudge(lambda key, statement: "no")
    chat = ScriptedChat(judge_no, ModelIdentity("scripted", "scripted", {"prompts": "2"}))
    questionnaire = Questionnaire(study.task, Plan.FUSED, ("hallucination",))
    run = Judging(study, questionnaire, chat.identity)
    run.run(chat, calls=run.estimate().calls)
    assert count_replies(study) > before
    found = [value for value in read_evidence(study, responses[0]).values if value.factor == "hallucination"]
    assert [(value.value, value.stands) for value in found] == [(0.0, False), (1.0, True)]


def test_a_fatal_fault_ends_the_run_and_stores_nothing_false(study: Study, responses: list[int]) -> None:
    chat = ScriptedChat(lambda request: UnusableModelError("the key is wrong"))
    outcome = judge(study, chat)
    assert outcome.report.ended == "the key is wrong"
    assert len(chat.requests) <= 8
    assert values(study) == {}
    assert (outcome.report.made, outcome.report.on_record) == (len(chat.requests), 0)
    assert (outcome.report.spared, outcome.retries) == ({}, 0)


def test_an_endpoint_that_refuses_everything_ends_the_run(study: Study, draft: Draft) -> None:
    for number in range(20):
        draft.response(draft.source(f"Post {number}. It is long."), f"Response {number}. So it goes.")
    assert judging(study).estimate().calls == 20 * 5
    chat = ScriptedChat(lambda request: ModelError("no such parameter"))
    outcome = judge(study, chat)
    assert "20 failed calls in a row, the last with: no such parameter" in (outcome.report.ended or "")
    assert 20 <= len(chat.requests) < 20 + 8


def test_what_is_not_sent_is_not_counted(study: Study, responses: list[int]) -> None:
    chat = ScriptedChat(lambda request: UnsentError("no key is set"))
    outcome = judge(study, chat)
    assert outcome.report.ended == "no key is set"
    assert (outcome.sent, outcome.report.made, outcome.report.planned) == (0, 0, 0)


def test_all_calls_are_counted_once_whatever_becomes_of_them(study: Study, responses: list[int]) -> None:
    """Facts are refused once and asked again; verdicts are bad and their repairs are declined for good."""
    script, seen = FakeJudge(), Counter[str]()

    def answer(request: ChatRequest) -> ChatReply | ModelError | str:
        assert request.schema is not None
        key = str(request.messages)
        seen[key] += 1
        if "cannot be used" in request.messages[-1].text:
            return ModelError("too long")
        if request.schema.name == "atomic_facts":
            return RefusalError("declined") if seen[key] == 1 else script(request)
        return "Perhaps." if request.schema.name == "statement_judgements" else script(request)

    chat = ScriptedChat(answer)
    outcome = judge(study, chat)
    assert outcome.report.made == 3 + 6 * 4
    assert outcome.report.repairs == 6 * 2
    assert outcome.retries == 3 + 6
    assert outcome.sent == len(chat.requests) == 3 + 6 * 4 + 6 * 2 + 3 + 6


@pytest.mark.parametrize("allowed", [0.0, 3.0, 11.5, 1000.0])
def test_the_cost_stays_within_its_limit(study: Study, responses: list[int], allowed: float) -> None:
    """A reply costs 1.0, as it is longest: a million tokens of a million each."""
    script = FakeJudge()

    def answer(request: ChatRequest) -> ChatReply:
        text = script(request)
        assert isinstance(text, str)
        return ChatReply(text, "m", 0, 1_000_000)

    chat = ScriptedChat(answer, ModelIdentity("scripted", "scripted", {"max_tokens": 1_000_000}))
    run = Judging(study, Questionnaire(study.task, Plan.FUSED, JUDGED), chat.identity)
    calls = run.estimate().calls
    outcome = run.run(chat, calls=calls, prices=Prices(0.0, 1.0), max_cost=allowed)
    assert outcome.cost == min(calls, int(allowed))
    assert len(chat.requests) == count_replies(study) == outcome.cost
    assert outcome.sent == outcome.report.made == outcome.cost
    assert (outcome.expected, outcome.report.on_record, outcome.report.spared) == (calls, 0, {})
    assert (outcome.report.ended is None) == (allowed > calls)
    rest = Judging(study, Questionnaire(study.task, Plan.FUSED, JUDGED), chat.identity)
    assert rest.estimate().calls == calls - outcome.cost


def test_a_stop_keeps_every_reply(study: Study, draft: Draft) -> None:
    for number in range(30):
        source = draft.source(f"Post {number}. It is long.")
        draft.response(source, f"Response {number}. So it goes.")
    run = judging(study)
    calls, chat = run.estimate().calls, fake_chat()
    told: list[int] = []

    def stop_late(progress: object) -> None:
        told.append(1)
        if len(told) == 40:
            run.stop()

    report = run.run(chat, calls=calls, told=stop_late).report
    assert (report.made, report.on_record, report.spared) == (len(chat.requests), 0, {})
    assert 40 <= len(chat.requests) < calls
    assert count_replies(study) == len(chat.requests)
    rest, again = judging(study), fake_chat()
    assert rest.estimate().calls == calls - len(chat.requests)
    rest.run(again, calls=0)
    keys = Counter(str(request.messages) + str(request.schema) for request in chat.requests + again.requests)
    assert set(keys.values()) == {1}
    assert len(keys) == calls
    assert len(values(study)) == 30 * len(JUDGED)


class HeldChat:
    """Answers nothing until it is let go; `held` is set once so many requests wait."""

    identity = ModelIdentity("scripted", "scripted")

    def __init__(self, holds: int) -> None:
        self.held = threading.Event()
        self._holds = holds
        self._waiting = 0
        self._free = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def complete(self, request: ChatRequest) -> ChatReply:
        self._loop = asyncio.get_running_loop()
        self._waiting += 1
        if self._waiting == self._holds:
            self.held.set()
        await self._free.wait()
        return ChatReply(str(FakeJudge()(request)), "scripted")

    def let_go(self) -> None:
        """From any thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._free.set)


def test_a_stop_from_another_thread_wakes_a_waiting_run(study: Study, responses: list[int]) -> None:
    """All eight calls that may be under way wait for their replies when the stop comes."""
    run, chat = judging(study), HeldChat(8)

    def stop() -> None:
        chat.held.wait(60)
        run.stop()
        chat.let_go()

    stopping = threading.Thread(target=stop)
    stopping.start()
    outcome = run.run(chat, calls=27)
    stopping.join()
    assert count_replies(study) == outcome.sent == 8
    run.stop()  # after the end it does nothing


def test_a_stop_before_the_first_call_sends_nothing(study: Study, responses: list[int]) -> None:
    run, chat = judging(study), fake_chat()
    run.stop()
    assert run.run(chat, calls=27).sent == 0
    comparison = ComparisonRun(study, ExtractionSetup(wanted=Wanted(judged=JUDGED), chat=chat), 4)
    comparison.stop()
    assert comparison.run().stopped
    assert chat.requests == []


def test_plans_are_compared_without_touching_values(study: Study, responses: list[int]) -> None:
    chat = fake_chat()
    comparison = ComparisonRun(study, ExtractionSetup(wanted=Wanted(judged=JUDGED), chat=chat), 4)
    calls = comparison.estimate().calls
    told: list[ExtractionProgress] = []
    outcome = comparison.run(told.append)
    assert len(chat.requests) == calls == outcome.expected
    assert (told[-1].done, told[-1].of, outcome.failed) == (calls, calls, False)
    assert comparison.estimate().calls == 0
    compared = outcome.comparison
    assert [one.factor for one in compared.agreements] == list(JUDGED)
    assert all(one.equal == 1 and one.compared == 4 for one in compared.agreements)
    assert values(study) == {}
    run, again = judging(study, plan=Plan.PAPER), fake_chat()
    assert run.estimate().on_record == 2 + 4 * 6
    run.run(again, calls=0)
    assert len(again.requests) == 1 + 2 * 6


def test_the_same_material_as_the_engine_s(study: Study, draft: Draft) -> None:
    """A question whose documents did not come along has no source; in the words of the rules."""
    source = draft.source("Why is it so?")
    with study.writing() as connection:
        connection.execute(tables.sources.update().values(evidence={"documents": 0}))
    response = draft.response(source, "Because. It is.")
    judge(study, fake_chat())
    found = {value.factor: value for value in read_evidence(study, response).values}
    assert found["hallucination"].reason == "no documents"
    assert found["off_focus"].value == 0
