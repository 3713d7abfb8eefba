"""What the terminal can refuse."""


class TuiError(Exception):
    """Root of everything the terminal refuses; one line that says what happened and what to do."""


class UsageError(TuiError):
    """A command was used wrongly (exit code 2)."""
