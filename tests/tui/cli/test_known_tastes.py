"""Stub models with known tastes from end to end: scores, position bias, misaligned pairs as they must be."""

import json
from collections.abc import Iterable, Iterator, Mapping
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import kendalltau

from tests.annotation.deeds.stub_models import choose, fewer_novel_words, longer, respond, the_first
from tests.faulty_server import FaultyServer
from tests.judge_server import request_of
from tests.tui.cli.conftest import Profile

Row = dict[str, Any]

SOURCES = ("Alpha stays.", "Beta goes.", "Gamma sleeps.")
COLOURS = ("red", "green", "blue", "white", "black")
MAKE = {1: (1, 2), 2: (5, 1), 3: (1, 4), 4: (6, 3), 5: (2, 5)}
"""By score: how often the source's first word stands there, and how many words that the source lacks."""
TASTES = {"longer": longer, "first": the_first, "fewer": fewer_novel_words}
SIGNS = {"left": 1, "tie": 0, "right": -1}


def write(source: str, score: int) -> str:
    known, novel = MAKE[score]
    return " ".join([source.split(maxsplit=1)[0]] * known + list(COLOURS[:novel]))


def measure(text: str) -> dict[str, float]:
    """Length and Novel Words by hand: all words but the first kind are novel, none of them stands twice."""
    words = text.split()
    novel = len({*words} & {*COLOURS})
    return {"length": len(words), "novel_words": novel / (novel + 1)}


@pytest.fixture
def study(profile: Profile, tmp_path: Path) -> Iterator[Path]:
    """Three posts, with two short responses each, and four models beside them."""

    def answer(body: Mapping[str, Any]) -> str:
        request = request_of(body)
        taste = TASTES.get(body["model"])
        return respond(request, write) if taste is None else choose(request, taste)

    path, posts = tmp_path / "s.db", tmp_path / "posts.jsonl"
    rows = [{"post": one, "a": one.split()[0], "b": f"{one.split()[0]} red"} for one in SOURCES]
    posts.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    profile("new", path, "--task", "summarization")
    assert (
        profile("import", path, posts, "--map", "source=post", "--map", "left=a", "--map", "right=b").code
        == 0
    )
    with FaultyServer(answer=answer).in_thread() as server:
        for name in ("writer", *TASTES):
            added = profile("models", "add", name, "--base-url", server.base_url, "--model", name)
            assert added.code == 0
        yield path


def exported(profile: Profile, study: Path) -> list[Row]:
    """The pairs in the order of their ids, which begin at 1."""
    return [json.loads(line) for line in profile("export", study).out.splitlines()]


def signs(row: Row) -> dict[str, int]:
    """Which side has more, by factor."""
    left, right = (measure(row[side]["text"]) for side in ("left", "right"))
    return {factor: (left[factor] > right[factor]) - (left[factor] < right[factor]) for factor in left}


def preferred(row: Row, name: str) -> int:
    """What a judge with this taste chooses when it is asked in both orders."""
    if name == "first":
        return 0
    more = signs(row)
    return more["length"] if name == "longer" else -more["novel_words"]


def people_prefer(row: Row) -> int:
    """The shorter one of the first post, the one with fewer novel words of the others."""
    more = signs(row)
    return -more["length" if row["source"]["text"] == SOURCES[0] else "novel_words"]


def score(rows: list[Row], preferences: Iterable[int]) -> dict[str, float]:
    """tau_14, evaluation; no two responses of a pair are alike in a factor, so that every pair counts."""
    said = list(preferences)
    return {
        factor: sum(one * signs(row)[factor] for one, row in zip(said, rows, strict=True)) / len(rows)
        for factor in ("length", "novel_words")
    }


def taste_score(rows: list[Row], name: str) -> dict[str, float]:
    return score(rows, [preferred(row, name) for row in rows])


