"""The themes, and the variables that every `.tcss` and every styled text may use.

variable          what it colours
$left-side        A ◀: the left response, and what speaks for it
$right-side       B ▶: the right response, and what speaks for it
$tie-side         =: neither
$bar-more         bars of positive scores: the response with more of the factor is preferred
$bar-less         bars of negative scores: the response with less of it is preferred
$bar-track        the axis, and the empty part of a bar
$people           ● people and what they said
$model            ▲ models and what they said
$simulated        ~ simulated people and hand-written values
$risen, $fallen   what the last label moved up or down
$quiet            what may be overlooked: units, counts, frames' titles

Colour never stands alone: the glyph or the word beside it says the same.
"""

from typing import Any, Final

from textual.app import App
from textual.theme import BUILTIN_THEMES, Theme

DEFAULT_THEME: Final = "profile-dark"

MONO_THEME: Final = "mono"
"""The theme in which no colour means anything; what `NO_COLOR` starts with."""

_DARK_VARIABLES: Final = {
    "left-side": "#6fb7ff",
    "right-side": "#f2a65a",
    "tie-side": "#b4b9c6",
    "bar-more": "#5fc4a8",
    "bar-less": "#e0839e",
    "bar-track": "#3d434f",
    "people": "#f0d08a",
    "model": "#b9a3f5",
    "simulated": "#8d94a3",
    "risen": "#5fc4a8",
    "fallen": "#e0839e",
    "quiet": "#8d94a3",
}

_LIGHT_VARIABLES: Final = {
    "left-side": "#0b62b8",
    "right-side": "#a8550b",
    "tie-side": "#555c69",
    "bar-more": "#177e66",
    "bar-less": "#b03a5e",
    "bar-track": "#c9ced8",
    "people": "#7d5a00",
    "model": "#6541b8",
    "simulated": "#646b78",
    "risen": "#177e66",
    "fallen": "#b03a5e",
    "quiet": "#646b78",
}

# The eight colours of Okabe and Ito (2008), told apart with every common kind of colour blindness.
_OKABE_ITO_VARIABLES: Final = {
    "left-side": "#56b4e9",
    "right-side": "#e69f00",
    "tie-side": "#c8c8c8",
    "bar-more": "#56b4e9",
    "bar-less": "#d55e00",
    "bar-track": "#444444",
    "people": "#f0e442",
    "model": "#cc79a7",
    "simulated": "#a0a0a0",
    "risen": "#56b4e9",
    "fallen": "#d55e00",
    "quiet": "#a0a0a0",
}

_MONO_VARIABLES: Final = dict.fromkeys(_DARK_VARIABLES, "#dcdcdc") | {
    "bar-track": "#555555",
    "simulated": "#a8a8a8",
    "quiet": "#a8a8a8",
}


def _cursor(background: str, foreground: str) -> dict[str, str]:
    """The line under the cursor: quiet enough for coloured glyphs to be read on it."""
    return {
        "block-cursor-background": background,
        "block-cursor-foreground": foreground,
        "block-cursor-blurred-background": background,
        "block-cursor-blurred-foreground": foreground,
    }


THEMES: Final = (
    Theme(
        name=DEFAULT_THEME,
        primary="#6fb7ff",
        secondary="#7c8cff",
        accent="#f0d08a",
        warning="#f2a65a",
        error="#ef7a85",
        success="#5fc4a8",
        foreground="#dfe3ea",
        background="#14171d",
        surface="#1a1e26",
        panel="#232833",
        variables=_DARK_VARIABLES
        | {"border": "#4a5263", "footer-background": "#1a1e26"}
        | _cursor("#2b4362", "#ffffff"),
    ),
    Theme(
        name="profile-light",
        primary="#0b62b8",
        secondary="#4a4fc4",
        accent="#7d5a00",
        warning="#a8550b",
        error="#b3261e",
        success="#177e66",
        foreground="#20242c",
        background="#f7f8fa",
        surface="#eceff3",
        panel="#e1e5ec",
        dark=False,
        variables=_LIGHT_VARIABLES
        | {"border": "#a3abb9", "footer-background": "#eceff3"}
        | _cursor("#c9def5", "#101418"),
    ),
    Theme(
        name="colour-blind-safe",
        primary="#56b4e9",
        secondary="#009e73",
        accent="#f0e442",
        warning="#e69f00",
        error="#d55e00",
        success="#009e73",
        foreground="#e8e8e8",
        background="#121212",
        surface="#1b1b1b",
        panel="#262626",
        variables=_OKABE_ITO_VARIABLES
        | {"border": "#5a5a5a", "footer-background": "#1b1b1b"}
        | _cursor("#1d4c66", "#ffffff"),
    ),
    Theme(
        name=MONO_THEME,
        primary="#dcdcdc",
        secondary="#dcdcdc",
        accent="#ffffff",
        warning="#dcdcdc",
        error="#ffffff",
        success="#dcdcdc",
        foreground="#dcdcdc",
        background="#101010",
        surface="#181818",
        panel="#242424",
        variables=_MONO_VARIABLES
        | {"border": "#6a6a6a", "footer-background": "#181818"}
        | _cursor("#4d4d4d", "#ffffff"),
    ),
)


def add_themes(app: App[Any], wanted: str | None = None) -> None:
    """Make the themes known to an app and put one on: the wanted one, or mono where NO_COLOR is set."""
    for theme in THEMES:
        app.register_theme(theme)
    fallback = MONO_THEME if app.no_color else DEFAULT_THEME
    app.theme = wanted if wanted is not None and wanted in app.available_themes else fallback


def theme_names() -> tuple[str, ...]:
    """Every theme that can be put on, ours first."""
    return (*(theme.name for theme in THEMES), *BUILTIN_THEMES)


def theme_variables() -> dict[str, str]:
    """What Textual's own themes, which do not know our variables, use for them."""
    return dict(_DARK_VARIABLES)
