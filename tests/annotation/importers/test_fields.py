"""Finding fields, reading values, and the command line's words for them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.errors import ImportFailure
from annotation.importers.faults import BadValue
from annotation.importers.fields import ABSENT, FieldPath, Oddity, Reading, compared, number, raw_name, side
from annotation.importers.mapping import FactorMapping, LabelMapping, parse_map
from profile_engine.preferences import Preference

NESTED = {
    "summaries": [{"text": "a"}, {"text": "b"}],
    "extra.confidence": 8,
    "extra": {"confidence": 3, "none": None},
    "quotes": {"extract": ["p", "q"]},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("summaries.1.text", "b"),
        ("summaries.*.text", ["a", "b"]),
        ("quotes.extract.*", ["p", "q"]),
        ("extra.confidence", 8),  # a key that has the dots goes first
        ("extra.none", None),
        ("extra.missing", ABSENT),
        ("summaries.2.text", ABSENT),
        ("summaries.-1.text", ABSENT),
        ("summaries.text", ABSENT),
        ("summaries.0.text.0", ABSENT),
    ],
)
def test_paths(path: str, found: object) -> None:
    assert FieldPath(path).get(NESTED) == found


@given(st.lists(st.text("abc", min_size=1) | st.integers(0, 3), min_size=1, max_size=5), st.integers())
def test_a_path_finds_what_was_put_at_its_end(steps: list[Any], value: int) -> None:
    record: Any = value
    for step in reversed(steps):
        record = [None] * step + [record] if isinstance(step, int) else {step: record}
    top = record if isinstance(record, dict) else {"top": record}
    path = ".".join(map(str, steps if isinstance(record, dict) else ["top", *steps]))
    assert FieldPath(path).get(top) == value


@pytest.mark.parametrize(("value", "text"), [("x", "x"), (True, "true"), (5, "5"), (0.5, "0.5"), ("", "")])
def test_a_scalar_is_taken_as_its_text_and_counted(value: object, text: str) -> None:
    reading = Reading()
    assert reading.text(value, "f") == text
    assert reading.counts[Oddity.SCALAR] == (not isinstance(value, str))


@pytest.mark.parametrize("value", [None, [], {}, float("nan"), ABSENT])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(BadValue, match="field f: expected text, found"):
        Reading().text(value, "f")


def test_what_cannot_be_stored_is_repaired_and_counted() -> None:
    reading = Reading()
    assert reading.text("a\x00b\ud800c", "f") == "a\ufffdb\ufffdc"
    assert reading.text("pair 😀 stays", "f") == "pair 😀 stays"
    assert reading.counts[Oddity.REPAIRED] == 1


@pytest.mark.parametrize(
    ("value", "found"), [(2, 2.0), ("-0.5", -0.5), (None, None), ("", None), (ABSENT, None)]
)
def test_numbers(value: object, found: float | None) -> None:
    assert number(value, "f") == found


@pytest.mark.parametrize("value", ["abc", [1], True, float("inf"), "inf", 10**400, {"a": 1}])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(BadValue, match="field f: expected a"):
        number(value, "f")


@pytest.mark.parametrize(
    ("value", "name"), [(1, "1"), (1.0, "1"), (0.5, "0.5"), (" Tie ", "Tie"), (True, "true"), (None, None)]
)
def test_how_values_are_written(value: object, name: str | None) -> None:
    assert raw_name(value) == name


def test_sides() -> None:
    values = {"1": Preference.LEFT, "2": Preference.RIGHT}
    assert side(2.0, "f", values) is Preference.RIGHT
    assert side(None, "f", values) is None
    assert side("", "f", values) is None
    wrongs: list[object] = [3, "left", [], ABSENT]
    for wrong in wrongs:
        with pytest.raises(BadValue, match="expected one of 1, 2"):
            side(wrong, "f", values)


def test_the_higher_number_is_preferred() -> None:
    assert [compared(2, 1), compared(1, 1), compared(-1, 1)] == [1, 0, -1]


def test_the_words_of_the_command_line() -> None:
    mapping = parse_map(
        ["source=prompt", 'left="response 1"', "right=response 2", "label=label", "annotator=who"],
        labels="0=left,1=right,2=tie",
        factors=["Factual accuracy=model_score,human_score"],
    )
    assert mapping.source == ("prompt",)
    assert (mapping.left, mapping.right) == ("response 1", "response 2")
    values = {"0": Preference.LEFT, "1": Preference.RIGHT, "2": Preference.TIE}
    assert mapping.labels == (LabelMapping(field="label", values=values, annotator_field="who"),)
    assert mapping.factors == (
        FactorMapping(
            name="factual_accuracy", title="Factual accuracy", left="model_score", right="human_score"
        ),
    )


def test_a_source_of_several_parts() -> None:
    mapping = parse_map(["source=instruction", "source=input", "left=a", "right=b"])
    assert mapping.source == ("instruction", "input")
    assert mapping.labels == ()


@pytest.mark.parametrize(
    ("words", "labels", "factors", "message"),
    [
        (["prompt"], None, [], "--map prompt: expected KEY=FIELD"),
        (["sauce=prompt"], None, [], "--map sauce=prompt: unknown key 'sauce'; known are source, left"),
        (["left=a"], None, [], "--map source=FIELD is missing"),
        (["source=a", "left=b", "left=c"], None, [], "left is given twice"),
        (["source=a", "left=b", "right=c"], "0=left", [], "need the field of the label"),
        (["source=a", "left=b", "right=c", "label=d"], "0=up", [], "expected VALUE=left"),
        (
            ["source=a", "left=b", "right=c"],
            None,
            ["f=x"],
            "--factor f=x: expected NAME=LEFT FIELD,RIGHT FIELD",
        ),
        (["source=a", "left=b", "right=c"], None, ["!=x,y"], "cannot name a factor"),
    ],
)
def test_wrong_words_are_one_line(
    words: list[str], labels: str | None, factors: list[str], message: str
) -> None:
    with pytest.raises(ImportFailure) as caught:
        parse_map(words, labels=labels, factors=factors)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
