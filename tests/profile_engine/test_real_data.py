"""The method end to end on real pairs: figures that were counted independently."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nltk.stem.porter import PorterStemmer

from profile_engine.alignment import response_agreement
from profile_engine.extraction.rules import NovelWordRule, NovelWords, length, words
from profile_engine.live import AgentPreferences, LiveProfile
from profile_engine.manifestation import manifest
from profile_engine.preferences import MISSING, Agent, AgentKind
from profile_engine.scoring import FactorScore
from profile_engine.tally import Signs


def text(value: object) -> str:
    """A scalar in a text field is its JSON text: the value `true` is the word "true"."""
    return value if isinstance(value, str) else json.dumps(value)


def length_signs(left: list[str], right: list[str]) -> Signs:
    lengths = np.array([[length(response) for response in side] for side in (left, right)], np.float64)
    return manifest(lengths[0], lengths[1]).reshape(-1, 1)


def counts(score: FactorScore) -> tuple[int, int, int]:
    return score.concordant, score.discordant, score.ties


def signs(values: list[object], meaning: dict[object, int]) -> Signs:
    return np.array([meaning.get(value, MISSING) for value in values], np.int8)


@pytest.fixture(scope="module")
def pandalm(shared_data: Path) -> dict[str, list[dict[str, Any]]]:
    names = ("testset-v1", "gpt-3.5-turbo-testset-v1", "pandalm-7b-testset-v1")
    return {name: json.loads((shared_data / "pandalm" / f"{name}.json").read_text()) for name in names}


def pandalm_profile(pandalm: dict[str, list[dict[str, Any]]]) -> LiveProfile:
    rows = pandalm["testset-v1"]
    responses = [[text(row[f"response{side}"]) for row in rows] for side in (1, 2)]
    gpt = [row["gpt_result"] for row in pandalm["gpt-3.5-turbo-testset-v1"]]
    own = [row["pandalm_result"] for row in pandalm["pandalm-7b-testset-v1"]]
    choices: dict[object, int] = {0: 0, 1: 1, 2: -1}
    return LiveProfile(
        ["length"],
        length_signs(*responses),
        [
            AgentPreferences(
                Agent("gpt-3.5-turbo", AgentKind.JUDGE), signs(gpt, {"1": 1, "2": -1, "Tie": 0}), 25
            ),
            AgentPreferences(Agent("pandalm-7b", AgentKind.JUDGE), signs(own, choices)),
        ],
        people={f"annotator{n}": signs([row[f"annotator{n}"] for row in rows], choices) for n in (1, 2, 3)},
    )


def test_length_drives_the_choices_of_pandalm(pandalm: dict[str, list[dict[str, Any]]]) -> None:
    snapshot = pandalm_profile(pandalm).snapshot
    human = snapshot.people
    assert counts(human.of("length").score) == (577, 266, 63)
    assert human.of("length").score.score == pytest.approx(0.3433, abs=5e-5)
    assert (human.pairs, human.no_preference) == (999, 0)
    assert counts(snapshot.of("gpt-3.5-turbo").of("length").score) == (542, 316, 29)
    assert snapshot.of("gpt-3.5-turbo").pairs == 999 - 25
    assert counts(snapshot.of("pandalm-7b").of("length").score) == (552, 278, 76)


def test_judges_agree_with_the_people_of_pandalm(pandalm: dict[str, list[dict[str, Any]]]) -> None:
    human = pandalm_profile(pandalm).human_preferences()
    assert [int((human == sign).sum()) for sign in (1, -1, 0, MISSING)] == [422, 472, 105, 0]
    gpt = [row["gpt_result"] for row in pandalm["gpt-3.5-turbo-testset-v1"]]
    own = [row["pandalm_result"] for row in pandalm["pandalm-7b-testset-v1"]]
    found = response_agreement(human, signs(gpt, {"1": 1, "2": -1, "Tie": 0}))
    assert (found.agree, found.of) == (692, 882)
    found = response_agreement(human, signs(own, {0: 0, 1: 1, 2: -1}))
    assert (found.agree, found.of) == (635, 894)


def test_novel_words_of_pandalm_are_those_of_the_naive_transcription(
    pandalm: dict[str, list[dict[str, Any]]],
) -> None:
    rule, stemmer = NovelWordRule(), PorterStemmer()
    for row in pandalm["testset-v1"][::7]:
        source = f"{row['instruction']}\n{row['input']}"
        known = {stemmer.stem(word.lower()) for word in words(source)}
        for side in ("response1", "response2"):
            output = text(row[side])
            own = {stemmer.stem(word.lower()) for word in words(output)}
            assert rule.measure(output, source) == NovelWords(len(own - known), len(own))


def test_longer_answers_are_chosen_in_webgpt(shared_data: Path) -> None:
    rows = [json.loads(line) for line in (shared_data / "webgpt" / "comparisons134.jsonl").open()]
    manifestations = length_signs([row["answer_0"] for row in rows], [row["answer_1"] for row in rows])
    choices = np.array([np.sign(row["score_0"] - row["score_1"]) for row in rows], np.int8)
    snapshot = LiveProfile(["length"], manifestations, people={"people": choices}).snapshot
    assert counts(snapshot.people.of("length").score) == (91, 42, 0)


def test_longer_summaries_are_chosen_in_tldr(shared_data: Path) -> None:
    rows = [json.loads(line) for line in (shared_data / "tldr" / "pairs24.jsonl").open()]
    manifestations = length_signs([row["response 1"] for row in rows], [row["response 2"] for row in rows])
    people = {"people": signs([row["label"] for row in rows], {0: 1, 1: -1})}
    snapshot = LiveProfile(["length"], manifestations, people=people).snapshot
    assert counts(snapshot.people.of("length").score) == (17, 7, 0)
