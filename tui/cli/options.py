"""Arguments and options that several commands share."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Final, Literal

import typer

from annotation.validation.choices import Values
from profile_engine.errors import UnknownAgentError
from profile_engine.preferences import Agent, Aggregation, matching, only_agent
from tui.cli.output import Format
from tui.errors import UsageError

RULES: Final = "rules"

StudyArgument = Annotated[
    str,
    typer.Argument(metavar="STUDY", help="The study: a SQLite file or PostgreSQL URL.", show_default=False),
]
_FORMAT: Final = typer.Option("--format", "-f", help="How to print the result.")
FormatOption = Annotated[Format, _FORMAT]
RowsFormatOption = Annotated[Literal[Format.TABLE, Format.JSON, Format.CSV], _FORMAT]
PlainFormatOption = Annotated[Literal[Format.TABLE, Format.JSON], _FORMAT]
AgentsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--agent",
        "-a",
        metavar="NAME[:KIND]",
        help="Only this agent; may be given again.",
        show_default=False,
    ),
]
AggregationOption = Annotated[
    Aggregation | None,
    typer.Option(
        "--aggregation",
        help="How several people's labels on one pair count, instead of the study's own way: "
        "as their majority, or every label by itself.",
        show_default=False,
    ),
]
ValuesOption = Annotated[
    Values,
    typer.Option("--values", help="Factor values as extracted, or with people's corrections over them."),
]


def listed(text: str | None) -> tuple[str, ...]:
    """The names in a comma-separated list."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def assigned(text: str, option: str) -> tuple[str, str]:
    """The two sides of `KEY=VALUE`."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"{option} {text}: write it as KEY=VALUE")
    return key.strip(), value.strip()


def one_agent(agents: Iterable[Agent], text: str, option: str) -> Agent:
    """The agent meant by `name` or `name:kind`; raises UsageError where there is none or several."""
    agents = known_agents(agents, text, option)
    try:
        return only_agent(agents, text)
    except UnknownAgentError as error:
        raise UsageError(f"{option}: {error}") from error


def known_agents(agents: Iterable[Agent], text: str, option: str) -> tuple[Agent, ...]:
    """The agents meant by `name` or `name:kind`; raises UsageError where there is none."""
    agents = tuple(agents)
    meant = matching(agents, text)
    if not meant:
        names = tuple(dict.fromkeys(agent.name for agent in agents))
        raise UsageError(f"{option}: no agent {text!r} here: {closest(text, names)}")
    return meant


def closest(name: str, known: tuple[str, ...]) -> str:
    """What to say of a name that is not among the known ones: the one most like it, or all."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}"
