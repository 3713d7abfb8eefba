"""`profile-tui verify`: whether a study is what was answered."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from annotation.wording import counted
from tui.cli.options import PlainFormatOption, StudyArgument
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish, say

if TYPE_CHECKING:
    from annotation.restoring import Restoration
    from annotation.verification import Verification

_NOT_COVERED: Final = "settings and factors of the study, validations and codings, models' replies"
_ONLY_ANSWERS: Final = (
    "the notes beside a study have answers only. Decisions made since the file was as it is (leaving out, "
    "consent, withdrawing, codes, adjudications, plans, settings) may be missing: make them again, or take a "
    "newer copy of the file"
)
_FACTS: Final = (Column("", "what"), Column("", "value", wraps=True))
_FAULTS: Final = (Column("What", "kind"), Column("Where", "fault", wraps=True))


def verify(
    study: StudyArgument,
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="HEAD", help="A head written down earlier.", show_default=False),
    ] = None,
    restore: Annotated[
        bool,
        typer.Option("--restore", help="Put back missing answers from the notes beside the study first."),
    ] = False,
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """Verify that a study is what people answered.

    Looks for answers that were edited, removed, put in, moved or lost, and for texts, titles, scores, factor
    values, models' preferences, settled pairs, plans and decisions about people that are not what they were;
    counts everything again from the log, and prints the head: write it down, and --head tells later whether
    all up to it is as it was. Exit code 1 where something is off.

    Not covered: the study's settings and factors (tie tolerances), validations and codings, and models'
    replies.

    Example: profile-tui verify study.db
    """
    from annotation import restoring, verification
    from annotation.study import Study

    with Study.open(study, incomplete=True) as opened:
        restored = restoring.restore(opened) if restore else None
        found = verification.verify(opened, head)
        location = opened.location
    publish(_result(found, restored, location), output_format)
    if not (sys.stdout.isatty() and sys.stderr.isatty()):  # else they stand right above
        for fault in found.faults:
            say(f"Problem: {fault}")
    ahead = _notes_ahead(found, restored)
    if ahead:
        say(f"Note: {_ONLY_ANSWERS}.")
    if found.faults:
        raise typer.Exit(1)
    say("All that is here now is as it was answered." if ahead else "All is as it was answered.")


def _notes_ahead(found: "Verification", restored: "Restoration | None") -> bool:
    """Whether the notes had answers that the file had lost, so that it may lack more than answers."""
    return bool(found.lost or (restored is not None and (restored.restored or restored.left)))


def _result(found: "Verification", restored: "Restoration | None", location: str) -> Result:
    facts: list[tuple[Cell, ...]] = [
        ("Entries in the log", f"{found.head.entries:,}"),
        *(("Sealed", line) for line in _sealed(found)),
        ("Noted beside the study", "nothing" if found.noted is None else counted(found.noted, "answer")),
        ("Counted again", ", ".join(f"{count:,} {kind}" for kind, count in found.compared.items())),
        ("Not covered", _NOT_COVERED),
    ]
    # Under the table, where it stands in one piece.
    tables = [ResultTable(location, _FACTS, tuple(facts), (f"Head: {found.written}",))]
    flat = ResultTable(location, _FACTS, (*facts, ("Head", found.written)))
    faults = tuple(
        (kind, fault)
        for kind, those in (("chain", found.chain), ("lost", found.lost), ("counts", found.counts))
        for fault in those
    )
    if faults:
        tables.append(ResultTable("What is off", _FAULTS, faults))
    if restored is not None:
        rows = (
            *(("put back", line) for line in restored.restored),
            *(("set aside", line) for line in restored.left),
        )
        notes = (f"Set aside in {restored.kept}",) if restored.kept else ()
        tables.append(ResultTable("Missing answers", _FAULTS, rows, notes))
    return Result(_document(found, restored, location), tuple(tables), flat)


def _sealed(found: "Verification") -> Iterator[str]:
    """What is sealed, and what of it had been there before anybody sealed it."""
    yield ", ".join(f"{kept.seal.rows:,} {what}" for what, kept in found.seals.items())
    for since in sorted({kept.since for kept in found.seals.values() if kept.taken_over}):
        those = ", ".join(
            f"{kept.taken_over:,} {what}"
            for what, kept in found.seals.items()
            if kept.taken_over and kept.since == since
        )
        yield f"of those as they were found on {since}, from before there were seals: {those}"


def _document(found: "Verification", restored: "Restoration | None", location: str) -> dict[str, Any]:
    return {
        "study": location,
        "entries": found.head.entries,
        "head": found.written,
        "sealed": {
            what: {"rows": kept.seal.rows, "taken_over": kept.taken_over, "since": kept.since}
            for what, kept in found.seals.items()
        },
        "not_covered": _NOT_COVERED,
        "noted": found.noted,
        "compared": found.compared,
        "faults": {"chain": list(found.chain), "lost": list(found.lost), "counts": list(found.counts)},
        "restored": None if restored is None else list(restored.restored),
        "set_aside": None if restored is None else list(restored.left),
        "decisions_may_be_missing": _notes_ahead(found, restored),
        "sound": not found.faults,
    }
