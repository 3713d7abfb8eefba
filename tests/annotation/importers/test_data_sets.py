"""The data sets in their real layouts, with figures counted from the files."""

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from annotation.importers.card import DatasetCard, load_card
from annotation.importers.importing import ImportChoices, import_data
from annotation.importers.mapping import parse_map
from annotation.importers.report import Count
from annotation.store import tables
from annotation.study import Study
from profile_engine.extraction.rules import length
from tests.annotation.importers.contents import labels_of, row_counts, rows_of, write_jsonl


def length_tallies(study: Study, annotator: str | None = None) -> tuple[int, int, int]:
    """Concordant, discordant and tied pairs of Length with a person, by a plain loop (evaluation setting)."""
    texts = {row.id: length(row.text) for row in rows_of(study, tables.responses)}
    sides = {row.id: (row.left_id, row.right_id) for row in rows_of(study, tables.pairs)}
    signs = []
    for name, pair, choice in labels_of(study):
        left, right = (texts[side] for side in sides[pair])
        if (annotator is None or name == annotator) and left != right and choice is not None:
            signs.append(choice * (1 if left > right else -1))
    return signs.count(1), signs.count(-1), signs.count(0)


def test_pandalm(study: Study, shared_data: Path) -> None:
    report = import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
    assert report.rows == 999
    assert report.pairs == Count(999, 0)
    assert report.labels == Count(2997, 0)
    assert report.verdicts == Count(1998, 0)
    assert report.empty_responses == 54
    assert report.scalars_as_text == 6
    assert report.no_preference == {"garbage": 25}
    assert report.bad_rows == ()
    rows = json.loads((shared_data / "pandalm" / "testset-v1.json").read_text("utf-8"))
    sources = {"\n\n".join(filter(None, (row["instruction"], row["input"]))) for row in rows}
    assert {row.text for row in rows_of(study, tables.sources)} == sources
    silent = [row for row in rows_of(study, tables.preferences) if row.value is None]
    assert Counter(row.raw for row in silent) == {"garbage": 25}
    assert sum(row.text == "true" for row in rows_of(study, tables.responses)) >= 1


def test_pandalm_majorities_and_length(study: Study, shared_data: Path) -> None:
    import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
    votes: dict[int, Counter[int]] = {}
    for _, pair, choice in labels_of(study):
        assert choice is not None
        votes.setdefault(pair, Counter())[choice] += 1
    majority = {pair: count.most_common(1)[0] for pair, count in votes.items()}
    assert all(votes >= 2 for _, votes in majority.values())
    assert Counter(choice for choice, _ in majority.values()) == {1: 422, -1: 472, 0: 105}
    texts = {row.id: length(row.text) for row in rows_of(study, tables.responses)}
    tallies: Counter[int] = Counter()
    for row in rows_of(study, tables.pairs):
        difference = texts[row.left_id] - texts[row.right_id]
        if difference:
            tallies[majority[row.id][0] * (1 if difference > 0 else -1)] += 1
    assert tallies == {1: 577, -1: 266, 0: 63}


def test_pandalm_authors_come_from_the_comparison_key(study: Study, shared_data: Path) -> None:
    import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
    agents = {row.id: (row.name, row.kind) for row in rows_of(study, tables.agents)}
    authors = {agents[row.agent_id] for row in rows_of(study, tables.responses)}
    models = {"bloom-7b", "llama-7b", "cerebras-gpt-6.7B", "pythia-6.9b", "opt-7b"}
    assert authors == {(model, "generator") for model in models}
    others = set(agents.values()) - authors
    assert others == {
        ("annotator1", "annotator"),
        ("annotator2", "annotator"),
        ("annotator3", "annotator"),
        ("gpt-3.5-turbo", "judge"),
        ("pandalm-7b", "judge"),
    }


def test_pandalm_twice_adds_nothing(study: Study, shared_data: Path) -> None:
    card = load_card("pandalm")
    import_data(study, card, [shared_data / "pandalm"])
    before = row_counts(study)
    again = import_data(study, card, [shared_data / "pandalm"])
    assert row_counts(study) == before
    assert not again.added_anything
    assert (again.pairs, again.labels, again.verdicts) == (Count(0, 999), Count(0, 2997), Count(0, 1998))


