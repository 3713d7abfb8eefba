"""Human studies: plans, seats, codes, who takes part, what was settled, and the chain of answers."""

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

from annotation.store.chain import chain_all, new_root

revision = "0004"
down_revision = "0003"

_FORBID_IN_SQLITE = """
CREATE TRIGGER {log}_no_{change} BEFORE {change} ON {log} {unless}
BEGIN SELECT RAISE(ABORT, '{log} is append-only'); END
"""

_FORBID_IN_POSTGRESQL = """
CREATE TRIGGER {log}_append_only{suffix} BEFORE {changes} ON {log}
FOR EACH {each} EXECUTE FUNCTION {function}()
"""

_REFUSE_UNLESS_IN_POSTGRESQL = """
CREATE FUNCTION refuse_change_of_{log}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {allowed} THEN RETURN NEW; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""

_ERASED = """EXISTS (
SELECT 1 FROM participation p WHERE p.annotator_id = OLD.annotator_id AND p.matter = 'consent'
AND p.event = 'erased' AND NOT EXISTS (SELECT 1 FROM participation later
WHERE later.annotator_id = p.annotator_id AND later.matter = p.matter AND later.id > p.id))"""


class _Erasure(NamedTuple):
    """The one change that a log takes: emptying what somebody said who was erased."""

    kept: tuple[str, ...]
    emptied: tuple[str, ...]
    replaced: dict[str, str]


_ERASURES = {
    "answers": _Erasure(
        ("id", "pair_id", "annotator_id", "kind", "undoes", "origin", "about", "seal", "link"),
        ("choice", "shown_first", "shown_choice", "sure", "set", "note", "seconds", "salt"),
        {"token": "'erased ' || OLD.id", "created": "substr(OLD.created, 1, 10) || 'T00:00:00Z'"},
    ),
    "participation": _Erasure(
        ("id", "annotator_id", "matter", "event", "version", "created", "link"), ("reason",), {}
    ),
}


def upgrade() -> None:
    """Add the tables of human studies, and chain the answers that are there."""
    _make_plans()
    _make_seats()
    _make_people()
    _make_chain()
    for log, erasure in _ERASURES.items():
        _forbid_all_but(log, erasure)
    _forbid_changes("adjudications")


def _make_chain() -> None:
    op.create_table(
        "answer_log",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("link", sa.String(64), nullable=False),
        sa.Column("decisions", sa.Integer, nullable=False, server_default="0"),
        sa.Column("decided", sa.String(64)),
    )
    for name, length in (("about", 64), ("salt", 32), ("seal", 64), ("link", 64)):
        op.add_column("answers", sa.Column(name, sa.String(length)))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER answers_append_only ON answers")
    else:
        op.execute("DROP TRIGGER answers_no_UPDATE")
        op.execute("DROP TRIGGER answers_no_DELETE")
    root = new_root()
    op.execute(f"INSERT INTO answer_log (id, root, entries, link) VALUES (1, '{root}', 0, '{root}')")
    chain_all(op.get_bind())


def _forbid_all_but(log: str, erasure: _Erasure) -> None:
    in_postgresql = op.get_bind().dialect.name == "postgresql"
    same = "IS NOT DISTINCT FROM" if in_postgresql else "IS"
    allowed = " AND ".join(
        (
            _ERASED,
            *(f'NEW."{name}" {same} OLD."{name}"' for name in erasure.kept),
            *(f'NEW."{name}" IS NULL' for name in erasure.emptied),
            *(f'NEW."{name}" {same} {value}' for name, value in erasure.replaced.items()),
        )
    )
    if in_postgresql:
        op.execute(_REFUSE_UNLESS_IN_POSTGRESQL.format(log=log, allowed=allowed))
        function = f"refuse_change_of_{log}"
        _forbid_in_postgresql(log, "UPDATE", each="ROW", function=function, suffix="_but_for_erasure")
        _forbid_in_postgresql(log, "DELETE OR TRUNCATE")
        return
    op.execute(_FORBID_IN_SQLITE.format(log=log, change="UPDATE", unless=f"WHEN NOT ({allowed})"))
    op.execute(_FORBID_IN_SQLITE.format(log=log, change="DELETE", unless=""))


def _make_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("design", sa.JSON, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64)),
    )
    op.create_table(
        "plan_items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("plan_id", sa.Integer, sa.ForeignKey("plans.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("pair_id", sa.Integer, sa.ForeignKey("pairs.id"), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("expected", sa.SmallInteger),
        sa.Column("explanation", sa.Text),
    )
    op.create_index("plan_items_order", "plan_items", ["plan_id", "position"], unique=True)
    op.create_index("plan_items_pair", "plan_items", ["plan_id", "pair_id"], unique=True)


def _make_seats() -> None:
    op.create_table(
        "seats",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("plan_items.id"), nullable=False),
        sa.Column("annotator_id", sa.Integer, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.Column("shown_first", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("until", sa.String(32)),
        sa.Column("created", sa.String(32), nullable=False),
    )
    occupied = sa.text("state <> 'given_back'")
    for name, column in (("seats_once", "number"), ("seats_one_each", "annotator_id")):
        op.create_index(
            name,
            "seats",
            ["item_id", column],
            unique=True,
            sqlite_where=occupied,
            postgresql_where=occupied,
        )
    op.create_index("seats_annotator", "seats", ["annotator_id", "state"])


def _make_people() -> None:
    op.create_table(
        "access_codes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("annotator_id", sa.Integer, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(128), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_index("access_codes_last", "access_codes", ["annotator_id", "id"])
    op.create_table(
        "participation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("annotator_id", sa.Integer, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("matter", sa.String(10), nullable=False),
        sa.Column("event", sa.String(12), nullable=False),
        sa.Column("version", sa.String(64)),
        sa.Column("reason", sa.Text),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("link", sa.String(64)),
    )
    op.create_index("participation_last", "participation", ["annotator_id", "matter", "id", "event"])
    op.create_table(
        "adjudications",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pair_id", sa.Integer, sa.ForeignKey("pairs.id"), nullable=False),
        sa.Column("adjudicator_id", sa.Integer, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("choice", sa.SmallInteger),
        sa.Column("note", sa.Text),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_index("adjudications_last", "adjudications", ["pair_id", "id", "choice"])


def _forbid_changes(log: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        _forbid_in_postgresql(log, "UPDATE OR DELETE OR TRUNCATE")
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(_FORBID_IN_SQLITE.format(log=log, change=change, unless=""))


def _forbid_in_postgresql(
    log: str, changes: str, *, each: str = "STATEMENT", function: str = "refuse_change", suffix: str = ""
) -> None:
    op.execute(
        _FORBID_IN_POSTGRESQL.format(log=log, changes=changes, each=each, function=function, suffix=suffix)
    )
