"""`profile-tui label-studio`: pairs to a Label Studio server, and annotations back."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from tui.cli.options import PlainFormatOption, StudyArgument
from tui.cli.output import Column, Format, Result, ResultTable, publish, say
from tui.errors import StoppedError

if TYPE_CHECKING:
    from annotation.label_studio.pull import PullReport
    from tui.cli.progress import Watch

UrlOption = Annotated[str, typer.Option("--url", help="The server, as people open it.")]
KeyOption = Annotated[
    str,
    typer.Option(
        "--key-env",
        help="The environment variable that holds your access token there, which is never stored.",
    ),
]
ProjectOption = Annotated[
    str | None,
    typer.Option(
        "--project", metavar="TITLE", help="The project's title there.", show_default="the study's own"
    ),
]
_URL: Final = "http://127.0.0.1:8080"
_KEY: Final = "LABEL_STUDIO_API_KEY"
_PEOPLE: Final = (Column("User there", "user"), Column("Annotator here", "annotator"))


def push(
    study: StudyArgument,
    url: UrlOption = _URL,
    key_env: KeyOption = _KEY,
    project: ProjectOption = None,
    predictions: Annotated[
        str | None,
        typer.Option(
            "--predictions",
            metavar="MODEL",
            help="Show what this model prefers, chosen already; people may follow it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a project of the study's pairs, or add to it what is missing.

    A task an item of the plan, training excepted, without a plan a pair; sides are drawn, and nothing says
    who wrote what.

    Example: profile-tui label-studio push study.db --url http://127.0.0.1:8080
    """
    from annotation.errors import StudyError
    from annotation.label_studio import push as pushing
    from annotation.label_studio.server import Server
    from annotation.study import Study
    from tui.cli.progress import Watch

    with Study.open(study) as opened:
        server = Server(url, key_env)
        with Watch("Sending", "tasks") as watch:
            try:
                report = pushing.push(opened, server, title=project, model=predictions, told=watch)
            except StudyError as error:
                raise _stopped(watch, error) from error
    for line in report.lines():
        say(line)


def pull(
    study: StudyArgument,
    url: UrlOption = _URL,
    key_env: KeyOption = _KEY,
    project: ProjectOption = None,
    plain_emails: Annotated[
        bool,
        typer.Option(
            "--plain-emails",
            help="Call annotators by their e-mail addresses, instead of a hash keyed by the study.",
        ),
    ] = False,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", help="Leave annotations out that make no sense, instead of stopping."),
    ] = False,
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """Bring annotations in as answers of their users; again and again, each thing once.

    What somebody changed there since is a change here. The table says who is who, and is kept nowhere.

    Example: profile-tui label-studio pull study.db --url http://127.0.0.1:8080
    """
    from annotation.errors import StudyError
    from annotation.label_studio import pull as pulling
    from annotation.label_studio.server import Server
    from annotation.study import Study
    from tui.cli.progress import Watch

    with Study.open(study) as opened:
        server = Server(url, key_env)
        with Watch("Reading", "tasks") as watch:
            try:
                report = pulling.pull(
                    opened, server, title=project, told=watch, plain_emails=plain_emails, skip_bad=skip_bad
                )
            except StudyError as error:
                raise _stopped(watch, error) from error
    for line in _lines(report):
        say(line)
    publish(_result(report), output_format)


def _stopped(watch: "Watch", error: Exception) -> Exception:
    return StoppedError(str(error)) if watch.stopped else error


def _lines(report: "PullReport") -> list[str]:
    if report.imported is None:
        return [f"project {report.title!r} has no annotations yet"]
    lines = [*report.imported.lines(), *(f"left out: {row}" for row in report.imported.bad_rows)]
    if report.earlier:
        lines.append(f"{report.earlier:,} left out: the same user has a later one of the pair")
    if not report.imported.added_anything:
        lines.append("Nothing new: the study has all of it already.")
    return lines


def _result(report: "PullReport") -> Result:
    imported = report.imported
    document = {
        "project": report.title,
        "labels": 0 if imported is None else imported.labels.added,
        "other_answers": 0 if imported is None else imported.others.added,
        "already": 0 if imported is None else imported.labels.already + imported.others.already,
        "left_out": {} if imported is None else dict(imported.left_out),
        "earlier": report.earlier,
        "annotators": [{"user": user, "annotator": name} for user, name in report.people.items()],
    }
    return Result(document, (ResultTable("Annotators", _PEOPLE, tuple(report.people.items())),))


label_studio = typer.Typer(
    help="Send pairs to Label Studio, and take annotations back.\n\n"
    "Example: profile-tui label-studio push study.db",
    rich_markup_mode=None,
)

label_studio.command("push")(push)
label_studio.command("pull")(pull)
