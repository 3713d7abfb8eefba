"""`profile-tui verify`: whether a study is what was answered."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tui.cli.options import PlainFormatOption, StudyArgument
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish, say

if TYPE_CHECKING:
    from annotation.restoring import Restoration
    from annotation.verification import Verification

_FACTS: Final = (Column("", "what"), Column("", "value", wraps=True))
_FAULTS: Final = (Column("What", "kind"), Column("Where", "fault", wraps=True))


def verify(
    study: StudyArgument,
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="LINK", help="A head link written down earlier.", show_default=False),
    ] = None,
    restore: Annotated[
        bool,
        typer.Option("--restore", help="Put back missing answers from the notes beside the study first."),
    ] = False,
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """Verify that a study is what people answered.

    Looks for answers that were edited, removed, put in, moved or lost, and for texts, scores, plans and
    decisions about people that are not what they were; counts everything again from the log, and prints the
    head link: write it down, and --head tells later whether all up to it is as it was. Exit
    code 1 where something is off.

    Example: profile-tui verify study.db
    """
    from annotation import restoring, verification
    from annotation.study import Study

    with Study.open(study, incomplete=True) as opened:
        restored = restoring.restore(opened) if restore else None
        found = verification.verify(opened, head)
        location = opened.location
    publish(_result(found, restored, location), output_format)
    for fault in found.faults:
        say(f"Problem: {fault}")
    if found.faults:
        raise typer.Exit(1)
    say("All is as it was answered.")


def _result(found: "Verification", restored: "Restoration | None", location: str) -> Result:
    facts: list[tuple[Cell, ...]] = [
        ("Entries in the log", f"{found.head.entries:,}"),
        ("Head link", found.head.link),
        ("Noted beside the study", "nothing" if found.noted is None else f"{found.noted:,} answers"),
        ("Counted again", ", ".join(f"{count:,} {kind}" for kind, count in found.compared.items())),
    ]
    tables = [ResultTable(location, _FACTS, tuple(facts))]
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
    return Result(_document(found, restored, location), tuple(tables))


def _document(found: "Verification", restored: "Restoration | None", location: str) -> dict[str, Any]:
    return {
        "study": location,
        "entries": found.head.entries,
        "head": found.head.link,
        "noted": found.noted,
        "compared": found.compared,
        "faults": {"chain": list(found.chain), "lost": list(found.lost), "counts": list(found.counts)},
        "restored": None if restored is None else list(restored.restored),
        "set_aside": None if restored is None else list(restored.left),
        "sound": not found.faults,
    }
