"""The sample is what its README says: values that follow from the facts, labels drawn from the weights."""

import json
import math
import random
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import spearmanr

FOLDER = Path(__file__).parents[2] / "datasets" / "sample"
FACTORS = (
    "intent_alignment",
    "formality_alignment",
    "hallucination",
    "source_coverage",
    "novel_words",
    "off_focus",
    "number_of_facts",
    "length",
    "fluency",
    "coherence",
)
ORDERED = {"Yes": 1.0, "No": 0.0, "Aligned": 1.0, "Partially Aligned": 0.5, "Not Aligned": 0.0}
SCORES = (1, 2, 3, 4, 5)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """The files of the sample, as read."""

    simulated: Row
    posts: dict[str, Row]
    responses: dict[str, Row]
    labels: list[Row]

    def chain(self, post: str, model: str) -> list[Row]:
        """The five responses of a model to a post, in the order of the file."""
        return [row for row in self.responses.values() if (row["post"], row["model"]) == (post, model)]

    def chains(self) -> list[list[Row]]:
        """All chains of five."""
        models = dict.fromkeys(row["model"] for row in self.responses.values())
        return [self.chain(post, model) for post in self.posts for model in models]

    def labelled_chains(self) -> list[list[Row]]:
        """The chains of the posts that the simulated annotators labelled."""
        left_out = self.simulated["unlabelled_posts"]
        return [chain for chain in self.chains() if chain[0]["post"] not in left_out]


def read_rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def read_toml(name: str) -> Row:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sample() -> Sample:
    simulated = read_toml("simulated.toml")
    posts = {row["id"]: row for row in read_rows("sources.jsonl")}
    responses = {row["id"]: row for row in read_rows("responses.jsonl")}
    return Sample(simulated, posts, responses, read_rows("labels.jsonl"))


def number(response: Row, factor: str) -> float:
    value = response["values"][factor]
    return ORDERED[value] if isinstance(value, str) else float(value)


def manifestation(left: Row, right: Row, factor: str) -> int:
    difference = number(left, factor) - number(right, factor)
    return (difference > 0) - (difference < 0)


def split_words(text: str) -> list[str]:
    return re.sub(r"[^\w\s]", "", text).split()


def stem_words(text: str) -> set[str]:
    from nltk.stem.porter import PorterStemmer

    stemmer = PorterStemmer()
    return {stemmer.stem(word.lower()) for word in split_words(text)}


def mean_weights(sample: Sample) -> list[float]:
    people = sample.simulated["weights"].values()
    return [sum(weights[factor] for weights in people) / len(people) for factor in FACTORS]


def majority_choices(sample: Sample) -> dict[tuple[str, str], int]:
    votes: Counter[tuple[str, str]] = Counter()
    for label in sample.labels:
        votes[label["left"], label["right"]] += 1 if label["choice"] == "left" else -1
    return {pair: 1 if balance > 0 else -1 for pair, balance in votes.items()}


def draw_labels(sample: Sample) -> list[Row]:
    """The choices again, from the documented weights, noise and seed."""
    simulated = sample.simulated
    dice = random.Random(simulated["seed"])
    labels = []
    for chain in sample.labelled_chains():
        for lower, higher in combinations(chain, 2):
            left, right = (lower, higher) if dice.random() < 0.5 else (higher, lower)
            for annotator in simulated["annotators"]:
                weights = simulated["weights"][annotator]
                utility = sum(weights[factor] * manifestation(left, right, factor) for factor in FACTORS)
                chance = 1 / (1 + math.exp(-utility / simulated["noise_scale"]))
                choice = "left" if dice.random() < chance else "right"
                labels.append(
                    {"left": left["id"], "right": right["id"], "annotator": annotator, "choice": choice}
                )
    return labels


def test_two_models_answer_every_post_at_five_scores(sample: Sample) -> None:
    assert len(sample.posts) >= 12
    assert {row["model"] for row in sample.responses.values()} == {"expander", "tightener"}
    assert [tuple(row["score"] for row in chain) for chain in sample.chains()] == [SCORES] * 24
    assert len(sample.responses) == len(read_rows("responses.jsonl")) == 120


def test_every_id_says_post_model_and_score(sample: Sample) -> None:
    for row in sample.responses.values():
        assert row["id"] == f"{row['post']}/{row['model']}/{row['score']}"
        assert row["post"] in sample.posts


def test_posts_are_of_readable_length_with_their_facts(sample: Sample) -> None:
    for post in sample.posts.values():
        assert 80 <= len(split_words(post["post"])) <= 200, post["id"]
        assert 6 <= len(post["facts"]) == len(set(post["facts"])) <= 10, post["id"]


def test_no_text_stands_twice(sample: Sample) -> None:
    assert len({row["summary"] for row in sample.responses.values()}) == 120
    assert len({row["post"] for row in sample.posts.values()}) == len(sample.posts)


