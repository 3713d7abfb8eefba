"""`profile-tui extract`: factor values from texts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from profile_engine.taxonomy import Method
from tui.cli.options import RULES, StudyArgument, closest, listed
from tui.cli.output import say
from tui.errors import Stopped, TuiError, UsageError

if TYPE_CHECKING:
    from annotation.extraction import ExtractionReport
    from annotation.study import Study


def extract(
    study: StudyArgument,
    factors: Annotated[
        str,
        typer.Option(
            "--factors", metavar="NAMES", help="Factors, by comma; rules stands for all that rules compute."
        ),
    ] = RULES,
) -> None:
    """Compute the factor values of every response that has none yet.

    Example: profile-tui extract study.db --factors length,novel_words
    """
    from annotation.extraction import extract_rules
    from annotation.study import Study
    from tui.cli.progress import Watch

    with Study.open(study) as opened:
        names = _computable(opened, listed(factors))
        with Watch("Extracting") as watch:
            reports = extract_rules(opened, names, watch)
    for report in reports:
        say(_told(report))
    if any(report.stopped for report in reports):
        raise Stopped(
            f"stopped; what was computed is kept: go on with profile-tui extract {study} --factors {factors}"
        )


def _computable(study: "Study", names: Sequence[str]) -> tuple[str, ...]:
    """The factors meant; raises where one is unknown or not for rules."""
    factors = {factor.name: factor for factor in study.factors}
    rules = tuple(name for name, factor in factors.items() if factor.method is Method.RULE)
    wanted = dict.fromkeys(one for name in names for one in (rules if name == RULES else (name,)))
    for name in wanted:
        if name not in factors:
            raise UsageError(
                f"--factors {name}: this study has no such factor: {closest(name, tuple(factors))}"
            )
        if name not in rules:
            raise TuiError(
                f"--factors {name}: this version cannot compute it (method {factors[name].method}): import "
                "its values with profile-tui import --factor NAME=LEFT,RIGHT, or a card that maps them"
            )
    if not wanted:
        raise UsageError(f"--factors: name at least one of {', '.join((RULES, *rules))}")
    return tuple(wanted)


def _told(report: "ExtractionReport") -> str:
    unavailable = f", {report.unavailable} unavailable" if report.unavailable else ""
    already = f", {report.already} had one already" if report.already else ""
    return f"{report.factor}: {report.added} values added{unavailable}{already}"
