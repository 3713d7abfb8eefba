"""Two plans on the same responses, and how far they agree."""

import asyncio

import pytest

from profile_engine.backends.scripted import Script, ScriptedChat
from profile_engine.extraction.calling import Caller, MemoryReplies
from profile_engine.extraction.comparison import PlanComparison, agree, compare_plans
from profile_engine.extraction.plan import Plan, ResponseItem
from profile_engine.extraction.prompts.requests import Material
from profile_engine.ports import ChatReply, ChatRequest, ModelError
from profile_engine.taxonomy import FACTORS, Task, own_factor
from tests.profile_engine.fake_chat import FakeJudge, asked

FACTOR = FACTORS["hallucination"]


def test_agreement_by_hand() -> None:
    one = {1: {"hallucination": 0.5}, 2: {"hallucination": 0.2}, 3: {"hallucination": 0.0}, 4: {}}
    other = {1: {"hallucination": 0.5}, 2: {"hallucination": 0.6}, 4: {"hallucination": 1.0}, 5: {}}
    other[3] = {"hallucination": 0.1}
    found = agree(FACTOR, one, other, [(1, 2), (1, 3), (2, 3), (3, 4)])
    assert (found.compared, found.only_one) == (3, 1)
    assert found.equal == pytest.approx(1 / 3)
    assert found.mean_difference == pytest.approx((0 + 0.4 + 0.1) / 3)
    # (1, 2): + and -; (1, 3): + and +; (2, 3): + and +; (3, 4) has no value on one side.
    assert found.pairs == 3
    assert found.same_sign == pytest.approx(2 / 3)


def test_a_tie_is_a_sign_and_follows_the_tolerance() -> None:
    one, other = {1: {"x": 0.5}, 2: {"x": 0.5}}, {1: {"x": 0.5}, 2: {"x": 0.4}}
    strict, lenient = (own_factor("x", "X", "", tie_tolerance=tolerance) for tolerance in (0.0, 0.2))
    assert agree(strict, one, other, [(1, 2)]).same_sign == 0.0
    assert agree(lenient, one, other, [(1, 2)]).same_sign == 1.0


def test_without_common_values_there_is_no_share() -> None:
    found = agree(FACTOR, {1: {"hallucination": 1.0}}, {}, [])
    assert (found.compared, found.only_one, found.pairs) == (0, 1, 0)
    assert (found.equal, found.mean_difference, found.same_sign) == (None, None, None)


def compare(judge: Script) -> tuple[PlanComparison, list[ChatRequest]]:
    items = [ResponseItem(key, Material(text, "A b. C d.", "A b. C d.")) for key, text in enumerate(TEXTS)]
    model = ScriptedChat(judge)

    async def run() -> PlanComparison:
        async with Caller(model, MemoryReplies()) as caller:
            factors = ["number_of_facts", "hallucination", "off_focus", "formality_alignment"]
            return await compare_plans(items, Task.SUMMARIZATION, factors, caller)

    return asyncio.run(run()), model.requests


TEXTS = ["Aa. Bb.", "Cc. Dd. Ee.", "Ff."]


def test_a_judge_that_does_not_care_agrees_with_itself() -> None:
    comparison, requests = compare(FakeJudge(lambda key, statement: "no" if statement == "Dd." else None))
    for agreement in comparison.agreements:
        assert (agreement.compared, agreement.equal, agreement.mean_difference) == (3, 1.0, 0.0)
        assert (agreement.pairs, agreement.same_sign) == (3, 1.0)
    # paper: 3 x (facts, hallucination, off focus, formality); fused: the facts are on record, 3 x 2 verdicts.
    assert len(requests) == 12 + 6
    assert comparison.reports[Plan.PAPER].made == 12
    assert (comparison.reports[Plan.FUSED].made, comparison.reports[Plan.FUSED].on_record) == (6, 3)


def test_a_judge_that_is_stricter_when_asked_much_is_found_out() -> None:
    lenient, strict = FakeJudge(), FakeJudge(lambda key, statement: "no" if key == "supported" else None)

    def judge(request: ChatRequest) -> ChatReply | ModelError | str:
        together = asked([request]) == ["statement_judgements on_focus supported"]
        return (strict if together else lenient)(request)

    comparison, _ = compare(judge)
    by_factor = {agreement.factor: agreement for agreement in comparison.agreements}
    assert by_factor["hallucination"].mean_difference == 1.0
    assert by_factor["hallucination"].equal == 0.0
    assert by_factor["hallucination"].same_sign == 1.0  # all pairs are ties under both
    assert by_factor["off_focus"].equal == 1.0
