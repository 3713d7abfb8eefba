"""Calls to a judge for all its factors of a response, against a call a sentence and a call a fact."""

import asyncio
import json
from collections import Counter
from typing import Final

from bench.report import print_table
from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction.calling import Caller, MemoryReplies
from profile_engine.extraction.llm_values import JudgedResponse, judge_responses
from profile_engine.extraction.plan import NUMBER_OF_FACTS, Plan, Questionnaire, ResponseItem
from profile_engine.extraction.prompts.criteria import criteria_of
from profile_engine.extraction.prompts.requests import Material
from profile_engine.ports import ChatReply, ChatRequest, ModelError
from profile_engine.taxonomy import TASK_FACTORS, Task
from tests.profile_engine.fake_chat import FakeJudge, task_turn

SENTENCES: Final = 3
FACTS: Final = 10
RESPONSES: Final = 100
MOST: Final = 4
FACTSCORE: Final = SENTENCES + FACTS
"""FActScore takes each sentence apart in a call of its own, and judges each fact in one."""


def ten_facts(request: ChatRequest) -> ChatReply | ModelError | str:
    assert request.schema is not None
    if request.schema.name != "atomic_facts":
        return FakeJudge()(request)
    text = task_turn(request)
    return json.dumps({"facts": [f"Fact {number} of: {text}"[:200] for number in range(FACTS)]})


def calls_of(task: Task, plan: Plan) -> Counter[bool]:
    """Calls made: those of a source (True), and those of its responses."""
    factors = [name for name in TASK_FACTORS[task] if name in criteria_of(task) or name == NUMBER_OF_FACTS]
    source = "The cat sat on the mat. It would not move. Nobody knew why."
    items = [
        ResponseItem(key, Material(f"Cat {key} sat. It stayed. It was {key} years old.", source, source))
        for key in range(RESPONSES)
    ]
    model = ScriptedChat(ten_facts)

    async def run() -> None:
        async with Caller(model, MemoryReplies()) as caller:
            judged = list[JudgedResponse]()
            report = await judge_responses(items, Questionnaire(task, plan, factors), caller, judged.append)
            assert (report.responses, report.failed) == (RESPONSES, 0)

    asyncio.run(run())
    return Counter(source in task_turn(one) and "atomic" in str(one.schema) for one in model.requests)


def main() -> None:
    rows = []
    for task in Task:
        for plan in Plan:
            calls = calls_of(task, plan)
            each = calls[False] / RESPONSES
            reached = "" if plan is Plan.PAPER else "reached" if each <= MOST else "NOT REACHED"
            rows.append(
                (f"{task}, {plan}", str(calls[True]), f"{each:g}", f"{each / FACTSCORE:.2f}", reached)
            )
    print_table(
        f"Calls for all factors of a response of {SENTENCES} sentences and {FACTS} facts, FActScore's "
        f"{FACTSCORE} for one factor",
        ("", "a source", "a response", "ratio", f"at most {MOST}"),
        rows,
    )


if __name__ == "__main__":
    main()
