"""What will be asked, counted and estimated before anything is sent."""

import json

import pytest

from profile_engine.errors import UnknownFactorError
from profile_engine.extraction.plan import CallKind, Plan, Questionnaire, ResponseItem, plan_calls
from profile_engine.extraction.prompts.requests import Material
from profile_engine.ports import ChatRequest
from profile_engine.taxonomy import Task
from tests.profile_engine.extraction.judging import POST, SUMMARY, Run, decide, llm_factors, summaries
from tests.profile_engine.fake_chat import fake_chat


@pytest.mark.parametrize(
    ("task", "plan", "calls"),
    [
        # facts, coverage, facts' verdicts, response's verdicts
        (Task.SUMMARIZATION, Plan.FUSED, 4),
        (Task.DOCUMENT_QA, Plan.FUSED, 4),
        (Task.HELPFUL_RESPONSE, Plan.FUSED, 3),
        # facts, and a call each of: hallucination, off focus, coverage, intent, formality
        (Task.SUMMARIZATION, Plan.PAPER, 6),
        # facts, and: receptiveness, off focus, hallucination, coverage, helpfulness, misinformation
        (Task.DOCUMENT_QA, Plan.PAPER, 7),
        # facts, and: receptiveness, off focus, helpfulness, misinformation
        (Task.HELPFUL_RESPONSE, Plan.PAPER, 5),
    ],
)
def test_calls_are_counted_before_they_are_made(task: Task, plan: Plan, calls: int) -> None:
    source = None if task is Task.HELPFUL_RESPONSE else POST
    texts = [f"{SUMMARY} Number {number}. {'More and more. ' * number}" for number in range(5)]
    items = [ResponseItem(key, Material(text, POST, source)) for key, text in enumerate(texts)]
    run = Run(items, fake_chat(decide), task=task, plan=plan)
    sources = run.planned.by_kind[CallKind.SOURCE_FACTS].calls
    assert sources == (0 if source is None else 1)
    assert run.planned.total.calls == calls * 5 + sources == len(run.requests)
    assert run.report.planned == run.report.made == run.planned.total.calls
    assert (run.report.on_record, run.report.repairs, dict(run.report.spared)) == (0, 0, {})


def test_versions_say_plan_and_prompts() -> None:
    fused = Questionnaire(Task.SUMMARIZATION, Plan.FUSED, llm_factors(Task.SUMMARIZATION))
    paper = Questionnaire(Task.SUMMARIZATION, Plan.PAPER, llm_factors(Task.SUMMARIZATION))
    assert fused.version("number_of_facts") == "fused facts-1"
    assert fused.version("hallucination") == fused.version("off_focus") == "fused facts-1 judge-1.1.1"
    assert paper.version("hallucination") == "paper facts-1 judge-1.1"
    assert fused.version("intent_alignment") == "fused judge-1.1.1"


def test_a_version_does_not_depend_on_what_else_is_wanted() -> None:
    alone = Questionnaire(Task.DOCUMENT_QA, Plan.FUSED, ["hallucination"])
    together = Questionnaire(Task.DOCUMENT_QA, Plan.FUSED, llm_factors(Task.DOCUMENT_QA))
    assert alone.version("hallucination") == together.version("hallucination")


def test_a_factor_that_no_model_is_asked_about_is_refused() -> None:
    with pytest.raises(UnknownFactorError, match="no model is asked about length"):
        Questionnaire(Task.SUMMARIZATION, Plan.FUSED, ["length"])


def test_estimates_grow_with_the_texts_and_are_priced_by_the_million() -> None:
    questionnaire = Questionnaire(Task.SUMMARIZATION, Plan.FUSED, llm_factors(Task.SUMMARIZATION))
    short = plan_calls(summaries("Some words here."), questionnaire)
    long = plan_calls(summaries("Some words here. " * 40), questionnaire)
    assert long.total.calls == short.total.calls == 5
    assert long.total.prompt_tokens > short.total.prompt_tokens
    # 120 words are some 17 facts; two questions on each are the longest answer.
    assert long.longest_answer == 17 * 2 * 32
    assert long.cost(2.0, 10.0) == pytest.approx(
        long.total.prompt_tokens * 2e-6 + long.total.completion_tokens * 1e-5
    )
    assert long.seconds(2, 1.5) == 3 * 1.5


@pytest.mark.parametrize("plan", Plan)
def test_prompt_tokens_are_estimated_from_what_is_sent(plan: Plan) -> None:
    items = summaries(SUMMARY, f"{SUMMARY} Pigs fly. It hurts. Nobody came. All is well.", post=POST * 4)
    run = Run(items, fake_chat(decide), plan=plan)
    sent = sum(map(characters, run.requests)) / 4
    assert 0.9 * sent < run.planned.total.prompt_tokens < 1.1 * sent


def characters(request: ChatRequest) -> int:
    assert request.schema is not None
    schema = json.dumps(request.schema.schema)
    return sum(len(message.text) for message in request.messages) + len(schema)