def people_score(rows: list[Row]) -> dict[str, float]:
    return score(rows, map(people_prefer, rows))


def label(profile: Profile, study: Path, rows: list[Row]) -> None:
    names = {sign: side for side, sign in SIGNS.items()}
    for row in rows:
        choice = names[people_prefer(row)]
        row["answers"] = [
            {"annotator": "ann", "kind": "label", "choice": choice, "created": "2026-01-01T00:00:00Z"}
        ]
    labelled = study.with_name("labelled.jsonl")
    labelled.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert f"{len(rows)} labels added" in profile("import", study, labelled).err


def test_known_tastes_come_out_as_they_must(profile: Profile, study: Path) -> None:
    assert profile("generate", study, "--model", "writer", "--yes").code == 0
    judged = {
        name: profile("judge", study, "--model", name, "--swap", "--yes", "--format", "json")
        for name in TASTES
    }
    assert profile("extract", study, "--factors", "rules").code == 0
    rows = exported(profile, study)
    assert len(rows) == 11 * len(SOURCES)
    label(profile, study, rows)

    # A judge that always takes the first contradicts itself on every pair, the others on none.
    for name, done in judged.items():
        both = done.json["both_orders"]
        contradictions = len(rows) if name == "first" else 0
        assert (both["pairs"], both["contradictions"]["hits"]) == (len(rows), contradictions)
        assert done.json["pairs"]["tie"] == contradictions
    told = " ".join(profile("judge", study, "--model", "first", "--swap").out.split())
    assert f"position bias: the order decided {len(rows)} {len(rows)} 100.0" in told

    ranked = {
        agent["agent"]: {one["factor"]: one["score"] for one in agent["factors"]}
        for agent in profile("rank", study, "--format", "json").json["agents"]
    }
    assert (ranked["longer"]["length"], ranked["fewer"]["novel_words"]) == (1.0, -1.0)
    assert (ranked["first"]["length"], ranked["first"]["novel_words"]) == (0.0, 0.0)
    # By score the lengths are 3, 6, 5, 9, 7, the novel words 2, 1, 4, 3, 5: two of ten pairs are discordant.
    assert (ranked["writer"]["length"], ranked["writer"]["novel_words"]) == (0.6, 0.6)
    for name in TASTES:
        by_hand = taste_score(rows, name)
        assert {factor: ranked[name][factor] for factor in by_hand} == pytest.approx(by_hand)
    people = people_score(rows)
    assert {factor: ranked["human"][factor] for factor in people} == pytest.approx(people)

    for name in TASTES:
        found = profile("misaligned", study, "--agent", name, "--limit", 0, "--format", "json").json
        assert_misaligned(found["pairs"], rows, name)


def assert_misaligned(found: list[Row], rows: list[Row], name: str) -> None:
    """Those on which people chose otherwise, each with how much closer its scores would be, by hand."""
    people, own = people_score(rows), taste_score(rows, name)
    parted = {
        number: row for number, row in enumerate(rows, start=1) if preferred(row, name) != people_prefer(row)
    }
    assert {pair["pair"] for pair in found} == parted.keys() != set()
    for pair in found:
        row = parted[pair["pair"]]
        assert (SIGNS[pair["human"]], SIGNS[pair["model"]]) == (people_prefer(row), preferred(row, name))
        step = (people_prefer(row) - preferred(row, name)) / len(rows)
        then = {factor: own[factor] + step * sign for factor, sign in signs(row).items()}
        closer = sum(abs(own[factor] - people[factor]) - abs(then[factor] - people[factor]) for factor in own)
        assert pair["closer"] == pytest.approx(closer, abs=1e-9)
        tau = kendalltau(list(people.values()), list(then.values())).statistic
        assert pair["tau_b"] == (None if isnan(tau) else pytest.approx(tau))
    changes = [-2 if pair["change"] is None else pair["change"] for pair in found]
    assert changes == sorted(changes, reverse=True)
