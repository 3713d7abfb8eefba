"""Whether a study is what was answered: its chain, its notes, and everything that is counted from it."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Final

from annotation.agreement import measure_agreement
from annotation.profiles import StudyProfile, load_profile
from annotation.recount import Choices, Recount, alpha_of, cohen_of, fleiss_of, recount, score_of
from annotation.restoring import told_import
from annotation.store.chain import Head, check_chain, read_head, told
from annotation.store.comparison import edited, losses, refuse_foreign, risen
from annotation.store.contents import changed_contents, changed_plans
from annotation.store.decisions import changed_decisions
from annotation.store.heads import departures, written_head
from annotation.store.safekeeping import catch_up, noted, read_notes
from annotation.store.seals import SEALED, KeptSeal, broken_seals, read_seals
from annotation.study import Study
from profile_engine.live import LiveProfile, ProfileSnapshot
from profile_engine.preferences import MISSING, Agent, AgentKind, Aggregation, Preference
from profile_engine.ranking import FactorRanking
from profile_engine.votes import CHOICES

_CLOSE: Final = 1e-9
_TRIES: Final = 5


@dataclass(slots=True)
class _Counter:
    """Compares what is shown with what was counted again."""

    compared: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def compare(self, kind: str, what: str, shown: float | None, counted: float | None) -> None:
        self.compared[kind] += 1
        same = shown == counted or (
            shown is not None and counted is not None and abs(shown - counted) <= _CLOSE
        )
        if not same:
            self.faults.append(f"{what}: {_number(shown)} is shown, {_number(counted)} was counted again")


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at, and everything that is not as it has to be, a line each.

    Attributes:
        head: where the chain ends.
        written: the head to be written down, over all that is looked at.
        seals: of the tables that only grow, by what is in them.
        noted: answers noted beside the file; None where nothing is.
        compared: how many tallies, scores, majorities, ... were counted again, by kind.
        chain: edited, removed, inserted and moved answers.
        lost: answers that were acknowledged and are missing.
        counts: numbers that differ from those counted again.
    """

    head: Head
    written: str
    seals: dict[str, KeptSeal]
    noted: int | None
    compared: dict[str, int]
    chain: tuple[str, ...]
    lost: tuple[str, ...]
    counts: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.chain, *self.lost, *self.counts)


def verify(study: Study, head: str | None = None) -> Verification:
    """Look at everything; may be done while people work.

    Args:
        study: an open one, also with missing answers.
        head: one that was written down earlier.

    Raises:
        StudyError: the database cannot be read.
    """
    lost, edits, count = _notes(study)
    with study.reading() as connection:
        found = read_head(connection)
        faults = [fault.message for fault in check_chain(connection)]
        faults += [] if head is None else departures(connection, head)
        faults += changed_contents(connection)
        faults += changed_plans(connection)
        faults += changed_decisions(connection)
        faults += broken_seals(connection)
        written, seals = written_head(connection), read_seals(connection)
    counted = _count_again(study)
    return Verification(
        head=found,
        written=written,
        seals={SEALED[table]: seal for table, seal in seals.items()},
        noted=count,
        compared=dict(counted.compared),
        chain=(*faults, *edits),
        lost=lost,
        counts=tuple(counted.faults),
    )


def _notes(study: Study) -> tuple[tuple[str, ...], tuple[str, ...], int | None]:
    """What is lost, what was edited, and how many answers are noted."""
    journal = noted(study.database)
    if journal is None:
        return (), (), None
    notes = read_notes(journal)
    with study.reading() as connection:
        refuse_foreign(journal, notes, read_head(connection))
        missing = losses(connection, notes)
        edits = edited(connection, notes)
        back = risen(connection, notes)
    catch_up(study.database)
    return (
        (
            *(f"{told(line)} was acknowledged, and is missing" for line in missing.answers),
            *(f"{told_import(line)} is missing" for line in missing.imports),
        ),
        (
            *(f"{told(line)} is not what was noted when it was acknowledged" for line in edits),
            *(f"{told(line)} was erased, and is back" for line in back),
        ),
        len(notes.answers),
    )


def _count_again(study: Study) -> _Counter:
    """Compare at a moment at which nobody answers; tried again where somebody does."""
    counter = _Counter()
    for _ in range(_TRIES):
        counter = _Counter()
        with study.reading() as connection:
            before = read_head(connection)
            again = recount(study, connection)
        profile = load_profile(study)
        _compare_profile(counter, study, profile, again)
        _compare_agreement(counter, study, again)
        with study.reading() as connection:
            if read_head(connection) == before:
                break
    return counter


