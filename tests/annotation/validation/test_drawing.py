"""Draws are reproducible, grow, spread over strata, and are what chance would give."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.errors import StudyError
from annotation.store.tables import validation_items
from annotation.study import Study
from annotation.validation.choices import Level, Stratify
from annotation.validation.design import Design, Validations
from annotation.validation.drawing import draw, share_out
from annotation.validation.items import ItemValue, read_items
from annotation.validation.population import Unit


def units(count: int, strata: int = 1) -> list[Unit]:
    return [Unit(f"key {number}", number, number, None, str(number % strata)) for number in range(count)]


def test_the_same_seed_draws_the_same() -> None:
    one = draw(units(1000), 50, seed=1)
    assert one == draw(list(reversed(units(1000))), 50, seed=1)
    assert one.units != draw(units(1000), 50, seed=2).units
    assert draw(units(1000), 80, seed=1).units[:50] == one.units


def test_every_unit_is_drawn_equally_often() -> None:
    """300 draws of 10 of 40: each unit 75 times, with a standard deviation of 7.5."""
    drawn = Counter(unit.key for seed in range(300) for unit in draw(units(40), 10, seed).units)
    assert len(drawn) == 40
    assert all(45 <= times <= 105 for times in drawn.values())


def test_probabilities_are_those_of_the_strata() -> None:
    found = draw([*units(90), *(Unit(f"few {n}", n, n, None, "few") for n in range(10))], 20, seed=3)
    assert found.strata == {"0": (90, 10), "few": (10, 10)}
    assert {found.probability(unit) for unit in found.units} == {10 / 90, 1.0}


@given(
    st.integers(0, 200),
    st.dictionaries(st.text("abc", min_size=1), st.integers(1, 50), min_size=1, max_size=6),
)
def test_shares_are_as_equal_as_can_be(n: int, sizes: dict[str, int]) -> None:
    shares = share_out(n, sizes)
    assert sum(shares.values()) == min(n, sum(sizes.values()))
    assert all(0 <= shares[name] <= sizes[name] for name in sizes)
    roomy = [shares[name] for name in sizes if shares[name] < sizes[name]]
    if roomy:
        assert max(shares.values()) - min(roomy) <= 1


def test_two_factors_of_the_same_responses_get_the_same(sample: Study) -> None:
    validations = Validations(sample)
    drawn = []
    for factor in ("intent_alignment", "formality_alignment"):
        info = validations.create(Design(factor, 50, seed=1))
        drawn.append([item.response_id for item in _items(sample, info.id)])
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 50


def test_what_was_drawn_is_on_record(sample: Study) -> None:
    design = Design("hallucination", 31, 4, Level.FACT, Stratify.VERDICT, blind_first=True, validators=2)
    info = Validations(sample).create(design)
    assert (info.design, info.items) == (design, 31)
    assert Validations(sample).get(info.id) == info == Validations(sample).all()[0]
    taken = {stratum.name: stratum.drawn for stratum in info.strata}
    assert taken == {"no": 15, "yes": 16}
    sizes = {stratum.name: stratum.size for stratum in info.strata}
    for item in _items(sample, info.id):
        assert item.fact is not None
        assert item.stratum == ("yes" if item.listed.facts[item.fact].verdict else "no")
        assert item.probability == pytest.approx(taken[item.stratum] / sizes[item.stratum])
    assert Counter(item.stratum for item in _items(sample, info.id)) == taken


def test_classes_and_ratios_are_stratified(sample: Study) -> None:
    validations = Validations(sample)
    by_class = validations.create(Design("formality_alignment", 9, stratify=Stratify.VERDICT))
    assert {one.name: one.drawn for one in by_class.strata} == {
        "Aligned": 3,
        "Not Aligned": 3,
        "Partially Aligned": 3,
    }
    by_ratio = validations.create(Design("hallucination", 6, stratify=Stratify.VERDICT))
    assert {one.name for one in by_ratio.strata} <= {"0", "between 0 and 1", "1"}


@pytest.mark.parametrize(
    ("design", "message"),
    [
        (Design("wit", 5), "no such factor"),
        (Design("intent_alignment", 5, level=Level.FACT), "as a whole"),
        (Design("intent_alignment", 0), "at least one"),
        (Design("length", 5, stratify=Stratify.VERDICT), "no verdicts"),
        (Design("number_of_facts", 5, level=Level.FACT), "no facts with a verdict"),
    ],
)
def test_what_cannot_be_drawn_is_refused(sample: Study, design: Design, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        Validations(sample).create(design)
    assert Validations(sample).all() == ()


def test_more_than_there_are_is_all_there_are(sample: Study) -> None:
    info = Validations(sample).create(Design("intent_alignment", 5000))
    assert (info.items, info.population) == (120, 120)


def _items(study: Study, validation_id: int) -> list[ItemValue]:
    factors = {factor.name: factor for factor in study.factors}
    with study.reading() as connection:
        return read_items(connection, factors, validation_items.c.validation_id == validation_id)
