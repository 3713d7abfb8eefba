"""`profile-tui experiment`: the paper's tables in every format, kept and printed again."""

import csv
import io
import re
from pathlib import Path

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.experiments.study import FOR_LONG, POSTS, make_tried_study
from tests.tui.cli.conftest import Profile

NAMES = ("alignment", "improvement", "reward", "direct", "correlations")


@pytest.fixture
def tried(tmp_path: Path) -> Path:
    path = tmp_path / "tried.db"
    make_tried_study(path).close()
    return path


@pytest.mark.parametrize("name", NAMES)
def test_what_was_kept_is_printed_as_it_was(profile: Profile, tried: Path, name: str) -> None:
    for form in ("table", "json", "csv", "latex"):
        done = profile("experiment", name, tried, "--format", form)
        assert done.code == 0
        assert not re.search(r"\bnan\b", done.out, re.IGNORECASE)
        number = len(profile("experiment", "list", tried, "-f", "json").json["experiments"])
        assert f"Kept as experiment {number}" in done.err
        shown = profile("experiment", "show", tried, number, "--again", "--format", form)
        assert shown.out == done.out
        assert "comes to the same" in shown.err


def test_table_1_has_a_row_a_model(profile: Profile, tried: Path) -> None:
    table = profile("experiment", "alignment", tried).out
    lines = [line.split() for line in table.splitlines()]
    assert ["writer", "1.000", "1.000", "1.000", "–", "–", "–", "–", "–"] in lines
    agree = f"{100 * (FOR_LONG + 1) / POSTS:.1f}"
    assert ["rm", "–", "–", "–", "1.000", "1.000", "1.000", agree, str(POSTS)] in lines
    rows = list(csv.DictReader(io.StringIO(profile("experiment", "alignment", tried, "-f", "csv").out)))
    assert [row["agent"] for row in rows][:2] == ["human", "writer"]
    assert float(rows[0]["score_length"]) == pytest.approx(1 / 3)
    assert rows[0]["score_coherence"] == ""


def test_policies_are_told_and_checked(profile: Profile, tried: Path) -> None:
    done = profile("experiment", "reward", tried, "--policy", "writer=rm", "-f", "json")
    [row] = done.json["result"]["rows"]
    assert [policy["name"] for policy in row["policies"]] == ["writer"]
    assert done.json["design"]["choices"]["trained_on"] == {"writer": "rm"}
    for told, why in (
        ("wrtier=rm", "no agent 'wrtier' here: did you mean writer?"),
        ("writer=critic", "no reward model 'critic' here: there are rm"),
        ("writer", "write it as KEY=VALUE"),
    ):
        refused = profile("experiment", "reward", tried, "--policy", told)
        assert refused.code == 2
        assert why in refused.err


def test_a_label_of_an_erased_person_is_missed(profile: Profile, tried: Path) -> None:
    """What stands in the study no longer cannot be run again; that is said."""
    profile("experiment", "alignment", tried)
    with Study.open(tried) as study, study.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER factor_values_no_delete")
        connection.exec_driver_sql("DELETE FROM factor_values WHERE factor = 'length'")
    again = profile("experiment", "show", tried, 1, "--again")
    assert again.code == 1
    assert "comes to something else now: what it was run on is not in the study any more" in again.err
    assert "0.333" in again.out


def test_pairs_that_people_find_equal_are_left_out_unless_kept(profile: Profile, tried: Path) -> None:
    with Study.open(tried) as study:
        log = AnswerLog(study)
        for person in ("Ada", "Bo"):
            log.save(NewAnswer(1, person, choice=Preference.TIE))
    assert "1 pairs left out, as people find both equal" in profile("experiment", "alignment", tried).out
    kept = profile("experiment", "alignment", tried, "--keep-ties", "-f", "json").json
    assert kept["result"]["tied"] == 0
    assert kept["result"]["people"]["pairs"] == POSTS


def test_what_is_lacking_is_said_with_its_command(profile: Profile, demo: Path) -> None:
    refused = profile("experiment", "improvement", demo)
    assert refused.code == 1
    assert "takes improved responses, which are not here yet: profile-tui improve STUDY" in refused.err
    needs = profile("experiment", "list", demo, "-f", "json").json["needs"]
    assert {need["command"] for need in needs if need["experiment"] == "direct" and not need["there"]} == {
        "profile-tui generate STUDY --model NAME --direct",
        "profile-tui extract STUDY",
    }
    assert profile("experiment", "show", demo, 7).code == 1
