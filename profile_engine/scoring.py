"""Factor scores: tau_14 by setting (PROFILE §3.2, F.2.2; Deutsch et al. 2023)."""

from dataclasses import dataclass

from profile_engine.preferences import Setting
from profile_engine.tally import PairTally


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Pairs with a preference that count neither for nor against a factor, by reason."""

    factor_tie: int = 0
    preference_tie: int = 0
    both_tie: int = 0
    unavailable: int = 0

    @property
    def total(self) -> int:
        """All excluded pairs."""
        return self.factor_tie + self.preference_tie + self.both_tie + self.unavailable


@dataclass(frozen=True, slots=True)
class FactorScore:
    """tau_14 of one factor for one agent, with everything that was counted.

    Attributes:
        score: (C - D) / (C + D + T) in [-1, 1]; None where nothing counts.
        ties: T of the setting.
        excluded: what was left out and why; counted + excluded.total = the agent's pairs.
        reason: why the score is undefined, readable; None where it is defined.
    """

    factor: str
    setting: Setting
    score: float | None
    concordant: int
    discordant: int
    ties: int
    excluded: Exclusions
    reason: str | None

    @property
    def counted(self) -> int:
        """The denominator C + D + T."""
        return self.concordant + self.discordant + self.ties


def tau14(factor: str, tally: PairTally, setting: Setting) -> FactorScore:
    """Score one factor in one setting.

    Generation and improvement count pairs with Pref != 0 and take M = 0 as ties; evaluation counts pairs
    with M != 0 and takes Pref = 0 as ties. Pairs tied on both sides count nowhere.
    """
    if setting is Setting.EVALUATION:
        ties = tally.preference_ties
        excluded = Exclusions(tally.factor_ties, 0, tally.both_ties, tally.unavailable)
    else:
        ties = tally.factor_ties
        excluded = Exclusions(0, tally.preference_ties, tally.both_ties, tally.unavailable)
    concordant, discordant = tally.concordant, tally.discordant
    counted = concordant + discordant + ties
    return FactorScore(
        factor,
        setting,
        (concordant - discordant) / counted if counted else None,
        concordant,
        discordant,
        ties,
        excluded,
        None if counted else _why_nothing_counts(tally, setting),
    )


def _why_nothing_counts(tally: PairTally, setting: Setting) -> str:
    if not tally.pairs:
        return "no pair with a preference"
    if tally.unavailable == tally.pairs:
        return "the factor has no value on any pair with a preference"
    tied = "the factor" if setting is Setting.EVALUATION else "the preference"
    return f"{tied} is tied on every pair" + (" where the factor has a value" if tally.unavailable else "")
