"""People's choices as numpy columns."""

from sqlalchemy import ColumnElement, Connection, func, select

from annotation.store.columns import Columns, read_columns
from annotation.store.standing import as_given
from annotation.store.tables import answers
from profile_engine.preferences import MISSING


def read_choices(connection: Connection, *which: ColumnElement[bool]) -> Columns:
    """Choices for which these conditions on `answers` hold, in the order in which they were given.

    `annotator` and `pair` are ids, `choice` is canonical, `pressed` as it was shown (MISSING where it was not
    shown by us), `seconds` NaN where not measured.
    """
    return read_columns(
        connection,
        select(
            answers.c.annotator_id,
            answers.c.pair_id,
            answers.c.choice,
            func.coalesce(answers.c.shown_choice, MISSING),
            answers.c.seconds,
        )
        .where(*which)
        .order_by(*as_given()),
        [("annotator", "i8"), ("pair", "i8"), ("choice", "i1"), ("pressed", "i1"), ("seconds", "f8")],
    )
