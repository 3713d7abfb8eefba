"""Misaligned pairs in words: why, what they add, what is listed."""

from collections.abc import Iterator, Mapping
from typing import Final

from textual.content import Content

from annotation.misaligned import MisalignedFilter, MisalignedPair, MisalignedPairs
from profile_engine.misalignment import FactorPull
from profile_engine.preferences import Preference
from tui.agents import Roster
from tui.outside import OutsideText
from tui.sides import SIDES, Glyph
from tui.wording import agent_label, agreement_words, distinct_name, number, safe_name

_NAME: Final = 24
_LEAST_NAME, _MOST_NAME = 8, 30
"""Cells of the name of who is compared, its glyph included."""
_WIDE: Final = 100
"""Cells from which on agreement is said in a sentence."""
_TAG: Final = 24
_TITLE: Final = 60
_LINE: Final = 200


def listed(wanted: MisalignedFilter, found: MisalignedPairs | None, titles: Mapping[str, str]) -> str:
    """A filter as people read it, safe to show; empty for one that takes all."""
    parts = []
    if wanted.factor is not None:
        parts.append(f"differ in {titles.get(wanted.factor, wanted.factor)}")
    if wanted.gap is not None:
        parts.append(f"scores {wanted.gap:g} or more apart")
    if wanted.source is not None:
        title = "" if found is None else found.titles.get(wanted.source, "")
        parts.append(f"post “{_cut(title)}”" if title else f"post {wanted.source}")
    if wanted.tag is not None:
        parts.append(f"#{_cut(wanted.tag)}")
    return " · ".join(parts)


def standing(found: MisalignedPairs, roster: Roster, width: int) -> Content:
    """Who is compared with people, and how far apart the two are; in `width` cells the name is cut first."""
    alignment = found.alignment
    tau = "undefined" if alignment.kendall is None else number(alignment.kendall)
    with_people = [("   agreement ", "$quiet")]
    if width >= _WIDE:
        people = (f"{Glyph.PEOPLE} people", "$people")
        with_people = [(" ties kept   agrees with ", "$quiet"), people, (" in ", "$quiet")]
    way = f" {_WAYS.get(found.agent.kind, '')}   τ_b "
    figures = Content.assemble((way, "$quiet"), tau, *with_people, agreement_words(found.agreement))
    room = max(width - figures.cell_length, _LEAST_NAME)
    return Content.assemble(agent_label(found.agent, roster, min(room, _MOST_NAME)), figures)


_WAYS: Final = {"judge": "as a judge", "generator": "by its scores", "reward_model": "by reward"}


def side(choice: Preference, glyph: str, style: str) -> Content:
    """Who chose what, such as `●B`, in two cells."""
    return Content.assemble((glyph, style), (_letter(choice), SIDES[choice].style))


def pull_words(pull: FactorPull, title: str) -> Content:
    """A factor and for whom it speaks for which side, such as `Length ●B ▲A`."""
    mine, its = pull.reference_side, pull.agent_side
    both = Content.styled(f"{Glyph.PEOPLE}{Glyph.MODEL}{_letter(mine)}", SIDES[mine].style)
    apart = Content(" ").join(
        [
            Content.styled(f"{Glyph.PEOPLE}{_letter(mine)}", SIDES[mine].style),
            Content.styled(f"{Glyph.MODEL}{_letter(its)}", SIDES[its].style),
        ]
    )
    return Content.assemble(title, " ", both if mine is its else apart)


def why(pair: MisalignedPair, titles: Mapping[str, str]) -> Content:
    """The factors that explain a pair."""
    if not pair.pulls:
        return Content.styled("no factor explains it", "$quiet")
    parts = [pull_words(pull, titles.get(pull.factor, pull.factor)) for pull in pair.pulls]
    return Content.styled(" · ", "$quiet").join(parts)


def remark_words(pair: MisalignedPair) -> Content:
    """Tags, and a sign where there is a note."""
    tags = [Content.assemble("#", OutsideText(tag).line(_TAG)) for tag in pair.remarks.tags]
    noted = [Content(Glyph.NOTE.value)] if pair.remarks.note else []
    return Content(" ").join([*tags, *noted]).stylize("$text-accent")


def heading(pair: MisalignedPair, found: MisalignedPairs, roster: Roster) -> Content:
    """Who chose what."""
    model = distinct_name(found.agent, roster, _NAME).stylize("bold")
    written = "" if pair.gap is None else f" · scores {pair.gap:g} apart"
    return Content.assemble(
        f"Pair {pair.id} · ",
        (f"{Glyph.PEOPLE} people", "$people"),
        " prefer ",
        _lettered(pair.people),
        " · ",
        (f"{Glyph.MODEL} ", "$model"),
        model,
        " chose ",
        _lettered(pair.model),
        written,
    )


def in_full(pair: MisalignedPair, found: MisalignedPairs, titles: Mapping[str, str]) -> Content:
    """What a pair adds, and what each factor has to do with it, a line each."""
    return Content("\n").join(list(_lines(pair, found, titles)))


def _lines(pair: MisalignedPair, found: MisalignedPairs, titles: Mapping[str, str]) -> Iterator[Content]:
    yield _adds(pair, found)
    for pull in pair.pulls:
        yield Content.assemble(
            titles.get(pull.factor, pull.factor),
            ": more in ",
            _lettered(pull.more),
            (f"  {Glyph.PEOPLE} {number(pull.reference)} ", "$people"),
            "for ",
            _lettered(pull.reference_side),
            (f"  {Glyph.MODEL} {number(pull.agent)} ", "$model"),
            "for ",
            _lettered(pull.agent_side),
        )
    if pair.remarks:
        note = OutsideText(" ".join((pair.remarks.note or "").split())).line(_LINE)
        yield Content.assemble(remark_words(pair), " ", note)


def _adds(pair: MisalignedPair, found: MisalignedPairs) -> Content:
    if pair.change is None:
        return Content.styled(f"Change of τ_b undefined: {pair.reason}.", "$quiet")
    after = number(pair.kendall)
    tau = f"{number(found.alignment.kendall)} → {after}" if pair.change else f"stays {after}"
    way = "closer" if pair.closer >= 0 else "further apart"
    by = nearness(abs(pair.closer)).removeprefix("+")
    return Content(f"Aligned, τ_b {tau}; the factor scores come {by} {way}.")


def nearness(closer: float) -> str:
    """By how much the scores come closer, in two digits that say something: one pair of many moves little."""
    return f"{closer:+#.2g}".replace("0.", ".", 1)


def _lettered(choice: Preference) -> Content:
    look = SIDES[choice]
    return Content.styled(look.lettered if choice else "neither", look.style)


def _letter(choice: Preference) -> str:
    return SIDES[choice].letter if choice else "="


def _cut(text: str) -> str:
    shown = safe_name(text)
    return shown if len(shown) <= _TITLE else shown[: _TITLE - 1] + "…"
