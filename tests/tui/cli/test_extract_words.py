"""An extraction in words."""

from annotation.extraction.judging import JudgingOutcome
from annotation.extraction.values import Failure
from profile_engine.extraction.llm_values import JudgingReport
from tui.cli.extract_words import failure_lines, judged_lines


def test_one_is_one() -> None:
    report = JudgingReport(1, 1, 0, 0, made=1, on_record=0, spared={}, repairs=1)
    lines = list(judged_lines(JudgingOutcome(report, 1, 3, 1, (), 0.0), "judge"))
    assert lines == ["judge: 1 value of 1 response added", "1 call made, 1 repair, 1 retry"]


def test_a_reason_names_only_the_factors_and_responses_that_it_is_of() -> None:
    """Length failed of 1 and 2, Fluency of 2 and 3: not one of them of all three."""
    failures = [
        Failure(1, "length", "no JSON"),
        Failure(2, "length", "no JSON"),
        Failure(2, "fluency", "no JSON"),
        Failure(3, "fluency", "no JSON"),
        Failure(4, "length", "no JSON"),
        Failure(5, "length", "HTTP 500"),
    ]
    assert list(failure_lines(failures)) == [
        "Failed, and why; --retry-failed asks again:",
        "  length of responses 1, 4: no JSON",
        "  length, fluency of response 2: no JSON",
        "  fluency of response 3: no JSON",
        "  length of response 5: HTTP 500",
    ]


def test_a_long_list_is_cut() -> None:
    same = list(failure_lines([Failure(number, "length", "no JSON") for number in range(7)]))
    assert same[1:] == ["  length of responses 0, 1, 2, 3, 4 and 2 more: no JSON"]
    different = list(failure_lines([Failure(number, "length", f"HTTP {number}") for number in range(22)]))
    assert (len(different[1:]), different[-1]) == (21, "  and 2 more of the kind")
