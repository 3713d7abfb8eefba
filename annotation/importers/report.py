"""What an import did, for people and for the study's records."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from annotation.importers.faults import BadRow


@dataclass(frozen=True, slots=True)
class Count:
    """How many of one kind came in, and how many the study had already."""

    added: int = 0
    already: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read, added, left out, and had to bend.

    Attributes:
        files: the files read; `missing` are those that the card calls optional and that are not there.
        rows: of the main files; those of verdicts, sources and labels are not counted.
        labels: of people; `verdicts` are the models'.
        empty_responses: rows' responses without a word, kept as zero words.
        scalars_as_text: numbers, true and false in text fields, taken as their text.
        repaired_texts: texts with NULs or half surrogate pairs, now U+FFFD.
        unlabelled_pairs: pairs of rows that say nothing of what people prefer, though the mapping has labels.
        human_ties_excluded: labels that call a pair a tie, left out as the card says.
        no_preference: what judges said instead of a verdict, with how often.
        unmatched_verdicts: verdicts on pairs that are not in the file of pairs.
        other_domains: rows left out because they are of another part of the data set, a part.
        bad_rows: rows left out because they are wrong.
    """

    dataset: str | None
    files: tuple[str, ...]
    missing: tuple[str, ...] = ()
    rows: int = 0
    pairs: Count = Count()
    sources: Count = Count()
    responses: Count = Count()
    labels: Count = Count()
    verdicts: Count = Count()
    values: Count = Count()
    empty_responses: int = 0
    scalars_as_text: int = 0
    repaired_texts: int = 0
    unlabelled_pairs: int = 0
    human_ties_excluded: int = 0
    no_preference: Mapping[str, int] = field(default_factory=dict)
    unmatched_verdicts: int = 0
    domain: str | None = None
    other_domains: Mapping[str, int] = field(default_factory=dict)
    bad_rows: tuple[BadRow, ...] = ()

    @property
    def added_anything(self) -> bool:
        """Whether the study is now another."""
        counts = (self.pairs, self.sources, self.responses, self.labels, self.verdicts, self.values)
        return any(count.added for count in counts)

    def as_json(self) -> dict[str, Any]:
        """The report as plain data, without the bad rows beyond the first hundred."""
        plain = asdict(self)
        plain["bad_rows"] = [asdict(row) for row in self.bad_rows[:100]]
        return plain

    def lines(self) -> tuple[str, ...]:
        """The report in sentences, the bad rows not among them."""
        said = [f"{self.rows:,} rows read from {', '.join(self.files)}"]
        for name, count in (
            ("pairs", self.pairs),
            ("sources", self.sources),
            ("responses", self.responses),
            ("labels", self.labels),
            ("verdicts", self.verdicts),
            ("factor values", self.values),
        ):
            if count.added or count.already:
                already = f", {count.already:,} already there" if count.already else ""
                said.append(f"{count.added:,} {name} added{already}")
        said += [text.format(number) for number, text in self._remarks() if number]
        said += [
            f"verdict {raw!r} taken as no preference: {times:,}" for raw, times in self.no_preference.items()
        ]
        said += self._about_domains()
        said += [f"not there, left out: {name}" for name in self.missing]
        return tuple(said)

    def _remarks(self) -> tuple[tuple[int, str], ...]:
        return (
            (self.empty_responses, "{:,} empty responses kept (zero words)"),
            (self.scalars_as_text, "{:,} values that are no text taken as text"),
            (self.repaired_texts, "{:,} texts with characters that cannot be stored repaired"),
            (self.human_ties_excluded, "{:,} human ties excluded"),
            (self.unlabelled_pairs, "{:,} pairs without a label"),
            (self.unmatched_verdicts, "{:,} verdicts on pairs that are not there left out"),
            (len(self.bad_rows), "{:,} bad rows left out"),
        )

    def _about_domains(self) -> list[str]:
        if not self.other_domains:
            return []
        found = ", ".join(f"{name} ({times:,})" for name, times in self.other_domains.items())
        if sum(self.other_domains.values()) == self.rows:
            return [f"no row is of the domain {self.domain}; there are {found}; choose one with --domain"]
        return [f"rows of other domains left out: {found}"]
