"""Replies with numbered texts, in the forms that models give them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.agents.numbered import read_numbered

FIVE = (1, 2, 3, 4, 5)
TEXTS = {1: "Bad.", 2: "Poor one.", 3: "So so, it is.", 4: "Good.\n\nTwo paragraphs.", 5: "The best: of all."}


def prose(pattern: str, order: tuple[int, ...] = FIVE) -> str:
    return "\n".join(pattern.format(n=number, text=TEXTS[number]) for number in order)


def in_json(*numbers: int) -> str:
    return json.dumps([{"score": number, "text": f"Text {number}."} for number in numbers])


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps({"responses": [{"score": number, "text": TEXTS[number]} for number in FIVE]}),
        json.dumps({"responses": [{"score": number, "text": TEXTS[number]} for number in (5, 3, 1, 2, 4)]}),
        json.dumps([{"number": str(number), "summary": TEXTS[number]} for number in FIVE]),
        json.dumps({"summaries": [{"score": f"{number}/5", "response": TEXTS[number]} for number in FIVE]}),
        json.dumps([{"score": float(number), "answer": TEXTS[number]} for number in FIVE]),
        json.dumps({f"SCORE {number} SUMMARY": TEXTS[number] for number in FIVE}),
        json.dumps({"responses": {f"score_{number}": {"text": TEXTS[number]} for number in FIVE}}),
        json.dumps({str(number): TEXTS[number] for number in FIVE}),
        "\n".join(json.dumps({"score": number, "text": TEXTS[number]}) for number in FIVE),
        "Sure!\n```json\n"
        + json.dumps({"responses": [{"score": number, "text": TEXTS[number]} for number in FIVE]})
        + "\n```\nAnything else?",
        "<think>Score 1: none of this</think>"
        + json.dumps([{"score": number, "text": TEXTS[number]} for number in FIVE]),
        prose("SCORE {n} SUMMARY: {text}"),
        prose("SCORE {n} SUMMARY: {text}", (2, 1, 5, 4, 3)),
        prose("SCORE {n} RESPONSE:\n{text}\n"),
        "Here they are. " + " ".join(f"SCORE {number} SUMMARY: {TEXTS[number]}" for number in FIVE),
        prose("Score {n}: {text}"),
        prose("**Score {n}:** {text}\n"),
        prose("**Score: {n}/5**\n\n{text}\n"),
        prose("### Score {n}\n{text}\n\n---\n"),
        prose("[Score {n}] {text}"),
        prose("- Score {n} (of 5): {text}"),
        prose("Score: {n}\nSummary: {text}\n"),
        prose("Summary (score {n}): {text}"),
        prose("Response with a score of {n} - {text}"),
        prose("Rating {n}: {text}"),
        "Certainly:\n" + prose("Summary {n}: {text}"),
        prose("**Response #{n}**\n{text}\n"),
    ],
)
def test_each_form_gives_the_five_texts(reply: str) -> None:
    found = read_numbered(reply, FIVE)
    assert found.texts == TEXTS
    assert not found.reasons


@pytest.mark.parametrize(
    ("reply", "missing"),
    [
        (prose("Score {n}: {text}", (1, 2, 4, 5)), {3: "leaves it out"}),
        (in_json(1, 2), dict.fromkeys((3, 4, 5), "leaves it out")),
        (json.dumps([{"score": number, "text": " "} for number in FIVE]), dict.fromkeys(FIVE, "no numbered")),
        (prose("Score {n}: {text}") + "\nScore 3: another", {3: "several different"}),
        # Perhaps a model that counts from 0: its 1 is not what was asked for as 1.
        (in_json(1, 2, 3, 4, 0), dict.fromkeys(FIVE, "not asked for: 0")),
        (prose("Score {n}: {text}") + "\nScore 6: even better", dict.fromkeys(FIVE, "not asked for: 6")),
        # One response that is a list of five steps looks like this, too.
        ("1. Open it.\n2. Look.\n3. Close it.\n4. Wait.\n5. Go.", dict.fromkeys(FIVE, "no numbered")),
        (json.dumps({"responses": list(TEXTS.values())}), dict.fromkeys(FIVE, "no numbered")),
        ("I cannot do that.", dict.fromkeys(FIVE, "no numbered")),
        ("", dict.fromkeys(FIVE, "no numbered")),
        ("{" * 500, dict.fromkeys(FIVE, "no numbered")),
        (json.dumps({"score": None, "text": "a"}), dict.fromkeys(FIVE, "no numbered")),
        ('{"score": NaN, "text": "a"}', dict.fromkeys(FIVE, "no numbered")),
        ('{"score": 1e999, "text": "a"}', dict.fromkeys(FIVE, "no numbered")),
        ('{"score": true, "text": "a"}', dict.fromkeys(FIVE, "no numbered")),
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_guessed(reply: str, missing: dict[int, str]) -> None:
    found = read_numbered(reply, FIVE)
    assert found.reasons.keys() == missing.keys()
    assert found.texts.keys() == set(FIVE) - missing.keys()
    for number, why in missing.items():
        assert why in found.reasons[number]


def test_of_a_reply_that_broke_off_only_whole_texts_count() -> None:
    whole = json.dumps({"responses": [{"score": number, "text": TEXTS[number]} for number in FIVE]})
    assert read_numbered(whole[:-40], FIVE, cut=True).texts.keys() == {1, 2, 3, 4}
    assert read_numbered(prose("Score {n}: {text}")[:-3], FIVE, cut=True).texts.keys() == {1, 2, 3, 4}


def test_order_stands_for_numbers_only_where_it_means_nothing() -> None:
    reply = json.dumps({"responses": ["One.", "Other."]})
    assert read_numbered(reply, (1, 2), in_order=True).texts == {1: "One.", 2: "Other."}
    assert not read_numbered(json.dumps(["One."]), (1, 2), in_order=True).texts
    assert not read_numbered(reply, (1, 2)).texts


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    found = read_numbered(text, FIVE)
    assert found.texts.keys() | found.reasons.keys() == set(FIVE)


@given(st.dictionaries(st.sampled_from(FIVE), st.text(min_size=1).filter(lambda text: text.strip() != "")))
def test_what_is_given_as_asked_is_read_back_whatever_it_says(texts: dict[int, str]) -> None:
    reply = json.dumps({"responses": [{"score": number, "text": text} for number, text in texts.items()]})
    assert read_numbered(reply, FIVE).texts == {
        number: text.strip() for number, text in sorted(texts.items())
    }
