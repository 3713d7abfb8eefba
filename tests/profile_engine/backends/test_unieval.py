"""Which inputs share a batch, and what is said where torch is missing; nothing here needs torch."""

import random
import sys
from collections.abc import Sequence
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.backends.batches import Batch, plan_batches
from profile_engine.backends.fake_quality import FakeQualityModel
from profile_engine.backends.unieval import UniEvalModel
from profile_engine.extraction.quality import QualityItem, quality_values
from profile_engine.ports import BooleanQuestion, ModelError, QualityScore


def test_equal_lengths_fill_the_budget() -> None:
    # 10 tokens each: three are 30 padded tokens, a fourth would be 40.
    assert plan_batches([10] * 5, budget=39) == (Batch((0, 1, 2), 10), Batch((3, 4), 10))


def test_the_longest_come_first_and_unlike_lengths_part() -> None:
    # 100 with 99: 199 of 200 real, 0.995; with 50: 249 of 300. The rest is as far apart.
    assert plan_batches([50, 99, 5, 100]) == (Batch((3, 1), 100), Batch((0,), 50), Batch((2,), 5))


def test_an_input_beyond_the_budget_stands_alone() -> None:
    assert plan_batches([100, 100, 3], budget=50) == (Batch((0,), 100), Batch((1,), 100), Batch((2,), 3))


def test_no_inputs_no_batches() -> None:
    assert plan_batches([]) == ()


@given(st.lists(st.integers(1, 1024), max_size=200), st.integers(1, 5000))
def test_every_input_is_in_one_full_batch_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = plan_batches(lengths, budget)
    assert sorted(position for batch in batches for position in batch.members) == list(range(len(lengths)))
    for batch in batches:
        own = [lengths[position] for position in batch.members]
        assert batch.width == max(own)
        assert len(own) == 1 or batch.width * len(own) <= budget
        assert sum(own) / (batch.width * len(own)) >= 0.95


class CountingModel(FakeQualityModel):
    """Plans as UniEval does and counts tokens (words here) instead of reading them."""

    def __init__(self) -> None:
        super().__init__()
        self.real = self.padded = 0

    def score(self, questions: Sequence[BooleanQuestion]) -> tuple[QualityScore, ...]:
        lengths = [len(question.text.split()) for question in questions]
        for batch in plan_batches(lengths):
            self.real += sum(lengths[position] for position in batch.members)
            self.padded += batch.width * len(batch.members)
        return super().score(questions)


def test_a_study_of_a_thousand_responses_is_hardly_padded() -> None:
    chance = random.Random(4)
    items = []
    for post in range(200):
        source = f"{post} " * int(chance.lognormvariate(5.8, 0.5))
        for response in range(5):
            sentences = [
                f"S{response} " + "w " * chance.randint(5, 30) + "end." for _ in range(chance.randint(1, 4))
            ]
            items.append(QualityItem(" ".join(sentences), source))
    model = CountingModel()
    quality_values(items, model)
    assert model.padded / model.real <= 1.01


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_a_missing_package_is_named_with_the_way_to_get_it(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None if name == package else ModuleType(name))
    with pytest.raises(ModelError, match=rf"needs {package}.*pip install '\.\[models\]'"):
        UniEvalModel()
