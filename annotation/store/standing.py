"""What stands: the last entry of each (who, about what), found in indexes alone."""

from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Subquery, cast, func, select

from annotation.store.tables import answers, preferences

NO_CHOICE: Final = 3
"""The code of a choice that is NULL; the others are choice + 1."""


def standing_labels() -> Subquery:
    """Each annotator's last word on each pair: `annotator_id`, `pair_id`, `code`.

    `code` is the choice + 1, or NO_CHOICE where the label is withdrawn.
    """
    of_labels = select(
        answers.c.annotator_id, answers.c.pair_id, _last(answers.c.id, answers.c.choice).label("code")
    ).where(answers.c.kind == "label")
    return of_labels.group_by(answers.c.annotator_id, answers.c.pair_id).subquery()


def standing_preferences() -> Subquery:
    """Each model's last word on each pair: `pair_id`, `agent_id`, `code`, as for labels."""
    last = _last(preferences.c.id, preferences.c.value).label("code")
    told = select(preferences.c.pair_id, preferences.c.agent_id, last)
    return told.group_by(preferences.c.pair_id, preferences.c.agent_id).subquery()


def _last(entry: ColumnElement[int], choice: ColumnElement[int]) -> ColumnElement[int]:
    # One aggregate carries both id and choice, so that the last entry's choice comes out of the walk
    # through the index that finds it; a join back to the rows takes several times as long.
    return func.max(cast(entry, BigInteger) * 4 + func.coalesce(choice + 1, NO_CHOICE)) % 4
