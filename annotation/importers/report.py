"""What an import did, for people and for the study's records."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from annotation.importers.card import Made
from annotation.importers.faults import BadRow
from annotation.wording import counted


@dataclass(frozen=True, slots=True)
class Count:
    """How many of one kind came in, and how many the study had already."""

    added: int = 0
    already: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """Where a data set comes from and under which licence, as its card says; kept with the import."""

    title: str
    source: str
    licence: str
    citation: str
    made: Made

    def __str__(self) -> str:
        cite = f"; cite: {self.citation.rstrip('.')}" if self.citation else ""
        return f"{self.title}; licence: {self.licence}{cite}; {self.made.in_words}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read, added, left out, and had to bend.

    Attributes:
        terms: of the card's data set; None without a card.
        files: the files read.
        beside: those of them that nobody asked for, but that the card names and that lay beside the others.
        missing: files that the card calls optional and that are not there.
        rows: of the main files; those of verdicts, sources and labels are not counted.
        labels: of people; `verdicts` are the models'.
        new_factors: names of the factors that the study did not have.
        replaced_values: factor values among the added that stand in place of an earlier one.
        empty_responses: rows' responses without a word, kept as zero words.
        scalars_as_text: numbers, true and false in text fields, taken as their text.
        repaired_texts: texts with NULs or half surrogate pairs, now U+FFFD.
        unlabelled_pairs: pairs of the files that nobody has labelled, though the mapping has labels.
        human_ties_excluded: labels that call a pair a tie, left out as the card says.
        no_preference: what judges said instead of a verdict, with how often.
        unmatched_verdicts: verdicts on pairs that are not in the file of pairs.
        other_domains: rows left out because they are of another part of the data set, a part.
        others: people's answers that are no labels: notes, flags, skips, choices on known answers.
        left_out: how much was left out for another reason.
        notes: what else there is to know, a sentence each.
        bad_rows: rows left out because they are wrong.
    """

    dataset: str | None
    files: tuple[str, ...]
    terms: Terms | None = None
    beside: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rows: int = 0
    pairs: Count = Count()
    sources: Count = Count()
    responses: Count = Count()
    labels: Count = Count()
    verdicts: Count = Count()
    values: Count = Count()
    new_factors: tuple[str, ...] = ()
    replaced_values: int = 0
    empty_responses: int = 0
    scalars_as_text: int = 0
    repaired_texts: int = 0
    unlabelled_pairs: int = 0
    human_ties_excluded: int = 0
    no_preference: Mapping[str, int] = field(default_factory=dict)
    unmatched_verdicts: int = 0
    domain: str | None = None
    other_domains: Mapping[str, int] = field(default_factory=dict)
    others: Count = Count()
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    bad_rows: tuple[BadRow, ...] = ()

    @property
    def added_anything(self) -> bool:
        """Whether the study is now another."""
        return any(count.added for count in self._counts().values())

    @property
    def why_nothing(self) -> str | None:
        """Why nothing of the files could be used; None where something came in, or was there already."""
        if any(count.added or count.already for count in self._counts().values()):
            return None
        if not self.rows:
            return f"no rows in {', '.join(self.files)}"
        if sum(self.other_domains.values()) == self.rows:
            return self._about_domains()[0]
        reasons = {
            "bad": len(self.bad_rows),
            "of another domain": sum(self.other_domains.values()),
            "ties of people, which the card leaves out": self.human_ties_excluded,
            **self.left_out,
        }
        told = ", ".join(f"{number:,} {reason}" for reason, number in reasons.items() if number)
        return f"of {counted(self.rows, 'row')} none could be used: {told}"

    def as_json(self) -> dict[str, Any]:
        """The report as plain data, without the bad rows beyond the first hundred."""
        plain = asdict(self)
        plain["bad_rows"] = [asdict(row) for row in self.bad_rows[:100]]
        return plain

    def lines(self) -> tuple[str, ...]:
        """The report in sentences, the bad rows not among them."""
        said = [] if self.terms is None else [str(self.terms)]
        said.append(f"{counted(self.rows, 'row')} read from {', '.join(self.files)}")
        if self.beside:
            said.append(f"the card names, and beside the file lay: {', '.join(self.beside)}")
        for name, count in self._counts().items():
            if count.added or count.already:
                already = f", {count.already:,} already there" if count.already else ""
                said.append(f"{counted(count.added, name)} added{already}")
        said += [f"factor {name} added to the study" for name in self.new_factors]
        said += [f"{counted(number, thing)} {what}" for number, thing, what in self._remarks() if number]
        said += [
            f"verdict {raw!r} taken as no preference: {times:,}" for raw, times in self.no_preference.items()
        ]
        said += self._about_domains()
        said += [f"{number:,} left out: {reason}" for reason, number in self.left_out.items()]
        said += [f"not there, left out: {name}" for name in self.missing]
        return (*said, *self.notes)

    def _counts(self) -> dict[str, Count]:
        return {
            "pair": self.pairs,
            "source": self.sources,
            "response": self.responses,
            "label": self.labels,
            "verdict": self.verdicts,
            "factor value": self.values,
            "other answer": self.others,
        }

    def _remarks(self) -> tuple[tuple[int, str, str], ...]:
        return (
            (self.replaced_values, "factor value", "put in the place of an earlier one, which is kept"),
            (self.empty_responses, "empty response", "kept (zero words)"),
            (self.scalars_as_text, "value", "taken as text (numbers, true or false)"),
            (self.repaired_texts, "text", "repaired (characters that cannot be stored)"),
            (self.human_ties_excluded, "human tie", "excluded"),
            (self.unlabelled_pairs, "pair", "without a label"),
            (self.unmatched_verdicts, "verdict", "left out (on pairs that are not there)"),
            (len(self.bad_rows), "bad row", "left out"),
        )

    def _about_domains(self) -> list[str]:
        if not self.other_domains:
            return []
        found = ", ".join(f"{name} ({times:,})" for name, times in self.other_domains.items())
        if sum(self.other_domains.values()) == self.rows:
            return [f"no row is of the domain {self.domain}; there are {found}; choose one with --domain"]
        return [f"rows of other domains left out: {found}"]
