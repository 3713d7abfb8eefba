"""The paper's experiments from end to end: real texts, real processes, a real small model, a reward model.

What the models say is poor. Tested are counts, that nothing is asked twice, and that every figure follows
from what the study holds.
"""

import csv
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from scipy.stats import kendalltau
from sqlalchemy import Table, func, select

from annotation.integrity import check
from annotation.store.model_tables import generations, improvements, judgings, rewards
from annotation.store.tables import pairs, replies, responses
from annotation.study import Study
from profile_engine.extraction.rules import length
from tests.services.llm_server import CountingProxy, Passed
from tests.services.program import Program, Ran
from tests.services.tiny_reward import save_llama
from tests.services.tiny_t5 import save_t5

pytestmark = pytest.mark.service

POSTS: Final = (
    (
        "My bike was stolen in front of the library on Monday. The lock was cut. What should I do first?",
        "Bike stolen at the library, lock cut: what first?",
        "Somebody cut the lock of my bike on Monday and took it, and I would like to know what to do now.",
    ),
    (
        "My bread comes out flat. I let it rise for an hour in a cold kitchen and bake it at 180 degrees.",
        "The bread that I let rise in a cold kitchen for an hour, and bake at 180 degrees, stays flat.",
        "My bread is flat.",
    ),
    (
        "I moved to another town and know nobody here. I work from home and I am shy. How do I find friends?",
        "New in town, shy, at home: how do I find friends?",
        "I am lonely since I moved, since I work from home and do not dare to speak to people I do not know.",
    ),
    (
        "My cat has hidden behind the washer since Friday. She eats at night. Do I lure her out or wait?",
        "The cat hides and eats only at night: should I wait until she comes, or lure her out of there?",
        "My cat hides: wait, or lure her out?",
    ),
    (
        "My landlord wants more rent though the wall is damp. I told him twice in writing. May I pay less?",
        "Wall damp, rent up: may I pay less?",
        "I told my landlord twice that the wall is damp, and now he wants more, and I would rather pay less.",
    ),
)
"""Each with two summaries."""
AUTHORS: Final = ("first hand", "other hand")
PEOPLE: Final = ("ann", "bo", "cy")
JUDGED: Final = 5  # generated pairs at most, a run
GUIDED: Final = 3  # pairs, in each condition
EXPERIMENTS: Final = {
    "alignment": "(Table 1)",
    "guidance": "(Table 2)",
    "improvement": "(Table 3)",
    "reward": "(Figure 4)",
    "direct": "(Table 10)",
    "correlations": "(Figure 5)",
}
"""With what the paper calls the table."""
BASES: Final = {"judge": "small", "score": "small", "reward": "rm"}
SECONDS: Final = 900.0  # on a busy machine; on an idle one all takes two minutes

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """A run that was killed, and the one that went on.

    Attributes:
        before: requests until the kill.
        kept: replies to these that were on record when the process was dead.
        after: requests of the run that went on.
    """

    before: tuple[Passed, ...]
    kept: int
    after: tuple[Passed, ...]
    ran: Ran

    @property
    def lost(self) -> int:
        """Requests whose reply is not on record, so that they have to be made again."""
        return len(self.before) - self.kept


@dataclass(frozen=True, slots=True)
class Work:
    """Does one thing after the other to a study."""

    program: Program
    proxy: CountingProxy
    study: Path

    def do(self, command: str, *options: object, may_fail: bool = False) -> Ran:
        """Run a command to its end; with `may_fail` something may be lacking then."""
        ran = self.program(*command.split(), self.study, *options, seconds=SECONDS)
        assert ran.code in ((0, 1) if may_fail else (0,)), (command, ran)
        assert "Traceback" not in ran.err, ran.err
        return ran

    def break_off(self, command: str, *options: object, answers: int) -> Broken:
        """Kill a run after so many answers, and go on."""
        start, recorded = len(self.proxy.passed), count(self.study, replies)
        process = self.program.start(command, self.study, *options, "--yes", "--concurrency", 2)
        in_time = self.proxy.wait_until(lambda seen: len(seen.answered) >= start + answers, SECONDS)
        process.kill()
        assert in_time, process.communicate()
        process.communicate()
        stopped, kept = len(self.proxy.passed), count(self.study, replies) - recorded
        ran = self.do(command, *options, "--yes", may_fail=True)
        return Broken(tuple(self.proxy.passed[start:stopped]), kept, tuple(self.proxy.passed[stopped:]), ran)


