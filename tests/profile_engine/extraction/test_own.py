"""Factors of a study's own: declared as data, asked like the others, or found by a function."""

import asyncio
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from profile_engine.extraction import own
from profile_engine.extraction.calling import Caller, MemoryReplies
from profile_engine.extraction.llm_values import JudgedResponse, judge_responses
from profile_engine.extraction.own import OwnFactorError, OwnFactors, OwnFunction, declare_own
from profile_engine.extraction.plan import Plan, Questionnaire, ResponseItem, plan_calls
from profile_engine.extraction.prompts.requests import Material
from profile_engine.extraction.rules import RuleValue
from profile_engine.extraction.verdicts import FoundValue
from profile_engine.taxonomy import Granularity, Method, Task, ValueKind
from tests.profile_engine.fake_chat import asked, fake_chat, sections

DECLARED = """
[factors.politeness]
title = "Politeness"
definition = "Whether the response is polite."
question = "Is the {response} polite to the person who asks?"
kind = "ordered class"
classes = { "Plain" = 0.5, "Polite" = 1.0, "Rude" = 0.0 }
tie_tolerance = 0.1

[factors.signed]
title = "Signed"
definition = "Whether the response is signed."
question = "Is the response signed?"
kind = "yes/no"
shows = ["output"]
version = "7"

[factors.hedging]
title = "Hedging"
definition = "The ratio of facts that are not hedged."
question = "Is the statement hedged?"
kind = "per fact"
shows = []
counted = "no"

[factors.exclamations]
title = "Exclamations"
definition = "The number of exclamation marks."
function = "our_factors:count_exclamations"
kind = "count"
version = "2"
"""
GENERAL: dict[str, Any] = {"title": "X", "definition": "Y"}


def functions(**found: OwnFunction) -> Callable[[str], OwnFunction]:
    return lambda reference: found[reference.partition(":")[2]]


@pytest.fixture
def declared() -> OwnFactors:
    return declare_own(
        tomllib.loads(DECLARED),
        functions(count_exclamations=lambda output, source: output.count("!")),
    )


def test_the_example_of_the_module_is_a_declaration() -> None:
    example = (own.__doc__ or "").partition(":\n\n")[2]
    factors = declare_own(tomllib.loads(example)).factors
    assert [factor.name for factor in factors] == ["politeness", "hedging", "exclamations"]


def test_declarations_become_factors(declared: OwnFactors) -> None:
    politeness, signed, hedging, exclamations = declared.factors
    assert politeness.classes == (("Polite", 1.0), ("Plain", 0.5), ("Rude", 0.0))
    assert (politeness.kind, politeness.tie_tolerance) == (ValueKind.ORDERED_CLASS, 0.1)
    assert signed.classes == (("Yes", 1.0), ("No", 0.0))
    assert (hedging.kind, hedging.granularity) == (ValueKind.RATIO, Granularity.FACT)
    assert (exclamations.kind, exclamations.method) == (ValueKind.COUNT, Method.RULE)
    assert {factor.method for factor in (politeness, signed, hedging)} == {Method.LLM}
    assert not any(factor.needs_source for factor in declared.factors)


@pytest.mark.parametrize("plan", Plan)
def test_own_questions_are_asked_by_themselves(declared: OwnFactors, plan: Plan) -> None:
    """So they change neither what the thirteen are asked nor what was paid for."""
    factors = ["hallucination", "politeness", "signed", "hedging"]
    questionnaire = Questionnaire(Task.SUMMARIZATION, plan, factors, declared.questions)
    items = [ResponseItem(1, Material("Aa. Bb. Cc.", "Dd.", "Dd."))]
    judged: list[JudgedResponse] = []
    choices = {"Aa.": "yes", "Bb.": "no", "Cc.": "no"}
    model = fake_chat(lambda key, statement: choices.get(statement) if key == "answer" else None)

    async def run() -> None:
        async with Caller(model, MemoryReplies()) as caller:
            await judge_responses(items, questionnaire, caller, judged.append)

    asyncio.run(run())
    assert len(model.requests) == plan_calls(items, questionnaire).total.calls == 5
    values = {value.factor: value for value in judged[0].values}
    assert found(values["politeness"]) == (1.0, "Polite")
    assert found(values["signed"]) == (1.0, "Yes")
    assert found(values["hedging"]) == (2 / 3, None)
    assert values["hedging"].evidence["facts"][1] == {
        "text": "Bb.",
        "answer": False,
        "justification": "answer: no",
    }
    own_requests = [request for request in model.requests if asked([request])[0].endswith(" answer")]
    shown = sorted(sorted(sections(request)) for request in own_requests)
    assert shown == [["post", "summary"], ["statements"], ["summary"]]
    assert any("Is the {response} polite" in request.messages[0].text for request in own_requests)


