"""Parquet, through pyarrow where it is installed."""

from annotation.errors import ImportFailure
from annotation.importers.rows import DataSource, Row, Rows

_BATCH = 1000


def read(source: DataSource) -> Rows:
    """The rows of a Parquet file, a batch at a time; the "line" is the row's number, from 1."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ImportFailure(
            f"{source.name}: Parquet needs pyarrow; install it with: pip install '.[parquet]'"
        ) from None
    number = 0
    try:
        with source.open() as stream, parquet.ParquetFile(stream) as file:
            rows = max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(batch_size=_BATCH):
                for record in batch.to_pylist():
                    number += 1
                    yield Row(source.name, number, record)
                source.tell_share(number / rows)
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else "no reason given"
        raise ImportFailure(f"{source.name}, row {number + 1}: not readable as Parquet: {reason}") from error
