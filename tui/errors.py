"""What the terminal can refuse."""

from typing import ClassVar


class TuiError(Exception):
    """Root of everything the terminal refuses; one line that says what happened and what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(TuiError):
    """A command was used wrongly."""

    exit_code = 2


class StoppedError(TuiError):
    """The person pressed Ctrl-C; says what was kept and how to go on."""

    exit_code = 130  # 128 + SIGINT, as shells have it
