"""Scores, agents and factors in words: what the ranking screens say and how they write numbers."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from textual.content import Content

from annotation.validation.choices import Values
from profile_engine.alignment import ResponseAgreement
from profile_engine.live import FactorMove, Revaluation
from profile_engine.preferences import Agent, AgentKind, Setting
from profile_engine.scoring import Exclusions, FactorScore
from profile_engine.taxonomy import FACTORS, Factor
from tui.agents import Roster
from tui.outside import OutsideText, safe
from tui.sides import Glyph

NOBODY: Final = Roster()
PEOPLE: Final = (AgentKind.HUMAN, AgentKind.ANNOTATOR)

_LONGEST_NAME: Final = 120

_MORE: Final = MappingProxyType(
    {
        "receptiveness": "the one that answers the question",
        "off_focus": "the one that strays more from the focus",
        "intent_alignment": "the one that keeps the source's intent",
        "hallucination": "the one with more unsupported facts for its size",
        "source_coverage": "the one that covers more of the source",
        "formality_alignment": "the one closer to the source's formality",
        "novel_words": "the one with the larger share of novel words",
        "length": "the longer one",
        "fluency": "the more fluent one",
        "number_of_facts": "the one with more facts",
        "helpfulness": "the one with the larger share of helpful facts",
        "misinformation": "the one with more misleading facts for its size",
        "coherence": "the more coherent one",
    }
)
"""The response in which a factor is more manifest; "more" is never "better"."""


def factor_titles(factors: Iterable[Factor]) -> dict[str, str]:
    """Titles by name, safe to show: a study's own factors are text from outside."""
    return {factor.name: safe_name(factor.title) for factor in factors}


def safe_name(name: str) -> str:
    """A name from outside on one line; nobody reads more of it than a line."""
    cut = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    return " ".join(safe(cut).split())


def agent_name(agent: Agent) -> str:
    """An agent's name, safe to show; the people together are `people`."""
    return "people" if agent.kind is AgentKind.HUMAN else safe_name(agent.name)


def distinct_name(agent: Agent, roster: Roster, width: int) -> Content:
    """The name, and the kind where another agent has the name too; where room is short, the name is cut."""
    kind = f":{agent.kind}" if roster.is_shared(agent) else ""
    return OutsideText(agent_name(agent)).line(max(width - len(kind), 1)) + kind


def agent_glyph(agent: Agent, roster: Roster = NOBODY) -> str:
    """● for people, ▲ for models, ~ before what is simulated."""
    made = Glyph.MADE if roster.is_simulated(agent) else ""
    return made + (Glyph.PEOPLE if agent.kind in PEOPLE else Glyph.MODEL)


def agent_label(agent: Agent, roster: Roster = NOBODY, width: int = 30) -> Content:
    """Glyph and name in the agent's hue."""
    hue = "$people" if agent.kind in PEOPLE else "$model"
    glyph = agent_glyph(agent, roster)
    name = distinct_name(agent, roster, width - len(glyph) - 1)
    return Content.assemble((f"{glyph} ", hue), name.stylize("bold"))


def number(value: float | None, digits: int = 3) -> str:
    """A score or correlation without its idle zero, such as `+.343`; `-` where there is none."""
    if value is None:
        return "-"
    return f"{value:+.{digits}f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:+.{digits - 1}f}"


def why_undefined(score: FactorScore) -> str:
    """In two words why a score is undefined."""
    if not score.excluded.total:
        return "no pairs"
    if score.excluded.unavailable == score.excluded.total:
        return "no values"
    return "all tied"


def score_word(score: FactorScore) -> str:
    """The score, or in a word why there is none."""
    return why_undefined(score) if score.score is None else number(score.score)


def counts(score: FactorScore) -> str:
    """What was counted, as C, D and T."""
    return f"C {score.concordant:,}  D {score.discordant:,}  T {score.ties:,}"


def sentence(agent: Agent, score: FactorScore, title: str) -> str:
    """What a score says, for a person: how often the response with more of the factor was preferred."""
    differing = score.concordant + score.discordant
    who = agent_name(agent).capitalize() if agent.kind is AgentKind.HUMAN else agent_name(agent)
    if not differing:
        return f"{who}: no preference between responses that differ in {_in_words(title)}."
    more = _MORE.get(score.factor, f"the one with more {title}")
    said = _SAID[score.setting].format(more=more)
    share = f"{score.concordant:,} of {differing:,} pairs that differ in {_in_words(title)}"
    return f"{who} {said} in {share}{_ties_in_words(score)}."


def left_out(excluded: Exclusions) -> str:
    """What was excluded and why; empty where nothing was."""
    reasons = {
        "factor tied": excluded.factor_tie,
        "no side preferred": excluded.preference_tie,
        "both tied": excluded.both_tie,
        "no value": excluded.unavailable,
    }
    return ", ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)


def moved(move: FactorMove, titles: Mapping[str, str]) -> str:
    """What a label did to one factor, such as `Length 0.412 → 0.405, rank 1`."""
    title = titles.get(move.factor, move.factor)
    before, after = _score(move.score_before), _score(move.score_after)
    scores = f"{before} → {after}" if before != after else after
    ranks = f"{move.rank_before or '-'} → {move.rank_after or '-'}"
    return f"{title} {scores}, rank {ranks if move.rank_before != move.rank_after else move.rank_after}"


def revalued(revaluation: Revaluation, titles: Mapping[str, str], values: Values) -> str:
    """What it moved to let other factor values count."""
    name = f"{values} values".capitalize()
    if not revaluation.pairs:
        return f"{name}: no two responses compare otherwise."
    changed = [move for move in revaluation.moves if move.score_before != move.score_after]
    told = "; ".join(moved(move, titles) for move in changed) or "no score"
    times = "once" if revaluation.pairs == 1 else f"{revaluation.pairs:,} times"
    return f"{name}: two responses compare otherwise {times}. {told}."


def agreement_words(agreement: ResponseAgreement | None) -> str:
    """Agreement on the responses, such as `64 of 81, .79`."""
    if agreement is None or agreement.rate is None:
        return "no common pairs"
    return f"{agreement.agree:,} of {agreement.of:,}, {agreement.rate:.3f}"


def _score(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _in_words(title: str) -> str:
    return title.lower() if title in _TITLES else title


def _ties_in_words(score: FactorScore) -> str:
    if not score.ties:
        return ""
    if score.setting is Setting.EVALUATION:
        return f"; in {score.ties:,} more no side was preferred"
    return f"; in {score.ties:,} more the two do not differ"


_SAID: Final = MappingProxyType(
    {
        Setting.EVALUATION: "chose {more}",
        Setting.GENERATION: "wrote {more} for the higher score",
        Setting.IMPROVEMENT: "made of it {more}",
    }
)
_TITLES: Final = frozenset(factor.title for factor in FACTORS.values())


def remarked(kind: str, is_set: bool | None, note: str | None) -> str | None:
    """What an entry of any log that only remarks on its item did to it; None for one that answers."""
    words = {
        "skip": "skipped" if is_set else "no longer skipped",
        "flag": "flagged" if is_set else "no longer flagged",
        "note": "with a note" if note else "without a note",
    }
    return words.get(kind)
