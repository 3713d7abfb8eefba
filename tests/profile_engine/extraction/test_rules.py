"""Length and Novel Words against a naive transcription of the paper's rule."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer

from profile_engine.extraction.rules import (
    RULES,
    NovelWordRule,
    NovelWords,
    RuleValue,
    TextSpan,
    extract_length,
    extract_novel_words,
    length,
    words,
)

SOURCE = "The cat's owners were running home, happily."
texts = st.text(
    st.sampled_from(list("aAsSbÉİıßσΣς'’-_.,1٣ \n\t\u00a0\u2003\x1c\u0301👍")) | st.characters(), max_size=40
)


def cleaned(text: str) -> list[str]:
    return re.sub(r"[^\w\s]", "", text).split()


def stems(text: str) -> set[str]:
    stemmer = PorterStemmer()
    return {stemmer.stem(word.lower()) for word in cleaned(text)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n\t", []),
        ("Don't stop - it's 9:30!", ["Dont", "stop", "its", "930"]),
        ("well-known snake_case", ["wellknown", "snake_case"]),
        ("one\u00a0two\u2003three\nfour", ["one", "two", "three", "four"]),
        ("naïve Straße 東京 два", ["naïve", "Straße", "東京", "два"]),
        ("... !!! 👍", []),
    ],
)
def test_words_are_what_is_left_without_special_characters(text: str, found: list[str]) -> None:
    assert words(text) == found
    assert length(text) == len(found)


@given(texts)
def test_words_are_those_of_the_naive_transcription(text: str) -> None:
    assert words(text) == cleaned(text)


def test_novel_words_are_counted_by_unique_stem() -> None:
    # The output's stems are a, dog, ran, run, and; of these the source ("running") has run.
    found = NovelWordRule().measure("A dog ran? A dog runs; and dogs RUN!", SOURCE)
    assert found == NovelWords(novel=4, of=5)
    assert found.ratio == 0.8


def test_a_response_out_of_its_source_has_no_novel_words() -> None:
    assert NovelWordRule().measure("Owner happily run, the cats", SOURCE) == NovelWords(0, 5)


def test_a_response_without_words_has_no_ratio() -> None:
    assert NovelWordRule().measure("", SOURCE) == NovelWords(0, 0)
    assert NovelWordRule().measure("", SOURCE).ratio is None


@given(st.lists(texts, min_size=1, max_size=4), texts)
def test_novel_words_are_those_of_the_naive_transcription(outputs: list[str], source: str) -> None:
    rule = NovelWordRule()
    for output in outputs:
        expected = stems(output)
        found = rule.measure(output, source)
        assert found == NovelWords(len(expected - stems(source)), len(expected))


@given(texts, texts)
def test_spans_show_the_words_that_were_counted(output: str, source: str) -> None:
    rule = NovelWordRule()
    spans = rule.spans(output, source)
    shown = set[str]()
    for span in spans:
        [word] = cleaned(output[span.start : span.end])
        shown |= stems(word)
    assert shown == stems(output) - stems(source)
    assert list(spans) == sorted(spans, key=lambda span: span.start)


def test_spans_leave_out_punctuation_around_a_word_and_keep_it_within() -> None:
    output = "«Dogs» run -- don't they?"
    spans = NovelWordRule().spans(output, SOURCE)
    assert [output[span.start : span.end] for span in spans] == ["Dogs", "don't", "they"]
    assert spans[0] == TextSpan(1, 5)


def test_a_word_is_stemmed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stemmed: list[str] = []
    stem = PorterStemmer.stem

    def counting(self: PorterStemmer, word: str) -> str:
        stemmed.append(word)
        found: str = stem(self, word)
        return found

    monkeypatch.setattr(PorterStemmer, "stem", counting)
    rule = NovelWordRule()
    for output in ("Dogs run", "dogs RUN home", "DOGS"):
        rule.measure(output, SOURCE)
        rule.spans(output, SOURCE)
    assert len(stemmed) == len(set(stemmed))
    assert {"dogs", "run", "home"} <= set(stemmed)


def test_the_registered_rules_say_what_they_found() -> None:
    assert RULES["length"]("Two words", None) == RuleValue(2.0)
    assert RULES["novel_words"]("Dogs run", SOURCE) == RuleValue(0.5, None, {"novel": 1, "of": 2})


def test_an_empty_response_has_length_zero_and_no_ratio() -> None:
    assert extract_length("", SOURCE) == RuleValue(0.0)
    assert extract_novel_words("…", SOURCE) == RuleValue(
        None, "the response has no words", {"novel": 0, "of": 0}
    )


@pytest.mark.parametrize("source", [None, "", " \n"])
def test_without_a_source_novel_words_are_unavailable(source: str | None) -> None:
    assert extract_novel_words("Dogs run", source) == RuleValue(None, "no source")
