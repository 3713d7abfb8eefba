"""The project's promises on real data, through the command line."""

from pathlib import Path
from typing import Any

import pytest

from tests.tui.cli.conftest import Profile


@pytest.fixture
def pandalm(profile: Profile, shared_data: Path, tmp_path: Path) -> Path:
    """A study of the 999 pairs with three annotators each and two judges."""
    study = tmp_path / "p.db"
    for command in (
        ("new", study, "--task", "summarization"),
        ("import", study, "--card", "pandalm", "--path", shared_data / "pandalm"),
        ("extract", study, "--factors", "rules"),
    ):
        assert profile(*command).code == 0
    return study


def counts(agent: dict[str, Any], factor: str) -> tuple[int, int, int]:
    entry = next(entry for entry in agent["factors"] if entry["factor"] == factor)
    return entry["concordant"], entry["discordant"], entry["ties"]


def test_pandalm_ranks(profile: Profile, pandalm: Path) -> None:
    document = profile("rank", pandalm, "--format", "json").json
    assert (document["study"], document["task"]) == ("p", "summarization")
    human, gpt, judge = document["agents"]
    assert (human["agent"], human["kind"], human["setting"]) == ("human", "human", "evaluation")
    assert (human["aggregation"], gpt["aggregation"]) == ("majority", None)
    assert counts(human, "length") == (577, 266, 63)
    assert human["factors"][0]["score"] == pytest.approx((577 - 266) / (577 + 266 + 63))
    assert (gpt["agent"], *counts(gpt, "length")) == ("gpt-3.5-turbo", 542, 316, 29)
    assert (judge["agent"], *counts(judge, "length")) == ("pandalm-7b", 552, 278, 76)
    assert (gpt["pairs"], gpt["no_preference"]) == (999 - 25, 25)  # 25 verdicts are "garbage"
    for agent in document["agents"]:
        for entry in agent["factors"]:
            assert entry["counted"] == sum(counts(agent, entry["factor"]))
            assert entry["counted"] + entry["excluded"] == agent["pairs"]
            assert entry["excluded"] == sum(entry["excluded_by"].values())
            assert (entry["score"] is None) == (entry["rank"] is None) == bool(entry["reason"])


def test_pandalm_every_label(profile: Profile, pandalm: Path) -> None:
    ranked = profile("rank", pandalm, "-f", "json", "--annotators", "--aggregation", "every_label").json
    human, *others = ranked["agents"]
    annotators = [agent for agent in others if agent["kind"] == "annotator"]
    assert human["aggregation"] == "every_label"
    assert human["pairs"] == 999 * 3 == sum(agent["pairs"] for agent in annotators)
    each = [counts(agent, "length") for agent in annotators]
    assert counts(human, "length") == tuple(map(sum, zip(*each, strict=True)))


def test_pandalm_aligns(profile: Profile, pandalm: Path) -> None:
    document = profile("align", pandalm, "--format", "json").json
    assert document["reference"] == "human"
    agreements = {agent["agent"]: agent["agreement"] for agent in document["agents"]}
    assert agreements["gpt-3.5-turbo"] == {"agree": 692, "of": 882, "rate": 692 / 882}
    assert agreements["pandalm-7b"] == {"agree": 635, "of": 894, "rate": 635 / 894}
    assert {agent["factors"] for agent in document["agents"]} == {2}


def test_pandalm_agrees(profile: Profile, pandalm: Path) -> None:
    document = profile("agreement", pandalm, "--format", "json").json
    assert (document["items"], document["annotators"]) == (999, 3)
    kappas = sorted(pair["kappa"] for pair in document["pairwise_kappa"])
    assert kappas == pytest.approx([0.852, 0.862, 0.879], abs=0.0005)
    assert document["majority"] == {"left": 422, "right": 472, "tie": 105, "none": 0}
    assert document["krippendorff_alpha"]["nominal"] == pytest.approx(sum(kappas) / 3, abs=0.001)


def test_import_counts_every_flaw(profile: Profile, shared_data: Path, tmp_path: Path) -> None:
    study = tmp_path / "p.db"
    profile("new", study, "--task", "summarization")
    done = profile("import", study, "--card", "pandalm", "--path", shared_data / "pandalm")
    assert done.out == ""
    for words in ("999 pairs added", "54 empty responses", "6 values", "'garbage'", ": 25"):
        assert words in done.err
    again = profile("import", study, "--card", "pandalm", "--path", shared_data / "pandalm")
    assert "Nothing new" in again.err


def test_tldr_pairs_by_field_names(profile: Profile, shared_data: Path, tmp_path: Path) -> None:
    study = tmp_path / "t.db"
    profile("new", study, "--task", "summarization")
    fields = ("source=prompt", "left=response 1", "right=response 2", "label=label")
    mapped = [part for field in fields for part in ("--map", field)]
    pairs = shared_data / "tldr" / "pairs24.jsonl"
    assert profile("import", study, pairs, *mapped, "--labels", "0=left,1=right,2=tie").code == 0
    assert profile("extract", study).code == 0
    human = profile("rank", study, "-f", "json", "--factors", "length").json["agents"][0]
    assert counts(human, "length") == (17, 7, 0)
    assert human["factors"][0]["rank"] == 1


def test_webgpt_comparisons(profile: Profile, shared_data: Path, tmp_path: Path) -> None:
    study = tmp_path / "w.db"
    profile("new", study, "--task", "document-qa")
    assert profile("import", study, "--card", "webgpt", "--path", shared_data / "webgpt").code == 0
    extracted = profile("extract", study)
    assert extracted.code == 0
    assert "unavailable (no documents" in extracted.err
    human = profile("rank", study, "-f", "json").json["agents"][0]
    assert counts(human, "length") == (91, 42, 0)
    novel = next(entry for entry in human["factors"] if entry["factor"] == "novel_words")
    assert novel["score"] is None  # the answers came without the quotes that the factor compares them with
    assert novel["excluded_by"]["unavailable"] == human["pairs"]
    assert novel["reason"].endswith("on any pair with a preference (no documents)")
    (why,) = [line for line in profile("pairs", study, "--id", "1").out.splitlines() if "Novel Words" in line]
    assert why.split("  ")[-1].strip() == "no documents"


def test_pandalm_as_an_experiment(profile: Profile, pandalm: Path) -> None:
    """105 pairs are ties for most people and count for nobody."""
    result = profile("experiment", "alignment", pandalm, "--format", "json").json["result"]
    assert result["tied"] == 105
    assert result["people"]["pairs"] == 999 - 105
    agreement = {one["ranking"]["agent"]["name"]: one["agreement"] for one in result["agents"]}
    assert agreement == {
        "gpt-3.5-turbo": {"agree": 692, "of": 882},
        "pandalm-7b": {"agree": 635, "of": 894},
    }
    human = {one["score"]["factor"]: one["score"] for one in result["people"]["factors"]}
    # 577 for, 266 against, as with ties: these are what is left out.
    assert (human["length"]["concordant"], human["length"]["discordant"]) == (577, 266)
    assert human["length"]["ties"] == 0
    again = profile("experiment", "show", pandalm, 1, "--again")
    assert "comes to the same" in again.err
