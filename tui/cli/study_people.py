"""`profile-tui study annotators` and `withdraw`: who takes part in a human study."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tui.cli.options import PlainFormatOption, StudyArgument
from tui.cli.output import Column, Format, Result, ResultTable, publish, say
from tui.errors import StoppedError, UsageError

if TYPE_CHECKING:
    from annotation.study import Study

_DAY: Final = len("2025-01-01")
_CODES: Final = (Column("Annotator", "annotator"), Column("Code", "code"))
_ACCOUNTS: Final = (
    Column("Annotator", "annotator"),
    Column("Code since", "since"),
    Column("Consent", "consented"),
    Column("In the study", "place"),
    Column("Answers", "answers"),
)


class AccountAction(StrEnum):
    """What to do with annotators."""

    ADD = "add"
    LIST = "list"
    CODE = "code"


def annotators(
    action: Annotated[
        AccountAction,
        typer.Argument(
            metavar="ACTION", help="add people, list them, or give one another code.", show_default=False
        ),
    ],
    study: StudyArgument,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Whom to add or to give a code.", show_default=False),
    ] = None,
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """Add annotators, each with an access code for the browser.

    A code is shown this once: the study keeps a salted hash only.

    Example: profile-tui study annotators add study.db anna ben
    """
    from annotation.study import Study

    if action is not AccountAction.LIST and not names:
        raise UsageError(f"study annotators {action}: name the annotators")
    if action is AccountAction.LIST and names:
        raise UsageError("study annotators list: takes no names")
    with Study.open(study) as opened:
        if action is AccountAction.LIST:
            publish(_listed(opened), output_format)
        else:
            publish(_issued(opened, names or [], action), output_format)
            say("Give each person their code now: it cannot be shown again, only replaced.")


def withdraw(
    study: StudyArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The annotator.", show_default=False)],
    erase: Annotated[
        bool,
        typer.Option("--erase", help="Take what they said, and their name, out of the study's files, too."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before erasing.")] = False,
) -> None:
    """Take a person's answers out of every result, as they asked.

    Their pairs are open to others again. With --erase their choices, notes and times are gone for good, and
    dated empty marks stay under a pseudonym; it asks first.

    Example: profile-tui study withdraw study.db ben --erase
    """
    from annotation.people import consent
    from annotation.study import Study

    with Study.open(study) as opened:
        if erase:
            _ask_leave(opened, name, yes=yes)
            _erase(opened, name)
        else:
            consent.withdraw(opened, name)
            say(f"{name}'s answers count no more; they are kept. To erase them as well: --erase")


def _listed(study: "Study") -> Result:
    from annotation.people.accounts import accounts
    from annotation.people.crew import read_crew
    from annotation.wording import people

    found = accounts(study)
    with study.reading() as connection:
        crew = read_crew(connection)
    rows = tuple(
        (
            one.name,
            one.since,
            one.consented and one.consented[:_DAY],
            crew.places[one.name].value,
            "do not count" if one.absent else "count",
        )
        for one in found
    )
    document = {
        "annotators": [
            {
                "annotator": one.name,
                "since": one.since,
                "consented": one.consented,
                "place": crew.places[one.name].value,
                "counts": not one.absent,
            }
            for one in found
        ]
    }
    title = f"{people(len(crew))}: {crew.in_words()}" if found else "Nobody yet"
    return Result(document, (ResultTable(title, _ACCOUNTS, rows),))


def _issued(study: "Study", names: list[str], action: AccountAction) -> Result:
    from annotation.people.accounts import add_all, renew_all

    issue = add_all if action is AccountAction.ADD else renew_all
    codes = issue(study, names)
    document = {"codes": [{"annotator": name, "code": code} for name, code in codes.items()]}
    return Result(document, (ResultTable("Access codes", _CODES, tuple(codes.items())),))


def _ask_leave(study: "Study", name: str, *, yes: bool) -> None:
    """Say what goes for good, and ask; nothing is asked of whoever was erased already."""
    from annotation.people.erasure import answers_to_erase
    from annotation.wording import counted

    number = answers_to_erase(study, name)
    if number is None or yes:
        return
    goes = f"{counted(number, 'answer')} of {name}, their name and their code"
    if not sys.stdin.isatty():
        raise UsageError(f"{goes} would be erased for good: --yes does it without asking")
    say(f"{goes} will be erased for good, from {study.location} and the notes beside it.")
    if not typer.confirm("Erase them?", err=True):
        raise StoppedError("nothing was erased")


def _erase(study: "Study", name: str) -> None:
    from annotation.people.erasure import erase
    from annotation.wording import counted

    done = erase(study, name)
    marks = counted(done.answers, "empty mark")
    if done.before:
        clean = ", and no old bytes are left in the study's files" if done.scrubbed else ""
        say(f"{name} was erased already, on {done.since[:_DAY]}{clean}.")
    else:
        say(f"{name} was erased on {done.since[:_DAY]}: {marks} of {done.pseudonym} left.")
    if not done.known_again:
        say("What was exported before still has them; importing it would bring them back.")
    if done.kept:
        say(f"{done.kept:,} judgements, mentions and adjudications stay, by {done.pseudonym}.")
    if not done.scrubbed:
        say(
            "Another program has the study open, so old bytes are still in its files: close it, then "
            f"profile-tui study withdraw {study.location} '{done.pseudonym}' --erase"
        )
