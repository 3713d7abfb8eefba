"""Validation from the command line: draws, reports in every format, corrected rankings."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from annotation.study import Study
from annotation.validation.coding import CodingDesk, NewMention
from annotation.validation.desk import ValidationDesk
from annotation.validation.facts import FactFault, FactMarks
from annotation.validation.judgements import FIRST_REASON, JudgementKind, NewJudgement
from annotation.validation.log import ValidationLog
from tests.annotation.drafts import Draft
from tests.tui.cli.conftest import Profile

FACTORS = ("intent_alignment", "formality_alignment")
HOSTILE = "\x1b[2J[/]\u202e=1+1"


@pytest.fixture
def study(profile: Profile, tmp_path: Path) -> Path:
    """The sample with 50 drawn of intent and of formality."""
    path = tmp_path / "demo.db"
    assert profile("demo", "--at", path, "--no-open").code == 0
    named = [part for factor in FACTORS for part in ("--factor", factor)]
    assert profile("validate", "new", path, *named, "--n", "50", "--seed", "1").code == 0
    return path


def judge(path: Path, validation_id: int, wrong: int, name: str = "anna") -> int:
    """Judge everything, the first few wrong; the response of the first item."""
    with Study.open(path) as opened:
        ValidationLog(opened).register(name)
        desk = ValidationDesk(opened, validation_id, name)
        first = item = desk.next()
        assert first is not None
        for seen in range(desk.progress.of):
            assert item is not None
            label = next(choice for choice in item.choices if choice != item.extracted_label)
            desk.save(item.answered(name, label=label if seen < wrong else None))
            if seen < wrong:
                desk.save(NewJudgement(item.id, name, JudgementKind.REASON, reason=FIRST_REASON))
            item = desk.next(item.id)
        return first.response_id


def row(document: dict[str, Any], factor: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["validations"] if one["factor"] == factor)
    return found


def test_the_report_reads_as_the_paper(profile: Profile, study: Path) -> None:
    judge(study, 1, wrong=7)
    judge(study, 2, wrong=4)
    document = profile("validate", "report", study, "--format", "json").json
    intent, tone = (row(document, factor) for factor in FACTORS)
    assert (intent["n"], intent["correct"], intent["cannot_tell"]) == (50, 43, 0)
    assert (intent["accuracy"], tone["accuracy"]) == (0.86, 0.92)
    assert (intent["low"], intent["high"]) == pytest.approx((0.738, 0.930), abs=0.0005)
    assert (tone["low"], tone["high"]) == pytest.approx((0.812, 0.968), abs=0.0005)
    assert intent["reasons"] == {FIRST_REASON: 7}
    assert (intent["level"], intent["drawn"], intent["open"]) == ("response", 50, 0)
    assert sum(number for line in tone["confusion"].values() for number in line.values()) == 50
    assert intent["needed_for_5_points"] > tone["needed_for_5_points"] > 0
    table = profile("validate", "report", study).out
    assert "86.0 %    [73.8, 93.0]" in table
    assert "92.0 %    [81.2, 96.8]" in table
    assert r"86.0 \% & [73.8, 93.0]" in profile("validate", "report", study, "-f", "latex").out
    rows = list(csv.DictReader(io.StringIO(profile("validate", "report", study, "-f", "csv").out)))
    assert [(one["factor"], one["n"], one["correct"]) for one in rows] == [
        ("intent_alignment", "50", "43"),
        ("formality_alignment", "50", "46"),
    ]


def test_an_empty_report_says_what_is_open(profile: Profile, study: Path) -> None:
    report = profile("validate", "report", study)
    assert (report.code, "50 of 50 items open" in report.out) == (0, True)
    listed = profile("validate", "list", study, "-f", "json").json["validations"]
    assert [(one["id"], one["factor"], one["drawn"], one["seed"]) for one in listed] == [
        (1, "intent_alignment", 50, 1),
        (2, "formality_alignment", 50, 1),
    ]


def test_corrections_move_the_ranking_and_say_so(profile: Profile, study: Path) -> None:
    before = profile("rank", study, "-f", "json").json
    judge(study, 2, wrong=8)
    assert profile("rank", study, "-f", "json").json == before
    corrected = profile("rank", study, "--values", "corrected", "-f", "json").json
    assert corrected["values"] == "corrected"
    human, raw = corrected["agents"][0], before["agents"][0]
    (moved,) = human["moved"]
    tone, was = (
        next(one for one in agent["factors"] if one["factor"] == "formality_alignment")
        for agent in (human, raw)
    )
    assert (moved["factor"], moved["raw_score"], moved["score"]) == (
        "formality_alignment",
        was["score"],
        tone["score"],
    )
    assert tone["score"] != was["score"]
    assert "Corrected values moved Formality Alignment" in profile("rank", study, "--values", "corrected").out
    aligned = profile("align", study, "--values", "corrected", "-f", "json").json
    assert aligned["values"] == "corrected"
    assert aligned != profile("align", study, "-f", "json").json
    listed = profile("validate", "corrections", study, "-f", "json").json["corrections"]
    assert len(listed) == 8
    assert {(one["by"], one["reasons"]) for one in listed} == {("anna", FIRST_REASON)}


def test_disputes_are_listed(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    profile("demo", "--at", path, "--no-open")
    new = ("validate", "new", path, "--factor", "intent_alignment", "--n", "6", "--validators", "2")
    assert profile(*new, "-f", "json").json["validations"][0]["validators"] == 2
    judge(path, 1, wrong=0)
    judge(path, 1, wrong=2, name="ben")
    disputes = profile("validate", "disputes", path, "-f", "json").json["disputes"]
    assert len(disputes) == 2
    assert all("anna: " in one["said"] and "ben: " in one["said"] for one in disputes)
    report = row(profile("validate", "report", path, "-f", "json").json, "intent_alignment")
    assert (report["n"], report["disputed"]) == (4, 2)
    assert [(pair["a"], pair["b"], pair["agree"], pair["of"]) for pair in report["validators"]] == [
        ("anna", "ben", 4, 6)
    ]


def test_two_validations_of_one_factor_are_told_apart(profile: Profile, study: Path) -> None:
    assert profile("validate", "new", study, "--factor", FACTORS[0], "--n", "5", "--seed", "2").code == 0
    judge(study, 3, wrong=1)
    out = profile("validate", "report", study).out
    assert "Intent Alignment (1): 50 of 50 items open" in out
    assert "Intent Alignment (3), response" in out
    assert "Formality Alignment (2)" not in out


def test_facts_are_drawn_by_verdict(profile: Profile, study: Path) -> None:
    options = ("--level", "fact", "--stratify", "verdict", "--blind-first", "--n", "30")
    new = profile("validate", "new", study, "--factor", "hallucination", *options, "-f", "json")
    (drawn,) = new.json["validations"]
    assert {one["name"]: (one["size"], one["drawn"]) for one in drawn["strata"]} == {
        "no": (77, 15),
        "yes": (598, 15),
    }
    judge(study, drawn["id"], wrong=3)
    (found,) = profile("validate", "report", study, "--id", drawn["id"], "-f", "json").json["validations"]
    assert (found["weighted"], found["n"], found["correct"]) == (True, 30, 27)
    assert found["accuracy"] != 0.9
    assert "weighted by stratum" in profile("validate", "report", study).out


def test_feedback_is_coded_and_counted(profile: Profile, study: Path, tmp_path: Path) -> None:
    texts = tmp_path / "reasons.jsonl"
    texts.write_text("".join(json.dumps({"why": f"reason {n} {HOSTILE}"}) + "\n" for n in range(3)), "utf-8")
    made = profile(
        "validate", "code", study, "--texts", texts, "--field", "why", "--judge", "expander", "-f", "json"
    )
    assert made.json["coding"]["texts"] == 3
    assert profile("validate", "list", study, "-f", "json").json["codings"] == [made.json["coding"]]
    assert "reasons.jsonl" in profile("validate", "list", study).out
    with Study.open(study) as opened:
        ValidationLog(opened).register("anna")
        desk = CodingDesk(opened, 1, "anna")
        for factors in ({"intent_alignment", "length"}, {"intent_alignment"}, set[str]()):
            text = desk.next()
            assert text is not None
            desk.save(NewMention(text.id, "anna", factors=frozenset(factors)))
    (coded,) = profile("validate", "coded", study, "-f", "json").json["codings"]
    assert (coded["coded"], coded["counts"]["intent_alignment"], coded["counts"]["length"]) == (3, 2, 1)
    assert coded["correlation"]["factors"] == 10
    assert -1 <= coded["correlation"]["spearman"] <= 1
    assert "1. reasons.jsonl: 3 of 3 texts coded" in profile("validate", "coded", study).out
    flat = list(csv.DictReader(io.StringIO(profile("validate", "coded", study, "-f", "csv").out)))
    assert {(one["id"], one["name"]) for one in flat} == {("1", "reasons.jsonl")}
    assert {one["coder"]: one["texts"] for one in flat if one["factor"] == "intent_alignment"}[""] == "2"


def test_two_extractors_are_compared(profile: Profile, study: Path) -> None:
    """The second has a value of the one response that was judged wrong first, and it is the right one."""
    first = judge(study, 1, wrong=7)
    right = profile("validate", "corrections", study, "-f", "json").json["corrections"]
    label = next(one["after"] for one in right if one["response"] == first)
    with Study.open(study) as opened:
        Draft(opened).value(first, "intent_alignment", float(label == "Yes"), version="2")
    named = ("--factor", "intent_alignment", "--extractor", "hand-written@1", "--extractor", "hand-written@2")
    (found,) = profile("validate", "compare", study, *named, "-f", "json").json["comparisons"]
    assert (found["n"], found["second_only"], found["difference"], found["unmatched"]) == (1, 1, -1.0, 49)
    assert found["low"] < -0.2 < found["high"]
    assert [(one["response_id"], one["right"], one["second"]) for one in found["flips"]] == [
        (first, label, label)
    ]
    (flat,) = csv.DictReader(io.StringIO(profile("validate", "compare", study, *named, "-f", "csv").out))
    assert (flat["first"], flat["second_accuracy"], flat["difference"]) == ("hand-written@1", "1.0", "-1.0")


@pytest.mark.parametrize("output_format", ["table", "latex", "json"])
def test_no_control_byte_reaches_the_terminal(profile: Profile, study: Path, output_format: str) -> None:
    judge(study, 1, wrong=1)
    with Study.open(study) as opened:
        log = ValidationLog(opened)
        log.save(NewJudgement(1, "anna", JudgementKind.REASON, reason=HOSTILE))
        log.save(NewJudgement(1, "anna", JudgementKind.NOTE, note=HOSTILE))
    for action in ("report", "corrections", "disputes", "list"):
        out = profile("validate", action, study, "-f", output_format).out
        assert "\x1b" not in out
        assert "\u202e" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new",), "--factor"),
        (("new", "--factor", "wit"), "no such factor"),
        (("new", "--factor", "length", "--stratify", "verdict"), "no verdicts"),
        (("new", "--factor", "length", "--factor", "wit"), "no such factor"),
        (("report", "--id", "9"), "validation 9 is not in this study"),
        (("disputes", "--id", "9"), "validation 9 is not in this study"),
        (("compare", "--factor", "length", "--extractor", "rule"), "--extractor"),
        (("compare", "--factor", "length", "--extractor", "a", "--extractor", "b"), "no extractor"),
        (("compare", "--factor", "length", "--extractor", "rule", "--extractor", "rule"), "named twice"),
        (("code",), "--judge"),
        (("code", "--judge", "expander"), "no justification"),
        (("coded", "--id", "9"), "coding 9 is not in this study"),
    ],
)
def test_bad_use_is_refused_in_one_line(
    profile: Profile, study: Path, arguments: tuple[str, ...], said: str
) -> None:
    action, *options = arguments
    done = profile("validate", action, study, *options)
    assert done.code in (1, 2)
    assert said in done.err
    assert done.err.count("\n") == 1
    assert len(profile("validate", "list", study, "-f", "json").json["validations"]) == len(FACTORS)


def test_a_draw_is_not_made_twice_by_mistake(profile: Profile, study: Path) -> None:
    new = ("validate", "new", study, "--factor", FACTORS[0], "--seed", "1", "--n")
    refused = profile(*new, "50")
    assert refused.code == 2
    assert "validation 1 is this draw of intent_alignment" in refused.err
    assert profile(*new, "50", "--again").code == 0
    larger = profile(*new, "60")
    assert larger.code == 0
    assert "4 begins with the same items as 1; what was said there is not carried over" in larger.out
    with Study.open(study) as opened:
        ValidationLog(opened).register("anna")
        small, large = (ValidationDesk(opened, number, "anna") for number in (1, 4))
        item, same = small.next(), large.next()
        assert item is not None
        assert same is not None
        assert item.response_id == same.response_id


def test_a_correction_without_a_value_says_that_no_facts_are_left(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    assert profile("demo", "--at", path, "--no-open").code == 0
    assert profile("validate", "new", path, "--factor", "hallucination", "--n", "120").code == 0
    with Study.open(path) as opened:
        ValidationLog(opened).register("anna")
        desk = ValidationDesk(opened, 1, "anna")
        item = desk.next()
        assert item is not None
        gone = {fact.index: FactFault.NOT_IN_RESPONSE for fact in item.listed.facts}
        desk.save(item.answered("anna", facts=FactMarks(faults=gone)))
    (correction,) = profile("validate", "corrections", path, "-f", "json").json["corrections"]
    assert (correction["after"], correction["reasons"]) == (None, "no facts are left")
