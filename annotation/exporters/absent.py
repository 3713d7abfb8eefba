"""The labels that no export has: of people who withdrew, or were left out."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from annotation.people.quality import Presence, read_absences
from annotation.store.standing import answer_stands, people_out
from annotation.store.tables import agents, answers
from annotation.study import Study
from annotation.wording import counted


def absent_labels(study: Study) -> tuple[str, ...]:
    """How many labels of how many people no export of this study has, a sentence for each reason."""
    with study.reading() as connection:
        return tuple(_sentences(connection))


def _sentences(connection: Connection) -> Iterator[str]:
    given = {
        row[0]: row[1]
        for row in connection.execute(
            select(agents.c.name, func.count())
            .join_from(answers, agents)
            .where(
                answers.c.kind == "label",
                answers.c.choice.is_not(None),
                answer_stands(),
                answers.c.annotator_id.in_(people_out()),
            )
            .group_by(agents.c.name)
        )
    }
    absences = read_absences(connection)
    for presence, was, were in (
        (Presence.LEFT_OUT, "was left out", "were left out"),
        (Presence.WITHDRAWN, "has withdrawn", "have withdrawn"),
    ):
        labels = [
            given[one.annotator] for one in absences if one.presence is presence and one.annotator in given
        ]
        if labels:
            people = f"{counted(len(labels), 'annotator')} who {was if len(labels) == 1 else were}"
            total = sum(labels)
            yield f"{counted(total, 'label')} of {people} {'is' if total == 1 else 'are'} not in it"
