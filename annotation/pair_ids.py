"""Which pairs there are, and which one somebody means."""

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from annotation.store.columns import read_columns
from annotation.store.tables import pairs
from annotation.study import Study


def pair_ids(study: Study) -> npt.NDArray[np.int64]:
    """Ids of all pairs, ascending; needs no profile, so it answers while that is still being read."""
    with study.reading() as connection:
        found = read_columns(connection, select(pairs.c.id).order_by(pairs.c.id), [("pair", "i8")])
    return found["pair"]


def pair_named(study: Study, external_id: str) -> int | None:
    """The pair that the data set calls so; the first of several."""
    wanted = select(pairs.c.id).where(pairs.c.external_id == external_id).order_by(pairs.c.id).limit(1)
    with study.reading() as connection:
        return connection.execute(wanted).scalar_one_or_none()
