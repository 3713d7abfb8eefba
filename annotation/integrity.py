"""Whether a study is sound."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from annotation.store.chain import check_chain
from annotation.store.database import HEAD, schema_version
from annotation.study import Study


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it has to be, in words, and how many rows it concerns."""

    message: str
    count: int = 1

    def __str__(self) -> str:
        return self.message if self.count == 1 else f"{self.count} {self.message}"


WRONG_ROWS: Final = MappingProxyType(
    {
        "pairs whose responses answer another source": """
            SELECT count(*) FROM pairs
            JOIN responses l ON l.id = pairs.left_id JOIN responses r ON r.id = pairs.right_id
            WHERE l.source_id <> pairs.source_id OR r.source_id <> pairs.source_id""",
        "responses that stand in no pair": """
            SELECT count(*) FROM responses WHERE id NOT IN
            (SELECT left_id FROM pairs UNION SELECT right_id FROM pairs
            UNION SELECT response_id FROM generations WHERE response_id IS NOT NULL)""",
        "generated responses of another source or author": """
            SELECT count(*) FROM generations made JOIN responses ON responses.id = made.response_id
            WHERE responses.source_id <> made.source_id OR responses.agent_id <> made.agent_id""",
        "generations and judgings with neither a result nor a reason": """
            SELECT (SELECT count(*) FROM generations WHERE response_id IS NULL AND reason IS NULL)
            + (SELECT count(*) FROM judgings WHERE choice IS NULL AND reason IS NULL)""",
        "factor values of a factor that the study does not have": """
            SELECT count(*) FROM factor_values WHERE factor NOT IN (SELECT name FROM factors)""",
        "factor values with neither a value nor a reason": """
            SELECT count(*) FROM factor_values WHERE value IS NULL AND reason IS NULL""",
        "preferences that are none of -1, 0 and 1": """
            SELECT count(*) FROM preferences WHERE value NOT IN (-1, 0, 1)""",
        "labels that are none of -1, 0 and 1": """
            SELECT count(*) FROM answers WHERE choice NOT IN (-1, 0, 1)""",
        "labels that differ from what was pressed, given the side shown first": """
            SELECT count(*) FROM answers
            WHERE shown_first NOT IN (-1, 1) OR shown_choice <> choice * shown_first""",
        "answers by somebody who is no annotator": """
            SELECT count(*) FROM answers WHERE annotator_id NOT IN
            (SELECT id FROM agents WHERE kind = 'annotator')""",
        "undos of something else than an earlier answer to the same": """
            SELECT count(*) FROM answers undo LEFT JOIN answers undone ON undone.id = undo.undoes
            WHERE undo.undoes IS NOT NULL AND (undone.id IS NULL OR undone.id >= undo.id
            OR undone.undoes IS NOT NULL OR undone.annotator_id <> undo.annotator_id
            OR undone.pair_id <> undo.pair_id OR undone.kind <> undo.kind)""",
        "undos that do not bring back the label that stood before": """
            SELECT count(*) FROM answers undo JOIN answers undone ON undone.id = undo.undoes
            WHERE coalesce(undo.choice, 9) <> coalesce((
                SELECT earlier.choice FROM answers earlier
                WHERE earlier.annotator_id = undone.annotator_id AND earlier.pair_id = undone.pair_id
                AND earlier.kind = undone.kind AND earlier.id < undone.id
                ORDER BY earlier.id DESC LIMIT 1), 9)""",
        "taken seats whose annotator's label does not stand": """
            SELECT count(*) FROM seats JOIN plan_items item ON item.id = seats.item_id
            WHERE seats.state = 'taken' AND item.plan_id = (SELECT max(id) FROM plans)
            AND (SELECT last.choice FROM answers last
                WHERE last.pair_id = item.pair_id AND last.annotator_id = seats.annotator_id
                AND last.kind = 'label' ORDER BY last.id DESC LIMIT 1) IS NULL""",
        "items of a validation whose value is of another response or factor": """
            SELECT count(*) FROM validation_items item JOIN factor_values v ON v.id = item.value_id
            JOIN validations ON validations.id = item.validation_id
            WHERE v.response_id <> item.response_id OR v.factor <> validations.factor""",
        "items of a validation without a probability": """
            SELECT count(*) FROM validation_items WHERE probability <= 0 OR probability > 1""",
        "judgements without a verdict that are no undo": """
            SELECT count(*) FROM judgements WHERE verdict IS NULL AND undoes IS NULL
            AND kind IN ('blind', 'judgement', 'adjudication')""",
        "undos of something else than an earlier judgement of the same": """
            SELECT count(*) FROM judgements undo LEFT JOIN judgements undone ON undone.id = undo.undoes
            WHERE undo.undoes IS NOT NULL AND (undone.id IS NULL OR undone.id >= undo.id
            OR undone.undoes IS NOT NULL OR undone.validator_id <> undo.validator_id
            OR undone.item_id <> undo.item_id OR undone.kind <> undo.kind)""",
        "undos of something else than an earlier mention of the same": """
            SELECT count(*) FROM mentions undo LEFT JOIN mentions undone ON undone.id = undo.undoes
            WHERE undo.undoes IS NOT NULL AND (undone.id IS NULL OR undone.id >= undo.id
            OR undone.undoes IS NOT NULL OR undone.coder_id <> undo.coder_id
            OR undone.text_id <> undo.text_id OR undone.kind <> undo.kind)""",
    }
)
"""What no row may be, and the query that counts such rows."""


def check(study: Study) -> tuple[Finding, ...]:
    """Look for damage in the file, between the tables, in the log of answers; empty for a sound study."""
    with study.reading() as connection:
        chain = (Finding(fault.message) for fault in check_chain(connection))
        return (*_schema(connection), *_file(connection, study.read_only), *_rows(connection), *chain)


def _schema(connection: Connection) -> Iterator[Finding]:
    version = schema_version(connection)
    if version != HEAD:
        yield Finding(f"the schema is {version}, not {HEAD}")


def _file(connection: Connection, read_only: bool) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    for message in connection.exec_driver_sql("PRAGMA integrity_check").scalars():
        if message != "ok":
            yield Finding(f"the file is damaged: {message}")
    broken = Counter(row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))
    for table, count in sorted(broken.items()):
        yield Finding(f"rows of {table} that refer to rows which are not there", count)
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if mode != "wal" and not read_only:
        yield Finding(f"the journal mode is {mode}, not wal: several people cannot work at once")


def _rows(connection: Connection) -> Iterator[Finding]:
    for message, query in WRONG_ROWS.items():
        count = connection.exec_driver_sql(query).scalar_one()
        if count:
            yield Finding(message, count)
