"""The composition root: one app, its screens, and the one way round of a label.

A screen posts `AnswerGiven` -> the app commits it in a worker -> the live profile follows -> `snapshot`
changes -> `data_bind` carries it down to the widgets. Screens never reach into one another.
"""

from textual.app import App
from textual.reactive import reactive

from profile_engine.live import ProfileSnapshot
from tui.session import Role, Session


class ProfileApp(App[None]):
    """profile-tui on a study."""

    snapshot: reactive[ProfileSnapshot | None] = reactive(None)
    """Every agent's ranking now; None while the profile loads, always None for an annotator."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @property
    def researcher(self) -> bool:
        """Whether a researcher sits here."""
        return self.session.role is Role.RESEARCHER
