"""What a person says of a list of facts, changed one key at a time."""

from dataclasses import replace

from annotation.validation.facts import FactFault, FactMarks


def with_verdict(marks: FactMarks, index: int, verdict: bool | None) -> FactMarks:
    """Say that a fact's verdict is yes, no, or that one cannot tell."""
    return replace(marks, verdicts={**marks.verdicts, index: verdict})


def without_verdict(marks: FactMarks, index: int) -> FactMarks:
    """Accept a fact as extracted again."""
    left = {place: verdict for place, verdict in marks.verdicts.items() if place != index}
    return replace(marks, verdicts=left)


def turned(marks: FactMarks, index: int, extracted: bool | None, *, shown: bool) -> FactMarks:
    """Turn a verdict; back to what was extracted, where that is shown, is no mark."""
    now = marks.verdicts.get(index, extracted if shown else None)
    if shown and index in marks.verdicts and (not now) is extracted:
        return without_verdict(marks, index)
    return with_verdict(marks, index, not now)


def with_fault(marks: FactMarks, index: int, fault: FactFault) -> FactMarks:
    """Say what is wrong with a fact itself; the same again takes it back."""
    left = {place: one for place, one in marks.faults.items() if place != index}
    if marks.faults.get(index) is not fault:
        left[index] = fault
    return replace(marks, faults=left)


def with_missing(marks: FactMarks, text: str) -> FactMarks:
    """Say that the list lacks a fact."""
    return replace(marks, missing=(*marks.missing, text))


def without_last_missing(marks: FactMarks) -> FactMarks:
    """Take back the last fact that was said to be missing."""
    return replace(marks, missing=marks.missing[:-1])
