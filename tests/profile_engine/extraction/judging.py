"""Runs of the fake judge, which the tests of judging share."""

import asyncio
from collections.abc import Sequence

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction.calling import Caller, MemoryReplies, Patience
from profile_engine.extraction.llm_values import JudgedResponse, JudgingReport, judge_responses
from profile_engine.extraction.plan import Plan, Questionnaire, ResponseItem, plan_calls
from profile_engine.extraction.prompts.criteria import criteria_of
from profile_engine.extraction.prompts.requests import Material
from profile_engine.extraction.verdicts import FoundValue
from profile_engine.taxonomy import TASK_FACTORS, Task

POST = "The key broke. The bike is green. The writer asks what to do."
SUMMARY = "A key broke. The bike is red. Gerald sings."
SOURCE_VERDICTS = {"The key broke.": "yes", "The bike is green.": "no", "The writer asks what to do.": "no"}
JUDGED = {
    "supported": {"The bike is red.": "no", "Gerald sings.": "no"},
    "on_focus": {"Gerald sings.": "no"},
    "covered": SOURCE_VERDICTS,
    "helpful": {"A key broke.": "no", "The bike is red.": "no"},
    "misleading": {"A key broke.": "no", "Gerald sings.": "no"},
    "formality_alignment": {"": "Partially Aligned"},
}


def decide(key: str, statement: str) -> str | None:
    return JUDGED.get(key, {}).get(statement)


def llm_factors(task: Task) -> list[str]:
    return [name for name in TASK_FACTORS[task] if name in criteria_of(task) or name == "number_of_facts"]


def summaries(*texts: str, post: str = POST) -> list[ResponseItem]:
    return [ResponseItem(key, Material(text, post, post)) for key, text in enumerate(texts, 1)]


class Run:
    """A run with all that it left behind."""

    def __init__(
        self,
        items: Sequence[ResponseItem],
        model: ScriptedChat,
        *,
        task: Task = Task.SUMMARIZATION,
        plan: Plan = Plan.FUSED,
        factors: Sequence[str] | None = None,
        store: MemoryReplies | None = None,
        anew: bool = False,
    ) -> None:
        self.questionnaire = Questionnaire(task, plan, llm_factors(task) if factors is None else factors)
        self.model = model
        self.store = store or MemoryReplies()
        self.judged: list[JudgedResponse] = []
        self.planned = plan_calls(items, self.questionnaire)
        before = len(model.requests)

        async def run() -> JudgingReport:
            patience = Patience(attempts=2, first_wait=0.0)
            async with Caller(model, self.store, patience=patience) as caller:
                return await judge_responses(
                    items, self.questionnaire, caller, self.judged.append, anew=anew, at_once=3
                )

        self.report = asyncio.run(run())
        self.requests = model.requests[before:]

    def values(self, key: int = 1) -> dict[str, FoundValue]:
        (judged,) = [judged for judged in self.judged if judged.key == key]
        return {value.factor: value for value in judged.values}
