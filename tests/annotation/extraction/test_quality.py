"""UniEval's values come into the study once, whatever the portions and the place."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from annotation.cluster import PortionT, ResultT
from annotation.extraction import quality
from annotation.extraction.quality import UniEvalScorer, extract_quality
from annotation.store import tables
from annotation.study import Study
from profile_engine.backends.fake_quality import FakeQualityModel
from profile_engine.extraction.quality import QualityItem, quality_values
from profile_engine.ports import BooleanQuestion, ModelError, QualityScore
from tests.annotation.drafts import Draft


@dataclass
class FakeScorer:
    """Scores as the fake model does, and remembers what it was asked."""

    model: str = "fake"
    asked: list[str] = field(default_factory=list)
    limit: int = 1024
    device: str | None = None

    def __call__(self, questions: Sequence[str]) -> Sequence[QualityScore]:
        self.asked += questions
        return FakeQualityModel(self.limit).score([BooleanQuestion(text) for text in questions])


class Eager:
    """Takes all portions before it gives the first result, as a large cluster would."""

    def map(
        self, function: Callable[[PortionT], ResultT], portions: Iterable[PortionT]
    ) -> Iterator[tuple[PortionT, ResultT]]:
        for portion in list(portions):
            yield portion, function(portion)


def _stored(study: Study) -> dict[tuple[int, str], tuple[float | None, str | None]]:
    with study.reading() as connection:
        rows = connection.execute(select(tables.factor_values)).all()
    found = {(row.response_id, row.factor): (row.value, row.reason) for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.fixture
def texts(draft: Draft) -> dict[int, QualityItem]:
    """Nine responses to three sources, one of them empty; a sentence that many of them share."""
    items = {}
    for number in range(3):
        source = draft.source(f"The post number {number}. It is long.")
        for text in (f"Post {number}. So it goes.", f"So it goes. It was {number}.", "So it goes." * number):
            items[draft.response(source, text)] = QualityItem(text, f"The post number {number}. It is long.")
    return items


@pytest.mark.parametrize("place", [None, Eager()])
@pytest.mark.parametrize("portion", [1, 2, 500])
def test_values_are_the_engine_s(
    study: Study,
    texts: dict[int, QualityItem],
    monkeypatch: pytest.MonkeyPatch,
    portion: int,
    place: Eager | None,
) -> None:
    monkeypatch.setattr(quality, "_PORTION", portion)
    scorer = FakeScorer()
    reports = extract_quality(study, scorer, place=place)
    expected = quality_values(list(texts.values()), FakeQualityModel())
    assert _stored(study) == {
        (response, dimension.value): (value.value, value.reason)
        for response, values in zip(texts, expected, strict=True)
        for dimension, value in values.items()
    }
    assert len(scorer.asked) == len(set(scorer.asked)), "a text was scored twice"
    assert [(report.factor, report.added, report.unavailable) for report in reports] == [
        ("fluency", 8, 1),
        ("coherence", 8, 1),
    ]
    assert extract_quality(study, scorer)[0].already == 9
    assert len(scorer.asked) == len(set(scorer.asked)), "a second run scored again"


def test_one_dimension_more_scores_only_that(study: Study, texts: dict[int, QualityItem]) -> None:
    extract_quality(study, FakeScorer(), ["fluency"])
    scorer = FakeScorer()
    extract_quality(study, scorer, ["fluency", "coherence"])
    assert scorer.asked
    assert all("coherent" in question for question in scorer.asked)


def test_an_equal_text_takes_over_the_value(study: Study, draft: Draft) -> None:
    source = draft.source("The cat sat.")
    first = draft.response(source, "A cat.")
    extract_quality(study, FakeScorer())
    second, scorer = draft.response(source, "A cat."), FakeScorer()
    reports = extract_quality(study, scorer)
    assert scorer.asked == []
    assert [report.added for report in reports] == [1, 1]
    stored = _stored(study)
    assert stored[first, "coherence"] == stored[second, "coherence"]


def test_another_model_scores_anew(study: Study, texts: dict[int, QualityItem]) -> None:
    extract_quality(study, FakeScorer())
    assert extract_quality(study, FakeScorer(model="other"))[0].added == 8


def test_a_stop_keeps_what_was_scored_in_time(
    study: Study, texts: dict[int, QualityItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group a text: after a few groups the responses that are complete have their values."""
    monkeypatch.setattr("profile_engine.extraction.quality._PORTION", 1)
    told: list[tuple[int, int]] = []

    def stop_late(done: int, of: int) -> bool:
        told.append((done, of))
        return len(told) < 8

    reports = extract_quality(study, FakeScorer(), progress=stop_late)
    assert all(report.stopped for report in reports)
    kept = _stored(study)
    assert 0 < sum(value is not None for value, _ in kept.values()) < 16
    extract_quality(study, FakeScorer())
    expected = quality_values(list(texts.values()), FakeQualityModel())
    assert _stored(study) == {
        (response, dimension.value): (value.value, value.reason)
        for response, values in zip(texts, expected, strict=True)
        for dimension, value in values.items()
    }


def test_a_limit_is_heeded(study: Study, texts: dict[int, QualityItem]) -> None:
    assert [report.added for report in extract_quality(study, FakeScorer(), limit=4)] == [3, 3]


def test_what_was_cut_is_counted(study: Study, draft: Draft) -> None:
    """A limit of 20 words leaves a sentence whole, and no question with the source in it."""
    source = draft.source("one two three four five six seven eight nine ten eleven twelve")
    draft.response(source, "A cat sat.")
    reports = extract_quality(study, FakeScorer(limit=20))
    assert [(report.factor, report.truncated) for report in reports] == [("fluency", 0), ("coherence", 1)]


def test_a_folder_is_named_without_the_way_to_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("unieval")
    assert UniEvalScorer(str(folder)).model == folder.name
    assert UniEvalScorer("MingZhong/unieval-sum").model == "MingZhong/unieval-sum"


def test_a_model_that_is_not_there_stores_nothing(study: Study, texts: dict[int, QualityItem]) -> None:
    class Absent(FakeScorer):
        def __call__(self, questions: Sequence[str]) -> Sequence[QualityScore]:
            raise ModelError("not there")

    with pytest.raises(ModelError, match="not there"):
        extract_quality(study, Absent())
    assert _stored(study) == {}
