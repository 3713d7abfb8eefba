"""Making a plan: what is stored, what is refused, what the study's settings follow."""

import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from annotation.answers import AnswerLog, NewAnswer
from annotation.errors import PlanError
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.people.consent import withdraw
from annotation.planning.candidates import score_gaps
from annotation.planning.cost import read_progress
from annotation.planning.design import PlanDesign, Qualifications, make_design
from annotation.planning.gold import KnownAnswer
from annotation.planning.making import make_plan
from annotation.planning.plan import PlanItem, Role, read_plan
from annotation.store.tables import pairs, responses
from annotation.study import Study
from profile_engine.errors import UnknownAgentError
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft, label
from tests.annotation.planning.posts import add_posts
from tests.annotation.postgres import Server

LEFT, TIE, RIGHT = Preference.LEFT, Preference.TIE, Preference.RIGHT


def stored_pairs(study: Study) -> dict[int, frozenset[int]]:
    with study.reading() as connection:
        rows = connection.execute(select(pairs.c.id, pairs.c.left_id, pairs.c.right_id)).all()
    return {row.id: frozenset((row.left_id, row.right_id)) for row in rows}


def gap_counts(study: Study, items: tuple[PlanItem, ...]) -> Counter[float]:
    """Recounted from the study: both responses must be of one agent and one source."""
    with study.reading() as connection:
        scores = {row.id: row for row in connection.execute(select(responses))}
    found: Counter[float] = Counter()
    for item in items:
        one, other = (scores[id_] for id_ in stored_pairs(study)[item.pair_id])
        assert (one.agent_id, one.source_id) == (other.agent_id, other.source_id)
        assert one.source_id == item.source_id
        found[abs(one.score - other.score)] += 1
    return found


def sources_in_order(items: tuple[PlanItem, ...]) -> list[int]:
    order = [item.source_id for item in items]
    return [one for one, before in zip(order, [0, *order], strict=False) if one != before]


def test_drawn_pairs_are_made_once(study: Study) -> None:
    add_posts(study, 4, 2)
    plan = make_plan(study, PlanDesign())
    assert [item.position for item in plan.items] == list(range(1, 25))
    assert {item.role for item in plan.items} == {Role.WORK}
    assert gap_counts(study, plan.items) == {1: 6, 2: 6, 3: 6, 4: 6}
    assert len(sources_in_order(plan.items)) == 4
    assert len(stored_pairs(study)) == 24
    again = make_plan(study, PlanDesign())
    assert [item.pair_id for item in again.items] == [item.pair_id for item in plan.items]
    assert len(stored_pairs(study)) == 24
    with study.reading() as connection:
        assert read_plan(connection) == again
    other = make_plan(study, PlanDesign(seed=1))
    assert [item.pair_id for item in other.items] != [item.pair_id for item in plan.items]


@pytest.mark.service
def test_a_server_draws_what_a_file_draws(study: Study, postgres_server: Server) -> None:
    with Study.create(postgres_server.new_database(), task=Task.SUMMARIZATION) as other:
        drawn = []
        for one in (study, other):
            add_posts(one, 5, 2)
            plan = make_plan(one, PlanDesign(seed=3))
            with one.reading() as connection:
                assert read_progress(connection, plan).labels == 0
                assert score_gaps(connection, plan.id) == {1: 8, 2: 7, 3: 8, 4: 7}
            drawn.append([stored_pairs(one)[item.pair_id] for item in plan.items])
        assert drawn[0] == drawn[1]


def test_the_better_response_is_not_always_left(study: Study) -> None:
    add_posts(study, 20, 1)
    make_plan(study, PlanDesign(pairs_per_source=10))
    left, right = responses.alias(), responses.alias()
    ordered = select(func.count()).select_from(pairs).join(left, left.c.id == pairs.c.left_id)
    ordered = ordered.join(right, right.c.id == pairs.c.right_id).where(left.c.score > right.c.score)
    with study.reading() as connection:
        assert 60 <= connection.execute(ordered).scalar_one() <= 140  # of 200


def test_pairs_that_are_there_are_taken_whatever_their_key_and_sides(study: Study) -> None:
    add_posts(study, 1, 1)
    with study.writing() as connection:
        ids = [row.id for row in connection.execute(select(responses).order_by(responses.c.score.desc()))]
        for number, (left, right) in enumerate(combinations(ids, 2), start=1):
            connection.execute(
                insert(pairs).values(key=f"own {number}", source_id=1, left_id=left, right_id=right)
            )
    before = stored_pairs(study)
    plan = make_plan(study, PlanDesign(pairs_per_source=10))
    assert stored_pairs(study) == before
    assert {item.pair_id for item in plan.items} == set(before)


