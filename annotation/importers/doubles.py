"""Pairs that came in by another id, or other authors, than those by which the study has their texts."""

from sqlalchemy import Connection, and_, func, or_, select

from annotation.store.tables import pairs, responses
from annotation.wording import counted


def about_doubles(connection: Connection, before: int) -> tuple[str, ...]:
    """How many new pairs have the texts of earlier ones, in a sentence; nothing where none has.

    They are not joined: data may well have the same texts twice, with other authors, scores or labels.

    Args:
        connection: the transaction of the import.
        before: the highest id of a pair before it.
    """
    earlier = pairs.alias("earlier")
    left, right = responses.alias("left_side"), responses.alias("right_side")
    one, other = responses.alias("earlier_left"), responses.alias("earlier_right")
    same = or_(
        and_(left.c.text == one.c.text, right.c.text == other.c.text),
        and_(left.c.text == other.c.text, right.c.text == one.c.text),
    )
    found = (
        select(func.count(pairs.c.id.distinct()))
        .join(earlier, and_(earlier.c.source_id == pairs.c.source_id, earlier.c.id <= before))
        .join(left, left.c.id == pairs.c.left_id)
        .join(right, right.c.id == pairs.c.right_id)
        .join(one, one.c.id == earlier.c.left_id)
        .join(other, other.c.id == earlier.c.right_id)
        .where(pairs.c.id > before, same)
    )
    number = connection.execute(found).scalar_one()
    if not number:
        return ()
    have = "has" if number == 1 else "have"
    return (
        f"{counted(number, 'new pair')} {have} the texts of pairs that were there by another id or author, "
        "and count twice now: read the same data in one way only (the same card, or the same --map)",
    )