def _compare_profile(counter: _Counter, study: Study, profile: StudyProfile, again: Recount) -> None:
    """The profile as it is loaded, and as it comes about label by label."""
    live = LiveProfile(
        profile.factors,
        profile.manifestations,
        profile.models,
        aggregation=study.settings.aggregation,
        settings=study.settings.agent_settings,
    )
    rows = {pair: row for row, pair in enumerate(profile.pair_ids.tolist())}
    for annotator, pair, choice in again.log:
        live.record(annotator, rows[pair], None if choice is None else Preference(choice))
    for way, one in (("loaded", profile.live), ("label by label", live)):
        _compare_majorities(counter, way, one, profile, again)
        _compare_rankings(counter, way, one.snapshot, study, again)
    for count in study.summary().annotators:
        counted = len(again.people.get(count.annotator, ()))
        counter.compare("labels", f"labels of {count.annotator}", count.labels, counted)


def _compare_majorities(
    counter: _Counter, way: str, live: LiveProfile, profile: StudyProfile, again: Recount
) -> None:
    counted = again.majorities()
    for pair, sign in zip(profile.pair_ids.tolist(), live.human_preferences().tolist(), strict=True):
        shown = None if sign == MISSING else sign
        counter.compare("majorities", f"majority on pair {pair}, {way}", shown, counted.get(pair))


def _compare_rankings(
    counter: _Counter, way: str, snapshot: ProfileSnapshot, study: Study, again: Recount
) -> None:
    known = {("human", AgentKind.HUMAN.value)} | {(name, AgentKind.ANNOTATOR.value) for name in again.people}
    known |= again.models.keys()
    shown = {(agent.name, agent.kind.value) for agent in snapshot.rankings}
    for name, kind in sorted(known ^ shown):
        counter.compare("agents", f"{name} ({kind}), {way}", (name, kind) in shown, (name, kind) in known)
    for agent, ranking in snapshot.rankings.items():
        _compare_ranking(counter, f"{agent.name}, {way}", agent, ranking, study, again)


def _compare_ranking(
    counter: _Counter, who: str, agent: Agent, ranking: FactorRanking, study: Study, again: Recount
) -> None:
    said = _said_by(agent, study.settings.aggregation, again)
    counter.compare("tallies", f"preferences of {who}", ranking.pairs, len(said))
    if agent.kind is AgentKind.HUMAN:
        majority = study.settings.aggregation is Aggregation.MAJORITY
        unanswered = len(again.said()) - len(said) if majority else 0
    else:
        unanswered = again.unanswered[agent.name, agent.kind.value]
    counter.compare("tallies", f"pairs without a preference of {who}", ranking.no_preference, unanswered)
    for ranked in ranking.factors:
        score = ranked.score
        counted = score_of(said, again.manifesting[score.factor], agent.setting)
        what = f"{score.factor} of {who}"
        counter.compare("scores", f"score of {what}", score.score, counted.score)
        for name in ("concordant", "discordant", "ties"):
            counter.compare(
                "tallies", f"{name} pairs of {what}", getattr(score, name), getattr(counted, name)
            )
        counter.compare("tallies", f"pairs left out of {what}", score.excluded.total, counted.left_out)


def _said_by(agent: Agent, aggregation: Aggregation, again: Recount) -> list[tuple[int, int]]:
    if agent.kind is not AgentKind.HUMAN:
        own: Choices = (
            again.people.get(agent.name, {})
            if agent.kind is AgentKind.ANNOTATOR
            else again.models.get((agent.name, agent.kind.value), {})
        )
        return list(own.items())
    if aggregation is Aggregation.MAJORITY:
        return list(again.majorities().items())
    return list(chain.from_iterable(choices.items() for choices in again.people.values()))


def _compare_agreement(counter: _Counter, study: Study, again: Recount) -> None:
    shown, said = measure_agreement(study), list(again.said_unselected().values())
    counter.compare("agreement", "Krippendorff's alpha", shown.krippendorff_alpha.value, alpha_of(said))
    counter.compare("agreement", "Fleiss' kappa", shown.fleiss_kappa.value, fleiss_of(said))
    kappas = {frozenset((pair.a, pair.b)): pair.kappa.value for pair in shown.pairwise_kappa}
    for a, b in combinations(sorted(again.people), 2):
        kappa = cohen_of(again.asked[a], again.asked[b])
        counter.compare("agreement", f"Cohen's kappa of {a} and {b}", kappas.get(frozenset((a, b))), kappa)
    votes = Counter(again.majorities().values())
    counts = (shown.majority.right, shown.majority.tie, shown.majority.left)
    for choice, count in zip(CHOICES, counts, strict=True):
        counter.compare("agreement", f"majorities for {choice.name.lower()}", count, votes[choice.value])
    counter.compare(
        "agreement", "pairs without a majority", shown.majority.none, len(again.said()) - votes.total()
    )


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.9g}"
