"""What `profile-tui study quality` prints."""

from typing import Any, Final

from annotation.people.quality import AnnotatorQuality
from tui.cli.names import shortened
from tui.cli.output import Cell, Column, Result, ResultTable
from tui.cli.study_report import percent, rate_document
from tui.cli.validation_results import shown_interval

_NAME: Final = 18
"""Letters of a name, so that rows have 80 at most."""

_WORK: Final = (
    Column("Annotator", "annotator"),
    Column("Labels", "labels"),
    Column("Seconds", "seconds", digits=1),
    Column("First %", "first", digits=1),
    Column("95 % interval", "interval"),
    Column("Flags", "flags"),
    Column("Notes", "notes"),
)
_CHECKS: Final = (
    Column("Annotator", "annotator"),
    Column("Gold %", "gold", digits=1),
    Column("Others %", "agreement", digits=1),
    Column("Again %", "consistency", digits=1),
    Column("Answers", "presence"),
    Column("Why", "reason", wraps=True),
)
_FLAT: Final = tuple(
    Column(key, key)
    for key in (
        "annotator",
        "simulated",
        "labels",
        "seconds",
        *(
            f"{name}{part}"
            for name in ("first", "gold", "agreement", "consistency")
            for part in ("", "_low", "_high", "_of")
        ),
        "flags",
        "notes",
        "skips",
        "presence",
        "reason",
        "since",
    )
)


def quality_result(people: tuple[AnnotatorQuality, ...]) -> Result:
    """Two tables that a terminal of 80 columns holds; all in one for CSV."""
    names = shortened((one.annotator for one in people), _NAME)
    simulated = ", ".join(names[one.annotator] for one in people if one.simulated)
    return Result(
        {"annotators": [_document(one) for one in people]},
        (
            ResultTable(
                "How annotators worked",
                _WORK,
                tuple((names[one.annotator], *_work(one)) for one in people),
                (
                    "First: labels for the response shown first; 50 without a bias.",
                    *((f"Simulated: {simulated}",) if simulated else ()),
                ),
            ),
            ResultTable(
                "What their answers are held against, and whether they count",
                _CHECKS,
                tuple((names[one.annotator], *_checks(one)) for one in people),
                (
                    "Gold: known answers found. Others: labels that are what most of them say. "
                    "Again: pairs labelled the same when they came again.",
                ),
            ),
        ),
        ResultTable(
            "Annotators", _FLAT, tuple(tuple(_flat(one)[column.key] for column in _FLAT) for one in people)
        ),
    )


def _work(one: AnnotatorQuality) -> tuple[Cell, ...]:
    interval = shown_interval(one.sides.interval)
    return one.labels, one.seconds, percent(one.sides), interval, one.flags, one.notes


def _checks(one: AnnotatorQuality) -> tuple[Cell, ...]:
    return (
        *(percent(rate) for rate in (one.gold, one.agreement, one.consistency)),
        "count" if one.absence is None else one.presence.value.replace("_", " "),
        None if one.absence is None else one.absence.reason,
    )


def _document(one: AnnotatorQuality) -> dict[str, Any]:
    return {
        "annotator": one.annotator,
        "simulated": one.simulated,
        "labels": one.labels,
        "seconds": one.seconds,
        "first": rate_document(one.sides),
        "gold": rate_document(one.gold),
        "agreement": rate_document(one.agreement),
        "consistency": rate_document(one.consistency),
        "flags": one.flags,
        "notes": one.notes,
        "skips": one.skips,
        "presence": one.presence.value,
        "reason": one.absence and one.absence.reason,
        "since": one.absence and one.absence.since,
    }


def _flat(one: AnnotatorQuality) -> dict[str, Cell]:
    flat: dict[str, Cell] = {}
    for key, value in _document(one).items():
        if isinstance(value, dict):
            flat |= {key: value["rate"], **{f"{key}_{part}": value[part] for part in ("low", "high", "of")}}
        else:
            flat[key] = value
    return flat
