"""What stands on the frames of the desk: whose response it is, its score, and who chose it."""

from typing import Final

from textual.content import Content

from annotation.study import PairView, ResponseView
from profile_engine.preferences import Preference
from tui.outside import OutsideText
from tui.sides import SIDES, Glyph

_NAME: Final = 24
_TITLE: Final = 200
_MOST_GLYPHS: Final = 5

NO_MODEL_TO_COMPARE: Final = "No model in this study to compare people with: import verdicts or scores of one"

NO_PAIRS: Final = (
    "No pairs yet.\n\n"
    "profile-tui import STUDY ...   brings posts, responses, labels and verdicts\n"
    "profile-tui demo               opens a study that has some\n"
    "s                              back to the study, which says what to do next"
)


def post_label(view: PairView) -> Content:
    """The source's title and the data set's own name of the pair."""
    title = OutsideText(view.title or "Source").line(_TITLE)
    if view.external_id is None:
        return title
    return Content.assemble(title, " ", OutsideText(view.external_id).line(_NAME).stylize("$quiet"))


def frame_label(view: PairView, side: Preference) -> Content:
    """One response: its side, who prefers it, score and author, who may be cut."""
    response = view.left if side is Preference.LEFT else view.right
    look = SIDES[side]
    return Content.assemble((look.lettered, f"bold {look.style}"), _choosers(view, side), _author(response))


def _author(response: ResponseView) -> Content:
    score = "" if response.score is None else f"score {response.score:g}"
    name = "" if response.agent is None else OutsideText(response.agent).line(_NAME).plain
    words = ", ".join(part for part in (score, name) if part)
    return Content(f" · {words}" if words else "")


def _choosers(view: PairView, side: Preference) -> Content:
    said = [label.choice for label in view.labels if label.choice is not None]
    models = sum(verdict.choice is side for verdict in view.verdicts)
    parts: list[tuple[str, str]] = []
    if side in said:
        parts.append((f" {Glyph.PEOPLE} {said.count(side)} of {len(said)}", "$people"))
    if models:
        parts.append(
            (f" {Glyph.MODEL * models if models <= _MOST_GLYPHS else f'{Glyph.MODEL}×{models}'}", "$model")
        )
    return Content.assemble(*parts)
