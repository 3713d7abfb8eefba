"""Query results as numpy columns."""

from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Executable

Columns = npt.NDArray[np.void]
"""One record a row, by column name; a NULL is NaN in a column of floats."""

_PORTION: Final = 10_000


def read_columns(connection: Connection, statement: Executable, dtype: list[tuple[str, str]]) -> Columns:
    """Read a whole result without making a Python object of it first.

    Args:
        connection: in whose transaction to read.
        statement: only numbers, in the order of `dtype`; NULL only where `dtype` says float.
        dtype: names and numpy types.
    """
    result = connection.execute(statement)
    cursor = result.cursor
    assert cursor is not None
    # The driver's own rows: SQLAlchemy's would double both time and memory.
    portions = iter(lambda: cursor.fetchmany(_PORTION), [])
    columns: Columns = np.fromiter(chain.from_iterable(portions), np.dtype(dtype))
    result.close()
    return columns
