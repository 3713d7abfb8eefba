"""Two extractors on the same validated items."""

import pytest

from annotation.errors import StudyError
from annotation.store.tables import factor_values
from annotation.study import Study
from annotation.validation.design import Design, Validations
from annotation.validation.extractors import choose_extractor, compare_extractors, find_extractors
from annotation.validation.facts import FactMarks
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import NewJudgement
from profile_engine.accuracy import paired_difference
from tests.annotation.validation.people import another, work


def extract_again(study: Study, factor: str, model: str, changes: dict[int, dict[str, object]]) -> None:
    """Another model's values: those of the sample, but for some responses."""
    c = factor_values.c
    with study.writing() as connection:
        rows = (
            connection.execute(factor_values.select().where(c.factor == factor, c.model == ""))
            .mappings()
            .all()
        )
        for row in rows:
            new = {**row, "method": "llm", "model": model, **changes.get(row["response_id"], {})}
            del new["id"]
            connection.execute(factor_values.insert().values(new))


def test_classes_are_compared_on_what_was_validated(sample: Study) -> None:
    """Of 20 the first three are wrong as extracted; the other has the first right and the fourth wrong."""
    info = Validations(sample).create(Design("intent_alignment", 20, seed=1))
    items: list[ValidationItem] = []

    def answer(seen: int, item: ValidationItem) -> NewJudgement:
        items.append(item)
        return item.answered("anna", label=another(item) if seen < 3 else None)

    work(sample, info.id, "anna", answer)
    changes = {
        items[place].response_id: {
            "label": another(items[place]),
            "value": dict(items[place].factor.classes)[another(items[place])],
        }
        for place in (0, 3)
    }
    extract_again(sample, "intent_alignment", "gpt", changes)
    first, second = (choose_extractor(sample, "intent_alignment", name) for name in ("hand-written", "gpt"))
    found = compare_extractors(sample, "intent_alignment", first, second)
    assert found.result == paired_difference(both=16, first_only=1, second_only=1, neither=2)
    assert [(flip.response_id, flip.first_is_right) for flip in found.flips] == sorted(
        [(items[0].response_id, False), (items[3].response_id, True)]
    )
    assert found.unmatched == 0
    (one,) = (flip for flip in found.flips if flip.first_is_right)
    assert (one.right, one.first, one.second) == (
        items[3].extracted_label,
        items[3].extracted_label,
        another(items[3]),
    )


def test_facts_are_compared_word_for_word(sample: Study) -> None:
    """One list of facts; the other extractor turns a verdict, words a fact otherwise, and has the rest."""
    info = Validations(sample).create(Design("hallucination", 1, seed=3))
    items: list[ValidationItem] = []

    def answer(_: int, item: ValidationItem) -> NewJudgement:
        items.append(item)
        return item.answered("anna", facts=FactMarks())

    work(sample, info.id, "anna", answer)
    facts = items[0].listed.facts
    assert len(facts) > 2
    told = [{"text": fact.text, "supported": fact.verdict} for fact in facts]
    told[0]["supported"] = not facts[0].verdict
    told[1]["text"] = "Said in other words."
    extract_again(
        sample, "hallucination", "gpt", {items[0].response_id: {"evidence": {"facts": told}, "value": 0.5}}
    )
    first, second = find_extractors(sample, "hallucination")
    found = compare_extractors(sample, "hallucination", first, second)
    assert found.result == paired_difference(len(facts) - 2, 1, 0, 0)
    assert [flip.fact for flip in found.flips] == [facts[0].text]
    assert found.unmatched == 1


def test_an_extractor_is_found_by_what_tells_it_apart(sample: Study) -> None:
    extract_again(sample, "coherence", "gpt", {})
    extract_again(sample, "coherence", "gpt-mini", {})
    known = find_extractors(sample, "coherence")
    assert [one.name for one in known] == ["hand-written@1", "gpt@1", "gpt-mini@1"]
    assert choose_extractor(sample, "coherence", "gpt") == known[1]
    assert choose_extractor(sample, "coherence", "gpt-mini@1") == known[2]
    with pytest.raises(StudyError, match="several extractors"):
        choose_extractor(sample, "coherence", "llm")
    with pytest.raises(StudyError, match=r"no extractor.*gpt-mini@1"):
        choose_extractor(sample, "coherence", "claude")
