"""What a plan takes, against sums done by hand, and how far it is."""

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.errors import PlanError
from annotation.planning.candidates import score_gaps
from annotation.planning.cost import Forecast, LabelTime, TimeBasis, forecast, label_time, read_progress
from annotation.planning.design import PlanDesign, make_design
from annotation.planning.gold import KnownAnswer
from annotation.planning.making import make_plan
from annotation.planning.plan import Plan, PlanItem, Role
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.drafts import Draft, label
from tests.annotation.planning.posts import add_posts

LEFT, TIE, RIGHT = Preference.LEFT, Preference.TIE, Preference.RIGHT


def planned(design: PlanDesign, work: int, gold: int = 0, training: int = 0) -> Plan:
    roles = [Role.TRAINING] * training + [Role.GOLD] * gold + [Role.WORK] * work
    items = tuple(PlanItem(n, n, n, 1 + n // 18, role) for n, role in enumerate(roles, start=1))
    return Plan(1, design, items, "2026-01-01T00:00:00Z")


def test_the_papers_sums() -> None:
    taken = forecast(planned(make_design({"paper": True}), 540), LabelTime(90, TimeBasis.STATED))
    assert (taken.items, taken.labels, taken.least_labels, taken.annotators) == (540, 1_620, 1_620, 3)
    assert taken.hours == pytest.approx(40.5)  # 1,620 x 90 s
    assert (taken.pay, taken.fee, taken.total) == pytest.approx((405, 81, 486))  # at $0.25, and a fifth of it
    assert taken.hourly == pytest.approx(10)  # 40 labels at $0.25


def test_everything_that_is_answered_is_paid_and_takes_time() -> None:
    design = PlanDesign(annotators_per_pair=5, pay=0.1, fee=0.4, repeats=3, stop_when_decided=True)
    taken = forecast(planned(design, 10, gold=2, training=4), LabelTime(36, TimeBasis.STATED))
    # 50 labels, 30 of them at least: three of five decide. Nine more answers of each of five people.
    assert (taken.labels, taken.least_labels, taken.extra_answers) == (50, 30, 45)
    assert (taken.hours, taken.pay, taken.fee, taken.hourly) == pytest.approx((0.95, 9.5, 3.8, 10))


def test_mturk_takes_twice_as_much_of_ten_or_more() -> None:
    """$1 for each of 9 or 10 labels: 20 % is $1.80, 40 % is $4; what is told counts; the paper has 3."""

    def fee(**told: object) -> float:
        return forecast(planned(make_design({"pay": 1, **told}), 1), LabelTime(60, TimeBasis.STATED)).fee

    assert fee(annotators_per_pair=9) == pytest.approx(1.8)
    assert fee(annotators_per_pair=10) == pytest.approx(4)
    assert fee(annotators_per_pair=10, fee=0.2) == pytest.approx(2)
    assert (make_design({}).fee, make_design({"paper": True}).fee) == (0.2, 0.2)
    with pytest.raises(PlanError, match="annotators_per_pair 0: expected a number from 1 up"):
        make_design({"annotators_per_pair": 0})


def test_the_floor() -> None:
    def at(floor: float) -> Forecast:
        return forecast(planned(PlanDesign(pay=0.25, pay_floor=floor), 1), LabelTime(60, TimeBasis.STATED))

    assert at(15).hourly == 15
    assert [at(floor).is_below_floor for floor in (0, 15, 15.01)] == [False, False, True]


def test_seconds_are_measured_else_stated_else_assumed(study: Study, log: AnswerLog) -> None:
    """Nine measured labels are too few to go by; ten are: nine of 10 s and one of 110 s make 20 s, not 10."""
    pairs = Draft(study).pairs(12)

    def time(seconds: float | None) -> LabelTime:
        with study.reading() as connection:
            return label_time(connection, PlanDesign(seconds_per_item=seconds))

    assert time(None) == LabelTime(60, TimeBasis.ASSUMED)
    assert time(45) == LabelTime(45, TimeBasis.STATED)
    log.register("robot", simulated=True)
    log.save(NewAnswer(pairs[0], "robot", choice=LEFT, seconds=1))
    label(log, "ann", [(pairs[11], LEFT)])  # without a time, as imported ones are
    assert time(45) == LabelTime(45, TimeBasis.STATED)
    for pair in pairs[:9]:
        log.save(NewAnswer(pair, "ann", choice=LEFT, seconds=10))
    assert time(45) == LabelTime(45, TimeBasis.STATED, 9)
    assert time(None) == LabelTime(60, TimeBasis.ASSUMED, 9)
    log.save(NewAnswer(pairs[9], "ann", choice=LEFT, seconds=110))
    assert time(45) == LabelTime(20, TimeBasis.MEASURED, 10, median=10)


def test_a_few_long_labels_are_below_the_floor(study: Study, log: AnswerLog) -> None:
    """$0.05 a label and a floor of $10: by the median of 10 s an hour pays $18, by the sum $9."""
    pairs, log = Draft(study).pairs(10), AnswerLog(study)
    log.register("ann")
    for pair, seconds in zip(pairs, [10] * 9 + [110], strict=True):
        log.save(NewAnswer(pair, "ann", choice=LEFT, seconds=seconds))
    plan = planned(PlanDesign(annotators_per_pair=1, pay=0.05, pay_floor=10), 10)
    with study.reading() as connection:
        taken = forecast(plan, label_time(connection, plan.design))
    assert (taken.hours, taken.hourly) == pytest.approx((200 / 3_600, 10 * 0.05 / (200 / 3_600)))
    assert taken.is_below_floor


@pytest.mark.parametrize("stop", [False, True])
def test_progress(study: Study, log: AnswerLog, stop: bool) -> None:
    one, two, three, four, gold = Draft(study).pairs(5, a_source=5)
    design = PlanDesign(pairs_per_source=5, stop_when_decided=stop)
    plan = make_plan(study, design, [KnownAnswer(gold, Role.GOLD, LEFT)])
    label(log, "ann", [(one, LEFT), (two, LEFT), (three, LEFT), (gold, LEFT)])
    label(log, "bob", [(one, LEFT), (two, TIE), (three, RIGHT)])
    label(log, "cam", [(two, RIGHT)])
    with study.reading() as connection:
        progress = read_progress(connection, plan)
    # One is decided by two; two has three labels that all differ; three is open; four was not begun.
    assert progress.labels == 7
    assert (progress.items, progress.undecided, progress.saved) == ((2, 1, 1) if stop else (1, 1, 0))
    assert four not in log.standing("ann").labels


def test_gaps_that_were_drawn(study: Study) -> None:
    add_posts(study, 2, 2)
    plan = make_plan(study, PlanDesign(pairs_per_source=10))
    with study.reading() as connection:
        assert score_gaps(connection, plan.id) == {1: 16, 2: 12, 3: 8, 4: 4}
