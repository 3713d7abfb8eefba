"""Annotations of the study's Label Studio project as answers of its users."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from annotation.importers.elsewhere import Elsewhere, ElsewhereFormat
from annotation.importers.files import ImportChoices
from annotation.importers.importing import import_data
from annotation.importers.report import ImportReport
from annotation.importers.study_pairs import StudyPairs
from annotation.label_studio.projects import find_project, mark_of
from annotation.label_studio.server import LabelStudioError, Server, Task, Told
from annotation.pseudonyms import Pseudonyms
from annotation.study import Study

Annotation = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PullReport:
    """What came in.

    Attributes:
        imported: what was done with the annotations; None where there are none.
        people: users with an annotation of this study: e-mail address -> name here.
        earlier: annotations left out because the same user made a later one of the pair.
    """

    title: str
    imported: ImportReport | None
    people: Mapping[str, str]
    earlier: int


def pull(
    study: Study,
    server: Server,
    *,
    title: str | None,
    told: Told,
    plain_emails: bool = False,
    skip_bad: bool = False,
) -> PullReport:
    """Bring annotations in; again and again, each thing once, and what was changed there as a change.

    Args:
        study: takes the answers.
        server: has the project.
        title: of the project; None where the study has one only.
        told: is told how far reading is.
        plain_emails: whether annotators are called by their e-mail addresses, instead of a keyed hash.
        skip_bad: whether annotations that make no sense are left out, instead of stopping.

    Raises:
        LabelStudioError: the server refuses, or it has no project of this study.
        ImportFailure: an annotation makes no sense; nothing was imported.
    """
    project = find_project(server, mark_of(study), title)
    if project is None:
        raise LabelStudioError(
            f"no project at {server.url} is of this study; profile-tui label-studio push makes it"
        )
    emails = server.emails()
    rows, earlier = last_of_each(study, server.tasks(project, told))
    for row in rows:
        row["user"] = emails.get(row["annotation"]["completed_by"])
    imported = None
    if rows:
        elsewhere = Elsewhere(ElsewhereFormat.LABEL_STUDIO, plain_emails)
        with TemporaryDirectory(prefix="profile-tui-") as folder:
            file = Path(folder, f"label-studio-project-{project.id}.jsonl")
            file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
            imported = import_data(study, elsewhere, [file], choices=ImportChoices(skip_bad))
    with study.reading() as connection:
        called = Pseudonyms.of_study(connection).worker
    users = {row["user"]: None for row in rows if row["user"]}
    people = {email: email if plain_emails else called(email) for email in users}
    return PullReport(project.title, imported, people, earlier)


def last_of_each(study: Study, tasks: Iterable[Task]) -> tuple[list[dict[str, Any]], int]:
    """Of each user and pair the last annotation that is not skipped, else the last; and how many are not.

    Somebody may annotate a task several times, and a pair may have two tasks. In the order in which they
    were made or changed.
    """
    last: dict[tuple[str, object], dict[str, Any]] = {}
    found = 0
    with study.reading() as connection:
        pairs = StudyPairs(connection)
        for task in tasks:
            shown = pairs.shown_as(task.item)
            for annotation in task.annotations:
                found += 1
                place = (task.item if shown is None else shown[0], annotation["completed_by"])
                row = {"item": task.item, "annotation": annotation}
                if place not in last or _rank(row) > _rank(last[place]):
                    last[place] = row
    rows = sorted(last.values(), key=lambda row: str(row["annotation"]["updated_at"]))
    return rows, found - len(rows)


def _rank(row: Mapping[str, Any]) -> tuple[bool, str, int]:
    annotation: Annotation = row["annotation"]
    return not annotation["was_cancelled"], str(annotation["updated_at"]), annotation["id"]
