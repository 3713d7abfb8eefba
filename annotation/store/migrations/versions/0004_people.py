"""Human studies: plans, seats, codes, who takes part, and what was settled."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_LOGS = ("participation", "adjudications")

_FORBID_IN_SQLITE = """
CREATE TRIGGER {log}_no_{change} BEFORE {change} ON {log}
BEGIN SELECT RAISE(ABORT, '{log} is append-only'); END
"""

_FORBID_IN_POSTGRESQL = """
CREATE TRIGGER {log}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {log}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Add the tables of human studies."""
    _make_plans()
    _make_seats()
    _make_people()
    for log in _LOGS:
        _forbid_changes(log)


def _make_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("design", sa.JSON, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
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
        op.execute(_FORBID_IN_POSTGRESQL.format(log=log))
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(_FORBID_IN_SQLITE.format(log=log, change=change))
