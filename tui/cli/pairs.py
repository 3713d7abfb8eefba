"""`profile-tui pairs`: what there is to compare, and what was said of it."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from annotation.label_state import LabelState
from tui.cli.options import RowsFormatOption, StudyArgument, known_agents
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish, say
from tui.cli.pair_view import author, letters, one_pair, side, summary, words

if TYPE_CHECKING:
    from annotation.pairs import PairFilter
    from annotation.study import PairView, Study

_LIST_COLUMNS: Final = (
    Column("Pair", "pair", counts=False),
    Column("Source", "title"),
    Column("A", "left_agent"),
    Column("B", "right_agent"),
    Column("People", "human"),
    Column("Labels", "labels"),
    Column("Models", "models"),
)
_RESPONSE_KEYS: Final = ("left_agent", "left_score", "right_agent", "right_score")
_FLAT_COLUMNS: Final = tuple(
    Column(key, key) for key in ("pair", "title", *_RESPONSE_KEYS, "human", "labels", "models")
)
_TITLE_LENGTH: Final = 40


def pairs(
    study: StudyArgument,
    pair: Annotated[
        int | None, typer.Option("--id", help="Show this pair with all its values.", show_default=False)
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            "-a",
            metavar="NAME[:KIND]",
            help="Written or judged by this agent.",
            show_default=False,
        ),
    ] = None,
    state: Annotated[
        LabelState | None, typer.Option("--state", help="By what people said.", show_default=False)
    ] = None,
    factor: Annotated[
        str | None, typer.Option("--factor", help="That differ in this factor.", show_default=False)
    ] = None,
    misaligned_with: Annotated[
        str | None,
        typer.Option(
            "--misaligned-with",
            metavar="NAME[:KIND]",
            help="Where most people prefer a side and this agent does not prefer the same (its ties count).",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", help="With this text in the source or a response.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0 for all.")] = 20,
    output_format: RowsFormatOption = Format.TABLE,
) -> None:
    """List pairs, or show one.

    Example: profile-tui pairs study.db --misaligned-with gpt-4o --factor length
    """
    from annotation.agents import study_agents
    from annotation.pairs import PairFilter
    from annotation.study import Study

    wanted = PairFilter(agent, state, factor, misaligned_with, text)
    with Study.open(study) as opened:
        if pair is not None:
            publish(one_pair(opened, opened.pair(pair)), output_format)
        else:
            if agent is not None:
                known_agents(study_agents(opened), agent, f"--agent {agent}")
            _list(opened, wanted, limit, output_format)


def _list(study: "Study", wanted: "PairFilter", limit: int, output_format: Format) -> None:
    from annotation.pairs import find_pairs
    from annotation.profiles import load_profile
    from annotation.wording import counted

    found = find_pairs(study, load_profile(study), wanted).tolist()
    views = [study.pair(pair) for pair in (found[:limit] if limit else found)]
    document = {"study": study.name, "found": len(found), "pairs": [summary(view) for view in views]}
    title = counted(len(found), "pair")
    table = ResultTable(title, _LIST_COLUMNS, tuple(map(_list_row, views)))
    flat = ResultTable(title, _FLAT_COLUMNS, tuple(map(_flat_row, views)))
    publish(Result(document, (table,), flat), output_format)
    if len(views) < len(found):
        say(f"Shown: the first {len(views):,} of {title}; --limit 0 shows all.")


def _list_row(view: "PairView") -> tuple[Cell, ...]:
    title = " ".join((view.title or view.source)[: 20 * _TITLE_LENGTH].split())  # it has one line
    return (
        view.id,
        title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…",
        author(view.left),
        author(view.right),
        letters([view.human]),
        letters(label.choice for label in view.labels),
        letters(verdict.choice for verdict in view.verdicts),
    )


def _flat_row(view: "PairView") -> tuple[Cell, ...]:
    return (
        view.id,
        view.title,
        view.left.agent,
        view.left.score,
        view.right.agent,
        view.right.score,
        side(view.human),
        words(label.choice for label in view.labels),
        words(verdict.choice for verdict in view.verdicts),
    )
