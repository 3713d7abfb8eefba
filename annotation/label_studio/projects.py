"""Which of a server's projects is the study's: its description holds a name that only the study can make."""

from typing import Final

from annotation.label_studio.server import LabelStudioError, Project, Server
from annotation.pseudonyms import Pseudonyms
from annotation.study import Study

_MARK: Final = "profile-tui study"


def mark_of(study: Study) -> str:
    """The description of the study's projects."""
    with study.reading() as connection:
        return f"{_MARK} {Pseudonyms.of_study(connection).study()}"


def find_project(server: Server, mark: str, title: str | None) -> Project | None:
    """The study's project; None where there is none yet.

    Args:
        server: has the projects.
        mark: of the study.
        title: which of several; None where the study has one at most.

    Raises:
        LabelStudioError: a project of this title is not of this study, or there are several to choose from.
    """
    found = server.projects()
    of_study = [project for project in found if mark in str(project.settings.get("description"))]
    if title is not None:
        named = [project for project in found if project.title == title]
        of_study = [project for project in of_study if project.title == title]
        if named and not of_study:
            raise LabelStudioError(
                f"project {title!r} at {server.url} (number {named[0].id}) is not of this study; "
                "give another --project, or leave it out"
            )
    if len(of_study) > 1:
        titles = ", ".join(repr(project.title) for project in of_study)
        raise LabelStudioError(
            f"several projects at {server.url} are of this study: {titles}; say which with --project"
        )
    return of_study[0] if of_study else None
