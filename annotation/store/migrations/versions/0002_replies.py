"""Replies of models, kept; which model found a value, and at which attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the replies, and let a value that could not be had be tried again beside the first attempt."""
    op.create_table(
        "replies",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("answered_by", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("prompt_tokens", sa.Integer),
        sa.Column("completion_tokens", sa.Integer),
        sa.Column("finish_reason", sa.Text),
        sa.Column("created", sa.String(32), nullable=False),
    )
    op.create_index("replies_last", "replies", ["key", "id"])
    op.add_column("factor_values", sa.Column("model", sa.Text, nullable=False, server_default=""))
    op.add_column("factor_values", sa.Column("attempt", sa.Integer, nullable=False, server_default="1"))
    op.drop_index("factor_values_once", "factor_values")
    once = ["response_id", "factor", "method", "version", "model", "attempt"]
    op.create_index("factor_values_once", "factor_values", once, unique=True)
