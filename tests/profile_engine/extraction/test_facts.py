"""Atomic facts are found in the texts that say them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.extraction.facts import fact_spans
from tests.conftest import ROOT

TEXT = (
    "My key snapped off in my bike lock outside the library. I've got no receipt to prove the bike's mine. "
    "A locksmith would charge more than I paid, and I need it to get to work tomorrow."
)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("The writer's key snapped off in the bike lock.", "key snapped off in my bike lock"),
        ("The lock is outside the library.", "lock outside the library"),
        ("The writer has no receipt for the bike.", "no receipt"),
        ("Locksmiths charge more than the writer paid.", "locksmith would charge more than I paid"),
        ("The writer needs to get to work tomorrow.", "need it to get to work tomorrow"),
        ("Gerald the starter is four months old.", None),
        ("It is.", None),
        ("", None),
    ],
)
def test_a_fact_is_marked_where_it_is_said(fact: str, said: str | None) -> None:
    (span,) = fact_spans(TEXT, [fact])
    assert (span and TEXT[span.start : span.end]) == said


def test_each_fact_has_its_place_in_order() -> None:
    spans = fact_spans(TEXT, ["Tomorrow there is work.", "Purple elephants dance.", "The key snapped."])
    assert [span and TEXT[span.start : span.end] for span in spans] == [
        "work tomorrow",
        None,
        "key snapped",
    ]


def test_most_facts_of_the_sample_are_found() -> None:
    rows = [
        json.loads(line)
        for line in (ROOT / "datasets" / "sample" / "responses.jsonl").read_text("utf-8").splitlines()
    ]
    found = [
        span is not None
        for row in rows
        for span in fact_spans(row["summary"], [fact["text"] for fact in row["facts"]])
    ]
    assert sum(found) / len(found) > 0.9


def test_a_fact_of_another_text_is_not_found() -> None:
    lines = (ROOT / "datasets" / "sample" / "sources.jsonl").read_text("utf-8").splitlines()
    posts = [json.loads(line) for line in lines]
    strange = [
        span is not None
        for post, other in zip(posts, posts[1:] + posts[:1], strict=True)
        for span in fact_spans(post["post"], other["facts"])
    ]
    assert sum(strange) / len(strange) < 0.2


@given(st.text(), st.lists(st.text(), max_size=3))
def test_spans_lie_in_the_text_and_hold_words(text: str, facts: list[str]) -> None:
    for span in fact_spans(text, facts):
        assert span is None or (
            0 <= span.start < span.end <= len(text) and text[span.start : span.end].strip()
        )
