"""Extraction of small studies from end to end: real texts, real processes, a real small model.

What the model says is poor. Tested are structure, provenance and counts, and that nothing is guessed.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Column, select

from annotation.store.tables import replies, responses
from annotation.study import Study
from profile_engine.extraction.plan import NUMBER_OF_FACTS, Plan, Questionnaire
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Method, Task
from tests.conftest import ROOT
from tests.services.llm_server import CountingProxy, Passed
from tests.services.program import Program, Ran
from tests.services.tiny_t5 import save_t5

pytestmark = pytest.mark.service

SAMPLE: Final = ROOT / "datasets" / "sample"
TEN: Final = TASK_FACTORS[Task.SUMMARIZATION]
JUDGED: Final = tuple(name for name in TEN if FACTORS[name].method is Method.LLM)
FACTS_OR_RESPONSE: Final = f"{NUMBER_OF_FACTS},intent_alignment,formality_alignment"
KILLED_AFTER: Final = 4  # answers
SECONDS: Final = 900.0  # on a busy machine; on an idle one it all takes two minutes

Document = dict[str, Any]


def write_sample(folder: Path, posts: Sequence[str], scores: Sequence[int]) -> None:
    """Part of the sample, without the values, facts and reasons that came with it."""

    def rows(name: str) -> Iterator[Document]:
        return map(json.loads, (SAMPLE / name).read_text("utf-8").splitlines())

    def write(name: str, chosen: Iterator[Document], *without: str) -> None:
        kept = [{key: value for key, value in row.items() if key not in without} for row in chosen]
        (folder / name).write_text("\n".join(map(json.dumps, kept)), "utf-8")

    folder.mkdir()
    wanted = {f"{post}/expander/{score}" for post in posts for score in scores}
    write(
        "responses.jsonl",
        (row for row in rows("responses.jsonl") if row["id"] in wanted),
        "values",
        "facts",
        "covers",
    )
    write("sources.jsonl", (row for row in rows("sources.jsonl") if row["id"] in posts), "facts")
    write("labels.jsonl", (row for row in rows("labels.jsonl") if {row["left"], row["right"]} <= wanted))
    card = (SAMPLE / "card.toml").read_text("utf-8")
    card = re.sub(r"(?m)^\[mapping\.evidence\]\n(.+\n)+", "", card)
    card = re.sub(r'(?m)^(values|method|facts) = ".*"\n', "", card)
    (folder / "card.toml").write_text(card, "utf-8")


def add_model(program: Program, proxy: CountingProxy, max_tokens: int = 256) -> None:
    """Configure the model and find out what it can do, so that a run need not."""
    given = ("--base-url", proxy.base_url, "--model", "smollm2", "--max-tokens", max_tokens)
    assert program("models", "add", "small", *given).code == 0
    assert program("models", "check", "small").code == 0
    proxy.passed.clear()


def number(pattern: str, text: str) -> int:
    """The number in the only place that a pattern fits; 0 where it fits nowhere."""
    found = re.findall(pattern, text, re.MULTILINE)
    assert len(found) <= 1, text
    return int(found[0].replace(",", "")) if found else 0


def planned(dry: Ran) -> int:
    """The calls that a dry run counted."""
    assert dry.code == 0, dry.err
    return number(r"^Calls: ([\d,]+)$", dry.out)


def made(ran: Ran) -> int:
    """The planned calls that a run says it made."""
    return number(r"([\d,]+) calls? made", ran.err)


def spared(ran: Ran) -> int:
    """The planned calls that a run says there was no need for."""
    return sum(
        int(calls) for calls in re.findall(r"(\d+) spared: the (?:text has no|facts could not)", ran.err)
    )


def first_asks(requests: Sequence[Passed]) -> int:
    """How many there are but for repair turns."""
    return sum(not request.is_repair for request in requests)


def read_column(study: Path, column: Column[Any]) -> list[Any]:
    """A column in the order of the rows."""
    with Study.open(study) as opened, opened.reading() as connection:
        return list(connection.execute(select(column).order_by(column.table.c.id)).scalars())


def evidence(program: Program, study: Path) -> list[Document]:
    """What `facts` says of each response."""
    found = [
        program("facts", study, "--response", id_, "-f", "json") for id_ in read_column(study, responses.c.id)
    ]
    assert all(one.code == 0 for one in found), found
    return [one.json for one in found]


def ranked_for_people(program: Program, study: Path) -> list[str]:
    """The factors that `rank` lists for people, by name."""
    agents = program("rank", study, "--format", "json").json["agents"]
    (human,) = (agent for agent in agents if agent["agent"] == "human")
    return sorted(entry["factor"] for entry in human["factors"])


def standing(document: Document) -> dict[str, Document]:
    """The values that count, by factor."""
    return {value["factor"]: value for value in document["values"] if value["stands"]}


def assert_filled(documents: Sequence[Document]) -> None:
    """Each of the ten factors has a value or says why it has none."""
    for document in documents:
        values = standing(document)
        assert list(values) == list(TEN)
        assert document["missing"] == []
        for value in values.values():
            assert (value["value"] is None) == bool(value["reason"]), value


@dataclass(frozen=True, slots=True)
class Step:
    """A run to its end, after a dry run: what it said and which requests arrived meanwhile."""

    planned: int
    ran: Ran
    requests: tuple[Passed, ...]


def extract(program: Program, proxy: CountingProxy, study: Path, *options: object) -> Step:
    """Extract, having counted what that will take."""
    before = len(proxy.passed)
    plan = planned(program("extract", study, *options, "--dry-run"))
    assert len(proxy.passed) == before
    ran = program("extract", study, *options, "--yes", seconds=SECONDS)
    return Step(plan, ran, tuple(proxy.passed[before:]))


@dataclass(frozen=True, slots=True)
class Story:
    """A study that was extracted factor by factor, with a kill in between.

    Attributes:
        planned: calls for the first factors, counted before the first run.
        requests: those that arrived before the kill.
        committed: the replies on record when the process was dead.
        resumed: the run that went on.
        rest: the run for all factors.
        again: the same once more.
        documents: what `facts` says of each response in the end.
    """

    program: Program
    study: Path
    planned: int
    requests: tuple[Passed, ...]
    committed: tuple[str, ...]
    resumed: Step
    rest: Step
    again: Step
    documents: tuple[Document, ...]


@pytest.fixture(scope="module")
def story(llm_server: int, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Two posts with two summaries each; answers are held to the form, so that verdicts come of it."""
    folder = tmp_path_factory.mktemp("sample")
    program, study = Program(folder), folder / "study.db"
    write_sample(folder / "data", ("bike-lock", "flat-loaf"), (1, 2))
    save_t5(folder / "t5")
    program("new", study, "--task", "summarization")
    assert (
        program("import", study, "--card", folder / "data" / "card.toml", "--path", folder / "data").code == 0
    )
    with CountingProxy(llm_server, held=True) as proxy:
        add_model(program, proxy)
        few = ("--factors", FACTS_OR_RESPONSE, "--concurrency", 2)
        plan = planned(program("extract", study, *few, "--dry-run"))
        assert proxy.passed == []
        process = program.start("extract", study, *few, "--yes")
        in_time = proxy.wait_until(lambda seen: len(seen.answered) == KILLED_AFTER, SECONDS)
        process.kill()
        assert in_time, process.communicate()
        process.communicate()
        requests, committed = tuple(proxy.passed), tuple(read_column(study, replies.c.text))
        resumed = extract(program, proxy, study, *few)
        everything = ("--factors", "all", "--unieval", folder / "t5")
        rest = extract(program, proxy, study, *everything)
        again = extract(program, proxy, study, *everything)
    documents = tuple(evidence(program, study))
    return Story(program, study, plan, requests, committed, resumed, rest, again, documents)