def test_pandalm_without_its_judges(study: Study, shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "testset-v1.json").symlink_to(shared_data / "pandalm" / "testset-v1.json")
    report = import_data(study, load_card("pandalm"), [folder])
    assert report.missing == ("gpt-3.5-turbo-testset-v1.json", "pandalm-7b-testset-v1.json")
    assert (report.pairs.added, report.verdicts.added) == (999, 0)


def test_tldr_comparisons(study: Study, shared_data: Path) -> None:
    report = import_data(study, load_card("tldr"), [shared_data / "tldr"])
    assert (report.rows, report.pairs.added) == (1, 1)
    row = json.loads((shared_data / "tldr" / "comparisons_example.jsonl").read_text("utf-8"))
    (pair,) = (study.pair(row.id) for row in rows_of(study, tables.pairs))
    assert (pair.source, pair.title) == (row["info"]["post"], row["info"]["title"])
    assert [pair.left.text, pair.right.text] == [summary["text"] for summary in row["summaries"]]
    assert [pair.left.agent, pair.right.agent] == ["sup4_ppo_rm3_kl10", "ref"]
    assert labels_of(study) == [(row["worker"], pair.id, -1)]  # choice 1 is the second summary


def test_tldr_pairs_by_generic_import(study: Study, shared_data: Path) -> None:
    mapping = parse_map(
        ["source=prompt", "left=response 1", "right=response 2", "label=label"],
        labels="0=left,1=right,2=tie",
    )
    report = import_data(study, mapping, [shared_data / "tldr" / "pairs24.jsonl"])
    assert report.pairs == Count(24, 0)
    assert {name for name, _, _ in labels_of(study)} == {"unnamed"}
    assert length_tallies(study) == (17, 7, 0)


def test_webgpt(study: Study, shared_data: Path) -> None:
    report = import_data(study, load_card("webgpt"), [shared_data / "webgpt"])
    assert (report.pairs, report.human_ties_excluded) == (Count(134, 0), 0)
    assert length_tallies(study) == (91, 42, 0)
    assert {row.evidence["documents"] for row in rows_of(study, tables.sources)} == {0}


def test_webgpt_in_its_original_layout(study: Study, tmp_path: Path) -> None:
    question = {"dataset": "eli5", "id": "q1", "full_text": "Why is the sky blue?"}

    def row(score: float, answer: str) -> dict[str, Any]:
        return {
            "question": question,
            "quotes_0": {"title": ["Sky"], "extract": ["Light scatters.", "Blue most."]},
            "answer_0": answer,
            "tokens_0": {"prefix": [1], "completion": [2]},
            "score_0": score,
            "quotes_1": {"title": ["Sky"], "extract": ["Light scatters."]},
            "answer_1": "It reflects the sea.",
            "score_1": -score,
        }

    path = write_jsonl(tmp_path / "comparisons.jsonl", [row(0.5, "Scattering."), row(0.0, "Air.")])
    report = import_data(study, load_card("webgpt"), [path])
    # The second pair is a tie between its two scores, and the paper leaves such pairs out.
    assert (report.rows, report.pairs.added, report.human_ties_excluded) == (2, 1, 1)
    (source,) = rows_of(study, tables.sources)
    assert source.text == "Why is the sky blue?\n\nLight scatters.\n\nBlue most."
    assert (source.external_id, source.evidence) == ("q1", {"documents": 2})
    assert labels_of(study) == [("webgpt", 1, 1)]


def test_shp_takes_its_default_domain_and_says_which_there_are(study: Study, shared_data: Path) -> None:
    report = import_data(study, load_card("shp2"), [shared_data / "shp"])
    assert (report.rows, report.pairs.added) == (1, 0)
    assert report.other_domains == {"askculinary_train": 1}
    assert any("askculinary_train (1); choose one with --domain" in line for line in report.lines())
    assert row_counts(study)["sources"] == 0


def test_shp_of_another_domain(study: Study, shared_data: Path) -> None:
    choices = ImportChoices(domain="askculinary")
    import_data(study, load_card("shp2"), [shared_data / "shp"], choices=choices)
    row = json.loads((shared_data / "shp" / "askculinary_train_example.jsonl").read_text("utf-8"))
    pair = study.pair(rows_of(study, tables.pairs)[0].id)
    assert pair.source == row["history"]
    assert (pair.left.text, pair.right.text) == (row["human_ref_A"], row["human_ref_B"])
    assert labels_of(study) == [("reddit", pair.id, 1)]  # labels 1 is A