def test_an_import_of_all_pairs_meets_those_that_were_made(study: Study, tmp_path: Path) -> None:
    """A pair made for a plan has the key that an import gives it."""
    rows = [
        {"p": "A post.", "l": f"One {n}.", "r": f"Two {n}.", "a": "m", "x": n, "y": n + 1}
        for n in range(1, 5)
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    mapping = parse_map(
        ["source=p", "left=l", "right=r", "left_agent=a", "right_agent=a", "left_score=x", "right_score=y"]
    )
    import_data(study, mapping, [file])
    made = make_plan(study, PlanDesign(pairs_per_source=28))
    with study.reading() as connection:
        texts = {row.id: row for row in connection.execute(select(responses))}
    new = [pair for id_, pair in stored_pairs(study).items() if id_ > 4]
    assert len(made.items) == 4 + len(new)
    more = tmp_path / "more.jsonl"
    one, other = (texts[id_] for id_ in new[0])
    row = {"p": "A post.", "l": one.text, "r": other.text, "a": "m", "x": one.score, "y": other.score}
    more.write_text(json.dumps(row), "utf-8")
    report = import_data(study, mapping, [more])
    assert (report.pairs.added, report.responses.added) == (0, 0)


def test_ready_made_pairs(draft: Draft, study: Study) -> None:
    made = draft.pairs(10, a_source=5)
    plan = make_plan(study, PlanDesign(pairs_per_source=3))
    assert len(plan.items) == 6
    assert len(sources_in_order(plan.items)) == 2
    everything = make_plan(study, PlanDesign(pairs_per_source=50))
    assert sorted(item.pair_id for item in everything.items) == made


def test_only_named_agents(study: Study) -> None:
    add_posts(study, 3, 3)
    plan = make_plan(study, PlanDesign(agents=("model 2", "model 3:generator")))
    with study.reading() as connection:
        authors = {row.id: row.agent_id for row in connection.execute(select(responses))}
    used = Counter(authors[id_] for item in plan.items for id_ in stored_pairs(study)[item.pair_id])
    assert used == {2: 18, 3: 18}
    with pytest.raises(UnknownAgentError, match="no agent 'model 9' here"):
        make_plan(study, PlanDesign(agents=("model 9",)))


def test_known_answers_are_not_drawn_and_stand_where_they_belong(study: Study) -> None:
    add_posts(study, 4, 1)
    first = make_plan(study, PlanDesign(pairs_per_source=10))
    of_source = {
        number: [item.pair_id for item in first.items if item.source_id == number] for number in range(1, 5)
    }
    known = [
        KnownAnswer(of_source[3][0], Role.TRAINING, LEFT, "Because."),
        KnownAnswer(of_source[1][0], Role.GOLD, RIGHT),
        KnownAnswer(of_source[2][0], Role.TRAINING, TIE),
        KnownAnswer(of_source[3][1], Role.TRAINING, RIGHT),
    ]
    plan = make_plan(study, PlanDesign(pairs_per_source=10), known)
    assert [(item.pair_id, item.expected, item.explanation) for item in plan.items[:3]] == [
        (of_source[3][0], LEFT, "Because."),
        (of_source[3][1], RIGHT, None),
        (of_source[2][0], TIE, None),
    ]
    rest = plan.items[3:]
    assert Counter(item.role for item in rest) == {Role.WORK: 36, Role.GOLD: 1}
    assert len(sources_in_order(rest)) == 4
    assert len({item.pair_id for item in plan.items}) == 40


@pytest.mark.parametrize(
    ("design", "known", "said"),
    [
        (PlanDesign(sources=5), (), r"5 sources asked for; this study has pairs to draw of 4 only"),
        (PlanDesign(repeats=13), (), r"13 repeats: the plan has 12 items to repeat"),
        (PlanDesign(), (KnownAnswer(99, Role.GOLD, LEFT),), r"pair 99 is not in this study"),
        (PlanDesign(ties=False), (KnownAnswer(1, Role.GOLD, TIE),), r"is a tie, and the plan has no ties"),
        (
            PlanDesign(),
            (KnownAnswer(1, Role.GOLD, LEFT), KnownAnswer(1, Role.TRAINING, LEFT)),
            r"pair 1 is a training item twice or of two roles",
        ),
    ],
)
def test_what_cannot_be_planned_leaves_nothing(
    study: Study, design: PlanDesign, known: tuple[KnownAnswer, ...], said: str
) -> None:
    add_posts(study, 4, 1)
    with pytest.raises(PlanError, match=said):
        make_plan(study, design, known)
    with study.reading() as connection:
        assert read_plan(connection) is None
    assert stored_pairs(study) == {}


def test_nothing_to_draw(study: Study) -> None:
    with pytest.raises(PlanError, match="there is no pair to plan; import data first"):
        make_plan(study, PlanDesign())


def test_the_settings_follow(study: Study) -> None:
    add_posts(study, 1, 1)
    design = PlanDesign(ties=False, seed=9, minimum_seconds=2, question="Which?", instructions="Choose.")
    make_plan(study, design)
    kept = study.settings
    assert (kept.allow_ties, kept.seed, kept.minimum_seconds) == (False, 9, 2)
    assert (kept.question, kept.instructions) == ("Which?", "Choose.")
    make_plan(study, PlanDesign())
    assert study.settings.question == "Which?"  # nothing told, nothing changed


def test_another_plan_after_labels_wants_a_word(study: Study, log: AnswerLog) -> None:
    add_posts(study, 2, 1)
    first = make_plan(study, PlanDesign())
    make_plan(study, PlanDesign(seed=3))
    plan = make_plan(study, PlanDesign())
    label(log, "ann", [(plan.items[0].pair_id, LEFT)])
    label(log, "bob", [(plan.items[0].pair_id, LEFT)])
    withdraw(study, "bob")  # counted as `study show` counts
    wanted = 3 * len(plan.items)
    with pytest.raises(PlanError, match=f"plan {plan.id} stands with 1 of {wanted} labels given; --replace"):
        make_plan(study, PlanDesign(seed=3))
    with study.reading() as connection:
        assert read_plan(connection) == plan
    other = make_plan(study, PlanDesign(seed=3), replace=True)
    assert (first.id, plan.id, other.id) == (1, 3, 4)
    assert log.standing("ann").labels == {plan.items[0].pair_id: LEFT}


def test_labels_from_before_the_first_plan_are_no_hindrance(study: Study, log: AnswerLog) -> None:
    pair = Draft(study).pairs(2)[0]
    log.register("ann")
    log.save(NewAnswer(pair, "ann", choice=LEFT))
    assert len(make_plan(study, PlanDesign()).items) == 2


def test_the_papers_plan(study: Study) -> None:
    add_posts(study, 32, 6)
    design = make_design({"paper": True, "seed": 4, "instructions": "As in the paper."})
    plan = make_plan(study, design)
    assert len(plan.items) * design.annotators_per_pair == 1_620
    assert len({item.source_id for item in plan.items}) == 30
    assert gap_counts(study, plan.items) == {1: 135, 2: 135, 3: 135, 4: 135}
    assert (design.pay, design.ties, design.stop_when_decided) == (0.25, False, False)
    assert design.qualifications == Qualifications(country="US", approval_rate=95, approved_tasks=5_000)
    with study.reading() as connection:
        stored = read_plan(connection)
    assert stored is not None
    assert stored.design == design
    with pytest.raises(PlanError, match="neither gold items nor a training round"):
        make_plan(study, design, [KnownAnswer(plan.items[0].pair_id, Role.GOLD, LEFT)])


def test_the_papers_plan_says_what_is_missing(study: Study) -> None:
    paper = make_design({"paper": True})
    with pytest.raises(PlanError, match="6 models with scored responses: there are none and 30 posts"):
        make_plan(study, paper)
    add_posts(study, 28, 7)
    add_posts(study, 5, 7, scores=(1, 2, 3, 4), first=29)
    with pytest.raises(
        PlanError,
        match="needs 6 models: there are 7, so name 6 with --agents and 30 posts with five responses of each "
        "model, scored 1 to 5: there are 28, 2 too few",
    ):
        make_plan(study, paper)
    add_posts(study, 2, 7, first=40)
    six = make_design({"paper": True, "agents": tuple(f"model {n}" for n in range(2, 8))})
    assert len(make_plan(study, six).items) == 540


def test_the_papers_plan_is_about_summaries(tmp_path: Path) -> None:
    with Study.create(tmp_path / "qa.db", task=Task.DOCUMENT_QA) as study:
        add_posts(study, 30, 6)
        with pytest.raises(PlanError, match="about summaries, and this study's task is document-qa"):
            make_plan(study, make_design({"paper": True}))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"ties": True}, "Appendix A has ties no, not yes"),
        ({"annotators_per_pair": 5, "pay": 0.5}, "annotators_per_pair 3, not 5; pay 0.25, not 0.5"),
        ({"stop_when_decided": True}, "stop_when_decided no, not yes"),
        ({"sources": 12, "pairs_per_source": 2}, "pairs_per_source 3, not 2; sources 30, not 12"),
        ({"agents": ("a", "b")}, "6 agents, not 2"),
        ({"qualifications": None}, "US, 95 % approval, 5,000 approved, not none"),
        ({"hold_minutes": -1}, "hold_minutes -1: expected a number above 0"),
    ],
)
def test_what_contradicts_the_paper(told: dict[str, object], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        make_design({"paper": True, **told})
