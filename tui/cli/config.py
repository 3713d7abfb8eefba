"""`profile-tui config`: a person's own settings."""

from typing import Final

from tui.cli.options import FormatOption
from tui.cli.output import Column, Format, Result, ResultTable, only, publish

_COLUMNS: Final = (Column("Key", "key"), Column("Value", "value"), Column("What it is", "description"))


def config(output_format: FormatOption = Format.TABLE) -> None:
    """Say where the config file is, and every key with its value.

    Example: profile-tui config
    """
    from tui.config import Config, config_path, load_config

    only(output_format, Format.TABLE, Format.JSON)
    path, values = config_path(), load_config()
    rows = tuple(
        (key, _shown(getattr(values, key)), field.description or "")
        for key, field in Config.model_fields.items()
    )
    document = {
        "path": str(path),
        "exists": path.is_file(),
        "keys": [dict(zip(("key", "value", "description"), row, strict=True)) for row in rows],
    }
    title = str(path) if path.is_file() else f"{path} (not there: make it to change a value)"
    publish(Result(document, (ResultTable(title, _COLUMNS, rows),)), output_format)


def _shown(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
