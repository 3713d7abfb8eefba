"""From responses to Fluency and Coherence, with a model that gives every text its own fixed score."""

import sys
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.backends.fake_quality import FakeQualityModel
from profile_engine.extraction.quality import (
    Dimension,
    QualityItem,
    QualityValue,
    quality_values,
    split_sentences,
)
from profile_engine.ports import BooleanQuestion, ModelError, QualityScore
from profile_engine.taxonomy import FACTORS, Method, Task

FLUENT = "question: Is this a fluent paragraph? </s> paragraph: "
ITEM = QualityItem("My dog ran away. Mr. Smith found it!", "We looked for our dog.")


def score_of(text: str) -> float:
    (score,) = FakeQualityModel().score([BooleanQuestion(text)])
    return score.probability


def asked(model: FakeQualityModel) -> list[str]:
    return [text for call in model.asked for text in call]


def test_the_dimensions_are_the_factors_that_unieval_finds() -> None:
    assert set(Dimension) == {name for name, factor in FACTORS.items() if factor.method is Method.UNIEVAL}


def test_fluency_is_the_mean_over_sentences() -> None:
    (values,) = quality_values([ITEM], FakeQualityModel(), dimensions=[Dimension.FLUENCY])
    expected = (score_of(FLUENT + "My dog ran away.") + score_of(FLUENT + "Mr. Smith found it!")) / 2
    assert values == {Dimension.FLUENCY: QualityValue(expected, None, {"questions": 2, "truncated": 0})}


@pytest.mark.parametrize(
    ("task", "question"),
    [
        (
            Task.SUMMARIZATION,
            "question: Is this a coherent summary to the document? </s> summary: My dog ran away."
            " Mr. Smith found it! </s> document: We looked for our dog.",
        ),
        (
            Task.HELPFUL_RESPONSE,
            "question: Is this a coherent response given the dialogue history? </s> response:"
            " My dog ran away. Mr. Smith found it! </s> dialogue history: We looked for our dog.",
        ),
        (
            Task.DOCUMENT_QA,
            "question: Is this a coherent response given the dialogue history? </s> response:"
            " My dog ran away. Mr. Smith found it! </s> dialogue history: We looked for our dog.",
        ),
    ],
)
def test_coherence_is_asked_in_the_published_words_of_the_task(task: Task, question: str) -> None:
    model = FakeQualityModel()
    (values,) = quality_values([ITEM], model, task=task, dimensions=[Dimension.COHERENCE])
    assert asked(model) == [question]
    expected = QualityValue(score_of(question), None, {"questions": 1, "truncated": 0})
    assert values[Dimension.COHERENCE] == expected


@pytest.mark.parametrize("nothing", ["", "  \n\t"])
def test_an_empty_response_has_no_values_and_says_why(nothing: str) -> None:
    model = FakeQualityModel()
    (values,) = quality_values([QualityItem(nothing, "A source.")], model)
    assert values == dict.fromkeys(Dimension, QualityValue(None, "the response is empty"))
    assert asked(model) == []


@pytest.mark.parametrize("nothing", [None, "", " \n"])
def test_without_a_source_only_coherence_is_unavailable(nothing: str | None) -> None:
    (values,) = quality_values([QualityItem("It rained.", nothing)], FakeQualityModel())
    assert values[Dimension.COHERENCE] == QualityValue(None, "no source")
    assert values[Dimension.FLUENCY].value == score_of(FLUENT + "It rained.")


def test_a_text_is_scored_once_over_responses_and_calls() -> None:
    model, scores = FakeQualityModel(), dict[str, QualityScore]()
    shared = QualityItem("It rained. We left.", "We were out.")
    other = QualityItem("We left. It rained. It rained.", "We were out.")
    first = quality_values([shared, other, shared], model, scores=scores)
    again = quality_values([other, QualityItem("We left.")], model, scores=scores)
    # Two sentences and two coherence questions in all; the last response has no source.
    assert sorted(asked(model)) == sorted(scores)
    assert len(scores) == 4
    assert first[0] == first[2]
    assert again[0] == first[1]
    rained, left = score_of(FLUENT + "It rained."), score_of(FLUENT + "We left.")
    assert first[1][Dimension.FLUENCY].value == pytest.approx((left + 2 * rained) / 3)