def found(value: FoundValue) -> tuple[float | None, str | None]:
    return value.value, value.label


def test_a_changed_question_has_a_changed_version() -> None:
    def version(**changed: str) -> str:
        table = {**GENERAL, "question": "Is it?", "kind": "yes/no", **changed}
        questions = declare_own({"factors": {"x": table}}).questions
        return Questionnaire(Task.SUMMARIZATION, Plan.FUSED, ["x"], questions).version("x")

    assert version() == version(title="Another title")
    assert (
        len({version(), version(question="Is it so?"), version(kind="per fact"), version(version="2")}) == 4
    )
    assert version(version="2") == "fused judge-1.2"
    assert len(version()) <= 80


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (3, RuleValue(3.0)),
        (True, RuleValue(1.0)),
        ("polite", RuleValue(1.0)),
        (None, RuleValue(None, "the function gives it none")),
        ("meh", RuleValue(None, "failed: 'meh' is none of its classes")),
        (float("nan"), RuleValue(None, "failed: nan is no finite number")),
        ([], RuleValue(None, "failed: [] is no finite number")),
        (RuleValue(None, "too short", {"words": 1}), RuleValue(None, "too short", {"words": 1})),
    ],
)
def test_what_a_function_may_give(result: object, value: RuleValue) -> None:
    table = {**GENERAL, "function": "m:f", "kind": "ordered class", "classes": {"Polite": 1.0, "Rude": 0.0}}
    (rule,) = declare_own({"factors": {"x": table}}, functions(f=lambda output, source: result)).rules
    assert rule.rule("text", None) == value


def test_a_function_that_fails_fails_its_response_only() -> None:
    def invert(output: str, source: str | None) -> float:
        return 1 / len(output)

    table = {**GENERAL, "function": "m:f", "needs_source": True}
    (rule,) = declare_own({"factors": {"x": table}}, functions(f=invert)).rules
    assert rule.rule("", "source") == RuleValue(None, "failed: ZeroDivisionError: division by zero")
    assert rule.rule("ab", "source") == RuleValue(0.5)
    assert rule.rule("ab", " ") == RuleValue(None, "no source")


def test_functions_are_imported_when_they_are_first_called() -> None:
    table = {**GENERAL, "function": "profile_engine.extraction.rules:length"}
    (rule,) = declare_own({"factors": {"x": {**table}}}).rules
    with pytest.raises(TypeError, match="argument"):
        own.find_function("profile_engine.extraction.rules:length")("two words", None)
    assert rule.rule("two words", None).value is None
    (absent,) = declare_own({"factors": {"x": {**table, "function": "no_such_module:f"}}}).rules
    with pytest.raises(OwnFactorError, match="no_such_module:f cannot be imported"):
        absent.rule("text", None)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"factor": {}}, "tables under `factors`, not `factor`"),
        ({"factors": []}, "tables under `factors`"),
        ({"factors": {"x": 1}}, "factors.x: give either"),
        ({"factors": {"x": GENERAL}}, "factors.x: give either"),
        ({"factors": {"x": {**GENERAL, "question": "?", "function": "a:b"}}}, "factors.x: give either"),
        ({"factors": {"length": GENERAL}}, "factors.length: one of the thirteen"),
        ({"factors": {"A b": GENERAL}}, "factors.A b: a name is"),
        ({"factors": {"x": {**GENERAL, "question": "?"}}}, "factors.x.kind: Field required"),
        ({"factors": {"x": {**GENERAL, "question": "?", "kind": "count"}}}, "factors.x.kind: "),
        ({"factors": {"x": {**GENERAL, "question": "?", "kind": "ordered class"}}}, "factors.x: `classes`"),
        ({"factors": {"x": {**GENERAL, "question": "?", "kind": "yes/no", "shows": []}}}, "`shows` is empty"),
        ({"factors": {"x": {**GENERAL, "question": "?", "kind": "yes/no", "what": 1}}}, "factors.x.what: "),
        ({"factors": {"x": {**GENERAL, "function": "os.system('x')"}}}, "factors.x.function: "),
        (
            {"factors": {"x": {**GENERAL, "question": "?", "kind": "ordered class", "classes": {"A": 1}}}},
            "must be two at least",
        ),
    ],
)
def test_what_is_declared_wrongly_is_refused_with_its_place(content: dict[str, Any], complaint: str) -> None:
    with pytest.raises(OwnFactorError) as refusal:
        declare_own(content)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)
