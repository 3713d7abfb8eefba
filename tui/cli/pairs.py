"""`profile-tui pairs`: what there is to compare, and what was said of it."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from tui.cli.options import FormatOption, StudyArgument
from tui.cli.output import Cell, Column, Format, Result, ResultTable, only, publish, say
from tui.cli.pair_view import author, letters, one_pair, side, summary
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.pairs import PairFilter
    from annotation.study import PairView, Study

_LIST_COLUMNS: Final = (
    Column("Pair", "pair"),
    Column("Source", "title"),
    Column("A", "left_agent"),
    Column("B", "right_agent"),
    Column("People", "human"),
    Column("Labels", "labels"),
    Column("Models", "models"),
)
_TITLE_LENGTH: Final = 40
_STATES: Final = ("labelled", "unlabelled", "no majority", "flagged")


def pairs(
    study: StudyArgument,
    pair: Annotated[
        int | None, typer.Option("--id", help="Show this pair with all its values.", show_default=False)
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option("--agent", "-a", help="Written or judged by this agent.", show_default=False),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="|".join(_STATES), help="By what people said.", show_default=False),
    ] = None,
    factor: Annotated[
        str | None, typer.Option("--factor", help="That differ in this factor.", show_default=False)
    ] = None,
    misaligned_with: Annotated[
        str | None,
        typer.Option(
            "--misaligned-with",
            metavar="AGENT",
            help="Where most people and this agent prefer different sides.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", help="With this text in the source or a response.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0 for all.")] = 20,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List pairs, or show one.

    Example: profile-tui pairs study.db --misaligned-with gpt-4o --factor length
    """
    from annotation.pairs import LabelState, PairFilter
    from annotation.study import Study

    only(output_format, Format.TABLE, Format.JSON, Format.CSV)
    if state is not None and state not in _STATES:
        raise UsageError(f"--state {state}: choose {', '.join(_STATES)}")
    wanted = PairFilter(agent, LabelState(state) if state else None, factor, misaligned_with, text)
    with Study.open(study) as opened:
        if pair is not None:
            publish(one_pair(opened, opened.pair(pair)), output_format)
        else:
            _list(opened, wanted, limit, output_format)


def _list(study: "Study", wanted: "PairFilter", limit: int, output_format: Format) -> None:
    from annotation.pairs import find_pairs
    from annotation.profiles import load_profile

    found = find_pairs(study, load_profile(study), wanted).tolist()
    views = [study.pair(pair) for pair in (found[:limit] if limit else found)]
    document = {"study": study.name, "found": len(found), "pairs": [summary(view) for view in views]}
    table = ResultTable(f"{len(found)} pairs", _LIST_COLUMNS, tuple(map(_list_row, views)))
    publish(Result(document, (table,)), output_format)
    if len(views) < len(found):
        say(f"Shown are the first {len(views)} of {len(found)} pairs; --limit 0 shows all.")


def _list_row(view: "PairView") -> tuple[Cell, ...]:
    title = view.title or view.source
    return (
        view.id,
        title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…",
        author(view.left),
        author(view.right),
        side(view.human),
        letters(label.choice for label in view.labels),
        letters(verdict.choice for verdict in view.verdicts),
    )