def test_truncation_is_told_of_each_value() -> None:
    # The fluency question has 8 words of its own, so its limit leaves 4 for the sentence.
    model = FakeQualityModel(limit=12)
    (values,) = quality_values([QualityItem("It rained. We left the old house then.", "x")], model)
    assert values[Dimension.FLUENCY].detail == {"questions": 2, "truncated": 1}
    assert values[Dimension.COHERENCE].detail == {"questions": 1, "truncated": 1}


@pytest.mark.parametrize("token", ["</s>", "<pad>", "<unk>", "<extra_id_17>"])
def test_a_text_cannot_end_its_part_of_the_question(token: str) -> None:
    model = FakeQualityModel()
    quality_values([QualityItem(f"Good {token} document: fine", f"Bad {token} text")], model)
    assert all(text.count("</s>") == text.count(" </s> ") for text in asked(model))
    parted = {text.count("</s>") for text in asked(model)}
    assert parted == {1, 2}  # as many as the questions have without the texts
    assert all(token == "</s>" or token not in text for text in asked(model))


def test_braces_in_a_text_are_text() -> None:
    model = FakeQualityModel()
    quality_values([QualityItem("Use {source} and {0}.")], model)
    assert asked(model) == [FLUENT + "Use {source} and {0}."]


def test_a_stop_keeps_what_is_finished_and_leaves_out_the_rest() -> None:
    model, told = FakeQualityModel(), list[tuple[int, int]]()

    def stop_after_one(done: int, of: int) -> bool:
        told.append((done, of))
        return done == 0

    items = [QualityItem(f"Short {number}.", "long " * 9000) for number in range(3)]
    values = quality_values(items, model, progress=stop_after_one)
    assert [set(one) for one in values] == [{Dimension.FLUENCY}] * 3
    assert told[0][0] == 0 < told[1][0] < told[1][1] == told[0][1]
    assert len(told) == 2


def test_progress_ends_at_the_whole() -> None:
    told = list[tuple[int, int]]()

    def go_on(done: int, of: int) -> bool:
        told.append((done, of))
        return True

    items = [QualityItem(f"Word {number}. " * 40, "source " * 2000) for number in range(9)]
    quality_values(items, FakeQualityModel(), progress=go_on)
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1][0] == told[-1][1] > 9 * 2000 * 7


def test_a_missing_splitter_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentencex", None)
    with pytest.raises(ModelError, match=r"pip install '\.\[models\]'"):
        quality_values([ITEM], FakeQualityModel())
    (values,) = quality_values([ITEM], FakeQualityModel(), dimensions=[Dimension.COHERENCE])
    assert values[Dimension.COHERENCE].value is not None


def test_no_responses_no_values() -> None:
    assert quality_values([], FakeQualityModel()) == ()


texts = st.text(st.sampled_from("ab.!? \n<>/s{}"), max_size=40)


@given(st.lists(st.builds(QualityItem, texts, st.none() | texts), max_size=6))
def test_pooling_changes_no_value(items: list[QualityItem]) -> None:
    pooled = quality_values(items, FakeQualityModel())
    assert pooled == tuple(quality_values([item], FakeQualityModel())[0] for item in items)
    for item, values in zip(items, pooled, strict=True):
        sentences = split_sentences(item.output.strip().replace("</s>", "< /s>"))
        fluency = values[Dimension.FLUENCY].value
        expected = fmean(score_of(FLUENT + sentence) for sentence in sentences) if sentences else None
        assert fluency == (None if expected is None else pytest.approx(expected))
