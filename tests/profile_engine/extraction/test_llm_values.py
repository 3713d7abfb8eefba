"""Judging responses: values follow from verdicts, calls are counted before, faults are told."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction.calling import Caller, MemoryReplies
from profile_engine.extraction.llm_values import JudgedResponse, JudgingReport, Spared, judge_responses
from profile_engine.extraction.plan import Plan, Questionnaire, ResponseItem
from profile_engine.extraction.prompts.requests import Material
from profile_engine.ports import ChatReply, ChatRequest, ModelError, UnusableModelError
from profile_engine.taxonomy import Task
from tests.profile_engine.extraction.judging import POST, SUMMARY, Run, decide, llm_factors, summaries
from tests.profile_engine.fake_chat import Fault, asked, fake_chat, sections


@pytest.mark.parametrize("plan", Plan)
def test_values_follow_from_the_verdicts(plan: Plan) -> None:
    run = Run(summaries(SUMMARY), fake_chat(decide), plan=plan)
    values = run.values()
    assert {name: value.value for name, value in values.items()} == {
        "intent_alignment": 1.0,
        "formality_alignment": 0.5,
        "hallucination": 2 / 3,  # share of facts that are not supported
        "source_coverage": 1 / 3,  # share of the post's facts that are in the summary
        "off_focus": 1 / 3,  # share of facts that are not on focus
        "number_of_facts": 3.0,
    }
    assert values["intent_alignment"].label == "Yes"
    assert values["formality_alignment"].label == "Partially Aligned"
    assert [value.factor for value in run.judged[0].values] == llm_factors(Task.SUMMARIZATION)


def test_answers_to_questions_have_their_own_values() -> None:
    item = ResponseItem(1, Material(SUMMARY, "What broke?"))
    values = Run([item], fake_chat(decide), task=Task.HELPFUL_RESPONSE).values()
    found = {name: value.value for name, value in values.items()}
    assert found == {
        "receptiveness": 1.0,
        "off_focus": 1 / 3,
        "helpfulness": 1 / 3,  # share of facts that help
        "misinformation": 1 / 3,  # share of facts that mislead
        "number_of_facts": 3.0,
    }


def test_every_value_keeps_its_evidence() -> None:
    run = Run(summaries(SUMMARY), fake_chat(decide))
    values = run.values()
    assert values["hallucination"].evidence["facts"] == [
        {"text": "A key broke.", "supported": True, "justification": "supported: yes"},
        {"text": "The bike is red.", "supported": False, "justification": "supported: no"},
        {"text": "Gerald sings.", "supported": False, "justification": "supported: no"},
    ]
    assert [fact["on_focus"] for fact in values["off_focus"].evidence["facts"]] == [True, True, False]
    assert values["number_of_facts"].evidence["facts"][0] == {"text": "A key broke."}
    coverage = values["source_coverage"].evidence
    assert coverage["covers"] == [0]
    assert [fact["covered"] for fact in coverage["source_facts"]] == [True, False, False]
    assert values["formality_alignment"].evidence["justification"] == "formality_alignment: Partially Aligned"
    for value in values.values():
        replies = [run.store.replies[key] for key in value.evidence["replies"]]
        assert all(isinstance(reply, ChatReply) for reply in replies)
        assert len(replies) == (2 if value.factor in ("hallucination", "off_focus", "source_coverage") else 1)
        assert value.model == "scripted"


def test_facts_of_a_source_are_asked_once() -> None:
    items = [*summaries("One.", "Two.", "Three."), ResponseItem(4, Material("Four.", "Another.", "Another."))]
    run = Run(items, fake_chat())
    texts = Counter(sections(request).get("text") for request in run.requests)
    assert (texts[POST], texts["Another."]) == (1, 1)


@pytest.mark.parametrize("plan", Plan)
def test_a_second_run_asks_nothing(plan: Plan) -> None:
    items = summaries(SUMMARY, "It rains.")
    first = Run(items, fake_chat(decide), plan=plan)
    second = Run(items, first.model, plan=plan, store=first.store)
    assert (len(second.requests), second.report.made) == (0, 0)
    assert second.report.on_record == second.report.planned == first.report.made
    assert sorted(map(str, second.judged)) == sorted(map(str, first.judged))


def test_another_choice_of_factors_pays_for_nothing_again() -> None:
    items, model, store = summaries(SUMMARY, "It rains."), fake_chat(decide), MemoryReplies()
    for factors in (["hallucination"], ["off_focus", "hallucination"], llm_factors(Task.SUMMARIZATION)):
        Run(items, model, factors=factors, store=store)
    assert len(model.requests) == 4 * 2 + 1


def test_a_response_lacks_only_what_it_lacks() -> None:
    items = [
        ResponseItem(1, Material("One.", POST, POST), frozenset({"intent_alignment"})),
        ResponseItem(2, Material("Two.", POST, POST), frozenset({"number_of_facts", "length"})),
        ResponseItem(3, Material("Three.", POST, POST), frozenset()),
    ]
    run = Run(items, fake_chat())
    assert sorted(asked(run.requests)) == [
        "atomic_facts",
        "response_judgements intent_alignment formality_alignment",
    ]
    assert [list(run.values(key)) for key in (1, 2, 3)] == [["intent_alignment"], ["number_of_facts"], []]
    assert run.planned.responses == 2


def test_equal_responses_to_one_source_are_judged_once() -> None:
    run = Run(summaries("It rains.", "It rains."), fake_chat())
    assert run.planned.total.calls == len(run.requests) == run.report.made == 5
    assert run.values(1) == run.values(2)


def test_responses_with_the_same_facts_share_their_verdicts() -> None:
    """Which cannot be known before: the run says that the replies were on record."""
    run = Run(summaries(SUMMARY, f"{SUMMARY} {SUMMARY}"), fake_chat(decide), factors=["hallucination"])
    assert run.planned.total.calls == run.report.planned == 4
    assert (run.report.made, run.report.on_record) == (len(run.requests), 1) == (3, 1)


def test_a_factor_of_another_task_is_asked_by_itself() -> None:
    run = Run(summaries(SUMMARY), fake_chat(decide), factors=["hallucination", "helpfulness"])
    assert sorted(asked(run.requests)) == [
        "atomic_facts",
        "statement_judgements helpful",
        "statement_judgements on_focus supported",
    ]
    assert run.values()["helpfulness"].value == 1 / 3


@pytest.mark.parametrize("plan", Plan)
def test_an_empty_response_is_asked_nothing(plan: Plan) -> None:
    run = Run(summaries(" \n"), fake_chat(), plan=plan)
    assert (run.planned.total.calls, len(run.requests)) == (0, 0)
    values = run.values()
    assert values["number_of_facts"].value == 0.0
    others = [value for name, value in values.items() if name != "number_of_facts"]
    assert {(value.value, value.reason, value.failed) for value in others} == {
        (None, "the response is empty", False)
    }


def test_without_a_source_what_needs_one_is_unavailable() -> None:
    item = ResponseItem(1, Material(SUMMARY, "What broke?"))
    run = Run([item], fake_chat(decide), task=Task.DOCUMENT_QA)
    reasons = {name: value.reason for name, value in run.values().items() if value.value is None}
    assert reasons == {"hallucination": "no source", "source_coverage": "no source"}
    assert sorted(asked(run.requests)) == [
        "atomic_facts",
        "response_judgements receptiveness",
        "statement_judgements on_focus helpful misleading",
    ]
    assert run.planned.total.calls == 3


def test_a_response_without_facts_has_no_ratio_and_spares_its_verdicts() -> None:
    run = Run(summaries("Hm."), fake_chat(fault=no_facts_in("Hm.")))
    values = run.values()
    assert values["number_of_facts"].value == 0.0
    for name in ("hallucination", "off_focus"):
        assert (values[name].value, values[name].reason) == (None, "the response has no facts")
        assert not values[name].failed
    assert values["source_coverage"].value == 1.0
    assert values["intent_alignment"].value == 1.0
    assert run.planned.total.calls == run.report.planned == 5
    assert (run.report.made, run.report.spared) == (4, {Spared.NO_FACTS: 1})


def test_a_source_without_facts_has_no_coverage() -> None:
    value = Run(summaries(SUMMARY), fake_chat(fault=no_facts_in(POST))).values()["source_coverage"]
    assert (value.value, value.reason) == (None, "the source has no facts")


def no_facts_in(text: str) -> Callable[[ChatRequest, int], Fault | None]:
    return lambda request, turn: Fault.NO_FACTS if sections(request).get("text") == text else None


@pytest.mark.parametrize("fault", [Fault.FEWER, Fault.MISNUMBERED, Fault.GARBAGE, Fault.NO_SUCH_CHOICE])
def test_a_bad_answer_is_repaired_once(fault: Fault) -> None:
    run = Run(summaries(SUMMARY), fake_chat(decide, lambda request, turn: on_verdicts(request, fault, turn)))
    assert run.values()["hallucination"].value == 2 / 3
    assert run.values()["off_focus"].value == 1 / 3
    assert (run.report.made, run.report.repairs, len(run.requests)) == (5, 2, 7)
    assert len(run.values()["hallucination"].evidence["replies"]) == 3


def on_verdicts(request: ChatRequest, fault: Fault, turn: int = 0) -> Fault | None:
    assert request.schema is not None
    return fault if turn == 0 and request.schema.name == "statement_judgements" else None


def test_json_in_prose_is_read() -> None:
    run = Run(summaries(SUMMARY), fake_chat(decide, lambda request, turn: Fault.IN_PROSE))
    assert run.values()["hallucination"].value == 2 / 3
    assert run.report.repairs == 0


@pytest.mark.parametrize("fault", [Fault.FEWER, Fault.GARBAGE, Fault.OVERLOADED])
def test_a_failed_call_fails_what_depends_on_it_and_nothing_else(fault: Fault) -> None:
    run = Run(summaries(SUMMARY), fake_chat(decide, lambda request, turn: on_verdicts(request, fault)))
    values = run.values()
    failed = {name for name, value in values.items() if value.failed}
    assert failed == {"hallucination", "off_focus", "source_coverage"}
    for name in failed:
        assert values[name].value is None
        assert (values[name].reason or "").startswith("failed: ")
        evidence = values[name].evidence
        assert evidence["unusable"] == ([] if fault is Fault.OVERLOADED else evidence["replies"][-2:])
    assert values["number_of_facts"].value == 3.0
    assert values["intent_alignment"].value == 1.0
    assert (run.report.values, run.report.failed, run.report.planned) == (3, 3, 5)


def test_failed_facts_are_told_from_failed_verdicts() -> None:
    def fault(request: ChatRequest, turn: int) -> Fault | None:
        return Fault.GARBAGE if sections(request).get("text") == SUMMARY else None

    run = Run(summaries(SUMMARY), fake_chat(decide, fault))
    values = run.values()
    assert (values["hallucination"].reason or "").startswith("failed: its facts: ")
    assert values["number_of_facts"].failed
    assert values["source_coverage"].value == 1 / 3
    assert run.report.spared == {Spared.FACTS_FAILED: 1}
    assert run.report.planned == run.planned.total.calls
    assert len(values["hallucination"].evidence["replies"]) == 2  # the raw texts, the repair's among them


def test_asking_anew_asks_what_failed_and_only_that() -> None:
    broken = True

    def fault(request: ChatRequest, turn: int) -> Fault | None:
        return Fault.GARBAGE if broken and sections(request).get("text") == POST else None

    items = summaries("One.", "Two.", "Three.")
    model, store = fake_chat(decide, fault), MemoryReplies()
    first = Run(items, model, store=store)
    assert first.report.failed == 3
    assert Run(items, model, store=store).requests == []  # the bad answer is on record
    broken = False
    again = Run(items, model, store=store, anew=True)
    assert (again.report.failed, again.report.repairs) == (0, 0)
    assert sorted(asked(again.requests)) == ["atomic_facts"] + ["statement_judgements covered"] * 3


def test_asking_anew_in_vain_asks_once_a_run() -> None:
    model = fake_chat(decide, lambda request, turn: Fault.GARBAGE if "text" in sections(request) else None)
    items, store = summaries("One.", "Two."), MemoryReplies()
    Run(items, model, store=store)
    again = Run(items, model, store=store, anew=True)
    assert len(again.requests) == 3 * 2  # three texts, each with its repair turn


def test_a_wrong_key_ends_the_run_and_hands_over_no_failures() -> None:
    count = 0
    answers = fake_chat(decide)

    class Expiring(ScriptedChat):
        async def complete(self, request: ChatRequest) -> ChatReply:
            nonlocal count
            count += 1
            if count > 6:
                raise UnusableModelError("the key is not accepted")
            return await answers.complete(request)

    run = Run(summaries(*(f"Text {number}." for number in range(20))), Expiring(lambda request: ""))
    assert run.report.ended == "the key is not accepted"
    assert run.report.failed == 0
    assert len(run.judged) < 20
    whole = Run(summaries(*(f"Text {number}." for number in range(20))), fake_chat(decide), store=run.store)
    assert len(whole.requests) == 4 * 20 + 1 - 6
    assert whole.report.responses == 20


async def test_a_run_that_is_cancelled_goes_on_where_it_was() -> None:
    items = summaries(*(f"Text {number}." for number in range(10)))
    questionnaire = Questionnaire(Task.SUMMARIZATION, Plan.FUSED, llm_factors(Task.SUMMARIZATION))
    store, judged = MemoryReplies(), list[JudgedResponse]()
    answers = fake_chat(decide)

    class Slow(ScriptedChat):
        async def complete(self, request: ChatRequest) -> ChatReply:
            await asyncio.sleep(0.002)
            if len(answers.requests) == 15:
                run.cancel()
            return await answers.complete(request)

    async def judge() -> JudgingReport:
        async with Caller(Slow(lambda request: ""), store, concurrency=2) as caller:
            return await judge_responses(items, questionnaire, caller, judged.append, at_once=3)

    run = asyncio.create_task(judge())
    with pytest.raises(asyncio.CancelledError):
        await run
    assert 0 < len(judged) < 10
    run = asyncio.create_task(judge())
    report = await run
    assert len(answers.requests) == 4 * 10 + 1
    assert (report.responses, report.failed, report.planned) == (10, 0, 41)


def test_what_goes_wrong_in_handing_over_comes_out_as_it_is() -> None:
    def refuse(judged: JudgedResponse) -> None:
        raise ModelError(f"no room for {judged.key}")

    async def run() -> None:
        questionnaire = Questionnaire(Task.SUMMARIZATION, Plan.FUSED, ["number_of_facts"])
        async with Caller(fake_chat(), MemoryReplies()) as caller:
            await judge_responses(summaries("One."), questionnaire, caller, refuse)

    with pytest.raises(ModelError, match="no room for 1"):
        asyncio.run(run())
