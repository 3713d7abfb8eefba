"""What a judge is asked, and how its answers are read."""

import json

import pytest
from pydantic import ValidationError

from profile_engine.agents.judging import SidedVerdict, TwoResponses, Verdict, judging_request
from profile_engine.agents.tasks import BRIEFS
from profile_engine.taxonomy import FACTORS, Task


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("first", "first"),
        ("The first summary.", "first"),
        ("Response 1", "first"),
        (1, "first"),
        ("A", "first"),
        ("**Summary B**", "second"),
        ("second", "second"),
        (2, "second"),
        ("Tie", "tie"),
        ("neither", "tie"),
        ("equally good", "tie"),
        (0, "tie"),
    ],
)
def test_a_choice_by_its_names(said: object, choice: str) -> None:
    assert Verdict.model_validate({"choice": said, "justification": "Why."}).choice == choice
    assert Verdict.model_validate({"winner": said, "reason": "Why."}).choice == choice
    if choice != "tie":
        assert SidedVerdict.model_validate({"choice": said, "justification": ""}).choice == choice
    else:
        with pytest.raises(ValidationError, match="must be one of first, second"):
            SidedVerdict.model_validate({"choice": said, "justification": ""})


@pytest.mark.parametrize(
    "said", ["", "third", "first or second", "1 and 2", "the summary", None, 3, -1, ["first"], 1.5]
)
def test_nothing_else_is_a_choice(said: object) -> None:
    with pytest.raises(ValidationError):
        Verdict.model_validate({"choice": said, "justification": "Why."})


def test_a_choice_without_a_reason_is_none() -> None:
    with pytest.raises(ValidationError):
        Verdict.model_validate({"choice": "first"})


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("ties", [True, False])
def test_the_task_says_what_is_good_and_how_to_answer(task: Task, ties: bool) -> None:
    request = judging_request(task, TwoResponses("S", "A", "B"), ties=ties)
    system, question = (message.text for message in request.messages)
    assert system.startswith(BRIEFS[task].description)
    form = json.loads(system.splitlines()[-1])
    assert form["choice"] == ("first or second or tie" if ties else "first or second")
    assert question.index("S") < question.index("A") < question.index("B") < question.index("Which")


def test_a_question_without_its_documents_is_called_a_question() -> None:
    with_documents, without = (
        judging_request(Task.DOCUMENT_QA, TwoResponses("S", "A", "B", with_documents=there)).messages[1].text
        for there in (True, False)
    )
    assert with_documents.startswith("<question-and-reference-")
    assert without.startswith("<question-")
    assert "reference" not in without


def test_guidance_comes_last_so_that_all_before_is_the_same() -> None:
    shown, factor = TwoResponses("S", "A", "B"), FACTORS["length"]
    plain, guided = (
        judging_request(Task.SUMMARIZATION, shown, guidance=guidance).messages for guidance in (None, factor)
    )
    assert plain[0] == guided[0]
    before, _, closing = plain[1].text.rpartition("\n\n")
    assert guided[1].text.startswith(before)
    assert guided[1].text.endswith(closing)
    assert f"{factor.title}: {factor.definition}" in guided[1].text
