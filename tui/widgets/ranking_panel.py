"""One agent's ranking as a column: ranks, bars and scores, alignment, what the last label moved."""

from textual.containers import Vertical
from textual.reactive import reactive

from profile_engine.live import ProfileSnapshot


class RankingPanel(Vertical):
    """The ranking beside the desk.

    Mount it with `RankingPanel(agent="human", against=None).data_bind(snapshot=PairsScreen.snapshot)`: every
    `BaseScreen` has that reactive. It draws itself, and aligns `agent` with `against` in a thread of its own.
    Needs 34 columns; give it any height, it scrolls.
    """

    snapshot: reactive[ProfileSnapshot | None] = reactive(None, always_update=True)
    agent: reactive[str] = reactive("human")
    """The name of the agent whose ranking is shown."""
    against: reactive[str | None] = reactive(None)
    """The name of the agent it is aligned with; None: nobody."""
    shown_factor: reactive[str | None] = reactive(None)
    """The factor to point at, for instance the one under the desk's cursor."""

    def __init__(
        self,
        agent: str = "human",
        against: str | None = None,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(RankingPanel.agent, agent)
        self.set_reactive(RankingPanel.against, against)