def test_a_domain_is_no_prefix_of_another_name(study: Study, tmp_path: Path) -> None:
    base = {"post_id": "p", "history": "q", "human_ref_A": "a", "human_ref_B": "b", "labels": 0}
    rows = [base | {"domain": domain} for domain in ("askhr_train", "askhrx_train", "askhr")]
    path = write_jsonl(tmp_path / "train.json", rows)
    report = import_data(study, load_card("shp2"), [path], choices=ImportChoices(domain="askhr"))
    assert report.other_domains == {"askhrx_train": 1}


def test_axis_example_makes_no_pair_of_one_summary(study: Study, shared_data: Path) -> None:
    report = import_data(study, load_card("tldr-axis"), [shared_data / "tldr"])
    assert (report.rows, report.pairs.added, report.responses.added) == (1, 0, 1)


def axis_row(post: str, policy: str, worker: str, overall: int) -> dict[str, Any]:
    return {
        "info": {"id": post, "post": f"Post {post}", "title": "T", "subreddit": "s"},
        "summary": {"text": f"{policy} of {post}", "policy": policy, "axes": {"overall": overall}},
        "worker": worker,
    }


def test_axis_ratings_of_one_person_make_labels(study: Study, tmp_path: Path) -> None:
    rows = [
        axis_row("p", "sup", "ann", 5),
        axis_row("p", "ppo", "ann", 7),
        axis_row("p", "ref", "ann", 5),
        axis_row("p", "sup", "bob", 6),
        axis_row("p", "ppo", "bob", 2),
        axis_row("q", "sup", "cy", 3),
        axis_row("q", "ppo", "dan", 4),
    ]
    report = import_data(study, load_card("tldr-axis"), [write_jsonl(tmp_path / "axis_evals1.json", rows)])
    # Post p: sup/ppo by ann (right) and bob (left), sup/ref a tie of ann's, ppo/ref by ann (left).
    # Post q: nobody rated both.
    assert (report.pairs.added, report.human_ties_excluded, report.responses.added) == (2, 1, 5)
    assert labels_of(study) == [("ann", 1, -1), ("bob", 1, 1), ("ann", 2, 1)]


def test_sample(study: Study) -> None:
    card = load_card("sample")
    report = import_data(study, card)
    agents = {row.name: row for row in rows_of(study, tables.agents)}
    assert all(agent.simulated for agent in agents.values())
    annotators = {name for name, agent in agents.items() if agent.kind == "annotator"}
    assert annotators == {"sim-ada", "sim-bo", "sim-cy"}
    responses = [
        json.loads(line) for line in (card.folder / "responses.jsonl").read_text("utf-8").splitlines()
    ]
    groups = Counter((row["post"], row["model"]) for row in responses)
    # All pairs of one model's responses to one post.
    assert report.pairs.added == sum(len(list(combinations(range(n), 2))) for n in groups.values())
    values = rows_of(study, tables.factor_values)
    assert {row.method for row in values} == {"hand-written"}
    assert len({row.factor for row in values}) == 10
    assert len(values) == 10 * len(responses)
    assert any(row.evidence and "facts" in row.evidence for row in values if row.factor == "hallucination")
    assert all(row.evidence["facts"] for row in rows_of(study, tables.sources))


def test_sample_labels_keep_their_sides(study: Study) -> None:
    card = load_card("sample")
    import_data(study, card)
    external = {row.id: row.external_id for row in rows_of(study, tables.responses)}
    sides = {row.id: (external[row.left_id], external[row.right_id]) for row in rows_of(study, tables.pairs)}
    found = {(name, *sides[pair]): choice for name, pair, choice in labels_of(study)}
    lines = (card.folder / "labels.jsonl").read_text("utf-8").splitlines()
    told = {
        (row["annotator"], row["left"], row["right"]): {"left": 1, "right": -1}[row["choice"]]
        for row in map(json.loads, lines)
    }
    assert found == told


def test_sample_twice_adds_nothing(study: Study) -> None:
    card: DatasetCard = load_card("sample")
    import_data(study, card)
    before = row_counts(study)
    assert not import_data(study, card).added_anything
    assert row_counts(study) == before


@pytest.mark.parametrize("name", ["tldr", "webgpt", "shp2", "pandalm"])
def test_a_card_without_its_data_says_what_to_fetch(study: Study, tmp_path: Path, name: str) -> None:
    from annotation.errors import ImportFailure

    with pytest.raises(ImportFailure, match=r"fetch .* from https://.* and give it with --path"):
        import_data(study, load_card(name), [tmp_path])