def test_a_killed_run_keeps_what_had_come(story: Story) -> None:
    """The reply on whose arrival the process was killed may have come too late."""
    assert KILLED_AFTER - 1 <= len(story.committed) < story.planned == 4 + 4
    assert set(story.committed) <= {request.text for request in story.requests}


def test_a_resumed_run_repeats_no_request_whose_answer_was_kept(story: Story) -> None:
    kept = Counter(story.committed)
    answered = [request.digest for request in story.requests if kept[request.text or ""]]
    assert len(answered) >= len(story.committed)
    assert not {*answered} & {request.digest for request in story.resumed.requests}
    # One that was under way, or whose answer came too late, is asked again, and nothing else is.
    times = Counter(request.digest for request in (*story.requests, *story.resumed.requests))
    assert sum(times.values()) - len(times) <= 3


def test_the_calls_made_are_those_that_were_counted(story: Story) -> None:
    asked = {request.digest: request for request in (*story.requests, *story.resumed.requests)}
    assert first_asks(list(asked.values())) == story.planned
    assert story.planned - len(story.committed) == story.resumed.planned
    for step in (story.resumed, story.rest):
        assert first_asks(step.requests) == made(step.ran)
        assert made(step.ran) + spared(step.ran) == step.planned
        assert len({request.digest for request in step.requests}) == len(step.requests)
    # Facts and verdicts of two sources' and of four responses' facts are left: those are on record already.
    assert story.rest.planned == 2 + 4 + 4


def test_other_factors_ask_nothing_that_was_asked(story: Story) -> None:
    before = {request.digest for request in (*story.requests, *story.resumed.requests)}
    assert not before & {request.digest for request in story.rest.requests}


