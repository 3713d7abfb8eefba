"""What it takes to ask a model, and what came of it, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from annotation.wording import counted

if TYPE_CHECKING:
    from annotation.deeds.asking import AskingEstimate, AskingOutcome, Lack
    from tui.cli.model_choice import ChosenModel

SECONDS_A_CALL: Final = 3.0
"""Assumed of a model that was never checked."""

AGAIN: Final = "--retry-failed asks again"
"""How what failed is found again from the command line."""

_GROUPS_TOLD: Final = 20
_NAMED: Final = 5


class Takes(Protocol):
    """What calls are expected to take."""

    @property
    def calls(self) -> int:
        """How many will be made."""
        ...

    @property
    def prompt_tokens(self) -> int:
        """About how many are sent."""
        ...

    @property
    def completion_tokens(self) -> int:
        """About how many come back."""
        ...

    @property
    def longest_answer(self) -> int:
        """The most of one answer."""
        ...


class Progress(Protocol):
    """How far a run is."""

    @property
    def done(self) -> int:
        """What is settled."""
        ...

    @property
    def of(self) -> int:
        """What was expected."""
        ...

    @property
    def failed(self) -> int:
        """What could not be had."""
        ...

    @property
    def cost(self) -> float | None:
        """So far; None where nothing costs."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """What a run is about, in words that take an s.

    Attributes:
        doing: before the bar, such as `Generating`.
        item: what it goes through, such as `source`.
        thing: what is made, such as `response`.
    """

    doing: str
    item: str
    thing: str


def price_lines(takes: Takes, chosen: "ChosenModel", concurrency: int) -> Iterator[str]:
    """What calls take: how many, tokens, price, time."""
    model = chosen.model
    yield f"Calls: {takes.calls:,}"
    if not takes.calls:
        return
    yield f"Tokens: about {takes.prompt_tokens:,} sent, {takes.completion_tokens:,} received"
    yield f"Price: {_price(takes, chosen)}"
    seconds = takes.calls / concurrency * (model.seconds or SECONDS_A_CALL)
    assumed = "" if model.seconds else f", if a call takes {SECONDS_A_CALL:g} s"
    yield f"Time: about {duration(seconds)} with {concurrency} calls at once{assumed}"
    limit = model.max_tokens
    if isinstance(limit, int) and takes.longest_answer > limit:
        enough = 1 << (takes.longest_answer - 1).bit_length()
        yield (
            f"Note: answers of up to {takes.longest_answer:,} tokens are expected, but {model.name} "
            f"may give {limit:,}: long ones will be cut off and fail; allow it more with "
            f"{chosen.change(f'--max-tokens {enough}')}"
        )


def _price(takes: Takes, chosen: "ChosenModel") -> str:
    model = chosen.model
    if model.price_in is None and model.price_out is None:
        return f"unknown; {chosen.change('--price-in X --price-out Y')} says what a million tokens cost"
    sent = takes.prompt_tokens * (model.price_in or 0)
    received = takes.completion_tokens * (model.price_out or 0)
    return f"about {(sent + received) / 1e6:,.2f}"


def asking_lines(
    estimate: "AskingEstimate", names: Names, chosen: "ChosenModel", concurrency: int
) -> Iterator[str]:
    """What will be asked, and what it takes."""
    model = chosen.model
    if not estimate.items:
        yield f"Nothing to ask: {model.name} was asked all of it"
    else:
        yield f"By {model.name} ({model.model}): {counted(estimate.items, names.item)}"
    if estimate.on_record:
        yield f"  {replies(estimate.on_record)} on record, which cost nothing"
    yield from price_lines(estimate, chosen, concurrency)
    yield from left_out_lines(estimate, names)


def left_out_lines(estimate: "AskingEstimate", names: Names) -> Iterator[str]:
    """What failed before and is left out."""
    if estimate.failed_before:
        yield f"{counted(estimate.failed_before, names.thing)} failed before and are left out; {AGAIN}"


def asked_lines(outcome: "AskingOutcome", names: Names, chosen: "ChosenModel") -> Iterator[str]:
    """What was done, and what failed and why."""
    made = f"{counted(outcome.made, names.thing)} of {counted(outcome.items, names.item)}"
    yield f"{chosen.model.name}: {made} added" + (f", {outcome.failed:,} failed" if outcome.failed else "")
    short = outcome.ended or outcome.stopped
    calls = f"{outcome.calls:,} of {outcome.expected:,} calls" if short else counted(outcome.calls, "call")
    told = [f"{calls} made"]
    told += [f"{outcome.on_record:,} on record"] if outcome.on_record else []
    told += [counted(outcome.repairs, "repair")] if outcome.repairs else []
    yield ", ".join(told) + retries_and_cost(outcome.retries, outcome.cost)
    yield from lack_lines(outcome.lacks)
    if outcome.ended:
        yield f"Ended early: {outcome.ended}"


def lack_lines(lacks: "Sequence[Lack]") -> Iterator[str]:
    """What could not be had, and why."""
    alike: dict[str, list[str]] = {}
    for lack in lacks:
        alike.setdefault(lack.reason, []).append(lack.of)
    if alike:
        yield f"Failed, and why; {AGAIN}:"
    for reason, things in list(alike.items())[:_GROUPS_TOLD]:
        more = f" and {len(things) - _NAMED} more" if len(things) > _NAMED else ""
        yield f"  {', '.join(things[:_NAMED])}{more}: {reason}"
    if len(alike) > _GROUPS_TOLD:
        yield f"  and {len(alike) - _GROUPS_TOLD} more of the kind"


def doing(what: str, progress: Progress) -> str:
    """What stands before the bar."""
    words = [what]
    if progress.failed:
        words.append(f"{progress.failed:,} failed")
    if progress.cost:
        words.append(f"cost {progress.cost:,.2f}")
    return ", ".join(words)


def stopping(under_way: int) -> str:
    """What Ctrl-C says at once."""
    from profile_engine.extraction.calling import GRACE

    if not under_way:
        return "Stopping after the present portion; Ctrl-C again breaks it off"
    calls = f"{counted(under_way, 'call')} under way"
    return f"Stopping: waiting for {calls}, {GRACE:g} s at most; Ctrl-C again leaves what is under way"


def duration(seconds: float) -> str:
    """A time as people say it."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def retries_and_cost(retries: int, cost: float) -> str:
    """What is said after how many calls were made."""
    again = f", {replies(retries, 'retry', 'retries')}" if retries else ""
    return again + (f"; cost {cost:,.4f}" if cost else "")


def replies(number: int, one: str = "reply", more: str = "replies") -> str:
    """How many there are of something that takes more than an s."""
    return f"{number:,} {one if number == 1 else more}"
