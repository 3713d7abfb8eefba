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
    """Score one factor in one setting."""
    raise NotImplementedError