def test_a_further_run_makes_no_call(story: Story) -> None:
    assert (story.again.planned, story.again.requests) == (0, ())
    assert story.again.ran.code == 0


def test_every_factor_has_a_value_or_the_reason(story: Story) -> None:
    assert len(story.documents) == 4
    assert_filled(story.documents)
    failed = any(
        value["reason"].startswith("failed")
        for document in story.documents
        for value in standing(document).values()
        if value["reason"]
    )
    assert story.rest.ran.code == int(failed)


def test_every_judged_factor_has_a_value_somewhere(story: Story) -> None:
    """Otherwise the model's answers were of no use, and the other tests show little."""
    for factor in JUDGED:
        assert any(standing(document)[factor]["value"] is not None for document in story.documents), factor


def test_values_say_where_they_come_from(story: Story) -> None:
    texts = Counter(request.text for step in (story.resumed, story.rest) for request in step.requests)
    texts += Counter(request.text for request in story.requests)
    questionnaire = Questionnaire(Task.SUMMARIZATION, Plan.FUSED, JUDGED)
    for document in story.documents:
        by_key = {reply["key"]: reply for reply in document["replies"]}
        assert all(texts[reply["text"]] for reply in by_key.values())
        for name, value in standing(document).items():
            method = FACTORS[name].method
            assert value["method"] == method.value
            if method is Method.LLM:
                assert (value["model"], value["version"]) == ("smollm2", questionnaire.version(name))
                assert value["replies"]
                assert set(value["replies"]) <= by_key.keys()
            if method is Method.LLM and value["value"] is not None:
                assert value["answered_by"] == "smollm2"


def test_values_follow_from_the_facts_and_verdicts(story: Story) -> None:
    for document in story.documents:
        values = standing(document)
        facts, source_facts = document["facts"], document["source_facts"]
        assert values[NUMBER_OF_FACTS]["value"] in (None, len(facts))
        for name, of, wanted in (
            ("hallucination", facts, "no"),
            ("off_focus", facts, "no"),
            ("source_coverage", source_facts, "yes"),
        ):
            if values[name]["value"] is None:
                continue
            verdicts = [fact["verdicts"][name] for fact in of]
            counted = sum(verdict["answer"] == wanted for verdict in verdicts)
            assert values[name]["value"] == pytest.approx(counted / len(of)), name
            assert all(verdict["justification"] for verdict in verdicts)
        for name in ("intent_alignment", "formality_alignment"):
            if values[name]["value"] is not None:
                assert values[name]["label"]
                assert values[name]["justification"]


def test_facts_prints_facts_verdicts_and_justifications(story: Story) -> None:
    document = next(one for one in story.documents if standing(one)["hallucination"]["value"] is not None)
    shown = story.program("facts", story.study, "--response", document["response_id"]).out
    words = " ".join(shown.split())
    verdict = document["facts"][0]["verdicts"]["hallucination"]
    for text in ("Facts of the response", f"supported: {verdict['answer']}"):
        assert text in words
    for text in (document["facts"][0]["text"], verdict["justification"]):
        assert " ".join(text.split()[:2]) in words


def test_people_rank_the_ten_factors(story: Story) -> None:
    assert ranked_for_people(story.program, story.study) == sorted(TEN)


def test_real_pairs_by_the_model_alone(
    shared_data: Path, program: Program, counted: CountingProxy, tmp_path: Path
) -> None:
    """Nothing holds the model to the form: most of it fails, says why, and takes nothing else with it."""
    pairs, study = tmp_path / "pairs.jsonl", tmp_path / "study.db"
    with (shared_data / "tldr" / "pairs24.jsonl").open(encoding="utf-8") as lines:
        pairs.write_text("".join(islice(lines, 2)), "utf-8")
    save_t5(tmp_path / "t5")
    program("new", study, "--task", "summarization")
    fields = ("source=prompt", "left=response 1", "right=response 2", "label=label")
    mapped = [part for field in fields for part in ("--map", field)]
    assert program("import", study, pairs, *mapped, "--labels", "0=left,1=right,2=tie").code == 0
    add_model(program, counted, max_tokens=128)
    step = extract(program, counted, study, "--unieval", tmp_path / "t5")
    assert step.planned == 2 + 4 * 4
    assert first_asks(step.requests) == made(step.ran)
    assert made(step.ran) + spared(step.ran) == step.planned
    assert number(r"([\d,]+) repairs", step.ran.err) == len(step.requests) - first_asks(step.requests)
    assert {request.format for request in step.requests} == {"json_object"}
    documents = evidence(program, study)
    assert_filled(documents)
    assert extract(program, counted, study, "--unieval", tmp_path / "t5").requests == ()
    assert ranked_for_people(program, study) == sorted(TEN)