def test_every_factor_has_a_value_of_its_kind(sample: Sample) -> None:
    for row in sample.responses.values():
        values = row["values"]
        assert set(values) == set(FACTORS), row["id"]
        assert values["intent_alignment"] in ("Yes", "No")
        assert values["formality_alignment"] in ("Aligned", "Partially Aligned", "Not Aligned")
        assert all(isinstance(values[count], int) for count in ("number_of_facts", "length"))
        ratios = set(FACTORS) - {"number_of_facts", "length"}
        assert all(0 <= number(row, ratio) <= 1 for ratio in ratios), row["id"]


def test_ratios_follow_from_the_facts(sample: Sample) -> None:
    for row in sample.responses.values():
        facts, source_facts = row["facts"], sample.posts[row["post"]]["facts"]
        assert len({fact["text"] for fact in facts}) == len(facts) > 0, row["id"]
        assert row["covers"] == sorted(set(row["covers"])), row["id"]
        assert all(0 <= covered < len(source_facts) for covered in row["covers"]), row["id"]
        assert len(row["covers"]) <= sum(fact["supported"] for fact in facts), row["id"]
        expected = {
            "hallucination": round(sum(not fact["supported"] for fact in facts) / len(facts), 3),
            "off_focus": round(sum(not fact["on_focus"] for fact in facts) / len(facts), 3),
            "source_coverage": round(len(row["covers"]) / len(source_facts), 3),
            "number_of_facts": len(facts),
        }
        assert expected == {factor: row["values"][factor] for factor in expected}, row["id"]


def test_length_and_novel_words_follow_from_the_texts(sample: Sample) -> None:
    for row in sample.responses.values():
        stems = stem_words(row["summary"])
        novel = stems - stem_words(sample.posts[row["post"]]["post"])
        assert row["values"]["length"] == len(split_words(row["summary"])), row["id"]
        assert row["values"]["novel_words"] == round(len(novel) / len(stems), 3), row["id"]


@pytest.mark.parametrize(("model", "direction"), [("expander", 1), ("tightener", -1)])
def test_length_mostly_follows_the_score(sample: Sample, model: str, direction: int) -> None:
    steps = []
    for post in sample.posts:
        lengths = [row["values"]["length"] for row in sample.chain(post, model)]
        assert direction * (lengths[-1] - lengths[0]) > 0, post
        steps += [direction * (after - before) > 0 for before, after in pairwise(lengths)]
    assert 0.8 <= sum(steps) / len(steps) < 1


def test_three_annotators_label_all_pairs_of_ten_posts(sample: Sample) -> None:
    pairs = {annotator: set[frozenset[str]]() for annotator in sample.simulated["annotators"]}
    for label in sample.labels:
        left, right = sample.responses[label["left"]], sample.responses[label["right"]]
        assert (left["post"], left["model"]) == (right["post"], right["model"])
        assert label["choice"] in ("left", "right")
        pairs[label["annotator"]].add(frozenset((left["id"], right["id"])))
    chains = sample.labelled_chains()
    expected = {frozenset((a["id"], b["id"])) for chain in chains for a, b in combinations(chain, 2)}
    assert len(expected) == 200
    assert len(sample.labels) == 600
    assert len(pairs) == 3
    assert all(seen == expected for seen in pairs.values())


def test_labels_are_the_documented_draw(sample: Sample) -> None:
    assert sample.labels == draw_labels(sample)


def test_annotators_agree_on_about_four_pairs_of_five(sample: Sample) -> None:
    choices = {(row["left"], row["right"], row["annotator"]): row["choice"] for row in sample.labels}
    names = sample.simulated["annotators"]
    agreed = [
        choices[left, right, one] == choices[left, right, other]
        for left, right in majority_choices(sample)
        for one, other in combinations(names, 2)
    ]
    assert sum(agreed) / len(agreed) == pytest.approx(0.79, abs=0.005)


def test_the_ranking_recovers_the_documented_weights(sample: Sample) -> None:
    tau14 = []
    for factor in FACTORS:
        concordant = discordant = 0
        for (left, right), preference in majority_choices(sample).items():
            product = preference * manifestation(sample.responses[left], sample.responses[right], factor)
            concordant += product > 0
            discordant += product < 0
        tau14.append((concordant - discordant) / (concordant + discordant))
    assert float(spearmanr(mean_weights(sample), tau14)[0]) > 0.8
    assert tau14[FACTORS.index("intent_alignment")] == pytest.approx((35 - 1) / 36)  # the README's table
    assert tau14[FACTORS.index("hallucination")] == pytest.approx((3 - 90) / 93)


def test_the_card_says_how_the_sample_was_made() -> None:
    card = read_toml("card.toml")
    assert (card["task"], card["licence"], card["made"]) == ("summarization", "MIT", "written")
    assert card["simulated"] == ["authors", "annotators"]
    assert card["mapping"]["method"] == "hand-written"
    assert {name for file in card["files"] for name in file["names"]} == {
        path.name for path in FOLDER.glob("*.jsonl")
    }


def test_the_readme_prints_the_weights(sample: Sample) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    people = sample.simulated["weights"]
    for factor in FACTORS:
        cells = " | ".join(str(people[annotator][factor]) for annotator in ("sim-ada", "sim-bo", "sim-cy"))
        assert f"| `{factor}` | {cells} |" in readme
