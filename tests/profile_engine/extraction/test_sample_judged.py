"""The sample, judged by a judge that answers what its hand-written extractions say."""

import json
from typing import Any

import pytest

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction.plan import Plan, ResponseItem
from profile_engine.extraction.prompts.requests import Material
from profile_engine.ports import ChatRequest
from tests.conftest import ROOT
from tests.profile_engine.extraction.judging import Run
from tests.profile_engine.fake_chat import sections

Row = dict[str, Any]


def read_rows(name: str) -> list[Row]:
    text = (ROOT / "datasets" / "sample" / name).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def shared_verdicts(rows: list[Row]) -> int:
    facts = [(row["post"], *(fact["text"] for fact in row["facts"])) for row in rows]
    return len(facts) - len(set(facts))


class HandWritten:
    """Answers from the sample's own facts and verdicts."""

    def __init__(self, posts: list[Row], rows: list[Row]) -> None:
        self._facts = {post["post"]: post["facts"] for post in posts}
        self._rows = {row["summary"]: row for row in rows}
        self._by_facts = {self._key(row["facts"]): row for row in rows}
        self._posts = {post["id"]: post for post in posts}

    def __call__(self, request: ChatRequest) -> str:
        texts = sections(request)
        if "text" in texts:
            text = texts["text"]
            facts = self._facts.get(text) or [fact["text"] for fact in self._rows[text]["facts"]]
            return json.dumps({"facts": facts})
        if "statements" not in texts:
            values = self._rows[texts["summary"]]["values"]
            return json.dumps(
                {key: judged(values[key]) for key in ("intent_alignment", "formality_alignment")}
            )
        if "summary" in texts:
            row = self._rows[texts["summary"]]
            flags = [{"covered": number in row["covers"]} for number in range(10)]
        else:
            statements = [line.partition(". ")[2] for line in texts["statements"].split("\n")]
            flags = self._by_facts[tuple(statements)]["facts"]
        return json.dumps({"verdicts": [verdict(number, flag) for number, flag in enumerate(flags, 1)]})

    @staticmethod
    def _key(facts: list[Row]) -> tuple[str, ...]:
        return tuple(fact["text"] for fact in facts)


def verdict(number: int, flags: Row) -> Row:
    return {"number": number, **{key: judged(flag) for key, flag in flags.items() if key != "text"}}


def judged(decision: object) -> Row:
    return {"decision": decision, "justification": "as written"}


def test_extraction_gives_the_hand_written_values_in_the_calls_that_were_planned() -> None:
    posts, rows = read_rows("sources.jsonl"), read_rows("responses.jsonl")
    texts = {post["id"]: post["post"] for post in posts}
    items = [
        ResponseItem(number, Material(row["summary"], texts[row["post"]], texts[row["post"]]))
        for number, row in enumerate(rows)
    ]
    run = Run(items, ScriptedChat(HandWritten(posts, rows)), plan=Plan.FUSED)
    # Four calls for each of 120 summaries and one for each of 12 posts.
    assert run.planned.total.calls == run.report.planned == 4 * 120 + 12
    # Some summaries of a post have the very same facts: their verdicts are asked once.
    assert run.report.made == len(run.requests)
    assert (run.report.on_record, dict(run.report.spared), run.report.repairs) == (
        shared_verdicts(rows),
        {},
        0,
    )
    for number, row in enumerate(rows):
        for name, value in run.values(number).items():
            written = row["values"][name]
            if isinstance(written, str):
                assert value.label == written
            else:
                assert value.value == pytest.approx(written, abs=0.0006), (row["id"], name)  # to 3 places
    again = Run(items, run.model, plan=Plan.FUSED, store=run.store)
    assert again.requests == []
