"""Validation of extracted values, and coding of feedback: what was drawn, and logs of what people said."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LOGS = ("judgements", "mentions")

_FORBID_IN_SQLITE = """
CREATE TRIGGER {log}_no_{change} BEFORE {change} ON {log}
BEGIN SELECT RAISE(ABORT, '{log} are append-only'); END
"""

_FORBID_IN_POSTGRESQL = (
    """
CREATE FUNCTION {log}_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{log} are append-only'; END $$
""",
    """
CREATE TRIGGER {log}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {log}
FOR EACH STATEMENT EXECUTE FUNCTION {log}_append_only()
""",
)


def upgrade() -> None:
    """Add what is drawn, what is coded, and the two logs."""
    _make_validations()
    _make_judgements()
    _make_codings()
    _make_mentions()
    for log in _LOGS:
        _forbid_changes(log)


def _make_validations() -> None:
    op.create_table(
        "validations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("factor", sa.String(80), sa.ForeignKey("factors.name"), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("design", sa.JSON, nullable=False),
        sa.Column("strata", sa.JSON, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_table(
        "validation_items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("validation_id", sa.Integer, sa.ForeignKey("validations.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("response_id", sa.Integer, sa.ForeignKey("responses.id"), nullable=False),
        sa.Column("value_id", sa.Integer, sa.ForeignKey("factor_values.id"), nullable=False),
        sa.Column("fact", sa.Integer),
        sa.Column("stratum", sa.Text, nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
    )
    op.create_index("validation_items_order", "validation_items", ["validation_id", "position"], unique=True)
    op.create_index("validation_items_response", "validation_items", ["response_id"])


def _make_judgements() -> None:
    op.create_table(
        "judgements",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token", sa.String(32), nullable=False, unique=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("validation_items.id"), nullable=False),
        sa.Column("validator_id", sa.Integer, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("verdict", sa.String(12)),
        sa.Column("value", sa.Float),
        sa.Column("label", sa.Text),
        sa.Column("facts", sa.JSON),
        sa.Column("reason", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("set", sa.Boolean),
        sa.Column("seconds", sa.Float),
        sa.Column("undoes", sa.Integer, sa.ForeignKey("judgements.id"), unique=True),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_index("judgements_last", "judgements", ["item_id", "kind", "validator_id", "id"])
    op.create_index("judgements_in_order", "judgements", ["validator_id", "id"])


def _make_codings() -> None:
    op.create_table(
        "codings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("judge_id", sa.Integer, sa.ForeignKey("agents.id")),
        sa.Column("design", sa.JSON, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_table(
        "coding_texts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("coding_id", sa.Integer, sa.ForeignKey("codings.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("preference_id", sa.Integer, sa.ForeignKey("preferences.id")),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("coding_texts_order", "coding_texts", ["coding_id", "position"], unique=True)


def _make_mentions() -> None:
    op.create_table(
        "mentions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token", sa.String(32), nullable=False, unique=True),
        sa.Column("text_id", sa.Integer, sa.ForeignKey("coding_texts.id"), nullable=False),
        sa.Column("coder_id", sa.Integer, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("factors", sa.JSON),
        sa.Column("note", sa.Text),
        sa.Column("set", sa.Boolean),
        sa.Column("seconds", sa.Float),
        sa.Column("undoes", sa.Integer, sa.ForeignKey("mentions.id"), unique=True),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_index("mentions_last", "mentions", ["text_id", "kind", "coder_id", "id"])
    op.create_index("mentions_in_order", "mentions", ["coder_id", "id"])


def _forbid_changes(log: str) -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(_FORBID_IN_SQLITE.format(log=log, change=change))
    elif dialect == "postgresql":
        for statement in _FORBID_IN_POSTGRESQL:
            op.execute(statement.format(log=log))
