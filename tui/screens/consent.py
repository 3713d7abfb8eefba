"""What somebody says yes or no to before and after labelling: taking part, and withdrawing."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from annotation.people.consent import Consent
from tui.outside import OutsideText
from tui.widgets.text_pane import TextPane

_AGAIN = (
    "You have withdrawn from this study: nothing you answered counts. If you take part again, it counts "
    "again, as far as it was not erased."
)
_WITHDRAW = (
    "Withdraw from this study?\n\nNothing you answered will count in any result, and your pairs are open to "
    "others. Whoever runs the study can also erase your answers: ask them to. Labelling ends here."
)


class _QuestionScreen(ModalScreen[bool]):
    """A text over the screen, and a yes that no stray key gives."""

    CSS_PATH = "consent.tcss"

    pane = getters.query_one(TextPane)

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """The text in a pane that scrolls."""
        yield TextPane(page_key="space")

    def on_mount(self) -> None:
        """Fill the pane."""
        self.pane.show(OutsideText(self._text), label=self._title)
        self.pane.focus()


class ConsentScreen(_QuestionScreen):
    """Asks for consent, with a warning of content where there is one; True: it was given."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Accept", tooltip="Accept, and begin"),
        Binding("escape,n", "dismiss(False)", "Decline", tooltip="Decline, and leave"),
    ]

    def __init__(self, consent: Consent) -> None:
        warning = f"Warning: {consent.warning}" if consent.warning else ""
        parts = (_AGAIN if consent.again else "", warning, consent.text)
        super().__init__("Taking part · y accepts · escape declines", "\n\n".join(filter(None, parts)))


class WithdrawScreen(_QuestionScreen):
    """Asks whether somebody really withdraws; True: they do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Withdraw", tooltip="Withdraw, and leave"),
        Binding("escape,n", "dismiss(False)", "Go on", tooltip="Go on labelling"),
    ]

    def __init__(self) -> None:
        super().__init__("Withdrawing · y withdraws · escape goes on", _WITHDRAW)
