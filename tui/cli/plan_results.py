"""What `study plan` and `study show` print."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from annotation.wording import counted
from tui.cli.output import Cell, Column, Result, ResultTable

if TYPE_CHECKING:
    from annotation.planning.cost import Forecast, LabelTime, Progress
    from annotation.planning.design import PlanDesign
    from annotation.planning.plan import Plan
    from annotation.study import Study

_ROWS: Final = (Column("", "what"), Column("", "value", wraps=True))
_DESIGN: Final = (
    Column("Design", "key"),
    Column("Value", "value", wraps=True),
    Column("What it is", "description", wraps=True),
)
_NO_SCORES: Final = (
    "None of these pairs has two responses that one model wrote for different scores, so the report will "
    "have no τ and no agreement with models; import --map left_score=FIELD --map right_score=FIELD brings "
    "scores."
)


def plan_result(study: "Study", plan: "Plan") -> Result:
    """What a plan takes, before launch, and which labels spare others."""
    from annotation.planning.cost import read_progress

    with study.reading() as connection:
        there = read_progress(connection, plan).labels
    return _planned(study, plan, there)


def _planned(study: "Study", plan: "Plan", there: int = 0) -> Result:
    """What a plan takes; `there`: labels of which it is to be told that they are there already."""
    from annotation.planning.candidates import score_gaps
    from annotation.planning.cost import forecast, label_time

    with study.reading() as connection:
        taken = forecast(plan, label_time(connection, plan.design))
        gaps = score_gaps(connection, plan.id)
    notes = (*_notes(taken, there), *([] if gaps else [_NO_SCORES]))
    document = {
        "study": study.name,
        "plan": plan.id,
        "created": plan.created,
        "design": plan.design.model_dump(mode="json"),
        **_counts(plan, taken),
        "score_gaps": {f"{gap:g}": number for gap, number in gaps.items()},
        "time": _time(taken),
        "cost": _cost(taken),
        "notes": list(notes),
    }
    rows = tuple(_rows(plan, taken, gaps))
    return Result(document, (ResultTable(f"Plan {plan.id} of {study.name}", _ROWS, rows, notes),))


def shown_result(study: "Study", plan: "Plan") -> Result:
    """The plan with its whole design, and how far it is."""
    from annotation.planning.cost import read_progress

    with study.reading() as connection:
        progress = read_progress(connection, plan)
    before = _planned(study, plan)
    document = {
        **before.document,
        "progress": {
            "labels": progress.labels,
            "items": progress.items,
            "undecided": progress.undecided,
            "saved": progress.saved,
        },
    }
    design = ResultTable("How it is done", _DESIGN, tuple(_design_rows(plan)))
    return Result(
        document, (*before.tables, ResultTable("How far it is", _ROWS, _far(plan, progress)), design)
    )


def _counts(plan: "Plan", taken: "Forecast") -> dict[str, Any]:
    from annotation.planning.plan import Role

    roles = [item.role for item in plan.items]
    return {
        "sources": taken.sources,
        "items": taken.items,
        "labels": taken.labels,
        "labels_at_least": taken.least_labels,
        "annotators_at_least": taken.annotators,
        "gold": roles.count(Role.GOLD),
        "training": roles.count(Role.TRAINING),
        "repeats": plan.design.repeats,
        "extra_answers": taken.extra_answers,
    }


def _time(taken: "Forecast") -> dict[str, Any]:
    return {
        "seconds_per_label": taken.time.seconds,
        "median_seconds": taken.time.median,
        "basis": taken.time.basis.value,
        "measured_labels": taken.time.labels,
        "hours": taken.hours,
        "hours_each": taken.hours / taken.annotators,
    }


def _cost(taken: "Forecast") -> dict[str, Any]:
    return {
        "pay": taken.pay,
        "fee": taken.fee,
        "total": taken.total,
        "pay_per_hour": taken.hourly,
        "pay_floor": taken.pay_floor,
        "below_floor": taken.is_below_floor,
    }


def _rows(plan: "Plan", taken: "Forecast", gaps: Mapping[float, int]) -> Iterator[tuple[Cell, ...]]:
    counts = _counts(plan, taken)
    design = plan.design
    yield "sources", f"{taken.sources:,}"
    yield "pairs", f"{taken.items:,}"
    if gaps:
        yield "score gaps", ", ".join(f"{gap:g}: {number:,}" for gap, number in gaps.items())
    yield "labels", _labels(plan, taken)
    if taken.extra_answers:
        extra = {"gold": counts["gold"], "training": counts["training"], "repeated": counts["repeats"]}
        told = ", ".join(f"{number:,} {what}" for what, number in extra.items() if number)
        yield "besides, each annotator", f"{told}: {taken.extra_answers:,} answers of {taken.annotators}"
    yield "annotators", f"{taken.annotators} at least"
    yield "a label takes", _seconds(taken.time)
    yield "time", f"{taken.hours:,.1f} h, {taken.hours / taken.annotators:,.1f} h each of {taken.annotators}"
    if design.pay:
        yield "pay", f"${taken.pay:,.2f} (${design.pay:,.2f} each)"
        yield "platform fee", f"${taken.fee:,.2f} ({_fee(design)})"
        yield "total", f"${taken.total:,.2f}"
        yield "pay an hour", f"${taken.hourly:,.2f}"
    else:
        yield "pay", "none"
    if design.qualifications is not None:
        asked = design.qualifications
        yield (
            "who, by MTurk",
            f"{asked.country}, {asked.approval_rate:g} % approval, more than {asked.approved_tasks:,} "
            "approved HITs",
        )


def _fee(design: "PlanDesign") -> str:
    from annotation.planning.design import mturk_fee

    share = f"{design.fee:.0%}"
    if design.fee == mturk_fee(design.annotators_per_pair) != mturk_fee(1):
        return f"{share}: MTurk takes that from ten annotators a pair on"
    return share


def _labels(plan: "Plan", taken: "Forecast") -> str:
    said = f"{taken.labels:,} ({taken.items:,} x {plan.design.annotators_per_pair})"
    return f"{said}, at least {taken.least_labels:,}" if taken.least_labels < taken.labels else said


def _seconds(time: "LabelTime") -> str:
    from annotation.planning.cost import ENOUGH_MEASURED, TimeBasis

    measured = "nothing was measured yet"
    if time.labels:
        measured = f"measured {counted(time.labels, 'label')} of {ENOUGH_MEASURED} that are needed"
    match time.basis:
        case TimeBasis.MEASURED:
            labels = counted(time.labels, "measured label")
            return f"{time.seconds:.1f} s (the mean of {labels}; their median is {time.median:.1f} s)"
        case TimeBasis.STATED:
            return f"{time.seconds:g} s (as stated; {measured})"
        case TimeBasis.ASSUMED:
            return f"{time.seconds:g} s (an assumption: {measured}; --seconds-per-item states it)"


def _notes(taken: "Forecast", labels: int) -> Iterator[str]:
    if taken.is_below_floor:
        yield (
            f"Warning: ${taken.hourly:,.2f} an hour is below the floor of ${taken.pay_floor:,.2f}; pay "
            f"${taken.pay_floor * taken.time.seconds / 3_600:,.2f} a label."
        )
    if labels:
        yield (
            f"{counted(labels, 'label')} of these pairs are there already and count, so "
            f"{taken.labels - labels:,} are to come; whoever's should not count, leave out with profile-tui "
            "study leave-out."
        )


def _far(plan: "Plan", progress: "Progress") -> tuple[tuple[Cell, ...], ...]:
    design = plan.design
    items = len(plan.work)
    wanted = items * design.annotators_per_pair
    rows: list[tuple[Cell, ...]] = [
        ("pairs done", f"{progress.items:,} of {items:,}"),
        ("labels", f"{progress.labels:,} of {wanted:,}"),
        ("done without a majority", f"{progress.undecided:,}"),
    ]
    if design.stop_when_decided:
        rows.append(("labels saved by stopping", f"{progress.saved:,}"))
    return tuple(rows)


def _design_rows(plan: "Plan") -> Iterator[tuple[Cell, ...]]:
    for key, field in type(plan.design).model_fields.items():
        yield key, _shown(getattr(plan.design, key)), field.description or ""


def _shown(value: object) -> Cell:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value)) or None
        case int() | float() | None:
            return None if value is None else f"{value:g}"
        case _:
            return str(value) or None