@dataclass(frozen=True, slots=True)
class Story:
    """A study in which all was done that the paper does.

    Attributes:
        broken: by command.
        ran: by command, the runs that were not broken off.
        tables: what each experiment prints; `documents` the same as JSON.
        requests: all that were made.
        rows: the export of the study in the end.
    """

    work: Work
    broken: dict[str, Broken]
    ran: dict[str, Ran]
    tables: dict[str, str]
    documents: dict[str, Document]
    requests: tuple[Passed, ...]
    rows: list[Document]


@pytest.fixture(scope="module")
def story(llm_server: int, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Five posts; answers are held to the form, so that something comes of them."""
    folder = tmp_path_factory.mktemp("paper")
    save_llama(folder / "rm")
    save_t5(folder / "t5")
    with CountingProxy(llm_server, held=True) as proxy:
        work = Work(Program(folder), proxy, folder / "study.db")
        begin(work, folder)
        broken = {"generate": work.break_off("generate", answers=2)}
        ran = {"direct": work.do("generate", "--direct", "--yes", may_fail=True)}
        by_hand = [part for author in AUTHORS for part in ("--agent", author)]
        ran["judge"] = work.do("judge", "--swap", "--yes", *by_hand, may_fail=True)
        broken["judge"] = work.break_off("judge", "--swap", "--limit", JUDGED, answers=4)
        (folder / "labelled.jsonl").write_text(label(export(work, folder)), "utf-8")
        work.do("import", folder / "labelled.jsonl")
        models = ("--generator", "small", "--evaluator", "small")
        with ThreadPoolExecutor() as beside:  # two commands work in the study at once
            rewarded = beside.submit(work.do, "reward", "--model", folder / "rm")
            ran["improve"] = work.do("improve", *models, "--yes", may_fail=True)
            ran["reward"] = rewarded.result()
        work.do("extract", "--factors", "rules,unieval", "--unieval", folder / "t5")
        with ThreadPoolExecutor(2) as beside:
            tables = list(beside.map(lambda name: experiment(work, name).out, EXPERIMENTS))
            as_json = beside.map(lambda name: experiment(work, name, "--format", "json"), EXPERIMENTS)
            documents = [one.json for one in as_json]
        ran["report"] = work.do("report", "-o", folder / "report", "--paper")
        requests = tuple(proxy.passed)
    printed, documented = (dict(zip(EXPERIMENTS, each, strict=True)) for each in (tables, documents))
    return Story(work, broken, ran, printed, documented, requests, export(work, folder))


def experiment(work: Work, name: str, *options: str) -> Ran:
    asking = ("--pairs", GUIDED, "--yes") if name == "guidance" else ()
    return work.do(f"experiment {name}", *asking, *options, may_fail=bool(asking))


def begin(work: Work, folder: Path) -> None:
    """Import the posts, and configure the model."""
    names = ("post", "left", "right")
    rows = [dict(zip(names, post, strict=True)) | {"a": AUTHORS[0], "b": AUTHORS[1]} for post in POSTS]
    (folder / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    work.do("new", "--task", "summarization")
    fields = ("source=post", "left=left", "right=right", "left_agent=a", "right_agent=b")
    work.do("import", folder / "posts.jsonl", *(part for field in fields for part in ("--map", field)))
    given = ("--base-url", work.proxy.base_url, "--model", "smollm2", "--max-tokens", 256)
    assert work.program("models", "add", "small", *given).code == 0
    assert work.program("models", "check", "small").code == 0
    work.proxy.passed.clear()


def export(work: Work, folder: Path) -> list[Document]:
    """Every pair with its texts, values, answers and verdicts."""
    work.do("export", "-o", folder / "pairs.jsonl")
    return [json.loads(line) for line in (folder / "pairs.jsonl").read_text("utf-8").splitlines()]


def label(rows: list[Document]) -> str:
    """People choose on the judged pairs: two of them the shorter summary, the third the longer one."""
    judged = [row for row in rows if row["verdicts"]]
    assert judged, "the judge chose on no pair, and this shows nothing"
    for row in judged:
        shorter, longer = sorted(("left", "right"), key=lambda side: length(row[side]["text"]))
        row["answers"] = [
            {"annotator": who, "kind": "label", "choice": choice, "created": "2026-01-01T00:00:00Z"}
            for who, choice in zip(PEOPLE, (shorter, shorter, longer), strict=True)
        ]
    return "\n".join(map(json.dumps, judged))


def count(study: Path, table: Table) -> int:
    with Study.open(study) as opened, opened.reading() as connection:
        number: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
        return number


def read(story: Story, table: Table) -> list[Any]:
    with Study.open(story.work.study) as opened, opened.reading() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


@pytest.mark.parametrize("command", ["generate", "judge"])
def test_a_killed_run_goes_on_and_asks_nothing_that_is_on_record(story: Story, command: str) -> None:
    broken = story.broken[command]
    assert broken.kept, "nothing was on record yet when it was killed, and this shows nothing"
    assert broken.after, "nothing was left to ask, and this shows nothing"
    before, after = ({one.digest for one in requests} for requests in (broken.before, broken.after))
    assert len(before & after) == broken.lost <= 4  # two at once


def test_no_request_is_made_twice_but_those_whose_reply_was_lost(story: Story) -> None:
    made = Counter(one.digest for one in story.requests)
    assert made.total() - len(made) == sum(broken.lost for broken in story.broken.values())
    assert count(story.work.study, replies) == len(made)
    with Study.open(story.work.study) as opened:
        assert check(opened) == ()


def test_what_is_lacking_has_a_reason_and_a_code(story: Story) -> None:
    written, improved, judged = (read(story, table) for table in (generations, improvements, judgings))
    each = {"scored": 5, "direct": 1, "initial": 2}
    assert Counter((row.source_id, row.purpose) for row in written) == {
        (source, purpose): number for source in range(1, 6) for purpose, number in each.items()
    }
    for rows in (written, improved):
        assert all((row.response_id is None) == (row.reason is not None) for row in rows)
        assert sum(row.response_id is not None for row in rows) > len(rows) / 2, (
            "of no use: this shows little"
        )
    assert all((row.choice is None) == (row.reason is not None) for row in judged)
    for ran, purpose in ((story.broken["generate"].ran, "scored"), (story.ran["direct"], "direct")):
        assert ran.code == int(any(row.reason for row in written if row.purpose == purpose))
    assert {row.method for row in improved} == {"feedback", "both", "single"}


def test_the_order_decided_as_often_as_the_judge_says(story: Story) -> None:
    said = story.work.do("judge", "--swap", "--yes", "--agent", AUTHORS[0], "--format", "json").json
    shown = {(row.pair_id, row.shown_first): row.choice for row in read(story, judgings) if not row.condition}
    both = [
        (shown[pair, 1], shown[pair, -1])
        for pair in {pair for pair, _ in shown}
        if shown.get((pair, 1)) is not None and shown.get((pair, -1)) is not None
    ]
    assert said["both_orders"]["pairs"] == len(both) > len(POSTS)
    assert said["both_orders"]["consistent"] == sum(one == other for one, other in both)
    assert said["both_orders"]["contradictions"]["hits"] == sum(one * other == -1 for one, other in both)
    assert "position bias: the order decided" in story.broken["judge"].ran.out


def majority(story: Story) -> dict[int, int]:
    """What most people prefer, by pair: 1 left, -1 right; an export has the study's order."""
    ids = [row.id for row in read(story, pairs)]
    signs = {"left": 1, "right": -1}
    said = {
        id_: sum(signs[answer["choice"]] for answer in row["answers"])
        for id_, row in zip(ids, story.rows, strict=True)
        if row["answers"]
    }
    return {id_: 1 if sum_ > 0 else -1 for id_, sum_ in said.items()}


def chosen(story: Story, basis: str) -> dict[int, int]:
    """What a model prefers, by pair, worked out from the rows of what it did."""
    sides = {row.id: (row.left_id, row.right_id) for row in read(story, pairs)}
    if basis == "judge":
        by_pair: dict[int, set[int]] = {}
        for row in read(story, judgings):
            if not row.condition and row.choice is not None and row.pair_id in majority(story):
                by_pair.setdefault(row.pair_id, set()).add(row.choice)
        return {pair: choices.pop() if len(choices) == 1 else 0 for pair, choices in by_pair.items()}
    if basis == "reward":
        worth = {row.response_id: row.reward for row in read(story, rewards)}
    else:
        by_hand = {row.response_id for row in read(story, generations) if row.purpose == "scored"}
        worth = {row.id: row.score for row in read(story, responses) if row.id in by_hand}
    return {
        pair: (worth[left] > worth[right]) - (worth[left] < worth[right])
        for pair, (left, right) in sides.items()
        if left in worth and right in worth
    }


@pytest.mark.parametrize("basis", BASES)
def test_misaligned_pairs_are_those_on_which_people_chose_otherwise(story: Story, basis: str) -> None:
    people, model = majority(story), chosen(story, basis)
    common = people.keys() & model.keys()
    assert common, "people labelled no pair on which it chose, and this shows nothing"
    agent = ("--agent", BASES[basis], "--by", basis, "--limit", 0)
    found = story.work.do("misaligned", *agent, "--format", "json").json
    assert {one["pair"] for one in found["pairs"]} == {pair for pair in common if people[pair] != model[pair]}
    agree = sum(people[pair] == model[pair] for pair in common)
    assert found["agreement"] == {"agree": agree, "of": len(common)}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_prints_its_tables(story: Story, name: str) -> None:
    table, document = story.tables[name], story.documents[name]
    assert EXPERIMENTS[name] in table.splitlines()[0]
    assert not re.search(r"\bnan\b", table + json.dumps(document), re.IGNORECASE)
    assert re.search(r"(?m)^(small|rm|no guidance)\b.* \d", table) or name == "correlations"
    assert document["experiment"] == name


def scores(ranking: Document) -> dict[str, float]:
    return {
        one["score"]["factor"]: one["score"]["score"]
        for one in ranking["factors"]
        if one["score"]["score"] is not None
    }


def test_people_who_prefer_the_shorter_one_score_length_at_minus_one(story: Story) -> None:
    result = story.documents["alignment"]["result"]
    people = scores(result["people"])
    assert people["length"] == -1.0
    assert people.keys() == {"length", "novel_words", "fluency", "coherence"}
    for one in result["agents"]:
        own = scores(one["ranking"])
        tau = kendalltau([people[name] for name in own], list(own.values())).statistic
        assert one["alignment"]["kendall"] == pytest.approx(tau)
    by_kind = {one["ranking"]["agent"]["kind"] for one in result["agents"]}
    assert by_kind == {"generator", "judge", "reward_model", "improver"}


def test_guidance_is_asked_in_every_condition_about_the_same_pairs(story: Story) -> None:
    design, result = (story.documents["guidance"][key] for key in ("design", "result"))
    people, pair_ids = majority(story), design["choices"]["pair_ids"]
    assert len(pair_ids) == result["pairs"] == GUIDED
    rows = [row for row in read(story, judgings) if row.condition]
    by_condition: dict[str, dict[int, int]] = {}
    for row in rows:
        by_condition.setdefault(row.condition.removeprefix("guidance:"), {})[row.pair_id] = row.choice
    factors = [one["factor"] for one in result["conditions"]]
    assert factors[0] is None and len(factors) >= 2
    answered = [
        pair for pair in pair_ids if all(by_condition[one or ""][pair] is not None for one in factors)
    ]
    assert result["answered"] == len(answered) > 0
    for condition in result["conditions"]:
        choices = by_condition[condition["factor"] or ""]
        agree = sum(choices[pair] == people[pair] for pair in answered)
        assert condition["agreement"] == {"agree": agree, "of": len(answered)}


def test_improvements_are_held_against_the_evaluator_and_people(story: Story) -> None:
    result = story.documents["improvement"]["result"]
    people, evaluator = scores(result["people"]), scores(result["evaluators"]["small"])
    assert [row["method"] for row in result["rows"]] == ["feedback", "both", "single"]
    for row in result["rows"]:
        own = scores(row["ranking"])
        for found, other in ((row["with_people"], people), (row["with_evaluator"], evaluator)):
            tau = kendalltau([other[name] for name in own], list(own.values())).statistic
            assert found["kendall"] == pytest.approx(tau)


def test_the_report_has_every_experiment_and_its_files(story: Story) -> None:
    folder = story.work.study.parent / "report"
    page = (folder / "report.html").read_text("utf-8")
    for name in EXPERIMENTS:
        assert page.count(f"<h2>Experiment: {name}</h2>") == 1, name
    assert "The paper&#x27;s figures" in page
    linked = re.findall(r'href="((?:figures|tables)/[^"]+)"', page)
    assert linked and all((folder / path).stat().st_size for path in linked)
    with (folder / "tables" / "scores.csv").open(encoding="utf-8") as lines:
        shown = {row["factor"]: row for row in csv.DictReader(lines)}
    assert float(shown["Length"]["human:human"]) == -1.0
