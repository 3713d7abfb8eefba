"""What every database has to give: run on a SQLite file and, as a service, on a PostgreSQL server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import Table, delete, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError

from annotation.agreement import measure_agreement
from annotation.answers import Answer, AnswerKind, AnswerLog, NewAnswer, Origin
from annotation.errors import LocationError, NewerStudyError, StudyError
from annotation.extraction import extract_rules
from annotation.integrity import check
from annotation.pairs import PairFilter, find_pairs
from annotation.profiles import load_profile
from annotation.store import model_tables, tables  # noqa: F401 - the first adds to the metadata
from annotation.study import Study
from annotation.validation.choices import Values
from annotation.validation.coding import CodingDesk, Codings, NewMention
from annotation.validation.coding_report import report_coding
from annotation.validation.corrections import read_corrections
from annotation.validation.design import Design, Validations
from annotation.validation.desk import ValidationDesk
from annotation.validation.extractors import choose_extractor, compare_extractors
from annotation.validation.log import ValidationLog
from annotation.validation.report import report
from annotation.validation.validators import find_disputes
from profile_engine.preferences import MISSING, AgentKind, Setting
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Task, own_factor
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label


@pytest.fixture
def study(location: str) -> Iterator[Study]:
    with Study.create(location, task=Task.SUMMARIZATION, name="contract") as made:
        yield made


def test_a_study_is_found_again_as_it_was_made(study: Study, location: str) -> None:
    study.change_factor(own_factor("wit", "Wit", "How funny it is.", tie_tolerance=0.5))
    study.change_settings(study.settings.model_copy(update={"seed": 7, "allow_ties": False}))
    with Study.open(location) as opened:
        assert (opened.name, opened.task) == ("contract", Task.SUMMARIZATION)
        assert [factor.name for factor in opened.factors] == [*TASK_FACTORS[Task.SUMMARIZATION], "wit"]
        assert opened.factors == study.factors
        assert opened.settings == study.settings
        assert (opened.settings.seed, opened.settings.allow_ties) == (7, False)


def test_a_claim_is_one_process_s_at_a_time(study: Study, location: str) -> None:
    with Study.open(location) as other:
        with study.claiming("asking m"):
            with (
                pytest.raises(StudyError, match="another process is asking m; wait"),
                other.claiming("asking m"),
            ):
                pass
            with other.claiming("asking another"):
                pass
            other.change_settings(other.settings)  # a claim locks nothing else
        with other.claiming("asking m"):
            pass
        with pytest.raises(ValueError, match="broken"), study.claiming("asking m"):
            raise ValueError("broken")
        with other.claiming("asking m"):
            pass


def test_every_factor_survives_the_round_trip(location: str) -> None:
    Study.create(location, task=Task.DOCUMENT_QA, factors=tuple(FACTORS.values())).close()
    with Study.open(location) as opened:
        assert opened.factors == tuple(FACTORS.values())


def test_a_changed_factor_keeps_its_place(study: Study, location: str) -> None:
    before = [factor.name for factor in study.factors]
    study.change_factor(own_factor(before[0], "Renamed", "Redefined.", tie_tolerance=0.1))
    with Study.open(location) as opened:
        assert [factor.name for factor in opened.factors] == before
        assert opened.factors[0].tie_tolerance == 0.1


def test_a_revision_keeps_what_others_changed_meanwhile(study: Study, location: str) -> None:
    with Study.open(location) as other:
        other.change_settings(other.settings.model_copy(update={"seed": 7}))
        other.change_factor(own_factor("wit", "Wit", "How funny it is."))
    assert study.settings.seed == 0  # as read on opening
    with study.revising() as revision:
        revision.change_settings(revision.settings.model_copy(update={"allow_ties": False}))
    assert (study.settings.seed, study.settings.allow_ties) == (7, False)
    assert "wit" in {factor.name for factor in study.factors}


def test_a_revision_that_fails_changes_nothing(study: Study, location: str) -> None:
    before = study.settings, study.factors

    def fail_halfway() -> None:
        with study.revising() as revision:
            revision.change_factor(own_factor("wit", "Wit", "How funny it is."))
            revision.change_settings(revision.settings.model_copy(update={"seed": 7}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert (study.settings, study.factors) == before
    with Study.open(location) as opened:
        assert (opened.settings, opened.factors) == before


def test_nothing_is_made_where_something_is(study: Study, location: str) -> None:
    with pytest.raises(LocationError, match="already"):
        Study.create(location, task=Task.SUMMARIZATION)
    assert Study.open(location).name == study.name


def test_a_newer_study_is_refused(study: Study, location: str) -> None:
    with study.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9000'")
    study.close()
    with pytest.raises(NewerStudyError, match="update profile-tui"):
        Study.open(location)


def test_tables_and_migrations_agree(study: Study) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with study.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        # Alembic does not compare which columns of an index there are, nor what a partial one covers.
        for table in tables.metadata.sorted_tables:
            migrated = {
                index["name"]: (index["column_names"], bool(index["unique"]))
                for index in inspect(connection).get_indexes(table.name)
                if "duplicates_constraint" not in index
            }
            assert migrated == {
                index.name: ([column.name for column in index.columns], index.unique)
                for index in table.indexes
            }


@pytest.mark.parametrize("table", [tables.answers, tables.factor_values, tables.preferences], ids=str)
def test_what_was_said_and_found_can_only_be_added(study: Study, table: Table) -> None:
    draft, (pair,) = Draft(study), Draft(study).pairs(1)
    label(AnswerLog(study), "anna", [(pair, LEFT)])
    draft.verdict(pair, draft.agent("judge", AgentKind.JUDGE), LEFT)
    draft.value(1, "length", 3)
    with study.reading() as connection:
        before = connection.execute(select(table)).all()
    assert len(before) == 1
    for change in (update(table).values(created="never"), delete(table)):
        with (
            pytest.raises((StudyError, DBAPIError), match=f"{table} is append-only"),
            study.writing() as connection,
        ):
            connection.execute(change)
    with study.reading() as connection:
        assert connection.execute(select(table)).all() == before


def test_a_failed_transaction_leaves_nothing(study: Study) -> None:
    def fail_halfway() -> None:
        with study.writing() as connection:
            connection.execute(insert(tables.sources).values(key="1", text="one"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert study.summary().sources == 0


def test_a_saved_answer_comes_back_whole(study: Study) -> None:
    log, (pair,) = AnswerLog(study), Draft(study).pairs(1)
    log.register("anna")
    saved = log.save(
        NewAnswer(pair, "anna", choice=RIGHT, shown_first=RIGHT, sure=True, seconds=2.5, origin=Origin.IMPORT)
    )
    assert saved == Answer(
        id=1,
        pair_id=pair,
        annotator="anna",
        kind=AnswerKind.LABEL,
        choice=RIGHT,
        shown_first=RIGHT,
        shown_choice=LEFT,  # the right response stood first and was chosen: the first side
        sure=True,
        set=None,
        note=None,
        seconds=2.5,
        undoes=None,
        origin=Origin.IMPORT,
        created=saved.created,
    )
    assert log.since(0) == [saved]


def test_the_same_token_is_stored_once(study: Study) -> None:
    log, (pair,) = AnswerLog(study), Draft(study).pairs(1)
    log.register("anna")
    answer = NewAnswer(pair, "anna", choice=LEFT)
    assert log.save(answer) == log.save(answer)
    assert study.summary().last_answer == 1


def test_nobody_misses_an_answer_while_several_write(study: Study, location: str) -> None:
    """A reader who asks for what is new after the last id it saw gets every answer once, in order."""
    each, people = 40, ("anna", "ben", "cleo")
    pairs = Draft(study).pairs(each)
    for name in people:
        AnswerLog(study).register(name)

    def write(name: str) -> None:
        with Study.open(location) as own:
            log = AnswerLog(own)
            for pair in pairs:
                log.save(NewAnswer(pair, name, choice=LEFT))

    seen: list[Answer] = []
    log = AnswerLog(study)
    with ThreadPoolExecutor() as pool:
        writing = [pool.submit(write, name) for name in people]
        while not all(task.done() for task in writing):
            seen += log.since(seen[-1].id if seen else 0)
        for task in writing:
            task.result()
    seen += log.since(seen[-1].id)
    assert [answer.id for answer in seen] == sorted({answer.id for answer in seen})
    assert {(answer.annotator, answer.pair_id) for answer in seen} == {(n, p) for n in people for p in pairs}
    assert len(seen) == each * len(people)


def test_undo_brings_back_what_stood(study: Study) -> None:
    log, (pair,) = AnswerLog(study), Draft(study).pairs(1)
    label(log, "anna", [(pair, LEFT), (pair, RIGHT)])
    undone = log.undo("anna")
    assert undone is not None
    assert (undone.choice, undone.undoes) == (LEFT, 2)
    assert log.standing("anna").labels == {pair: LEFT}
    assert log.undo("anna") is not None
    assert log.standing("anna").labels == {}
    assert log.undo("anna") is None


def test_the_profile_the_summary_and_the_pair_tell_the_same(study: Study) -> None:
    draft, log = Draft(study), AnswerLog(study)
    writer, judge = draft.agent("writer"), draft.agent("judge", AgentKind.JUDGE)
    source = draft.source("a b c", "Letters")
    left, right = draft.response(source, "a b", writer, 4.0), draft.response(source, "", writer, 2.0)
    pair = draft.pair(source, left, right)
    draft.verdict(pair, judge, None, raw="garbage")
    draft.verdict(pair, judge, RIGHT, raw="2")
    label(log, "anna", [(pair, LEFT)])
    extract_rules(study)

    summary = study.summary()
    assert (summary.sources, summary.responses, summary.empty_responses, summary.pairs) == (1, 2, 1, 1)
    assert (summary.labelled_pairs, summary.last_answer, summary.imports) == (1, 1, 0)
    counts = {count.factor: (count.values, count.unavailable) for count in summary.factors}
    assert (counts["length"], counts["novel_words"], counts["fluency"]) == ((2, 0), (1, 1), (0, 0))
    assert [(a.agent, a.responses, a.preferences, a.no_preference) for a in summary.agents] == [
        ("writer", 2, 0, 0),
        ("judge", 0, 1, 0),
    ]
    assert [(a.annotator, a.labels) for a in summary.annotators] == [("anna", 1)]

    view = study.pair(pair)
    assert (view.title, view.source, view.human) == ("Letters", "a b c", LEFT)
    assert view.left.values["length"].value == 2
    assert view.right.values["novel_words"].reason
    assert {verdict.agent: verdict.choice for verdict in view.verdicts} == {"writer": LEFT, "judge": RIGHT}
    assert [(said.annotator, said.choice) for said in view.labels] == [("anna", LEFT)]

    profile = load_profile(study)
    row = dict(zip(profile.factors, profile.manifestations[0].tolist(), strict=True))
    assert (row["length"], row["novel_words"], row["fluency"]) == (1, MISSING, MISSING)
    models = {m.agent.name: (m.agent.setting, m.preferences.tolist()) for m in profile.models}
    assert models == {"writer": (Setting.GENERATION, [1]), "judge": (Setting.EVALUATION, [-1])}
    assert profile.live.human_preferences().tolist() == [1]


def test_extraction_adds_nothing_twice(study: Study) -> None:
    Draft(study).pairs(4)
    first = {report.factor: (report.added, report.already) for report in extract_rules(study)}
    again = {report.factor: (report.added, report.already) for report in extract_rules(study)}
    assert first == {"novel_words": (8, 0), "length": (8, 0)}
    assert again == {"novel_words": (0, 8), "length": (0, 8)}
    with study.reading() as connection:
        stored = connection.execute(select(tables.factor_values.c.evidence)).scalars().all()
    assert len(stored) == 16


@pytest.mark.parametrize(
    ("text", "found"),
    [("ÜBUNG", [1]), ("100%", [2]), ("100_", []), ("_b", [3]), ("\\", [3]), ("nothing", [])],
)
def test_search_takes_the_text_as_it_is(study: Study, text: str, found: list[int]) -> None:
    draft = Draft(study)
    for words in ("Eine Übung.", "It was 100% fun.", "a_b \\ c"):
        source = draft.source(words)
        draft.pair(source, draft.response(source, "left"), draft.response(source, "right"))
    assert find_pairs(study, load_profile(study), PairFilter(text=text)).tolist() == found


def test_agreement_reads_the_labels_that_stand(study: Study) -> None:
    log, pairs = AnswerLog(study), Draft(study).pairs(4)
    label(log, "anna", zip(pairs, (LEFT, LEFT, RIGHT, TIE), strict=True))
    label(log, "ben", zip(pairs, (LEFT, RIGHT, RIGHT, RIGHT), strict=True))
    log.undo("ben")
    found = measure_agreement(study)
    assert (found.items, found.annotators) == (4, ("anna", "ben"))
    assert (found.majority.left, found.majority.right, found.majority.tie, found.majority.none) == (
        1,
        1,
        1,
        1,
    )
    # Three pairs with two labels: LL, LR, RR. Agreement 2/3; by chance 2/3 * 1/3 + 1/3 * 2/3 = 4/9.
    assert found.pairwise_kappa[0].kappa.value == pytest.approx((2 / 3 - 4 / 9) / (5 / 9))
    assert found.krippendorff_alpha.left_out == 1


def test_values_are_validated_and_corrected(study: Study) -> None:
    """Everything that validation asks of a database, in one walk."""
    draft, pairs = Draft(study), Draft(study).pairs(2)
    for response in range(1, 5):
        draft.value(response, "formality_alignment", 1.0)
    label(AnswerLog(study), "anna", zip(pairs, (LEFT, RIGHT), strict=True))
    ValidationLog(study).register("ben")
    validation = Validations(study).create(Design("formality_alignment", 4, validators=2))
    live = load_profile(study, values=Values.CORRECTED)
    for name in ("anna", "ben"):
        desk, item = ValidationDesk(study, validation.id, name), None
        while (item := desk.next(item.id if item else None)) is not None:
            wrong = item.response_id == 1 or (item.response_id == 2 and name == "ben")
            desk.save(item.answered(name, label="Not Aligned" if wrong else None, seconds=2.0))
    assert [one.item.response_id for one in find_disputes(study)] == [2]
    (told,) = report(study)
    assert [(one.n, one.correct, one.disputed) for one in told.accuracies] == [(3, 2, 1)]
    with study.reading() as connection:
        assert [(one.response_id, one.after) for one in read_corrections(connection)] == [(1, 0.0)]
    assert live.follow_corrections(study) is not None
    again = load_profile(study, values=Values.CORRECTED).live.snapshot
    assert live.live.snapshot.rankings == again.rankings
    assert desk.undo() is not None
    extractor = choose_extractor(study, "formality_alignment", "hand-written")
    assert compare_extractors(study, "formality_alignment", extractor, extractor).result.n == 3
    coding = CodingDesk(study, Codings(study).from_texts("told", ["too long"]).id, "anna")
    text = coding.next()
    assert text is not None
    coding.save(NewMention(text.id, "anna", factors=frozenset({"length"})))
    assert report_coding(study, coding.info.id).together["length"] == 1
    assert coding.undo() is not None
    assert check(study) == ()


@pytest.mark.parametrize("table", [tables.judgements, tables.mentions], ids=lambda table: table.name)
def test_logs_of_validation_can_only_be_added_to(study: Study, table: Table) -> None:
    test_values_are_validated_and_corrected(study)
    for change in (update(table).values(note="x"), delete(table)):
        with pytest.raises((StudyError, DBAPIError), match="append-only"), study.writing() as connection:
            connection.execute(change)


def test_a_sound_study_has_no_findings(study: Study) -> None:
    log, pairs = AnswerLog(study), Draft(study).pairs(3)
    label(log, "anna", zip(pairs, (LEFT, RIGHT, TIE), strict=True))
    log.undo("anna")
    extract_rules(study)
    assert check(study) == ()


def test_reading_sees_one_moment(study: Study) -> None:
    draft, (pair,) = Draft(study), Draft(study).pairs(1)
    with study.reading() as connection:
        before = connection.execute(select(tables.sources.c.id)).all()
        draft.verdict(pair, draft.agent("judge", AgentKind.JUDGE), LEFT)
        assert connection.execute(select(tables.preferences.c.id)).all() == []
        assert connection.execute(select(tables.sources.c.id)).all() == before
    assert np.array_equal(load_profile(study).models[0].preferences, [1])
