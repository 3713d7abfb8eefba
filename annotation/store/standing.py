"""What stands: of entries about the same thing the last one, found in the `..._last` indexes alone."""

from typing import Final

from sqlalchemy import ColumnElement, Select, Table, and_, exists, select

from annotation.store.moment import Moment
from annotation.store.tables import answers, factor_values, participation, preferences

FAILED: Final = "failed: "
"""How the reason of a value begins that could not be had this time, and may be had another time."""


def answer_stands(at: Moment | None = None) -> ColumnElement[bool]:
    """Condition on `answers`: an annotator's last entry of its kind on a pair."""
    return is_last(answers, "pair_id", "kind", "annotator_id", at=at)


def label_stands(at: Moment | None = None) -> ColumnElement[bool]:
    """Condition on `answers`: an annotator's last word on a pair, a choice, of somebody who counts."""
    return and_(answers.c.kind == "label", answers.c.choice.is_not(None), answer_stands(at), counts(at))


def counts(at: Moment | None = None) -> ColumnElement[bool]:
    """Condition on `answers`: of somebody who has not withdrawn and was not left out."""
    return answers.c.annotator_id.not_in(people_out(at))


def people_out(at: Moment | None = None) -> Select[tuple[int]]:
    """The annotators who have withdrawn or were left out."""
    return select(participation.c.annotator_id).where(is_out(at))


def is_out(at: Moment | None = None) -> ColumnElement[bool]:
    """Condition on `participation`: the last word of a matter, by which somebody's answers do not count."""
    gone = participation.c.event.in_(("withdrawn", "erased", "left_out"))
    return and_(gone, is_last(participation, "annotator_id", "matter", at=at))


def people_erased() -> Select[tuple[int]]:
    """The annotators whose answers were taken out of the file."""
    return people_out().where(participation.c.event == "erased")


def people_withdrawn() -> Select[tuple[int]]:
    """The annotators who have taken their consent back; being left out is the researcher's matter."""
    return people_out().where(participation.c.event.in_(("withdrawn", "erased")))


def as_given() -> tuple[ColumnElement[str], ColumnElement[int]]:
    """The order in which `answers` were given, to the second; within one, as they came in.

    Ids alone tell no time: of imported answers they follow the rows of a file.
    """
    return answers.c.created, answers.c.id


def skip_stands() -> ColumnElement[bool]:
    """Condition on `answers`: a pair that an annotator has skipped and not taken up again."""
    return and_(answers.c.kind == "skip", answers.c.set, answer_stands())


def flag_stands() -> ColumnElement[bool]:
    """Condition on `answers`: a pair that an annotator has flagged and not cleared again."""
    return and_(answers.c.kind == "flag", answers.c.set, answer_stands())


def preference_stands(at: Moment | None = None) -> ColumnElement[bool]:
    """Condition on `preferences`: a model's last word on a pair."""
    return is_last(preferences, "pair_id", "agent_id", at=at)


def value_stands() -> ColumnElement[bool]:
    """Condition on `factor_values`: the last value of a factor of a response, whatever its method."""
    return is_last(factor_values, "factor", "response_id")


def value_failed() -> ColumnElement[bool]:
    """Condition on `factor_values`: it could not be had, and may be another time."""
    return and_(factor_values.c.value.is_(None), factor_values.c.reason.startswith(FAILED))


def is_last(table: Table, *about: str, at: Moment | None = None) -> ColumnElement[bool]:
    """Condition on any of the logs: the last row of those that agree in these columns, now or at a moment."""
    later = table.alias("later")
    same = (later.c[column] == table.c[column] for column in about)
    follows = later.c.id > table.c.id
    if at is None:
        return ~exists().where(*same, follows)
    until = at.highest(table)
    return and_(table.c.id <= until, ~exists().where(*same, follows, later.c.id <= until))
