"""The command line: a command a file."""

import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Final

PROGRAM: Final = "profile-tui"
_DEBUG: Final = "PROFILE_TUI_DEBUG"


def main() -> None:
    """The entry point of the command `profile-tui`."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    if len(arguments) < len(sys.argv) - 1:
        os.environ[_DEBUG] = "1"
    if not debugging():
        sys.excepthook = _say_unforeseen
    sys.exit(run(arguments))


def debugging() -> bool:
    """Whether errors show a traceback: `--debug` anywhere in the line, or `PROFILE_TUI_DEBUG` not empty."""
    return bool(os.environ.get(_DEBUG))


def run(arguments: Sequence[str]) -> int:
    """Run one command line.

    What a person can meet is said in one line on standard error, unless `debugging`: then it is raised.

    Returns:
        0, or 1 (could not), 2 (bad use), 130 (stopped by Ctrl-C).
    """
    from typer import TyperException

    from annotation.errors import StudyError
    from profile_engine.errors import EngineError
    from tui.errors import TuiError

    try:
        return _invoke(arguments)
    except BrokenPipeError:
        # Whoever read the output has had enough; the interpreter must not fail on flushing the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (EngineError, StudyError, TuiError, TyperException, OSError) as error:
        if debugging():
            raise
        _complain(_described(error))
        return getattr(error, "exit_code", 1)


def _invoke(arguments: Sequence[str]) -> int:
    from typer.main import get_command

    from tui.cli.program import app
    from tui.errors import StoppedError

    code = get_command(app).main(arguments, prog_name=PROGRAM, standalone_mode=False)
    sys.stdout.flush()
    if code == StoppedError.exit_code:  # what Typer makes of Ctrl-C
        raise StoppedError("stopped; nothing was left half-done")
    return code if isinstance(code, int) else 0


def _described(error: Exception) -> str:
    """One line for what went wrong; for bad use, where the command's help is."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    context = getattr(error, "ctx", None)
    message = str(getattr(error, "format_message", error.__str__)())
    return f"{message.rstrip('.')}; see {context.command_path} --help" if context else message


def _complain(message: str) -> None:
    from tui.outside import safe

    print(f"{PROGRAM}: {' '.join(safe(message).split())}", file=sys.stderr)


def _say_unforeseen(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    _complain(f"{kind.__name__}: {error}; this should not happen: run it again with --debug and report it")
