"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_APPEND_ONLY = ("factor_values", "preferences", "answers")

_FORBID_IN_SQLITE = """
CREATE TRIGGER {table}_no_{change} BEFORE {change} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

_REFUSE_IN_POSTGRESQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""

_FORBID_IN_POSTGRESQL = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Make every table."""
    _make_plan()
    _make_texts()
    _make_pairs()
    _make_values()
    _make_answers()
    _forbid_changes()


def _make_plan() -> None:
    op.create_table(
        "study",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("task", sa.String(40), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
    )
    op.create_table(
        "factors",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("card", sa.Text),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
    )


def _make_texts() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("external_id", sa.Text),
        sa.Column("title", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("evidence", sa.JSON),
    )
    op.create_table(
        "agents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("agents_name_kind", "agents", ["name", "kind"], unique=True)
    op.create_table(
        "responses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("agent_id", sa.Integer, sa.ForeignKey("agents.id")),
        sa.Column("score", sa.Float),
        sa.Column("external_id", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("responses_source", "responses", ["source_id"])
    op.create_index("responses_author", "responses", ["agent_id", "id", "score"])
    empty = sa.text("text = ''")
    op.create_index("responses_empty", "responses", ["id"], sqlite_where=empty, postgresql_where=empty)


def _make_pairs() -> None:
    op.create_table(
        "pairs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("external_id", sa.Text),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("left_id", sa.Integer, sa.ForeignKey("responses.id"), nullable=False),
        sa.Column("right_id", sa.Integer, sa.ForeignKey("responses.id"), nullable=False),
        sa.Column("import_id", sa.Integer, sa.ForeignKey("imports.id")),
    )
    op.create_index("pairs_source", "pairs", ["source_id"])


def _make_values() -> None:
    op.create_table(
        "factor_values",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("response_id", sa.Integer, sa.ForeignKey("responses.id"), nullable=False),
        sa.Column("factor", sa.String(80), sa.ForeignKey("factors.name"), nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("label", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("evidence", sa.JSON),
    )
    once = ["response_id", "factor", "method", "version"]
    op.create_index("factor_values_once", "factor_values", once, unique=True)
    op.create_index("factor_values_last", "factor_values", ["factor", "response_id", "id", "value"])
    op.create_table(
        "preferences",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pair_id", sa.Integer, sa.ForeignKey("pairs.id"), nullable=False),
        sa.Column("agent_id", sa.Integer, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("value", sa.SmallInteger),
        sa.Column("raw", sa.Text),
        sa.Column("justification", sa.Text),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("import_id", sa.Integer, sa.ForeignKey("imports.id")),
    )
    op.create_index("preferences_last", "preferences", ["pair_id", "agent_id", "id", "value"])


def _make_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token", sa.String(32), nullable=False, unique=True),
        sa.Column("pair_id", sa.Integer, sa.ForeignKey("pairs.id"), nullable=False),
        sa.Column("annotator_id", sa.Integer, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("choice", sa.SmallInteger),
        sa.Column("shown_first", sa.SmallInteger),
        sa.Column("shown_choice", sa.SmallInteger),
        sa.Column("sure", sa.Boolean),
        sa.Column("set", sa.Boolean),
        sa.Column("note", sa.Text),
        sa.Column("seconds", sa.Float),
        sa.Column("undoes", sa.Integer, sa.ForeignKey("answers.id"), unique=True),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_index("answers_last", "answers", ["pair_id", "kind", "annotator_id", "id", "choice"])
    op.create_index("answers_in_order", "answers", ["annotator_id", "id"])


def _forbid_changes() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(_REFUSE_IN_POSTGRESQL)
    for table in _APPEND_ONLY:
        if dialect == "postgresql":
            op.execute(_FORBID_IN_POSTGRESQL.format(table=table))
            continue
        for change in ("UPDATE", "DELETE"):
            op.execute(_FORBID_IN_SQLITE.format(table=table, change=change))
