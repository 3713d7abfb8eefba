"""Factors of a study's own: from their file to values and a ranking."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.answers import AnswerLog
from annotation.extraction.run import ExtractionOutcome, ExtractionRun, ExtractionSetup, Wanted
from annotation.extraction.values import Failure
from annotation.own_factors import FactorFileError, factors_path, read_own_factors
from annotation.profiles import load_profile
from annotation.store import tables
from annotation.study import Study
from profile_engine.extraction.own import OwnFactors
from tests.annotation.drafts import LEFT, Draft, label
from tests.profile_engine.fake_chat import fake_chat

DECLARED = """
[factors.politeness]
title = "Politeness"
definition = "Whether it is polite."
question = "Is it polite?"
kind = "ordered class"
classes = { "Polite" = 1.0, "Plain" = 0.5, "Rude" = 0.0 }

[factors.hedging]
title = "Hedging"
definition = "The ratio of facts that are hedged."
question = "Is the statement hedged?"
kind = "per fact"

[factors.exclamations]
title = "Exclamations"
definition = "The number of exclamation marks."
function = "our_factors:count"
kind = "count"
"""
FUNCTIONS = """
def count(output, source):
    if "boom" in output:
        raise ValueError("boom")
    return output.count("!")
"""
OWN = ("politeness", "hedging", "exclamations")


@pytest.fixture
def declared(study: Study) -> Path:
    """The file beside the study, with the functions beside it."""
    path = factors_path(study.location)
    assert path is not None
    path.write_text(DECLARED)
    path.with_name("our_factors.py").write_text(FUNCTIONS)
    return path


def extract(study: Study, own: OwnFactors, *, retry: bool = False) -> ExtractionOutcome:
    def decide(key: str, statement: str) -> str | None:
        return "yes" if statement.startswith("Maybe") else "no" if statement else None

    chat = fake_chat(decide)
    setup = ExtractionSetup(wanted=Wanted.of(own.factors), own=own, chat=chat, retry=retry)
    return ExtractionRun(study, setup).run()


def values(study: Study, factor: str) -> dict[int, tuple[float | None, str | None, str | None]]:
    with study.reading() as connection:
        rows = connection.execute(select(tables.factor_values).where(tables.factor_values.c.factor == factor))
        return {row.response_id: (row.value, row.label, row.reason) for row in rows}


def test_they_extract_and_rank_like_the_thirteen(study: Study, draft: Draft, declared: Path) -> None:
    source = draft.source("A post.")
    loud = draft.response(source, "Maybe so. It is!!")
    plain = draft.response(source, "It is. So.")
    pair = draft.pair(source, loud, plain)
    label(AnswerLog(study), "anna", [(pair, LEFT)])
    own = read_own_factors(study)
    assert [factor.name for factor in study.factors][-3:] == list(OWN)
    outcome = extract(study, own)
    assert not outcome.failed
    assert values(study, "exclamations") == {loud: (2, None, None), plain: (0, None, None)}
    assert values(study, "politeness") == {loud: (1, "Polite", None), plain: (1, "Polite", None)}
    assert values(study, "hedging") == {loud: (0.5, None, None), plain: (0, None, None)}
    profile = load_profile(study)
    signs = dict(zip(profile.factors, profile.manifestations[0], strict=True))
    assert [signs[name] for name in OWN] == [0, 1, 1]
    with Study.open(study.location) as opened:
        assert opened.factors == study.factors


def test_a_function_that_fails_says_why_and_is_called_again_on_wish(
    study: Study, draft: Draft, declared: Path
) -> None:
    response = draft.response(draft.source("A post."), "boom!")
    own = OwnFactors(rules=read_own_factors(study).rules)
    outcome = extract(study, own)
    assert values(study, "exclamations") == {response: (None, None, "failed: ValueError: boom")}
    (report,) = outcome.reports
    assert (report.added, report.unavailable, report.failed, outcome.failed) == (0, 0, 1, True)
    assert outcome.failures == (Failure(response, "exclamations", "ValueError: boom"),)
    assert not extract(study, own).failed
    assert len(values(study, "exclamations")) == 1
    other = declared.with_name("other.factors.toml")
    other.write_text(DECLARED.replace("our_factors", "mended"))
    other.with_name("mended.py").write_text("def count(output, source):\n    return 1\n")
    extract(study, OwnFactors(rules=read_own_factors(study, other).rules), retry=True)
    assert values(study, "exclamations") == {response: (1, None, None)}


@pytest.mark.parametrize("code", ["", "raise SystemExit(3)", "1 / 0"])
def test_a_function_that_is_not_there_is_the_failure_of_its_factor_alone(
    study: Study, draft: Draft, declared: Path, code: str
) -> None:
    """Nothing is noted of its values, so that the mended function is called without being told to retry."""
    response = draft.response(draft.source("A post."), "So!")
    mended = FUNCTIONS + "def words(output, source):\n    return len(output.split())\n"
    again = DECLARED.replace("exclamations", "words").replace("our_factors:count", "ours:words")
    declared.write_text(DECLARED + again[again.index("[factors.words]") :])
    declared.with_name("ours.py").write_text(code)
    own = OwnFactors(rules=read_own_factors(study).rules)
    wanted = Wanted.of(own.factors)
    run = ExtractionRun(study, ExtractionSetup(wanted=wanted, own=own))
    (missing,) = run.estimate().missing
    assert missing.startswith("words: ")
    assert "ours" in missing
    assert run.estimate().rule_values == 1
    outcome = run.run()
    assert (outcome.missing, outcome.failed) == ((missing,), True)
    assert values(study, "exclamations") == {response: (1, None, None)}
    assert values(study, "words") == {}
    declared.with_name("ours.py").write_text(mended)
    sys.modules.pop(
        f"own_factors:{declared.with_name('ours.py').resolve()}", None
    )  # as another process has it
    extract(study, OwnFactors(rules=read_own_factors(study).rules))
    assert values(study, "words") == {response: (1, None, None)}


def test_another_version_is_called_again(study: Study, draft: Draft, declared: Path) -> None:
    draft.response(draft.source("A post."), "So!")
    extract(study, OwnFactors(rules=read_own_factors(study).rules))
    declared.write_text(DECLARED.replace('function = "our', 'version = "2"\nfunction = "our'))
    outcome = extract(study, OwnFactors(rules=read_own_factors(study).rules))
    assert [report.added for report in outcome.reports] == [1]


def test_without_a_file_there_are_none(study: Study) -> None:
    before = study.factors
    assert read_own_factors(study) == OwnFactors()
    assert study.factors == before
    assert factors_path("postgresql://host/study") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("what = is this", "TOML"),
        ('[factors.length]\ntitle = "L"', "one of the thirteen"),
        ('[factors.a]\ntitle = "A"\ndefinition = "a"\nquestion = "A?"\nkind = "odd"', "kind"),
    ],
)
def test_a_wrong_file_is_named(study: Study, declared: Path, text: str, says: str) -> None:
    declared.write_text(text)
    with pytest.raises(FactorFileError, match=says) as refusal:
        read_own_factors(study)
    assert str(declared) in str(refusal.value)


def test_a_named_file_must_be_there(study: Study, tmp_path: Path) -> None:
    with pytest.raises(
        FactorFileError, match=r"nowhere\.toml: cannot be read: No such file .*; check the path"
    ):
        read_own_factors(study, tmp_path / "nowhere.toml")


def test_reading_a_study_runs_no_code(study: Study, declared: Path) -> None:
    declared.with_name("our_factors.py").write_text("raise SystemExit('imported')")
    read_own_factors(study)
