"""`profile-tui doctor`: what is installed, and whether a study is sound."""

import os
import platform
import re
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tui.cli import PROGRAM
from tui.cli.options import PlainFormatOption
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish, say

if TYPE_CHECKING:
    from annotation.study import StudySummary

_REQUIREMENT: Final = re.compile(r"([\w.-]+)[^;]*(?:;\s*extra\s*==\s*['\"]([\w-]+)['\"])?")
_NOT_FOR_USERS: Final = ("dev", "all")
_FACTS: Final = (Column("", "what"), Column("", "value", wraps=True))


@dataclass(frozen=True, slots=True)
class Package:
    """A package that the program can use; `version` is None where it is not installed."""

    name: str
    extra: str | None
    version: str | None


def doctor(
    study: Annotated[
        str | None,
        typer.Argument(metavar="[STUDY]", help="A study to look through, too.", show_default=False),
    ] = None,
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """Say what is installed, and whether a study is sound.

    Exit code 1 where something is wrong.

    Example: profile-tui doctor study.db
    """
    environment = _environment()
    problems = [environment["config"]["problem"]] if environment["config"]["problem"] else []
    tables = [_environment_table(environment), _package_table(packages())]
    document = environment | {"packages": [asdict(package) for package in packages()]}
    if study is not None:
        summary, findings = _examined(study)
        document["study"] = asdict(summary)
        tables.append(_summary_table(summary))
        problems += findings
    publish(Result(document | {"problems": problems}, tuple(tables)), output_format)
    for problem in problems:
        say(f"Problem: {problem}")
    if problems:
        raise typer.Exit(1)
    if study is not None:
        say("No problem found.")


def packages() -> tuple[Package, ...]:
    """The core's packages, then each extra's."""
    found = []
    for requirement in requires(PROGRAM) or ():
        match = _REQUIREMENT.match(requirement)
        if match is not None and match[2] not in _NOT_FOR_USERS:
            found.append(Package(match[1], match[2], _version(match[1])))
    return tuple(found)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _environment() -> dict[str, Any]:
    from tui.config import config_path, load_config
    from tui.errors import TuiError
    from tui.recent import recent_path

    problem = None
    try:
        load_config()
    except TuiError as error:
        problem = str(error)
    size = shutil.get_terminal_size()
    return {
        "version": version(PROGRAM),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "config": {"path": str(config_path()), "exists": config_path().is_file(), "problem": problem},
        "recent_studies": str(recent_path()),
        "terminal": {
            "is_terminal": sys.stdout.isatty(),
            "columns": size.columns,
            "lines": size.lines,
            "encoding": sys.stdout.encoding,
            "TERM": os.environ.get("TERM"),
            "COLORTERM": os.environ.get("COLORTERM"),
            "NO_COLOR": "NO_COLOR" in os.environ,
        },
    }


def _environment_table(environment: dict[str, Any]) -> ResultTable:
    terminal, config = environment["terminal"], environment["config"]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Python", f"{environment['python']} on {environment['platform']}"),
        ("Config file", f"{config['path']}{'' if config['exists'] else ' (not there, defaults hold)'}"),
        ("Recent studies", environment["recent_studies"]),
        ("Terminal", ", ".join(f"{key} {value}" for key, value in terminal.items() if value is not None)),
    )
    return ResultTable(f"{PROGRAM} {environment['version']}", _FACTS, rows)


def _package_table(found: tuple[Package, ...]) -> ResultTable:
    missing = dict.fromkeys(one.extra for one in found if one.extra and one.version is None)
    return ResultTable(
        "Packages",
        (Column("Package", "package"), Column("For", "extra"), Column("Version", "version")),
        tuple((one.name, one.extra or "core", one.version or "not installed") for one in found),
        tuple(f"To install {extra}, in the checkout: pip install '.[{extra}]'" for extra in missing),
    )


def _examined(location: str) -> tuple["StudySummary", list[str]]:
    from annotation.integrity import check
    from annotation.study import Study

    with Study.open(location) as study:
        return study.summary(), [f"{finding.message} ({finding.count:,})" for finding in check(study)]


def _summary_table(summary: "StudySummary") -> ResultTable:
    from annotation.wording import counted

    rows: list[tuple[Cell, ...]] = [
        ("Task", summary.task.value),
        ("Sources", summary.sources),
        ("Responses", f"{summary.responses:,} distinct, {summary.empty_responses:,} of them empty"),
        ("Pairs", f"{summary.pairs:,}, {summary.labelled_pairs:,} of them labelled"),
        ("Imports", summary.imports),
    ]
    rows += [
        (one.annotator, f"{counted(one.labels, 'label')}{_simulated(one.simulated)}")
        for one in summary.annotators
    ]
    rows += [
        (
            one.agent,
            f"{one.kind.value.replace('_', ' ')}: {counted(one.responses, 'response')}, "
            f"{counted(one.preferences, 'preference')}, {one.no_preference:,} without a preference"
            f"{_simulated(one.simulated)}",
        )
        for one in summary.agents
    ]
    rows += [
        (
            one.factor,
            f"{counted(one.values, 'value')}, {one.unavailable:,} unavailable with a reason"
            + (f", {one.failed:,} failed" if one.failed else ""),
        )
        for one in summary.factors
    ]
    return ResultTable(f"{summary.name} ({summary.location})", _FACTS, tuple(rows))


def _simulated(simulated: bool) -> str:
    return " (simulated)" if simulated else ""
