"""The served process: the Label screen of one person, drawn for a browser.

Started by the server as `python -m tui.serving.child`. Its first line of input says which study and who; what
a browser types comes in packets after that, so nobody can say they are somebody else.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Self, TextIO

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.drivers.web_driver import WebDriver
from textual.message import Message
from textual.messages import ExitApp
from textual.theme import Theme

from annotation.answers import Answer, NewAnswer, Origin
from annotation.errors import StudyError
from annotation.study import Study
from tui.app import ProfileApp
from tui.errors import TuiError
from tui.session import Role, Session

_LONGEST_LINE: Final = 64 * 1024
_MODES: Final = "\x1b[?1049h\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h\x1b[?25l\x1b[?2004h"
"""What a terminal has to know before the first picture: other screen, mouse, no cursor, marked pastes."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who labels which study."""

    study: str
    annotator: str

    def line(self) -> bytes:
        """The first line of a served process's input."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def read(cls, read: Callable[[int], bytes]) -> Self:
        """Read that line and not a byte more: the rest is somebody else's."""
        line = b""
        while not line.endswith(b"\n") and len(line) < _LONGEST_LINE and (byte := read(1)):
            line += byte
        return cls(**json.loads(line))


class BrowserSession(Session):
    """A session whose answers are known to come from a browser."""

    def save(self, answer: NewAnswer) -> Answer:
        """Commit an answer."""
        return super().save(replace(answer, origin=Origin.BROWSER))


class BrowserApp(ProfileApp):
    """The app of an annotator in a browser."""

    CSS_PATH = "../app.tcss"

    def get_driver_class(self) -> type[Driver]:
        """Drawn over a pipe."""
        return BrowserDriver

    def _tell_theme(self, theme: Theme) -> None:
        """There is no config file for people in a browser to write it in."""


class BrowserDriver(WebDriver):
    """Textual's own, less what leads elsewhere, and able to draw all anew.

    Ends with whoever reads it: a server that was killed leaves no process behind.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401
        super().__init__(app, **options)
        self._write = partial(_write_all, self.fileno)

    def process_message(self, message: Message) -> None:
        """A size is told by the server alone: as keys it could be of any number of cells."""
        if not isinstance(message, events.Resize):
            super().process_message(message)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Follow the server."""
        if packet_type == "repaint":
            self._app.call_later(self._repaint)
        elif packet_type in ("resize", "focus", "blur", "quit"):
            super().on_meta(packet_type, payload)

    def _repaint(self) -> None:
        self.write(_MODES)
        self._app.screen.refresh()

    def run_input_thread(self) -> None:
        """Read what comes; when nothing more can come, leave."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(ExitApp())

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Nothing leads away."""

    def deliver_binary(
        self,
        binary: BinaryIO | TextIO,
        *,
        delivery_key: str,
        save_path: Path,
        open_method: Literal["browser", "download"] = "download",
        encoding: str | None = None,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> None:
        """No file is handed out."""


def _write_all(file: int, data: bytes) -> int:
    """Write to the last byte, or to nobody."""
    rest = memoryview(data)
    with suppress(BrokenPipeError):
        while rest:
            rest = rest[os.write(file, rest) :]
    return len(data)


def main() -> int:
    """Serve one person until they leave or the server does; what went wrong goes to standard error.

    Returns:
        0, a `Parting` where the person takes part no more, or another code where something failed.
    """
    visit = Visit.read(partial(os.read, sys.stdin.fileno()))
    try:
        with Study.open(visit.study) as study:
            app = BrowserApp(BrowserSession(study, Role.ANNOTATOR, visit.annotator))
            app.run()
    except (StudyError, TuiError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return app.return_code or app.parting or 0


if __name__ == "__main__":
    sys.exit(main())
