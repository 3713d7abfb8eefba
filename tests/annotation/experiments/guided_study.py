"""A judge that prefers the longer response until it is told to consider length; people prefer the shorter.

Forty posts with a pair each. People prefer the shorter response in thirty of them; the judge has preferred
the longer one in all. Fluency has nothing to do with either.
"""

import json
from pathlib import Path

from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from profile_engine.ports import ChatRequest
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import FACTORS, Task
from tests.annotation.deeds.stub_models import material
from tests.annotation.drafts import LEFT, RIGHT, Draft

POSTS = 40
SHORTER = 30
JUDGE = "stub"


def make_guided_study(path: Path | str) -> Study:
    """Make it where nothing is yet."""
    study = Study.create(path, task=Task.SUMMARIZATION, name="guided")
    draft, log = Draft(study), AnswerLog(study)
    judge = draft.agent(JUDGE, AgentKind.JUDGE)
    log.register("Ada")
    for post in range(POSTS):
        source = draft.source(f"Post {post}.")
        texts = (f"It is short {post}.", f"It is long and says much more {post}.")
        short, long = (draft.response(source, text) for text in texts)
        sides = (long, short) if post % 2 else (short, long)
        pair = draft.pair(source, *sides)
        for response, value in ((short, 10.0), (long, 30.0)):
            draft.value(response, "length", value)
            draft.value(response, "fluency", 0.9 if (response is short) == (post % 4 < 2) else 0.5)
        of_short, of_long = (RIGHT, LEFT) if post % 2 else (LEFT, RIGHT)
        draft.verdict(pair, judge, of_long)
        log.save(NewAnswer(pair, "Ada", choice=of_short if post < SHORTER else of_long))
    return study


def judge_by_length(request: ChatRequest) -> str:
    """Prefers the longer one; the shorter one where the definition of Length is in the question."""
    _, first, second = material(request).values()
    told = FACTORS["length"].definition in request.messages[-1].text
    better = "first" if (len(first) > len(second)) != told else "second"
    return json.dumps({"justification": "By its length.", "choice": better})
