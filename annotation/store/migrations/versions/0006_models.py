"""What models do: generations, judgings, rewards, improvements; tags of pairs; experiments."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_FORBID_IN_SQLITE = """
CREATE TRIGGER {log}_no_{change} BEFORE {change} ON {log}
BEGIN SELECT RAISE(ABORT, '{log} is append-only'); END
"""

_FORBID_IN_POSTGRESQL = """
CREATE TRIGGER {log}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {log}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Add the tables."""
    _make(
        "generations",
        _reference("source_id", "sources"),
        _reference("agent_id", "agents"),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        _reference("response_id", "responses", nullable=True),
        *_provenance(),
        index=("agent_id", "source_id", "purpose", "number", "id"),
    )
    _make(
        "judgings",
        _reference("pair_id", "pairs"),
        _reference("agent_id", "agents"),
        sa.Column("condition", sa.String(100), nullable=False, server_default=""),
        sa.Column("shown_first", sa.SmallInteger, nullable=False),
        sa.Column("choice", sa.SmallInteger),
        sa.Column("justification", sa.Text),
        *_provenance(),
        index=("agent_id", "condition", "pair_id", "shown_first", "id"),
    )
    _make(
        "rewards",
        _reference("response_id", "responses"),
        _reference("agent_id", "agents"),
        sa.Column("reward", sa.Float),
        *_provenance(),
        index=("agent_id", "response_id", "id", "reward"),
    )
    _make(
        "improvements",
        _reference("agent_id", "agents"),
        _reference("pair_id", "pairs"),
        sa.Column("method", sa.String(10), nullable=False),
        _reference("initial_id", "responses", nullable=True),
        _reference("judging_id", "judgings", nullable=True),
        _reference("response_id", "responses", nullable=True),
        *_provenance(),
        index=("agent_id", "pair_id", "method", "initial_id", "id"),
    )
    _make(
        "pair_tags",
        _reference("pair_id", "pairs"),
        sa.Column("tag", sa.String(80), nullable=False),
        sa.Column("text", sa.Text),
        _created(),
        index=("pair_id", "tag", "id"),
    )
    _make(
        "experiments",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("design", sa.JSON, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        _created(),
        index=("name", "id"),
    )


def _make(name: str, *columns: sa.Column[object], index: tuple[str, ...]) -> None:
    op.create_table(name, sa.Column("id", sa.Integer, primary_key=True), *columns)
    op.create_index(f"{name}_last", name, list(index))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FORBID_IN_POSTGRESQL.format(log=name))
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(_FORBID_IN_SQLITE.format(log=name, change=change))


def _reference(name: str, table: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _created() -> sa.Column[object]:
    return sa.Column("created", sa.String(32), nullable=False)


def _provenance() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("reason", sa.Text),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("answered_by", sa.Text),
        _created(),
    )
