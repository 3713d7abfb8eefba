"""What a served process is given of the environment: an allow-list, since no list of secrets is complete."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tui.serving.frames import Size

PASSED_ON: Final = frozenset(
    (
        *("PATH", "HOME", "TMPDIR", "TZ", "TZDIR", "SYSTEMROOT"),
        *("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE"),
        *("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONUTF8"),
    )
)
"""What a program needs to start and to write letters. HOME is where PostgreSQL looks for .pgpass."""

_OF_A_TERMINAL: Final = MappingProxyType({"TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "truecolor"})


def served_environment(own: Mapping[str, str], size: Size) -> dict[str, str]:
    """The whole environment of a served process."""
    passed_on = {name: own[name] for name in sorted(PASSED_ON & own.keys())}
    return {**passed_on, **_OF_A_TERMINAL, "COLUMNS": str(size.width), "ROWS": str(size.height)}
