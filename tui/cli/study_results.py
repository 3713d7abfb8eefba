"""`profile-tui study report`, `quality`, `leave-out`, `take-in`, `adjudicate`: what came out of a study."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from profile_engine.preferences import annotator_fault
from tui.cli.agreement import AllKappasOption
from tui.cli.options import FormatOption, StudyArgument
from tui.cli.output import Column, Format, Result, ResultTable, publish, say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.results.adjudication import Adjudications, Dispute

_DISPUTES: Final = (
    Column("Pair", "pair", counts=False),
    Column("Id", "id"),
    Column("Labels", "labels"),
    Column("Waits for", "waiting"),
    Column("Settled", "settled"),
    Column("By", "by"),
    Column("Note", "note"),
)
_NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The annotator.", show_default=False)]


class Ruling(StrEnum):
    """What to settle a pair on."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    REOPEN = "reopen"


def report(
    study: StudyArgument,
    per_pair: Annotated[
        bool, typer.Option("--per-pair", help="What the labels of every pair come to, instead of totals.")
    ] = False,
    all_kappas: AllKappasOption = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Report what came out, as in the paper's Table 4.

    For each model the share of pairs on which most people prefer the response it scored higher, and the tau
    of its factor scores with theirs; how far people agree; labels weighted by annotator beside the majority;
    side bias, carry-over, time.

    Example: profile-tui study report study.db --format latex
    """
    from annotation.results.report import report_study
    from annotation.study import Study
    from tui.cli.study_report import reported

    with Study.open(study) as opened:
        found = report_study(opened)
        result = reported(found, opened.name, per_pair=per_pair, all_kappas=all_kappas)
        publish(result, output_format)


def quality(study: StudyArgument, output_format: FormatOption = Format.TABLE) -> None:
    """Show how well each annotator works, and whether their answers count.

    How often they choose the response shown first, find the known answer of gold items, say what most of the
    others say, and say the same again when a pair comes back.

    Example: profile-tui study quality study.db
    """
    from annotation.people.quality import measure_quality
    from annotation.study import Study
    from tui.cli.quality_results import quality_result

    with Study.open(study) as opened:
        people = measure_quality(opened)
    publish(quality_result(people), output_format)


def leave_out(
    study: StudyArgument,
    name: _NameArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.", show_default=False)],
) -> None:
    """Leave an annotator's answers out of every result; take-in takes it back.

    Example: profile-tui study leave-out study.db ben --reason "presses the first side only"
    """
    from annotation.people import participation
    from annotation.study import Study

    with Study.open(study) as opened:
        participation.leave_out(opened, name, reason)
    say(f"{name}'s answers no longer count; they are kept, and profile-tui study take-in brings them back.")


def take_in(
    study: StudyArgument,
    name: _NameArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "",
) -> None:
    """Let the answers of an annotator who was left out count again.

    Example: profile-tui study take-in study.db ben
    """
    from annotation.people import participation
    from annotation.study import Study

    with Study.open(study) as opened:
        participation.take_in(opened, name, reason or None)
    say(f"{name}'s answers count again.")


def adjudicate(
    study: StudyArgument,
    pair: Annotated[
        int | None,
        typer.Option("--pair", help="Settle this pair, as the list numbers it.", show_default=False),
    ] = None,
    choice: Annotated[
        Ruling | None,
        typer.Option("--choice", help="What it comes to; reopen takes that back.", show_default=False),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="NAME", help="Who says so; on the screen it is asked.", show_default=False
        ),
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="Why.", show_default=False)] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Print the pairs, also where a screen could open.")
    ] = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Settle the pairs on which people found no majority.

    In a terminal a screen shows them one after another, blind. With --list, another --format, or where output
    goes to a file, they are printed; with --pair and --choice one is settled. What is settled stands beside
    the majority in study report; the agent human remains the majority of votes.

    Example: profile-tui study adjudicate study.db --by anna
    """
    if (pair is None) != (choice is None) or (pair is not None and not by):
        raise UsageError("study adjudicate: to settle a pair, give --pair, --choice and --by")
    if pair is None and not listed and output_format is Format.TABLE and _at_a_terminal():
        _adjudicate_on_screen(study, by)
        return
    from annotation.results.adjudication import Adjudications
    from annotation.study import Study

    with Study.open(study) as opened:
        settled = Adjudications(opened)
        if pair is not None and choice is not None and by:
            _settle(settled, pair, choice, by, note)
        publish(_disputed(settled.disputes()), output_format)


def _at_a_terminal() -> bool:
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _adjudicate_on_screen(study: str, by: str | None) -> None:
    from tui.app import Mode
    from tui.cli.opening import run_app
    from tui.config import load_config
    from tui.session import Role

    name = by or load_config().annotator
    if name and (fault := annotator_fault(name)):
        raise UsageError(f"--by {name}: {fault}")
    run_app(study, Role.RESEARCHER, name, start=Mode.ADJUDICATION)


def _settle(settled: "Adjudications", pair: int, choice: Ruling, by: str, note: str | None) -> None:
    from profile_engine.preferences import Preference

    if choice is Ruling.REOPEN:
        settled.reopen(pair, by, note)
    else:
        settled.settle(pair, Preference[choice.name], by, note)


def _disputed(disputes: "tuple[Dispute, ...]") -> Result:
    documents = [_dispute_document(one) for one in disputes]
    rows = tuple(
        (
            *(one[key] for key in ("pair", "id")),
            ", ".join(f"{said['annotator']} {said['choice']}" for said in one["labels"]),
            *(one[key] for key in ("waiting", "settled", "by", "note")),
        )
        for one in documents
    )
    still = [one for one in disputes if one.settled is None]
    waiting = sum(one.waiting > 0 for one in still)
    title = (
        f"Pairs without a majority: {len(disputes):,}; {len(disputes) - len(still):,} settled, "
        f"{len(still) - waiting:,} to settle, {waiting:,} still waiting for labels"
    )
    document = {"pairs": documents, "open": len(still), "waiting": waiting}
    return Result(document, (ResultTable(title, _DISPUTES, rows),))


def _dispute_document(one: "Dispute") -> dict[str, Any]:
    settled = one.settled
    return {
        "pair": one.pair_id,
        "id": one.external_id,
        "labels": [{"annotator": said.annotator, "choice": said.choice.name.lower()} for said in one.labels],
        "waiting": one.waiting,
        "settled": settled and settled.choice.name.lower(),
        "by": settled and settled.by,
        "note": settled and settled.note,
        "when": settled and settled.created,
    }
