"""Query results as numpy columns."""

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Executable

Columns = npt.NDArray[np.void]
"""One record a row, by column name; a NULL is NaN in a column of floats."""


def read_columns(connection: Connection, statement: Executable, dtype: list[tuple[str, str]]) -> Columns:
    """Read a whole result without making a Python object of it first.

    Args:
        connection: in whose transaction to read.
        statement: only numbers, in the order of `dtype`; NULL only where `dtype` says float.
        dtype: names and numpy types.
    """
    result = connection.execute(statement)
    assert result.cursor is not None
    # The driver's own cursor: SQLAlchemy's rows would double both time and memory.
    columns = np.fromiter(result.cursor, dtype)
    result.close()
    return columns
