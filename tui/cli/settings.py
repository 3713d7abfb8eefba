"""`profile-tui settings`: what a study decides for itself."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tui.cli.options import FormatOption, StudyArgument, assigned, closest
from tui.cli.output import Cell, Column, Format, Result, ResultTable, only, publish, say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.settings import StudySettings
    from annotation.study import Study

_TOLERANCE: Final = "tie_tolerance."
_AGENT_SETTING: Final = "agent_settings."
_COLUMNS: Final = (Column("Setting", "key"), Column("Value", "value"), Column("What it is", "description"))


def settings(
    study: StudyArgument,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.", show_default=False),
    ] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List a study's settings with what they mean, or change some.

    Example: profile-tui settings study.db allow_ties=false tie_tolerance.length=2
    """
    from annotation.study import Study

    only(output_format, Format.TABLE, Format.JSON)
    with Study.open(study) as opened:
        _change(opened, changes or ())
        if changes:
            say(f"Changed {', '.join(changes)}.")
        else:
            publish(_result(opened), output_format)


def _change(study: "Study", changes: Sequence[str]) -> None:
    """Check all changes, then make them."""
    kept = study.settings.model_dump()
    factors = {factor.name: factor for factor in study.factors}
    touched = set[str]()
    for text in changes:
        key, value = assigned(text, "settings")
        if key.startswith(_TOLERANCE):
            name = key.removeprefix(_TOLERANCE)
            factors[_known(name, tuple(factors), text)] = replace(
                factors[name], tie_tolerance=_tolerance(value, text)
            )
            touched.add(name)
        elif key.startswith(_AGENT_SETTING):
            _tell_setting(study, kept["agent_settings"], key.removeprefix(_AGENT_SETTING), value)
        else:
            kept[_known(key, tuple(kept), text)] = value
    settings = _validated(kept)
    for name in touched:
        study.change_factor(factors[name])
    if settings != study.settings:
        study.change_settings(settings)


def _known(name: str, known: tuple[str, ...], text: str) -> str:
    if name not in known:
        raise UsageError(f"settings {text}: no {name!r}: {closest(name, known)}")
    return name


def _tolerance(value: str, text: str) -> float:
    try:
        tolerance = float(value)
    except ValueError:
        tolerance = -1
    if not 0 <= tolerance < float("inf"):
        raise UsageError(f"settings {text}: a tie tolerance is a number from 0 up, not {value!r}")
    return tolerance


def _tell_setting(study: "Study", told: dict[str, Any], agent: str, value: str) -> None:
    summary = study.summary()
    names = (
        "human",
        *(known.agent for known in summary.agents),
        *(one.annotator for one in summary.annotators),
    )
    _known(agent, names, f"{_AGENT_SETTING}{agent}={value}")
    told.pop(agent, None)
    if value:
        told[agent] = value


def _validated(values: dict[str, Any]) -> "StudySettings":
    from pydantic import ValidationError

    from annotation.settings import StudySettings

    try:
        return StudySettings.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        wanted = problem["msg"].lower()
        raise UsageError(f"settings {key}={problem['input']}: {wanted}") from error


def _result(study: "Study") -> Result:
    rows = (*_own_rows(study), *_agent_rows(study), *_tolerance_rows(study))
    document = {
        "study": study.name,
        "settings": [dict(zip(("key", "value", "description"), row, strict=True)) for row in rows],
    }
    return Result(document, (ResultTable(f"Settings of {study.name}", _COLUMNS, tuple(rows)),))


def _own_rows(study: "Study") -> Iterator[tuple[Cell, ...]]:
    for key, description in setting_descriptions():
        if key != "agent_settings":
            yield key, _shown(getattr(study.settings, key)), description


def setting_descriptions() -> tuple[tuple[str, str], ...]:
    """Every setting of a study with what it is."""
    from annotation.settings import StudySettings

    return tuple((key, field.description or "") for key, field in StudySettings.model_fields.items())


def _agent_rows(study: "Study") -> Iterator[tuple[Cell, ...]]:
    for agent, setting in study.settings.agent_settings.items():
        yield f"{_AGENT_SETTING}{agent}", setting.value, "the setting told for this agent; empty: by its kind"


def _tolerance_rows(study: "Study") -> Iterator[tuple[Cell, ...]]:
    for factor in study.factors:
        yield (
            f"{_TOLERANCE}{factor.name}",
            factor.tie_tolerance,
            f"{factor.title} ties where the values differ by no more than this",
        )


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
