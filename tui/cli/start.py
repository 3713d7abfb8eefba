"""What starting without a command does."""

from tui.cli.demo import demo
from tui.cli.opening import need_terminal, open_study


def open_recent() -> None:
    """Open the studies opened lately to choose from, or the demo when there are none."""
    from tui.recent import recent_studies

    studies = recent_studies()
    if not studies:
        return demo()
    need_terminal()
    from tui.config import load_config
    from tui.screens.start import StartApp

    location = StartApp(studies, load_config().theme).run()
    return None if location is None else open_study(location)
