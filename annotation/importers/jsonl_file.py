"""JSON Lines: an object a line."""

import json
from typing import Any

from annotation.importers.faults import BadRow, describe
from annotation.importers.rows import DataSource, Row, Rows

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read(source: DataSource) -> Rows:
    """The rows of a JSON Lines file; empty lines are passed over."""
    with source.open() as lines:
        for number, line in enumerate(lines, start=1):
            content = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            if content.strip():
                yield parse_line(content, source.name, number)


def parse_line(content: bytes, file: str, number: int) -> Row | BadRow:
    """One line as a row, or what is wrong with it."""
    try:
        record: Any = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        return BadRow(file, number, "(the line)", "UTF-8", f"the byte 0x{content[error.start]:02x}")
    except RecursionError:
        return BadRow(file, number, "(the line)", "a JSON object", "too many nested brackets")
    except json.JSONDecodeError as error:
        found = f"broken JSON ({error.msg.lower()}, character {error.pos + 1} of the line)"
        return BadRow(file, number, "(the line)", "a JSON object", found)
    except ValueError as error:
        return BadRow(file, number, "(the line)", "a JSON object", f"broken JSON ({error})")
    if not isinstance(record, dict):
        return BadRow(file, number, "(the line)", "a JSON object", describe(record))
    return Row(file, number, record)
