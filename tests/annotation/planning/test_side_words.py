"""Which explanations name a side."""

import pytest

from annotation.planning.side_words import side_named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The first one is better: it keeps the deadline.", "The first one"),
        ("Look at the left: the left is better.", "the left is"),
        ("the\nright-hand  summary says more", "the right-hand summary"),
        ("The second is shorter", "The second is"),
        ("Both are short, but the latter keeps the point.", "the latter"),
        ("What stands on the right leaves the debt out.", "on the right"),
        ("A is better, it names the landlord", "A is"),
        ("Summary B invents a lawyer.", "Summary B"),
        ("response 2 repeats itself", "response 2"),
        ("1 is better", "1 is"),
        ("Summary one is better", "Summary one"),
        ("Here one should press 2", "press 2"),
        ("Clearly “A”.", "“A”"),
        ("▶ keeps the point", "▶"),
        ("Left side: keeps the point", "Left side"),
    ],
)
def test_what_names_a_side(text: str, named: str) -> None:
    assert side_named(text) == named


@pytest.mark.parametrize(
    "text",
    [
        "The longer one says who owes the money.",
        "It gets the main point right, and keeps the right order.",
        "Its first sentence is the point of the post; its last adds the year.",
        "A summary has to keep the deadline. A post is long.",
        "The better summary is two sentences; the other one leaves the question out.",
        "She left her job in 2012 and owes $500.",
        "He has the right to a refund, in the first place.",
        "One of them has 2 facts, the other 1.",
        "At first it is dull",
        "Both answer one question; the longer one 2 of them.",
    ],
)
def test_what_does_not(text: str) -> None:
    assert side_named(text) is None
