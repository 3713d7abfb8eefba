"""The registry says what the paper's Figure 2, §3.1 and §3.2 say."""

import pytest

from profile_engine.extraction.rules import RULES
from profile_engine.taxonomy import (
    FACTORS,
    TASK_FACTORS,
    Granularity,
    Group,
    Method,
    Relation,
    Task,
    ValueKind,
    own_factor,
)


def test_there_are_thirteen_factors_under_their_own_names() -> None:
    assert len(FACTORS) == 13
    assert all(name == factor.name for name, factor in FACTORS.items())
    assert all(factor.title.lower().replace(" ", "_") == name for name, factor in FACTORS.items())
    assert all(factor.definition.endswith(".") for factor in FACTORS.values())


@pytest.mark.parametrize(
    ("task", "count"), [(Task.SUMMARIZATION, 10), (Task.HELPFUL_RESPONSE, 8), (Task.DOCUMENT_QA, 11)]
)
def test_each_task_has_its_factors(task: Task, count: int) -> None:
    names = TASK_FACTORS[task]
    assert len(names) == len(set(names)) == count
    assert set(names) <= set(FACTORS)


def test_every_task_and_every_factor_is_in_use() -> None:
    assert set(TASK_FACTORS) == set(Task)
    assert {name for names in TASK_FACTORS.values() for name in names} == set(FACTORS)


def test_every_class_of_the_taxonomy_is_in_use() -> None:
    factors = FACTORS.values()
    assert {factor.relation for factor in factors} == set(Relation) - {Relation.OWN}
    assert {factor.group for factor in factors} == set(Group) - {Group.OWN}
    assert {factor.method for factor in factors} == set(Method) - {Method.EXTERNAL}
    assert {factor.granularity for factor in factors} == set(Granularity)
    assert {factor.kind for factor in factors} == set(ValueKind)


def test_methods_follow_section_3_2() -> None:
    by_method = {
        method: {f.name for f in FACTORS.values() if f.method is method}
        for method in (Method.RULE, Method.UNIEVAL)
    }
    assert by_method == {Method.RULE: {"length", "novel_words"}, Method.UNIEVAL: {"fluency", "coherence"}}
    facts = {factor.name for factor in FACTORS.values() if factor.granularity is Granularity.FACT}
    assert facts == {
        "off_focus",
        "hallucination",
        "source_coverage",
        "number_of_facts",
        "helpfulness",
        "misinformation",
    }


def test_every_factor_found_by_rule_has_its_rule() -> None:
    assert set(RULES) == {factor.name for factor in FACTORS.values() if factor.method is Method.RULE}


def test_classes_stand_highest_first_where_the_value_is_a_class() -> None:
    for factor in FACTORS.values():
        values = [value for _, value in factor.classes]
        assert bool(values) == (factor.kind in (ValueKind.YES_NO, ValueKind.ORDERED_CLASS))
        assert values == sorted(values, reverse=True)


def test_source_output_factors_need_a_source_and_no_others() -> None:
    for factor in FACTORS.values():
        assert factor.needs_source == (factor.relation is Relation.SOURCE_OUTPUT)


def test_a_study_may_add_a_factor_of_its_own() -> None:
    factor = own_factor("politeness", "Politeness", "How polite it is.", tie_tolerance=0.1)
    assert (factor.relation, factor.group, factor.method) == (Relation.OWN, Group.OWN, Method.EXTERNAL)
    assert factor.tie_tolerance == 0.1
