"""Guidance: which factors are picked, what is asked, what it comes to, and that it comes to it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from scipy import stats
from sqlalchemy import func, select

from annotation.answers import AnswerLog, NewAnswer
from annotation.deeds.asking import AskingOutcome, AskingRun
from annotation.errors import StudyError
from annotation.experiments.designs import GuidanceDesign
from annotation.experiments.guidance import (
    BASELINE,
    DIVERGING,
    RANDOM,
    GuidedJudging,
    keep_guidance,
    plan_guidance,
)
from annotation.experiments.running import repeat
from annotation.store.tables import preferences
from annotation.study import Study
from profile_engine.backends.scripted import Script, ScriptedChat
from profile_engine.experiments.guidance import GuidanceResult
from profile_engine.ports import ChatRequest, ModelIdentity, UnusableModelError
from profile_engine.preferences import Preference
from profile_engine.taxonomy import FACTORS, Task
from tests.annotation.experiments.guided_study import (
    JUDGE,
    POSTS,
    SHORTER,
    judge_by_length,
    make_guided_study,
)
from tests.annotation.experiments.study import make_tried_study


@pytest.fixture
def study(location: str) -> Iterator[Study]:
    with make_guided_study(location) as study:
        yield study


def plan(study: Study, **options: object) -> GuidanceDesign:
    return plan_guidance(study, JUDGE, draws=200, **options)  # type: ignore[arg-type]


def judge(study: Study, design: GuidanceDesign, chat: ScriptedChat | None = None) -> AskingOutcome:
    chat = chat or stub()
    return AskingRun(study, GuidedJudging(study, chat.identity, design), chat).run()


def stub(script: Script = judge_by_length) -> ScriptedChat:
    return ScriptedChat(script, ModelIdentity(JUDGE, "stub-1"))


def test_the_factor_is_what_the_judge_favours_beyond_people(study: Study) -> None:
    design = plan(study)
    assert dict(design.factors) == {BASELINE: None, RANDOM: "fluency", DIVERGING: "length"}
    assert len(design.pair_ids) == POSTS
    assert dict(plan(study, factor="fluency").factors) == {BASELINE: None, DIVERGING: "fluency"}


def test_guidance_on_it_brings_the_judge_to_people(study: Study) -> None:
    design = plan(study)
    outcome = judge(study, design)
    assert (outcome.items, outcome.calls, outcome.is_whole) == (3 * POSTS, 3 * POSTS, True)
    found = keep_guidance(study, design).result
    assert isinstance(found, GuidanceResult)
    agree = {one.condition: one.agreement.agree for one in found.conditions}
    assert agree == {BASELINE: POSTS - SHORTER, RANDOM: POSTS - SHORTER, DIVERGING: SHORTER}
    by_pair = {(one.first, one.second): one for one in found.differences}
    gained = by_pair[BASELINE, DIVERGING]
    assert (gained.first_only, gained.second_only) == (POSTS - SHORTER, SHORTER)
    assert gained.difference == pytest.approx((2 * SHORTER - POSTS) / POSTS)
    assert gained.p_value == pytest.approx(stats.binomtest(SHORTER, POSTS).pvalue)
    assert gained.interval is not None
    assert gained.interval.low > 0
    assert by_pair[BASELINE, RANDOM].p_value is None
    gaps = {gap.factor: gap for gap in found.gaps}
    # People: 10 of 40 for the longer one, the judge all.
    assert gaps["length"].difference == pytest.approx(1 - (POSTS - 2 * SHORTER) / POSTS)
    assert gaps["length"].diverges
    assert not gaps["fluency"].diverges


def test_the_prompts_name_the_factor_and_define_it(study: Study) -> None:
    chat = stub()
    judge(study, plan(study, pairs=1), chat)
    asked = [request.messages[-1].text for request in chat.requests]
    assert len(asked) == 3
    length, fluency = (
        f"{factor.title}: {factor.definition}" for factor in (FACTORS["length"], FACTORS["fluency"])
    )
    assert [(length in text, fluency in text) for text in asked] == [
        (False, False),
        (False, True),
        (True, False),
    ]
    # They begin alike, for the cache of an endpoint.
    assert asked[1].startswith(asked[0][: asked[0].rindex("Which summary")])


def test_it_comes_to_the_same_again_and_is_not_asked_again(study: Study) -> None:
    design = plan(study, pairs=20, seed=3)
    judge(study, design)
    stored = keep_guidance(study, design)
    log = AnswerLog(study)
    for pair in design.pair_ids:
        log.save(NewAnswer(pair, "Ada", choice=Preference.TIE))
    again = repeat(study, stored)
    assert again.same
    assert again.result == stored.result
    assert judge(study, design).calls == 0


def test_what_the_judge_prefers_stays_as_it_was(study: Study) -> None:
    count = select(func.count()).select_from(preferences)
    with study.reading() as connection:
        before = connection.execute(count).scalar_one()
    judge(study, plan(study))
    with study.reading() as connection:
        assert connection.execute(count).scalar_one() == before


def test_a_run_that_ended_early_goes_on_where_it_was(study: Study) -> None:
    left = 50

    def die(request: ChatRequest) -> str | UnusableModelError:
        nonlocal left
        left -= 1
        return judge_by_length(request) if left >= 0 else UnusableModelError("the key is not valid any more")

    design = plan(study)
    first = judge(study, design, stub(die))
    assert first.ended is not None
    half = keep_guidance(study, design).result
    assert isinstance(half, GuidanceResult)
    assert (half.pairs, half.answered) == (POSTS, half.conditions[0].agreement.of)
    assert half.answered < POSTS
    assert plan(study) == GuidanceDesign(
        design.judge, design.factors, design.pair_ids, plan(study).before, design.draws, design.seed
    )
    second = judge(study, design)
    assert first.made + second.made == 3 * POSTS
    whole = keep_guidance(study, design).result
    assert isinstance(whole, GuidanceResult)
    assert whole.answered == POSTS


def test_what_it_takes_is_said(study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="other has judged nothing here without guidance: profile-tui judge"):
        plan_guidance(study, "other", draws=10)
    empty = Study.create(tmp_path / "empty.db", task=Task.SUMMARIZATION)
    with empty, pytest.raises(StudyError, match="experiment guidance takes labels by people"):
        plan_guidance(empty, JUDGE, draws=10)


def test_where_people_have_every_factor_higher_one_has_to_be_named(tmp_path: Path) -> None:
    with make_tried_study(tmp_path / "tried.db") as tried:
        log = AnswerLog(tried)
        for person in ("Ada", "Bo"):
            for pair in (13, 16):  # the last two posts: now people choose the longer one everywhere
                log.save(NewAnswer(pair, person, choice=Preference.LEFT))
        with pytest.raises(StudyError, match="rank no factor lower than critic does: --factor names one"):
            plan_guidance(tried, "critic", draws=10)
