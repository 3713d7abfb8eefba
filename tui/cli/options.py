"""Arguments and options that several commands share."""

from difflib import get_close_matches
from typing import Annotated, Final

import typer

from annotation.validation.choices import Values
from profile_engine.preferences import Aggregation
from tui.cli.output import Format
from tui.errors import UsageError

RULES: Final = "rules"

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help="The study: a file, or a SQLAlchemy URL.", show_default=False)
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print the result.")]
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


def closest(name: str, known: tuple[str, ...]) -> str:
    """What to say of a name that is not among the known ones: the one most like it, or all."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}"
