"""`profile-tui settings`: what a study decides for itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from profile_engine.preferences import Agent
from tui.cli.options import PlainFormatOption, StudyArgument, assigned, closest, one_agent
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish, say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.settings import StudySettings
    from annotation.study import Study

_TOLERANCE: Final = "tie_tolerance."
_AGENT_SETTING: Final = "agent_settings."
_COLUMNS: Final = (
    Column("Setting", "key"),
    Column("Value", "value", wraps=True),
    Column("What it is", "description", wraps=True),
)


def settings(
    study: StudyArgument,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.", show_default=False),
    ] = None,
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """List a study's settings with what they mean, or change some.

    Example: profile-tui settings study.db allow_ties=false tie_tolerance.length=2
    """
    from annotation.study import Study

    with Study.open(study) as opened:
        _change(opened, changes or ())
        if changes:
            say(f"Changed {', '.join(changes)}.")
        else:
            publish(_result(opened), output_format)


def _change(study: "Study", changes: Sequence[str]) -> None:
    """Make all changes, or none where one is wrong."""
    from annotation.agents import study_agents

    agents = study_agents(study)
    with study.revising() as revision:
        kept = revision.settings.model_dump()
        for text in changes:
            key, value = assigned(text, "settings")
            if key.startswith(_TOLERANCE):
                factors = {factor.name: factor for factor in revision.factors}
                name = _known_factor(key.removeprefix(_TOLERANCE), tuple(factors), text)
                revision.change_factor(replace(factors[name], tie_tolerance=_tolerance(value, text)))
            elif key.startswith(_AGENT_SETTING):
                agent = one_agent(agents, key.removeprefix(_AGENT_SETTING), f"settings {text}")
                _tell_setting(kept["agent_settings"], agent, value)
            else:
                kept[_known_key(key, kept, text)] = value
        revision.change_settings(_validated(kept))


def _known_key(key: str, kept: Iterable[str], text: str) -> str:
    """A setting with one value; those of agents and factors are given one by one."""
    single = [name for name in kept if name != "agent_settings"]
    many = {f"{_AGENT_SETTING}AGENT": "generation, evaluation or improvement", f"{_TOLERANCE}FACTOR": "2"}
    for form, value in many.items():
        if key == form.partition(".")[0]:
            raise UsageError(f"settings {text}: name which: {form}={value}")
    if key not in single:
        raise UsageError(f"settings {text}: no {key!r}: {closest(key, (*single, *many))}")
    return key


def _known_factor(name: str, factors: tuple[str, ...], text: str) -> str:
    if name not in factors:
        raise UsageError(f"settings {text}: no such factor: {closest(name, factors)}")
    return name


def _tolerance(value: str, text: str) -> float:
    try:
        tolerance = float(value)
    except ValueError:
        tolerance = -1
    if not 0 <= tolerance < float("inf"):
        raise UsageError(f"settings {text}: a tie tolerance is a number from 0 up, not {value!r}")
    return tolerance


def _tell_setting(told: dict[str, Any], agent: Agent, value: str) -> None:
    """Kept under the agent's address, so that another of its name that comes later is not meant."""
    if value:
        told[agent.address] = value
    else:
        for key in (agent.address, agent.name):
            told.pop(key, None)


def _validated(values: dict[str, Any]) -> "StudySettings":
    from pydantic import ValidationError

    from annotation.settings import StudySettings
    from annotation.wording import what_is_wrong

    try:
        settings = StudySettings.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        raise UsageError(f"settings {key}={problem['input']}: {what_is_wrong(problem)}") from error
    if not settings.question.strip():
        raise UsageError("settings question=: the question above every pair cannot be empty")
    return settings


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
